package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strings"

	"github.com/jackc/pgx/v5"

	"parley/server/store"
)

// ErrNotEmpty says that a database is not empty, nor an unfinished copy of the
// same source.
var ErrNotEmpty = errors.New("postgres: the database is not empty")

// ErrDiffers says that what was copied is not what the source holds.
var ErrDiffers = errors.New("postgres: the copy differs from its source")

// Source is a database to copy: sqlite.Source. A value of a row is an int64, a
// string, a []byte or nil.
type Source interface {
	Meta() store.Meta
	Rows(ctx context.Context, table string, columns []string, key string, skip int64, fn func(row []any) error) error
}

// Copied counts what a copy holds.
type Copied struct {
	Rows  int64 // of all tables
	Rooms int
	Found int64 // rows that an earlier try had copied
}

// chunk is how many rows go into one transaction of a copy, and chunkSize how
// many bytes of them: they wait in memory.
const (
	chunk     = 50_000
	chunkSize = 32 << 20
)

// tables says what of a table is copied, and how each column of SQLite becomes
// one of PostgreSQL's: by a letter behind its name, i an integer, t a text, T one
// or NULL, b bytes or NULL, x bytes, e a text as bytes, u a UUID, y yes or no. The
// key orders both alike.
var tables = []struct{ name, columns, key string }{
	{"accounts", "id:i kind:t name:t folded:t username:T avatar:t locale:t settings:b password:t rev:i made:i seen:i", "id"},
	{"leavers", "account:i", "account"},
	{"sessions", "id:i hash:x account:i made:i seen:i expires:i agent:e", "id"},
	{"pushes", "session:i account:i endpoint:t p256dh:t auth:t text:y locale:t", "session"},
	{"rooms", "id:i kind:t name:t about:e low:i high:i low_posted:y high_posted:y members:i joins:i seq:i n:i rev:i made:i at:i pins:b reports:i", "id"},
	{"members", "room:i account:i role:t read:i read_n:i got:i muted:y joined:i top:y hidden:i unread:y blocked:y mention:i", "room, account"},
	{"messages", "room:i seq:i n:i rev:i key:u author:i at:i kind:t text:e reply:i files:b card:b edited:i recalled:i reactions:b mentions:b event:t subject:i detail:e", "room, seq"},
	{"changes", "room:i rev:i seq:i", "room, seq"},
	{"sends", "key:u author:i room:i seq:i hash:x", "key, author"},
	{"reports", "id:i room:i seq:i author:i at:i reason:e", "id"},
	{"files", "id:t account:i at:i name:e type:t size:i width:i height:i length:i thumb:t space:i hash:x blob:t refs:i", "id"},
	{"file_rows", "file:t room:i seq:i", "file, room, seq"},
}

// Copy fills an empty database with what a source holds, its epoch included: who
// has a cursor goes on with it. Everything is compared in the end, table by table
// and room by room. A copy that was interrupted goes on where it was; until it is
// finished, no node starts on it. progress is told what is being done.
//
// Errors: ErrNotEmpty, ErrDiffers; ctx's; the source's; ErrUnavailable, also if
// nodes use the database.
func Copy(ctx context.Context, url string, from Source, progress func(string)) (c Copied, err error) {
	conn, err := connect(ctx, url)
	if err != nil {
		return c, fmt.Errorf("copy: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	p := &copying{conn: conn, from: from, progress: progress}
	for _, step := range []func(context.Context) error{p.begin, p.fill, p.compare, p.end} {
		if err := step(ctx); err != nil {
			return p.copied, fmt.Errorf("copy: %w", err)
		}
	}
	return p.copied, nil
}

type copying struct {
	conn     *pgx.Conn
	from     Source
	progress func(string)
	copied   Copied
}

// begin claims an empty database for this source, or finds its own claim.
func (p *copying) begin(ctx context.Context) error {
	if _, _, err := migrate(ctx, p.conn, files); err != nil {
		return err
	}
	epoch := p.from.Meta().Epoch
	return pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		if _, err := schema(ctx, tx); err != nil { // under its lock
			return err
		}
		if err := unused(ctx, tx); err != nil {
			return err
		}
		var claimed bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass('copying') IS NOT NULL").Scan(&claimed); err != nil {
			return err
		}
		if !claimed {
			return p.claim(ctx, tx, epoch)
		}
		var other bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM copying WHERE epoch <> $1)", epoch).Scan(&other); err != nil {
			return err
		}
		if other {
			return fmt.Errorf("%w: it is the unfinished copy of another database", ErrNotEmpty)
		}
		return nil
	})
}

