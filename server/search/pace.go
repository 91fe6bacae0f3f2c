package search

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// restTimes is how many times as long as a transaction took an index rests
	// behind it: who posts keeps nine tenths of what both share.
	restTimes = 9
	maxRest   = time.Second // it may have been the disk that was slow

	// still is after how long without a post nobody counts as posting.
	still = time.Second
)

// Pace has an index go slowly while posts come, and as fast as it can when they
// do not. The zero value is ready. It is safe for concurrent use.
type Pace struct {
	posted atomic.Int64 // when last, in nanoseconds
}

// Posted notes that something is posted.
func (p *Pace) Posted() { p.posted.Store(time.Now().UnixNano()) }

// Posting says whether posts come.
func (p *Pace) Posting() bool { return time.Since(time.Unix(0, p.posted.Load())) < still }

// Rest waits behind a transaction that took so long, if posts come, and no longer
// than until ctx ends.
func (p *Pace) Rest(ctx context.Context, took time.Duration) {
	if !p.Posting() {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(min(restTimes*took, maxRest)):
	}
}
