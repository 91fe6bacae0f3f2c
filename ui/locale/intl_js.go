package locale

import (
	"syscall/js"
	"time"

	"parley/shared/chat"
)

// Browser lists the languages that the browser prefers, the best first.
func Browser() []string {
	languages := js.Global().Get("navigator").Get("languages")
	if languages.Type() != js.TypeObject {
		return nil
	}
	tags := make([]string, languages.Length())
	for i := range tags {
		tags[i] = languages.Index(i).String()
	}
	return tags
}

// quarter is a quarter of an hour since 1970 UTC: zones change their offset
// only between two.
type quarter int64

// intl writes times by Intl.DateTimeFormat, in the browser's time zone.
type intl struct {
	region  string
	made    [styles]js.Value
	offsets map[quarter]time.Duration
}

var _ formatter = (*intl)(nil)

func newFormatter(region string) formatter {
	return &intl{region: region, offsets: map[quarter]time.Duration{}}
}

// options are those of Intl.DateTimeFormat.
func options(s style) map[string]any {
	switch s {
	case clock:
		return map[string]any{"hour": "numeric", "minute": "2-digit"}
	case weekday:
		return map[string]any{"weekday": "long"}
	case dayMonth:
		return map[string]any{"weekday": "long", "day": "numeric", "month": "long"}
	case dayYear:
		return map[string]any{"weekday": "long", "day": "numeric", "month": "long", "year": "numeric"}
	case shortDay:
		return map[string]any{"day": "numeric", "month": "short"}
	case shortYear:
		return map[string]any{"day": "2-digit", "month": "2-digit", "year": "numeric"}
	}
	return map[string]any{"dateStyle": "full", "timeStyle": "short"}
}

// latest is the greatest time that a JavaScript Date holds.
const latest = 8_640_000_000_000_000

func (f *intl) write(s style, at chat.Time) string {
	if at < -latest || at > latest {
		return ""
	}
	if f.made[s].IsUndefined() {
		f.made[s] = js.Global().Get("Intl").Get("DateTimeFormat").New(f.region, options(s))
	}
	return f.made[s].Call("format", float64(at)).String()
}

// offset asks the browser, because Go's own idea of the local zone in
// WebAssembly is the offset at start and knows no summer time.
func (f *intl) offset(at chat.Time) time.Duration {
	q := quarter(floor(int64(at), 15*60_000))
	if d, ok := f.offsets[q]; ok {
		return d
	}
	if len(f.offsets) >= kept {
		clear(f.offsets)
	}
	minutes := js.Global().Get("Date").New(float64(at)).Call("getTimezoneOffset").Float()
	d := -time.Duration(minutes * float64(time.Minute))
	f.offsets[q] = d
	return d
}
