package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// startWithin is how long a server may take to say where it is: it may have a
// large database to look through.
const startWithin = 60 * time.Second

// process is a child that listens: the server, or the floor.
type process struct {
	cmd   *exec.Cmd
	at    netip.AddrPort
	admin netip.AddrPort // where it tells its metrics; invalid for the floor
	dir   string         // its data
	lines chan string
}

// launch starts a program on some CPUs and waits until a line of what it says
// tells, by found, where it listens.
func launch(ctx context.Context, on []int, log io.Writer, found func(p *process, line string) bool, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, name, args...), lines: make(chan string, 64)}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	err = startOn(p.cmd, on)
	_ = w.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), r.Close())
	}
	go p.listen(r, log)
	late := time.After(startWithin)
	for {
		select {
		case line, open := <-p.lines:
			if !open {
				return nil, errors.Join(fmt.Errorf("%s ended before it listened", name), p.cmd.Wait())
			}
			if found(p, line) {
				return p, nil
			}
		case <-late:
			return nil, errors.Join(fmt.Errorf("%s does not listen after %v", name, startWithin), p.stop())
		}
	}
}

// listen passes on what the child says, until it ends. Nobody needs to take
// the lines: those that do not fit are only written to log.
func (p *process) listen(r *os.File, log io.Writer) {
	defer close(p.lines)
	defer r.Close()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		fmt.Fprintln(log, lines.Text())
		select {
		case p.lines <- lines.Text():
		default:
		}
	}
}

// stop ends the child and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(os.Interrupt)
	late := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	err := p.cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && !exit.Exited() {
		return fmt.Errorf("%s: %w", p.cmd.Path, err) // by a signal: it did not stop by itself
	}
	return err
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// startServer runs `parley serve` on a data directory, with more flags. Rates
// are switched off: they are for strangers.
func startServer(ctx context.Context, program, dir string, on []int, log io.Writer, more ...string) (*process, error) {
	p, err := launch(ctx, on, log, func(p *process, line string) bool {
		if at, ok := addressIn(line, `msg="listening for the operator" address=`); ok {
			p.admin = at
		} else if at, ok := addressIn(line, "msg=listening address="); ok {
			p.at = at
		}
		return p.at.IsValid() && p.admin.IsValid()
	}, program, append([]string{
		"serve", "--data", dir, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--rate", "0",
	}, more...)...)
	if err != nil {
		return nil, err
	}
	p.dir = dir
	return p, nil
}

func addressIn(line, before string) (netip.AddrPort, bool) {
	_, rest, ok := strings.Cut(line, before)
	if !ok {
		return netip.AddrPort{}, false
	}
	at, err := netip.ParseAddrPort(strings.Trim(strings.TrimSpace(rest), `"`))
	return at, err == nil
}

// metric reads one of the server's own figures.
func (p *process) metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin.String()+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(rest, 64)
		}
	}
	return 0, fmt.Errorf("the server tells no %s", name)
}

// startSelf runs a command of this program that is no scenario: floor or nats.
func startSelf(ctx context.Context, on []int, log io.Writer, command string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return launch(ctx, on, log, func(p *process, line string) (ok bool) {
		p.at, ok = addressIn(line, command+" at ")
		return ok
	}, self, command)
}

// copyData copies a data directory that no server uses, so that what a
// scenario writes does not stay.
func copyData(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		return copyFile(path, filepath.Join(to, name))
	})
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// collect has the server collect its garbage.
func (p *process) collect(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.admin.String()+"/debug/pprof/heap?gc=1", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}
