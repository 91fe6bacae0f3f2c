// Package storetest holds every implementation of store.Store against the
// contract, with the same bodies, on real engines. An implementation's own
// tests call Run and add only what is theirs alone.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/server/store"
	"parley/shared/chat"
)

// Engine is what is tested.
type Engine struct {
	// Open opens the store that lives in dir, making it where there is none,
	// or fails the test. The suite closes it.
	Open func(tb testing.TB, dir string) store.Store
	// Volatile says that nothing survives Close.
	Volatile bool
	// Lanes says that functions may run at the same time, where they do not touch
	// the same: then the order in which they ran is known of those only.
	Lanes bool
}

// Random fills b for store.Options.
func Random(b []byte) { _, _ = rand.Read(b) } // never fails

// suite is a test for each sentence of the contract.
var suite = []struct {
	name string
	body func(*testing.T, *harness)
}{
	{"Meta", testMeta},
	{"AccountRoundTrip", testAccountRoundTrip},
	{"AccountMissing", testAccountMissing},
	{"Username", testUsername},
	{"Users", testUsers},
	{"PeopleQuery", testPeopleQuery},
	{"PeoplePages", testPeoplePages},
	{"Sessions", testSessions},
	{"SessionHash", testSessionHash},
	{"SessionEnds", testSessionEnds},
	{"SessionLists", testSessionLists},
	{"Leavers", testLeavers},
	{"FormerPeople", testFormerPeople},
	{"Pushes", testPushes},
	{"RoomPushes", testRoomPushes},
	{"Unread", testUnread},
	{"RoomRoundTrip", testRoomRoundTrip},
	{"RoomPair", testRoomPair},
	{"RoomName", testRoomName},
	{"MemberRoundTrip", testMemberRoundTrip},
	{"MembersOrder", testMembersOrder},
	{"AccountRev", testAccountRev},
	{"Revs", testRevs},
	{"HeadsOrder", testHeadsOrder},
	{"HeadsContent", testHeadsContent},
	{"RowRoundTrip", testRowRoundTrip},
	{"RowReplaced", testRowReplaced},
	{"RowsAfter", testRowsAfter},
	{"RowsAfterFarBehind", testRowsAfterFarBehind},
	{"RowsBefore", testRowsBefore},
	{"Follow", testFollow},
	{"FollowAsItGoes", testFollowAsItGoes},
	{"RoomsAfter", testRoomsAfter},
	{"RoomsApart", testRoomsApart},
	{"OthersAfter", testOthersAfter},
	{"FileRoundTrip", testFileRoundTrip},
	{"FileRows", testFileRows},
	{"FileAvatars", testFileAvatars},
	{"FileSpace", testFileSpace},
	{"UnusedFiles", testUnusedFiles},
	{"Sends", testSends},
	{"Reports", testReports},
	{"Copies", testCopies},
	{"Dense", testDense},
	{"AllOrNothing", testAllOrNothing},
	{"Neighbours", testNeighbours},
	{"RefusedPutGoesOn", testRefusedPutGoesOn},
	{"ReadsOwnWrites", testReadsOwnWrites},
	{"OnCommit", testOnCommit},
	{"OnCommitNotOnFailure", testOnCommitNotOnFailure},
	{"ViewIsOneInstant", testViewIsOneInstant},
	{"ViewSeesLastUpdate", testViewSeesLastUpdate},
	{"ErrorsPassThrough", testErrorsPassThrough},
	{"ContextEndedBefore", testContextEndedBefore},
	{"ContextEndsInQueue", testContextEndsInQueue},
	{"ContextEndsInTurn", testContextEndsInTurn},
	{"ContextEndsInside", testContextEndsInside},
	{"Close", testClose},
	{"CloseWaits", testCloseWaits},
	{"Reopen", testReopen},
	{"Model", testModel},
	{"Batches", testBatches},
	{"PlannedBatches", testPlannedBatches},
}

