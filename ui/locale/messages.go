package locale

// Days and numbers.
var (
	Today     = Text{"Today", "今天"}
	Yesterday = Text{"Yesterday", "昨天"}
)

// Signing in, accounts, settings.
var (
	YourName        = Text{"Your name", "你的名字"}
	NameHint        = Text{"Others see it. You can change it later.", "别人会看到它，以后可以修改。"}
	StartChatting   = Text{"Start chatting", "开始聊天"}
	SignIn          = Text{"Sign in", "登录"}
	SignOut         = Text{"Sign out", "退出登录"}
	SignOutGuest    = Text{"You are here as a guest: after signing out nobody can get back into this account. Become a member first to keep it.", "你是访客，退出后将无法再进入此账号。请先注册成为会员以保留它。"}
	SignedOut       = Text{"You are signed out.", "你已退出登录。"}
	SessionEnded    = Text{"Your session has ended. Sign in again to go on.", "登录已失效，请重新登录。"}
	BecomeMember    = Text{"Become a member", "注册成为会员"}
	BecomeHint      = Text{"Choose a username and a password. Your conversations stay.", "设置用户名和密码，你的聊天记录会保留。"}
	Username        = Text{"Username", "用户名"}
	Password        = Text{"Password", "密码"}
	PasswordHint    = Text{"At least 8 characters", "至少 8 个字符"}
	WrongLogin      = Text{"The username or the password is wrong.", "用户名或密码错误。"}
	UsernameTaken   = Text{"This username is taken.", "该用户名已被使用。"}
	Guest           = Text{"Guest", "访客"}
	Member          = Text{"Member", "会员"}
	Settings        = Text{"Settings", "设置"}
	Account         = Text{"Account", "账号"}
	Language        = Text{"Language", "语言"}
	LanguageBrowser = Text{"Automatic", "自动"}
	SendKey         = Text{"Send with", "发送方式"}
	Save            = Text{"Save", "保存"}
	NameRule        = Text{"A name has 1 to 64 visible characters.", "名字为 1 到 64 个可见字符。"}
	UsernameRule    = Text{"A username has 3 to 32 characters of a–z, 0–9, dot, _ and -.", "用户名为 3 到 32 位小写字母、数字、点、_ 或 -。"}
	PasswordRule    = Text{"A password has at least 8 characters.", "密码至少 8 个字符。"}
	GroupNameRule   = Text{"A group's name has 1 to 128 visible characters.", "群名称为 1 到 128 个可见字符。"}
	NoGuests        = Text{"This server does not take guests. Sign in, or become a member.", "此服务器不接受访客，请登录或注册。"}
	AsGuest         = Text{"Guest", "访客"}
	NewAccount      = Text{"Join", "注册"}
	Welcome         = Text{"Welcome to Parley", "欢迎使用洽谈"}
	WelcomeHint     = Text{"Type your name and start talking.", "输入名字，马上开始聊天。"}
	WelcomeRoom     = Text{"Type your name to enter room {0}.", "输入名字，进入房间 {0}。"}
	LoginHint       = Text{"Good to see you again.", "欢迎回来。"}
	JoinHint        = Text{"A member can sign in from any device.", "会员可在任何设备上登录。"}
	Appearance      = Text{"Appearance", "外观"}
	Theme           = Text{"Theme", "主题"}
	ThemeSystem     = Text{"System", "跟随系统"}
	ThemeLight      = Text{"Light", "浅色"}
	ThemeDark       = Text{"Dark", "深色"}
	Keyboard        = Text{"Keyboard", "键盘"}
	SendOnEnter     = Text{"Enter", "Enter"}
	SendOnCtrl      = Text{"Ctrl+Enter", "Ctrl+Enter"}
	SendEnterHint   = Text{"Shift+Enter breaks the line.", "按 Shift+Enter 换行。"}
	SendCtrlHint    = Text{"Enter breaks the line.", "按 Enter 换行。"}
	SignOutAsk      = Text{"Sign out of this device?", "确定要在此设备上退出登录吗？"}
	SignOutUnsent   = Plural{"{n} message is not sent yet and will be lost.", "{n} messages are not sent yet and will be lost.", "有 {n} 条消息尚未发送，退出后将丢失。"}
	SignOutAnyway   = Text{"Sign out for good", "仍要退出"}
	Version         = Text{"Version", "版本"}
	Saved           = Text{"Saved", "已保存"}
)

