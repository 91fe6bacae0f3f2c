package cluster

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// person is somebody with one device, who keeps to the protocol's client rule
// and comes back whenever a connection ends. Everything of a person but its
// posts is its own goroutine's.
type person struct {
	f     *field
	id    chat.AccountID
	name  string
	token string
	home  int  // the node it prefers
	stays bool // never goes to another
	pace  time.Duration

	views  map[chat.RoomID]*view
	posts  chan post // what is still to be posted, the oldest first
	flying *post     // not known to be stored; the next connection sends it again
}

// view is what a person holds of a room.
type view struct {
	cursor, known chat.Rev
	tag           string
	rows          map[chat.Seq]chat.Row
	last          chat.Seq // the newest of rows
	pulling       bool
	asked         chat.Rev // by the pull
	removed       bool
}

// post is a message and where it goes.
type post struct {
	room chat.RoomID
	chat.Post
}

// live connects until ctx ends.
func (p *person) live(ctx context.Context) {
	for ctx.Err() == nil {
		retry := p.session(ctx, p.f.pick(p))
		select {
		case <-time.After(retry):
		case <-ctx.Done():
		}
	}
}

// session is one connection. It returns when to come back.
func (p *person) session(ctx context.Context, n *node) (retry time.Duration) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dial, stop := context.WithTimeout(ctx, 3*time.Second)
	conn, _, err := websocket.Dial(dial, n.url()+"/ws", &websocket.DialOptions{
		Subprotocols: []string{wire.Subprotocol}, HTTPHeader: http.Header{"Authorization": {"Bearer " + p.token}}, HTTPClient: dialer,
	})
	stop()
	retry = 50 * time.Millisecond
	if err != nil {
		return retry
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(chat.MaxServerSize)
	cursors := make(map[chat.RoomID]wire.Cursor)
	for id, v := range p.views {
		v.pulling = false
		cursors[id] = wire.Cursor{Rev: v.cursor, Tag: v.tag}
	}
	send := func(f wire.Frame) error {
		data, err := wire.Append(nil, f)
		if err != nil {
			return err
		}
		return conn.Write(ctx, websocket.MessageText, data)
	}
	if send(&wire.Hello{V: wire.Version, Device: p.name, Cursors: cursors}) != nil {
		return retry
	}
	frames := make(chan wire.Frame, 256)
	go func() {
		defer close(frames)
		read(ctx, conn, frames)
	}()
	defer func() {
		cancel()
		for range frames { // until it has ended
			continue
		}
	}()
	welcome, homeward := false, p.f.homeward()
	tick := time.NewTicker(p.pace)
	defer tick.Stop()
	for {
		select {
		case f, more := <-frames:
			if !more {
				return retry
			}
			if bye, is := f.(*wire.Bye); is {
				retry = time.Duration(bye.Retry) * time.Millisecond
				p.f.ended(p, bye.Code)
			}
			if p.take(f, send) != nil {
				return retry
			}
			if _, is := f.(*wire.Welcome); is {
				welcome = true
				if p.flying != nil && p.repeat(send) != nil {
					return retry
				}
			}
		case <-homeward:
			if homeward = p.f.homeward(); n.place != p.home {
				return retry
			}
		case <-tick.C:
			if welcome && p.flying == nil && p.next(send) != nil {
				return retry
			}
		}
	}
}

// dialer keeps no connections: one that is taken over is the websocket's.
var dialer = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// read gives out what comes until the connection ends.
func read(ctx context.Context, conn *websocket.Conn, into chan<- wire.Frame) {
	for {
		_, data, err := conn.Read(ctx)
		if err != nil {
			return
		}
		for line := range wire.Split(data) {
			f, err := wire.DecodeServer(line)
			if err != nil {
				return
			}
			select {
			case into <- f:
			case <-ctx.Done():
				return
			}
		}
	}
}

// next sends another post, if there is one to be sent.
func (p *person) next(send func(wire.Frame) error) error {
	select {
	case next := <-p.posts:
		p.flying = &next
		return p.repeat(send)
	default:
		return nil
	}
}

func (p *person) repeat(send func(wire.Frame) error) error {
	return send(&wire.Send{Room: p.flying.room, Posts: []chat.Post{p.flying.Post}})
}