// Run runs the suite.
func Run(t *testing.T, engine Engine) {
	for _, c := range suite {
		t.Run(c.name, func(t *testing.T) {
			h := &harness{T: t, engine: engine, dir: t.TempDir()}
			h.Store = engine.Open(t, h.dir)
			defer func() {
				if err := h.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}()
			c.body(t, h)
		})
	}
}

// harness is an open store and the test that uses it.
type harness struct {
	store.Store
	*testing.T
	engine Engine
	dir    string
}

// update runs fn, which must succeed. A failure does not end the test: it may
// be told on any goroutine.
func (h *harness) update(fn func(tx store.Tx) error) {
	h.Helper()
	if err := h.Update(context.Background(), fn); err != nil {
		h.Errorf("Update: %v", err)
	}
}

// view is update for a view.
func (h *harness) view(fn func(r store.Reader) error) {
	h.Helper()
	if err := h.View(context.Background(), fn); err != nil {
		h.Errorf("View: %v", err)
	}
}

// same fails the test where got differs from want; nil and empty are the same.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

// wantErr fails the test where err is not target.
func wantErr(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: got error %v, want %v", what, err, target)
	}
}

func guest(id chat.AccountID, name string) store.Account {
	return store.Account{Account: chat.Account{ID: id, Kind: chat.KindGuest, Name: name}}
}

func group(id chat.RoomID, name string) store.Room {
	return store.Room{ID: id, Kind: chat.KindGroup, Name: name}
}

// keyOf makes a key that is different for each pair.
func keyOf(room chat.RoomID, rev chat.Rev) chat.Key {
	return chat.KeyV7(chat.Time(rev), [10]byte{1, byte(room), byte(rev >> 16), byte(rev >> 8), byte(rev)})
}

// post appends a message to a room as the server does, and returns its row.
func post(tx store.Tx, id chat.RoomID, by chat.AccountID, text string) (chat.Row, error) {
	return appendRow(tx, id, chat.Row{By: by, Kind: chat.KindText, Text: text})
}

// note appends a system row.
func note(tx store.Tx, id chat.RoomID, by chat.AccountID) (chat.Row, error) {
	return appendRow(tx, id, chat.Row{By: by, Kind: chat.KindSystem, System: &chat.System{Event: chat.EventJoined, Account: by}})
}

func appendRow(tx store.Tx, id chat.RoomID, row chat.Row) (chat.Row, error) {
	room, err := tx.Room(id)
	if err != nil {
		return row, err
	}
	room.Seq++
	room.Rev++
	if row.Kind != chat.KindSystem {
		room.N++
	}
	room.At = chat.Time(1000 + room.Rev)
	row.Seq, row.N, row.Rev, row.Key, row.At = room.Seq, room.N, room.Rev, keyOf(id, room.Rev), room.At
	if err := tx.PutRow(id, row); err != nil {
		return row, err
	}
	return row, tx.PutRoom(room)
}

// edit changes the text of a row as the server does.
func edit(tx store.Tx, id chat.RoomID, seq chat.Seq, text string) (chat.Row, error) {
	room, err := tx.Room(id)
	if err != nil {
		return chat.Row{}, err
	}
	row, err := tx.Row(id, seq)
	if err != nil {
		return row, err
	}
	room.Rev++
	row.Rev, row.Text, row.Edited = room.Rev, text, chat.Time(1000+room.Rev)
	if err := tx.PutRow(id, row); err != nil {
		return row, err
	}
	return row, tx.PutRoom(room)
}

// room makes a group with messages "1" to "n" of account 1.
func (h *harness) room(id chat.RoomID, n int) {
	h.Helper()
	h.update(func(tx store.Tx) error {
		if err := tx.PutRoom(group(id, "group")); err != nil {
			return err
		}
		for i := range n {
			if _, err := post(tx, id, 1, fmt.Sprint(i+1)); err != nil {
				return err
			}
		}
		return nil
	})
}

// texts are the texts of rows, in their order.
func texts(rows []chat.Row) []string {
	var all []string
	for _, row := range rows {
		all = append(all, row.Text)
	}
	return all
}
