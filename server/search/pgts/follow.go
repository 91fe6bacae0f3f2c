package pgts

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/words"
)

const (
	// batch is how many rows are indexed in one transaction, together of how many
	// rooms, and page how many rooms that are behind are looked for at once.
	batch    = 500
	together = 100
	page     = 1000

	// codeUnique is what PostgreSQL calls a value that must not be there twice.
	codeUnique = "23505"

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
	return i.follow(ctx, i.take())
}

// followAll follows all rooms that are not as far as the log.
func (i *Index) followAll(ctx context.Context) error {
	i.take() // they are among all
	last := chat.RoomID(0)
	for {
		rows, err := i.pool.Query(ctx, `SELECT r.id FROM rooms r LEFT JOIN search_rooms s ON s.id = r.id
			WHERE r.id > $1 AND r.rev > 0 AND (s.id IS NULL OR s.seq <> r.seq OR s.rev <> r.rev) ORDER BY r.id LIMIT $2`, int64(last), page)
		if err != nil {
			return wrap(err)
		}
		rooms, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return wrap(err)
		}
		ids := make([]chat.RoomID, len(rooms))
		for n, id := range rooms {
			ids[n], last = chat.RoomID(id), chat.RoomID(id)
		}
		if err := i.follow(ctx, ids); err != nil {
			return err
		}
		if len(rooms) < page {
			return nil
		}
	}
}

// follow indexes what rooms have changed, to their ends, many of them in a
// transaction.
func (i *Index) follow(ctx context.Context, rooms []chat.RoomID) error {
	slices.Sort(rooms) // two nodes that note the same new rooms do so in one order
	tries := 5
	for left := range slices.Chunk(rooms, together) {
		for len(left) > 0 {
			var more []chat.RoomID
			began := time.Now()
			err := pgx.BeginFunc(ctx, i.pool, func(tx pgx.Tx) (err error) {
				more, err = i.step(ctx, tx, left)
				return err
			})
			if told := (*pgconn.PgError)(nil); errors.As(err, &told) && told.Code == codeUnique && tries > 0 {
				tries--
				continue // another node was quicker at a place
			}
			if err != nil {
				return wrap(err)
			}
			left = more
			i.pace.Rest(ctx, time.Since(began))
		}
	}
	return nil
}

// step indexes the next rows of rooms, under the locks of how far they are, and
// returns the rooms that may have more. What the store is read for is read after
// the locks.
func (i *Index) step(ctx context.Context, tx pgx.Tx, rooms []chat.RoomID) (more []chat.RoomID, err error) {
	places, err := hold(ctx, tx, rooms)
	if err != nil {
		return nil, err
	}
	var w writing
	err = i.store.View(ctx, func(r store.Reader) error {
		w, more = writing{}, nil
		for n, room := range rooms {
			at, held := places[room]
			if !held { // another node is at it, and may have looked before what we were told of
				i.note(room)
				continue
			}
			left := batch - w.count
			if left == 0 {
				more = append(more, rooms[n:]...)
				break
			}
			rows, to, err := r.Follow(room, at, left)
			if err != nil {
				return err
			}
			if to != at {
				w.reach(room, rows, to)
			}
			if len(rows) == left {
				more = append(more, room)
			}
		}
		return nil
	})
	if err != nil || len(w.rooms) == 0 {
		return more, err
	}
	if err := w.docs.part(ctx, tx); err != nil {
		return nil, err
	}
	return more, w.store(ctx, tx)
}

// hold takes the locks of rooms that nobody else holds, and reads how far they
// are.
func hold(ctx context.Context, tx pgx.Tx, rooms []chat.RoomID) (map[chat.RoomID]store.Place, error) {
	ids := make([]int64, len(rooms))
	for n, room := range rooms {
		ids[n] = int64(room)
	}
	places := make(map[chat.RoomID]store.Place, len(rooms))
	var b pgx.Batch
	b.Queue("INSERT INTO search_rooms (id, seq, rev) SELECT id, 0, 0 FROM unnest($1::bigint[]) w (id) ON CONFLICT DO NOTHING", ids)
	b.Queue("SELECT id, seq, rev FROM search_rooms WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED", ids).Query(func(rows pgx.Rows) error {
		var id, seq, rev int64
		_, err := pgx.ForEachRow(rows, []any{&id, &seq, &rev}, func() error {
			places[chat.RoomID(id)] = store.Place{Seq: chat.Seq(seq), Rev: chat.Rev(rev)}
			return nil
		})
		return err
	})
	return places, tx.SendBatch(ctx, &b).Close()
}