// claim notes whose copy an empty database is to become. What migrate or a start
// has put there, and nobody has used, goes.
func (p *copying) claim(ctx context.Context, tx pgx.Tx, epoch string) error {
	if _, err := tx.Exec(ctx, "CREATE TABLE copying (epoch text NOT NULL, name text PRIMARY KEY, rows bigint NOT NULL)"); err != nil {
		return err
	}
	for _, table := range tables {
		var used bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table.name+")").Scan(&used); err != nil {
			return err
		}
		if used {
			return fmt.Errorf("%w: there are %s in it; make a new one", ErrNotEmpty, table.name)
		}
		if _, err := tx.Exec(ctx, "INSERT INTO copying (epoch, name, rows) VALUES ($1, $2, 0)", epoch, table.name); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "DELETE FROM meta")
	return err
}

// fill copies what is missing of every table.
func (p *copying) fill(ctx context.Context) error {
	for _, table := range tables {
		var done int64
		if err := p.conn.QueryRow(ctx, "SELECT rows FROM copying WHERE name = $1", table.name).Scan(&done); err != nil {
			return wrap(err)
		}
		p.copied.Found += done
		names, kinds := columnsOf(table.columns)
		var rows [][]any
		size := 0
		put := func() error {
			done += int64(len(rows))
			err := p.put(ctx, table.name, names, rows, done)
			rows, size = rows[:0], 0
			p.progress(fmt.Sprintf("%s: %d rows", table.name, done))
			return err
		}
		err := p.from.Rows(ctx, table.name, names, table.key, done, func(row []any) error {
			rows = append(rows, convert(row, kinds))
			if size += sizeOf(row); len(rows) == chunk || size >= chunkSize {
				return put()
			}
			return nil
		})
		if err == nil && len(rows) > 0 {
			err = put()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", table.name, err)
		}
		p.copied.Rows += done
	}
	return nil
}

// put stores rows of a table, and how many there are now.
func (p *copying) put(ctx context.Context, table string, names []string, rows [][]any, done int64) error {
	return wrap(pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{table}, names, pgx.CopyFromRows(rows)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE copying SET rows = $2 WHERE name = $1", table, done)
		return err
	}))
}

// compare reads both sides again: how many rows a table has, what is in them,
// and, of messages, the same for each room.
func (p *copying) compare(ctx context.Context) error {
	for _, table := range tables {
		p.progress("comparing " + table.name)
		names, kinds := columnsOf(table.columns)
		perRoom := table.name == "messages"
		want, got := newSums(perRoom), newSums(perRoom)
		err := p.from.Rows(ctx, table.name, names, table.key, 0, func(row []any) error {
			want.add(convert(row, kinds))
			return nil
		})
		if err != nil {
			return err
		}
		rows, err := p.conn.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+table.name+" ORDER BY "+table.key)
		if err != nil {
			return wrap(err)
		}
		for rows.Next() {
			row, err := rows.Values()
			if err != nil {
				rows.Close()
				return wrap(err)
			}
			got.add(row)
		}
		if rows.Err() != nil {
			return wrap(rows.Err())
		}
		if err := want.equal(got); err != nil {
			return fmt.Errorf("%w: %s: %v", ErrDiffers, table.name, err)
		}
		if perRoom {
			p.copied.Rooms = len(want.rooms)
		}
	}
	var bad int
	err := p.conn.QueryRow(ctx, `SELECT count(*) FROM rooms r WHERE
		r.seq <> (SELECT count(*) FROM messages x WHERE x.room = r.id) OR
		r.seq <> coalesce((SELECT max(seq) FROM messages x WHERE x.room = r.id), 0) OR
		r.rev < coalesce((SELECT max(rev) FROM messages x WHERE x.room = r.id), 0)`).Scan(&bad)
	if err == nil && bad > 0 {
		return fmt.Errorf("%w: the heads of %d rooms do not fit their rows", ErrDiffers, bad)
	}
	return wrap(err)
}

