package voice

import (
	"context"
	"errors"
	"math"
	"syscall/js"
	"unsafe"

	"parley/ui/blob"
)

// rate is what recordings are decoded at: enough to see how loud they are.
const rate = 8000

// Peaks fetches a recording and returns its bars.
func Peaks(ctx context.Context, url string) ([]byte, error) {
	answer, err := blob.Await(ctx, js.Global().Call("fetch", url))
	if err != nil {
		return nil, err
	}
	if !answer.Get("ok").Bool() {
		return nil, errors.New("voice: the recording is not there")
	}
	buffer, err := blob.Await(ctx, answer.Call("arrayBuffer"))
	if err != nil {
		return nil, err
	}
	offline := js.Global().Get("OfflineAudioContext").New(1, rate, rate)
	audio, err := blob.Await(ctx, offline.Call("decodeAudioData", buffer))
	if err != nil {
		return nil, err
	}
	return Level(loudness(audio.Call("getChannelData", 0))), nil
}

// loudness measures samples, a tenth of a second at a time.
func loudness(samples js.Value) []byte {
	bytes := js.Global().Get("Uint8Array").New(samples.Get("buffer"), samples.Get("byteOffset"), samples.Get("byteLength"))
	data := make([]float32, samples.Length())
	if len(data) == 0 {
		return nil
	}
	js.CopyBytesToGo(unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), 4*len(data)), bytes)
	const part = rate / 10
	out := make([]byte, 0, len(data)/part+1)
	for from := 0; from < len(data); from += part {
		var most float64
		for _, v := range data[from:min(from+part, len(data))] {
			most = max(most, math.Abs(float64(v)))
		}
		out = append(out, byte(min(most, 1)*255))
	}
	return out
}
