package ui

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/replica"
)

func TestPlaceOf(t *testing.T) {
	for path, want := range map[string]place{
		"/":                    {},
		"/signin":              {page: pageSignIn},
		"/settings":            {page: pageSettings},
		"/c/42":                {page: pageRoom, room: 42},
		"/c/0":                 {page: pageRoom},
		"/c/-1":                {page: pageRoom},
		"/c/abc":               {page: pageRoom},
		"/c/9007199254740992":  {page: pageRoom},
		"/r/42":                {page: pageOpen, name: "42"},
		"/r/大厅":                {page: pageOpen, name: "大厅"},
		"/c/":                  {},
		"/something/different": {},
	} {
		if got := placeOf(path); got != want {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestHrefOf(t *testing.T) {
	for want, head := range map[string]chat.Head{
		"/c/7":                  {ID: 7, Kind: chat.KindGroup, Name: "a group"},
		"/c/8":                  {ID: 8, Kind: chat.KindDirect},
		"/r/42":                 {ID: 9, Kind: chat.KindOpen, Name: "42"},
		"/r/%E5%A4%A7%E5%8E%85": {ID: 9, Kind: chat.KindOpen, Name: "大厅"},
	} {
		if got := hrefOf(&head); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Anna Schmidt": "AS", "anna": "A", "Anna Maria von Tal": "AT", "王小明": "小明", "王": "王",
		"Dr. (Q)": "DQ", "42": "4", "😀": "😀", "": "?", "Élodie": "É", "Anna 王": "A",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// Ids come from anywhere: neighbours must not all look alike.
func TestColourOf(t *testing.T) {
	seen := map[string]int{}
	for id := int64(1); id <= 1200; id++ {
		seen[colourOf(id)]++
	}
	for colour, n := range seen {
		if n > 200 {
			t.Errorf("colour %s is used %d times of 1200", colour, n)
		}
	}
	if len(seen) != colours {
		t.Errorf("%d colours are used", len(seen))
	}
}

func TestDeedOf(t *testing.T) {
	for name, c := range map[string]struct {
		k    keystroke
		want deed
	}{
		"enter":                  {keystroke{Key: "Enter"}, deedSend},
		"shift enter":            {keystroke{Key: "Enter", Shift: true}, deedNone},
		"enter while composing":  {keystroke{Key: "Enter", Composing: true}, deedNone},
		"enter on a phone":       {keystroke{Key: "Enter", Touch: true}, deedNone},
		"ctrl enter on a phone":  {keystroke{Key: "Enter", Touch: true, Ctrl: true}, deedSend},
		"enter, ctrl preferred":  {keystroke{Key: "Enter", OnCtrl: true}, deedNone},
		"ctrl enter, preferred":  {keystroke{Key: "Enter", OnCtrl: true, Ctrl: true}, deedSend},
		"cmd enter, preferred":   {keystroke{Key: "Enter", OnCtrl: true, Meta: true}, deedSend},
		"ctrl enter, composing":  {keystroke{Key: "Enter", Ctrl: true, Composing: true}, deedNone},
		"up in an empty field":   {keystroke{Key: "ArrowUp", Empty: true}, deedEdit},
		"up in a text":           {keystroke{Key: "ArrowUp"}, deedNone},
		"up while replying":      {keystroke{Key: "ArrowUp", Empty: true, Busy: true}, deedNone},
		"up while composing":     {keystroke{Key: "ArrowUp", Empty: true, Composing: true}, deedNone},
		"escape while editing":   {keystroke{Key: "Escape", Busy: true}, deedRelease},
		"escape from nothing":    {keystroke{Key: "Escape"}, deedNone},
		"escape while composing": {keystroke{Key: "Escape", Busy: true, Composing: true}, deedNone},
		"a letter":               {keystroke{Key: "a"}, deedNone},
	} {
		if got := deedOf(c.k); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRoom(t *testing.T) {
	if left, tell := room("short"); tell || left != chat.MaxText-5 {
		t.Error("a short text is told about")
	}
	if left, tell := room(strings.Repeat("价", chat.MaxText/3)); !tell || left != chat.MaxText%3 {
		t.Errorf("bytes of UTF-8 are what counts: %d left", left)
	}
	if left, _ := room(strings.Repeat("x", chat.MaxText+3)); left != -3 {
		t.Errorf("%d left", left)
	}
}

func TestClean(t *testing.T) {
	if got := clean("a\r\nb\x00\x1b[1m\tc"); got != "a\nb[1m\tc" {
		t.Errorf("%q", got)
	}
}

func TestMayChange(t *testing.T) {
	for _, c := range []struct {
		mine, theirs string
		self         bool
		want         powers
	}{
		{chat.RoleOwner, chat.RoleMember, false, powers{role: true, remove: true}},
		{chat.RoleOwner, chat.RoleModerator, false, powers{role: true, remove: true}},
		{chat.RoleOwner, chat.RoleOwner, true, powers{}},
		{chat.RoleModerator, chat.RoleMember, false, powers{remove: true}},
		{chat.RoleModerator, chat.RoleModerator, false, powers{}},
		{chat.RoleModerator, chat.RoleOwner, false, powers{}},
		{chat.RoleMember, chat.RoleMember, false, powers{}},
	} {
		if got := mayChange(c.mine, c.theirs, c.self); got != c.want {
			t.Errorf("%s on %s: %+v", c.mine, c.theirs, got)
		}
	}
}

// A model without a page, as these tests have, does nothing later: there is no
// page to do it on.
func TestNothingIsLaterWithoutAPage(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		m := newModel()
		m.rep = replica.New(replica.Config{Device: "d"})
		m.connectionChanged()
		<-time.After(2 * bannerDelay)
	})
}
