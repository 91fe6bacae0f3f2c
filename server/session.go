package server

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"parley/server/store"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

// conn is the connection of a session: a ws.Conn, whose methods say what is
// promised. Push, Close and Kill do not block.
type conn interface {
	Read(ctx context.Context) ([]byte, error)
	Push(it ws.Item) bool
	Answer(ctx context.Context, room chat.RoomID, parts ...ws.Message) error
	Close(code int, reason string)
	Finish()
	Kill()
}

var _ conn = (*ws.Conn)(nil)

// session is one connection of somebody. Its goroutine reads frames and does
// what they ask, one after the other: who sends faster than the store commits
// waits, and the order of a client's frames is the order of their effects.
type session struct {
	server *Server
	conn   conn
	bare   bool // of a plain text room
	who    who
	token  string
	bad    int           // frames that made no sense
	frames *rate.Limiter // nil: no limit

	mu       sync.Mutex
	welcomed bool
	ended    bool
	held     []ws.Item            // of no room, that came before the welcome
	early    map[chat.RoomID]bool // refreshes that came before the welcome
	rooms    map[chat.RoomID]bool // where it listens
}

const (
	framesPerSecond = 200 // of all kinds, on one connection
	framesBurst     = 2000
	typingEvery     = 3 * time.Second
)

// run takes the connection's hello, and then has serve go on. hub.begin counted
// the session in; whoever ends it counts it out.
func (s *session) run(ctx context.Context, token string, present bool) {
	if !s.hello(ctx, token, present) {
		s.over()
		return
	}
	// A stack that grew for the welcome would stay as large for long, though
	// most connections only wait from here on.
	s.server.spawn(func() { s.serve(ctx) })
}

// hello reads the first message, whose first frame must be hello. The time that
// the client has for it is not spent on what we must find out first.
func (s *session) hello(ctx context.Context, token string, present bool) bool {
	if present && !s.signIn(ctx, token) {
		return false
	}
	if factor := s.server.cfg.Rate; factor > 0 {
		s.frames = rate.NewLimiter(rate.Limit(framesPerSecond*factor), max(1, int(framesBurst*factor)))
	}
	late := s.server.after(helloWithin, func() { s.conn.Close(wire.ClosePolicy, "no hello came") })
	message, err := s.conn.Read(ctx)
	late.Stop()
	if err != nil {
		return false
	}
	first := true
	for data := range framesOf(message) {
		if first && !s.open(ctx, data, present) || !first && !s.take(ctx, data) {
			return false
		}
		first = false
	}
	return true
}

// serve does what frames ask until the connection ends.
func (s *session) serve(ctx context.Context) {
	defer s.over()
	for {
		message, err := s.conn.Read(ctx)
		if err != nil {
			return
		}
		for data := range framesOf(message) {
			if !s.take(ctx, data) {
				return
			}
		}
	}
}

// over ends the session, and counts it out.
func (s *session) over() {
	s.end()
	s.server.hub.work.Done()
}

// framesOf splits a message. One without any frame counts as a frame that is
// not JSON, like anything else that is not.
func framesOf(message []byte) iter.Seq[[]byte] {
	if len(bytes.TrimSpace(message)) == 0 {
		return slices.Values([][]byte{nil})
	}
	return wire.Split(message)
}

// signIn resolves a credential, or closes.
func (s *session) signIn(ctx context.Context, token string) bool {
	who, ok := s.check(ctx, token)
	if ok {
		s.who, s.token = who, token
	}
	return ok
}

// check finds whose credential this is, or closes.
func (s *session) check(ctx context.Context, token string) (who, bool) {
	found, err := s.server.signedIn(ctx, token)
	switch {
	case err == nil:
		return found, true
	case chat.CodeOf(err) == chat.Unauthorized:
		s.conn.Close(wire.CloseNotSigned, "not signed in")
	default:
		s.giveUp()
	}
	return found, false
}

// open takes the first frame, which must be hello.
func (s *session) open(ctx context.Context, data []byte, present bool) bool {
	f, err := wire.DecodeClient(data)
	hello, ok := f.(*wire.Hello)
	switch {
	case err != nil:
		s.malformed(err)
		s.conn.Close(wire.ClosePolicy, "the first frame is hello")
		return false
	case !ok:
		s.conn.Close(wire.ClosePolicy, "the first frame is hello")
		return false
	case hello.V != wire.Version:
		s.conn.Close(wire.CloseOutdated, "this server speaks version 1")
		return false
	}
	if !present {
		if hello.Token == "" {
			s.conn.Close(wire.CloseNotSigned, "not signed in")
			return false
		}
		if !s.signIn(ctx, hello.Token) {
			return false
		}
	}
	if hello.As != 0 && hello.As != s.who.Account {
		s.conn.Close(wire.CloseNotSigned, "signed in as somebody else")
		return false
	}
	return s.welcome(ctx, hello)
}

// take handles one frame after hello. It reports false when the connection is
// over.
func (s *session) take(ctx context.Context, data []byte) bool {
	if s.frames != nil && !s.frames.Allow() {
		s.push(ws.Item{Message: messageOf(&wire.Bye{Code: string(chat.SlowDown), Retry: 5000})})
		s.conn.Close(wire.CloseRate, "too many frames")
		return false
	}
	f, err := wire.DecodeClient(data)
	if err != nil {
		s.malformed(err)
		if s.bad++; s.bad >= wire.MaxBadFrames {
			s.conn.Close(wire.ClosePolicy, "too many bad frames")
			return false
		}
		return true
	}
	switch f := f.(type) {
	case *wire.Hello:
		s.conn.Close(wire.ClosePolicy, "hello comes once")
		return false
	case *wire.Send:
		s.onSend(ctx, f)
	case *wire.Edit:
		s.onEdit(ctx, f)
	case *wire.Recall:
		s.onRecall(ctx, f)
	case *wire.React:
		s.onReact(ctx, f)
	case *wire.Pull:
		s.onPull(ctx, f)
	case *wire.Mark:
		s.refused(s.server.mark(ctx, s.who.Account, f.Room, f.Read, f.Got), f.Room)
	case *wire.Typing:
		s.onTyping(ctx, f)
	case *wire.Ping:
		s.push(ws.Item{Message: messageOf(&wire.Pong{})})
	}
	return true
}

