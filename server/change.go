package server

import (
	"errors"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

// change is one operation on a room's log inside the writer's transaction: it
// gives out seq and rev, and tells the bus after the commit.
type change struct {
	server *Server
	tx     store.Tx
	by     chat.AccountID
	at     chat.Time
	room   store.Room
	member store.Member // of by
	from   chat.Rev
	rows   []chat.Row
	keys   []chat.Key
	marked bool // by's marks grew
	// Whose membership changed. They are told to look again after the rows, so
	// that who is removed still gets the row that says so.
	affected []chat.AccountID
	lost     []string // files that a recalled row had
	retold   bool     // its name, roles or pins changed: everybody is told the head again
	met      bool     // a direct room in which now both have posted
	fresh    chat.Seq // the first message that was appended; 0: none
}

// openChange begins an operation of a member. ErrNotFound for who is not one.
func (s *Server) openChange(tx store.Tx, room chat.RoomID, by chat.AccountID) (*change, error) {
	r, err := tx.Room(room)
	if err != nil {
		return nil, err
	}
	m, err := membership(tx, room, by)
	if err != nil {
		return nil, err
	}
	return &change{server: s, tx: tx, by: by, at: s.now(), room: r, member: m, from: r.Rev}, nil
}

// membership returns somebody's membership, ErrNotFound if they are not a
// member (Promise 16: a room that is not yours does not exist).
func membership(r store.Reader, room chat.RoomID, account chat.AccountID) (store.Member, error) {
	m, err := r.Member(room, account)
	if errors.Is(err, store.ErrNotFound) || err == nil && m.Role == store.RoleBanned {
		return m, chat.ErrNotFound
	}
	return m, err
}

// append adds a row to the room's end and completes it with what the log
// gives out.
func (c *change) append(row *chat.Row) error {
	message := row.Kind != chat.KindSystem
	if message {
		c.meet()
		if err := c.advance(); err != nil {
			return err
		}
		c.room.N++
	}
	c.room.Seq++
	c.room.Rev++
	c.room.At = c.at
	if message && c.fresh == 0 {
		c.fresh = c.room.Seq
	}
	row.Seq, row.N, row.Rev, row.By, row.At = c.room.Seq, c.room.N, c.room.Rev, c.by, c.at
	if message && c.marked {
		c.member.Read, c.member.ReadN, c.member.Got = row.Seq, row.N, row.Seq
		c.seen()
	}
	c.rows = append(c.rows, *row)
	return c.tx.PutRow(c.room.ID, *row)
}

// advance decides whether a post moves its poster's marks: it does if no
// message of others lies between.
func (c *change) advance() error {
	if c.marked || c.member.Read == c.room.Seq {
		c.marked = true
		return nil
	}
	others, err := c.tx.OthersAfter(c.room.ID, c.by, c.member.Read)
	c.marked = !others
	return err
}

// seen takes back that by has marked the room as unread.
func (c *change) seen() {
	if c.member.Unread {
		c.member.Unread = false
		c.affected = append(c.affected, c.by)
	}
}

// meet notes that by has posted in a direct room: when both have, they are
// told of each other's presence.
func (c *change) meet() {
	if c.room.Kind != chat.KindDirect {
		return
	}
	i := 0
	if c.room.Pair[1] == c.by {
		i = 1
	}
	c.met = c.met || !c.room.Posted[i] && c.room.Posted[1-i]
	c.room.Posted[i] = true
}

// replace stores a new form of an older row.
func (c *change) replace(row *chat.Row) error {
	c.room.Rev++
	row.Rev = c.room.Rev
	c.rows = append(c.rows, *row)
	return c.tx.PutRow(c.room.ID, *row)
}

// system appends a system row.
func (c *change) system(event string, account chat.AccountID, text string) error {
	return c.append(&chat.Row{
		Key: c.server.newKey(), Kind: chat.KindSystem,
		System: &chat.System{Event: event, Account: account, Text: text},
	})
}

// commit stores the room and the marks, and publishes once they are on disk.
func (c *change) commit() error {
	if err := c.server.letGo(c.tx, c.lost...); err != nil {
		return err
	}
	if err := c.tx.PutRoom(c.room); err != nil {
		return err
	}
	topic := bus.Topic{Room: c.room.ID}
	if len(c.rows) > 0 {
		if index := c.server.search; index != nil {
			c.tx.OnCommit(func() { index.Changed(topic.Room) })
		}
		users, err := usersOf(c.tx, c.rows)
		if err != nil {
			return err
		}
		c.publish(bus.Event{Topic: topic, Rows: &bus.Rows{
			From: c.from, Upto: c.room.Rev, Rows: c.rows, Users: users, Account: c.by, Keys: c.keys,
		}})
	}
	if c.marked {
		if err := c.tx.PutMember(c.member); err != nil {
			return err
		}
		mark := markOf(c.member)
		c.publish(bus.Event{Topic: topic, Mark: &mark})
	}
	for _, account := range c.affected {
		c.server.tellAccount(c.tx, account, c.room.ID)
	}
	if c.retold {
		c.publish(bus.Event{Topic: topic, Head: true})
	}
	if pusher := c.server.pusher; pusher != nil && c.fresh != 0 {
		room, b := c.room.ID, burst{c.fresh, c.room.Seq}
		c.tx.OnCommit(func() { pusher.posted(room, b) })
	}
	if c.met {
		pair := c.room.Pair
		c.tx.OnCommit(func() { c.server.met(pair[0], pair[1]) })
	}
	return nil
}

// publish tells the bus after the commit, in the order of the calls.
func (c *change) publish(e bus.Event) {
	c.tx.OnCommit(func() { c.server.bus.Publish(e) })
}

func markOf(m store.Member) chat.Mark {
	return chat.Mark{User: m.Account, Read: m.Read, ReadN: m.ReadN, Got: m.Got}
}
