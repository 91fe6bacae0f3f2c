package disk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/blob"
)

// Report tells the owner of a Queue what became of saves.
type Report struct {
	Saved
	Unsaved []chat.Key // entries that are not stored, and were waited for
	Err     error      // why, or why something else is not
}

// Queue does the work of a Store in order, one after the other. It has at most
// one goroutine, which ends when nothing is left to do, and which Close waits
// for.
type Queue struct {
	store  *Store
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	report func(Report)

	mu      sync.Mutex
	waiting []work
	running bool
	rest    *time.Timer // not nil while what waits may wait for company
	closed  bool
	idle    sync.WaitGroup
}

// work is effects to be saved, or a job.
type work struct {
	effects []replica.Effect
	job     func(context.Context, *Store)
}

// NewQueue makes the queue of a store, which it closes. report is called from
// the queue's goroutine.
func NewQueue(store *Store, report func(Report)) *Queue {
	q := &Queue{store: store, report: report}
	q.ctx, q.cancel = context.WithCancel(context.Background()) // lives until Close
	return q
}

// Save saves effects. What is queued while another save runs goes together, and
// what the server has too waits a little for more of it.
func (q *Queue) Save(effects []replica.Effect) { q.add(work{effects: effects}) }

// Do runs a job after everything queued before it.
func (q *Queue) Do(job func(context.Context, *Store)) { q.add(work{job: job}) }

func (q *Queue) add(w work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if n := len(q.waiting); n > 0 && w.job == nil && q.waiting[n-1].job == nil {
		q.waiting[n-1].effects = append(q.waiting[n-1].effects, w.effects...)
	} else {
		q.waiting = append(q.waiting, w)
	}
	switch {
	case q.running && w.urgent():
		q.rouse()
	case q.running:
	case w.urgent():
		q.running = true
		q.idle.Add(1)
		go q.run()
	default:
		q.running = true
		q.idle.Add(1)
		q.rest = time.AfterFunc(company, q.run)
	}
}

// rouse has what waits for company done at once.
func (q *Queue) rouse() {
	if q.rest != nil && q.rest.Stop() {
		q.rest = nil
		go q.run()
	}
}

// company is for how long a message that has come, or a mark, waits for others
// to be stored with. It is drawn first, and a mark is stored with the server's
// answer. Not longer: what one has seen is to be there when one comes back
// without a network.
const company = 50 * time.Millisecond

// urgent tells whether work is not to wait for company: entries of the outbox
// are nowhere else, and what is settled, or no longer ours, is to go.
func (w work) urgent() bool {
	return w.job != nil || slices.ContainsFunc(w.effects, func(e replica.Effect) bool {
		room, is := e.(replica.SaveRoom)
		return !is || room.Drop || len(room.Done) > 0
	})
}

func (q *Queue) run() {
	defer q.idle.Done()
	q.mu.Lock()
	q.rest = nil
	q.mu.Unlock()
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.running = false
			q.mu.Unlock()
			return
		}
		next := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		if next.job != nil {
			next.job(q.ctx, q.store)
		} else {
			q.report(q.save(next.effects))
		}
	}
}

// Hurry stores at once what of the outbox still waits, beside what the queue is
// at: the page may be about to go. The queue will store it again in its turn,
// and waits for no company.
func (q *Queue) Hurry() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rouse()
	var urgent []replica.Effect
	for _, w := range q.waiting {
		for _, e := range w.effects {
			if _, is := e.(replica.SaveOutbox); is {
				urgent = append(urgent, e)
			}
		}
	}
	if len(urgent) == 0 || q.closed {
		return
	}
	q.idle.Add(1)
	go func() {
		defer q.idle.Done()
		_ = q.store.saveOutbox(q.ctx, urgent) // what fails is told when its turn comes
	}()
}

// Attach gives the contents of the files of an entry that is about to be saved:
// they are stored in the same transaction.
func (q *Queue) Attach(key chat.Key, blobs []blob.Blob) { q.store.Attach(key, blobs) }

// Close ends the queue: what waits is still done, nothing more is taken. It
// does not wait for that; the store is closed behind it.
func (q *Queue) Close() {
	q.Do(func(context.Context, *Store) {
		q.cancel()
		q.store.Close()
	})
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
}

// Wait returns when nothing is left to do.
func (q *Queue) Wait() { q.idle.Wait() }

// save stores effects: together, or, if that fails, each on its own, so that
// what can be stored is. A full device is first relieved of rows.
func (q *Queue) save(effects []replica.Effect) Report {
	saved, err := q.store.Save(q.ctx, effects)
	if errors.Is(err, ErrFull) && q.store.Shrink(q.ctx) == nil {
		saved, err = q.store.Save(q.ctx, effects)
	}
	if err == nil {
		return Report{Saved: saved}
	}
	if len(effects) == 1 {
		return Report{Unsaved: awaited(effects[0]), Err: err}
	}
	var all Report
	for _, e := range effects {
		all.add(q.one(e))
	}
	return all
}

func (q *Queue) one(e replica.Effect) Report {
	saved, err := q.store.Save(q.ctx, []replica.Effect{e})
	if err != nil {
		return Report{Unsaved: awaited(e), Err: err}
	}
	return Report{Saved: saved}
}

// awaited lists the entries of an effect that wait to be stored.
func awaited(e replica.Effect) []chat.Key {
	var keys []chat.Key
	if save, is := e.(replica.SaveOutbox); is {
		for _, entry := range save.Entries {
			if entry.State == replica.Storing {
				keys = append(keys, entry.Key)
			}
		}
	}
	return keys
}

func (r *Report) add(one Report) {
	r.Stored = append(r.Stored, one.Stored...)
	r.Behind = append(r.Behind, one.Behind...)
	r.Older = append(r.Older, one.Older...)
	r.Rooms = append(r.Rooms, one.Rooms...)
	r.Outbox = r.Outbox || one.Outbox
	r.Wiped = r.Wiped || one.Wiped
	r.Unsaved = append(r.Unsaved, one.Unsaved...)
	if one.Err != nil {
		r.Err = one.Err
	}
}
