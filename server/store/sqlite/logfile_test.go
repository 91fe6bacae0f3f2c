package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/server/store"
	"parley/shared/chat"
)

// Promise 1: what was acknowledged is in the file, and not gathered still.
// The directory's name has whatever a URI would take for its own.
func TestLogIsWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%20e&vfs=unix")
	s := openStore(t, dir)
	defer s.Close()
	logFiles.mu.Lock()
	var log *logFile
	for _, f := range logFiles.open {
		log = f
	}
	n := len(logFiles.open)
	logFiles.mu.Unlock()
	if n != 1 {
		t.Fatalf("%d logs are open through our VFS, want one", n)
	}
	const rows = 300 // more than are gathered
	err := s.Update(context.Background(), func(tx store.Tx) error {
		for i := range rows {
			room := chat.RoomID(i + 1)
			if err := tx.PutRoom(store.Room{ID: room, Kind: chat.KindOpen, Name: fmt.Sprintf("room-%d", i), About: strings.Repeat("x", 3000)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if log.size > 0 {
		t.Errorf("%d bytes are not written after a commit", log.size)
	}
	info, err := os.Stat(filepath.Join(dir, name+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if least := int64(rows * frameSize); info.Size() < least {
		t.Errorf("the log has %d bytes, want at least %d", info.Size(), least)
	}
}