// The list of people and rooms.
var (
	Conversations  = Text{"Conversations", "会话"}
	Search         = Text{"Search", "搜索"}
	SearchHint     = Text{"Search people, rooms, messages", "搜索联系人、房间和消息"}
	SearchRoom     = Text{"Search messages", "搜索消息"}
	SearchIn       = Text{"Messages in {0}", "在“{0}”中搜索"}
	SearchAll      = Text{"Search everywhere", "搜索全部"}
	Messages       = Text{"Messages", "消息"}
	MessagesFound  = Plural{"{n} message found", "{n} messages found", "找到 {n} 条消息"}
	MoreMessages   = Text{"More messages", "更多消息"}
	OnlyHere       = Text{"Offline: only what is on this device was searched.", "离线：仅搜索了此设备上的内容。"}
	NothingFound   = Text{"Nothing found for “{0}”", "没有找到“{0}”"}
	People         = Text{"People", "联系人"}
	Rooms          = Text{"Rooms", "房间"}
	NewGroup       = Text{"New group", "新建群聊"}
	GroupName      = Text{"Name of the group", "群名称"}
	ChooseMembers  = Text{"Who is in it?", "选择成员"}
	MakeGroup      = Text{"Make the group", "创建群聊"}
	EnterRoom      = Text{"Enter a room", "进入房间"}
	RoomName       = Text{"Name of the room", "房间名称"}
	RoomNameHint   = Text{"Letters, digits, _ and -. Who knows the name can enter.", "可用文字、数字、_ 和 -。知道名称的人都可以进入。"}
	Enter          = Text{"Enter", "进入"}
	NoOneYet       = Text{"Nobody else is here yet", "还没有其他人"}
	NoOneYetHint   = Text{"Share the address of this page, or enter a room by its name.", "分享本页地址，或输入名称进入房间。"}
	PickOne        = Text{"Choose a conversation", "选择一个会话"}
	PickOneHint    = Text{"Click a person on the left to write to them.", "点击左侧联系人开始聊天。"}
	PreviewOwn     = Text{"You: {0}", "我：{0}"}
	PreviewOther   = Text{"{0}: {1}", "{0}：{1}"}
	PreviewDraft   = Text{"Draft:", "草稿："}
	Online         = Text{"Online", "在线"}
	LastSeen       = Text{"Last seen {0}", "最后在线 {0}"}
	Muted          = Text{"Muted", "已静音"}
	Mute           = Text{"Mute", "静音"}
	Unmute         = Text{"Unmute", "取消静音"}
	NewMenu        = Text{"New conversation", "新建会话"}
	WhoIsHere      = Text{"Who is here", "谁在这里"}
	StartTitle     = Text{"No conversations yet", "还没有会话"}
	StartHint      = Text{"Choose somebody below to write to them, make a group, or enter a room by its name.", "点击下方联系人开始聊天，也可以新建群聊，或输入名称进入房间。"}
	EnterRoomNamed = Text{"Enter the room “{0}”", "进入房间“{0}”"}
	UnreadMessages = Plural{"{n} unread message", "{n} unread messages", "{n} 条未读消息"}
)

