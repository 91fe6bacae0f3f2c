package storetest

import (
	"context"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

func testReports(t *testing.T, h *harness) {
	first := store.Report{ID: chat.MaxID, Room: 1, Seq: 2, By: 3, At: 4, Reason: "垃圾 <b>"}
	filled(t, first)
	late := store.Report{ID: 2, Room: 1, Seq: 2, By: 4, At: 6}
	other := store.Report{ID: 5, Room: 1, Seq: 3, By: 3, At: 6}
	foreign := store.Report{ID: 6, Room: 2, Seq: 2, By: 3, At: 1}
	h.update(func(tx store.Tx) error {
		for _, r := range []store.Report{late, other, first, foreign} {
			if err := tx.PutReport(r); err != nil {
				return err
			}
		}
		return nil
	})
	h.view(func(r store.Reader) error {
		got, err := r.Report(first.ID)
		same(t, "Report", first, got)
		if err != nil {
			return err
		}
		_, err = r.Report(1)
		wantErr(t, "Report", err, store.ErrNotFound)
		return nil
	})
	h.reports(1, 10, first, late, other)
	h.reports(1, 2, first, late)
	h.reports(1, 0)
	h.reports(2, 10, foreign)
	h.reports(3, 10)

	again, taken := first, first
	again.ID = 9
	taken.Seq = 9
	for what, r := range map[string]store.Report{"the same row and person": again, "the same id": taken} {
		err := h.Update(context.Background(), func(tx store.Tx) error { return tx.PutReport(r) })
		wantErr(t, what, err, store.ErrExists)
	}
	h.update(func(tx store.Tx) error {
		if err := tx.DeleteReport(late.ID); err != nil {
			return err
		}
		wantErr(t, "deleting one that is not there", tx.DeleteReport(late.ID), store.ErrNotFound)
		return tx.DeleteReport(first.ID)
	})
	h.reports(1, 10, other)
	h.update(func(tx store.Tx) error { return tx.PutReport(again) }) // once it is gone it may come again
	h.reports(1, 10, again, other)
}

// reports wants these reports of a room, in this order.
func (h *harness) reports(room chat.RoomID, limit int, want ...store.Report) {
	h.Helper()
	h.view(func(r store.Reader) error {
		got, err := r.Reports(room, limit)
		same(h.T, "Reports", want, got)
		return err
	})
}
