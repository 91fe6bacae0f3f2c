package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/server"
	"parley/server/files"
	"parley/server/search/fts"
	"parley/server/search/pgts"
	"parley/server/store"
	"parley/server/store/postgres"
	"parley/server/store/sqlite"
	"parley/web"
)

// serve is `parley serve`.
type serve struct {
	where
	nodes
	Listen      string   `env:"PARLEY_LISTEN" default:"localhost:8080" help:"Where to listen: host:port, or :port for all addresses."`
	AdminListen string   `env:"PARLEY_ADMIN_LISTEN" default:"127.0.0.1:8081" help:"Where to listen for metrics and health; empty for nowhere."`
	Guests      bool     `env:"PARLEY_GUESTS" default:"true" negatable:"" help:"Whether people may come in with a name alone."`
	URL         string   `env:"PARLEY_URL" placeholder:"https://chat.example.com" help:"The public address. Without it the server goes by localhost and by addresses only."`
	Origin      []string `env:"PARLEY_ORIGIN" placeholder:"https://shop.example.com" help:"Another site whose pages may connect; repeatable."`
	Rate        float64  `env:"PARLEY_RATE" default:"1" help:"A factor on all rate limits; 0 switches them off."`
	Files       string   `env:"PARLEY_FILES" placeholder:"DIRECTORY" help:"Where several nodes keep files: a directory that all of them have mounted, or s3://[KEY:SECRET@]HOST/BUCKET[/PREFIX]."`
	MaxFile     int64    `env:"PARLEY_MAX_FILE" default:"50" placeholder:"MIB" help:"How large a file may be, in MiB; 0 takes none."`
	MaxAccount  int64    `name:"max-account-files" env:"PARLEY_MAX_ACCOUNT_FILES" default:"1024" placeholder:"MIB" help:"How much the files of one person may take, in MiB; 0 is no bound."`
	MaxFiles    int64    `env:"PARLEY_MAX_FILES" default:"0" placeholder:"MIB" help:"How much all files may take, in MiB; 0 is what the disk has."`
	TrustProxy  bool     `env:"PARLEY_TRUST_PROXY" help:"Believe X-Forwarded-For and X-Forwarded-Proto: only behind a proxy that sets them."`
}

// maxMiB keeps a number of MiB a number of bytes.
const maxMiB = 1 << 40

// Validate is called by kong.
func (c *serve) Validate() error {
	if c.Rate < 0 {
		return errors.New("--rate must not be negative")
	}
	for _, most := range []int64{c.MaxFile, c.MaxAccount, c.MaxFiles} {
		if most < 0 || most > maxMiB {
			return errors.New("--max-file, --max-account-files and --max-files are numbers of MiB")
		}
	}
	if err := c.nodes.validate(); err != nil {
		return err
	}
	if c.shared() {
		return nil
	}
	if c.Files != "" {
		return errors.New("--files is for several nodes: with SQLite, files are in the data directory")
	}
	_, err := c.databaseDir()
	return err
}

// Run serves until ctx ends, then stops in order: no new connections, goodbye
// to those that are there, the store last.
func (c *serve) Run(ctx context.Context, log *slog.Logger) (err error) {
	letHeapGrow()
	parts := server.Parts{Log: log}
	var closing []func() error // the last opened first
	defer func() {
		for _, shut := range slices.Backward(closing) {
			err = errors.Join(err, shut())
		}
	}()
	open := c.openOwn
	if c.shared() {
		open = c.openShared
	}
	if closing, err = open(ctx, &parts); err != nil {
		return err
	}
	node, err := c.node(parts)
	if err != nil {
		return err
	}
	sockets, err := listen(c.Listen, c.AdminListen)
	if err != nil {
		return errors.Join(err, node.Shutdown(ctx))
	}
	if c.URL == "" {
		log.Info("no --url is given: the server answers to localhost and to addresses only")
	}
	fmt.Println("Parley is at", c.address(sockets.public.Addr()))
	return sockets.serve(ctx, node, c.Drain, log)
}

// openOwn opens what a single node keeps in its data directory.
func (c *serve) openOwn(ctx context.Context, parts *server.Parts) (closing []func() error, err error) {
	dir, err := c.databaseDir()
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(ctx, dir, sqlite.Options{Options: store.Options{Random: random, Fatal: fatal(parts.Log)}})
	if err != nil {
		return nil, fmt.Errorf("open the database in %s: %w", dir, err)
	}
	closing = append(closing, db.Close)
	parts.Store = db
	if parts.Files, err = files.Open(filesDir(dir)); err != nil { // after the database, whose lock holds for both
		return closing, err
	}
	if index, missing := fts.Open(ctx, dir, db, fts.Options{Log: parts.Log}); missing != nil {
		parts.Log.Error("messages cannot be searched for until the next start", "err", missing) // all else can go on
	} else {
		parts.Search = index
		closing = append(closing, index.Close)
	}
	return closing, nil
}

// openShared opens what several nodes share.
func (c *serve) openShared(ctx context.Context, parts *server.Parts) (closing []func() error, err error) {
	db, err := postgres.Open(ctx, c.Store, postgres.Options{Options: store.Options{Random: random, Fatal: fatal(parts.Log)}})
	if err != nil {
		return nil, err
	}
	parts.Store = db
	closing = append(closing, db.Close)
	switch {
	case strings.HasPrefix(c.Files, "s3://"):
		parts.Files, err = files.OpenBucket(ctx, c.Files, filepath.Join(c.Data, "uploads"))
	case c.Files != "":
		parts.Files, err = files.OpenShared(c.Files)
	default:
		parts.Log.Warn("no --files is given: files are kept in this node's data directory, and no other node finds them")
		parts.Files, err = files.Open(filesDir(c.Data))
	}
	if err != nil {
		return closing, err
	}
	if index, missing := pgts.Open(ctx, c.Store, db, pgts.Options{Log: parts.Log}); missing != nil {
		parts.Log.Error("messages cannot be searched for until the next start", "err", missing) // all else can go on
	} else {
		parts.Search = index
		closing = append(closing, index.Close)
	}
	return closing, nil
}

// node makes the server from the flags and what was opened.
func (c *serve) node(parts server.Parts) (*server.Server, error) {
	pages, err := web.Handler()
	if err != nil {
		return nil, fmt.Errorf("load the pages: %w", err)
	}
	parts.Now, parts.Random, parts.Web = time.Now, random, pages
	failed := c.connect(&parts, c.shared())
	node, err := server.New(server.Config{
		URL: c.URL, Origins: c.Origin, Guests: c.Guests, Rate: c.Rate, TrustProxy: c.TrustProxy,
		MaxFile: c.MaxFile << 20, MaxAccountFiles: c.MaxAccount << 20, MaxFiles: c.MaxFiles << 20,
	}, parts)
	if failed() != nil && err == nil {
		err = node.Shutdown(context.Background())
	}
	return node, errors.Join(failed(), err)
}

// address is what to type into a browser.
func (c *serve) address(at net.Addr) string {
	if c.URL != "" {
		return c.URL
	}
	tcp, ok := at.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() && !tcp.IP.IsLoopback() {
		return "http://" + at.String()
	}
	return fmt.Sprintf("http://localhost:%d", tcp.Port)
}

func random(b []byte) { _, _ = rand.Read(b) } // which never fails

// fatal ends the process when the database says that it no longer knows what
// the disk holds: nothing more may be told to anybody (Promise 1).
func fatal(log *slog.Logger) func(error) {
	return func(err error) {
		log.Error("the database failed, the process ends", "err", err)
		os.Exit(1)
	}
}
