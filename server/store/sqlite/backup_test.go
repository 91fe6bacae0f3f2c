package sqlite

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/server/store/storetest"
	"parley/shared/chat"
)

// load posts into rooms, by several senders, until it is told to end. How many
// posts of each room are acknowledged is what acknowledged says.
type load struct {
	store *Store
	stop  chan struct{}
	work  sync.WaitGroup
	mu    sync.Mutex
	done  map[chat.RoomID]chat.Seq
	grown *sync.Cond
}

func startLoad(t *testing.T, s *Store, rooms int) *load {
	t.Helper()
	l := &load{store: s, stop: make(chan struct{}), done: make(map[chat.RoomID]chat.Seq)}
	l.grown = sync.NewCond(&l.mu)
	for i := range rooms {
		room := store.Room{ID: chat.RoomID(i + 1), Kind: chat.KindGroup}
		member := store.Member{Room: room.ID, Account: 1, Role: chat.RoleMember}
		err := s.Update(context.Background(), func(tx store.Tx) error { return errors.Join(tx.PutRoom(room), tx.PutMember(member)) })
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			l.work.Go(func() { l.send(t, room.ID) })
		}
	}
	return l
}

func (l *load) send(t *testing.T, room chat.RoomID) {
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		err := l.store.Update(context.Background(), func(tx store.Tx) error { return postOne(tx, room, 1, newKey()) })
		if err != nil {
			t.Error(err)
			return
		}
		l.mu.Lock()
		l.done[room]++
		l.grown.Broadcast()
		l.mu.Unlock()
	}
}

// acknowledged waits for n posts more, and returns how many there are.
func (l *load) acknowledged(n chat.Seq) map[chat.RoomID]chat.Seq {
	l.mu.Lock()
	defer l.mu.Unlock()
	sum := func() (all chat.Seq) {
		for _, seq := range l.done {
			all += seq
		}
		return all
	}
	for want := sum() + n; sum() < want; {
		l.grown.Wait()
	}
	now := make(map[chat.RoomID]chat.Seq)
	for room, seq := range l.done {
		now[room] = seq
	}
	return now
}

func (l *load) end() {
	close(l.stop)
	l.work.Wait()
}

