package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"parley/server/search"
	"parley/server/search/fts"
	"parley/server/store"
	"parley/server/store/sqlite"
	"parley/shared/chat"
	"parley/shared/words"
)

// crowd says what a filled database holds. Everything in it follows from these
// numbers, so that nothing but the directory needs to be kept.
type crowd struct {
	Accounts int
	Rooms    int
	Members  int  // of each room, one account after the other
	Rows     int  // in each room
	Host     bool // the first account is a member of every room
	Direct   bool // the rooms of the host and one other each are one-to-one
}

// Increased whenever a crowd comes out differently: older directories are not
// used then.
const crowdVersion = 2

func (c crowd) String() string {
	kind := "open"
	if c.Host {
		kind = "host"
	}
	if c.Direct {
		kind = "direct"
	}
	return fmt.Sprintf("%d-a%d-r%d-m%d-n%d-%s", crowdVersion, c.Accounts, c.Rooms, c.Members, c.Rows, kind)
}

// draw is a number that follows from what it is for.
func draw(what string, i, j int) (out [32]byte) {
	return sha256.Sum256(fmt.Appendf(nil, "parley-load %s %d %d", what, i, j))
}

func (c crowd) account(i int) account {
	id, token := draw("account", i, 0), draw("token", i, 0)
	return account{chat.IDFrom([8]byte(id[:8])), base64.RawURLEncoding.EncodeToString(token[:])}
}

func (c crowd) room(r int) chat.RoomID {
	id := draw("room", r, 0)
	return chat.RoomID(chat.IDFrom([8]byte(id[:8])))
}

// members are the accounts of a room, as numbers, none of them twice.
func (c crowd) members(r int) (list []int) {
	if c.direct(r) {
		return []int{0, r + 1}
	}
	first := 0
	if c.Host {
		list, first = append(list, 0), 1
	}
	for i := range min(c.Members, c.Accounts-first) {
		list = append(list, first+(r*c.Members+i)%(c.Accounts-first))
	}
	return list
}

// direct rooms are the first ones: there is one for each pair.
func (c crowd) direct(r int) bool { return c.Direct && r < c.Accounts-1 }

// rooms are those of an account.
func (c crowd) rooms(i int) (list []int) {
	for r := range c.Rooms {
		for _, m := range c.members(r) {
			if m == i {
				list = append(list, r)
			}
		}
	}
	return list
}

// text of a row: some words, of which few are frequent, and every fourth time
// Chinese.
func (c crowd) text(r, seq int) string {
	random := draw("text", r, seq)
	var out []byte
	for i := range 8 + int(random[0]%12) {
		n := binary.LittleEndian.Uint16(random[1+i:])
		if seq%4 == 0 {
			out = append(out, string(rune(0x4e00+skew(n)%3000))...)
			continue
		}
		out = append(append(out, word(skew(n))...), ' ')
	}
	return string(out[:len(out)-map[bool]int{true: 0, false: 1}[seq%4 == 0]])
}

// skew makes low numbers frequent: about one in n.
func skew(n uint16) int { return (1<<22)/(int(n)+64) - 63 }

// word is the n-th word: pronounceable, and longer the rarer it is.
func word(n int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	out := []byte{consonants[n%14], vowels[n/14%5]}
	for n /= 70; n > 0; n /= 70 {
		out = append(out, consonants[n%14], vowels[n/14%5])
	}
	return string(append(out, 'n'))
}

// filled makes sure that a crowd's directory is there, and returns it. Who
// writes to it works on a copy (copied).
func (b *bench) filled(c crowd) (string, error) {
	dir := filepath.Join(b.Filled, c.String())
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	b.say("filling a database: %s accounts, %s rooms, %s rows; this is kept in %s",
		group(int64(c.Accounts)), group(int64(c.Rooms)), group(int64(c.Rooms*c.Rows)), b.Filled)
	part := dir + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o700)); err != nil {
		return "", err
	}
	if err := b.fillStore(part, c); err != nil {
		return "", fmt.Errorf("fill a database: %w", err)
	}
	return dir, os.Rename(part, dir)
}

// copied is filled for somebody who writes: a directory of the run's own.
func (b *bench) copied(c crowd) (string, error) {
	from, err := b.filled(c)
	if err != nil {
		return "", err
	}
	dir, err := b.fresh()
	if err != nil {
		return "", err
	}
	return dir, copyData(from, dir)
}

