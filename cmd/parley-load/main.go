package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// commands is what the command line may say.
type commands struct {
	common
	Suite   suite        `cmd:"" help:"Everything, held against the targets."`
	Fanout  fanout       `cmd:"" help:"Deliveries: one room, many readers."`
	Post    post         `cmd:"" help:"Durable posts, and how long one takes to its own echo."`
	Pairs   pairs        `cmd:"" help:"One-to-one rooms in which both post all the time."`
	Idle    idle         `cmd:"" help:"Memory of connections that only wait."`
	Storm   storm        `cmd:"" help:"All connections are cut, and everybody comes back."`
	Hello   hello        `cmd:"" help:"The welcome of somebody with many rooms."`
	History history      `cmd:"" help:"Pages of a room, in a filled database."`
	Search  finding      `cmd:"" help:"Searches, in a filled database."`
	Slow    slow         `cmd:"" help:"Readers that read nothing any more."`
	Growth  growth       `cmd:"" help:"What a delivery and a post cost where there is more of everything."`
	Cluster cluster      `cmd:"" help:"Three servers on one PostgreSQL and one NATS, all started for it."`
	Floor   floorCommand `cmd:"" hidden:""`
	Nats    natsCommand  `cmd:"" hidden:""`
}

// scenario is something that can be measured: a command and its flags.
type scenario interface {
	scenario(b *bench) error
}

// child is a command that a scenario starts as a process of its own.
type child interface {
	Run(ctx context.Context) error
}

func main() {
	var cli commands
	line := kong.Parse(&cli, kong.Name("parley-load"),
		kong.Description("Measures a Parley server, and checks every delivery."), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	name := line.Selected().Name
	var err error
	switch chosen := line.Selected().Target.Addr().Interface().(type) {
	case child:
		err = chosen.Run(ctx)
	case scenario:
		err = run(ctx, cli.common, name, chosen)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "parley-load:", err)
		os.Exit(1)
	}
}

// errBroken is what a run fails with in which a promise was broken.
var errBroken = errors.New("a promise was broken")

// run runs a scenario and prints what it has measured, also if it fails halfway.
func run(ctx context.Context, c common, name string, s scenario) (err error) {
	b, err := newBench(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	b.name, b.Command = name, strings.Join(os.Args, " ")
	b.Machine = thisMachine(b.cpus, runtime.Version())
	err = s.scenario(b)
	if err != nil {
		err = fmt.Errorf("%s: %w", b.name, err)
	}
	return errors.Join(err, b.finish())
}

// finish prints the report.
func (b *bench) finish() error {
	b.Took = time.Since(b.Began).Seconds()
	b.report.Broken, b.report.Count = b.guard.broken, b.guard.count
	err := b.table(os.Stdout)
	if b.JSON != "" {
		err = errors.Join(err, b.write(b.JSON))
	}
	if b.MD != "" {
		err = errors.Join(err, b.writeMarkdown(b.MD))
	}
	for _, broken := range b.guard.broken {
		fmt.Println("BROKEN:", broken)
	}
	switch {
	case b.guard.count > 0:
		return errors.Join(err, fmt.Errorf("%w, %d times", errBroken, b.guard.count))
	case b.Strict && b.missed() > 0:
		return errors.Join(err, fmt.Errorf("%d targets were missed", b.missed()))
	}
	return err
}
