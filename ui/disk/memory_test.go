//go:build !js

package disk

import (
	"errors"
	"fmt"
	"testing"

	"parley/shared/replica"
)

// What could not be stored is told by its keys.
func TestFailedSave(t *testing.T) {
	account := fresh()
	s := tab(t, account)
	device.mu.Lock()
	db := device.databases[name(account)]
	device.mu.Unlock()
	db.fail = fmt.Errorf("%w: quota", ErrFull)
	var got Report
	q := NewQueue(s, func(r Report) { got.add(r) })
	q.Save([]replica.Effect{welcome(account, "e1"), replica.SaveOutbox{Entries: []*replica.Entry{entry(1, replica.Storing), entry(2, replica.Failed)}}})
	q.Wait()
	if len(got.Unsaved) != 1 || got.Unsaved[0] != keyOf(1) || !errors.Is(got.Err, ErrFull) || len(got.Stored) != 0 {
		t.Errorf("%+v", got)
	}
}
