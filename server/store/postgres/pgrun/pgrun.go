// Package pgrun runs a PostgreSQL of one's own for a while: a new cluster in a
// temporary directory, on a free port of 127.0.0.1, ended with the process that
// started it. Debian's package provides the programs (.ci/need postgresql).
//
// Tests use it through pgtest, and parley-load to measure nodes that share one.
package pgrun

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say how a Cluster runs.
type Options struct {
	Dir      string   // where its data is; "": in memory, if the machine has a file system for that
	Settings []string // further lines of postgresql.conf
}

// Cluster is a running PostgreSQL.
type Cluster struct {
	bin  string
	dir  string
	port int
	as   *syscall.Credential // nil: as whoever we are
	cmd  *exec.Cmd

	ended chan struct{} // closed when cmd has
}

// New makes a cluster and starts it.
func New(options Options) (_ *Cluster, err error) {
	c := &Cluster{}
	defer func() {
		if err != nil {
			err = fmt.Errorf("run PostgreSQL: %w", err)
		}
	}()
	if c.bin, err = programs(); err != nil {
		return nil, err
	}
	if c.as, err = unprivileged(); err != nil {
		return nil, err
	}
	if c.dir, err = place(options.Dir, c.as); err != nil {
		return nil, err
	}
	if c.port, err = freePort(); err == nil {
		err = c.init(options.Settings)
	}
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.dir))
	}
	return c, nil
}

// programs finds where initdb and postgres are.
func programs() (string, error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", ErrMissing
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

// unprivileged is whom PostgreSQL runs as, since it refuses to as root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// ErrMissing says that PostgreSQL is not installed.
var ErrMissing = errors.New("no initdb on this machine: run .ci/need postgresql")

func place(parent string, as *syscall.Credential) (string, error) {
	if parent == "" {
		parent = "/dev/shm"
		if info, err := os.Stat(parent); err != nil || !info.IsDir() {
			parent = os.TempDir()
		}
	}
	sweep(parent)
	dir, err := os.MkdirTemp(parent, prefix)
	if err == nil && as != nil {
		err = os.Chown(dir, int(as.Uid), int(as.Gid))
	}
	return dir, err
}

const prefix = "parley-postgres"

// sweep removes what was left by processes that were killed.
func sweep(parent string) {
	left, _ := filepath.Glob(filepath.Join(parent, prefix+"*")) // the pattern is good
	for _, dir := range left {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < time.Hour {
			continue // it may be being made
		}
		data, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
		if err != nil {
			continue
		}
		line, _, _ := strings.Cut(string(data), "\n")
		pid, err := strconv.Atoi(line)
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(dir) // else the next one tries
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) init(more []string) error {
	cmd := c.command("initdb", "-D", c.data(), "-U", "parley", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	conf := append([]string{
		"", "listen_addresses = '127.0.0.1'", "port = " + strconv.Itoa(c.port),
		"unix_socket_directories = '" + c.dir + "'", "max_connections = 200", "shared_buffers = 128MB",
	}, more...)
	f, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(conf, "\n") + "\n")
	return errors.Join(err, f.Close())
}

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.as, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// Start starts the server, again after a Stop, and waits until it answers.
func (c *Cluster) Start() error {
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c.cmd = c.command("postgres", "-D", c.data())
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.ended = make(chan struct{})
	started := make(chan error)
	go func() {
		// The server is told to end when the thread that started it does: with us,
		// even if we are killed.
		runtime.LockOSThread()
		defer close(c.ended)
		err := c.cmd.Start()
		started <- err
		if err == nil {
			_ = c.cmd.Wait() // how it ended does not matter, that it did does
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("it does not answer: %w: %s", err, c.log()), c.Stop(syscall.SIGQUIT))
		case <-tick.C:
		}
	}
}

// log is the end of what the server has said.
func (c *Cluster) log() []byte {
	data, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return bytes.TrimSpace(data[max(0, len(data)-2000):])
}

// Stop ends the server: with SIGINT cleanly, with SIGQUIT at once, as a crash
// does.
func (c *Cluster) Stop(signal syscall.Signal) error {
	if err := c.cmd.Process.Signal(signal); err != nil {
		return err
	}
	<-c.ended
	return nil
}

// Remove stops the server and deletes its data.
func (c *Cluster) Remove() error {
	return errors.Join(c.Stop(syscall.SIGINT), os.RemoveAll(c.dir))
}

// Port is where it listens, on 127.0.0.1.
func (c *Cluster) Port() int { return c.port }

// URL is the address of a database.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://parley@127.0.0.1:%d/%s", c.port, database)
}

// Tool runs one of PostgreSQL's own programs (pg_dump, pg_restore) on the server,
// and returns what it writes.
func (c *Cluster) Tool(input []byte, name string, args ...string) ([]byte, error) {
	cmd := c.command(name, append([]string{"-h", "127.0.0.1", "-p", strconv.Itoa(c.port), "-U", "parley"}, args...)...)
	cmd.Stdin = bytes.NewReader(input)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("run PostgreSQL: %s: %w: %s", name, err, said.Bytes())
	}
	return out, nil
}

// Exec runs a statement in a database.
func (c *Cluster) Exec(database, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL(database))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
