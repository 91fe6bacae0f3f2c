package server

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/SherClockHolmes/webpush-go"

	"parley/server/store"
	"parley/shared/chat"
)

const (
	// pushGrace is how long a message waits before it is pushed. Who has it in
	// sight reads it meanwhile, which their mark tells whatever node or browser
	// they are at: then nothing is pushed. A burst becomes one push; what is
	// posted after the grace of a burst has a grace of its own, however late a
	// worker comes to the burst.
	pushGrace = 3 * time.Second
	// pushJoin is how long rooms whose grace is over wait for others, since one
	// look at the store finds for all of them who is to be told: mostly nobody.
	pushJoin = 100 * time.Millisecond
	// pushRows is how many messages of a burst are looked at.
	pushRows = 50

	pushRooms   = 4096 // rooms that wait for their grace; beyond, nothing is pushed
	pushQueue   = 8192 // pushes that wait for a worker; likewise
	pushWorkers = 8
	pushTime    = 15 * time.Second // for a push service to answer
	pushTTL     = 24 * 3600        // seconds for which it keeps trying
)

// pusher tells browsers whose pages are closed what was posted, by web push
// (RFC 8030, 8291, 8292). It is a hint like the bus: what a crash or a full
// queue loses is in the log all the same.
type pusher struct {
	server          *Server
	client          *http.Client
	anywhere        bool // the client may reach what it likes
	public, private string

	mu      sync.Mutex
	rooms   map[chat.RoomID]burst // that wait for their grace
	due     []dueBurst            // whose grace is over, for the next look
	queue   []func(context.Context)
	workers int
}

// burst is what is posted in a room within one grace: its first seq and its
// last.
type burst struct{ from, upto chat.Seq }

type dueBurst struct {
	room  chat.RoomID
	burst burst
}

func newPusher(s *Server, client *http.Client) (*pusher, error) {
	key, err := vapidKey(s.store.Meta().Secret)
	if err != nil {
		return nil, fmt.Errorf("server: make the push key: %w", err)
	}
	p := &pusher{
		server: s, client: client, anywhere: client != nil, rooms: make(map[chat.RoomID]burst),
		public:  base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()),
		private: base64.RawURLEncoding.EncodeToString(key.Bytes()),
	}
	if client == nil {
		p.client = publicClient()
	}
	return p, nil
}

// vapidKey derives the key that proves to push services who pushes. It follows
// from what the database was born with, so that it is the same on all nodes and
// after a restore, where subscriptions made for it live on.
func vapidKey(secret []byte) (*ecdh.PrivateKey, error) {
	var err error
	for try := range byte(8) { // a number is not a key once in 2^32
		mac := hmac.New(sha256.New, secret)
		mac.Write(append([]byte("parley vapid"), try))
		var key *ecdh.PrivateKey
		if key, err = ecdh.P256().NewPrivateKey(mac.Sum(nil)); err == nil {
			return key, nil
		}
	}
	return nil, err
}

// posted notes that a room has new messages. Two changes can be noted in
// either order. It does not block.
func (p *pusher) posted(room chat.RoomID, b burst) {
	p.mu.Lock()
	waiting, waits := p.rooms[room]
	if waits {
		b = burst{min(waiting.from, b.from), max(waiting.upto, b.upto)}
	}
	full := !waits && len(p.rooms) >= pushRooms
	if !full {
		p.rooms[room] = b
	}
	p.mu.Unlock()
	switch {
	case full:
		p.count("dropped")
	case !waits:
		p.server.after(pushGrace, func() { p.ripe(room) })
	}
}

// ripe takes a room whose grace is over.
func (p *pusher) ripe(room chat.RoomID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.due = append(p.due, dueBurst{room, p.rooms[room]})
	delete(p.rooms, room)
	if len(p.due) == 1 {
		p.server.after(pushJoin, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			due := p.due
			p.due = nil
			p.queueWork(func(ctx context.Context) { p.look(ctx, due) })
		})
	}
}

