package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
)

// op is a function that waits in the queue, and its answer.
type op struct {
	ctx   context.Context // its caller's: what nobody waits for any more does not begin
	fn    func(store.Tx) error
	taken atomic.Bool // by the writer, to run it, or by its caller, to give up

	// Written by the writer before done is closed.
	told []func()
	err  error
	done chan struct{}
}

// writer owns the connection that writes. Its goroutine is the only one to
// touch conn, tx, and the fields behind them.
type writer struct {
	mu     sync.Mutex
	queue  []*op
	closed bool
	wake   chan struct{} // holds one token if the queue changed

	conn   *sqlite.Conn
	tx     tx
	commit func() error // COMMIT; tests put a failing one in its place
	fatal  func(error)
	failed error // why nothing can be written any more
	tokens *tokens
	scrubber
	copier  *copier
	copying chan copied   // where the copier answers; nil if it does not run
	rounds  int           // how often it has run for this checkpoint
	pages   int64         // how much the log grows until it is copied
	copied  int64         // how many pages of the log the last checkpoint has seen
	lost    atomic.Bool   // the copier could not sync: nothing may be acknowledged any more
	overdue bool          // the log is to be emptied when the copier has ended
	dirty   bool          // something was written since the log was emptied
	every   time.Duration // the interval at which the log is emptied
	over    chan struct{} // closed when the goroutine has ended
}

// startWriter starts the writer, which takes copier over, and conn until stop.
func startWriter(conn *sqlite.Conn, copier *copier, tokens *tokens, log string, options Options) *writer {
	w := &writer{
		conn:     conn,
		copier:   copier,
		tokens:   tokens,
		pages:    options.pages,
		scrubber: scrubber{path: log, gaps: make(map[int64]bool)},
		wake:     make(chan struct{}, 1),
		fatal:    options.Fatal,
		dirty:    true, // the last process may have ended before it could
		every:    options.Truncate,
		over:     make(chan struct{}),
	}
	w.tx.conn = conn
	w.tx.before = w.tx.through
	w.tx.queue.reset()
	w.commit = func() error { return w.tx.exec(w.tx.ask("COMMIT")) }
	go w.run()
	return w
}

// update queues fn and waits for its answer.
func (w *writer) update(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &op{ctx: ctx, fn: fn, done: make(chan struct{})}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return store.ErrUnavailable
	}
	w.queue = append(w.queue, o)
	w.mu.Unlock()
	w.rouse()
	given := ctx.Done()
	if given == nil { // as of a connection: waiting for one thing costs half
		<-o.done
		return o.err
	}
	select {
	case <-o.done:
		return o.err
	case <-given:
		if o.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	}
	<-o.done
	return o.err
}

func (w *writer) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// stop lets the writer finish what is queued, waits for it, and gives the
// connection back. It reports whether the writer had failed.
func (w *writer) stop() (conn *sqlite.Conn, failed bool) {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.rouse()
	<-w.over
	return w.conn, w.failed != nil
}

// run is the writer's goroutine.
func (w *writer) run() {
	defer close(w.over)
	defer w.rest()
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	var batch []*op
	w.checked(w.inspect()) // what the last process has left
	w.copied = w.frames
	for {
		clear(batch)
		var closed bool
		batch, closed = w.take(batch)
		if len(batch) > 0 {
			w.write(batch)
			w.checkpoint()
			select {
			case c := <-w.copying:
				w.copyEnded(c)
			case <-ticker.C:
				w.truncate()
			default:
			}
			continue
		}
		if closed {
			return
		}
		select {
		case <-w.wake:
		case c := <-w.copying:
			w.copyEnded(c)
		case <-ticker.C:
			w.truncate()
		}
	}
}

// rest ends the work: the copier's, too, and the log is emptied.
func (w *writer) rest() {
	w.rounds = restRounds
	for w.copying != nil {
		w.copyEnded(<-w.copying)
	}
	w.truncate()
	if w.file != nil {
		_ = w.file.Close() // it was only read
	}
}

