package main

import "strconv"

// target is a bound on a figure.
type target struct {
	bound float64
	least bool // whether it is a lower bound
	unit  string
}

func atMost(bound float64, unit string) target  { return target{bound, false, unit} }
func atLeast(bound float64, unit string) target { return target{bound, true, unit} }

func (t target) holds(v float64) bool {
	if t.least {
		return v >= t.bound
	}
	return v <= t.bound // and not for NaN
}

// String writes a target as the table shows it.
func (t target) String() string {
	sign, value := "≤ ", strconv.FormatFloat(t.bound, 'f', -1, 64)
	if t.least {
		sign = "≥ "
	}
	if t.bound >= 1000 {
		value = group(int64(t.bound))
	}
	if t.unit != "" {
		value += " " + t.unit
	}
	return sign + value
}

// grows is how much costs may grow with the size of things: by less than 20 %.
const grows = 1.2

// targets are what a server is to reach on a machine of two CPUs, by figure.
// Only figures of these very names are held against them: with other numbers of
// readers or senders, figures have other names.
var targets = map[string]target{
	"fanout: 1,000 readers, one post in flight: server CPU per delivery, against the floor": atMost(1.10, ""),
	"fanout: 1,000 readers, 20 posts/s: p50, against the floor":                             atMost(1.3, ""),
	"fanout: 1,000 readers, 20 posts/s: p99, against the floor":                             atMost(1.5, ""),
	"fanout: 1,000 readers, posts waiting: deliveries/s":                                    atLeast(1_200_000, "/s"),
	"fanout: 1,000 readers, posts waiting: server CPU per million deliveries":               atMost(0.8, "s"),
	"fanout: 100 readers, posts waiting: deliveries/s":                                      atLeast(1_200_000, "/s"),
	"fanout: 100 readers, posts waiting: server CPU per million deliveries":                 atMost(0.8, "s"),

	"pairs: 500 rooms of two: posts/s": atLeast(15_000, "/s"),

	"post: 256 senders, 2,000 rooms: posts/s":                                 atLeast(15_000, "/s"),
	"post: 256 senders, 2,000 rooms: p99 of post to own echo":                 atMost(40, "ms"),
	"post: 1,024 senders, 2,000 rooms: posts/s":                               atLeast(20_000, "/s"),
	"post: 1,024 senders, 2,000 rooms: p99 of post to own echo":               atMost(80, "ms"),
	"post: 256 senders, one room that tells all: posts/s":                     atLeast(15_000, "/s"),
	"post: 256 senders, one room that tells all: p99 of post to own echo":     atMost(40, "ms"),
	"post: 256 senders, one room, through HTTP: posts/s":                      atLeast(15_000, "/s"),
	"post: 256 senders, one room, through HTTP: p99 of post to own echo":      atMost(40, "ms"),
	"post: 1,024 senders, one room, through HTTP: posts/s":                    atLeast(20_000, "/s"),
	"post: 1,024 senders, one room, through HTTP: p99 of post to own echo":    atMost(80, "ms"),
	"post: one sender: p50 of post to own echo, against append and fdatasync": atMost(3, ""),

	"idle: 10,000 connections: RSS over base, each":                  atMost(14, "KiB"),
	"idle: transport alone: RSS over base, without free pages, each": atMost(10, "KiB"),
	"storm: 1,000 clients: all resumed":                              atMost(0.25, "s"),
	"storm: 10,000 clients: all resumed":                             atMost(5, "s"),
	"hello: 500 rooms: p50":                                          atMost(3, "ms"),
	"history: last 50 of a room, 1,000,000 rows: p50":                atMost(0.2, "ms"),
	"search: in one's rooms, 1,000,000 rows: p99":                    atMost(2, "ms"),
	"slow: a tenth stalled: shift of the others' p99":                atMost(20, "ms"),

	"cluster: one hot room, 12 senders of 32 posts at once: posts/s": atLeast(25_000, "/s"),
	"cluster: 1,000 rooms, 1,000 senders: posts/s":                   atLeast(16_000, "/s"),

	"growth: 1,000 to 10,000 connections: CPU per delivery": atMost(grows, ""),
	"growth: 1,000 to 10,000 connections: CPU per post":     atMost(grows, ""),
	"growth: 1,000 to 100,000 rooms: CPU per post":          atMost(grows, ""),
	"growth: 10,000 to 1,000,000 rows: CPU per post":        atMost(grows, ""),
}
