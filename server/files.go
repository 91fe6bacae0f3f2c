package server

import (
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"parley/server/files"
	"parley/server/store"
	"parley/shared/chat"
)

const (
	unusedFor   = 24 * time.Hour // how long a file may wait for a message that names it
	orphanAfter = time.Hour      // a blob that no file has, and that is no upload any more
	block       = 4 << 10        // what the smallest file is counted as

	uploadsAtOnce = 256 // on this node
	uploadsOfOne  = 4   // of an account, at once
)

// errNoFile is the one answer for files that do not exist and files that one
// may not read (Promise 16).
var errNoFile = chat.Refuse(chat.NotFound, "there is no such file")

// shelf is where a server keeps the contents of files, and what it knows about
// those that are on their way.
type shelf struct {
	dir *files.Dir

	mu      sync.Mutex
	uploads map[chat.AccountID]int
	all     int
}

func newShelf(dir *files.Dir) *shelf {
	return &shelf{dir: dir, uploads: make(map[chat.AccountID]int)}
}

// begin takes one of the places for uploads; end gives it back.
func (f *shelf) begin(account chat.AccountID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all >= uploadsAtOnce || f.uploads[account] >= uploadsOfOne {
		return &chat.Error{Code: chat.SlowDown, Message: "too many uploads at once", Retry: 2 * time.Second}
	}
	f.all++
	f.uploads[account]++
	return nil
}

func (f *shelf) end(account chat.AccountID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all--
	if f.uploads[account]--; f.uploads[account] == 0 {
		delete(f.uploads, account)
	}
}

// drop has a blob removed soon. It does not block. What a stop or a fault
// leaves is an orphan, which a sweep finds.
func (s *Server) drop(blob string) {
	s.keep(func() {
		if err := s.shelf.dir.Remove(blob); err != nil {
			s.log.Error("a file's content could not be removed", "err", err)
		}
	})
}

// sweepFiles deletes files that have waited too long for a message, and blobs
// that a crash has left without a file.
func (s *Server) sweepFiles() {
	if s.shelf == nil {
		return
	}
	err := errors.Join(s.sweepUnused(), s.sweepOrphans())
	if err != nil && s.life.Err() == nil {
		s.log.Error("sweeping files failed, the next hour tries again", "err", err)
	}
}

func (s *Server) sweepUnused() error {
	before := s.now() - chat.Time(unusedFor/time.Millisecond)
	for {
		n := 0
		err := s.store.Update(s.life, func(tx store.Tx) error {
			unused, err := tx.UnusedFiles(before, sweepBatch)
			if err != nil {
				return err
			}
			n = len(unused)
			for _, file := range unused {
				if err := s.deleteFile(tx, file); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

func (s *Server) sweepOrphans() error {
	return s.shelf.dir.Stale(s.life, s.clock().Add(-orphanAfter), func(blob string) error {
		used := true
		err := s.store.View(s.life, func(r store.Reader) (err error) {
			used, err = r.BlobUsed(blob)
			return err
		})
		if err != nil || used {
			return err
		}
		return s.shelf.dir.Remove(blob)
	})
}

// deleteFile deletes a file, and its content if no other file has it.
func (s *Server) deleteFile(tx store.Tx, file store.File) error {
	if err := tx.DeleteFile(file.ID); err != nil {
		return err
	}
	used, err := tx.BlobUsed(file.Blob)
	if err != nil || used || s.shelf == nil {
		return err
	}
	tx.OnCommit(func() { s.drop(file.Blob) })
	return nil
}

// letGo deletes those of the files that nothing uses any more, and which
// therefore nobody, their uploader included, may read from the commit on
// (Promise 8). It is called where something has stopped using them.
func (s *Server) letGo(tx store.Tx, ids ...string) error {
	for _, id := range ids {
		file, err := tx.File(id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		used, err := tx.FileUsed(id)
		if err != nil {
			return err
		}
		if !used {
			if err := s.deleteFile(tx, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// readable returns a file that an account may read: one that it has uploaded,
// that a room of its own shows, or that is somebody's avatar. errNoFile for any
// other.
func readable(r store.Reader, me chat.AccountID, id string) (store.File, error) {
	file, err := r.File(id)
	if errors.Is(err, store.ErrNotFound) {
		return file, errNoFile
	}
	if err != nil || file.Account == me {
		return file, err
	}
	shown, err := r.FileShown(id, me)
	if err == nil && !shown {
		err = errNoFile
	}
	return file, err
}

// attached returns the files that a post names, as its row tells of them.
func attached(r store.Reader, me chat.AccountID, ids []string) ([]chat.File, error) {
	var list []chat.File
	for _, id := range ids {
		file, err := readable(r, me, id)
		if err != nil {
			return nil, err
		}
		list = append(list, file.File)
	}
	return list, nil
}

// fileIDs are the ids of the files of a row.
func fileIDs(list []chat.File) []string {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// newFileID draws the id of a file: 128 random bits, which nobody guesses.
func (s *Server) newFileID() string {
	var b [16]byte
	s.random(b[:])
	return hex.EncodeToString(b[:])
}