// The conversation.
var (
	Back             = Text{"Back", "返回"}
	MembersCount     = Plural{"{n} member", "{n} members", "{n} 位成员"}
	Members          = Text{"Members", "成员"}
	AddMember        = Text{"Add somebody", "添加成员"}
	RemoveMember     = Text{"Remove from the group", "移出群聊"}
	Leave            = Text{"Leave", "退出"}
	Rename           = Text{"Rename", "重命名"}
	RoleOwner        = Text{"Owner", "群主"}
	RoleModerator    = Text{"Moderator", "管理员"}
	Started          = Text{"Conversation started", "会话开始"}
	Typing           = Text{"{0} is writing…", "{0} 正在输入…"}
	TypingMany       = Plural{"{n} person is writing…", "{n} people are writing…", "{n} 人正在输入…"}
	UnreadFrom       = Text{"Unread", "以下为未读消息"}
	NewMessages      = Plural{"{n} new message", "{n} new messages", "{n} 条新消息"}
	JumpLatest       = Text{"Jump to the latest", "跳到最新消息"}
	LoadingOlder     = Text{"Loading older messages…", "正在加载更早的消息…"}
	NoMessages       = Text{"No messages yet", "还没有消息"}
	NoMessagesHint   = Text{"Write the first one below.", "在下方写下第一条消息。"}
	RoomGone         = Text{"This conversation is not yours, or it does not exist.", "该会话不存在，或你没有权限查看。"}
	RoomGoneHint     = Text{"You may have left it, or been removed.", "你可能已退出，或被移出。"}
	Timeline         = Text{"Messages", "消息"}
	WriteMessage     = Text{"Write a message", "输入消息"}
	Send             = Text{"Send", "发送"}
	Attach           = Text{"Attach files", "添加附件"}
	Emoji            = Text{"Emoji", "表情"}
	TooLong          = Plural{"{n} byte too long", "{n} bytes too long", "超出 {n} 字节"}
	BytesLeft        = Plural{"{n} byte left", "{n} bytes left", "还可输入 {n} 字节"}
	EditingMessage   = Text{"Editing a message", "正在编辑消息"}
	ReplyingTo       = Text{"Replying to {0}", "回复 {0}"}
	ReplyingToSelf   = Text{"Replying to yourself", "回复自己"}
	Cancel           = Text{"Cancel", "取消"}
	Close            = Text{"Close", "关闭"}
	DoneWith         = Text{"Done", "完成"}
	To               = Text{"To:", "发给："}
	RoomMenu         = Text{"Conversation menu", "会话菜单"}
	LeaveAsk         = Text{"Leave “{0}”?", "确定退出“{0}”吗？"}
	LeaveHint        = Text{"You will get nothing more of this conversation.", "退出后将不再收到此会话的消息。"}
	CopyLink         = Text{"Copy the link", "复制链接"}
	MakeModerator    = Text{"Make moderator", "设为管理员"}
	MakeMember       = Text{"Make ordinary member", "取消管理员"}
	RoomMissing      = Text{"There is no such room", "没有这个房间"}
	RoomMissingHint  = Text{"A room's name has letters, digits, _ and - only.", "房间名称只能包含文字、数字、_ 和 -。"}
	RoomBarred       = Text{"You were removed from this room", "你已被移出该房间"}
	RoomBarredHint   = Text{"Somebody in it can add you again.", "房间里的成员可以重新添加你。"}
	NotLoaded        = Text{"You are offline, and this conversation is not on this device yet.", "当前离线，此会话尚未保存到本机。"}
	EmojiSearch      = Text{"Search emoji", "搜索表情"}
	EmojiGroups      = Text{"Kinds of emoji", "表情分类"}
	EmojiRecent      = Text{"Recently used", "最近使用"}
	EmojiNoRecent    = Text{"What you use will be here.", "用过的表情会显示在这里。"}
	EmojiFailed      = Text{"The emoji could not be loaded.", "表情加载失败。"}
	EmojiSmileys     = Text{"Smileys and emotions", "笑脸与情感"}
	EmojiPeople      = Text{"People and hands", "人物与手势"}
	EmojiNature      = Text{"Animals and nature", "动物与自然"}
	EmojiFood        = Text{"Food and drink", "食物与饮料"}
	EmojiTravel      = Text{"Travel and places", "旅行与地点"}
	EmojiActivities  = Text{"Activities", "活动"}
	EmojiObjects     = Text{"Things", "物品"}
	EmojiSymbols     = Text{"Symbols", "符号"}
	EmojiFlags       = Text{"Flags", "旗帜"}
	SkinTone         = Text{"Skin tone: {0}", "肤色：{0}"}
	ToneNone         = Text{"none", "默认"}
	ToneLight        = Text{"light", "浅"}
	ToneMediumLight  = Text{"medium light", "中浅"}
	ToneMedium       = Text{"medium", "中等"}
	ToneMediumDark   = Text{"medium dark", "中深"}
	ToneDark         = Text{"dark", "深"}
	EditMessage      = Text{"Save the change", "保存修改"}
	FileMessage      = Text{"[File]", "[文件]"}
	ImageMessage     = Text{"[Image]", "[图片]"}
	VoiceMessage     = Text{"[Voice]", "[语音]"}
	CardMessage      = Text{"[Card]", "[卡片]"}
	RoleLowMember    = Text{"an ordinary member", "普通成员"}
	RoleLowModerator = Text{"a moderator", "管理员"}
	RoleLowOwner     = Text{"the owner", "群主"}
	SystemMade       = Text{"{0} made the group", "{0} 创建了群聊"}
	SystemJoined     = Text{"{0} added {1}", "{0} 邀请 {1} 加入"}
	SystemJoinedSelf = Text{"{0} joined", "{0} 加入了"}
	SystemLeft       = Text{"{0} left", "{0} 退出了"}
	SystemRemoved    = Text{"{0} removed {1}", "{0} 将 {1} 移出"}
	SystemRenamed    = Text{"{0} named it “{1}”", "{0} 将名称改为“{1}”"}
	SystemRole       = Text{"{0} made {1} {2}", "{0} 将 {1} 设为{2}"}
	You              = Text{"You", "你"}
	Unknown          = Text{"Somebody", "某人"}
)

