package search

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// An index rests while posts come, for a while and not too long, and neither
// before nor after.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p Pace
		rests := func(ctx context.Context, took, want time.Duration) {
			t.Helper()
			began := time.Now()
			if p.Rest(ctx, took); time.Since(began) != want {
				t.Errorf("behind %v it rested for %v, want %v", took, time.Since(began), want)
			}
		}
		rests(t.Context(), time.Second, 0)
		p.Posted()
		rests(t.Context(), 10*time.Millisecond, 90*time.Millisecond)
		rests(t.Context(), time.Hour, maxRest)
		rests(t.Context(), time.Second, 0)
		p.Posted()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		rests(ended, time.Hour, 0)
	})
}
