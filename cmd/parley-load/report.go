package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is something that was measured.
type figure struct {
	Scenario string    `json:"scenario"`
	Name     string    `json:"name"`
	Value    float64   `json:"value"` // the median, where there were several rounds
	Unit     string    `json:"unit,omitempty"`
	Rounds   []float64 `json:"rounds,omitempty"`
	Target   string    `json:"target,omitempty"`
	Verdict  string    `json:"verdict,omitempty"` // met, missed or not measured
}

// report is all that a run tells.
type report struct {
	Began   time.Time `json:"began"`
	Took    float64   `json:"seconds"`
	Machine machine   `json:"machine"`
	Command string    `json:"command"`
	Figures []figure  `json:"figures"`
	Broken  []string  `json:"broken"` // promises, at most brokenShown in words
	Count   int       `json:"broken_count"`
}

// machine says where figures are from.
type machine struct {
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Server []int  `json:"server_cpus"`
	Load   []int  `json:"load_cpus"`
}

// thisMachine asks the system.
func thisMachine(c cpus, goVersion string) machine {
	m := machine{Go: goVersion, Server: c.server, Load: c.load}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(kernel))
	}
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			m.CPUs++
		}
	}
	return m
}

// add holds a figure against its target, if there is one.
func (r *report) add(f figure) figure {
	if t, ok := targets[f.Scenario+": "+f.Name]; ok {
		f.Target, f.Verdict = t.String(), "missed"
		if t.holds(f.Value) {
			f.Verdict = "met"
		}
	}
	r.Figures = append(r.Figures, f)
	return f
}

// unmeasured adds the targets for which there is no figure.
func (r *report) unmeasured() {
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		scenario, figureName, _ := strings.Cut(name, ": ")
		if !slices.ContainsFunc(r.Figures, func(f figure) bool { return f.Scenario == scenario && f.Name == figureName }) {
			r.Figures = append(r.Figures, figure{Scenario: scenario, Name: figureName, Target: targets[name].String(), Verdict: "not measured"})
		}
	}
}

// missed counts the targets that were not met.
func (r *report) missed() (n int) {
	for _, f := range r.Figures {
		if f.Target != "" && f.Verdict != "met" {
			n++
		}
	}
	return n
}

// table prints all figures.
func (r *report) table(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "scenario\tfigure\tmeasured\trounds\ttarget\tverdict")
	for _, f := range r.Figures {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Scenario, f.Name, f.measured(), f.spread(), f.Target, f.Verdict)
	}
	return out.Flush()
}

// markdown prints all figures as a table for a README.
func (r *report) markdown(w io.Writer) error {
	if _, err := fmt.Fprint(w, "| scenario | figure | measured | rounds | target | verdict |\n|---|---|---|---|---|---|\n"); err != nil {
		return err
	}
	for _, f := range r.Figures {
		if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", f.Scenario, f.Name, f.measured(), f.spread(), f.Target, f.Verdict); err != nil {
			return err
		}
	}
	return nil
}

func (f *figure) measured() string {
	if f.Verdict == "not measured" {
		return ""
	}
	return strings.TrimSpace(digit(f.Value) + " " + f.Unit)
}

// spread is the least and the greatest of the rounds: the noise.
func (f *figure) spread() string {
	if len(f.Rounds) < 2 {
		return ""
	}
	return digit(slices.Min(f.Rounds)) + " to " + digit(slices.Max(f.Rounds))
}

// digit writes a number with three digits that count.
func digit(v float64) string {
	switch size := math.Abs(v); {
	case size >= 1000:
		return group(int64(math.Round(v)))
	case size >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.3g", v)
	}
}

// group writes a whole number with a comma before every three digits.
func group(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// write writes the report as JSON.
func (r *report) write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// median of some values; NaN of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// quantile of durations in ns, in ms; NaN of none. It sorts them.
func quantile(ns []int64, q float64) float64 {
	if len(ns) == 0 {
		return math.NaN()
	}
	slices.Sort(ns)
	return float64(ns[min(len(ns)-1, int(q*float64(len(ns))))]) / 1e6
}

// writeMarkdown writes the table into a file.
func (r *report) writeMarkdown(path string) error {
	var out strings.Builder
	if err := r.markdown(&out); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(out.String()), 0o644)
}
