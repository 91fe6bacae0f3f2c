package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/replica"
)

// act is something that may happen at a step.
type act struct {
	weight int
	fault  bool
	do     func(w *world)
}

var acts = []act{
	{30, false, (*world).compose}, {12, false, (*world).change}, {6, false, (*world).read}, {8, false, (*world).look},
	{8, false, (*world).older}, {2, false, (*world).typing}, {6, false, (*world).membership}, {2, false, (*world).rename}, {3, false, (*world).stand},
	{3, false, (*world).retry}, {5, false, (*world).reconnect}, {2, false, (*world).storm}, {4, false, (*world).visit}, {2, false, (*world).restart},
	{4, true, (*world).halfOpen}, {3, true, (*world).offline}, {3, true, (*world).killClient}, {3, true, (*world).crash},
	{1, true, (*world).powerCut}, {2, true, (*world).jump}, {1, true, (*world).backup}, {1, true, (*world).restore},
}

var weights = func() (all, sound int) {
	for _, a := range acts {
		if all += a.weight; !a.fault {
			sound += a.weight
		}
	}
	return all, sound
}

// act does something.
func (w *world) act() {
	all, sound := weights()
	if !w.plan.faults {
		all = sound
	}
	at := w.rand.IntN(all)
	for _, a := range acts {
		if a.fault && !w.plan.faults {
			continue
		}
		if at -= a.weight; at < 0 {
			a.do(w)
			return
		}
	}
}

func (w *world) key() chat.Key {
	var b [10]byte
	w.fill(b[:])
	return chat.KeyV7(chat.Time(w.now/time.Millisecond), b)
}

// here is a client with a room that it has.
func (w *world) here() (*simClient, chat.RoomID, bool) {
	c, id := pick(w, w.clients), pick(w, w.rooms)
	sum := c.r.Room(id)
	return c, id, sum != nil && !sum.Gone
}

func (w *world) compose() {
	c, id, ok := w.here()
	if !ok {
		return
	}
	for range 1 + w.rand.IntN(3) {
		in := replica.Compose{Room: id, Key: w.key(), Text: fmt.Sprint("text ", w.posted)}
		w.posted++
		if w.plan.heavy {
			in.Text += strings.Repeat("~", 12<<10)
		}
		if tl := c.r.Timeline(id); len(tl.Rows) > 0 && w.one(8) {
			in.Reply = pick(w, tl.Rows).Seq
		}
		if w.one(6) {
			in.Mentions = []chat.AccountID{pick(w, w.accounts), pick(w, w.accounts)}
		}
		c.composed = append(c.composed, in.Key)
		c.target[in.Key] = id
		c.step(in)
	}
}

// change edits, recalls or reacts to a row that is shown, mostly a new one.
func (w *world) change() {
	c, id, ok := w.here()
	rows := c.r.Timeline(id).Rows
	if !ok || len(rows) == 0 {
		return
	}
	row := rows[len(rows)-1-w.rand.IntN(min(len(rows), 12))]
	if w.one(3) {
		row = pick(w, rows)
	}
	switch n := w.rand.IntN(8); {
	case n < 3:
		c.step(replica.Edit{Room: id, Seq: row.Seq, Key: w.key(), Text: fmt.Sprint("edited ", w.steps)})
	case n == 3:
		c.step(replica.Recall{Room: id, Seq: row.Seq, Key: w.key()})
	default:
		c.step(replica.React{Room: id, Seq: row.Seq, Key: w.key(), Emoji: pick(w, []string{"👍", "🎉"}), On: w.one(2)})
	}
}

func (w *world) read() {
	if c, id, ok := w.here(); ok {
		c.step(replica.Read{Room: id, Seq: c.r.Room(id).Head.Seq})
	}
}

func (w *world) look() {
	c, id := pick(w, w.clients), pick(w, w.rooms)
	if w.one(4) {
		delete(c.looks, id)
		c.step(replica.CloseRoom{Room: id})
		return
	}
	c.looks[id] = true
	c.step(replica.OpenRoom{Room: id})
}

// older loads a page of history, in which somebody may change something.
func (w *world) older() {
	c, id, ok := w.here()
	tl := c.r.Timeline(id)
	if !ok || len(tl.Rows) == 0 {
		return
	}
	first := tl.Rows[0].Seq
	c.step(replica.LoadOlder{Room: id})
	if first < 2 {
		return
	}
	for _, emoji := range []string{"👀", "🔥", "🙈", "🍵"} {
		by, seq := pick(w, w.accounts), first-1-chat.Seq(w.rand.Int64N(min(50, int64(first)-1)))
		w.after(w.within(0, 120*time.Millisecond), func() {
			w.call(func(ctx context.Context, s *Server) error {
				_, _, err := s.react(ctx, by, id, seq, emoji, !w.one(5))
				return err
			})
		})
	}
}

// visit has somebody come while others write, and then all is quiet.
func (w *world) visit() {
	c := pick(w, w.clients)
	c.hangUp()
	c.dialWithin(time.Millisecond)
	for range 4 {
		room, by, post := pick(w, w.rooms), pick(w, w.accounts), chat.Post{Key: w.key(), Text: "meanwhile"}
		w.after(w.within(0, 200*time.Millisecond), func() {
			w.call(func(ctx context.Context, s *Server) error {
				_, err := s.post(ctx, by, room, []chat.Post{post})
				return err
			})
		})
	}
	w.run(6 * time.Second)
}

