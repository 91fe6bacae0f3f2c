//go:build !js

package voice

import (
	"context"
	"time"

	"parley/ui/blob"
)

// Able reports whether this browser can record.
func Able() bool { return false }

// Recording is one that runs.
type Recording struct{}

// Record asks for the microphone and begins. heard is called every Step with all
// loudness so far, until the recording ends; full is called at the Limit.
func Record(context.Context, func([]byte), func()) (*Recording, error) { return nil, ErrNoMicrophone }

// Stop ends the recording.
func (*Recording) Stop(context.Context) (blob.Blob, time.Duration, []byte, error) {
	return blob.Blob{}, 0, nil, ErrNoMicrophone
}

// Cancel ends the recording and throws it away.
func (*Recording) Cancel() {}

// Peaks fetches a recording and returns its bars.
func Peaks(context.Context, string) ([]byte, error) { return nil, ErrNoMicrophone }
