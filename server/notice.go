package server

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/SherClockHolmes/webpush-go"

	"parley/server/store"
	"parley/shared/chat"
)

// notice is what a subscription is pushed.
type notice struct {
	to      store.Push
	urgency webpush.Urgency
	payload payload
}

// payload is what the service worker of the UI shows.
type payload struct {
	Title string     `json:"title"`
	Body  string     `json:"body"`
	Tag   string     `json:"tag"`  // one notification for each room
	Path  string     `json:"path"` // where a click leads
	Badge chat.Count `json:"badge"`
}

// noticesOf decides who is told of a burst of messages in a room, and how:
// in direct rooms and groups who has not muted them, elsewhere, and where they
// are muted, who is mentioned; nobody of their own messages, of what they have
// read, or in words that they do not want on a locked screen.
func noticesOf(r store.Reader, id chat.RoomID, b burst) ([]notice, error) {
	pushes, err := r.RoomPushes(id)
	if err != nil || len(pushes) == 0 {
		return nil, err
	}
	room, err := r.Room(id)
	if err != nil {
		return nil, err
	}
	rows, err := r.RowsBefore(id, b.upto+1, pushRows)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(row chat.Row) bool {
		return row.Seq < b.from || row.Kind == chat.KindSystem || row.Recalled != 0
	})
	names, err := usersOf(r, rows)
	if err != nil {
		return nil, err
	}
	var notices []notice
	for _, to := range pushes {
		news := &news{room: room, to: to, names: names}
		if there, err := news.gather(r, rows); err != nil {
			return nil, err
		} else if there {
			notices = append(notices, news.notice())
		}
	}
	return notices, nil
}

// news is what is new in a room to one of its members.
type news struct {
	room      store.Room
	to        store.Push
	names     []chat.User
	rows      []chat.Row // of others, unread; at least one
	mentioned *chat.Row  // the newest of them that mentions the member
	unread    chat.Count // in all rooms
	words     *noticeWords
}

// gather finds what is new, and reports whether it is to be told.
func (n *news) gather(r store.Reader, rows []chat.Row) (bool, error) {
	m, err := r.Member(n.room.ID, n.to.Account)
	if err != nil {
		return false, err
	}
	for i := range rows {
		if row := &rows[i]; row.By != m.Account && row.Seq > m.Read {
			n.rows = append(n.rows, *row)
			if slices.Contains(row.Mentions, m.Account) {
				n.mentioned = row
			}
		}
	}
	quiet := m.Muted || n.room.Kind == chat.KindOpen
	if len(n.rows) == 0 || m.Blocked || quiet && n.mentioned == nil {
		return false, nil
	}
	if n.unread, err = r.Unread(m.Account); err != nil {
		return false, err
	}
	account, err := r.Account(m.Account)
	if err != nil {
		return false, err
	}
	locale := account.Locale
	if locale == "" {
		locale = n.to.Locale
	}
	n.words = wordsFor(locale)
	return true, nil
}

func (n *news) notice() notice {
	id := strconv.FormatInt(int64(n.room.ID), 10)
	last := &n.rows[len(n.rows)-1]
	if n.mentioned != nil {
		last = n.mentioned
	}
	direct := n.room.Kind == chat.KindDirect
	body := n.body(last)
	out := notice{to: n.to, urgency: webpush.UrgencyNormal, payload: payload{
		Title: n.room.Name, Body: body, Tag: "room-" + id, Path: "/c/" + id, Badge: n.unread,
	}}
	switch n.room.Kind {
	case chat.KindDirect:
		out.payload.Title = n.name(last.By)
	case chat.KindOpen:
		out.payload.Path = "/r/" + url.PathEscape(n.room.Name) // as the UI calls it: it knows by it what is being looked at
	}
	if direct || n.mentioned != nil {
		out.urgency = webpush.UrgencyHigh
	}
	return out
}

// body words the messages of which last is the one to show.
func (n *news) body(last *chat.Row) string {
	direct, who := n.room.Kind == chat.KindDirect, n.name(last.By)
	switch {
	case n.to.Text && last.Text != "":
		text := strings.Join(strings.Fields(chat.Preview(last.Text)), " ")
		if direct {
			return text
		}
		return who + n.words.colon + text
	case n.mentioned != nil && !direct:
		return said(who, n.words.mentioned)
	case len(n.rows) > 1:
		return strconv.Itoa(len(n.rows)) + n.words.many
	case direct:
		return n.words.one
	}
	return who + n.words.colon + n.words.one
}

func (n *news) name(id chat.AccountID) string {
	for _, u := range n.names {
		if u.ID == id && u.Name != "" {
			return u.Name
		}
	}
	return n.words.former
}

// said puts words behind a name. They begin with a space, which does not stand
// between Chinese characters.
func said(who, words string) string {
	last, _ := utf8.DecodeLastRuneInString(who)
	rest := strings.TrimPrefix(words, " ")
	if first, _ := utf8.DecodeRuneInString(rest); unicode.Is(unicode.Han, last) && unicode.Is(unicode.Han, first) {
		return who + rest
	}
	return who + words
}

// noticeWords are the server's only words: what a closed page cannot say
// itself.
type noticeWords struct {
	one, many, mentioned, former, colon string
}

var (
	noticeEnglish = noticeWords{"New message", " new messages", " mentioned you", "Former member", ": "}
	noticeChinese = noticeWords{"新消息", " 条新消息", " 提到了你", "已注销用户", "："}
)

func wordsFor(locale string) *noticeWords {
	if locale == "zh" || strings.HasPrefix(locale, "zh-") {
		return &noticeChinese
	}
	return &noticeEnglish
}
