//go:build linux

package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/server/store"
	"parley/server/store/storetest"
	"parley/server/store/storetest/faults"
	"parley/shared/chat"
)

// sweepDir tells a child of this test binary where to write, sweepRows how many
// rows make it end by itself.
const (
	sweepDir  = "PARLEY_TEST_SWEEP_DIR"
	sweepRows = "PARLEY_TEST_SWEEP_ROWS"
)

// sweepChild is the child: it writes rows until it is killed, its disk fails,
// or it has written enough, and says what is stored.
func sweepChild(dir string) {
	s, err := Open(context.Background(), dir, Options{
		Options: store.Options{Random: storetest.Random, Fatal: func(err error) {
			fmt.Println("fatal", err)
			os.Exit(3)
		}},
		Truncate: 30 * time.Millisecond, // so that the sweep meets checkpoints
		pages:    60,
	})
	if err != nil {
		fmt.Println("cannot open:", err)
		os.Exit(4)
	}
	// The writer keeps its thread: strace counts by thread.
	if err := s.Update(context.Background(), func(store.Tx) error { runtime.LockOSThread(); return nil }); err != nil {
		fmt.Println("cannot write:", err)
	}
	sayFound(s)
	rows, _ := strconv.Atoi(os.Getenv(sweepRows)) // without: none, which the parent notices
	var senders sync.WaitGroup
	for sender := range crashSenders {
		senders.Go(func() {
			for i := range rows / crashSenders {
				room := chat.RoomID(1 + (sender+i)%crashRooms)
				switch seq, err := appendTo(s, room); {
				case err == nil:
					fmt.Printf("stored %d %d\n", room, seq)
				case errors.Is(err, store.ErrFull):
					fmt.Println("full")
				default:
					fmt.Println("refused", err)
				}
			}
		})
	}
	senders.Wait()
	os.Exit(0) // the files stay as they are
}

// sayFound says what is there at the start, as a server that is asked for a key
// again does.
func sayFound(s *Store) {
	_ = s.View(context.Background(), func(r store.Reader) error {
		for id := chat.RoomID(1); id <= crashRooms; id++ {
			if room, err := r.Room(id); err == nil {
				fmt.Printf("stored %d %d\n", id, room.Seq)
			}
		}
		return nil
	})
}

// sweep is a data directory that children write to and are stopped in.
type sweep struct {
	t            *testing.T
	dir          string
	disk         faults.Disk
	acknowledged map[chat.RoomID]chat.Seq
	said         []string // lines of the last child that acknowledge nothing
	stored       int      // how many rows the last child acknowledged after the first of said
}

func newSweep(t *testing.T) *sweep {
	return &sweep{t: t, dir: filepath.Join(t.TempDir(), "data"), acknowledged: make(map[chat.RoomID]chat.Seq)}
}

// run lets a child write with a fault, takes down what it says and what it did
// to the disk, and returns how it ended.
func (w *sweep) run(rows int, fault string) *exec.ExitError {
	w.t.Helper()
	log := filepath.Join(w.t.TempDir(), "strace")
	child := faults.Command(w.t, log, fault, os.Args[0], "-test.run=^TestSweepKilled$")
	child.Env = append(os.Environ(), sweepDir+"="+w.dir, sweepRows+"="+strconv.Itoa(rows))
	var out, errs bytes.Buffer
	child.Stdout, child.Stderr = &out, &errs
	err := child.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	w.disk.Failed, w.disk.Retried = nil, nil
	if err := w.disk.Read(log); err != nil {
		w.t.Fatal(err)
	}
	w.said, w.stored = nil, 0
	whole := out.String()[:strings.LastIndexByte(out.String(), '\n')+1] // a cut line was not said
	for line := range strings.Lines(whole) {
		var room chat.RoomID
		var seq chat.Seq
		if _, err := fmt.Sscanf(line, "stored %d %d", &room, &seq); err != nil {
			w.said = append(w.said, line)
			w.stored = 0
			continue
		}
		w.acknowledged[room] = max(w.acknowledged[room], seq)
		w.stored++
	}
	if errs.Len() > 0 {
		w.t.Fatalf("%s: the child says %s\n%s", fault, &errs, faults.Tail(log))
	}
	return exit
}

