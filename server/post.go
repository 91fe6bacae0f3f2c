package server

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"slices"

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
	hashes := make([][32]byte, len(posts)) // here, not where all who post wait for it
	for i := range posts {
		hashes[i] = s.postHash(room, &posts[i])
	}
	var done []settled
	err := s.update(store.WithPlan(ctx, planPosts(me, room, posts)), func(tx store.Tx) error {
		p := posting{server: s, tx: tx, me: me, room: room, hashes: hashes}
		var err error
		done, err = p.run(posts)
		return err
	})
	if err != nil {
		return nil, withKey(err, posts[0].Key)
	}
	return done, nil
}

// planPosts says what posting.run is going to read.
func planPosts(me chat.AccountID, room chat.RoomID, posts []chat.Post) store.Plan {
	plan := store.Plan{Room: room, Account: me, Keys: make([]chat.Key, len(posts))}
	for i := range posts {
		plan.Keys[i] = posts[i].Key
		plan.Members = append(plan.Members, posts[i].Mentions...)
		if posts[i].Reply > 0 {
			plan.Rows = append(plan.Rows, posts[i].Reply)
		}
	}
	return plan
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
		if err == nil {
			err = validFiles(p.Files)
		}
		if len(p.Card) > 0 {
			err = chat.Refuse(chat.Unsupported, "this server does not take cards yet")
		}
		if len(p.Mentions) > chat.MaxMentions {
			err = chat.Refuse(chat.TooLarge, "a message mentions at most 50 people")
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

func validFiles(ids []string) error {
	if len(ids) > chat.MaxFiles {
		return chat.Refuse(chat.TooLarge, "a message has at most 20 files")
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return chat.Refuse(chat.BadRequest, "a file stands twice in one message")
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
	hashes [][32]byte // of the posts
}

func (p *posting) run(posts []chat.Post) ([]settled, error) {
	done := make([]settled, len(posts))
	var fresh []int
	for i := range posts {
		was, err := p.server.known(p.tx, p.me, p.room, posts[i].Key, p.hashes[i])
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
	if err := c.heard(); err != nil {
		return nil, withKey(err, posts[fresh[0]].Key)
	}
	for _, i := range fresh {
		row, err := p.one(c, &posts[i], p.hashes[i])
		if err != nil {
			return nil, withKey(err, posts[i].Key)
		}
		done[i] = settled{Key: posts[i].Key, Row: row}
	}
	return done, c.commit()
}

// one appends one post to the room.
func (p *posting) one(c *change, post *chat.Post, sum [32]byte) (*chat.Row, error) {
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
	called, err := c.membersOf(post.Mentions)
	if err != nil {
		return nil, err
	}
	files, err := attached(p.tx, p.me, post.Files)
	if err != nil {
		return nil, err
	}
	row := chat.Row{Key: post.Key, Kind: chat.KindText, Text: post.Text, Reply: post.Reply, Files: files, Mentions: accountsOf(called)}
	if len(files) > 0 {
		row.Kind = chat.KindFile
	}
	if err := c.append(&row); err != nil {
		return nil, err
	}
	if err := c.mention(called, row.Seq); err != nil {
		return nil, err
	}
	c.keys = append(c.keys, post.Key)
	return &row, p.tx.PutSend(store.Send{
		Account: p.me, Key: post.Key, Room: p.room, Seq: row.Seq, Hash: sum,
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
	files := "null"
	if p.Files != nil {
		encoded, _ := json.Marshal(p.Files)
		files = string(encoded)
	}
	parts := []string{p.Text, files, string(p.Card)}
	if len(p.Mentions) > 0 { // else as before there were any: keys of then still hold
		mentions, _ := json.Marshal(p.Mentions)
		parts = append(parts, string(mentions))
	}
	return s.contentHash("post", room, int64(p.Reply), parts...)
}

// contentHash keys and hashes an operation. Parts are length-prefixed: no two
// contents run together to the same bytes.
func (s *Server) contentHash(op string, room chat.RoomID, number int64, parts ...string) [32]byte {
	mac := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
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
