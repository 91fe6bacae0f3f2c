package disk

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"

	"parley/ui/blob"
)

// version is the set of tables. Records have a format of their own.
const version = 2

// indexedDB is a connection to a database of the browser.
//
// A transaction of IndexedDB lives as long as requests of it are pending, or
// its event handlers run. Go's runtime, called by such a handler, runs all
// goroutines until none can go on, and only then returns to the browser: so a
// goroutine that waits for a request goes on while its transaction lives.
type indexedDB struct {
	db js.Value

	mu     sync.Mutex
	closed bool
	funcs  []js.Func
}

var _ engine = (*indexedDB)(nil)

// handle is a Go function for JavaScript that takes an event.
func handle(f func(event js.Value)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	})
}

// guard turns what JavaScript throws into an error.
func guard(f func()) (err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = failure(thrown.Value)
		default:
			panic(thrown)
		}
	}()
	f()
	return nil
}

// failure is a DOMException as an error.
func failure(e js.Value) error {
	if !e.Truthy() {
		return errors.New("the browser's storage failed")
	}
	err := fmt.Errorf("%s: %s", e.Get("name").String(), e.Get("message").String())
	switch e.Get("name").String() {
	case "QuotaExceededError":
		return fmt.Errorf("%w: %w", ErrFull, err)
	case "InvalidStateError":
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

// opened waits for a request to open or to delete a database.
func opened(ctx context.Context, request js.Value, upgrade func(db js.Value)) (js.Value, error) {
	type end struct {
		result js.Value
		err    error
	}
	done := make(chan end, 1)
	success := handle(func(js.Value) { done <- end{result: request.Get("result")} })
	failed := handle(func(js.Value) { done <- end{err: failure(request.Get("error"))} })
	needed := handle(func(js.Value) {
		if upgrade != nil {
			upgrade(request.Get("result"))
		}
	})
	request.Set("onsuccess", success)
	request.Set("onerror", failed)
	request.Set("onupgradeneeded", needed)
	release := func() { success.Release(); failed.Release(); needed.Release() }
	select {
	case e := <-done:
		release()
		return e.result, e.err
	case <-ctx.Done():
		// Should it succeed after all, it must not keep others out.
		go func() {
			e := <-done
			if e.err == nil && e.result.Truthy() {
				e.result.Call("close")
			}
			release()
		}()
		return js.Undefined(), ctx.Err()
	}
}

func factory() (js.Value, error) {
	var found js.Value
	err := guard(func() { found = js.Global().Get("indexedDB") })
	if err == nil && !found.Truthy() {
		err = errors.New("this browser stores nothing")
	}
	return found, err
}

func open(ctx context.Context, name string, lost func(deleted bool)) (engine, error) {
	idb, err := factory()
	if err != nil {
		return nil, err
	}
	var request js.Value
	if err := guard(func() { request = idb.Call("open", name, version) }); err != nil {
		return nil, err
	}
	db, err := opened(ctx, request, func(db js.Value) {
		for _, table := range tables {
			if !db.Get("objectStoreNames").Call("contains", table).Bool() {
				db.Call("createObjectStore", table)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	d := &indexedDB{db: db}
	d.watch("onversionchange", func() { db.Call("close") }, lost)
	d.watch("onclose", func() {}, lost)
	return d, nil
}

// watch closes the connection when the browser says that it has to end.
func (d *indexedDB) watch(event string, end func(), lost func(deleted bool)) {
	f := handle(func(e js.Value) {
		end()
		d.mu.Lock()
		was := d.closed
		d.closed = true
		d.mu.Unlock()
		if !was && lost != nil {
			lost(e.Get("newVersion").IsNull()) // only of a deletion
		}
	})
	d.funcs = append(d.funcs, f)
	d.db.Set(event, f)
}

func drop(ctx context.Context, name string) error {
	idb, err := factory()
	if err != nil {
		return err
	}
	var request js.Value
	if err := guard(func() { request = idb.Call("deleteDatabase", name) }); err != nil {
		return err
	}
	_, err = opened(ctx, request, nil)
	return err
}

func (d *indexedDB) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.db.Set("onversionchange", js.Null())
	d.db.Set("onclose", js.Null())
	d.db.Call("close")
	for _, f := range d.funcs {
		f.Release()
	}
	d.funcs = nil
}

func (d *indexedDB) update(ctx context.Context, durable bool, f func(tx) error) error {
	durability := "relaxed"
	if durable {
		durability = "strict"
	}
	return d.run(ctx, "readwrite", durability, f)
}

func (d *indexedDB) view(ctx context.Context, f func(tx) error) error {
	return d.run(ctx, "readonly", "default", f)
}

func (d *indexedDB) run(ctx context.Context, mode, durability string, f func(tx) error) error {
	d.mu.Lock()
	closed := d.closed
	d.mu.Unlock()
	if closed {
		return ErrClosed
	}
	names := make([]any, 0, len(tables))
	for _, table := range tables {
		names = append(names, table)
	}
	t := &transaction{ctx: ctx}
	err := guard(func() {
		t.js = d.db.Call("transaction", names, mode, map[string]any{"durability": durability})
	})
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	complete := handle(func(js.Value) { done <- nil })
	abort := handle(func(js.Value) { done <- failure(t.js.Get("error")) })
	defer complete.Release()
	defer abort.Release()
	t.js.Set("oncomplete", complete)
	t.js.Set("onabort", abort)
	if err := f(t); err != nil || t.err != nil {
		// It may have ended by itself, when a request failed.
		_ = guard(func() { t.js.Call("abort") })
		<-done
		return errors.Join(err, t.err)
	}
	// Without waiting for the answers to what was put: a page that is about to
	// go gets none, and would take the transaction with it.
	if t.js.Get("commit").Truthy() {
		_ = guard(func() { t.js.Call("commit") })
	}
	return <-done
}

// transaction is a transaction of IndexedDB.
type transaction struct {
	ctx context.Context
	js  js.Value
	err error // of the first put or erase that could not be asked for
}

// wait makes a request and returns its result.
func (t *transaction) wait(ask func(store js.Value) js.Value, table string) (js.Value, error) {
	var request js.Value
	if err := guard(func() { request = ask(t.js.Call("objectStore", table)) }); err != nil {
		return js.Undefined(), err
	}
	done := make(chan error, 1)
	success := handle(func(js.Value) { done <- nil })
	failed := handle(func(js.Value) { done <- failure(request.Get("error")) })
	request.Set("onsuccess", success)
	request.Set("onerror", failed)
	err := <-done
	success.Release()
	failed.Release()
	if err == nil {
		err = t.ctx.Err()
	}
	if err != nil {
		return js.Undefined(), err
	}
	return request.Get("result"), nil
}

func (t *transaction) get(table, key string) (string, error) {
	v, err := t.wait(func(store js.Value) js.Value { return store.Call("get", key) }, table)
	return text(v), err
}

// text is a stored value; one that is no text is not ours.
func text(v js.Value) string {
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

func between(from, to string) js.Value { return js.Global().Get("IDBKeyRange").Call("bound", from, to) }

func (t *transaction) scan(table, from, to string) ([]string, error) {
	found, err := t.wait(func(store js.Value) js.Value { return store.Call("getAll", between(from, to)) }, table)
	if err != nil {
		return nil, err
	}
	values := make([]string, found.Length())
	for i := range values {
		values[i] = text(found.Index(i))
	}
	return values, nil
}

// put leaves the outcome to the end of the transaction, which a failed request
// aborts.
func (t *transaction) put(table, key, value string) {
	t.keep(guard(func() { t.js.Call("objectStore", table).Call("put", value, key) }))
}

func (t *transaction) erase(table, from, to string) {
	t.keep(guard(func() { t.js.Call("objectStore", table).Call("delete", between(from, to)) }))
}

func (t *transaction) blob(key string) (blob.Blob, error) {
	v, err := t.wait(func(store js.Value) js.Value { return store.Call("get", key) }, tableBlobs)
	return blob.Of(v), err
}

func (t *transaction) putBlob(key string, b blob.Blob) {
	t.keep(guard(func() { t.js.Call("objectStore", tableBlobs).Call("put", b.JS(), key) }))
}

func (t *transaction) keep(err error) {
	if t.err == nil {
		t.err = err
	}
}
