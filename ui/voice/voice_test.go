package voice

import "testing"

func TestLevel(t *testing.T) {
	if Level(nil) != nil {
		t.Error("bars of nothing")
	}
	long := make([]byte, 1000)
	for i := range long {
		long[i] = byte(i / 10)
	}
	for name, loudness := range map[string][]byte{"short": {10, 100}, "long": long, "one": {7}} {
		bars := Level(loudness)
		if len(bars) != Bars || bars[Bars-1] != 255 {
			t.Errorf("%s: %v", name, bars)
		}
		for i := 1; i < Bars; i++ {
			if bars[i] < bars[i-1] {
				t.Errorf("%s: bar %d of what grows is lower", name, i)
			}
		}
	}
	for _, v := range Level(make([]byte, 50)) {
		if v != 0 {
			t.Error("silence is heard")
		}
	}
}
