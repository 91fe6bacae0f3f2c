package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

// settled is how an operation with a key ended.
type settled struct {
	Key      chat.Key
	Row      *chat.Row // its row as it is now; nil for who may no longer see it
	Repeated bool      // the key was stored before: only this caller is told
}

// post stores posts in a room: in order, all or none, each key once. What was
// stored before is answered, whatever the poster may do now; an error is a
// *chat.Error that names the key that caused it.
//
// Validation and rates are decided first, since they need no transaction, but
// told only if a key is new: a repeated key is answered before all that.
func (s *Server) post(ctx context.Context, me chat.AccountID, room chat.RoomID, posts []chat.Post) ([]settled, error) {
	if err := countPosts(posts); err != nil {
		return nil, err
	}
	refusal := validPosts(posts)
	if refusal == nil {
		refusal = s.admitPosts(me, len(posts))
	}
	if refusal != nil {
		return s.repeated(ctx, me, room, posts, refusal)
	}
	var done []settled
	err := s.update(ctx, func(tx store.Tx) error {
		p := posting{server: s, tx: tx, me: me, room: room}
		var err error
		done, err = p.run(posts)
		return err
	})
	if err != nil {
		return nil, withKey(err, posts[0].Key)
	}
	return done, nil
}

// repeated answers posts that are refused unless all of them are stored.
func (s *Server) repeated(ctx context.Context, me chat.AccountID, room chat.RoomID, posts []chat.Post, refusal error) ([]settled, error) {
	var done []settled
	err := s.view(ctx, func(r store.Reader) error {
		for i := range posts {
			was, err := s.known(r, me, room, posts[i].Key, s.postHash(room, &posts[i]))
			if err != nil {
				return err
			}
			if was == nil {
				return withKey(refusal, posts[i].Key)
			}
			done = append(done, *was)
		}
		return nil
	})
	if err != nil {
		return nil, withKey(err, posts[0].Key)
	}
	return done, nil
}

