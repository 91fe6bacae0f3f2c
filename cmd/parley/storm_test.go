package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/server"
	"parley/server/bus"
	"parley/server/bus/local"
	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/link"
)

const (
	stormClients = 1000
	stormRoom    = 10 // people in each room
)

// site is a server that can be stopped and started, on a network of pipes: the
// real one, with its real clients, in virtual time.
type site struct {
	t    *testing.T
	db   store.Store
	node *server.Server
	http *http.Server

	mu   sync.Mutex
	ends chan net.Conn // of the listener, nil while there is none
	done chan struct{}
}

// pipeEnd gives a pipe an address, which the limits ask for.
type pipeEnd struct{ net.Conn }

func (*pipeEnd) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000} }

// pipeListener is the listener of one start.
type pipeListener struct {
	ends chan net.Conn
	done chan struct{}
	once sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ends:
		return &pipeEnd{c}, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// dial connects to the server, or is refused while there is none.
func (s *site) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	ends, done := s.ends, s.done
	s.mu.Unlock()
	if ends == nil {
		return nil, net.ErrClosed
	}
	near, far := net.Pipe()
	select {
	case ends <- far:
		return near, nil
	case <-done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *site) start() {
	s.t.Helper()
	log := slog.New(slog.DiscardHandler)
	node, err := server.New(server.Config{Guests: true}, server.Parts{
		Store: s.db, Bus: func(h bus.Handler) bus.Bus { return local.New(h) },
		Now: time.Now, Random: random, Log: log,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	l := &pipeListener{ends: make(chan net.Conn), done: make(chan struct{})}
	s.node, s.http = node, newHTTP(node.Handler(), log)
	go func() { _ = s.http.Serve(l) }() // ends by stop
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends, s.done = l.ends, l.done
}

func (s *site) stop() {
	s.t.Helper()
	s.mu.Lock()
	s.ends = nil
	s.mu.Unlock()
	if err := stop(s.node, []*http.Server{s.http}); err != nil {
		s.t.Error(err)
	}
}

// ask makes a plain request.
func (s *site) ask(method, path, token, body string, out any) {
	s.t.Helper()
	r := httptest.NewRequest(method, "http://localhost:8080"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.node.Handler().ServeHTTP(w, r)
	if w.Code/100 != 2 {
		s.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		s.t.Fatal(err)
	}
}

// caller is a whole client: the link and the replica.
type caller struct {
	id    chat.AccountID
	token string
	room  chat.RoomID

	mu       sync.Mutex
	link     *link.Link
	replica  *replica.Replica
	timer    *time.Timer
	welcomed []time.Time
	codes    []int // with which connections ended
	dials    int
}

func (p *caller) start(s *site, number int) {
	draw := rand.New(rand.NewPCG(7, uint64(number)))
	p.replica = replica.New(replica.Config{Device: fmt.Sprint("device ", number), As: p.id})
	p.link = link.New(link.Config{
		Dialer: link.Native{
			URL: "ws://localhost:8080/ws", Header: http.Header{"Authorization": {"Bearer " + p.token}},
			Client: &http.Client{Transport: &http.Transport{DialContext: s.dial, DisableKeepAlives: true}},
		},
		Status: p.status, Frames: p.frames, Random: draw.Float64,
	})
	p.link.Start()
}

func (p *caller) status(s link.Status) {
	switch s.State {
	case link.Open:
		p.do(replica.Opened{})
	case link.Connecting:
		p.mu.Lock()
		p.dials++
		p.mu.Unlock()
	case link.Waiting:
		p.mu.Lock()
		p.codes = append(p.codes, s.Code)
		p.mu.Unlock()
		p.do(replica.Closed{})
	}
}

func (p *caller) frames(frames []wire.Frame) {
	for _, f := range frames {
		if _, ok := f.(*wire.Welcome); ok {
			p.mu.Lock()
			p.welcomed = append(p.welcomed, time.Now())
			p.mu.Unlock()
		}
		p.do(replica.Received{Frame: f})
	}
}

// do takes a step and carries out what comes of it; the disk is always ready.
func (p *caller) do(in replica.Input) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for steps := []replica.Input{in}; len(steps) > 0; steps = steps[1:] {
		for _, e := range p.replica.Step(chat.Time(time.Now().UnixMilli()), steps[0]) {
			switch e := e.(type) {
			case replica.Transmit:
				_ = p.link.Send(e.Frame) // on a dead socket it is dropped
			case replica.SaveOutbox:
				var keys []chat.Key
				for _, entry := range e.Entries {
					keys = append(keys, entry.Key)
				}
				steps = append(steps, replica.Stored{Keys: keys})
			}
		}
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	if at := p.replica.Wake(); at != 0 {
		p.timer = time.AfterFunc(time.Until(time.UnixMilli(int64(at)+1)), func() { p.do(replica.Tick{}) })
	}
}

func (p *caller) say(text string) {
	var b [10]byte
	random(b[:])
	p.do(replica.Compose{Room: p.room, Key: chat.KeyV7(chat.Time(time.Now().UnixMilli()), b), Text: text})
}

func (p *caller) stop() {
	p.link.Stop()
	<-p.link.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
}

// whole checks that the replica shows all that was said in the room, once, and
// waits for nothing.
func (p *caller) whole(said int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := p.replica.Timeline(p.room)
	texts := make(map[string]bool)
	for i, row := range line.Rows {
		if row.Seq != line.Rows[0].Seq+chat.Seq(i) {
			return fmt.Errorf("row %d has seq %d after %d", i, row.Seq, line.Rows[0].Seq)
		}
		if row.Kind == chat.KindText {
			texts[row.Text] = true
		}
	}
	if !p.replica.Live() || len(texts) != said || len(line.Rows) != said+1 || len(line.Pending) != 0 || p.replica.Waiting() != 0 {
		return fmt.Errorf("live %v, %d texts in %d rows, %d pending, %d waiting; want %d texts and the room's making",
			p.replica.Live(), len(texts), len(line.Rows), len(line.Pending), p.replica.Waiting(), said)
	}
	return nil
}

// gather makes people, and rooms of stormRoom of them.
func (s *site) gather() []*caller {
	s.t.Helper()
	people := make([]*caller, stormClients)
	for i := range people {
		var in struct {
			Session string
			Me      chat.Account
		}
		s.ask("POST", "/api/v1/session", "", fmt.Sprintf(`{"guest":{"name":"p%d"}}`, i), &in)
		people[i] = &caller{id: in.Me.ID, token: in.Session}
	}
	for first := 0; first < stormClients; first += stormRoom {
		ids := make([]chat.AccountID, 0, stormRoom)
		for _, p := range people[first+1 : first+stormRoom] {
			ids = append(ids, p.id)
		}
		body, _ := json.Marshal(map[string]any{"name": fmt.Sprint("room ", first), "members": ids})
		var room chat.Head
		s.ask("POST", "/api/v1/rooms", people[first].token, string(body), &room)
		for _, p := range people[first : first+stormRoom] {
			p.room = room.ID
		}
	}
	return people
}

// pass lets virtual time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// inUse is how many bytes live, on heap and stacks.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// Promises 3, 4, 6 and 11: a server is restarted under 1,000 clients, who are
// told when to come back, and write meanwhile. Everybody is welcomed again, not
// all at once; nothing is lost or doubled; nothing is left running.
func TestReconnectStorm(t *testing.T) {
	const outage = 3 * time.Second
	synctest.Test(t, func(t *testing.T) {
		s := &site{t: t, db: memory.Open(store.Options{Random: random, Fatal: func(err error) { t.Error(err) }})}
		s.start()
		people := s.gather()
		for i, p := range people {
			p.start(s, i)
			p.do(replica.OpenRoom{Room: p.room})
		}
		pass(time.Second)
		for i, p := range people {
			p.say(fmt.Sprint("before ", i))
		}
		pass(time.Minute)
		calm, calmBytes := runtime.NumGoroutine(), inUse()
		for i, p := range people {
			if err := p.whole(stormRoom); err != nil {
				t.Fatalf("person %d before the restart: %v", i, err)
			}
		}

		began := time.Now()
		s.stop()
		for i, p := range people {
			p.say(fmt.Sprint("meanwhile ", i))
		}
		pass(outage - time.Since(began))
		s.start()
		most := 0
		for range 150 {
			pass(200 * time.Millisecond)
			most = max(most, runtime.NumGoroutine())
		}
		returned(t, people, began, outage)
		for i, p := range people {
			if err := p.whole(2 * stormRoom); err != nil {
				t.Fatalf("person %d after the restart: %v", i, err)
			}
		}
		after, afterBytes := runtime.NumGoroutine(), inUse()
		t.Logf("goroutines: %d before, at most %d meanwhile, %d after; %d KiB before, %d KiB after, of server and clients",
			calm, most, after, calmBytes>>10, afterBytes>>10)
		if after > calm+calm/20 || most > 2*calm {
			t.Error("goroutines are left, or too many")
		}
		if afterBytes > calmBytes+calmBytes/3 {
			t.Error("memory is left")
		}
		for _, p := range people {
			p.stop()
		}
		s.stop()
		if err := s.db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// returned checks when everybody was welcomed again.
func returned(t *testing.T, people []*caller, began time.Time, outage time.Duration) {
	t.Helper()
	const bucket = 500 * time.Millisecond
	var last time.Duration
	buckets, dials := make(map[int]int), 0
	for i, p := range people {
		p.mu.Lock()
		if len(p.welcomed) != 2 || p.codes[0] != wire.CloseRestart {
			t.Fatalf("person %d was welcomed %d times, its connections ended with %v", i, len(p.welcomed), p.codes)
		}
		took := p.welcomed[1].Sub(began)
		dials += p.dials
		p.mu.Unlock()
		last = max(last, took)
		buckets[int(took/bucket)]++
	}
	t.Logf("%d connections tried for %d people; the last was back after %v, the server after %v", dials-len(people), len(people), last, outage)
	for b := range int(last/bucket) + 1 {
		n := buckets[b]
		t.Logf("%6.2f s %4d %s", (time.Duration(b) * bucket).Seconds(), n, strings.Repeat("#", (n+9)/10))
		if n > len(people)/2 {
			t.Errorf("%d of %d came within %v", n, len(people), bucket)
		}
	}
	if last > 30*time.Second {
		t.Errorf("the last was back after %v", last)
	}
}
