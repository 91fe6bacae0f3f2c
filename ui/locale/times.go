package locale

import (
	"time"

	"parley/shared/chat"
)

// style is a way to write a time or a day.
type style int

const (
	clock     style = iota // 14:05
	weekday                // Monday
	dayMonth               // Monday, 3 March
	dayYear                // Monday, 3 March 2025
	shortDay               // 3 Mar
	shortYear              // 03/03/2025
	full                   // Monday, 3 March 2025 at 14:05
	styles                 // how many there are
)

// formatter is what the platform knows of times.
type formatter interface {
	// write writes a time in the reader's zone.
	write(s style, at chat.Time) string
	// offset is the reader's zone at a time: local is UTC plus offset.
	offset(at chat.Time) time.Duration
}

type dayStyle struct {
	style style
	day   int64
}

// minute is a minute of the reader's: its number since 1970 UTC is enough,
// since every zone of today is off by whole minutes.
type minute int64

// kept bounds what is remembered of days and of minutes, each.
const kept = 4096

// Day numbers the days of the reader's calendar: two times are on the same day
// if their numbers are equal.
func (l *Locale) Day(at chat.Time) int64 {
	return floor(int64(at)+l.format.offset(at).Milliseconds(), 86_400_000)
}

// Clock writes the time of day: 14:05.
func (l *Locale) Clock(at chat.Time) string { return l.minute(l.clocks, clock, at) }

// minute writes a time that is the same for a minute, and remembers it: the
// platform takes long.
func (l *Locale) minute(known map[minute]string, s style, at chat.Time) string {
	m := minute(floor(int64(at), 60_000))
	if text, ok := known[m]; ok {
		return text
	}
	if len(known) >= kept {
		clear(known)
	}
	text := l.format.write(s, at)
	known[m] = text
	return text
}

// Separator writes the day between messages: Today, Yesterday, the weekday
// within a week, else the date, with its year if that is not now's.
func (l *Locale) Separator(at, now chat.Time) string {
	switch age := l.Day(now) - l.Day(at); {
	case age == 0:
		return l.T(Today)
	case age == 1:
		return l.T(Yesterday)
	case age > 1 && age < 7:
		return l.day(weekday, at)
	case l.year(at) == l.year(now):
		return l.day(dayMonth, at)
	}
	return l.day(dayYear, at)
}

// Recent writes a time for a list, as short as it can be: the time of day if
// it was today, Yesterday, the weekday within a week, else the date.
func (l *Locale) Recent(at, now chat.Time) string {
	switch age := l.Day(now) - l.Day(at); {
	case age == 0:
		return l.Clock(at)
	case age == 1:
		return l.T(Yesterday)
	case age > 1 && age < 7:
		return l.day(weekday, at)
	case l.year(at) == l.year(now):
		return l.day(shortDay, at)
	}
	return l.day(shortYear, at)
}

// Full writes the day and the time of day: for tooltips and screen readers.
func (l *Locale) Full(at chat.Time) string { return l.minute(l.fulls, full, at) }

// Date writes the reader's day as a date field holds it: 2025-03-03.
func (l *Locale) Date(at chat.Time) string {
	return time.UnixMilli(int64(at) + l.format.offset(at).Milliseconds()).UTC().Format(time.DateOnly)
}

// Midnight is when a day begins, given as a date field holds it. It is false
// for what is not a date of an age in which there are messages.
func (l *Locale) Midnight(date string) (chat.Time, bool) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || day.Year() < 1971 {
		return 0, false
	}
	at := chat.Time(day.UnixMilli())
	at -= chat.Time(l.format.offset(at).Milliseconds())
	// Where the clocks change between the two, the offset is that of the night.
	return chat.Time(day.UnixMilli() - l.format.offset(at).Milliseconds()), true
}

// day writes a style that depends on the day only.
func (l *Locale) day(s style, at chat.Time) string {
	k := dayStyle{s, l.Day(at)}
	if text, ok := l.days[k]; ok {
		return text
	}
	if len(l.days) >= kept {
		clear(l.days)
	}
	text := l.format.write(s, at)
	l.days[k] = text
	return text
}

// year is the year of the reader's calendar day.
func (l *Locale) year(at chat.Time) int {
	return time.UnixMilli(int64(at) + l.format.offset(at).Milliseconds()).UTC().Year()
}

func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}