var errOver = errors.New("the connection is over")

// take takes a frame, by the protocol's client rule.
func (p *person) take(f wire.Frame, send func(wire.Frame) error) error {
	switch f := f.(type) {
	case *wire.Welcome:
		for _, head := range f.Rooms {
			if err := p.head(head, send); err != nil {
				return err
			}
		}
		for _, id := range f.Gone {
			p.gone(id)
		}
		p.f.welcomes(p, f.Online)
	case *wire.Head:
		return p.head(f.Room, send)
	case *wire.Gone:
		p.gone(f.Room)
	case *wire.Rows:
		return p.rows(f, send)
	case *wire.Presence:
		p.f.presence(p, f.User, f.Online)
	case *wire.Reject:
		if f.Code != chat.Unavailable && f.Code != chat.SlowDown {
			p.f.fail("%s is refused %s: %s", p.name, f.Code, f.Message)
		}
		return errOver // and sends the same again
	case *wire.Bye:
		return errOver
	}
	return nil
}

func (p *person) gone(room chat.RoomID) {
	if v := p.views[room]; v != nil {
		v.removed = true
		p.f.left(p)
	}
}

func (p *person) head(h chat.Head, send func(wire.Frame) error) error {
	v := p.views[h.ID]
	if v == nil {
		v = &view{rows: make(map[chat.Seq]chat.Row)}
		p.views[h.ID] = v
	}
	v.tag, v.known, v.removed = h.Tag, max(v.known, h.Rev), false
	return p.pull(h.ID, v, send)
}

func (p *person) pull(room chat.RoomID, v *view, send func(wire.Frame) error) error {
	if v.pulling || v.cursor >= v.known {
		return nil
	}
	v.pulling, v.asked = true, v.cursor
	return send(&wire.Pull{Room: room, After: &v.asked})
}

func (p *person) rows(f *wire.Rows, send func(wire.Frame) error) error {
	v := p.views[f.Room]
	if v == nil {
		return nil
	}
	p.settle(f)
	if f.From == 0 && f.Upto == 0 {
		return nil
	}
	if f.Reset || f.From == v.asked {
		v.pulling = false
	}
	switch {
	case v.removed:
		p.f.fail("%s is told rows up to %d of a room after it was gone", p.name, f.Upto)
	case f.More, f.Reset && v.last > 0:
		p.f.fail("%s missed so much that it is answered in parts or by a reset: the test does not hold that", p.name)
	}
	if v.known = max(v.known, f.Upto); !f.Reset && f.From > v.cursor || f.Upto <= v.cursor {
		return p.pull(f.Room, v, send)
	}
	for i := range f.Rows {
		p.row(f.Room, v, &f.Rows[i])
	}
	v.cursor = f.Upto
	p.f.reached(p, f.Room, v.last)
	return p.pull(f.Room, v, send)
}

// settle ends what is flying, if a frame says that it is stored.
func (p *person) settle(f *wire.Rows) {
	if p.flying == nil {
		return
	}
	stored := slices.Contains(f.Keys[p.id], p.flying.Key)
	for i := range f.Rows {
		stored = stored || f.Rows[i].By == p.id && f.Rows[i].Key == p.flying.Key
	}
	if stored {
		p.f.acknowledged(*p.flying)
		p.flying = nil
	}
}

func (p *person) row(room chat.RoomID, v *view, row *chat.Row) {
	if had, has := v.rows[row.Seq]; has && had.Key != row.Key {
		p.f.fail("%s: row %d was %q and is %q", p.name, row.Seq, had.Text, row.Text)
	}
	if row.Seq > v.last+1 {
		p.f.fail("%s: row %d follows row %d", p.name, row.Seq, v.last)
	}
	v.rows[row.Seq] = *row
	v.last = max(v.last, row.Seq)
	p.f.told(room, row)
}

// newPost makes a post under a new key.
func newPost(room chat.RoomID, who string, number int) post {
	var random [10]byte
	_, _ = rand.Read(random[:])
	return post{room, chat.Post{
		Key: chat.KeyV7(chat.Time(time.Now().UnixMilli()), random), Text: fmt.Sprint(who, "/", number),
	}}
}
