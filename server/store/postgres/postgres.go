package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"parley/server/store"
)

var _ store.Store = (*Store)(nil)

const (
	// readers bounds the views that run at once, unless the address says
	// pool_max_conns.
	readers = 8

	// patience is how long an Update tries again where others are in the way or
	// the database is away, and how long it asks what became of a commit.
	patience = 15 * time.Second
)

// Options are store.Options, of which Random is needed.
type Options struct {
	store.Options
}

// Store is a database on a server, shared with other nodes.
type Store struct {
	meta    store.Meta
	random  func([]byte)
	fatal   func(error)
	views   *pgxpool.Pool
	writers *pgxpool.Pool
	quick   *lane // of functions with a plan
	plain   *lane // of all others

	telling sync.Mutex // held from a COMMIT on until its functions are told

	mu      sync.Mutex
	closed  bool
	viewing sync.WaitGroup // the views that run; only added to under mu
	over    chan struct{}  // closed when Close is done
}

// Open connects to the database that url names, and brings it to this release's
// schema, making it where there is none. Nodes may do so together.
//
// Errors: ErrNewer if a newer release wrote it; ErrUnavailable if it cannot be
// reached, is a standby, or would lose what it has acknowledged.
func Open(ctx context.Context, url string, options Options) (*Store, error) {
	s, err := open(ctx, url, options)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, url string, options Options) (_ *Store, err error) {
	s := &Store{random: options.Random, fatal: options.Fatal, over: make(chan struct{})}
	if s.meta, err = prepare(ctx, url, options.Random); err != nil {
		return nil, err
	}
	if s.views, err = s.pool(ctx, url, readers, viewSettings); err != nil {
		return nil, err
	}
	if s.writers, err = s.pool(ctx, url, 0, writerSettings); err != nil {
		s.views.Close()
		return nil, err
	}
	// Before either runs: the quick one passes functions on to the other.
	s.quick, s.plain = newLane(s.writeQuick, options.Random), newLane(s.writePlain, options.Random)
	go s.quick.run()
	go s.plain.run()
	return s, nil
}

// Meta implements store.Store.
func (s *Store) Meta() store.Meta { return s.meta.Clone() }

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &op{ctx: ctx, fn: fn, plan: store.PlanOf(ctx), done: make(chan struct{})}
	to := s.plain
	if o.plan != nil {
		to = s.quick
	}
	if !to.put(o) {
		return store.ErrUnavailable
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		if o.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	}
	<-o.done
	return o.err
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.view(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", func(r *reader) error { return fn(r) })
}

// view reads in a transaction, or in as many as there are statements if begin is
// empty.
func (s *Store) view(ctx context.Context, begin string, fn func(*reader) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return store.ErrUnavailable
	}
	s.viewing.Add(1)
	s.mu.Unlock()
	defer s.viewing.Done()
	conn, err := s.views.Acquire(ctx)
	if err != nil {
		return away(ctx, err)
	}
	defer conn.Release()
	r := &reader{asker{ctx: ctx, conn: conn.Conn(), begin: begin}}
	err = fn(r)
	if ended := ctx.Err(); ended != nil && r.broken != nil {
		err = ended
	}
	if begin != "" && r.begin == "" && !conn.Conn().IsClosed() {
		// Nothing is lost if it fails: the pool drops a connection in a transaction.
		_, _ = conn.Exec(ctx, "ROLLBACK")
	}
	return err
}

// Session implements store.Store. Other nodes end sessions, too: it is always
// looked up.
func (s *Store) Session(ctx context.Context, hash [32]byte) (session store.Session, err error) {
	err = s.view(ctx, "", func(r *reader) error {
		session, err = r.Session(hash)
		return err
	})
	return session, err
}

// away is the error of a connection that could not be had.
func away(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	return wrap(err)
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		s.quick.stop() // it may still pass functions on to the other
		s.plain.stop()
		s.viewing.Wait()
		s.writers.Close()
		s.views.Close()
		close(s.over)
	}
	<-s.over
	return nil
}

// settings are of a connection. What a node holds it lets go of by itself: one
// that is stopped in the middle of a transaction does not stop the others for
// longer than idle_in_transaction_session_timeout.
var (
	settings = map[string]string{
		"application_name":                    "parley",
		"timezone":                            "UTC",
		"jit":                                 "off",
		"plan_cache_mode":                     "force_generic_plan",
		"statement_timeout":                   "30s",
		"idle_in_transaction_session_timeout": "5s",
		"tcp_keepalives_idle":                 "5",
		"tcp_keepalives_interval":             "2",
		"tcp_keepalives_count":                "3",
		"synchronous_commit":                  "on",
	}
	viewSettings = map[string]string{}
	// Everything that a writer asks for is found by an index, whatever the
	// statistics say.
	writerSettings = map[string]string{
		"lock_timeout": "10s", "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
		"enable_bitmapscan": "off",
	}
)

// pool makes a pool of connections to the database that is already prepared.
// most 0 stands for those of the lanes.
func (s *Store) pool(ctx context.Context, url string, most int32, more map[string]string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("%w: the address of the database is not understood", store.ErrUnavailable)
	}
	if most == 0 {
		config.MaxConns = 3 // one for each lane, and one to ask what became of a commit
	} else if config.MaxConns = max(config.MaxConns, most); config.MaxConns < 1 {
		config.MaxConns = most
	}
	configure(config.ConnConfig, more)
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error { return s.check(ctx, conn) }
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, wrap(err)
	}
	return pool, nil
}

func configure(config *pgx.ConnConfig, more map[string]string) {
	for name, value := range settings {
		config.RuntimeParams[name] = value
	}
	for name, value := range more {
		config.RuntimeParams[name] = value
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
}

// check refuses a connection to another line of history than the node began
// with: what clients hold of that one is worth nothing here. Only a start makes
// that good.
func (s *Store) check(ctx context.Context, conn *pgx.Conn) error {
	if err := writable(ctx, conn); err != nil {
		return err
	}
	var epoch string
	if err := conn.QueryRow(ctx, "SELECT epoch FROM meta").Scan(&epoch); err != nil {
		return err
	}
	if err := findBackend(ctx, conn); err != nil {
		return err
	}
	if epoch != s.meta.Epoch {
		err := errors.New("postgres: the database was replaced by another while the server ran")
		if s.fatal != nil {
			s.fatal(err)
		}
		return err
	}
	return nil
}

// writable refuses a standby.
func writable(ctx context.Context, conn *pgx.Conn) error {
	var standby bool
	if err := conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
		return err
	}
	if standby {
		return errors.New("postgres: this server is a standby; name the primary, or all with target_session_attrs=read-write")
	}
	return nil
}