// Messages, their state and what one can do with them.
var (
	Queued         = Text{"Queued on this device", "已在本机排队"}
	Stored         = Text{"Sent", "已发送"}
	Delivered      = Text{"Delivered", "已送达"}
	Read           = Text{"Read", "已读"}
	ReadBy         = Plural{"Read by {n}", "Read by {n}", "{n} 人已读"}
	NotSent        = Text{"Not sent", "未发送"}
	NotSentReason  = Text{"Not sent: {0}", "未发送：{0}"}
	NotSentGone    = Text{"Not sent: you are no longer in this conversation.", "未发送：你已不在此会话中。"}
	NotSentBlocked = Text{"Not sent: they take no messages in this conversation.", "未发送：对方已拒收此会话的消息。"}
	Retry          = Text{"Retry", "重试"}
	Copy           = Text{"Copy", "复制"}
	Delete         = Text{"Delete", "删除"}
	Edit           = Text{"Edit", "编辑"}
	Edited         = Text{"edited", "已编辑"}
	Recall         = Text{"Recall", "撤回"}
	Recalled       = Text{"{0} recalled a message", "{0} 撤回了一条消息"}
	RecalledOwn    = Text{"You recalled a message", "你撤回了一条消息"}
	EditAgain      = Text{"Edit again", "重新编辑"}
	Reply          = Text{"Reply", "回复"}
	React          = Text{"React", "回应"}
	ReactedBy      = Text{"{0}: {1}", "{0}：{1}"}
	MoreActions    = Text{"More", "更多"}
	ReplyGone      = Text{"The message is no longer there", "原消息已不存在"}
)