// take swaps the queue for an empty one, made from spare. Before that whoever
// can run gets to run, for as long as the queue grows by it: else, where all
// share one CPU, the first to queue wakes the writer, which commits its one
// function and is woken by the next (measured: a thousand posters, each alone in
// a transaction). If nobody else can run this takes less than a microsecond.
func (w *writer) take(spare []*op) (batch []*op, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for before := 0; len(w.queue) > before; {
		before = len(w.queue)
		w.mu.Unlock()
		runtime.Gosched()
		w.mu.Lock()
	}
	batch, w.queue = w.queue, spare[:0]
	return batch, w.closed
}

// write runs a batch in one transaction, commits it, and answers.
func (w *writer) write(batch []*op) {
	err := w.failed
	if err == nil {
		err = w.transact(batch)
	}
	for _, o := range batch {
		if err != nil {
			o.err = err
		}
		if o.err == nil {
			for _, tell := range o.told {
				tell()
			}
		}
		close(o.done)
	}
}

// transact runs what can begin of a batch and commits it. Its error is that of
// the engine, and everybody's: nothing of the batch is stored.
func (w *writer) transact(batch []*op) error {
	w.tx.broken, w.tx.sessions = nil, w.tx.sessions[:0]
	err := w.tx.exec(w.tx.ask("BEGIN IMMEDIATE"))
	if err == nil {
		err = w.runAll(batch)
	}
	if err == nil {
		err = w.tx.flush()
	}
	if err == nil {
		err = w.seal(w.exposed())
	}
	if err == nil {
		w.tx.turn()
		return nil
	}
	w.tx.queue.reset()
	w.tx.forget()
	w.frames = 0 // some that are not committed may be overwritten
	return w.giveUp(err)
}

// seal ends a transaction: it commits, perhaps with what is to be scrubbed. If
// the copier has lost a sync meanwhile, nobody may rely on it.
func (w *writer) seal(scrub bool) error {
	if scrub {
		if err := w.scrub(); err != nil {
			return err
		}
	}
	err := w.sound()
	if err == nil {
		if changed := w.tx.sessions; len(changed) > 0 {
			err = w.tokens.change(changed, w.commit)
		} else {
			err = w.commit()
		}
	}
	if err == nil {
		w.dirty = true
		err = w.sound()
	}
	if err == nil && scrub {
		clear(w.gaps)
	}
	return err
}

// runAll runs the functions of a batch.
func (w *writer) runAll(batch []*op) error {
	lone := len(batch) == 1
	for _, o := range batch {
		if !o.taken.CompareAndSwap(false, true) {
			continue
		}
		if o.err = o.ctx.Err(); o.err != nil {
			continue
		}
		if err := w.runOne(o, lone); err != nil {
			return err
		}
	}
	return nil
}

// runOne runs a function and takes back what it did if it fails. What it fails
// with goes into its op; an error of the engine is returned.
func (w *writer) runOne(o *op, lone bool) error {
	t := &w.tx
	t.begin(lone)
	o.err = o.fn(t)
	o.told = t.told
	switch {
	case t.broken != nil: // whether or not the function has passed it on
		return t.broken
	case o.err != nil:
		return t.takeBack()
	}
	return t.keep()
}

// giveUp ends a transaction that the engine refused. If the reason may be that
// the disk failed, it ends the writer's work.
func (w *writer) giveUp(err error) error {
	if !passes(err) {
		w.fail(err)
		return err
	}
	if !w.conn.AutocommitEnabled() { // some errors have rolled it back already
		if back := w.tx.exec(w.tx.ask("ROLLBACK")); back != nil {
			w.fail(back)
		}
	}
	return err
}

// fail ends the writer's work for good. Only the first reason counts.
func (w *writer) fail(err error) {
	if w.failed != nil {
		return
	}
	w.failed = fmt.Errorf("%w: writing has failed before: %v", store.ErrUnavailable, err)
	w.fatal(err)
}
