package ui

import (
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/locale"
)

var numbers = []string{"one", "two", "three", "four", "five"}

// rowsUpto are Bo's messages after seq from.
func rowsUpto(from, upto chat.Seq) []chat.Row {
	var rows []chat.Row
	for n := from + 1; n <= upto; n++ {
		r := row(bo, noon, numbers[n-1])
		r.Seq, r.N, r.Rev, r.Kind = n, chat.Count(n), chat.Rev(n), chat.KindText
		r.Key = chat.KeyV7(noon, [10]byte{byte(n), 1, 1})
		rows = append(rows, r)
	}
	return rows
}

// toldOf is the head of a conversation of which Anna has read two messages. The
// third mentions her.
func toldOf(seq chat.Seq) chat.Head {
	h := direct
	h.ID, h.Read, h.ReadN, h.Tag = here, 2, 2, "t"
	h.Seq, h.N, h.Rev, h.Last = seq, chat.Count(seq), chat.Rev(seq), &rowsUpto(seq-1, seq)[0]
	if seq >= 3 {
		h.Mention = 3
	}
	return h
}

// A room that opens from the disk before there is a connection has the unread
// divider where it has it online, and keeps it there.
func TestUnreadFromDisk(t *testing.T) {
	for name, c := range map[string]struct {
		held, told, there chat.Seq // rows on disk, what their head tells of, and what the server has
		seen, read        chat.Seq // how far it was read without a connection, and elsewhere
		before, then      string   // what is drawn without a connection, and with it
	}{
		"all on disk":         {4, 4, 4, 2, 2, "one two Unread three four", "one two Unread three four"},
		"more came":           {3, 3, 5, 2, 2, "one two Unread three", "one two Unread three four five"},
		"rows behind a head":  {2, 4, 5, 2, 2, "one two Unread", "one two Unread three four five"},
		"all read when saved": {2, 2, 4, 2, 2, "one two", "one two Unread three four"},
		"all read":            {2, 2, 2, 2, 2, "one two", "one two"},
		"read meanwhile":      {4, 4, 5, 4, 2, "one two Unread three four", "one two Unread three four five"},
		"read elsewhere":      {4, 4, 5, 4, 3, "one two Unread three four", "one two three four Unread five"},
		"in part elsewhere":   {4, 4, 5, 2, 3, "one two Unread three four", "one two three Unread four five"},
		"all read elsewhere":  {3, 3, 4, 2, 4, "one two Unread three", "one two three four"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newModel()
			m.L, m.now = locale.New("en", nil), func() chat.Time { return noon }
			m.phase, m.me = inside, chat.Account{ID: anna, Name: "Anna", Kind: chat.KindGuest}
			m.rep = replica.New(replica.Config{Device: "test", As: anna})
			m.place, m.talk.room = place{page: pageRoom, room: here}, here
			drawn := func() string {
				html := app.HTMLString(&timeline{M: m, Room: here, scroll: scroll{placed: true}})
				if first := m.rep.Row(here, m.talk.divider); strings.Contains(html, "jump call unread") != (first != nil) {
					t.Error("offers to go to a message that is still to come, or not to one that is there")
				}
				var said []string
				for _, text := range texts(html) {
					if text == "Unread" || strings.Contains("one two three four five", text) {
						said = append(said, text)
					}
				}
				return strings.Join(said, " ")
			}
			stored := replica.StoredRoom{Head: toldOf(c.told), Window: true, Cursor: chat.Rev(c.held), Rows: rowsUpto(0, c.held)}
			m.step(replica.Restore{Me: m.me, Epoch: "e", Rooms: []replica.StoredRoom{stored}, Users: []chat.User{{ID: bo, Name: "Bo"}}})
			m.openTalk(here)
			calls := func(there bool) {
				t.Helper()
				if m.talk.mention != 0 != there {
					t.Errorf("leads to the message that mentions one: %v", !there)
				}
			}
			calls(c.told >= 3)
			if got := drawn(); got != c.before {
				t.Errorf("without a connection: %q, want %q", got, c.before)
			}
			m.step(replica.Read{Room: here, Seq: c.seen})
			m.step(replica.Opened{})
			h := toldOf(c.there)
			h.Read, h.ReadN = c.read, chat.Count(c.read)
			m.step(replica.Received{Frame: &wire.Welcome{V: 1, Epoch: "e", Me: m.me, Now: noon, Rooms: []chat.Head{h}}})
			comes := func(from, upto chat.Seq) {
				m.step(replica.Received{Frame: &wire.Rows{Room: here, From: chat.Rev(from), Upto: chat.Rev(upto), Rows: rowsUpto(from, upto)}})
			}
			if c.there > c.held {
				comes(c.held, c.there)
			}
			calls(c.there >= 3 && c.read < 3)
			if got := drawn(); got != c.then {
				t.Errorf("with a connection: %q, want %q", got, c.then)
			}
			if m.talk.upto < c.there {
				t.Errorf("what was there slides in, from %d on", m.talk.upto+1)
			}
			if c.there < 5 { // what comes while one is here changes nothing of that
				comes(c.there, 5)
				if got, want := drawn(), strings.Join(append([]string{c.then}, numbers[c.there:]...), " "); got != want {
					t.Errorf("later: %q, want %q", got, want)
				}
			}
		})
	}
}
