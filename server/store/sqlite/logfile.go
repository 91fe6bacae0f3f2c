package sqlite

import (
	"fmt"
	"net/url"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"

	"parley/server/store"
)

// SQLite writes each page that a transaction has changed into the log by two
// calls of the system, one for the frame's header. A batch changes hundreds of
// pages, and the frames follow each other. So the writer's connection has a VFS
// of its own: SQLite's, but that the log's file gathers what follows each other
// and writes it at once, at the latest before it is synced, and so before a
// COMMIT returns. Nobody needs it before: what is in the log counts for others
// only when the commit is in the log's index, which SQLite writes after the sync.
//
// A write that fails is told by the call that made it necessary, which is the
// sync, for the most part. SQLite takes that as it would the write's own failing,
// and rolls the transaction back.

const (
	logVFS = "parley-log" // the name of the VFS

	// gatherMost is how many bytes are written at once: as many frames as are less
	// than 128 KiB, since SQLite asks the system for no more (its seekAndWrite).
	gatherMost = 31 * frameSize
)

// logFiles knows the logs that are open, by SQLite's handles.
var logFiles struct {
	register sync.Once
	err      error
	system   openFunc // opens a file as SQLite does

	mu   sync.Mutex
	open map[uintptr]*logFile
}

// The functions of a VFS and its files that are replaced, as SQLite calls them.
type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	transferFunc = func(tls *libc.TLS, file, data uintptr, size int32, at int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	sizeFunc     = func(tls *libc.TLS, file, size uintptr) int32
)

// logFile is a log that is open. SQLite calls it on one goroutine at a time. What
// SQLite is given the address of lies in its memory, not in Go's.
type logFile struct {
	system lib.Tsqlite3_io_methods
	memory uintptr // our methods, and behind them what was gathered
	size   int     // of that
	at     int64   // where in the file it belongs
}

// gatherAt is where in memory it is.
const gatherAt = unsafe.Sizeof(lib.Tsqlite3_io_methods{})

// connectLog is connect for the connection that writes.
func connectLog(path string, pragmas []string) (*sqlite.Conn, error) {
	logFiles.register.Do(registerLogVFS)
	if logFiles.err != nil {
		return nil, logFiles.err
	}
	uri := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "vfs=" + logVFS}
	return connect(uri.String(), sqlite.OpenReadWrite|sqlite.OpenURI, pragmas)
}

func registerLogVFS() {
	tls := libc.NewTLS()
	defer tls.Close()
	logFiles.open = make(map[uintptr]*logFile)
	found := lib.Xsqlite3_vfs_find(tls, 0)
	memory := libc.Xcalloc(tls, 1, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_vfs{})+uintptr(len(logVFS))+1)) // it stays registered
	if found == 0 || memory == 0 {
		logFiles.err = fmt.Errorf("%w: SQLite's VFS cannot be extended", store.ErrUnavailable)
		return
	}
	v := at[lib.Tsqlite3_vfs](memory)
	*v = *at[lib.Tsqlite3_vfs](found)
	logFiles.system = function[openFunc](v.FxOpen)
	v.FpNext, v.FzName = 0, memory+unsafe.Sizeof(*v)
	copy(unsafe.Slice(at[byte](v.FzName), len(logVFS)), logVFS)
	v.FxOpen = pointer(openFunc(openLogFile))
	if code := lib.Xsqlite3_vfs_register(tls, memory, 0); code != lib.SQLITE_OK {
		logFiles.err = fmt.Errorf("%w (%w)", store.ErrUnavailable, sqlite.ResultCode(code).ToError())
	}
}

// at is what SQLite has at an address.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function is the Go function that SQLite has the address of.
func function[F any](address uintptr) F { return *(*F)(unsafe.Pointer(&address)) }

// pointer is what SQLite calls a function by. It must not be a closure: nothing
// would keep that.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func openLogFile(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	code := logFiles.system(tls, vfs, name, file, flags, out)
	if code != lib.SQLITE_OK || flags&lib.SQLITE_OPEN_WAL == 0 {
		return code
	}
	handle := at[lib.Tsqlite3_file](file)
	f := &logFile{system: *at[lib.Tsqlite3_io_methods](handle.FpMethods)}
	if f.memory = libc.Xmalloc(tls, libc.Tsize_t(gatherAt+gatherMost)); f.memory == 0 {
		_ = function[closeFunc](f.system.FxClose)(tls, file)
		handle.FpMethods = 0
		return lib.SQLITE_NOMEM
	}
	methods := at[lib.Tsqlite3_io_methods](f.memory)
	*methods = f.system
	methods.FxClose = pointer(closeFunc(closeLogFile))
	methods.FxRead = pointer(transferFunc(readLogFile))
	methods.FxWrite = pointer(transferFunc(writeLogFile))
	methods.FxTruncate = pointer(truncateFunc(truncateLogFile))
	methods.FxSync = pointer(syncFunc(syncLogFile))
	methods.FxFileSize = pointer(sizeFunc(sizeLogFile))
	handle.FpMethods = f.memory
	logFiles.mu.Lock()
	defer logFiles.mu.Unlock()
	logFiles.open[file] = f
	return code
}

func logFileOf(file uintptr) *logFile {
	logFiles.mu.Lock()
	defer logFiles.mu.Unlock()
	return logFiles.open[file]
}

// closeLogFile forgets what no sync was asked for: it is of no commit.
func closeLogFile(tls *libc.TLS, file uintptr) int32 {
	f := logFileOf(file)
	logFiles.mu.Lock()
	delete(logFiles.open, file)
	logFiles.mu.Unlock()
	defer libc.Xfree(tls, f.memory)
	return function[closeFunc](f.system.FxClose)(tls, file)
}

func writeLogFile(tls *libc.TLS, file, data uintptr, size int32, to int64) int32 {
	f := logFileOf(file)
	if f.at+int64(f.size) != to || f.size+int(size) > gatherMost {
		if code := f.flush(tls, file); code != lib.SQLITE_OK {
			return code
		}
		f.at = to
	}
	if size > gatherMost {
		return function[transferFunc](f.system.FxWrite)(tls, file, data, size, to)
	}
	copy(unsafe.Slice(at[byte](f.memory+gatherAt+uintptr(f.size)), size), unsafe.Slice(at[byte](data), size))
	f.size += int(size)
	return lib.SQLITE_OK
}

// flush writes what was gathered.
func (f *logFile) flush(tls *libc.TLS, file uintptr) int32 {
	if f.size == 0 {
		return lib.SQLITE_OK
	}
	size := f.size
	f.size = 0
	return function[transferFunc](f.system.FxWrite)(tls, file, f.memory+gatherAt, int32(size), f.at)
}

func readLogFile(tls *libc.TLS, file, data uintptr, size int32, from int64) int32 {
	f := logFileOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return function[transferFunc](f.system.FxRead)(tls, file, data, size, from)
}

func truncateLogFile(tls *libc.TLS, file uintptr, size int64) int32 {
	f := logFileOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return function[truncateFunc](f.system.FxTruncate)(tls, file, size)
}

func syncLogFile(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := logFileOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return function[syncFunc](f.system.FxSync)(tls, file, flags)
}

func sizeLogFile(tls *libc.TLS, file, size uintptr) int32 {
	f := logFileOf(file)
	if code := f.flush(tls, file); code != lib.SQLITE_OK {
		return code
	}
	return function[sizeFunc](f.system.FxFileSize)(tls, file, size)
}
