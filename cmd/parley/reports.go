package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"parley/server/store"
	"parley/server/store/postgres"
	"parley/server/store/sqlite"
	"parley/shared/chat"
)

// reports is `parley reports`.
type reports struct {
	where
	All  bool `help:"Those of groups and open rooms, too, which their moderators see."`
	JSON bool `name:"json" help:"Write JSON."`
}

// Validate is called by kong.
func (c *reports) Validate() error {
	if c.shared() {
		return nil
	}
	_, err := c.databaseDir()
	return err
}

// Run lists the reports, whether or not a server uses the database meanwhile.
func (c *reports) Run(ctx context.Context) error {
	list, err := c.read(ctx)
	if err != nil {
		return advise(err, map[error]string{
			fs.ErrNotExist:      "is --data the directory that the server uses?",
			postgres.ErrForeign: "is --store the database that the nodes use?",
			store.ErrOlder:      "start the server of this release once",
		})
	}
	if c.JSON {
		return writeReports(os.Stdout, list)
	}
	if len(list) == 0 {
		fmt.Println("There are no reports.")
	}
	for i := range list {
		fmt.Println(inWords(&list[i]))
	}
	return nil
}

func (c *reports) read(ctx context.Context) ([]store.Reported, error) {
	if c.shared() {
		return postgres.ReadReports(ctx, c.Store, c.All)
	}
	dir, err := c.databaseDir()
	if err != nil {
		return nil, err
	}
	return sqlite.ReadReports(ctx, dir, c.All)
}

// inWords is a report in words. What people wrote is quoted: it must not speak to
// the terminal.
func inWords(r *store.Reported) string {
	room := "a one-to-one conversation"
	if r.Kind != chat.KindDirect {
		room = fmt.Sprintf("the %s %q", map[string]string{chat.KindGroup: "group", chat.KindOpen: "open room"}[r.Kind], r.Name)
	}
	said := fmt.Sprintf("%q", r.Row.Text)
	if r.Row.Recalled != 0 {
		said = "recalled"
	}
	return fmt.Sprintf("%s  %s reported message %d in %s (%d): %q\n    %s wrote on %s: %s",
		date(r.At), who(r.Reporter), r.Seq, room, r.Room, r.Reason, who(r.Author), date(r.Row.At), said)
}

func who(u chat.User) string { return fmt.Sprintf("%q (%d)", u.Name, u.ID) }

func date(t chat.Time) string { return time.UnixMilli(int64(t)).UTC().Format("2006-01-02 15:04:05") }

// reportedRoom is where a report was made.
type reportedRoom struct {
	ID   chat.RoomID `json:"id"`
	Kind string      `json:"kind"`
	Name string      `json:"name"`
}

// writeReports writes the reports in the form that the API has, with their room.
func writeReports(w io.Writer, list []store.Reported) error {
	type item struct {
		chat.Report
		Room     reportedRoom `json:"room"`
		Reporter chat.User    `json:"reporter"`
		Author   chat.User    `json:"author"`
	}
	out := struct {
		Items []item `json:"items"`
	}{[]item{}}
	for _, r := range list {
		out.Items = append(out.Items, item{
			Report: chat.Report{ID: r.ID, By: r.By, At: r.At, Reason: r.Reason, Row: r.Row},
			Room:   reportedRoom{r.Room, r.Kind, r.Name}, Reporter: r.Reporter, Author: r.Author,
		})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	return enc.Encode(out)
}
