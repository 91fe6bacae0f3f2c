package pgts

import (
	"context"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/words"
)

const (
	// batch is how many rows are indexed in one transaction, and page how many
	// rooms that are behind are looked for at once.
	batch = 500
	page  = 1000

	// again is when the follower goes on after something failed.
	again = 10 * time.Second
)

// run is the follower's goroutine.
func (i *Index) run(ctx context.Context) {
	defer close(i.over)
	compare := time.NewTicker(i.options.Compare)
	defer compare.Stop()
	whole := true // all rooms are to be compared
	for ctx.Err() == nil {
		err := i.round(ctx, whole)
		if whole = err != nil; whole && ctx.Err() == nil {
			i.options.Log.Warn("the search index does not follow", "err", err)
			pause(ctx, again)
			continue
		}
		pause(ctx, i.options.Pause)
		select {
		case <-ctx.Done():
		case <-i.wake:
		case <-compare.C:
			whole = true
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// round follows what has changed, or everything.
func (i *Index) round(ctx context.Context, whole bool) error {
	if whole {
		return i.followAll(ctx)
	}
	for _, room := range i.take() {
		if err := i.follow(ctx, room); err != nil {
			return err
		}
	}
	return nil
}

// followAll follows all rooms that are not as far as the log.
func (i *Index) followAll(ctx context.Context) error {
	i.take() // they are among all
	for {
		rows, err := i.pool.Query(ctx, `SELECT r.id FROM rooms r LEFT JOIN search_rooms s ON s.id = r.id
			WHERE r.rev > 0 AND (s.id IS NULL OR s.seq <> r.seq OR s.rev <> r.rev) LIMIT $1`, page)
		if err != nil {
			return wrap(err)
		}
		rooms, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return wrap(err)
		}
		for _, room := range rooms {
			if err := i.follow(ctx, chat.RoomID(room)); err != nil {
				return err
			}
		}
		if len(rooms) < page {
			return nil
		}
	}
}

// follow indexes what a room has changed, to its end.
func (i *Index) follow(ctx context.Context, room chat.RoomID) error {
	for {
		more := false
		err := pgx.BeginFunc(ctx, i.pool, func(tx pgx.Tx) (err error) {
			more, err = i.step(ctx, tx, room)
			return err
		})
		if err != nil {
			return wrap(err)
		}
		if !more {
			return nil
		}
	}
}

// step indexes the next rows of a room, under the lock of how far it is. What
// the store is read for is read after that lock.
func (i *Index) step(ctx context.Context, tx pgx.Tx, room chat.RoomID) (more bool, err error) {
	if _, err := tx.Exec(ctx, "INSERT INTO search_rooms (id, seq, rev) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING", int64(room)); err != nil {
		return false, err
	}
	var at, to store.Place
	err = tx.QueryRow(ctx, "SELECT seq, rev FROM search_rooms WHERE id = $1 FOR NO KEY UPDATE", int64(room)).
		Scan((*int64)(&at.Seq), (*int64)(&at.Rev))
	if err != nil {
		return false, err
	}
	var rows []chat.Row
	err = i.store.View(ctx, func(r store.Reader) (err error) {
		rows, to, err = r.Follow(room, at, batch)
		return err
	})
	if err != nil || to == at {
		return false, err
	}
	var b pgx.Batch
	for n := range rows {
		index(&b, room, &rows[n])
	}
	b.Queue("UPDATE search_rooms SET seq = $2, rev = $3 WHERE id = $1", int64(room), int64(to.Seq), int64(to.Rev))
	return true, tx.SendBatch(ctx, &b).Close()
}

// index notes the words of a row, in place of those that it had.
func index(b *pgx.Batch, room chat.RoomID, row *chat.Row) {
	var tokens []string
	if row.Recalled == 0 && row.Kind != chat.KindSystem {
		tokens = words.Tokens(row.Text)
	}
	if len(tokens) == 0 {
		b.Queue("DELETE FROM search_docs WHERE room = $1 AND seq = $2", int64(room), int64(row.Seq))
		return
	}
	// The first place that is free. Two nodes that take the same one at the same
	// time cannot both commit: one of them fails, and follows again.
	b.Queue(`INSERT INTO search_docs (room, seq, place, words)
		SELECT $1, $2, place, array_to_tsvector($4) FROM generate_series($3::bigint, $3::bigint + 31) place
		WHERE NOT EXISTS (SELECT FROM search_docs d WHERE d.place = place.place) LIMIT 1
		ON CONFLICT (room, seq) DO UPDATE SET words = excluded.words WHERE search_docs.words <> excluded.words`,
		int64(room), int64(row.Seq), placeOf(room, row), append(tokens, roomToken(room)))
}

// placeOf orders rows by their time, and those of one millisecond by something of
// the row, which is seldom the same of two.
func placeOf(room chat.RoomID, row *chat.Row) int64 {
	const bits = 20
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(strconv.FormatInt(int64(room), 36) + " " + strconv.FormatInt(int64(row.Seq), 36))) // never fails
	at := min(max(int64(row.At), 1), 1<<(63-bits)-1)
	return at<<bits | int64(sum.Sum32()&(1<<bits-1))
}
