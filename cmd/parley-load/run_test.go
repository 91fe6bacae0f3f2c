package main

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The test's own binary is the floor and NATS too, as the command is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "floor" || os.Args[1] == "nats") {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestScenarios runs everything with small numbers against the real server: each
// scenario must tell figures that can be true, and no promise may be broken.
func TestScenarios(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "parley")
	if out, err := exec.Command("go", "build", "-o", program, "../parley").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c := common{Server: program, Data: dir, Filled: filepath.Join(dir, "filled"), Round: 60 * time.Millisecond}
	b, err := newBench(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	for name, s := range map[string]scenario{
		"fanout":  &fanout{Readers: 20, Posters: 5, Window: 8, Body: 128, Rate: 50, Rounds: 2, Only: "all"},
		"pairs":   &pairs{Rooms: 5, Body: 128, Rounds: 1},
		"post":    &post{Senders: []int{1, 8}, Rooms: []int{20, 1, 0}, Body: 64, Rounds: 1},
		"idle":    &idle{Connections: 30, Settle: time.Millisecond},
		"storm":   &storm{Clients: []int{40}, Rounds: 2, Missed: 3},
		"hello":   &hello{Rooms: 40, Rounds: 3},
		"history": &history{Rows: 3000, Rounds: 1},
		"search":  &finding{Rows: 3000, Rounds: 1},
		"slow":    &slow{Readers: 20, Rate: 50, Rounds: 1},
		"cluster": &cluster{Nodes: 2, Hot: 4, Burst: 4, Senders: 12, Rooms: 12, Readers: 8, Rate: 50, Body: 128, Rounds: 1, Only: "all"},
	} {
		t.Run(name, func(t *testing.T) {
			b.name, b.Figures = name, nil
			b.Data = "" // PostgreSQL runs as somebody who may not look into ours
			if err := s.scenario(b); err != nil {
				t.Fatal(err)
			}
			if len(b.Figures) == 0 {
				t.Error("it tells nothing")
			}
		})
	}
	for _, broken := range b.broken {
		t.Error(broken)
	}
}

// TestTargets holds figures against targets: what is not a number, and what was
// not measured, is not met.
func TestTargets(t *testing.T) {
	r := &report{}
	for name := range targets {
		scenario, figureName, _ := strings.Cut(name, ": ")
		if f := r.add(figure{Scenario: scenario, Name: figureName, Value: math.NaN()}); f.Verdict != "missed" {
			t.Errorf("%s: what is not a number is %q", name, f.Verdict)
		}
	}
	r.unmeasured()
	if len(r.Figures) != len(targets) || r.missed() != len(targets) {
		t.Errorf("%d figures, %d missed, of %d targets", len(r.Figures), r.missed(), len(targets))
	}
	r = &report{}
	r.add(figure{Scenario: "hello", Name: "500 rooms: p50", Value: 2.5})
	r.add(figure{Scenario: "hello", Name: "7 rooms: p50", Value: 99})
	if r.Figures[0].Verdict != "met" || r.Figures[1].Verdict != "" || r.missed() != 0 {
		t.Errorf("%+v", r.Figures)
	}
	r.unmeasured()
	if len(r.Figures) != len(targets)+1 || r.missed() != len(targets)-1 {
		t.Errorf("%d figures, %d missed, of %d targets", len(r.Figures), r.missed(), len(targets))
	}
}

// TestFinish fails a run in which a promise was broken, and with --strict one
// that missed a target.
func TestFinish(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	b := &bench{common: common{JSON: path}}
	b.report.add(figure{Scenario: "hello", Name: "500 rooms: p50", Value: 99})
	if err := b.finish(); err != nil {
		t.Errorf("a missed target: %v", err)
	}
	b.Strict = true
	if b.finish() == nil {
		t.Error("a missed target passes --strict")
	}
	b.Strict = false
	b.guard.report(errors.New("something was lost"))
	if err := b.finish(); !errors.Is(err, errBroken) {
		t.Errorf("a broken promise: %v", err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "something was lost") {
		t.Errorf("%s, %v", data, err)
	}
}