// end makes the copy a database that nodes may start on.
func (p *copying) end(ctx context.Context) error {
	p.progress("gathering statistics")
	if _, err := p.conn.Exec(ctx, "ANALYZE"); err != nil {
		return wrap(err)
	}
	meta := p.from.Meta()
	return wrap(pgx.BeginFunc(ctx, p.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO meta (epoch, secret) VALUES ($1, $2)", meta.Epoch, meta.Secret); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DROP TABLE copying")
		return err
	}))
}

func columnsOf(list string) (names []string, kinds []byte) {
	for _, column := range strings.Fields(list) {
		name, kind, _ := strings.Cut(column, ":")
		names, kinds = append(names, name), append(kinds, kind[0])
	}
	return names, kinds
}

// sizeOf is how many bytes of a row can be many.
func sizeOf(row []any) (size int) {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	return size
}

// convert makes a row of PostgreSQL's of one of SQLite's.
func convert(row []any, kinds []byte) []any {
	for i, kind := range kinds {
		switch kind {
		case 'i':
			row[i], _ = row[i].(int64) // NULL is 0
		case 't':
			s, _ := row[i].(string)
			row[i] = clean(s)
		case 'e':
			s, _ := row[i].(string)
			row[i] = []byte(s)
		case 'x':
			b, _ := row[i].([]byte)
			row[i] = append([]byte{}, b...)
		case 'b':
			if b, _ := row[i].([]byte); len(b) == 0 {
				row[i] = nil
			}
		case 'u':
			b, _ := row[i].([]byte)
			var u [16]byte
			copy(u[:], b)
			row[i] = u
		case 'y':
			n, _ := row[i].(int64)
			row[i] = n != 0
		}
	}
	return row
}

// sums are what tells the contents of a table from others.
type sums struct {
	rows  int64
	whole hash.Hash
	rooms map[int64][]byte // where each room is told apart; of the last one not yet
	room  int64
	one   hash.Hash
	buf   bytes.Buffer
}

func newSums(perRoom bool) *sums {
	s := &sums{whole: sha256.New()}
	if perRoom {
		s.rooms, s.one = make(map[int64][]byte), sha256.New()
	}
	return s
}

func (s *sums) add(row []any) {
	s.rows++
	s.buf.Reset()
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			s.buf.WriteByte('-')
		case int64:
			s.buf.Write(binary.BigEndian.AppendUint64([]byte{'i'}, uint64(v)))
		case bool:
			fmt.Fprint(&s.buf, v)
		case string:
			fmt.Fprintf(&s.buf, "t%d:%s", len(v), v)
		case []byte:
			fmt.Fprintf(&s.buf, "b%d:", len(v))
			s.buf.Write(v)
		case [16]byte:
			s.buf.Write(v[:])
		}
	}
	s.whole.Write(s.buf.Bytes())
	if s.rooms == nil {
		return
	}
	if room, _ := row[0].(int64); room != s.room {
		s.close()
		s.room = room
	}
	s.one.Write(s.buf.Bytes())
}

// close notes the room that has ended.
func (s *sums) close() {
	if s.room != 0 {
		s.rooms[s.room] = s.one.Sum(nil)
		s.one.Reset()
	}
}

func (s *sums) equal(other *sums) error {
	if s.rooms != nil {
		s.close()
		other.close()
	}
	if s.rows != other.rows {
		return fmt.Errorf("%d rows, the source has %d", other.rows, s.rows)
	}
	for room, sum := range s.rooms {
		if !bytes.Equal(sum, other.rooms[room]) {
			return fmt.Errorf("the rows of room %d are not the same", room)
		}
	}
	if !bytes.Equal(s.whole.Sum(nil), other.whole.Sum(nil)) {
		return errors.New("the rows are not the same")
	}
	return nil
}