// look finds the rooms in which anybody could be told, and has them told.
func (p *pusher) look(ctx context.Context, due []dueBurst) {
	ids := make([]chat.RoomID, len(due))
	for i := range due {
		ids[i] = due[i].room
	}
	pushed := make(map[chat.RoomID]bool)
	err := p.server.view(ctx, func(r store.Reader) error {
		found, err := r.PushedRooms(ids)
		for _, id := range found {
			pushed[id] = true
		}
		return err
	})
	if err != nil {
		return // logged
	}
	for _, d := range due {
		if pushed[d.room] {
			p.do(func(ctx context.Context) { p.tell(ctx, d.room, d.burst) })
		}
	}
}

// do queues work for a worker; there is always one if there is work.
func (p *pusher) do(work func(context.Context)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queueWork(work)
}

// queueWork is do with mu held.
func (p *pusher) queueWork(work func(context.Context)) {
	if len(p.queue) >= pushQueue {
		p.count("dropped")
		return
	}
	if p.workers < pushWorkers {
		if !p.server.hub.begin() {
			return // the server stops
		}
		p.workers++
		p.server.spawn(p.work)
	}
	p.queue = append(p.queue, work)
}

// work is a worker: it ends when there is nothing left to do.
func (p *pusher) work() {
	defer p.server.hub.work.Done()
	for {
		p.mu.Lock()
		if len(p.queue) == 0 || p.server.life.Err() != nil {
			p.workers--
			p.mu.Unlock()
			return
		}
		next := p.queue[0]
		p.queue[0] = nil
		p.queue = p.queue[1:]
		p.mu.Unlock()
		next(p.server.life)
	}
}

func (p *pusher) count(result string) { p.server.metrics.pushes.WithLabelValues(result).Inc() }

// tell pushes what is new in a room to those who should know.
func (p *pusher) tell(ctx context.Context, room chat.RoomID, b burst) {
	var notices []notice
	err := p.server.view(ctx, func(r store.Reader) (err error) {
		notices, err = noticesOf(r, room, b)
		return err
	})
	if err != nil {
		return // logged
	}
	for _, n := range notices {
		p.do(func(ctx context.Context) { p.send(ctx, n) })
	}
}

// send pushes one notice. A subscription that the push service does not know
// any more is removed.
func (p *pusher) send(ctx context.Context, n notice) {
	result := "failed"
	defer func() { p.count(result) }()
	var message bytes.Buffer
	enc := json.NewEncoder(&message)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(n.payload); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pushTime)
	defer cancel()
	answer, err := webpush.SendNotificationWithContext(ctx, message.Bytes(),
		&webpush.Subscription{Endpoint: n.to.Endpoint, Keys: webpush.Keys{P256dh: n.to.P256dh, Auth: n.to.Auth}},
		&webpush.Options{
			HTTPClient: p.client, Subscriber: p.subscriber(), TTL: pushTTL, Topic: n.payload.Tag, Urgency: n.urgency,
			VAPIDPublicKey: p.public, VAPIDPrivateKey: p.private,
		})
	if err != nil {
		p.server.log.Info("a push service was not reached", "err", err)
		return
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 4<<10) // so that the connection can be used again
	switch {
	case answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone:
		result = "gone"
		p.forget(ctx, n.to)
	case answer.StatusCode/100 == 2:
		result = "sent"
	default:
		p.server.log.Info("a push service refused a message", "status", answer.StatusCode)
	}
}

// subscriber is whom a push service may turn to: our public address, where it
// is known.
func (p *pusher) subscriber() string {
	if url := p.server.cfg.URL; strings.HasPrefix(url, "https://") {
		return url
	}
	return "parley@example.com"
}

// forget removes a subscription, unless its session has another by now.
func (p *pusher) forget(ctx context.Context, gone store.Push) {
	_ = p.server.update(ctx, func(tx store.Tx) error { // logged; the next push tries again
		now, err := tx.Push(gone.Session)
		if errors.Is(err, store.ErrNotFound) || err == nil && now.Endpoint != gone.Endpoint {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.DeletePush(gone.Session)
	})
}