// Mentions, pins, reports, forwarding, and what one makes of a conversation.
var (
	Names          = Text{"Who reacted, who read it", "查看回应与已读"}
	Forward        = Text{"Forward", "转发"}
	ForwardTo      = Text{"Forward to", "转发给"}
	ForwardChosen  = Plural{"Forward to {n} conversation", "Forward to {n} conversations", "转发到 {n} 个会话"}
	Forwarded      = Text{"Forwarded", "已转发"}
	Recents        = Text{"Recent conversations", "最近会话"}
	Pin            = Text{"Pin in this conversation", "置顶此消息"}
	Unpin          = Text{"Unpin", "取消消息置顶"}
	PinnedMessage  = Text{"Pinned message", "置顶消息"}
	PinnedMessages = Plural{"{n} pinned message", "{n} pinned messages", "{n} 条置顶消息"}
	AllPins        = Text{"All pinned messages", "全部置顶消息"}
	NoPins         = Text{"Nothing is pinned any more.", "已没有置顶消息。"}
	Mentioned      = Text{"[Mentioned you]", "[有人@我]"}
	JumpMention    = Text{"You were mentioned", "有人@你"}
	ToTop          = Text{"Pin to the top", "置顶会话"}
	FromTop        = Text{"Unpin from the top", "取消置顶"}
	OnTop          = Text{"Pinned to the top", "已置顶"}
	MarkUnread     = Text{"Mark as unread", "标为未读"}
	MarkRead       = Text{"Mark as read", "标为已读"}
	MarkedUnread   = Text{"Marked as unread", "已标为未读"}
	Hide           = Text{"Hide from the list", "不显示该会话"}
	HiddenNow      = Text{"Hidden. A new message or a search brings it back.", "已隐藏，有新消息或搜索时会再次出现。"}
	Block          = Text{"Block", "加入黑名单"}
	Unblock        = Text{"Unblock", "移出黑名单"}
	Blocked        = Text{"Blocked", "已拉黑"}
	BlockAsk       = Text{"Block {0}?", "将 {0} 加入黑名单？"}
	BlockHint      = Text{"They can no longer write to you here. What was written stays.", "对方将无法再在此给你发消息，已有的消息会保留。"}
	BlockedBar     = Text{"You have blocked {0}.", "你已将 {0} 加入黑名单。"}
	Report         = Text{"Report", "举报"}
	ReportTitle    = Text{"Report this message", "举报此消息"}
	ReportHintRoom = Text{"The owner and the moderators of this conversation will see the message and your reason.", "群主和管理员会看到此消息和你的理由。"}
	ReportHint     = Text{"Who runs this server will see the message and your reason.", "服务器管理者会看到此消息和你的理由。"}
	ReportWhy      = Text{"What is wrong with it?", "举报理由"}
	ReasonSpam     = Text{"Advertising or spam", "垃圾广告"}
	ReasonFraud    = Text{"Fraud", "欺诈"}
	ReasonAbuse    = Text{"Insult or threat", "辱骂或威胁"}
	ReasonOther    = Text{"Something else", "其他"}
	ReportMore     = Text{"Anything to add? (optional)", "补充说明（可不填）"}
	ReportSend     = Text{"Send the report", "提交举报"}
	Reported       = Text{"Thank you. The report was sent.", "谢谢，举报已提交。"}
	OpenReports    = Plural{"{n} open report", "{n} open reports", "{n} 条待处理举报"}
	Reports        = Text{"Reports", "举报"}
	ReportBy       = Text{"{0} reported: {1}", "{0} 举报：{1}"}
	NoReports      = Text{"There are no open reports.", "没有待处理的举报。"}
	Review         = Text{"Review", "查看"}
	Dismiss        = Text{"Dismiss", "忽略"}
	RemoveMessage  = Text{"Remove the message", "删除此消息"}
	ShowMessage    = Text{"Show", "定位"}
	OnItsWay       = Text{"On its way…", "正在发送…"}
	Copied         = Text{"Copied", "已复制"}
	MembersToCall  = Text{"Members to mention", "可提及的成员"}
)

