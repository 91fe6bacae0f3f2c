package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// TestReadReports: they are read beside the process that serves the database,
// and no other data than this release's is misread.
func TestReadReports(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir)
	err := s.Update(context.Background(), func(tx store.Tx) error {
		author := store.Account{Account: chat.Account{ID: 8, Kind: chat.KindGuest, Name: "Bo"}}
		return errors.Join(
			tx.PutAccount(author),
			tx.PutRoom(store.Room{ID: 1, Kind: chat.KindDirect, Pair: [2]chat.AccountID{7, 8}, Seq: 1, N: 1, Rev: 1, Reports: 1}),
			tx.PutRow(1, chat.Row{Seq: 1, N: 1, Rev: 1, Key: chat.Key{1}, By: 8, At: 5, Kind: chat.KindText, Text: "threat"}),
			tx.PutReport(store.Report{ID: 21, Room: 1, Seq: 1, By: 7, At: 6, Reason: "help"}),
			tx.PutRoom(store.Room{ID: 2, Kind: chat.KindGroup, Name: "deal", Seq: 1, N: 1, Rev: 1, Reports: 1}),
			tx.PutRow(2, chat.Row{Seq: 1, N: 1, Rev: 1, Key: chat.Key{2}, By: 8, At: 5, Kind: chat.KindText, Recalled: 9}),
			tx.PutReport(store.Report{ID: 20, Room: 2, Seq: 1, By: 8, At: 6}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadReports(context.Background(), dir, true)
	if err != nil || len(all) != 2 || all[0].ID != 20 || all[0].Name != "deal" || all[0].Row.Recalled != 9 || all[0].Reporter.Name != "Bo" {
		t.Fatalf("%+v, %v", all, err)
	}
	direct, err := ReadReports(context.Background(), dir, false)
	if err != nil || len(direct) != 1 {
		t.Fatalf("%+v, %v", direct, err)
	}
	r := direct[0]
	if r.Report != (store.Report{ID: 21, Room: 1, Seq: 1, By: 7, At: 6, Reason: "help"}) || r.Kind != chat.KindDirect ||
		r.Author.Name != "Bo" || r.Author.ID != 8 || r.Reporter.ID != 7 || r.Reporter.Name != "" || r.Row.Text != "threat" || r.Row.Key != (chat.Key{1}) {
		t.Errorf("%+v", r)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, name), []byte("not a database, but long enough to look at"), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		ctx  context.Context
		dir  string
		want error
	}{
		"no database":        {context.Background(), t.TempDir(), fs.ErrNotExist},
		"no database at all": {context.Background(), foreign, ErrForeign},
		"an older release's": {context.Background(), first(t), ErrOlder},
		"a newer release's":  {context.Background(), changed(t, "PRAGMA user_version = 1000"), store.ErrNewer},
		"ended":              {ended, dir, context.Canceled},
	} {
		if list, err := ReadReports(c.ctx, c.dir, true); !errors.Is(err, c.want) || list != nil {
			t.Errorf("%s: %v, %v", what, list, err)
		}
	}
}
