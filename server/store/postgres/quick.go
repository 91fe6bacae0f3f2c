package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"parley/server/store"
	"parley/shared/chat"
)

var _ store.Tx = (*quick)(nil)

// errPlain is what a quick function gets that needs the plain lane. Nobody
// outside sees it.
var errPlain = errors.New("postgres: not planned")

// quick is the transaction of the quick lane: what the plans named is in memory
// when the functions begin, and what they change stays there until all have run.
// What is not in memory and belongs to a locked room, or never changes by this
// lane, is fetched. Everything else is barred: its methods are those of a tx
// that cannot ask.
type quick struct {
	tx
	live     asker
	rooms    map[chat.RoomID]*quickRoom // nil: there is none of that id
	members  map[seat]*quickMember      // nil likewise
	rows     map[place]*quickRow
	sends    map[sendID]*store.Send
	accounts map[chat.AccountID]*store.Account

	// What a function has changed, in the order of its doing; undo takes it back.
	// The values in the maps are never changed, but replaced.
	undo  []func()
	wrote wrote
}

// wrote lists what is to be stored, each once.
type wrote struct {
	rooms   []chat.RoomID
	members []seat
	rows    []place
	sends   []sendID
}

type seat struct {
	room    chat.RoomID
	account chat.AccountID
}

type place struct {
	room chat.RoomID
	seq  chat.Seq
}

type sendID struct {
	key     chat.Key
	account chat.AccountID
}

type quickRoom struct {
	room  store.Room
	base  chat.Seq // of the newest row that is stored
	last  chat.Seq // of the newest row
	dirty bool
	// Who wrote the newest message since base, and the newest one of anybody else.
	newest, other struct {
		by  chat.AccountID
		seq chat.Seq
	}
}

type quickMember struct {
	member store.Member
	dirty  bool
	// Whether others wrote, among the stored rows, after read; where that was
	// asked.
	asked, others bool
	read          chat.Seq
}

type quickRow struct {
	row     chat.Row // without what body holds
	body    body
	fresh   bool // not stored yet
	changed bool // by this transaction, after it was first stored or put
}

// writeQuick runs functions that have a plan.
func (s *Store) writeQuick(batch []*op) { s.persist(batch, s.tryQuick) }

func (s *Store) tryQuick(ctx context.Context, batch []*op) (left []*op, err error) {
	left = batch
	var plain []*op
	err = s.transact(ctx, s.quick, func(t *transaction) error {
		q := newQuick(ctx, t)
		if err := q.fetch(t, batch); err != nil {
			t.rollback(ctx)
			return err
		}
		left, plain, err = q.runAll(batch)
		if err != nil || len(left) == 0 {
			t.rollback(ctx)
			return err
		}
		return s.conclude(ctx, t, left, func() (pgconn.CommandTag, error) { return q.flush(t) })
	})
	for _, o := range plain {
		if o.plan = nil; !s.plain.put(o) {
			answer([]*op{o}, store.ErrUnavailable)
		}
	}
	return left, err
}

func newQuick(ctx context.Context, t *transaction) *quick {
	q := &quick{
		live:     asker{ctx: ctx, conn: t.conn},
		rooms:    make(map[chat.RoomID]*quickRoom),
		members:  make(map[seat]*quickMember),
		rows:     make(map[place]*quickRow),
		sends:    make(map[sendID]*store.Send),
		accounts: make(map[chat.AccountID]*store.Account),
	}
	q.asker = asker{ctx: ctx, broken: errPlain}
	return q
}

// runAll runs the functions of a batch. It returns those that have ended, and
// those that need the plain lane. If there is an error, nothing has ended: then
// done are those to be run again.
func (q *quick) runAll(batch []*op) (done, plain []*op, err error) {
	for i, o := range batch {
		if !o.begin() {
			continue
		}
		if q.runOne(o) {
			plain = append(plain, o)
		} else {
			done = append(done, o)
		}
		if q.live.broken != nil {
			return append(done, batch[i+1:]...), plain, q.live.broken
		}
	}
	return done, plain, nil
}

// runOne runs a function, takes back what it did if it fails, and reports
// whether it needs the plain lane.
func (q *quick) runOne(o *op) (plain bool) {
	q.told, q.undo, q.hit = nil, q.undo[:0], false
	q.held, q.last = make(map[chat.RoomID]*identity), 0
	was := q.wrote
	o.err = o.fn(q)
	o.told = q.told
	if q.hit {
		o.rooms = q.wants()
	}
	if q.hit || o.err != nil {
		for _, back := range slices.Backward(q.undo) {
			back()
		}
		q.wrote = was
	}
	return q.hit && q.live.broken == nil
}

// bar sends the function that runs to the plain lane.
func (q *quick) bar() error {
	q.hit = true
	return errPlain
}

// put replaces a value in one of q's maps, until undone.
func put[K comparable, V any](q *quick, in map[K]V, key K, v V) {
	was, had := in[key]
	in[key] = v
	q.undo = append(q.undo, func() {
		if had {
			in[key] = was
		} else {
			delete(in, key)
		}
	})
}

