package server

import (
	"context"
	"errors"
	"maps"
	"slices"

	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
)

// database is what all nodes store in, and what is known of it.
type database struct {
	w     *world
	mem   *memory.Store
	books map[chat.RoomID]*book

	saved    *memory.Store // a backup
	savedOld map[chat.RoomID]*book
	synced   *memory.Store // what a crash leaves, where a rule acknowledges too early
	oldBooks map[chat.RoomID]*book
	restored int
}

// book is what a room's log held at any time.
type book struct {
	rev     chat.Rev
	rows    [][]chat.Row // by seq, each ascending by rev
	first   []chat.Rev   // by seq: when the row came
	keys    map[postID]chat.Seq
	members map[chat.AccountID][]coming
	marks   map[chat.AccountID]store.Member
}

// postID names a post (Promise 3).
type postID struct {
	by  chat.AccountID
	key chat.Key
}

// coming is somebody's coming or going.
type coming struct {
	step   uint64
	member bool
	rev    chat.Rev
}

func newBook() *book {
	return &book{keys: map[postID]chat.Seq{}, members: map[chat.AccountID][]coming{}, marks: map[chat.AccountID]store.Member{}}
}

func cloneBooks(books map[chat.RoomID]*book) map[chat.RoomID]*book {
	c := map[chat.RoomID]*book{}
	for id, b := range books {
		n := &book{rev: b.rev, rows: slices.Clone(b.rows), first: slices.Clone(b.first), keys: maps.Clone(b.keys),
			members: maps.Clone(b.members), marks: maps.Clone(b.marks)}
		for i := range n.rows {
			n.rows[i] = slices.Clone(n.rows[i])
		}
		for a := range n.members {
			n.members[a] = slices.Clone(n.members[a])
		}
		c[id] = n
	}
	return c
}

func (d *database) book(room chat.RoomID) *book {
	b := d.books[room]
	if b == nil {
		b = newBook()
		d.books[room] = b
	}
	return b
}

// length is how many rows the log had at a revision.
func (b *book) length(rev chat.Rev) int {
	n, _ := slices.BinarySearch(b.first, rev+1)
	return n
}

// at is a row as it was at a revision.
func (b *book) at(seq chat.Seq, rev chat.Rev) *chat.Row {
	forms := b.rows[seq-1]
	for i := len(forms) - 1; i >= 0; i-- {
		if forms[i].Rev <= rev {
			return &forms[i]
		}
	}
	return nil
}

// sees reports whether somebody may be told, at a step, of a room up to a
// revision (Promise 9).
func (b *book) sees(account chat.AccountID, step uint64, rev chat.Rev) bool {
	var last coming
	for _, c := range b.members[account] {
		if c.step <= step {
			last = c
		}
	}
	return last.member || rev <= last.rev
}

// errWorld is a failure that passes.
var errWorld = errors.New("the database has a bad moment")

// update is a function that waits for its commit.
type update struct {
	fn   func(store.Tx) error
	err  error
	told []func()
	over bool
	task *task
}

// nodeStore is the database as one node uses it. What a node was asked to
// store waits in its queue: the unsynced tail, which its crash loses.
type nodeStore struct{ n *simNode }

var _ store.Store = nodeStore{}

// Meta implements store.Store.
func (s nodeStore) Meta() store.Meta { return s.n.w.db.mem.Meta() }

// Close implements store.Store.
func (s nodeStore) Close() error { return nil }

// View implements store.Store.
func (s nodeStore) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.read(func() error { return s.n.w.db.mem.View(ctx, fn) })
}

func (s nodeStore) read(fn func() error) error {
	w := s.n.w
	w.pause()
	if w.current != nil && w.moody() {
		return errors.Join(store.ErrUnavailable, errWorld)
	}
	err := fn()
	w.pause()
	return err
}