// storm has many come back and write at the same time, and then all is quiet.
func (w *world) storm() {
	for _, c := range w.clients {
		if w.one(2) {
			c.hangUp()
			c.dialWithin(300 * time.Millisecond)
		}
		w.after(w.within(0, 600*time.Millisecond), w.compose)
	}
	w.run(10 * time.Second)
}

func (w *world) typing() {
	if c, id, ok := w.here(); ok {
		c.step(replica.Typing{Room: id})
	}
}

// call has a node do what HTTP asks for.
func (w *world) call(do func(ctx context.Context, s *Server) error) {
	if live := w.live(); len(live) > 0 {
		n := pick(w, live)
		w.spawn(n, func() { _ = do(context.Background(), n.srv) }) // a refusal is an answer, too
	}
}

// groups are the rooms that people come to and go from.
func (w *world) groups() []chat.RoomID {
	return slices.DeleteFunc(slices.Clone(w.rooms), func(id chat.RoomID) bool { return w.names[id] == "" })
}

func (w *world) membership() {
	room, target := pick(w, w.groups()), pick(w, w.accounts)
	var members []store.Member
	_ = w.db.mem.View(context.Background(), func(r store.Reader) (err error) {
		members, err = r.Members(room)
		return err
	})
	if len(members) == 0 {
		return
	}
	by := pick(w, members).Account
	there := slices.ContainsFunc(members, func(m store.Member) bool { return m.Account == target })
	switch {
	case !there:
		w.call(func(ctx context.Context, s *Server) error { return s.putMember(ctx, by, room, target, "") })
	case len(members) < 2:
	case w.one(2):
		w.call(func(ctx context.Context, s *Server) error { return s.removeMember(ctx, target, room, target) })
	case w.one(3):
		w.call(func(ctx context.Context, s *Server) error {
			return s.putMember(ctx, members[0].Account, room, target, chat.RoleModerator)
		})
	default:
		w.call(func(ctx context.Context, s *Server) error {
			return s.removeMember(ctx, members[0].Account, room, target)
		})
	}
}

func (w *world) rename() {
	room, by, name := pick(w, w.groups()), pick(w, w.accounts), fmt.Sprint("team ", w.steps)
	w.call(func(ctx context.Context, s *Server) error {
		return s.changeRoom(ctx, by, room, roomChange{Name: &name})
	})
}

// stand has somebody make something of a room on another device.
func (w *world) stand() {
	c, id, ok := w.here()
	if !ok {
		return
	}
	top, hidden, unread := w.one(2), w.one(2), !w.one(4)
	w.call(func(ctx context.Context, s *Server) error {
		return s.changeRoom(ctx, c.account, id, roomChange{Top: &top, Hidden: &hidden, Unread: &unread})
	})
}

// retry takes up what was refused.
func (w *world) retry() {
	c, id := pick(w, w.clients), pick(w, w.rooms)
	for _, e := range slices.Clone(c.r.Timeline(id).Pending) {
		if e.State == replica.Failed {
			c.dropped[e.Key] = true
			if w.one(2) {
				c.step(replica.Retry{Key: e.Key})
			} else {
				c.step(replica.Discard{Key: e.Key})
			}
			return
		}
	}
}

// reconnect leaves and comes back: a page that is loaded anew.
func (w *world) reconnect() {
	c := pick(w, w.clients)
	c.hangUp()
	c.dial()
}

// restart closes a client in order and starts it from its storage.
func (w *world) restart() {
	c := pick(w, w.clients)
	c.hangUp()
	for len(c.writes) > 0 {
		e := c.writes[0]
		c.writes = c.writes[1:]
		c.stored(e)
	}
	c.kill()
}

// killClient loses what the storage does not hold yet.
func (w *world) killClient() {
	c := pick(w, w.clients)
	for _, key := range c.composed {
		if !c.durable[key] {
			c.dropped[key] = true
		}
	}
	c.kill()
}

func (w *world) halfOpen() {
	if c := pick(w, w.clients); c.link != nil {
		c.link.deaf = true
	}
}

func (w *world) offline() {
	c := pick(w, w.clients)
	c.offline = true
	c.hangUp()
	w.after(w.within(time.Second, 60*time.Second), c.online)
}

func (c *simClient) online() {
	c.offline = false
	c.dial()
}

func (w *world) crash() {
	if !w.plan.frail {
		return
	}
	if len(w.nodes) == 1 && w.one(2) {
		w.powerCut()
		return
	}
	n := pick(w, w.nodes)
	n.crash()
	w.after(w.within(100*time.Millisecond, 5*time.Second), n.reboot)
}

// powerCut ends all nodes and the database.
func (w *world) powerCut() {
	if !w.plan.frail {
		return
	}
	for _, n := range slices.Clone(w.nodes) {
		n.crash()
		w.after(w.within(100*time.Millisecond, 5*time.Second), n.reboot)
	}
	w.db.powerCut()
}

// jump sets a clock (Promise 13).
func (w *world) jump() {
	by := w.within(0, 48*time.Hour) - 24*time.Hour
	if w.one(2) {
		pick(w, w.nodes).skew += by
		return
	}
	c := pick(w, w.clients)
	c.skew += chat.Time(by / time.Millisecond)
	c.wakeAt = 0
	c.step(replica.Tick{})
}

func (w *world) backup() { w.db.backup() }

// restore brings a backup back (Promise 5).
func (w *world) restore() {
	if w.db.saved == nil || !w.plan.restores || !w.plan.frail {
		return
	}
	for _, n := range slices.Clone(w.nodes) {
		n.crash()
		w.after(w.within(100*time.Millisecond, 5*time.Second), n.reboot)
	}
	w.db.restore()
}
