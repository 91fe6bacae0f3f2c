package server

import (
	"slices"
	"testing"

	"parley/server/bus"
	"parley/shared/chat"
	"parley/shared/wire"
)

// Promise 3: a key posts once, and says so to who repeats it.
func TestKeysPostOnce(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("deal", bo).ID
	other := anna.group("other", bo).ID
	a, b := anna.connect(), bo.connect()
	p := post("offer")
	a.send(&wire.Send{Room: room, Posts: []chat.Post{p}})
	a.row(p.Key)
	b.text("offer")

	again := &wire.Send{Room: room, Posts: []chat.Post{p}}
	a.send(again)
	f := expect[*wire.Rows](a, nil)
	if f.From != 0 || f.Upto != 0 || len(f.Rows) != 1 || f.Rows[0].Key != p.Key || f.Keys[anna.id][0] != p.Key || len(f.Users) != 1 {
		t.Fatalf("answer to a repeated key: %s", encode(f))
	}
	b.quiet()

	changed := p
	changed.Text = "another offer"
	for _, f := range []*wire.Send{{Room: room, Posts: []chat.Post{changed}}, {Room: other, Posts: []chat.Post{p}}} {
		a.send(f)
		if r := expect[*wire.Reject](a, nil); r.Code != chat.Conflict || r.Key != p.Key || r.Room != f.Room {
			t.Fatalf("reject: %+v", r)
		}
	}
	a.send(&wire.Edit{Room: room, Seq: 2, Key: p.Key, Text: "offer"})
	if r := expect[*wire.Reject](a, nil); r.Code != chat.Conflict {
		t.Fatalf("an edit with a post's key: %+v", r)
	}

	fresh := post("fresh")
	a.send(&wire.Send{Room: room, Posts: []chat.Post{p, fresh}})
	var repeated, stored bool
	expect(a, func(f *wire.Rows) bool {
		for _, k := range f.Keys[anna.id] {
			repeated = repeated || k == p.Key && f.Upto == 0
			stored = stored || k == fresh.Key && f.Upto != 0
		}
		return repeated && stored
	})
	a.send(&wire.Send{Room: room, Posts: []chat.Post{post("not stored"), changed}})
	if r := expect[*wire.Reject](a, nil); r.Code != chat.Conflict || r.Key != changed.Key {
		t.Fatalf("reject: %+v", r)
	}
	b.text("fresh")
	b.quiet()

	// The key is looked up before membership: who left gets it without the row.
	bp := post("from Bo")
	b.send(&wire.Send{Room: room, Posts: []chat.Post{bp}})
	b.row(bp.Key)
	anna.remove(room, bo)
	expect[*wire.Gone](b, nil)
	b.send(&wire.Send{Room: room, Posts: []chat.Post{bp}})
	if f := expect[*wire.Rows](b, nil); len(f.Rows) != 0 || f.Upto != 0 || f.Keys[bo.id][0] != bp.Key {
		t.Fatalf("answer to one who left: %s", encode(f))
	}
}

// Promise 3: a key is settled also where the listener came with a read of the
// store that is ahead of its event, and was told a head instead of the row.
func TestKeyBehindTheHead(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	id := anna.group("deal", bo).ID
	release := n.hold(id)
	// As if a post's event came between the welcome's read and the joining.
	n.hub.wake(id, func(r *room) { r.rows(&bus.Rows{From: 1, Upto: 2}) })
	a := anna.dial()
	a.hello()
	n.fill(id, bo, 1, "in between")
	p := post("offer")
	a.send(&wire.Send{Room: id, Posts: []chat.Post{p}}, &wire.Ping{})
	expect[*wire.Pong](a, nil)
	release()
	expect(a, func(f *wire.Rows) bool { return slices.Contains(f.Keys[anna.id], p.Key) })
}

