package storetest

import (
	"context"
	"errors"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// Reported holds the reading of reports that an engine has for operators against
// what it promises, over an empty store: read returns those of direct rooms, or
// all, the oldest first.
func Reported(t *testing.T, s store.Store, read func(all bool) ([]store.Reported, error)) {
	t.Helper()
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
	bo := chat.User{ID: 8, Name: "Bo", Kind: chat.KindGuest}
	threat := store.Reported{
		Report: store.Report{ID: 21, Room: 1, Seq: 1, By: 7, At: 6, Reason: "help"}, Kind: chat.KindDirect,
		Reporter: chat.User{ID: 7}, Author: bo, // who reported it is not known any more
		Row: chat.Row{Seq: 1, N: 1, Rev: 1, Key: chat.Key{1}, By: 8, At: 5, Kind: chat.KindText, Text: "threat"},
	}
	deal := store.Reported{
		Report: store.Report{ID: 20, Room: 2, Seq: 1, By: 8, At: 6}, Kind: chat.KindGroup, Name: "deal", Reporter: bo, Author: bo,
		Row: chat.Row{Seq: 1, N: 1, Rev: 1, Key: chat.Key{2}, By: 8, At: 5, Kind: chat.KindText, Recalled: 9},
	}
	for all, want := range map[bool][]store.Reported{
		false: {threat},
		true:  {deal, threat},
	} {
		got, err := read(all)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the reports", want, got)
	}
}
