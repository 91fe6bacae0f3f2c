package locale

import (
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	tests := []struct {
		chosen  string
		browser []string
		want    Lang
	}{
		{"", nil, English},
		{"", []string{"en-US", "zh-CN"}, English},
		{"", []string{"zh-CN", "en"}, Chinese},
		{"", []string{"zh"}, Chinese},
		{"", []string{"zh-Hans-SG"}, Chinese},
		{"", []string{"zh-TW", "en-US"}, Chinese},
		{"", []string{"ZH_cn"}, Chinese},
		{"", []string{"fr-FR", "de", "zh-HK", "en"}, Chinese},
		{"", []string{"fr", "de"}, English},
		{"", []string{"zhx", "eng"}, English},
		{"en", []string{"zh-CN"}, English},
		{"zh-Hans", []string{"en-US"}, Chinese},
		{"fr", []string{"zh-CN"}, Chinese},
		{"nonsense\x00", nil, English},
	}
	for _, test := range tests {
		if got := Choose(test.chosen, test.browser); got != test.want {
			t.Errorf("Choose(%q, %q) is %s, want %s", test.chosen, test.browser, got, test.want)
		}
	}
	for _, lang := range Langs {
		if New(string(lang.Lang), []string{"fr"}).Lang() != lang.Lang || lang.Name == "" {
			t.Errorf("%s cannot be chosen", lang.Lang)
		}
	}
}

func TestT(t *testing.T) {
	en, zh := New("en", nil), New("zh", nil)
	swapped := Text{"{0} named it {1}", "{1}是{0}起的名{"}
	tests := []struct{ got, want string }{
		{en.T(Today), "Today"},
		{zh.T(Today), "今天"},
		{en.T(swapped, "Ann", 3), "Ann named it 3"},
		{zh.T(swapped, "Ann", int64(3)), "3是Ann起的名"},
		{en.T(swapped, "{1}{0}", "{n}"), "{1}{0} named it {n}"}, // what was typed is not a place
		{en.T(swapped), " named it "},
		{en.N(NewMessages, 0), "0 new messages"},
		{en.N(NewMessages, 1), "1 new message"},
		{en.N(NewMessages, 2), "2 new messages"},
		{zh.N(NewMessages, 1), "1 条新消息"},
		{en.N(Plural{"one of {0}", "{n} of {0}", "{0}的{n}个"}, 21, "x"), "21 of x"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

// Chinese has a space before and after a Latin name and a number, and none
// between Chinese words.
func TestChineseSpaces(t *testing.T) {
	zh, en := New("zh", nil), New("en", nil)
	you, admin := zh.T(YouObject), zh.T(RoleLowModerator)
	for _, c := range []struct{ got, want string }{
		{zh.T(SystemRole, "Bo", you, admin), "Bo 将你设为管理员"},
		{zh.T(SystemRole, you, "Bo", admin), "你将 Bo 设为管理员"},
		{zh.T(SystemRole, "小安", "卡拉", admin), "小安将卡拉设为管理员"},
		{zh.T(SystemJoined, "Bo", you), "Bo 邀请你加入"},
		{zh.T(SystemJoined, "小安", "Bo"), "小安邀请 Bo 加入"},
		{zh.T(SystemMade, you), "你创建了群聊"},
		{zh.T(SystemJoinedSelf, you), "你加入了"},
		{zh.T(SystemLeft, "𠮷田"), "𠮷田退出了"},
		{zh.T(SystemRemoved, "小安", you), "小安将你移出"},
		{zh.T(SystemRenamed, you, "订单"), "你将名称改为“订单”"},
		{zh.T(Recalled, "小安Bo"), "小安Bo 撤回了一条消息"},
		{zh.T(Recalled, "Bo安"), "Bo安撤回了一条消息"},
		{zh.T(Recalled, "🐼"), "🐼 撤回了一条消息"},
		{zh.T(ReportBy, you, "其他"), "你举报：其他"},
		{zh.T(ReplyingTo, "小安"), "回复小安"},
		{zh.T(LastSeen, "14:05"), "最后在线 14:05"},
		{zh.T(LastSeen, "昨天"), "最后在线昨天"},
		{zh.T(DeviceOn, "Firefox", "Linux"), "Linux 上的 Firefox"},
		{zh.N(ReadBy, 3), "3 人已读"},
		{zh.T(SystemRenamed, "Bo", " 订 单 "), "Bo 将名称改为“ 订 单 ”"}, // what was typed stays as it is
		{en.T(SystemRole, "小安", "卡拉", "a moderator"), "小安 made 卡拉 a moderator"},
		{strings.Join(zh.Pieces(Typing, "小安"), "|"), "|小安|正在输入"},
		{strings.Join(en.Pieces(Typing, "小安"), "|"), "|小安| is writing"},
		{strings.Join(zh.Pieces(PreviewOther, "Bo", "דנה"), "|"), "|Bo|：|דנה|"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// What somebody else wrote does not turn the words around it.
func TestIsolated(t *testing.T) {
	m := Text{"{0} added {1}", "{0} 邀请 {1} 加入"}
	for _, c := range []struct{ by, who, want string }{
		{"Anna", "Bo", "Anna added Bo"},
		{"小安", "Bo", "小安 added Bo"},
		{"דנה", "Bo", "\u2068דנה\u2069 added Bo"},
		{"Anna", "سلمى", "Anna added \u2068سلمى\u2069"},
		{"\u202eannA", "Bo", "\u2068\u202eannA\u2069 added Bo"},
		{"a\u2069b", "Bo", "\u2068ab\u2069 added Bo"},
	} {
		if got := New("en", nil).T(m, c.by, c.who); got != c.want {
			t.Errorf("%q, %q: %q", c.by, c.who, got)
		}
	}
}
