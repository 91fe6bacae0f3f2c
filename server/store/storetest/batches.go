package storetest

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"parley/server/store"
	"parley/server/store/memory"
	"parley/shared/chat"
)

// testBatches queues functions behind one that waits, so that an engine that
// batches takes them in one commit, and does the same to a store in memory, in
// the order in which they ran. Some fail, and all look at what is there: what a
// function finds is what those before it left, but for those that failed.
func testBatches(t *testing.T, h *harness) {
	if !h.engine.Lanes {
		h.batches(drawBatchStep)
	}
}

// testPlannedBatches is testBatches for functions that do no more than they said
// with a store.Plan.
func testPlannedBatches(_ *testing.T, h *harness) { h.batches(drawPlannedStep) }

func (h *harness) batches(draw func(rt *rapid.T) batchStep) {
	t := h.T
	rapid.Check(t, func(rt *rapid.T) {
		real := h.engine.Open(t, t.TempDir())
		defer real.Close()
		model := memory.Open(store.Options{Random: Random})
		defer model.Close()
		for _, s := range []store.Store{real, model} {
			if err := s.Update(context.Background(), settle); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			var b batch
			for range rapid.IntRange(1, 6).Draw(rt, "functions") {
				f := &function{
					steps: rapid.SliceOfN(rapid.Custom(draw), 1, 4).Draw(rt, "steps"),
					fails: rapid.IntRange(0, 2).Draw(rt, "fails") == 0,
				}
				f.plan()
				b.functions = append(b.functions, f)
			}
			b.run(t, real)
			for _, i := range b.order {
				f := b.functions[i]
				want := f.answers
				_ = model.Update(context.Background(), f.do)
				if diff := cmp.Diff(f.answers, want, cmpopts.EquateEmpty()); diff != "" {
					rt.Fatalf("function %d of %v finds (-want +got):\n%s", i, b.order, diff)
				}
			}
		}
		same(t, "contents", dump(t, model), dump(t, real))
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// settle makes people and the rooms that all of them are members of.
func settle(tx store.Tx) error {
	for account := chat.AccountID(1); account <= someAccounts; account++ {
		if err := tx.PutAccount(store.Account{Account: chat.Account{ID: account}}); err != nil {
			return err
		}
	}
	for room := chat.RoomID(1); room <= 2; room++ {
		if err := tx.PutRoom(group(room, "group")); err != nil {
			return err
		}
		for account := chat.AccountID(1); account <= someAccounts; account++ {
			if err := tx.PutMember(store.Member{Room: room, Account: account, Role: chat.RoleMember, Joined: int64(account)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// batch is functions that are queued at once.
type batch struct {
	functions []*function
	order     []int // in which they ran, for the last time
}

func (b *batch) run(t *testing.T, s store.Store) {
	release, started := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Update(b.functions[0].context(), func(store.Tx) error {
			close(started)
			<-release
			return nil
		})
	})
	<-started
	var calling sync.WaitGroup
	calling.Add(len(b.functions))
	for i, f := range b.functions {
		wg.Go(func() {
			calling.Done()
			err := s.Update(f.context(), func(tx store.Tx) error {
				b.order = append(slices.DeleteFunc(b.order, func(ran int) bool { return ran == i }), i)
				return f.do(tx)
			})
			if want := f.fails; errors.Is(err, errRefused) != want || err != nil && !want {
				t.Errorf("Update: %v", err)
			}
		})
	}
	calling.Wait()
	for range 100 {
		runtime.Gosched() // so that they are queued, not only about to be
	}
	close(release)
	wg.Wait()
}

// function is one for Update.
type function struct {
	steps   []batchStep
	fails   bool
	answers []any
	planned *store.Plan
}

// plan makes the plan of a function whose steps are planned. They are all in the
// room of the first.
func (f *function) plan() {
	first := f.steps[0]
	if !first.planned {
		return
	}
	f.planned = &store.Plan{Room: first.room, Account: first.account}
	for i := range f.steps {
		s := &f.steps[i]
		s.room = first.room
		if i%2 == 0 { // what no plan has named is fetched
			f.planned.Members = append(f.planned.Members, s.account)
			f.planned.Rows = append(f.planned.Rows, chat.Seq(s.number+1))
			f.planned.Keys = append(f.planned.Keys, keyOf(s.room, chat.Rev(1000+s.number)))
		}
	}
}

func (f *function) context() context.Context {
	if f.planned == nil {
		return context.Background()
	}
	return store.WithPlan(context.Background(), *f.planned)
}

// batchStep is something to do or to look at.
type batchStep struct {
	step
	look    int
	planned bool
}

// The step that only a planned function takes: its account reads on.
const markOn = 100

func drawPlannedStep(rt *rapid.T) batchStep {
	s := batchStep{step: drawStep(rt), planned: true}
	s.room = 1 + s.room%2
	s.what = rapid.SampledFrom([]int{7, 7, 7, 8, 11, markOn}).Draw(rt, "planned")
	s.look = rapid.SampledFrom([]int{0, 1, 2, 3, 4, 4, 5, 6, 9}).Draw(rt, "look")
	return s
}

func (s batchStep) do(tx store.Tx) error {
	if s.what != markOn {
		return s.step.do(tx)
	}
	m, err := tx.Member(s.room, s.account)
	if err != nil {
		return err
	}
	room, err := tx.Room(s.room)
	if err != nil {
		return err
	}
	m.Read, m.ReadN = max(m.Read, room.Seq-chat.Seq(s.number)), m.ReadN+1
	return tx.PutMember(m)
}

func drawBatchStep(rt *rapid.T) batchStep {
	s := batchStep{step: drawStep(rt), look: rapid.IntRange(0, 11).Draw(rt, "look")}
	if rapid.IntRange(0, 4).Draw(rt, "post") > 0 {
		s.what, s.room = 7, 1+s.room%2 // what is done most, by far
	}
	return s
}

func (f *function) do(tx store.Tx) error {
	f.answers = nil
	for _, s := range f.steps {
		if err := s.ask(tx); err != nil {
			return err
		}
		err := s.do(tx)
		if err != nil && !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		f.answers = append(f.answers, err == nil, s.see(tx))
	}
	if f.fails {
		return errRefused
	}
	return nil
}

// ask reads what posting does, of a key that is new.
func (s batchStep) ask(tx store.Tx) error {
	room, err := tx.Room(s.room)
	if err == nil && s.what == 7 {
		_, err = tx.Member(s.room, s.account)
	}
	if err == nil && s.what == 7 {
		_, err = tx.Send(s.account, keyOf(s.room, room.Rev+1))
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// see reads something that the steps may have changed, as posting does.
func (s batchStep) see(tx store.Tx) any {
	switch s.look {
	case 0, 1:
		room, _ := tx.Room(s.room)
		member, err := tx.Member(s.room, s.account)
		return []any{room, member, err == nil}
	case 2:
		account, err := tx.Account(s.account)
		return []any{account, err == nil}
	case 3:
		users, err := tx.Users([]chat.AccountID{s.account, s.account, 99})
		return []any{users, err == nil}
	case 4:
		after := chat.Seq(s.number)
		if m, err := tx.Member(s.room, s.account); s.planned && err == nil {
			after = m.Read // what posting asks
		}
		others, err := tx.OthersAfter(s.room, s.account, after)
		return []any{others, err == nil}
	case 5:
		row, err := tx.Row(s.room, chat.Seq(s.number+1))
		return []any{row, err == nil}
	case 6:
		send, err := tx.Send(s.account, keyOf(s.room, chat.Rev(s.number+1)))
		return []any{send, err == nil}
	case 7:
		rows, err := tx.RowsBefore(s.room, 0, 3)
		return []any{rows, err == nil}
	case 8:
		heads, err := tx.Heads(s.account)
		return []any{len(heads), err == nil}
	case 9: // a key that is new, and then is not
		send := store.Send{Account: s.account, Key: keyOf(s.room, chat.Rev(1000+s.number)), Room: s.room, Seq: 1}
		_, err := tx.Send(send.Account, send.Key)
		return []bool{err == nil, tx.PutSend(send) == nil, tx.PutSend(send) == nil}
	}
	return nil
}
