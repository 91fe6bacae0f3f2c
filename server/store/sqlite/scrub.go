package sqlite

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
)

// secure_delete overwrites what is deleted, but not what is moved: when a page
// is split or joined, the rows that go to its neighbour stay behind as well, in
// the gap between the list of its cells and the cells, and a recall does not
// find them there. So the gaps are cleared here. Every page that changes is in
// the log first, and nothing leaves the log but by the writer's checkpoints:
// clearing the pages that the log names before each of them keeps the database
// file free of such remains.

const (
	pageSize = 4096

	// The log is a header, and then frames: a header that begins with the
	// number of the page, and the page. https://www.sqlite.org/walformat.html
	logHeader   = 32
	frameHeader = 24

	// maxPages keeps overflow pages and those of the free list, which begin
	// with a page number, from being taken for pages of a B-tree, which begin
	// with their kind. That is 128 GiB.
	maxPages = 2 << 24
)

// scrub clears the gaps of the pages that changed since the log was begun, in
// a transaction of its own.
func (w *writer) scrub(frames int64) error {
	numbers, err := w.logged(frames)
	if err != nil || len(numbers) == 0 {
		return err
	}
	err = w.tx.exec(w.tx.ask("BEGIN IMMEDIATE"))
	for _, number := range numbers {
		if err == nil {
			err = w.tx.scrubPage(number)
		}
	}
	if err == nil {
		err = w.commit()
	}
	if err != nil {
		return w.giveUp(err)
	}
	return nil
}

// logged lists the pages in the first frames of the log, each once, without
// page 1, which holds the schema.
func (w *writer) logged(frames int64) ([]int64, error) {
	f, err := os.Open(w.log)
	if err != nil {
		return nil, logError(err)
	}
	defer f.Close()
	var numbers []int64
	var number [4]byte
	for i := range frames {
		_, err := f.ReadAt(number[:], logHeader+i*(frameHeader+pageSize))
		if err == io.EOF {
			break // it was emptied before, and nothing written since
		}
		if err != nil {
			return nil, logError(err)
		}
		if n := int64(binary.BigEndian.Uint32(number[:])); n > 1 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	if n := len(numbers); n > 0 && numbers[n-1] >= maxPages {
		return nil, nil
	}
	return numbers, nil
}

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
	if err != nil || !clearGap(page) {
		return err
	}
	return t.write(t.ask(`UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?`).blob(page).int(number))
}

// clearGap clears the gap of a page and reports whether that changed it.
// https://www.sqlite.org/fileformat.html#b_tree_pages
func clearGap(page []byte) bool {
	if len(page) != pageSize {
		return false
	}
	header := 8
	switch page[0] {
	case 2, 5: // inner pages of indexes and tables
		header = 12
	case 10, 13: // their leaves
	default:
		return false
	}
	from := header + 2*int(binary.BigEndian.Uint16(page[3:]))
	upto := int(binary.BigEndian.Uint16(page[5:]))
	if from > upto || upto > pageSize {
		return false
	}
	gap := page[from:upto]
	if !slices.ContainsFunc(gap, func(b byte) bool { return b != 0 }) {
		return false
	}
	clear(gap)
	return true
}
