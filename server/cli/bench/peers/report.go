package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report gathers samples by figure and side.
type report struct {
	o       *options
	syncs   float64
	busy    string // the load average at the begin
	peers   []string
	notes   []string
	samples map[string]map[string][]sample
}

func newReport(o *options) *report {
	return &report{o: o, busy: loadAverage(), samples: map[string]map[string][]sample{}}
}

func (r *report) add(figure, side string, s sample) {
	if r.samples[figure] == nil {
		r.samples[figure] = map[string][]sample{}
	}
	r.samples[figure][side] = append(r.samples[figure][side], s)
}

func (r *report) peer(name string) { r.peers = append(r.peers, name) }
func (r *report) note(text string) { r.notes = append(r.notes, text) }

// figure names what a row is of.
func figure(workload, kind string, n int) string {
	return fmt.Sprintf("%s %s | %d", strings.ToUpper(workload), kind, n)
}

func chainFigure(steps int) string {
	return fmt.Sprintf("chain of %d, PostgreSQL | %d", steps, chainsAtOnce)
}

// median of one number of the samples of a side; 0 where there are none.
func (r *report) median(figure, side string, of func(sample) float64) float64 {
	var all []float64
	for _, s := range r.samples[figure][side] {
		all = append(all, of(s))
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

// spread is the least and the most runs a second of a side.
func (r *report) spread(figure, side string) (least, most float64) {
	for i, s := range r.samples[figure][side] {
		if i == 0 || s.perSecond < least {
			least = s.perSecond
		}
		most = max(most, s.perSecond)
	}
	return least, most
}

func perSecond(s sample) float64 { return s.perSecond }
func cpu(s sample) float64       { return s.cpu }
func p50(s sample) float64       { return s.p50 }
func p99(s sample) float64       { return s.p99 }

// markdown is the whole file.
func (r *report) markdown() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Benchmarks\n\n`make bench-peers` wrote this on %s. Compare within this file only: another machine, and this one at another hour, gives other\nnumbers; the ratios stay.\n\n", time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&b, "Drawbridge (%s) beside %s. %s; its disk makes %.0f small appends a\nsecond durable (fdatasync). Medians of %d rounds of %s each, taken in turn: ours, theirs, ours, theirs.\n\n",
		commit(), strings.Join(r.peers, ", "), machine(), r.syncs, r.o.rounds, r.o.length)
	r.table(&b)
	r.targets(&b)
	fmt.Fprintf(&b, method, r.busy, loadAverage())
	for _, n := range r.notes {
		fmt.Fprintf(&b, "- %s\n", strings.ReplaceAll(strings.TrimSpace(n), "\n", " "))
	}
	return b.Bytes()
}

// order is that of the rows of the table.
func (r *report) order() []string {
	var list []string
	for _, kind := range []string{"core", "Rust"} {
		for _, w := range workloads {
			for _, n := range connections {
				list = append(list, figure(w, kind, n))
			}
		}
	}
	for _, steps := range chains {
		list = append(list, chainFigure(steps))
	}
	return slices.DeleteFunc(list, func(f string) bool { return r.samples[f] == nil })
}

func (r *report) table(b *bytes.Buffer) {
	b.WriteString("| workload | at once | ours/s | theirs/s | ratio | our CPU s/1,000 | theirs | our p99 ms | theirs | our range/s | theirs |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, f := range r.order() {
		mine, yours := r.median(f, "ours", perSecond), r.median(f, "theirs", perSecond)
		least, most := r.spread(f, "ours")
		theirLeast, theirMost := r.spread(f, "theirs")
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %.2f | %.3f | %.3f | %.1f | %.1f | %.0f–%.0f | %.0f–%.0f |\n", f, mine, yours, ratio(mine, yours),
			r.median(f, "ours", cpu), r.median(f, "theirs", cpu), r.median(f, "ours", p99), r.median(f, "theirs", p99), least, most, theirLeast, theirMost)
	}
	if r.samples["start"] == nil {
		return
	}
	b.WriteString("\n| start and rest | ours | theirs | ratio |\n|---|---|---|---|\n")
	for _, row := range []struct{ figure, name string }{
		{"start", "start to first answer, warm, ms"}, {"rss", "idle, resident set with children, MiB"}, {"pss", "idle, proportional set with children, MiB"},
	} {
		mine, yours := r.median(row.figure, "ours", p50), r.median(row.figure, "theirs", p50)
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %.2f |\n", row.name, mine, yours, ratio(mine, yours))
	}
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// targets says which of what is aimed at holds.
func (r *report) targets(b *bytes.Buffer) {
	b.WriteString("\n| aimed at | is | |\n|---|---|---|\n")
	line := func(what string, is float64, holds bool) {
		word := "holds"
		if !holds {
			word = "**missed**"
		}
		fmt.Fprintf(b, "| %s | %.2f | %s |\n", what, is, word)
	}
	over := func(f, what string, of func(sample) float64, least float64) {
		if r.samples[f] == nil {
			return
		}
		is := ratio(r.median(f, "ours", of), r.median(f, "theirs", of))
		line(fmt.Sprintf("%s: %s ≥ %.1f of theirs", strings.ReplaceAll(f, " |", " at"), what, least), is, is >= least)
	}
	under := func(f, name, what string, of func(sample) float64, most float64) {
		if r.samples[f] == nil {
			return
		}
		is := ratio(r.median(f, "ours", of), r.median(f, "theirs", of))
		line(fmt.Sprintf("%s: %s ≤ %s of theirs", name, what, strconv.FormatFloat(most, 'g', -1, 64)), is, is <= most)
	}
	for _, w := range workloads {
		f := figure(w, "core", 16)
		name := strings.ReplaceAll(f, " |", " at")
		over(f, "runs a second", perSecond, 1)
		under(f, name, "p99", p99, 1)
		under(f, name, "CPU a run", cpu, 1)
	}
	over(figure("w1", "Rust", 16), "runs a second", perSecond, 0.7)
	for _, steps := range chains {
		over(chainFigure(steps), "runs a second", perSecond, 5)
	}
	under("start", "start", "time to the first answer", p50, 0.25)
	under("rss", "idle", "resident set", p50, 0.5)
}

