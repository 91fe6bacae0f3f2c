//go:build !js

package disk

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
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

// What comes from the server waits for company, and what is nowhere else, is to
// be read, or is about to be lost does not, nor does what is queued before it.
func TestCompany(t *testing.T) {
	note := func(rev chat.Rev) replica.Effect { return replica.SaveRoom{Room: room, Head: head(rev)} }
	for name, urge := range map[string]func(*Queue){
		"": nil,
		"outbox": func(q *Queue) {
			q.Save([]replica.Effect{replica.SaveOutbox{Entries: []*replica.Entry{entry(1, replica.Storing)}}})
		},
		"settled":  func(q *Queue) { q.Save([]replica.Effect{replica.SaveRoom{Room: room, Done: []chat.Key{keyOf(2)}}}) },
		"gone":     func(q *Queue) { q.Save([]replica.Effect{replica.SaveRoom{Room: 8, Drop: true}}) },
		"a job":    func(q *Queue) { q.Do(func(context.Context, *Store) {}) },
		"hurry":    (*Queue).Hurry,
		"its end":  (*Queue).Close,
		"a moment": func(*Queue) { time.Sleep(company) },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := begun(t, fresh())
			var saves atomic.Int64
			q := NewQueue(s, func(r Report) {
				if saves.Add(1); r.Err != nil {
					t.Errorf("%s: %v", name, r.Err)
				}
			})
			q.Save([]replica.Effect{note(3)})
			time.Sleep(company / 2)
			q.Save([]replica.Effect{note(4)})
			synctest.Wait()
			if saves.Load() != 0 {
				t.Errorf("%s: stored at once", name)
			}
			if urge == nil {
				time.Sleep(company / 2)
			} else {
				urge(q)
			}
			synctest.Wait()
			if n := saves.Load(); n != 1 {
				t.Errorf("%s: %d saves", name, n)
			}
			q.Close()
			q.Wait()
		})
	}
}