// Account implements store.Reader.
func (q *quick) Account(id chat.AccountID) (store.Account, error) {
	a, known := q.accounts[id]
	if !known {
		if err := q.fetchAccounts([]chat.AccountID{id}); err != nil {
			return store.Account{}, err
		}
		a = q.accounts[id]
	}
	if a == nil {
		return store.Account{}, store.ErrNotFound
	}
	copied := *a
	copied.Settings = slices.Clone(a.Settings)
	return copied, nil
}

// Users implements store.Reader.
func (q *quick) Users(ids []chat.AccountID) ([]chat.User, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	missing := slices.DeleteFunc(slices.Clone(ids), func(id chat.AccountID) bool { _, known := q.accounts[id]; return known })
	if len(missing) > 0 {
		if err := q.fetchAccounts(missing); err != nil {
			return nil, err
		}
	}
	users := make([]chat.User, 0, len(ids))
	for _, id := range ids {
		if a := q.accounts[id]; a != nil {
			users = append(users, a.User())
		}
	}
	return users, nil
}

// Room implements store.Reader.
func (q *quick) Room(id chat.RoomID) (store.Room, error) {
	r, planned := q.rooms[id]
	if !planned {
		return q.tx.Room(id)
	}
	if r == nil {
		return store.Room{}, store.ErrNotFound
	}
	room := r.room
	room.Pins = slices.Clone(room.Pins)
	return room, nil
}

// Member implements store.Reader.
func (q *quick) Member(room chat.RoomID, account chat.AccountID) (store.Member, error) {
	m, err := q.member(seat{room, account})
	if err != nil {
		return store.Member{}, err
	}
	if m == nil {
		return store.Member{}, store.ErrNotFound
	}
	return m.member, nil
}

// member finds or fetches a member of a locked room.
func (q *quick) member(at seat) (*quickMember, error) {
	if q.rooms[at.room] == nil {
		_, err := q.tx.Member(at.room, at.account)
		return nil, err
	}
	m, known := q.members[at]
	if known {
		return m, nil
	}
	found, err := (&reader{q.live}).Member(at.room, at.account)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, q.live.refuse(err)
	}
	if err == nil {
		m = &quickMember{member: found}
	}
	q.members[at] = m
	return m, nil
}

// OthersAfter implements store.Reader.
func (q *quick) OthersAfter(room chat.RoomID, account chat.AccountID, after chat.Seq) (bool, error) {
	r := q.rooms[room]
	if r == nil {
		return q.tx.OthersAfter(room, account, after)
	}
	if r.newest.seq > after && r.newest.by != account || r.other.seq > after && r.other.by != account {
		return true, nil
	}
	if after >= r.base {
		return false, nil
	}
	if m := q.members[seat{room, account}]; m != nil && m.asked && m.read == after {
		return m.others, nil
	}
	others, err := (&reader{q.live}).OthersAfter(room, account, after)
	return others, q.live.refuse(err)
}

// Row implements store.Reader.
func (q *quick) Row(room chat.RoomID, seq chat.Seq) (chat.Row, error) {
	r, err := q.row(place{room, seq})
	if err != nil {
		return chat.Row{}, err
	}
	if r == nil {
		return chat.Row{}, store.ErrNotFound
	}
	at := rowAt{
		row: r.row, key: r.row.Key, text: r.body.text, files: r.body.files, card: slices.Clone(r.body.card),
		reactions: r.body.reactions, calls: r.body.mentions, detail: r.body.detail,
	}
	at.system = chat.System{Event: r.body.event, Account: chat.AccountID(r.body.subject)}
	return at.done()
}

// row finds or fetches a row of a locked room.
func (q *quick) row(at place) (*quickRow, error) {
	if q.rooms[at.room] == nil {
		_, err := q.tx.Row(at.room, at.seq)
		return nil, err
	}
	r, known := q.rows[at]
	if known {
		return r, nil
	}
	found, err := (&reader{q.live}).Row(at.room, at.seq)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, q.live.refuse(err)
	}
	if err == nil {
		if r, err = quickRowOf(&found); err != nil {
			return nil, err
		}
	}
	q.rows[at] = r
	return r, nil
}

func quickRowOf(row *chat.Row) (*quickRow, error) {
	b, err := bodyOf(row)
	if err != nil {
		return nil, err
	}
	b.card = slices.Clone(b.card)
	r := &quickRow{row: *row, body: b}
	r.row.Text, r.row.Files, r.row.Card, r.row.Reactions, r.row.Mentions, r.row.System = "", nil, nil, nil, nil, nil
	return r, nil
}

// Send implements store.Reader.
func (q *quick) Send(account chat.AccountID, key chat.Key) (store.Send, error) {
	id := sendID{key, account}
	s, known := q.sends[id]
	if !known {
		found, err := (&reader{q.live}).Send(account, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return store.Send{}, q.live.refuse(err)
		}
		if err == nil {
			s = &found
		}
		q.sends[id] = s
	}
	if s == nil {
		return store.Send{}, store.ErrNotFound
	}
	return *s, nil
}
