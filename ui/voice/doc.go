// Package voice records voice messages, and draws what they sound like.
//
// A Recording is made by Record, which asks for the microphone. It ends with
// Stop, which returns what was recorded, or with Cancel; either lets go of the
// microphone. A recording stops by itself at Limit.
//
// The loudness of a recording is a list of bytes, one for each Step, 255 the
// loudest. Peaks makes Bars of them, or of a recording of somebody else's, which
// it fetches and decodes: a File does not say what it sounds like.
package voice

import (
	"errors"
	"time"
)

const (
	Limit = 2 * time.Minute        // of a recording
	Step  = 100 * time.Millisecond // between two measurements of loudness
	Bars  = 36                     // of a drawing
)

var (
	// ErrRefused says that somebody, or the browser for them, has denied the microphone.
	ErrRefused = errors.New("voice: the microphone was refused")

	// ErrNoMicrophone says that there is none, or that another program has it.
	ErrNoMicrophone = errors.New("voice: there is no microphone")
)

// Level makes bars of loudness measured at equal distances: of each part the
// loudest, all relative to the loudest of them.
func Level(loudness []byte) []byte {
	if len(loudness) == 0 {
		return nil
	}
	bars := make([]byte, Bars)
	var most byte
	for i := range bars {
		from := i * len(loudness) / Bars
		to := max((i+1)*len(loudness)/Bars, from+1)
		for _, v := range loudness[from:min(to, len(loudness))] {
			bars[i] = max(bars[i], v)
		}
		most = max(most, bars[i])
	}
	if most > 0 {
		for i, v := range bars {
			bars[i] = byte(int(v) * 255 / int(most))
		}
	}
	return bars
}
