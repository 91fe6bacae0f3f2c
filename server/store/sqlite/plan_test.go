package sqlite

import (
	"context"
	"errors"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/shared/chat"
)

// queries are all that a Reader can be asked.
var queries = map[string]func(r store.Reader) error{
	"Account":           func(r store.Reader) error { return second(r.Account(1)) },
	"AccountRevs":       func(r store.Reader) error { return second(r.AccountRevs([]chat.AccountID{1, 2})) },
	"AccountByUsername": func(r store.Reader) error { return second(r.AccountByUsername("x")) },
	"Users":             func(r store.Reader) error { return second(r.Users([]chat.AccountID{1, 2})) },
	"People":            func(r store.Reader) error { return second(r.People("x", nil, 5)) },
	"Session":           func(r store.Reader) error { return second(r.(*reader).Session([32]byte{})) },
	"HasSession":        func(r store.Reader) error { return second(r.HasSession(1)) },
	"Sessions":          func(r store.Reader) error { return second(r.Sessions(1)) },
	"ExpiredSessions":   func(r store.Reader) error { return second(r.ExpiredSessions(1, 5)) },
	"Leavers":           func(r store.Reader) error { return second(r.Leavers()) },
	"Push":              func(r store.Reader) error { return second(r.Push(1)) },
	"RoomPushes":        func(r store.Reader) error { return second(r.RoomPushes(1)) },
	"PushedRooms":       func(r store.Reader) error { return second(r.PushedRooms([]chat.RoomID{1, 2})) },
	"Unread":            func(r store.Reader) error { return second(r.Unread(1)) },
	"Room":              func(r store.Reader) error { return second(r.Room(1)) },
	"RoomRevs":          func(r store.Reader) error { return second(r.RoomRevs([]chat.RoomID{1, 2})) },
	"RoomsAfter":        func(r store.Reader) error { return second(r.RoomsAfter(0, 5)) },
	"RoomByPair":        func(r store.Reader) error { return second(r.RoomByPair(1, 2)) },
	"RoomByName":        func(r store.Reader) error { return second(r.RoomByName("x")) },
	"Member":            func(r store.Reader) error { return second(r.Member(1, 1)) },
	"Members":           func(r store.Reader) error { return second(r.Members(1)) },
	"Rooms":             func(r store.Reader) error { return second(r.Rooms(1)) },
	"Heads":             func(r store.Reader) error { return second(r.Heads(1)) },
	"Head":              func(r store.Reader) error { return second(r.Head(1, 1)) },
	"Row":               func(r store.Reader) error { return second(r.Row(1, 1)) },
	"RowsAfter": func(r store.Reader) error {
		_, _, err := r.RowsAfter(1, 1, 5)
		return err
	},
	"RowsBefore": func(r store.Reader) error { return second(r.RowsBefore(1, 0, 5)) },
	"Follow": func(r store.Reader) error {
		_, _, err := r.Follow(1, store.Place{Seq: 1, Rev: 1}, 5)
		return err
	},
	"OthersAfter": func(r store.Reader) error { return second(r.OthersAfter(1, 1, 0)) },
	"Report":      func(r store.Reader) error { return second(r.Report(1)) },
	"Reports":     func(r store.Reader) error { return second(r.Reports(1, 5)) },
	"File":        func(r store.Reader) error { return second(r.File("x")) },
	"FileOf":      func(r store.Reader) error { return second(r.FileOf([32]byte{})) },
	"FileShown":   func(r store.Reader) error { return second(r.FileShown("x", 1)) },
	"FileUsed":    func(r store.Reader) error { return second(r.FileUsed("x")) },
	"FileSpace":   func(r store.Reader) error { return second(r.FileSpace(1)) },
	"UnusedFiles": func(r store.Reader) error { return second(r.UnusedFiles(1, 5)) },
	"BlobUsed":    func(r store.Reader) error { return second(r.BlobUsed("x")) },
	"Send":        func(r store.Reader) error { return second(r.Send(1, chat.Key{1})) },
}

func second[T any](_ T, err error) error { return err }

// TestPreparedOnce: SQLite plans a statement anew, for ten times what it takes to
// run, each time that a parameter is bound of which it thinks that its value may
// matter to the plan. None is planned twice.
func TestPreparedOnce(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	fill(t, s, 2, 5)
	err := s.Update(context.Background(), func(tx store.Tx) error {
		row, err := tx.Row(1, 2)
		if err != nil {
			return err
		}
		row.Rev, row.Edited, row.Files = 6, 1, []chat.File{{ID: "x"}}
		return errors.Join(tx.PutRow(1, row), tx.PutRoom(store.Room{ID: 1, Kind: chat.KindDirect, Pair: [2]chat.AccountID{1, 2}, Seq: 5, Rev: 6}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, ask := range queries {
		var plans int
		err := s.View(context.Background(), func(r store.Reader) error {
			err := r.(*reader).conn.SetAuthorizer(sqlite.AuthorizeFunc(func(sqlite.Action) sqlite.AuthResult {
				plans++
				return sqlite.AuthResultOK
			}))
			if err != nil {
				return err
			}
			_ = ask(r) // there may be nothing; and a new authorizer has all planned anew
			plans = 0
			_ = ask(r)
			return r.(*reader).conn.SetAuthorizer(nil)
		})
		if err != nil {
			t.Fatal(err)
		}
		if plans > 0 {
			t.Errorf("%s is planned each time", name)
		}
	}
}

// TestPlans: what is asked most reads along an index, and sorts nothing.
func TestPlans(t *testing.T) {
	s := openStore(t, t.TempDir())
	defer s.Close()
	err := s.View(context.Background(), func(r store.Reader) error {
		for _, query := range []string{
			roomsOf, heads + headsOf, heads + headOf, rowsBefore, rowsSince, newestRevs, changedAfter, roomByID, memberByKey, rowByKey, sendByKey,
		} {
			steps, err := list(r.(*reader).ask("EXPLAIN QUERY PLAN "+query), func(s *sqlite.Stmt, at int) (string, error) { return s.ColumnText(3), nil })
			if err != nil {
				return err
			}
			for _, step := range steps {
				if query == roomsOf && !strings.Contains(step, "USING COVERING INDEX") {
					t.Errorf("%s\n\t%s: not from the index alone", query, step)
				}
				if strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" || strings.Contains(step, "TEMP B-TREE") || strings.Contains(step, "AUTOMATIC") {
					t.Errorf("%s\n\t%s", query, step)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