// writing is what a step is going to store, column by column.
type writing struct {
	count              int // of rows
	rooms, seqs, revs  []int64
	docs               documents
	goneRooms, goneSeq []int64
}

type documents struct {
	room, seq, place []int64
	words            []string // parted by blanks, which words do not have
}

// reach notes rows, and that a room is then as far as to.
func (w *writing) reach(room chat.RoomID, rows []chat.Row, to store.Place) {
	w.count += len(rows)
	w.rooms, w.seqs, w.revs = append(w.rooms, int64(room)), append(w.seqs, int64(to.Seq)), append(w.revs, int64(to.Rev))
	for n := range rows {
		w.row(room, &rows[n])
	}
}

// row notes the words of a row, in place of those that it had.
func (w *writing) row(room chat.RoomID, row *chat.Row) {
	var tokens []string
	if row.Recalled == 0 && row.Kind != chat.KindSystem {
		tokens = words.Tokens(row.Text)
	}
	if len(tokens) == 0 {
		w.goneRooms, w.goneSeq = append(w.goneRooms, int64(room)), append(w.goneSeq, int64(row.Seq))
		return
	}
	d := &w.docs
	d.room, d.seq, d.place = append(d.room, int64(room)), append(d.seq, int64(row.Seq)), append(d.place, placeOf(room, row))
	d.words = append(d.words, strings.Join(append(tokens, roomToken(room)), " "))
}

// store stores all of it: one round trip.
func (w *writing) store(ctx context.Context, tx pgx.Tx) error {
	var b pgx.Batch
	if len(w.docs.room) > 0 {
		b.Queue(`INSERT INTO search_docs (room, seq, place, words)
			SELECT room, seq, place, array_to_tsvector(string_to_array(words, ' '))
			FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) w (room, seq, place, words)
			ON CONFLICT (room, seq) DO UPDATE SET words = excluded.words WHERE search_docs.words <> excluded.words`,
			w.docs.room, w.docs.seq, w.docs.place, w.docs.words)
	}
	if len(w.goneRooms) > 0 {
		b.Queue("DELETE FROM search_docs d USING unnest($1::bigint[], $2::bigint[]) w (room, seq) WHERE d.room = w.room AND d.seq = w.seq",
			w.goneRooms, w.goneSeq)
	}
	b.Queue(`UPDATE search_rooms s SET seq = w.seq, rev = w.rev FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) w (id, seq, rev)
		WHERE s.id = w.id`, w.rooms, w.seqs, w.revs)
	return tx.SendBatch(ctx, &b).Close()
}

// part gives each row a place of its own: the first after the one that it wants
// that is free. (Of a row that is there already the place stays as it is.) Two
// nodes that take the same one at the same time cannot both commit.
func (d *documents) part(ctx context.Context, tx pgx.Tx) error {
	ours, wanted := make(map[int64]bool, len(d.place)), slices.Clone(d.place)
	open := make([]int, len(d.place)) // who wants these
	for n := range open {
		open[n] = n
	}
	for len(open) > 0 {
		rows, err := tx.Query(ctx, "SELECT place FROM search_docs WHERE place = ANY($1)", wanted)
		if err != nil {
			return err
		}
		taken, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		for _, place := range taken {
			ours[place] = true
		}
		var left []int
		wanted = wanted[:0]
		for _, n := range open {
			if !ours[d.place[n]] {
				ours[d.place[n]] = true
				continue
			}
			d.place[n]++
			left, wanted = append(left, n), append(wanted, d.place[n])
		}
		open = left
	}
	return nil
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
