package ui

import (
	"reflect"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/locale"
)

// longScreen is a room of n messages as it is when one opens it: the replica
// asks, and is answered as a server does, with pages of 50.
func longScreen(t testing.TB, n chat.Seq) *model {
	t.Helper()
	m := newModel()
	m.L = locale.New("en", nil)
	m.now = func() chat.Time { return noon }
	m.phase, m.me = inside, chat.Account{ID: anna, Name: "Anna", Kind: chat.KindGuest}
	m.rep = replica.New(replica.Config{Device: "test", As: anna})
	m.talk = talkState{room: here}
	head, last := group, longRow(n)
	head.ID, head.Seq, head.Rev, head.N, head.Tag, head.Last = here, n, chat.Rev(n), chat.Count(n), "t", &last
	users := []chat.User{{ID: anna, Name: "Anna"}, {ID: bo, Name: "Bo"}}
	serve(m, n, replica.Opened{}, replica.Received{Frame: &wire.Welcome{
		V: 1, Epoch: "e", Me: m.me, Now: noon, Rooms: []chat.Head{head}, Users: users,
	}}, replica.OpenRoom{Room: here})
	if got := len(m.rep.Timeline(here).Rows); got != int(min(n, 50)) {
		t.Fatalf("%d messages are held of %d", got, n)
	}
	return m
}

func longRow(seq chat.Seq) chat.Row {
	r := row([]chat.AccountID{bo, anna}[seq/3%2], noon+chat.Time(seq), "some words")
	r.Seq, r.N, r.Rev, r.Kind = seq, chat.Count(seq), chat.Rev(seq), chat.KindText
	r.Key = chat.KeyV7(noon, [10]byte{byte(seq >> 16), byte(seq >> 8), byte(seq)})
	return r
}

// serve puts inputs into the replica, and answers what it pulls of n messages.
func serve(m *model, n chat.Seq, inputs ...replica.Input) {
	rows := func(from, upto chat.Seq) (out []chat.Row) {
		for seq := max(from, 1); seq <= upto; seq++ {
			out = append(out, longRow(seq))
		}
		return out
	}
	for ; len(inputs) > 0; inputs = inputs[1:] {
		for _, effect := range m.rep.Step(noon, inputs[0]) {
			out, _ := effect.(replica.Transmit)
			pull, is := out.Frame.(*wire.Pull)
			switch {
			case !is:
			case pull.Before == nil || *pull.Before == 0:
				inputs = append(inputs, replica.Received{Frame: &wire.Rows{
					Room: here, Upto: chat.Rev(n), Reset: true, Rows: rows(n-49, n),
				}})
			default:
				first := *pull.Before - 50
				inputs = append(inputs, replica.Received{Frame: &wire.Page{
					Room: here, Before: *pull.Before, Rev: chat.Rev(n), Rows: rows(first, *pull.Before-1), Start: first <= 1,
				}})
			}
		}
	}
}

// mounted counts what go-app holds of a conversation that is on the screen: its
// components, elements and texts.
func mounted(t testing.TB, m *model) int {
	t.Helper()
	shown := &talk{M: m, Room: here}
	if err := app.NewTestEngine().Load(shown); err != nil {
		t.Fatal(err)
	}
	return nodes(reflect.ValueOf(shown))
}

// nodes counts a node and all below it. go-app tells nobody what it holds, so
// this looks into its components and elements.
func nodes(v reflect.Value) int {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return 0
		}
		v = v.Elem()
	}
	n := 1
	if root := v.FieldByName("rootElement"); root.IsValid() {
		n += nodes(root)
	}
	if children := v.FieldByName("children"); children.IsValid() {
		for i := range children.Len() {
			n += nodes(children.Index(i))
		}
	}
	return n
}

// TestNodes opens rooms of any size: what go-app holds depends on what one
// sees, not on how much there is, also after one has scrolled back for long.
func TestNodes(t *testing.T) {
	count := map[chat.Seq]int{}
	for _, n := range []chat.Seq{10, 50, 1000, 100_000} {
		count[n] = mounted(t, longScreen(t, n))
		t.Logf("%d messages: %d nodes", n, count[n])
	}
	if count[10] < 10*5 {
		t.Fatalf("10 messages are %d nodes: they are not counted", count[10])
	}
	if count[1000] > count[50] || count[100_000] > count[50] {
		t.Errorf("%v: more messages are more nodes", count)
	}

	m := longScreen(t, 100_000)
	for range 200 {
		serve(m, 100_000, replica.LoadOlder{Room: here})
	}
	rows := m.scene(here).Rows
	m.talk.folded = map[int]float64{} // all but what is near, as fold does
	for n := chunkOf(rows[0].Seq) + 3; n <= chunkOf(rows[len(rows)-1].Seq); n++ {
		m.talk.folded[n] = 1000
	}
	back := mounted(t, m)
	t.Logf("10,000 messages further back: %d nodes, %d messages held", back, len(rows))
	if back > 4*count[100_000] {
		t.Errorf("far back: %d nodes", back)
	}
}
