package locale

import (
	"testing"
	"time"

	"parley/shared/chat"
)

// counted counts what a formatter is asked.
type counted struct {
	formatter
	writes int
}

func (c *counted) write(s style, at chat.Time) string {
	c.writes++
	return c.formatter.write(s, at)
}

func ms(year int, month time.Month, day, hour, minute int, zone *time.Location) chat.Time {
	return chat.Time(time.Date(year, month, day, hour, minute, 0, 0, zone).UnixMilli())
}

// stated is a formatter that says what it was asked for.
type stated struct{ zone *time.Location }

var styleNames = [styles]string{"clock", "weekday", "dayMonth", "dayYear", "shortDay", "shortYear", "full"}

func (s stated) write(st style, _ chat.Time) string { return styleNames[st] }

func (s stated) offset(at chat.Time) time.Duration {
	_, seconds := time.UnixMilli(int64(at)).In(s.zone).Zone()
	return time.Duration(seconds) * time.Second
}

func inZone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestDays(t *testing.T) {
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/Los_Angeles", "Asia/Kathmandu", "Europe/Berlin", "Pacific/Kiritimati"} {
		zone := inZone(t, name)
		l := New("en", nil)
		l.format = stated{zone}
		now := ms(2026, 3, 29, 0, 30, zone) // half an hour into the day on which Berlin's clocks go forward
		tests := []struct {
			at                chat.Time
			separator, recent string
		}{
			{now, "Today", "clock"},
			{ms(2026, 3, 29, 0, 0, zone), "Today", "clock"},
			{ms(2026, 3, 28, 23, 59, zone), "Yesterday", "Yesterday"},
			{ms(2026, 3, 28, 0, 0, zone), "Yesterday", "Yesterday"},
			{ms(2026, 3, 27, 23, 59, zone), "weekday", "weekday"},
			{ms(2026, 3, 23, 0, 0, zone), "weekday", "weekday"},
			{ms(2026, 3, 22, 23, 59, zone), "dayMonth", "shortDay"},
			{ms(2026, 1, 1, 0, 0, zone), "dayMonth", "shortDay"},
			{ms(2025, 12, 31, 23, 59, zone), "dayYear", "shortYear"},
			{ms(1969, 12, 31, 12, 0, zone), "dayYear", "shortYear"},
			{ms(2026, 3, 29, 23, 59, zone), "Today", "clock"},
			{ms(2026, 3, 30, 0, 0, zone), "dayMonth", "shortDay"}, // a clock ahead of ours
			{ms(2027, 1, 1, 0, 0, zone), "dayYear", "shortYear"},
		}
		for _, test := range tests {
			if got := l.Separator(test.at, now); got != test.separator {
				t.Errorf("%s: Separator(%d) is %s, want %s", name, test.at, got, test.separator)
			}
			if got := l.Recent(test.at, now); got != test.recent {
				t.Errorf("%s: Recent(%d) is %s, want %s", name, test.at, got, test.recent)
			}
		}
	}
}

func TestNearNewYearTheWeekdayIsEnough(t *testing.T) {
	l := New("en", nil)
	l.format = stated{time.UTC}
	if got := l.Recent(ms(2025, 12, 30, 9, 0, time.UTC), ms(2026, 1, 2, 9, 0, time.UTC)); got != "weekday" {
		t.Errorf("Recent is %s", got)
	}
}

func TestTimesAreRemembered(t *testing.T) {
	l := New("en", nil)
	c := &counted{formatter: stated{time.UTC}}
	l.format = c
	now := ms(2026, 3, 29, 10, 0, time.UTC)
	for i := range chat.Time(100) {
		l.Clock(now + 100*i)
		l.Separator(now-chat.Time(40*24*time.Hour/time.Millisecond)+100*i, now)
	}
	if c.writes != 2 {
		t.Errorf("the formatter was asked %d times for one minute and one day", c.writes)
	}
	for i := range chat.Time(3 * kept) {
		l.Clock(now + 60_000*i)
		l.Recent(now-chat.Time(40+i)*86_400_000, now)
	}
	if len(l.clocks) > kept || len(l.fulls) > kept || len(l.days) > kept {
		t.Errorf("%d and %d minutes and %d days are remembered", len(l.clocks), len(l.fulls), len(l.days))
	}
}

// All kinds of writing give something, in both languages, on every platform.
func TestFormatter(t *testing.T) {
	at := ms(2026, 3, 2, 14, 5, time.UTC)
	for _, lang := range Langs {
		f := newFormatter(string(lang.Lang))
		for s := range styles {
			if f.write(s, at) == "" {
				t.Errorf("%s: %s is empty", lang.Lang, styleNames[s])
			}
		}
		if off := f.offset(at); off%time.Minute != 0 || off < -15*time.Hour || off > 15*time.Hour {
			t.Errorf("%s: offset %v", lang.Lang, off)
		}
	}
}

// A date field and the messages of its day agree, in any zone.
func TestMidnight(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		l := New(lang, nil)
		for _, date := range []string{"2024-02-29", "2025-03-30", "2026-11-23"} {
			at, is := l.Midnight(date)
			if !is || l.Date(at) != date || l.Date(at-1) == date || l.Day(at) == l.Day(at-1) {
				t.Errorf("%s begins at %d, which is on %s", date, at, l.Date(at))
			}
		}
		for _, bad := range []string{"", "2024-02-30", "24-1-1", "1912-04-15", "2024-02-29T00:00"} {
			if at, is := l.Midnight(bad); is {
				t.Errorf("%q begins at %d", bad, at)
			}
		}
	}
}
