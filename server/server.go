package server

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"parley/server/bus"
	"parley/server/files"
	"parley/server/search"
	"parley/server/store"
	"parley/server/ws"
	"parley/shared/chat"
)

// Config says how a server behaves. The zero value is strict: no guests, no
// further origins, rates off.
type Config struct {
	URL     string   // its public address, like https://chat.example.com; "" is what a request was made to
	Origins []string // further good origins
	Guests  bool     // whether people may come in with a name alone
	// How many bytes a file may have; how many all files of an account may take,
	// and those of all accounts. 0 is no bound, but for MaxFile: no file.
	MaxFile, MaxAccountFiles, MaxFiles int64
	Rate                               float64 // factor on all rate limits; 0 switches them off
	TrustProxy                         bool    // whether X-Forwarded-For and -Proto are believed
}

// Parts are what a server is made of. All but Search, Files and Web are required.
type Parts struct {
	Store  store.Store
	Bus    func(bus.Handler) bus.Bus
	Now    func() time.Time
	Random func([]byte)
	Log    *slog.Logger
	Search search.Index // follows Store; nil: messages cannot be searched for
	Files  *files.Dir   // where uploads go; nil: none are taken
	Web    http.Handler // the shell and its assets; nil: none
	Push   *http.Client // calls push services; nil: one that reaches public addresses only
}

// Server is one node. It does not own the store: who opened it closes it,
// after Shutdown.
type Server struct {
	cfg      Config
	store    store.Store
	bus      bus.Bus
	search   search.Index
	clock    func() time.Time
	random   func([]byte)
	log      *slog.Logger
	spawn    func(func())                        // begins a goroutine
	after    func(time.Duration, func()) stopper // calls a function later
	hub      *hub
	sockets  ws.Acceptor
	draining atomic.Bool // it is to stop: not ready any more
	limits   *limits
	metrics  *metrics
	pusher   *pusher         // nil in a simulation
	shelf    *shelf          // nil: no files
	life     context.Context // of what the server does unasked; Shutdown ends it
	end      context.CancelFunc
	macs     sync.Pool // keyed hash.Hash, of what operations contain
	front
	public http.Handler
	admin  http.Handler
}

// stopper is a call that waits for its time. Stop reports whether the call was
// still waiting, and will not be made.
type stopper interface{ Stop() bool }

// New makes a server. The error says what is wrong with cfg.
func New(cfg Config, parts Parts) (*Server, error) {
	s := newCore(cfg, parts)
	var err error
	if s.pusher, err = newPusher(s, parts.Push); err != nil {
		return nil, err
	}
	if err := s.buildHTTP(parts.Web); err != nil {
		return nil, err
	}
	s.hub.beginComparing()
	s.hub.beginBeating()
	s.beginKeeping()
	return s, nil
}

// newCore makes what a server is behind its listeners. What it does beside its
// callers, and later than they ask, goes through spawn and after, so that a
// simulation can decide when that is.
func newCore(cfg Config, parts Parts) *Server {
	s := &Server{
		cfg: cfg, store: parts.Store, search: parts.Search, clock: parts.Now, random: parts.Random, log: parts.Log,
		spawn:   func(f func()) { go f() },
		after:   func(d time.Duration, f func()) stopper { return time.AfterFunc(d, f) },
		limits:  newLimits(cfg.Rate, parts.Now),
		metrics: newMetrics(),
	}
	s.macs.New = func() any { return hmac.New(sha256.New, s.store.Meta().Secret) }
	s.life, s.end = context.WithCancel(context.Background())
	s.hub = newHub(s)
	if parts.Files != nil {
		s.shelf = newShelf(parts.Files)
	}
	s.bus = parts.Bus(s.hub.handle)
	s.metrics.of(s)
	return s
}

// Handler serves the public listener.
func (s *Server) Handler() http.Handler { return s.public }

// AdminHandler serves the operator's listener: metrics and health.
func (s *Server) AdminHandler() http.Handler { return s.admin }

// Shutdown says goodbye to every connection and waits until they have ended;
// when ctx ends, it drops those that have not. New connections are refused.
// Plain HTTP requests are the http.Server's to wait for.
func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	s.hub.close(ctx)
	if s.pusher != nil {
		s.pusher.client.CloseIdleConnections()
	}
	if err := s.bus.Close(); err != nil {
		return fmt.Errorf("server: close the bus: %w", err)
	}
	return nil
}

// now is the time that rows and answers carry.
func (s *Server) now() chat.Time { return chat.Time(s.clock().UnixMilli()) }

// newID draws a random id of an account, a room or a session. Ids are drawn
// from 2^53, so that a collision is not waited for: inserting a taken one
// would overwrite, hence taken tells whether one is in use.
func (s *Server) newID(taken func(int64) bool) int64 {
	for {
		var b [8]byte
		s.random(b[:])
		if id := chat.IDFrom(b); !taken(id) {
			return id
		}
	}
}

// newKey draws the key of a system row.
func (s *Server) newKey() chat.Key {
	var b [10]byte
	s.random(b[:])
	return chat.KeyV7(s.now(), b)
}

// fail turns an error of the store into the refusal that a client is told, and
// logs it where an operator should know. A refusal passes through.
func (s *Server) fail(err error) error {
	var refusal *chat.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, store.ErrNotFound):
		return chat.ErrNotFound
	case errors.Is(err, store.ErrExists):
		return chat.Refuse(chat.Conflict, "that name is taken")
	case errors.Is(err, store.ErrFull):
		s.log.Error("the disk is full: nothing more is stored", "err", err)
		return &chat.Error{Code: chat.StorageFull, Message: "the server has no space left", Retry: 30 * time.Second}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &chat.Error{Code: chat.Unavailable, Message: "the request was given up", Retry: time.Second}
	}
	s.log.Error("a request failed inside", "err", err)
	return &chat.Error{Code: chat.Unavailable, Message: "the server cannot do that now", Retry: 2 * time.Second}
}

// update runs one operation in the writer and tells failures in the words of
// the protocol.
func (s *Server) update(ctx context.Context, fn func(tx store.Tx) error) error {
	return s.fail(s.store.Update(ctx, fn))
}

// view reads one instant of the store.
func (s *Server) view(ctx context.Context, fn func(r store.Reader) error) error {
	return s.fail(s.store.View(ctx, fn))
}

// admitPosts takes n posts, edits, recalls or reactions of an account.
func (s *Server) admitPosts(me chat.AccountID, n int) error {
	if retry, ok := s.limits.posts(me, n); !ok {
		return &chat.Error{Code: chat.SlowDown, Message: "too many messages at once", Retry: retry}
	}
	return nil
}

// admitPull takes one pull or page of an account.
func (s *Server) admitPull(me chat.AccountID) error {
	if retry, ok := s.limits.pulls(me); !ok {
		return &chat.Error{Code: chat.SlowDown, Message: "too many requests at once", Retry: retry}
	}
	return nil
}