// Files, pictures and voice messages.
var (
	AttachPicture     = Text{"Photo or video", "照片或视频"}
	AttachCamera      = Text{"Take a photo", "拍照"}
	AttachFile        = Text{"File", "文件"}
	ChosenFiles       = Text{"Chosen files", "已选择的文件"}
	RemoveFile        = Text{"Remove {0}", "移除 {0}"}
	TooManyFiles      = Plural{"A message has at most {n} file.", "A message has at most {n} files.", "一条消息最多包含 {n} 个文件。"}
	FileTooLarge      = Text{"{0} is too large: the server takes files of up to {1}.", "{0} 过大：服务器只接收不超过 {1} 的文件。"}
	FileEmpty         = Text{"{0} is empty, or a folder.", "{0} 是空文件或文件夹。"}
	DropFiles         = Text{"Drop files here to send them", "拖放到此处发送文件"}
	Uploading         = Text{"Uploading", "正在上传"}
	WaitsForNetwork   = Text{"Waiting to upload", "等待上传"}
	CancelUpload      = Text{"Cancel the upload", "取消上传"}
	Download          = Text{"Download", "下载"}
	ShowPicture       = Text{"Show the picture {0}", "查看图片 {0}"}
	PictureBefore     = Text{"Picture before", "上一张"}
	PictureAfter      = Text{"Next picture", "下一张"}
	ZoomIn            = Text{"Zoom in", "放大"}
	ZoomOut           = Text{"Zoom out", "缩小"}
	Play              = Text{"Play or pause", "播放或暂停"}
	VoicePosition     = Text{"Position in the voice message", "语音播放位置"}
	RecordVoice       = Text{"Record a voice message", "录制语音"}
	SendVoice         = Text{"Send the voice message", "发送语音"}
	DiscardVoice      = Text{"Discard the recording", "放弃录音"}
	VoiceTooShort     = Text{"Hold the button, or click it, and speak: that was too short.", "录音时间太短：请按住或点击按钮后讲话。"}
	NoMicrophone      = Text{"There is no microphone that could be used.", "没有可用的麦克风。"}
	MicrophoneRefused = Text{"The microphone is not allowed here. Allow it in the browser's settings for this site.", "未获得麦克风权限，请在浏览器的网站设置中允许使用麦克风。"}
	ErrFileLost       = Text{"The file is no longer on this device.", "文件已不在本机。"}
)

// The connection, the application, and refusals.
var (
	NotLive         = Text{"Not connected", "未连接"}
	Connected       = Text{"Connected", "已连接"}
	Reconnecting    = Text{"Reconnecting…", "正在重新连接…"}
	YouAreOffline   = Text{"You are offline", "当前离线"}
	OfflineQueued   = Plural{"Offline, {n} message queued", "Offline, {n} messages queued", "离线，{n} 条消息待发送"}
	TryNow          = Text{"Try now", "立即重试"}
	Outdated        = Text{"This version is too old. Reload to update.", "版本过旧，请刷新更新。"}
	UpdateReady     = Text{"A new version is ready.", "新版本已就绪。"}
	Reload          = Text{"Reload", "刷新"}
	Home            = Text{"Home", "首页"}
	ErrBadRequest   = Text{"That is not valid: {0}", "内容无效：{0}"}
	ErrUnauthorized = Text{"You need to sign in.", "请先登录。"}
	ErrForbidden    = Text{"You may not do that.", "你没有此权限。"}
	ErrNotFound     = Text{"Not found.", "未找到。"}
	ErrConflict     = Text{"That does not fit what is there now.", "与当前状态冲突。"}
	ErrTooLarge     = Text{"That is too large.", "内容过大。"}
	ErrUnsupported  = Text{"This server does not support that.", "服务器不支持此操作。"}
	ErrSlowDown     = Text{"Too fast. Try again in a moment.", "操作过于频繁，请稍后再试。"}
	ErrUnavailable  = Text{"The server has a problem. Try again later.", "服务器出现问题，请稍后再试。"}
	ErrStorageFull  = Text{"The server's storage is full.", "服务器存储空间已满。"}
	ErrNotStored    = Text{"This device could not store it.", "本机无法保存。"}
	NoStorage       = Text{"This browser stores nothing here: what is not sent yet is lost when you close the page.", "浏览器无法在此保存数据，关闭页面后未发送的内容会丢失。"}
	DeviceFull      = Text{"This device has no room left: new messages cannot be stored.", "本机存储空间已满，无法保存新消息。"}
	StorageFault    = Text{"This device could not store something.", "本机保存数据时出错。"}
	ErrOffline      = Text{"No connection to the server.", "无法连接服务器。"}
)
