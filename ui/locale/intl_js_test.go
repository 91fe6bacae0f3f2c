package locale

import (
	"strings"
	"syscall/js"
	"testing"
	"time"
)

func TestIntl(t *testing.T) {
	at := ms(2026, 7, 2, 14, 5, time.UTC)
	local := func(region string, options map[string]any) string {
		return js.Global().Get("Date").New(float64(at)).Call("toLocaleString", region, options).String()
	}
	for _, region := range []string{"en-GB", "en-US", "zh-CN"} {
		l := New("", []string{"fr", region})
		if got, want := l.Clock(at), local(region, map[string]any{"hour": "numeric", "minute": "2-digit"}); got != want {
			t.Errorf("%s: Clock is %q, want %q", region, got, want)
		}
		if got, want := l.Separator(at, at+3*86_400_000), local(region, map[string]any{"weekday": "long"}); got != want {
			t.Errorf("%s: Separator is %q, want %q", region, got, want)
		}
		if got, want := l.Full(at), local(region, map[string]any{"dateStyle": "full", "timeStyle": "short"}); got != want {
			t.Errorf("%s: Full is %q, want %q", region, got, want)
		}
	}
	if clock := New("", []string{"en-US"}).Clock(at); !strings.HasSuffix(clock, "M") {
		t.Errorf("en-US: %q", clock)
	}
	if got := New("en", nil).Full(latest + 1); got != "" {
		t.Errorf("a time beyond JavaScript's: %q", got)
	}
}

// The day is the browser's, in summer and in winter.
func TestIntlDay(t *testing.T) {
	l := New("en", nil)
	for month := range time.Month(12) {
		for hour := range 24 {
			at := ms(2026, month+1, 15, hour, 59, time.UTC)
			date := js.Global().Get("Date").New(float64(at))
			want := ms(date.Call("getFullYear").Int(), time.Month(date.Call("getMonth").Int()+1), date.Call("getDate").Int(), 0, 0, time.UTC)
			if got := l.Day(at) * 86_400_000; got != int64(want) {
				t.Errorf("Day(%d) begins at %d, want %d", at, got, want)
			}
		}
	}
}
