package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
	"parley/server/store/postgres/pgtest"
	"parley/server/store/storetest"
	"parley/shared/chat"
)

// rooms makes groups 1 to n.
func rooms(t *testing.T, s *Store, n int) {
	t.Helper()
	err := s.Update(context.Background(), func(tx store.Tx) error {
		for id := range n {
			if err := tx.PutRoom(store.Room{ID: chat.RoomID(id + 1), Kind: chat.KindGroup, Name: "g"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// add appends a message to a room under a key, unless the key is known.
func add(tx store.Tx, id chat.RoomID, key chat.Key) error {
	if _, err := tx.Send(1, key); err != store.ErrNotFound {
		return err
	}
	room, err := tx.Room(id)
	if err != nil {
		return err
	}
	room.Seq, room.N, room.Rev = room.Seq+1, room.N+1, room.Rev+1
	row := chat.Row{Seq: room.Seq, N: room.N, Rev: room.Rev, Key: key, By: 1, Kind: chat.KindText, Text: key.String()}
	if err := tx.PutRow(id, row); err != nil {
		return err
	}
	if err := tx.PutSend(store.Send{Account: 1, Key: key, Room: id, Seq: row.Seq}); err != nil {
		return err
	}
	return tx.PutRoom(room)
}

var keys atomic.Int64

func newKey() chat.Key {
	n := keys.Add(1)
	return chat.KeyV7(chat.Time(time.Now().UnixMilli()), [10]byte{2: byte(n >> 24), 3: byte(n >> 16), 4: byte(n >> 8), 5: byte(n)})
}

// sendOne posts a key as the server does, in either lane, until it is stored.
func sendOne(ctx context.Context, s *Store, id chat.RoomID, key chat.Key, planned bool) error {
	if planned {
		ctx = store.WithPlan(ctx, store.Plan{Room: id, Account: 1, Keys: []chat.Key{key}})
	}
	return s.Update(ctx, func(tx store.Tx) error { return add(tx, id, key) })
}

// whole fails the test unless the rooms hold exactly the keys, each once, without
// a gap.
func whole(t *testing.T, s *Store, n int, sent map[chat.Key]chat.RoomID) {
	t.Helper()
	err := s.View(context.Background(), func(r store.Reader) error {
		for id := range n {
			room, err := r.Room(chat.RoomID(id + 1))
			if err != nil {
				return err
			}
			rows, err := r.RowsBefore(room.ID, 0, int(room.Seq)+1)
			if err != nil {
				return err
			}
			if len(rows) != int(room.Seq) {
				t.Errorf("room %d says it has %d rows, and has %d", room.ID, room.Seq, len(rows))
			}
			for i, row := range rows {
				if row.Seq != chat.Seq(i+1) || row.Rev != chat.Rev(i+1) {
					t.Errorf("room %d: row %d has seq %d, rev %d", room.ID, i+1, row.Seq, row.Rev)
				}
				if sent[row.Key] != room.ID {
					t.Errorf("room %d: %v is not expected here, or twice", room.ID, row.Key)
				}
				delete(sent, row.Key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sent) > 0 {
		t.Errorf("%d acknowledged messages are lost", len(sent))
	}
}

// poster posts to random rooms through random nodes, until told to stop, and
// keeps what was acknowledged. What is refused as unavailable it posts again,
// under the same key.
type poster struct {
	mu   sync.Mutex
	sent map[chat.Key]chat.RoomID
	wg   sync.WaitGroup
	stop atomic.Bool
}

func post8(t *testing.T, nodes []*Store, n int) *poster {
	p := &poster{sent: make(map[chat.Key]chat.RoomID)}
	for range 8 {
		p.wg.Go(func() {
			for !p.stop.Load() {
				id, key := chat.RoomID(rand.IntN(n)+1), newKey()
				err := fmt.Errorf("not tried: %w", store.ErrUnavailable)
				for err != nil {
					err = sendOne(context.Background(), nodes[rand.IntN(len(nodes))], id, key, rand.IntN(4) > 0)
					if err != nil && !strings.Contains(err.Error(), store.ErrUnavailable.Error()) {
						t.Errorf("a post is refused: %v", err)
						return
					}
				}
				p.mu.Lock()
				p.sent[key] = id
				p.mu.Unlock()
			}
		})
	}
	return p
}

// more waits until that many more posts were acknowledged.
func (p *poster) more(n int) {
	p.mu.Lock()
	want := len(p.sent) + n
	p.mu.Unlock()
	for got := 0; got < want; {
		p.mu.Lock()
		got = len(p.sent)
		p.mu.Unlock()
	}
}

func (p *poster) end() map[chat.Key]chat.RoomID {
	p.stop.Store(true)
	p.wg.Wait()
	return p.sent
}

// Nodes that start together migrate together.
func TestMigrateTogether(t *testing.T) {
	url := cluster.Database(t)
	var wg sync.WaitGroup
	epochs := make([]string, 6)
	for i := range epochs {
		wg.Go(func() {
			s := openStore(t, url)
			epochs[i] = s.Meta().Epoch
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, epoch := range epochs {
		if epoch == "" || epoch != epochs[0] {
			t.Errorf("nodes began with different epochs: %q", epochs)
		}
	}
	if err := cluster.Exec(url[strings.LastIndex(url, "/")+1:], "UPDATE parley_schema SET version = 1000"); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), url, Options{Options: store.Options{Random: storetest.Random}})
	if !errors.Is(err, store.ErrNewer) {
		t.Errorf("newer data: %v", err)
	}
}

// Promise 1: a server that would lose what it acknowledged is refused.
func TestUnsafeServersAreRefused(t *testing.T) {
	for _, setting := range []string{"synchronous_commit"} {
		_, err := Open(context.Background(), cluster.Database(t)+"?"+setting+"=off", Options{Options: store.Options{Random: storetest.Random}})
		if err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s = off: %v", setting, err)
		}
	}
	unsafe, err := pgtest.New(pgtest.Options{Settings: []string{"fsync = off"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unsafe.Remove(); err != nil {
			t.Error(err)
		}
	})
	_, err = Open(context.Background(), unsafe.Database(t), Options{Options: store.Options{Random: storetest.Random}})
	if err == nil || !strings.Contains(err.Error(), "fsync") {
		t.Errorf("fsync = off: %v", err)
	}
}

// Promise 2: a transaction that has given out a revision and commits late holds
// up who would give out the next one: nobody ever sees n+1 before n.
func TestCommitOrder(t *testing.T) {
	url := cluster.Database(t)
	a, b := openStore(t, url), openStore(t, url)
	defer a.Close()
	defer b.Close()
	rooms(t, a, 1)
	inside, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	first, second := newKey(), newKey()
	wg.Go(func() {
		err := a.Update(store.WithPlan(context.Background(), store.Plan{Room: 1, Account: 1}), func(tx store.Tx) error {
			err := add(tx, 1, first)
			close(inside)
			<-release
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	wg.Go(func() {
		if err := sendOne(context.Background(), b, 1, second, true); err != nil {
			t.Error(err)
		}
	})
	waiting(t, url)
	last := chat.Rev(0)
	look := func() {
		err := b.View(context.Background(), func(r store.Reader) error {
			rows, _, err := r.RowsAfter(1, 0, 10)
			if len(rows) > 0 && (rows[0].Key != first || rows[0].Rev != 1 || rows[len(rows)-1].Rev < last) {
				t.Errorf("seen: %v", rows)
			}
			if len(rows) > 0 {
				last = rows[len(rows)-1].Rev
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look()
	close(release)
	for last < 2 && !t.Failed() {
		look()
	}
	wg.Wait()
	whole(t, a, 1, map[chat.Key]chat.RoomID{first: 1, second: 1})
}

// waiting waits until somebody waits for a lock in a database.
func waiting(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for n := 0; n == 0; {
		err := conn.QueryRow(context.Background(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Random batches over many rooms, through two nodes and both lanes, in any
// order of the rooms: nobody ends in a circle.
func TestNoDeadlock(t *testing.T) {
	url := cluster.Database(t)
	nodes := []*Store{openStore(t, url), openStore(t, url)}
	defer nodes[0].Close()
	defer nodes[1].Close()
	const n = 20
	rooms(t, nodes[0], n)
	p := post8(t, nodes, n)
	var mu sync.Mutex
	many := make(map[chat.Key]chat.RoomID)
	var wg sync.WaitGroup
	for sender := range 6 {
		wg.Go(func() {
			for range 20 {
				order := rand.Perm(n)[:5]
				mine := make([]chat.Key, len(order))
				for i := range mine {
					mine[i] = newKey()
				}
				err := nodes[sender%2].Update(context.Background(), func(tx store.Tx) error {
					for i, id := range order {
						if err := add(tx, chat.RoomID(id+1), mine[i]); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for i, id := range order {
					many[mine[i]] = chat.RoomID(id + 1)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	sent := p.end()
	for key, id := range many {
		sent[key] = id
	}
	whole(t, nodes[0], n, sent)
	var deadlocks int
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(context.Background(), "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").Scan(&deadlocks); err != nil || deadlocks > 0 {
		t.Errorf("%d deadlocks, %v", deadlocks, err)
	}
}

// Promises 1 and 3: backends are killed at any moment, also between a commit and
// its answer.
func TestKilledBackends(t *testing.T) {
	url := cluster.Database(t)
	nodes := []*Store{openStore(t, url), openStore(t, url)}
	defer nodes[0].Close()
	defer nodes[1].Close()
	rooms(t, nodes[0], 4)
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	p := post8(t, nodes, 4)
	for range 40 {
		p.more(rand.IntN(20))
		_, err := conn.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'parley' AND xact_start IS NOT NULL`)
		if err != nil {
			t.Fatal(err)
		}
	}
	whole(t, nodes[0], 4, p.end())
}

// Promises 1 and 3: the database crashes and recovers under load.
func TestImmediateRestart(t *testing.T) {
	own, err := pgtest.New(pgtest.Options{Dir: os.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Remove(); err != nil {
			t.Error(err)
		}
	})
	url := own.Database(t)
	nodes := []*Store{openStore(t, url), openStore(t, url)}
	defer nodes[0].Close()
	defer nodes[1].Close()
	rooms(t, nodes[0], 4)
	p := post8(t, nodes, 4)
	for range 3 {
		p.more(100)
		if err := own.Stop(syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		if err := own.Start(); err != nil {
			t.Fatal(err)
		}
	}
	p.more(100)
	whole(t, nodes[0], 4, p.end())
}

// Promise 3: a COMMIT arrives, and its answer does not.
func TestSwallowedAnswers(t *testing.T) {
	direct := cluster.Database(t)
	proxy := newProxy(t, cluster.Port())
	s := openStore(t, proxy.url(t, direct))
	defer s.Close()
	rooms(t, s, 2)
	sent := make(map[chat.Key]chat.RoomID)
	told := 0
	for i := range 40 {
		id, key := chat.RoomID(i%2+1), newKey()
		ctx := context.Background()
		if i%4 != 0 {
			ctx = store.WithPlan(ctx, store.Plan{Room: id, Account: 1, Keys: []chat.Key{key}})
		}
		proxy.armed.Store(i%3 != 0) // and then the next COMMIT goes unanswered
		err := s.Update(ctx, func(tx store.Tx) error {
			tx.OnCommit(func() { told++ })
			return add(tx, id, key)
		})
		if err != nil {
			t.Fatalf("post %d: %v", i, err)
		}
		sent[key] = id
	}
	if proxy.swallowed.Load() == 0 {
		t.Error("no answer was swallowed")
	}
	if told != 40 {
		t.Errorf("%d of 40 commits were told", told)
	}
	whole(t, s, 2, sent)
}

// proxy stands before a PostgreSQL.
type proxy struct {
	net.Listener
	port      int
	armed     atomic.Bool
	swallowed atomic.Int64
	wg        sync.WaitGroup
}

func newProxy(t *testing.T, port int) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, port: port}
	p.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.wg.Wait()
	})
	return p
}

func (p *proxy) url(t *testing.T, direct string) string {
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.Addr().String()
	return u.String()
}

// serve passes bytes on. The answer to a COMMIT (its tag is "C", a length and
// the word) ends the connection instead, once for each time that it is armed.
func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", p.port))
	if err != nil {
		return
	}
	defer server.Close()
	p.wg.Go(func() {
		_, _ = io.Copy(server, client)
		server.Close()
	})
	buffer := make([]byte, 1<<16)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if strings.Contains(string(buffer[:n]), "COMMIT\x00") && p.armed.CompareAndSwap(true, false) {
			p.swallowed.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}
