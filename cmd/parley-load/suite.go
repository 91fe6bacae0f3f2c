package main

import (
	"errors"

	"parley/server/store/postgres/pgrun"
)

// suite runs everything, with the numbers that the targets are for.
type suite struct{}

// scenario implements scenario.
func (*suite) scenario(b *bench) error {
	steps := []struct {
		name string
		run  scenario
	}{
		{"fanout", &fanout{Readers: 1000, Posters: 64, Window: 4, Body: 128, Rate: 20, Rounds: 5, Only: "all"}},
		{"fanout", &fanout{Readers: 100, Posters: 64, Window: 4, Body: 128, Rounds: 5, Only: "waiting"}},
		{"pairs", &pairs{Rooms: 500, Body: 128, Rounds: 4}},
		{"post", &post{Senders: []int{1, 16, 256, 1024}, Rooms: []int{2000, 1, 0}, Body: 128, Rounds: 3}},
		{"idle", &idle{Connections: 10_000, Settle: idleSettle}},
		{"storm", &storm{Clients: []int{1_000, 10_000}, Rounds: 3, Missed: 3}},
		{"hello", &hello{Rooms: 500, Rounds: 200}},
		{"history", &history{Rows: 1_000_000, Rounds: 3}},
		{"search", &finding{Rows: 1_000_000, Rounds: 3}},
		{"slow", &slow{Readers: 1000, Rate: 20, Rounds: 4}},
		{"growth", &growth{Rounds: 4, Only: "all"}},
		{"cluster", &cluster{Nodes: 3, Hot: 12, Burst: 32, Senders: 1000, Rooms: 1000, Readers: 300, Rate: 20, Body: 128, Rounds: 4, Only: "all"}},
	}
	var failed error
	for _, step := range steps {
		if b.Err() != nil {
			break
		}
		if b.name = step.name; len(b.hosts) > 0 && alone[step.name] {
			b.say("left out: it needs a server of its own")
			continue
		}
		err := step.run.scenario(b)
		if errors.Is(err, pgrun.ErrMissing) {
			b.say("left out: %v", err)
			continue
		}
		if err != nil { // the others can still tell something
			b.say("failed: %v", err)
			failed = errors.Join(failed, err)
		}
	}
	b.unmeasured()
	return failed
}

// alone are the scenarios that need a server that is started for them.
var alone = map[string]bool{"idle": true, "storm": true, "hello": true, "history": true, "search": true, "growth": true, "cluster": true}