const method = `
## Method

- **Workloads.** *W1 triage*: pick and rename fields of an alert of 1 KB, weigh it, answer a verdict. *W2 chain*: nine steps, each on the one
  before. *W3 fan-out*: 100 indicators, each transformed, then added up. Each answer is compared with the one that is wanted before it is timed.
- **Ours** are ` + "`server/cli/bench/*.flow.json`" + ` with core nodes, and ` + "`peers/flows`" + ` with each transform as an action of a connector in
  Rust, in the sandbox: its own process, and pristine memory at each call. Theirs are function nodes, and split and join
  (` + "`nodered.flows.json`" + `), as Node-RED is installed. Rust is compared with Node-RED's function nodes, for Node-RED has no sandbox.
- **What differs.** Ours is durable: each run and its journal is on the disk (SQLite, synchronous=FULL) before the answer is sent, and can be looked
  at and replayed. Node-RED keeps nothing. Node-RED computes on one core; ours uses all, which the load shares.
- **Load.** wrk with one thread in a closed loop, on the same machine. The other server is up and idle meanwhile. CPU is that of the server and of
  all processes below it, from /proc; that of wrk isn't counted.
- **Start** is warm: files in memory, connectors compiled, flows there. It ends with the first right answer of W1. Idle is 3 s after that.
- **Chains** have no HTTP: one process starts runs in a closed loop and waits for their ends. DBOS makes each step durable by itself; ours packs steps
  of core nodes that follow one another within 20 ms into one row, and the run is durable before its end is told, so a crash repeats core nodes,
  which have no effects. Both are on the same PostgreSQL as it is installed, each round in an empty database; CPU is that of client and PostgreSQL.

## Where the time of a run goes

Profiles of the server under W1 at 16, with core nodes: about 40 per cent of a run's processor time is SQLite (C that was transpiled to Go), of which half
writes, checks and syncs pages at the commit and half inserts rows; 9 are expressions, 9 the actor and encoding, the rest HTTP, the network and the
scheduler; collecting garbage is 1. Node-RED has none of the first part. At 1 at once each run waits for its own sync of the disk.

With actions in Rust the wall is the way between two processes. W1 makes three calls, each about 30 µs in the sandbox's process, of which
29 per cent is the kernel's switching to it and back, 16 µs the guest with its pristine memory, and about 20 µs in the server: two frames through a socket,
JSON there and back, two more events. Node-RED calls a function in its own memory. Reading and writing the socket without telling Go's scheduler made no
difference that could be measured.

## Matching of indicators

50 observables of all sorts among 1,000,000 indicators, of which a third are known and 100,000 are networks of eight sizes (` + "`BenchmarkMatch`" + `, by ` + "`make bench`" + `): 2.7 ms at
the median on SQLite and 3.9 ms on PostgreSQL, on two cores under a load of 12; 40 and 19 ms 99 times of 100 there, which says more of the load. At most 5 ms is aimed at.

## Cases

The page of a case with 500 artifacts and 2,000 entries, and searches among 100,000 cases in every order (` + "`BenchmarkCases`" + `, by ` + "`make bench`" + `): the page took 7 ms on SQLite and 14 ms on
PostgreSQL at the median, a search 5 and 6 ms; 48, 78, 237 and 67 ms 99 times of 100, on two cores that ran a browser's tests beside it. At most 300 ms and 100 ms are aimed at.

## Notes

- The machine's load average was %s when this began and %s when it ended. Other work takes more from a server that uses all cores than from one
  that uses one.
- The spread of the rounds shows how noisy the machine was. Where ranges overlap, a ratio near 1 says nothing.
`

// loadAverage is how many processes were at work in the last minute.
func loadAverage() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(data), " ")
	return one
}

func machine() string {
	model := "unknown processor"
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d cores of %s, Linux %s, %s", runtime.NumCPU(), model, strings.TrimSpace(string(kernel)), runtime.Version())
}

func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return "of no commit"
	}
	return "commit " + strings.TrimSpace(string(out))
}

func packageVersion(folder string) string {
	data, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil {
		return ""
	}
	var p struct{ Version string }
	_ = json.Unmarshal(data, &p)
	return p.Version
}

func dbosVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/dbos-inc/dbos-transact-golang" {
			return strings.TrimPrefix(m.Version, "v")
		}
	}
	return ""
}
