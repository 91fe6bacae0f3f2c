package sqlite

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
)

// secure_delete overwrites what is deleted, but not what is moved: when a page
// is split or joined, the rows that go to its neighbour stay behind as well, in
// the gap between the list of its cells and the cells, and a recall does not
// find them there. So the gaps are cleared here. Every page that changes is in
// the log first: there the pages of each commit are looked at, and the gaps of
// those that have something in them are cleared before the log is copied into
// the database. While it is copied, and until it begins anew, each commit clears
// what the one before has left, so that the log, with what it will have next,
// has no remains that are not known: when it begins anew nothing is forgotten. A
// log that was left by another process is looked at from its beginning.

const (
	pageSize = 4096

	// The log is a header, and then frames: a header that begins with the
	// number of the page, and the page. https://www.sqlite.org/walformat.html
	logHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + pageSize

	// How many frames are read at a time, at first and at most. Behind those of
	// the last commit lie those of the log before.
	fewFrames, maxFrames = 8, 256

	// maxPages keeps overflow pages and those of the free list, which begin
	// with a page number, from being taken for pages of a B-tree, which begin
	// with their kind. That is 128 GiB.
	maxPages = 2 << 24
)

// scrubber knows which pages have remains.
type scrubber struct {
	path   string // of the log
	file   *os.File
	salts  [8]byte // of the log, as it has begun
	frames int64   // how many it has, up to the last commit that was looked at
	gaps   map[int64]bool
	buffer []byte
}

// exposed says that the log is copied, or was as a whole, so that the next
// commit may begin it anew.
func (w *writer) exposed() bool { return w.copying != nil || w.frames <= w.copied }

// scrub clears the gaps that are known, in the transaction that runs.
func (w *writer) scrub() error {
	if len(w.gaps) == 0 {
		return nil
	}
	for _, number := range slices.Sorted(maps.Keys(w.gaps)) {
		if err := w.tx.scrubPage(number); err != nil {
			return err
		}
	}
	return nil
}

// scrubAll is scrub in a transaction of its own.
func (w *writer) scrubAll() error {
	if len(w.gaps) == 0 {
		return nil
	}
	err := w.tx.exec(w.tx.ask("BEGIN IMMEDIATE"))
	if err == nil {
		err = w.seal(true)
	}
	if err != nil {
		return w.giveUp(err)
	}
	return nil
}

// inspect looks at the commits that have come into the log. Its header and its
// frames hold salts, which are others each time that it begins anew.
func (s *scrubber) inspect() error {
	if s.file == nil {
		f, err := os.Open(s.path)
		if err != nil {
			return logError(err)
		}
		s.file = f
		s.buffer = make([]byte, maxFrames*frameSize)
	}
	header := s.buffer[:logHeader]
	if n, err := s.file.ReadAt(header, 0); err != nil && err != io.EOF {
		return logError(err)
	} else if n < logHeader {
		s.frames = 0
		return nil // it was emptied, and nothing written since
	}
	if salts := [8]byte(header[16:24]); salts != s.salts {
		s.salts, s.frames = salts, 0
	}
	for at, read := s.frames, fewFrames; ; read = min(2*read, maxFrames) {
		b := s.buffer[:read*frameSize]
		n, err := s.file.ReadAt(b, logHeader+at*frameSize)
		if err != nil && err != io.EOF {
			return logError(err)
		}
		for b = b[:n]; len(b) >= frameSize && [8]byte(b[8:16]) == s.salts; b = b[frameSize:] {
			at++
			s.frame(b[:frameSize], at)
		}
		if len(b) > 0 || n < read*frameSize {
			return nil
		}
	}
}

// frame looks at a frame: the number of the page, the size of the database if
// it ends a commit, salts and checksums, and the page. Page 1 holds the schema.
func (s *scrubber) frame(b []byte, end int64) {
	number, size := int64(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
	if hole := gap(b[frameHeader:]); number > 1 && !bytes.Equal(hole, zeros[:len(hole)]) {
		s.gaps[number] = true
	}
	if size > 0 {
		s.frames = end
	}
	if size >= maxPages {
		clear(s.gaps)
	}
}

var zeros [pageSize]byte

// logError makes an error of the system one that ends the writer's work.
func logError(err error) error {
	return &engineError{code: sqlite.ResultIOErrRead, err: fmt.Errorf("read the log: %w", err)}
}

// scrubPage clears the gap of a page, if it is of a B-tree and there is
// something in it.
func (t *tx) scrubPage(number int64) error {
	page, err := one(t.ask(`SELECT data FROM sqlite_dbpage WHERE pgno = ?`).int(number),
		func(stmt *sqlite.Stmt, at int) ([]byte, error) { return blob(stmt, at), nil })
	if err == store.ErrNotFound {
		return nil // cut off since
	}
	hole := gap(page)
	if err != nil || bytes.Equal(hole, zeros[:len(hole)]) {
		return err
	}
	clear(hole)
	return t.write(t.ask(`UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?`).blob(page).int(number))
}

// gap returns the gap of a page, or nothing if the page is not of a B-tree.
// https://www.sqlite.org/fileformat.html#b_tree_pages
func gap(page []byte) []byte {
	if len(page) != pageSize {
		return nil
	}
	header := 8
	switch page[0] {
	case 2, 5: // inner pages of indexes and tables
		header = 12
	case 10, 13: // their leaves
	default:
		return nil
	}
	from := header + 2*int(binary.BigEndian.Uint16(page[3:]))
	upto := int(binary.BigEndian.Uint16(page[5:]))
	if from > upto || upto > pageSize {
		return nil
	}
	return page[from:upto]
}
