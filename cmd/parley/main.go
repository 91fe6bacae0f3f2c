// Command parley is the server. `parley serve` runs it, `parley backup` copies
// its database, `parley restore` makes a data directory of the copy, `parley
// reports` lists what was reported. `parley migrate`, `parley copy` and `parley
// restored` are for PostgreSQL, which has tools of its own for backups. Every
// flag can also be given as an environment variable, which --help names.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is what the command line may say.
type commands struct {
	Serve    serve    `cmd:"" help:"Run the server."`
	Backup   backup   `cmd:"" help:"Copy the database into a file, also while the server runs."`
	Restore  restore  `cmd:"" help:"Make a data directory of a backup."`
	Reports  reports  `cmd:"" help:"List reported messages, also while the server runs."`
	Migrate  migrate  `cmd:"" help:"Bring a PostgreSQL database to this release's schema."`
	Copy     copying  `cmd:"" help:"Copy a SQLite database into an empty PostgreSQL one."`
	Restored restored `cmd:"" help:"Say that a PostgreSQL database was brought back to an older state: clients fetch their rooms again."`
}

func main() {
	var cli commands
	line := kong.Parse(&cli,
		kong.Name("parley"),
		kong.Description("A self-hosted chat."),
		kong.UsageOnError(),
	)
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	line.BindTo(ctx, (*context.Context)(nil))
	line.Bind(log)
	if err := line.Run(); err != nil {
		log.Error("parley stopped", "err", err)
		os.Exit(1)
	}
}