func (s *session) onSend(ctx context.Context, f *wire.Send) {
	done, err := s.server.post(ctx, s.who.Account, f.Room, f.Posts)
	if s.refused(err, f.Room) {
		return
	}
	s.settle(ctx, f.Room, done...)
}

func (s *session) onEdit(ctx context.Context, f *wire.Edit) {
	done, err := s.server.edit(ctx, s.who.Account, f.Room, f.Seq, f.Key, f.Text)
	if !s.refused(err, f.Room) {
		s.settle(ctx, f.Room, done)
	}
}

func (s *session) onRecall(ctx context.Context, f *wire.Recall) {
	done, err := s.server.recall(ctx, s.who.Account, f.Room, f.Seq, f.Key)
	if !s.refused(err, f.Room) {
		s.settle(ctx, f.Room, done)
	}
}

func (s *session) onReact(ctx context.Context, f *wire.React) {
	row, changed, err := s.server.react(ctx, s.who.Account, f.Room, f.Seq, f.Emoji, f.On)
	if !s.refused(err, f.Room) && !changed {
		s.settle(ctx, f.Room, settled{Row: &row, Repeated: true})
	}
}

// settle answers operations that were stored before or changed nothing. What
// is new is told by its rows, to this connection as to all others; but where
// what makes a connection listen may be lost, one that does not is answered.
func (s *session) settle(ctx context.Context, room chat.RoomID, done ...settled) {
	answer := &wire.Rows{Room: room, Rows: []chat.Row{}}
	var keys []chat.Key
	told := !s.server.bus.Lossy() || s.listensTo(room) // what is new
	open := false
	for i := range done {
		if told && !done[i].Repeated {
			continue
		}
		open = true
		if !done[i].Key.IsZero() {
			keys = append(keys, done[i].Key)
		}
		if done[i].Row != nil {
			answer.Rows = append(answer.Rows, *done[i].Row)
		}
	}
	if !open {
		return
	}
	if len(keys) > 0 {
		answer.Keys = map[chat.AccountID][]chat.Key{s.who.Account: keys}
	}
	sortByRev(answer.Rows)
	users, err := s.server.users(ctx, answer.Rows)
	if s.refused(err, room) {
		return
	}
	answer.Users = users
	s.answerRows(answer)
}

// answerRows tells rows that move no cursor, and the keys that they settle. To
// who was removed meanwhile, the keys alone.
func (s *session) answerRows(answer *wire.Rows) {
	for _, part := range cutRows(answer) {
		part.More = false // each is whole in itself
		if len(part.Rows) > 0 && s.push(ws.Item{Message: messageOf(part), Room: part.Room}) {
			continue
		}
		if part.Rows, part.Users = []chat.Row{}, []chat.User{}; len(part.Keys) > 0 {
			s.push(ws.Item{Message: messageOf(part)})
		}
	}
}

func (s *session) onPull(ctx context.Context, f *wire.Pull) {
	if err := s.server.admitPull(s.who.Account); s.refused(err, f.Room) {
		return
	}
	var parts []ws.Message
	var err error
	if f.After != nil {
		var answer []*wire.Rows
		answer, err = s.server.pull(ctx, s.who.Account, f.Room, *f.After)
		parts = messagesOf(answer)
	} else {
		limit := 0
		if f.Limit != nil {
			limit = *f.Limit
		}
		var answer *wire.Page
		if answer, err = s.server.page(ctx, s.who.Account, f.Room, *f.Before, limit); err == nil {
			parts = messagesOf(cutPage(answer))
		}
	}
	if !s.refused(err, f.Room) {
		_ = s.conn.Answer(ctx, f.Room, parts...) // Read tells that it has ended
	}
}

func (s *session) onTyping(ctx context.Context, f *wire.Typing) {
	if !s.listensTo(f.Room) { // not a member, or one since a moment ago
		err := s.server.view(ctx, func(r store.Reader) error {
			_, err := membership(r, f.Room, s.who.Account)
			return err
		})
		if s.refused(err, f.Room) {
			return
		}
	}
	if s.server.hub.mayType(s.who.Account, f.Room, s.server.clock()) && s.server.mayHear(ctx, s.who.Account, f.Room) {
		s.server.publishTyping(f.Room, s.who.Account)
	}
}

// refused tells the client of a refusal, if there is one.
func (s *session) refused(err error, room chat.RoomID) bool {
	var e *chat.Error
	if err == nil {
		return false
	}
	if !errors.As(s.server.fail(err), &e) {
		return true
	}
	s.push(ws.Item{Message: messageOf(&wire.Reject{
		Code: e.Code, Message: e.Message, Room: room, Key: e.Key, Retry: e.Retry.Milliseconds(),
	})})
	return true
}

// malformed tells the client of a frame that made no sense.
func (s *session) malformed(err error) {
	var m *wire.Malformed
	if errors.As(err, &m) {
		s.push(ws.Item{Message: messageOf(&wire.Reject{Code: m.Code, Message: m.Reason, Room: m.Room, Key: m.Key})})
	}
}