// Promises 1, 2 and 5: a backup of a database that is written to holds all that
// was acknowledged before it began, without a gap, and nothing else; restored,
// it is another line of history.
func TestBackupUnderLoad(t *testing.T) {
	const rooms = 4
	dir := t.TempDir()
	s := openStore(t, dir)
	defer s.Close()
	l := startLoad(t, s, rooms)
	defer l.end()
	for i := range 3 {
		before := l.acknowledged(100)
		file := filepath.Join(t.TempDir(), "copy")
		told, err := Backup(context.Background(), dir, file)
		if err != nil {
			t.Fatal(err)
		}
		after := l.acknowledged(1)
		into := filepath.Join(t.TempDir(), "new", "data")
		restored, err := Restore(context.Background(), file, into, storetest.Random, chat.Time(i+1), nil)
		if err != nil {
			t.Fatal(err)
		}
		if told.Epoch != s.Meta().Epoch || restored.Epoch == told.Epoch || told.Messages != restored.Messages || told.Rooms != rooms {
			t.Errorf("backed up %+v, restored %+v", told, restored)
		}
		again := openStore(t, into)
		if m := again.Meta(); m.Epoch != restored.Epoch || !bytes.Equal(m.Secret, s.Meta().Secret) {
			t.Errorf("the restored store has %+v", m)
		}
		for id := range chat.RoomID(rooms) {
			checkCopy(t, again, id+1, before[id+1], after[id+1]+2) // two may be stored and not counted yet
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

func checkCopy(t *testing.T, s *Store, id chat.RoomID, least, most chat.Seq) {
	t.Helper()
	err := s.View(context.Background(), func(r store.Reader) error {
		room, err := r.Room(id)
		if err != nil {
			return err
		}
		if room.Seq < least || room.Seq > most || room.Rev != chat.Rev(room.Seq) {
			t.Errorf("room %d is at %d, rev %d; want %d to %d", id, room.Seq, room.Rev, least, most)
		}
		rows, err := r.RowsBefore(id, 0, int(room.Seq)+1)
		if err != nil {
			return err
		}
		if len(rows) != int(room.Seq) {
			t.Errorf("room %d has %d rows of %d", id, len(rows), room.Seq)
		}
		for i, row := range rows {
			if row.Seq != chat.Seq(i+1) || row.Rev != chat.Rev(i+1) {
				t.Fatalf("row %d is seq %d, rev %d", i+1, row.Seq, row.Rev)
			}
			if _, err := r.Send(1, row.Key); err != nil {
				t.Errorf("the key of row %d: %v", i+1, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(context.Background(), func(tx store.Tx) error { return postOne(tx, id, 1, newKey()) }); err != nil {
		t.Error(err)
	}
}

// backedUp makes a database with a row, and a backup of it.
func backedUp(t *testing.T) (dir, file string) {
	t.Helper()
	dir, file = t.TempDir(), filepath.Join(t.TempDir(), "copy")
	s := openStore(t, dir)
	if err := s.Update(context.Background(), put(1, 1, strings.Repeat("text ", 50_000))); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Backup(context.Background(), dir, file); err != nil {
		t.Fatal(err)
	}
	return dir, file
}

func TestRestoreNotesItsSource(t *testing.T) {
	_, file := backedUp(t)
	into := t.TempDir() // empty, and a lock that was left behind does not count
	if err := os.WriteFile(filepath.Join(into, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := examine(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Restore(context.Background(), file, into, storetest.Random, 77, nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sqlite.OpenConn(filepath.Join(into, name), sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := word(conn, "SELECT format('%s %s %s %d', epoch, before, source, at) FROM restores")
	if want := strings.Join([]string{c.Epoch, before.Epoch, file, "77"}, " "); err != nil || got != want {
		t.Errorf("the note is %q, %v; want %q", got, err, want)
	}
	for _, path := range []string{file, filepath.Join(into, name)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// Promise 15: a backup of an older release is brought to this one's schema.
func TestRestoreOfAnOlderRelease(t *testing.T) {
	file, into := filepath.Join(t.TempDir(), "old"), filepath.Join(t.TempDir(), "data")
	conn, err := sqlite.OpenConn(file, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	const first = "migrations/0001_begin.sql"
	script, err := files.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(conn, fstest.MapFS{first: {Data: script}}); err != nil {
		t.Fatal(err)
	}
	meta, err := loadMeta(conn, storetest.Random)
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	c, err := Restore(context.Background(), file, into, storetest.Random, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, into)
	defer s.Close()
	if got := s.Meta().Epoch; got != c.Epoch || got == meta.Epoch {
		t.Errorf("epoch %q, of the old release %q", got, meta.Epoch)
	}
	err = s.View(context.Background(), func(r store.Reader) error {
		version, err := number(r.(*reader).conn, "PRAGMA user_version")
		if version < 2 {
			t.Errorf("the schema is number %d", version)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestBackupRefuses(t *testing.T) {
	dir, file := backedUp(t)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	target := func() string { return filepath.Join(t.TempDir(), "copy") }
	for _, c := range []struct {
		what   string
		ctx    context.Context
		dir    string
		target string
		want   error
	}{
		{"a target that exists", context.Background(), dir, file, fs.ErrExist},
		{"no folder of the target", context.Background(), dir, filepath.Join(target(), "x"), fs.ErrNotExist},
		{"no data directory", context.Background(), target(), target(), fs.ErrNotExist},
		{"an empty data directory", context.Background(), t.TempDir(), target(), fs.ErrNotExist},
		{"a foreign file", context.Background(), foreign(t, "no database "), target(), ErrForeign},
		{"an empty file", context.Background(), foreign(t, ""), target(), ErrForeign},
		{"a newer release's", context.Background(), changed(t, "PRAGMA user_version = 1000"), target(), store.ErrNewer},
		{"somebody else's database", context.Background(), changed(t, "DROP TABLE sends"), target(), ErrForeign},
		{"a context that has ended", ended, dir, target(), context.Canceled},
	} {
		was, _ := os.ReadFile(c.target)
		_, err := Backup(c.ctx, c.dir, c.target)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
		if is, _ := os.ReadFile(c.target); !bytes.Equal(is, was) {
			t.Errorf("%s: the target is touched", c.what)
		}
		left, _ := os.ReadDir(filepath.Dir(c.target))
		if len(left) > 1 || len(left) == 1 && was == nil {
			t.Errorf("%s: left behind %v", c.what, left)
		}
	}
}

// foreign makes a data directory whose database is none.
func foreign(t *testing.T, what string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), bytes.Repeat([]byte(what), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// changed makes a data directory and runs a script in its database.
func changed(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	if err := openStore(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, dir, script)
	return dir
}

func TestRestoreRefuses(t *testing.T) {
	dir, file := backedUp(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) string {
		path := filepath.Join(t.TempDir(), "copy")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	damaged := bytes.Clone(whole)
	clear(damaged[5*pageSize : 12*pageSize])
	used := t.TempDir()
	defer openStore(t, used).Close()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what   string
		source string
		dir    string
		want   error
	}{
		{"no source", filepath.Join(t.TempDir(), "nothing"), "", fs.ErrNotExist},
		{"a folder", dir, "", ErrForeign},
		{"an empty source", write(nil), "", ErrForeign},
		{"a text", write(bytes.Repeat([]byte("text"), 5000)), "", ErrForeign},
		{"half a source", write(whole[:len(whole)/2/pageSize*pageSize]), "", ErrDamaged},
		{"a damaged source", write(damaged), "", ErrDamaged},
		{"a newer source", filepath.Join(changed(t, "PRAGMA user_version = 1000"), name), "", store.ErrNewer},
		{"a directory in use", file, used, store.ErrUnavailable},
		{"a directory with a database", file, dir, fs.ErrExist},
		{"a directory with something else", file, full, fs.ErrExist},
	} {
		into := c.dir
		if into == "" {
			into = filepath.Join(t.TempDir(), "data")
		}
		before, _ := os.ReadDir(into)
		_, err := Restore(context.Background(), c.source, into, storetest.Random, 1, nil)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
		if after, _ := os.ReadDir(into); len(after) != len(before) {
			t.Errorf("%s: left behind %v", c.what, after)
		}
	}
}

// The engine's errors are told in the store's words, and not handed out.
func TestCopyErrors(t *testing.T) {
	for code, want := range map[sqlite.ResultCode]error{
		sqlite.ResultFull: store.ErrFull, sqlite.ResultNotADB: ErrForeign, sqlite.ResultCorrupt: ErrDamaged,
		sqlite.ResultIOErrWrite: store.ErrUnavailable, sqlite.ResultBusy: store.ErrUnavailable,
	} {
		err := explain(context.Background(), code.ToError())
		if !errors.Is(err, want) || sqlite.ErrCode(errors.Unwrap(err)) == code {
			t.Errorf("%v: %v", code, err)
		}
	}
}

// A backup has no remains of what was recalled before it.
func TestBackupForgetsWhatWasErased(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	s := openStore(t, dir)
	defer s.Close()
	for _, text := range []string{"an old price", "another"} {
		if err := s.Update(context.Background(), put(1, 1, text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Backup(context.Background(), dir, file); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(file); err != nil || bytes.Contains(data, []byte("an old price")) || !bytes.Contains(data, []byte("another")) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