// check opens copies of what is there: as it is, and as a power cut would have
// left it. It returns the latter.
func (w *sweep) check(fault string) (cut string) {
	w.t.Helper()
	as, cut := filepath.Join(w.t.TempDir(), "data"), filepath.Join(w.t.TempDir(), "data")
	if err := errors.Join(faults.Copy(w.dir, as), w.disk.Cut(w.dir, cut), faults.Copy(cut, cut+"-open")); err != nil {
		w.t.Fatal(err)
	}
	verify(w.t, as, w.acknowledged)
	verify(w.t, cut+"-open", w.acknowledged)
	if w.t.Failed() {
		w.t.Fatalf("that was after %s", fault)
	}
	return cut
}

// total is how many rows are acknowledged.
func (w *sweep) total() (n chat.Seq) {
	for _, seq := range w.acknowledged {
		n += seq
	}
	return n
}

// Promises 1 and 2: killed at the n-th sync, for a sweep of n, over fresh files
// and over those that the last one left; with the power cut at that instant, and
// without. What was said to be stored is there, dense, each key once.
func TestSweepKilled(t *testing.T) {
	if dir := os.Getenv(sweepDir); dir != "" {
		sweepChild(dir)
	}
	kill := func(w *sweep, n int) string {
		fault := fmt.Sprintf("fsync,fdatasync:signal=KILL:when=%d", n)
		exit := w.run(4000, fault)
		if exit == nil || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("%s: it ended with %v, %q", fault, exit, w.said)
		}
		return fault
	}
	points := 0
	for n := 1; n <= 12; n++ {
		w := newSweep(t)
		w.check(kill(w, n))
		points++
	}
	w := newSweep(t)
	for i, n := range []int{20, 1, 6, 2, 7, 3, 8, 4, 9, 1, 10, 5, 12, 1, 16, 2, 28, 1, 48, 3} {
		cut := w.check(kill(w, n))
		points++
		if i%4 == 3 { // and sometimes the power was cut
			w.dir, w.disk = cut, faults.Disk{}
		}
	}
	t.Logf("%d crash points, %d rows acknowledged over the same files", points, w.total())
}

// Promise 1: a sync that fails ends the process, and is not tried again; what
// was acknowledged before is there. Syncs of a directory are the exception:
// SQLite does not look at their outcome.
func TestSweepFailedSync(t *testing.T) {
	w := newSweep(t)
	ended := 0
	for n := 1; n <= 18; n++ {
		if n%6 == 1 {
			w = newSweep(t)
		}
		fault := fmt.Sprintf("fsync,fdatasync:error=EIO:when=%d", n)
		exit := w.run(1000, fault)
		failed, again := regular(w.disk.Failed), regular(w.disk.Retried)
		switch {
		case len(failed) > 0:
			ended++
			if exit == nil || exit.ExitCode() != 3 && exit.ExitCode() != 4 || len(again) > 0 {
				t.Errorf("%s: failed %q, tried again %q, ended with %v", fault, failed, again, exit)
			}
		case len(w.disk.Failed) == 0:
			t.Errorf("%s: no sync failed", fault)
		}
		if w.total() > 0 {
			w.check(fault)
		}
	}
	if ended < 10 {
		t.Errorf("only %d failed syncs of files", ended)
	}
	t.Logf("%d failed syncs ended the process", ended)
}

// regular leaves the directories out.
func regular(paths []string) []string {
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool { return filepath.Ext(path) == "" })
}

// Promise 1 on a full disk: what does not fit is refused, nothing acknowledged
// is lost, and when there is space again the same process goes on.
func TestSweepFullDisk(t *testing.T) {
	refusals := 0
	// All of these are beyond the making of the database.
	for _, from := range []int{60, 61, 80, 160} {
		w := newSweep(t)
		fault := fmt.Sprintf("pwrite64:error=ENOSPC:when=%d..%d", from, from+9)
		if exit := w.run(640, fault); exit != nil {
			t.Fatalf("%s: it ended with %v, %q", fault, exit, w.said)
		}
		for _, line := range w.said {
			if line != "full\n" {
				t.Errorf("%s: it says %q", fault, line)
			}
		}
		if w.stored == 0 {
			t.Errorf("%s: nothing was stored afterwards", fault)
		}
		refusals += len(w.said)
		w.check(fault)
	}
	if refusals == 0 {
		t.Error("nothing was refused")
	}
	t.Logf("%d rows refused", refusals)
}
