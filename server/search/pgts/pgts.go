package pgts

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"parley/server/search"
	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/words"
)

var _ search.Index = (*Index)(nil)

// form is the form of the tables: it changes with the schema and with the tokens.
const form = 1_000*words.Version + 2

const schema = `
	DROP TABLE IF EXISTS search_meta, search_rooms, search_docs;
	CREATE TABLE search_meta (form bigint NOT NULL, epoch text NOT NULL);
	CREATE TABLE search_rooms ( -- how far a room is indexed
		id  bigint PRIMARY KEY,
		seq bigint NOT NULL,
		rev bigint NOT NULL
	) WITH (fillfactor = 50);
	CREATE TABLE search_docs (
		room  bigint NOT NULL,
		seq   bigint NOT NULL,
		place bigint NOT NULL, -- the row's time, and something of the row behind
		words tsvector NOT NULL,
		PRIMARY KEY (room, seq)
	);
	CREATE UNIQUE INDEX search_docs_place ON search_docs (place);
	CREATE INDEX search_docs_words ON search_docs USING gin (words);
`

// making is the advisory lock under which the tables are made.
const making = 0x7061726c6579_03

// manyRooms is how many rooms the words are asked for together with. Who is in
// more has the rows of other rooms filtered.
const manyRooms = 100

// Options say how an index behaves.
type Options struct {
	Log *slog.Logger
	// Pause is what the follower waits between its turns, so that each takes what
	// has come together. 0 means 100 ms.
	Pause time.Duration
	// Compare is how often all rooms are compared with the log. 0 means a minute.
	Compare time.Duration
}

// Index is a search index in the database that the store is in.
type Index struct {
	store   store.Store
	options Options
	pool    *pgxpool.Pool
	cancel  context.CancelFunc
	over    chan struct{} // closed when the follower has ended
	wake    chan struct{} // holds one token if there is something to follow
	pace    search.Pace

	mu      sync.Mutex
	changed map[chat.RoomID]struct{}
}

// Open opens the index of a store in the database that url names, made anew
// where it is of no use, and begins to follow the store. It does not wait until
// it has caught up. Close it before the store.
func Open(ctx context.Context, url string, of store.Store, options Options) (*Index, error) {
	if options.Pause == 0 {
		options.Pause = 100 * time.Millisecond
	}
	if options.Compare == 0 {
		options.Compare = time.Minute
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil { // its text may hold the password
		return nil, fmt.Errorf("%w: the address of the database is not understood", store.ErrUnavailable)
	}
	config.MaxConns = 4
	// Which index is the right one depends on how common the words are.
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	config.ConnConfig.RuntimeParams["statement_timeout"] = "10s"
	config.ConnConfig.RuntimeParams["application_name"] = "parley search"
	// What a crash takes is followed again: how far a room is goes with its words.
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, wrap(err)
	}
	i := &Index{
		store: of, options: options, pool: pool,
		over: make(chan struct{}), wake: make(chan struct{}, 1), changed: make(map[chat.RoomID]struct{}),
	}
	if err := i.prepare(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open the search index: %w", wrap(err))
	}
	// The follower lives until Close, whatever becomes of the caller's context.
	following, cancel := context.WithCancel(context.WithoutCancel(ctx))
	i.cancel = cancel
	go i.run(following)
	return i, nil
}

// prepare makes the tables where they are missing or of no use.
func (i *Index) prepare(ctx context.Context) error {
	return pgx.BeginFunc(ctx, i.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(making)); err != nil {
			return err
		}
		var there bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass('search_meta') IS NOT NULL").Scan(&there); err != nil {
			return err
		}
		epoch := i.store.Meta().Epoch
		if there {
			err := tx.QueryRow(ctx, "SELECT count(*) > 0 FROM search_meta WHERE form = $1 AND epoch = $2", form, epoch).Scan(&there)
			if err != nil || there {
				return err
			}
		}
		if _, err := tx.Exec(ctx, schema); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO search_meta (form, epoch) VALUES ($1, $2)", form, epoch)
		return err
	})
}

// wrap turns an error of the engine into one of the store's.
func wrap(err error) error { return fmt.Errorf("%w (%v)", store.ErrUnavailable, err) }

// Close ends the follower and the connections. Searches fail afterwards.
func (i *Index) Close() error {
	i.cancel()
	<-i.over
	i.pool.Close()
	return nil
}

// Changed implements search.Index.
func (i *Index) Changed(room chat.RoomID) {
	i.pace.Posted()
	i.note(room)
}

// note has a room followed at the next turn.
func (i *Index) note(room chat.RoomID) {
	i.mu.Lock()
	i.changed[room] = struct{}{}
	i.mu.Unlock()
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// take returns the rooms that have changed since the last time.
func (i *Index) take() []chat.RoomID {
	i.mu.Lock()
	defer i.mu.Unlock()
	rooms := make([]chat.RoomID, 0, len(i.changed))
	for room := range i.changed {
		rooms = append(rooms, room)
	}
	clear(i.changed)
	return rooms
}

// Find implements search.Index.
func (i *Index) Find(ctx context.Context, ask search.Ask) (hits []search.Hit, next int64, err error) {
	if len(ask.Rooms) == 0 || len(ask.Tokens) == 0 {
		return nil, 0, nil
	}
	after := ask.After
	if after == 0 {
		after = 1<<63 - 1
	}
	rooms := make([]int64, len(ask.Rooms))
	for n, room := range ask.Rooms {
		rooms[n] = int64(room)
	}
	rows, err := i.pool.Query(ctx, `SELECT room, seq, place FROM search_docs
		WHERE words @@ $1::tsquery AND room = ANY($2) AND place < $3 ORDER BY place DESC LIMIT $4`,
		queryOf(&ask), rooms, after, max(ask.Limit, 1))
	if err == nil {
		hits, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (search.Hit, error) {
			var room, seq, place int64
			err := row.Scan(&room, &seq, &place)
			return search.Hit{Room: chat.RoomID(room), Seq: chat.Seq(seq), Place: place}, err
		})
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case err != nil:
		return nil, 0, fmt.Errorf("search: %w", wrap(err))
	case len(hits) == max(ask.Limit, 1):
		next = hits[len(hits)-1].Place
	}
	return hits, next, nil
}

// queryOf is what is asked for in the words of PostgreSQL: all tokens, and, where
// they are few, one of the rooms.
func queryOf(ask *search.Ask) string {
	var all []string
	for _, token := range ask.Tokens {
		word := quote(token.Text)
		if token.Prefix {
			word += ":*"
		}
		all = append(all, word)
	}
	if len(ask.Rooms) <= manyRooms {
		var rooms []string
		for _, room := range ask.Rooms {
			rooms = append(rooms, quote(roomToken(room)))
		}
		all = append(all, "("+strings.Join(rooms, " | ")+")")
	}
	return strings.Join(all, " & ")
}

// quote makes a lexeme of a token, so that it has no other meaning.
func quote(token string) string {
	return "'" + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(token) + "'"
}

// roomToken is the token of a room. Words have no such character.
func roomToken(room chat.RoomID) string { return "‡" + strconv.FormatInt(int64(room), 36) }