func (b *bench) fillStore(dir string, c crowd) (err error) {
	db, err := sqlite.Open(b, dir, sqlite.Options{Options: store.Options{
		Random: func(p []byte) { _, _ = rand.Read(p) }, // which never fails
		Fatal:  func(err error) { b.say("the database failed: %v", err) },
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	w := &filling{Store: db, bench: b, crowd: c, now: chat.Time(time.Now().UnixMilli())}
	if err := w.people(); err != nil {
		return err
	}
	if err := w.rooms(); err != nil {
		return err
	}
	return w.index(dir)
}

// filling fills a store.
type filling struct {
	store.Store
	bench *bench
	crowd crowd
	now   chat.Time
}

const fillBatch = 2000 // rows or accounts in one transaction

func (w *filling) people() error {
	for first := 0; first < w.crowd.Accounts; first += fillBatch {
		err := w.Update(w.bench, func(tx store.Tx) error {
			for i := first; i < min(first+fillBatch, w.crowd.Accounts); i++ {
				if err := w.person(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *filling) person(tx store.Tx, i int) error {
	who := w.crowd.account(i)
	err := tx.PutAccount(store.Account{
		Account: chat.Account{ID: chat.AccountID(who.id), Kind: chat.KindGuest, Name: fmt.Sprintf("Guest %d", i)},
		Made:    w.now, Seen: w.now,
	})
	if err != nil {
		return err
	}
	const year = 365 * 24 * 3600 * 1000
	return tx.PutSession(store.Session{
		ID: who.id, Hash: sha256.Sum256([]byte(who.token)), Account: chat.AccountID(who.id), Agent: "parley-load",
		Made: w.now, Seen: w.now, Expires: w.now + 10*year,
	})
}

// rooms makes rooms with members and rows. A room's rows are one transaction,
// or several rooms' are.
func (w *filling) rooms() error {
	each := max(1, fillBatch/(w.crowd.Rows+w.crowd.Members+1))
	told := time.Now()
	for first := 0; first < w.crowd.Rooms; first += each {
		if time.Since(told) > 5*time.Second {
			told = time.Now()
			w.bench.say("%d of %d rooms", first, w.crowd.Rooms)
		}
		err := w.Update(w.bench, func(tx store.Tx) error {
			for r := first; r < min(first+each, w.crowd.Rooms); r++ {
				if err := w.room(tx, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// span is over how much time the rows of a room are spread.
const span = 30 * 24 * 3600 * 1000

func (w *filling) room(tx store.Tx, r int) error {
	c, id, members := w.crowd, w.crowd.room(r), w.crowd.members(r)
	rows := c.Rows
	room := store.Room{
		ID: id, Kind: chat.KindOpen, Name: fmt.Sprintf("room-%d", r), Members: len(members), Joins: int64(len(members)),
		Seq: chat.Seq(rows), N: chat.Count(rows), Rev: chat.Rev(rows), Made: w.now - span, At: w.now,
	}
	if c.direct(r) {
		a, b := chat.AccountID(c.account(members[0]).id), chat.AccountID(c.account(members[1]).id)
		room.Kind, room.Name, room.Pair = chat.KindDirect, "", [2]chat.AccountID{min(a, b), max(a, b)}
		room.Posted = [2]bool{true, true}
	}
	if err := tx.PutRoom(room); err != nil {
		return err
	}
	authors := make([]chat.AccountID, len(members))
	for i, m := range members {
		authors[i] = chat.AccountID(c.account(m).id)
		err := tx.PutMember(store.Member{
			Room: id, Account: authors[i], Role: chat.RoleMember, Joined: int64(i), Read: room.Seq, ReadN: room.N, Got: room.Seq,
		})
		if err != nil {
			return err
		}
	}
	for seq := 1; seq <= rows; seq++ {
		if err := w.row(tx, r, seq, authors[seq%len(authors)]); err != nil {
			return err
		}
	}
	return nil
}

func (w *filling) row(tx store.Tx, r, seq int, by chat.AccountID) error {
	id := w.crowd.room(r)
	at := w.now - span + chat.Time(int64(seq)*span/int64(w.crowd.Rows+1))
	random := draw("key", r, seq)
	key := chat.KeyV7(at, [10]byte(random[:10]))
	err := tx.PutRow(id, chat.Row{
		Seq: chat.Seq(seq), N: chat.Count(seq), Rev: chat.Rev(seq), Key: key, By: by, At: at,
		Kind: chat.KindText, Text: w.crowd.text(r, seq),
	})
	if err != nil {
		return err
	}
	return tx.PutSend(store.Send{Account: by, Key: key, Room: id, Seq: chat.Seq(seq), Hash: random})
}

// index waits until the search index holds everything, so that no server has
// to catch up while it is measured. The index follows a store room by room in
// the order of their ids: it is done when it holds the last one's last row.
func (w *filling) index(dir string) (err error) {
	if w.crowd.Rows == 0 {
		return nil
	}
	last := 0
	for r := range w.crowd.Rooms {
		if w.crowd.room(r) > w.crowd.room(last) {
			last = r
		}
	}
	index, err := fts.Open(w.bench, dir, w.Store, fts.Options{Log: slog.New(slog.NewTextHandler(w.bench.log, nil))})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, index.Close()) }()
	w.bench.say("indexing %s rows", group(int64(w.crowd.Rooms*w.crowd.Rows)))
	ask := search.Ask{Tokens: words.Parse(w.crowd.text(last, w.crowd.Rows)).Tokens(), Rooms: []chat.RoomID{w.crowd.room(last)}, Limit: 1}
	for {
		hits, _, err := index.Find(w.bench, ask)
		if err != nil && !errors.Is(err, store.ErrUnavailable) {
			return err
		}
		if len(hits) > 0 && hits[0].Seq == chat.Seq(w.crowd.Rows) {
			return nil
		}
		select {
		case <-w.bench.Done():
			return context.Cause(w.bench)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// ledgers begins the ledger of each room.
func (c crowd) ledger(r int, t *tally) *ledger {
	return newLedger(int64(c.room(r)), int64(c.Rows), int64(c.Rows), int64(c.Rows), t)
}

// gather makes the clients of all accounts, each a reader of all its rooms.
func (b *bench) gather(l *loop, n *node, c crowd, t *tally) (clients []*client, ledgers []*ledger) {
	for i := range c.Accounts {
		who := c.account(i)
		clients = append(clients, &client{loop: l, guard: &b.guard, at: n.at[i%len(n.at)], token: who.token, account: who.id})
	}
	for r := range c.Rooms {
		ledger := c.ledger(r, t)
		ledgers = append(ledgers, ledger)
		for _, m := range c.members(r) {
			clients[m].follow(ledger, ledger.base)
		}
	}
	return clients, ledgers
}