// Promise 3: a key is settled also where its sender was removed, and told so by
// an earlier look at the store, before the row's event came; and where the room
// has nobody left.
func TestKeyOfWhoWasRemoved(t *testing.T) {
	n := newNode(t)
	owner, eve := n.guest("owner"), n.guest("Eve")
	id := owner.group("deal", eve).ID
	e := eve.connect()
	release := n.hold(id)
	owner.want("PATCH", "/api/v1/rooms/"+itoa(int64(id)), `{"name":"done"}`, 200) // the head is told again
	p := post("offer")
	e.send(&wire.Send{Room: id, Posts: []chat.Post{p}}, &wire.Ping{})
	expect[*wire.Pong](e, nil)
	owner.remove(id, eve)
	release()
	expect[*wire.Gone](e, nil)
	f := expect(e, func(f *wire.Rows) bool { return slices.Contains(f.Keys[eve.id], p.Key) })
	if len(f.Rows) != 0 || f.Upto != 0 {
		t.Errorf("one who was removed was told %s", encode(f))
	}
	e.quiet()

	q := post("late")
	n.hub.handle(bus.Event{Topic: bus.Topic{Room: 4711}, Rows: &bus.Rows{From: 1, Upto: 2, Account: eve.id, Keys: []chat.Key{q.Key}}})
	if f := expect[*wire.Rows](e, nil); f.Room != 4711 || !slices.Contains(f.Keys[eve.id], q.Key) || len(f.Rows) != 0 {
		t.Errorf("of a room that nobody listens to: %s", encode(f))
	}
}

// Promise 8: the highest rev wins; a recalled body is gone everywhere.
func TestEditRecallReact(t *testing.T) {
	n := newNode(t)
	anna, bo := n.guest("Anna"), n.guest("Bo")
	room := anna.group("deal", bo).ID
	a, b := anna.connect(), bo.connect()
	row := a.say(room, "one")
	b.text("one")
	edit := &wire.Edit{Room: room, Seq: row.Seq, Key: post("").Key, Text: "two"}
	a.send(edit)
	f := expect[*wire.Rows](b, nil)
	if got := f.Rows[0]; got.Text != "two" || got.Seq != row.Seq || got.Rev != row.Rev+1 || got.N != row.N || got.Edited == 0 {
		t.Fatalf("edited row: %s", encode(f))
	}
	if f.Keys[anna.id][0] != edit.Key || f.From != row.Rev || f.Upto != row.Rev+1 {
		t.Fatalf("edited row: %s", encode(f))
	}
	a.text("two")
	a.send(edit)
	if f := expect[*wire.Rows](a, nil); f.Upto != 0 || f.Rows[0].Text != "two" || f.Keys[anna.id][0] != edit.Key {
		t.Fatalf("answer to a repeated edit: %s", encode(f))
	}

	react := &wire.React{Room: room, Seq: row.Seq, Emoji: "👩‍🔧", On: true}
	b.send(react)
	if f := expect[*wire.Rows](a, nil); f.Rows[0].Reactions["👩‍🔧"][0] != bo.id || len(f.Keys) != 0 {
		t.Fatalf("reaction: %s", encode(f))
	}
	expect[*wire.Rows](b, nil)
	b.send(react)
	if f := expect[*wire.Rows](b, nil); f.Upto != 0 || len(f.Rows) != 1 {
		t.Fatalf("answer to a repeated reaction: %s", encode(f))
	}
	react.On = false
	b.send(react)
	if f := expect[*wire.Rows](a, nil); len(f.Rows[0].Reactions) != 0 {
		t.Fatalf("reaction taken back: %s", encode(f))
	}

	b.send(&wire.Recall{Room: room, Seq: row.Seq, Key: post("").Key})
	if r := expect[*wire.Reject](b, nil); r.Code != chat.Forbidden {
		t.Fatalf("reject: %+v", r)
	}
	bs := b.say(room, "Bo's")
	a.send(&wire.Recall{Room: room, Seq: bs.Seq, Key: post("").Key}) // by the owner
	f = expect(b, func(f *wire.Rows) bool { return f.Rows[0].Recalled != 0 })
	if f.Rows[0].Text != "" || f.Rows[0].By != bo.id {
		t.Fatalf("recalled row: %s", encode(f))
	}
	second := &wire.Recall{Room: room, Seq: bs.Seq, Key: post("").Key}
	expect(a, func(f *wire.Rows) bool { return f.Rows[0].Recalled != 0 })
	a.send(second)
	if f := expect[*wire.Rows](a, nil); f.Upto != 0 || f.Keys[anna.id][0] != second.Key {
		t.Fatalf("answer to a second recall: %s", encode(f))
	}
	b.send(&wire.Pull{Room: room, Before: ptr(chat.Seq(0))})
	for _, row := range expect[*wire.Page](b, nil).Rows {
		if row.Text == "Bo's" {
			t.Fatal("a recalled text is still told")
		}
	}
}
