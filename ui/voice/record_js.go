package voice

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"
	"time"

	"parley/ui/blob"
)

// kinds are the formats to record in, the one that most browsers play first.
var kinds = []string{"audio/mp4;codecs=mp4a.40.2", "audio/webm;codecs=opus", "audio/mp4", "audio/webm", "audio/ogg;codecs=opus"}

// Able reports whether this browser can record. Pages on plain http cannot.
func Able() bool {
	devices := js.Global().Get("navigator").Get("mediaDevices")
	return devices.Truthy() && devices.Get("getUserMedia").Truthy() && kind() != ""
}

func kind() string {
	recorder := js.Global().Get("MediaRecorder")
	if !recorder.Truthy() {
		return ""
	}
	for _, k := range kinds {
		if recorder.Call("isTypeSupported", k).Bool() {
			return k
		}
	}
	return ""
}

// Recording is one that runs.
type Recording struct {
	stream, recorder, context, analyser js.Value

	funcs   []js.Func
	stopped chan struct{}
	timer   *time.Timer // the next measurement
	began   time.Time
	heard   func([]byte)
	full    func()

	mu       sync.Mutex
	parts    []any
	loudness []byte
	ended    bool
}

// Record asks for the microphone and begins. heard is called every Step with all
// loudness so far, until the recording ends; full is called at the Limit. Both
// come from another goroutine.
func Record(ctx context.Context, heard func([]byte), full func()) (*Recording, error) {
	if !Able() {
		return nil, ErrNoMicrophone
	}
	want := map[string]any{"audio": map[string]any{"echoCancellation": true, "noiseSuppression": true, "autoGainControl": true}}
	stream, err := blob.Await(ctx, js.Global().Get("navigator").Get("mediaDevices").Call("getUserMedia", want))
	if err != nil {
		var thrown js.Error
		if errors.As(err, &thrown) && thrown.Value.Get("name").String() == "NotAllowedError" {
			return nil, ErrRefused
		}
		return nil, fmt.Errorf("%w: %w", ErrNoMicrophone, err)
	}
	r := &Recording{stream: stream, heard: heard, full: full, stopped: make(chan struct{})}
	r.recorder = js.Global().Get("MediaRecorder").New(stream, map[string]any{"mimeType": kind(), "audioBitsPerSecond": 32000})
	r.on("ondataavailable", func(e js.Value) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.parts = append(r.parts, e.Get("data"))
	})
	r.on("onstop", func(js.Value) { close(r.stopped) })
	r.context = js.Global().Get("AudioContext").New()
	r.analyser = r.context.Call("createAnalyser")
	r.analyser.Set("fftSize", 8192) // more than a Step, at any usual rate
	r.context.Call("createMediaStreamSource", stream).Call("connect", r.analyser)
	r.recorder.Call("start", 1000)
	r.began = time.Now()
	r.timer = time.AfterFunc(Step, r.listen)
	return r, nil
}

func (r *Recording) on(event string, f func(js.Value)) {
	fn := js.FuncOf(func(_ js.Value, args []js.Value) any {
		f(args[0])
		return nil
	})
	r.funcs = append(r.funcs, fn)
	r.recorder.Set(event, fn)
}

// listen measures how loud it is, and again after a Step.
func (r *Recording) listen() {
	size := r.analyser.Get("fftSize").Int()
	wave := js.Global().Get("Uint8Array").New(size)
	r.analyser.Call("getByteTimeDomainData", wave)
	data := make([]byte, size)
	js.CopyBytesToGo(data, wave)
	var most int
	for _, v := range data {
		most = max(most, int(v)-128, 128-int(v))
	}
	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()
		return
	}
	r.loudness = append(r.loudness, byte(min(most*2, 255)))
	heard := r.loudness[:len(r.loudness):len(r.loudness)]
	if time.Since(r.began) < Limit {
		r.timer.Reset(Step)
		r.mu.Unlock()
		r.heard(heard)
		return
	}
	r.mu.Unlock()
	r.full()
}

// Stop ends the recording and returns it, its length, and its loudness.
func (r *Recording) Stop(ctx context.Context) (blob.Blob, time.Duration, []byte, error) {
	long := min(time.Since(r.began), Limit)
	r.end()
	defer r.release()
	select {
	case <-r.stopped:
	case <-ctx.Done():
		return blob.Blob{}, 0, nil, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	whole := js.Global().Get("Blob").New(r.parts, map[string]any{"type": plain(kind())})
	return blob.Of(whole), long, r.loudness, nil
}

// Cancel ends the recording and throws it away.
func (r *Recording) Cancel() {
	r.end()
	go func() {
		<-r.stopped
		r.release()
	}()
}

// end lets go of the microphone.
func (r *Recording) end() {
	r.mu.Lock()
	was := r.ended
	r.ended = true
	r.mu.Unlock()
	if was {
		return
	}
	r.timer.Stop()
	if r.recorder.Get("state").String() == "inactive" { // the microphone was unplugged
		select {
		case <-r.stopped:
		default:
			close(r.stopped)
		}
	} else {
		r.recorder.Call("stop")
	}
	tracks := r.stream.Call("getTracks")
	for i := range tracks.Length() {
		tracks.Index(i).Call("stop")
	}
	r.context.Call("close")
}

func (r *Recording) release() {
	r.recorder.Set("ondataavailable", js.Null())
	r.recorder.Set("onstop", js.Null())
	for _, f := range r.funcs {
		f.Release()
	}
	r.funcs = nil
}

// plain is a media type without its parameters.
func plain(kind string) string {
	for i, c := range kind {
		if c == ';' {
			return kind[:i]
		}
	}
	return kind
}
