//go:build linux

// Package faults runs a program whose disk fails, for tests: strace watches its
// system calls, kills it at one of them, or answers one with an error.
package faults

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Command is a program under strace, as the direct child of the caller: its
// exit code, and signals to it, are its own. What reads its standard output or
// error to the end has waited for strace as well, so that log is complete.
//
// A fault is an argument of strace's -e inject. strace counts the calls of each
// thread and each kind of call by itself.
//
// Where strace is missing, or may not trace, the test fails.
func Command(tb testing.TB, log, fault, program string, args ...string) *exec.Cmd {
	tb.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		tb.Fatalf("this test needs strace: run `.ci/need strace`, or on Debian `apt-get install strace`: %v", err)
	}
	if out, err := exec.CommandContext(tb.Context(), strace, "-f", "-o", os.DevNull, "-e", "inject=fdatasync:error=EIO", "true").CombinedOutput(); err != nil {
		tb.Fatalf("strace must be allowed to trace its children; a container needs the capability SYS_PTRACE: %v\n%s", err, out)
	}
	// Without --seccomp-bpf, which loses signals at the entry of a call.
	all := []string{"-D", "-f", "-qq", "-y", "-s", "0", "-o", log, "-e", "trace=" + strings.Join(traced, ","), "-e", "inject=" + fault, program}
	return exec.CommandContext(tb.Context(), strace, append(all, args...)...)
}

var traced = []string{"fsync", "fdatasync", "pwrite64"}

// span is a range of bytes of a file.
type span struct{ from, to int64 }

// Disk is what programs have written and not yet synced, and which of their
// syncs failed. The zero value is a disk at rest.
type Disk struct {
	unsynced map[string][]span
	Failed   []string // the paths of failed syncs, in order
	Retried  []string // the paths of syncs that were tried after one had failed
	Syncs    int      // how many there were, also those that failed
}

var (
	// `7  pwrite64(9</data/parley.db-wal>, ""..., 24, 4152) = 24`
	calls = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<([^>]*)>(?:, ""\.*, (\d+), (\d+))?(?:\) += (\S+))?`)
	// `7  <... fsync resumed>) = 0`
	resumed = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>\) += (\S+)`)
)

// Read follows the log of one run.
func (d *Disk) Read(log string) error {
	if d.unsynced == nil {
		d.unsynced = make(map[string][]span)
	}
	f, err := os.Open(log)
	if err != nil {
		return fmt.Errorf("read what strace saw: %w", err)
	}
	defer f.Close()
	waiting := make(map[string]string) // path by thread
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if m := resumed.FindStringSubmatch(lines.Text()); m != nil {
			if m[2] != "pwrite64" {
				d.sync(waiting[m[1]], m[3])
			}
			continue
		}
		m := calls.FindStringSubmatch(lines.Text())
		switch {
		case m == nil: // a signal, an exit
		case m[2] == "pwrite64":
			d.write(m[3], m[4], m[5])
		case m[6] == "":
			waiting[m[1]] = m[3]
		default:
			d.sync(m[3], m[6])
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read what strace saw: %w", err)
	}
	return nil
}

func (d *Disk) write(path, size, at string) {
	from, _ := strconv.ParseInt(at, 10, 64) // the expression takes digits only
	n, _ := strconv.ParseInt(size, 10, 64)
	d.unsynced[path] = append(d.unsynced[path], span{from, from + n})
}

func (d *Disk) sync(path, result string) {
	if slices.Contains(d.Failed, path) {
		d.Retried = append(d.Retried, path)
	}
	d.Syncs++
	switch result {
	case "0":
		delete(d.unsynced, path)
	case "-1":
		d.Failed = append(d.Failed, path)
	}
}

// Cut copies the directory from to the directory to as a power cut leaves it:
// what was not synced is gone.
func (d *Disk) Cut(from, to string) error {
	if err := Copy(from, to); err != nil {
		return err
	}
	for path, spans := range d.unsynced {
		if filepath.Dir(path) != from {
			continue
		}
		if err := erase(filepath.Join(to, filepath.Base(path)), spans); err != nil {
			return fmt.Errorf("cut %s: %w", path, err)
		}
	}
	return nil
}

// erase overwrites ranges of a file with zeros, as far as there is a file.
func erase(path string, spans []span) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	for _, s := range spans {
		if n := min(s.to, info.Size()) - s.from; n > 0 {
			if _, err := f.WriteAt(make([]byte, n), s.from); err != nil {
				return err
			}
		}
	}
	return nil
}

// Copy copies the files of a directory into a new one.
func Copy(from, to string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}

// Tail is the end of a log, for a test that failed.
func Tail(log string) string {
	f, err := os.Open(log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		_, _ = f.Seek(max(0, info.Size()-2000), io.SeekStart)
	}
	text, _ := io.ReadAll(f)
	return string(text)
}
