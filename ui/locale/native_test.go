//go:build !js

package locale

import (
	"testing"
	"time"
)

func TestPlain(t *testing.T) {
	at := ms(2026, 3, 2, 14, 5, time.UTC)
	want := map[string][styles]string{
		"en": {"14:05", "Monday", "Monday 2 March", "Monday 2 March 2026", "2 Mar", "02/03/2026", "Monday 2 March 2026 at 14:05"},
		"zh": {"14:05", "星期一", "3月2日星期一", "2026年3月2日星期一", "3月2日", "2026/3/2", "2026年3月2日 14:05"},
	}
	for lang, texts := range want {
		p, ok := newFormatter(lang).(plain)
		if !ok {
			t.Fatal("not the native formatter")
		}
		p.zone = time.UTC
		for s, text := range texts {
			if got := p.write(style(s), at); got != text {
				t.Errorf("%s: %s is %q, want %q", lang, styleNames[s], got, text)
			}
		}
	}
}
