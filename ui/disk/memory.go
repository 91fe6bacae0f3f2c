//go:build !js

package disk

import (
	"context"
	"maps"
	"slices"
	"sync"

	"parley/ui/blob"
)

// device is this process's stand-in for a browser's databases: they live as
// long as the process.
var device = struct {
	mu        sync.Mutex
	databases map[string]*memory
}{databases: map[string]*memory{}}

// memory is a database in memory. Connections to it share it.
type memory struct {
	mu     sync.Mutex
	tables map[string]map[string]string
	blobs  map[string]blob.Blob
	conns  []*conn
	fail   error // what the next updates fail with
}

// conn is a connection to a memory.
type conn struct {
	db     *memory
	closed bool
	lost   func(deleted bool)
}

var _ engine = (*conn)(nil)

func open(_ context.Context, name string, lost func(deleted bool)) (engine, error) {
	device.mu.Lock()
	defer device.mu.Unlock()
	db := device.databases[name]
	if db == nil {
		db = &memory{tables: map[string]map[string]string{}, blobs: map[string]blob.Blob{}}
		device.databases[name] = db
	}
	c := &conn{db: db, lost: lost}
	db.mu.Lock()
	db.conns = append(db.conns, c)
	db.mu.Unlock()
	return c, nil
}

func drop(_ context.Context, name string) error {
	device.mu.Lock()
	db := device.databases[name]
	delete(device.databases, name)
	device.mu.Unlock()
	if db == nil {
		return nil
	}
	db.mu.Lock()
	var lost []func(bool)
	for _, c := range db.conns {
		if !c.closed && c.lost != nil {
			lost = append(lost, c.lost)
		}
		c.closed = true
	}
	db.mu.Unlock()
	for _, f := range lost {
		f(true)
	}
	return nil
}

func (c *conn) close() {
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	c.closed = true
}

func (c *conn) update(ctx context.Context, _ bool, f func(tx) error) error {
	return c.run(ctx, true, f)
}

func (c *conn) view(ctx context.Context, f func(tx) error) error { return c.run(ctx, false, f) }

func (c *conn) run(ctx context.Context, writes bool, f func(tx) error) error {
	c.db.mu.Lock()
	defer c.db.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case c.closed:
		return ErrClosed
	case writes && c.db.fail != nil:
		return c.db.fail
	}
	t := memoryTx{map[string]map[string]string{}, maps.Clone(c.db.blobs)}
	for _, table := range tables {
		t.tables[table] = maps.Clone(c.db.tables[table])
	}
	if err := f(t); err != nil {
		return err
	}
	if writes {
		c.db.tables, c.db.blobs = t.tables, t.blobs
	}
	return nil
}

// memoryTx works on a copy.
type memoryTx struct {
	tables map[string]map[string]string
	blobs  map[string]blob.Blob
}

func (t memoryTx) get(table, key string) (string, error) { return t.tables[table][key], nil }

func (t memoryTx) scan(table, from, to string) ([]string, error) {
	var values []string
	for _, key := range slices.Sorted(maps.Keys(t.tables[table])) {
		if key >= from && key <= to {
			values = append(values, t.tables[table][key])
		}
	}
	return values, nil
}

func (t memoryTx) put(table, key, value string) {
	if t.tables[table] == nil {
		t.tables[table] = map[string]string{}
	}
	t.tables[table][key] = value
}

func (t memoryTx) erase(table, from, to string) {
	maps.DeleteFunc(t.tables[table], func(key, _ string) bool { return key >= from && key <= to })
	if table == tableBlobs {
		maps.DeleteFunc(t.blobs, func(key string, _ blob.Blob) bool { return key >= from && key <= to })
	}
}

func (t memoryTx) blob(key string) (blob.Blob, error) { return t.blobs[key], nil }

func (t memoryTx) putBlob(key string, b blob.Blob) { t.blobs[key] = b }