// Session implements store.Store.
func (s nodeStore) Session(ctx context.Context, hash [32]byte) (session store.Session, err error) {
	err = s.read(func() error {
		session, err = s.n.w.db.mem.Session(ctx, hash)
		return err
	})
	return session, err
}

// moody reports whether the database fails just now.
func (w *world) moody() bool { return w.plan.frail && !w.healing && w.one(80) }

// Update implements store.Store.
func (s nodeStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	w, n := s.n.w, s.n
	u := &update{fn: fn, task: w.current}
	if u.task == nil { // before the beginning of the story
		w.db.apply(n, u)
		u.tell()
		return u.err
	}
	if w.moody() {
		return errors.Join(store.ErrFull, errWorld)
	}
	if w.rules.publishEarly {
		w.db.rehearse(n, fn)
	}
	n.tail = append(n.tail, u)
	if !n.writing {
		n.writing = true
		w.after(w.tail(w.plan.database), n.commit)
	}
	for !u.over {
		w.park()
	}
	return u.err
}

func (u *update) tell() {
	for _, tell := range u.told {
		tell()
	}
}

// commit is the node's writer: it takes what waits, commits and syncs it, and
// a moment later tells. Who crashes in between has stored what nobody was told.
func (n *simNode) commit() {
	if n.dead {
		return
	}
	batch := n.tail
	n.tail = nil
	if n.w.rules.ackEarly {
		n.w.db.remember()
	}
	for _, u := range batch {
		n.w.db.apply(n, u)
	}
	if n.w.rules.ackEarly {
		n.told(batch)
		n.w.after(n.w.tail(10*n.w.plan.database), func() { n.w.db.synced = nil })
		return
	}
	n.w.after(n.w.tail(n.w.plan.database), func() { n.told(batch) })
}

func (n *simNode) told(batch []*update) {
	if n.dead {
		return
	}
	for _, u := range batch {
		u.tell()
	}
	for _, u := range batch {
		u.over = true
		n.w.after(0, u.task.resume)
	}
	if n.writing = len(n.tail) > 0; n.writing {
		n.w.after(n.w.tail(n.w.plan.database), n.commit)
	}
}

// apply runs one function in the database.
func (d *database) apply(n *simNode, u *update) {
	var tx *simTx
	u.err = d.mem.Update(context.Background(), func(inner store.Tx) error {
		tx = &simTx{Tx: inner, n: n}
		return u.fn(tx)
	})
	if u.err == nil {
		u.told = tx.told
		for _, note := range tx.notes {
			note()
		}
	}
}

var errRehearsal = errors.New("only a rehearsal")

// rehearse publishes before the commit.
func (d *database) rehearse(n *simNode, fn func(store.Tx) error) {
	var tx *simTx
	err := d.mem.Update(context.Background(), func(inner store.Tx) error {
		tx = &simTx{Tx: inner, n: n}
		if err := fn(tx); err != nil {
			return err
		}
		return errRehearsal
	})
	if errors.Is(err, errRehearsal) {
		for _, tell := range tx.told {
			tell()
		}
	}
}

// remember keeps what is synced.
func (d *database) remember() {
	if d.synced == nil {
		d.synced, d.oldBooks = d.mem.Clone(d.mem.Meta()), cloneBooks(d.books)
	}
}

// powerCut loses what was not synced.
func (d *database) powerCut() {
	if d.synced != nil {
		d.mem, d.books, d.synced = d.synced, d.oldBooks, nil
	}
}

// backup keeps a copy.
func (d *database) backup() { d.saved, d.savedOld = d.mem.Clone(d.mem.Meta()), cloneBooks(d.books) }

// restore brings the copy back, under another epoch.
func (d *database) restore() {
	meta := d.saved.Meta()
	meta.Epoch = store.NewMeta(d.w.fill).Epoch
	d.mem, d.books = d.saved.Clone(meta), cloneBooks(d.savedOld)
	d.restored++
}

// simTx watches what is written.
type simTx struct {
	store.Tx
	n     *simNode
	told  []func()
	notes []func() // what to note once it is committed
}