// known finds an operation by its key: nil if it is new, an error if the key
// names something else. Its row is told only to who may still see it.
func (s *Server) known(r store.Reader, me chat.AccountID, room chat.RoomID, key chat.Key, hash [32]byte) (*settled, error) {
	was, err := r.Send(me, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if was.Hash != hash {
		return nil, &chat.Error{Code: chat.Conflict, Message: "this key was used for something else", Key: key}
	}
	done := &settled{Key: key, Repeated: true}
	if _, err := membership(r, room, me); err != nil {
		return done, nil
	}
	row, err := r.Row(room, was.Seq)
	if err != nil {
		return nil, err
	}
	done.Row = &row
	return done, nil
}

func countPosts(posts []chat.Post) error {
	if len(posts) < 1 || len(posts) > chat.MaxPosts {
		return keyed(chat.Refuse(chat.BadRequest, "a send has 1 to 100 posts"), posts)
	}
	seen := make(map[chat.Key]bool, len(posts))
	for i := range posts {
		if seen[posts[i].Key] {
			return &chat.Error{Code: chat.BadRequest, Message: "a key stands twice in one send", Key: posts[i].Key}
		}
		seen[posts[i].Key] = true
	}
	return nil
}

// keyed makes a refusal name the first key of a batch.
func keyed(e *chat.Error, posts []chat.Post) error {
	if len(posts) > 0 {
		e.Key = posts[0].Key
	}
	return e
}

func validPosts(posts []chat.Post) error {
	for i := range posts {
		p := &posts[i]
		err := chat.ValidText(p.Text, len(p.Files) > 0 || len(p.Card) > 0)
		if len(p.Files) > 0 || len(p.Card) > 0 {
			err = chat.Refuse(chat.Unsupported, "this server does not take files and cards yet")
		}
		var refusal *chat.Error
		if errors.As(err, &refusal) {
			named := *refusal
			named.Key = p.Key
			return &named
		}
	}
	return nil
}

// posting is one send inside the writer's transaction.
type posting struct {
	server *Server
	tx     store.Tx
	me     chat.AccountID
	room   chat.RoomID
}

func (p *posting) run(posts []chat.Post) ([]settled, error) {
	done := make([]settled, len(posts))
	var fresh []int
	for i := range posts {
		was, err := p.server.known(p.tx, p.me, p.room, posts[i].Key, p.server.postHash(p.room, &posts[i]))
		if err != nil {
			return nil, err
		}
		if was == nil {
			fresh = append(fresh, i)
			continue
		}
		done[i] = *was
	}
	if len(fresh) == 0 {
		return done, nil
	}
	c, err := p.server.openChange(p.tx, p.room, p.me)
	if err != nil {
		return nil, withKey(err, posts[fresh[0]].Key)
	}
	for _, i := range fresh {
		row, err := p.one(c, &posts[i])
		if err != nil {
			return nil, withKey(err, posts[i].Key)
		}
		done[i] = settled{Key: posts[i].Key, Row: row}
	}
	return done, c.commit()
}

// one appends one post to the room.
func (p *posting) one(c *change, post *chat.Post) (*chat.Row, error) {
	if post.Reply != 0 {
		to, err := p.tx.Row(p.room, post.Reply)
		if errors.Is(err, store.ErrNotFound) {
			return nil, chat.Refuse(chat.NotFound, "the message replied to does not exist")
		}
		if err != nil {
			return nil, err
		}
		if to.Recalled != 0 {
			return nil, chat.Refuse(chat.Conflict, "the message replied to was recalled")
		}
	}
	row := chat.Row{Key: post.Key, Kind: chat.KindText, Text: post.Text, Reply: post.Reply}
	if err := c.append(&row); err != nil {
		return nil, err
	}
	c.keys = append(c.keys, post.Key)
	return &row, p.tx.PutSend(store.Send{
		Account: p.me, Key: post.Key, Room: p.room, Seq: row.Seq, Hash: p.server.postHash(p.room, post),
	})
}

// withKey makes a refusal name the operation that caused it.
func withKey(err error, key chat.Key) error {
	var refusal *chat.Error
	if errors.Is(err, store.ErrNotFound) {
		refusal = chat.ErrNotFound
	} else if !errors.As(err, &refusal) {
		return err
	}
	named := *refusal
	if named.Key.IsZero() {
		named.Key = key
	}
	return &named
}

// postHash is the fingerprint of a post's content. It is keyed, so that a
// recalled text cannot be guessed from what is kept (Promise 8).
func (s *Server) postHash(room chat.RoomID, p *chat.Post) [32]byte {
	files, _ := json.Marshal(p.Files)
	return s.contentHash("post", room, int64(p.Reply), p.Text, string(files), string(p.Card))
}

// contentHash keys and hashes an operation. Parts are length-prefixed: no two
// contents run together to the same bytes.
func (s *Server) contentHash(op string, room chat.RoomID, number int64, parts ...string) [32]byte {
	mac := hmac.New(sha256.New, s.store.Meta().Secret)
	var fixed [16]byte
	binary.BigEndian.PutUint64(fixed[:8], uint64(room))
	binary.BigEndian.PutUint64(fixed[8:], uint64(number))
	mac.Write(fixed[:])
	var size [4]byte
	for _, part := range append([]string{op}, parts...) {
		binary.BigEndian.PutUint32(size[:], uint32(len(part)))
		mac.Write(size[:])
		_, _ = io.WriteString(mac, part)
	}
	return [32]byte(mac.Sum(nil))
}

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
	retold   bool // its name or roles changed: everybody is told the head again
	met      bool // a direct room in which now both have posted
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
	row.Seq, row.N, row.Rev, row.By, row.At = c.room.Seq, c.room.N, c.room.Rev, c.by, c.at
	if message && c.marked {
		c.member.Read, c.member.ReadN, c.member.Got = row.Seq, row.N, row.Seq
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
	if err := c.tx.PutRoom(c.room); err != nil {
		return err
	}
	topic := bus.Topic{Room: c.room.ID}
	if len(c.rows) > 0 {
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
	if c.met {
		pair := c.room.Pair
		c.tx.OnCommit(func() { c.server.hub.met(pair[0], pair[1]) })
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