// OnCommit implements store.Tx.
func (t *simTx) OnCommit(fn func()) { t.told = append(t.told, fn) }

// Send implements store.Reader.
func (t *simTx) Send(account chat.AccountID, key chat.Key) (store.Send, error) {
	switch {
	case t.n.w.rules.noDedupe:
		return store.Send{}, store.ErrNotFound
	case t.n.w.rules.memoryDedupe:
		if s, ok := t.n.sends[postID{account, key}]; ok {
			return s, nil
		}
		return store.Send{}, store.ErrNotFound
	}
	return t.Tx.Send(account, key)
}

// PutSend implements store.Tx.
func (t *simTx) PutSend(s store.Send) error {
	if t.n.w.rules.noDedupe || t.n.w.rules.memoryDedupe {
		t.notes = append(t.notes, func() { t.n.sends[postID{s.Account, s.Key}] = s })
		return nil
	}
	return t.Tx.PutSend(s)
}

// PutRow implements store.Tx.
func (t *simTx) PutRow(room chat.RoomID, row chat.Row) error {
	t.notes = append(t.notes, func() { t.n.w.row(room, row) })
	return t.Tx.PutRow(room, row)
}

// row notes a row that was committed. Promise 2: numbers are dense. Promise 3:
// a key posts once.
func (w *world) row(room chat.RoomID, row chat.Row) {
	b := w.db.book(room)
	if row.Rev != b.rev+1 || row.Seq < 1 || row.Seq > chat.Seq(len(b.rows)+1) {
		w.fail("room %d: rev %d of seq %d after rev %d and seq %d", room, row.Rev, row.Seq, b.rev, len(b.rows))
		return
	}
	b.rev = row.Rev
	if row.Seq <= chat.Seq(len(b.rows)) {
		b.rows[row.Seq-1] = append(b.rows[row.Seq-1], row)
		return
	}
	if seq, twice := b.keys[postID{row.By, row.Key}]; twice {
		w.fail("room %d: %v of %d is stored as %d and as %d", room, row.Key, row.By, seq, row.Seq)
	}
	b.keys[postID{row.By, row.Key}] = row.Seq
	b.rows, b.first = append(b.rows, []chat.Row{row}), append(b.first, row.Rev)
}

// PutMember implements store.Tx.
func (t *simTx) PutMember(m store.Member) error {
	t.notes = append(t.notes, func() { t.n.w.member(m) })
	return t.Tx.PutMember(m)
}

// member notes a membership. Promise 7: marks only grow, never past the head.
func (w *world) member(m store.Member) {
	b := w.db.book(m.Room)
	old, was := b.marks[m.Account]
	if was && (m.Read < old.Read || m.Got < old.Got || m.ReadN < old.ReadN) || int(max(m.Read, m.Got)) > len(b.rows) {
		w.fail("marks of %d in room %d of %d rows: %+v after %+v", m.Account, m.Room, len(b.rows), m, old)
	}
	b.marks[m.Account] = m
	if !was {
		b.members[m.Account] = append(b.members[m.Account], coming{w.steps, true, b.rev})
	}
}

// DeleteMember implements store.Tx.
func (t *simTx) DeleteMember(room chat.RoomID, account chat.AccountID) error {
	t.notes = append(t.notes, func() {
		b := t.n.w.db.book(room)
		delete(b.marks, account)
		b.members[account] = append(b.members[account], coming{t.n.w.steps, false, b.removed(account)})
	})
	return t.Tx.DeleteMember(room, account)
}

// removed is the revision of the row that ends a membership.
func (b *book) removed(account chat.AccountID) chat.Rev {
	for seq := len(b.rows); seq > 0; seq-- {
		row := b.rows[seq-1][0]
		if row.System != nil && row.System.Account == account && membershipEvent(row.System.Event) && row.System.Event != chat.EventJoined {
			return row.Rev
		}
	}
	return b.rev
}
