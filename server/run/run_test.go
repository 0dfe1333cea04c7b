package run_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// random makes an acyclic flow of steps and containers.
func random(r *rand.Rand) *flow.Document {
	d := &flow.Document{Name: "random"}
	parents := []string{""}
	for i := range 3 + r.IntN(12) {
		n := flow.Node{ID: fmt.Sprintf("n%d", i), Type: "core.set", Parent: parents[r.IntN(len(parents))]}
		switch r.IntN(8) {
		case 0:
			n.Type = []string{flow.TypeForeach, flow.TypeRepeat}[r.IntN(2)]
			n.With = map[string]any{"items": "x"}
			if r.IntN(2) == 0 {
				n.With["onItemError"] = "keep"
			}
			if r.IntN(3) == 0 {
				n.With["result"] = "x"
			}
			if strings.Count(n.Parent, "n") < 2 {
				parents = append(parents, n.ID)
			}
		case 1:
			n.OnError = "continue"
		case 2:
			n.Disabled = true
		case 3:
			n.Join = "first"
		case 4:
			if r.IntN(6) == 0 {
				n.Type = flow.TypeStop
			}
		}
		for _, earlier := range d.Nodes {
			if earlier.Parent == n.Parent && earlier.Type != flow.TypeStop && r.IntN(3) == 0 {
				from := earlier.ID
				if r.IntN(5) == 0 {
					from += "." + flow.PortError
				} else if earlier.Type == flow.TypeRepeat && r.IntN(3) == 0 {
					from += ".exhausted"
				}
				d.Edges = append(d.Edges, flow.Edge{From: from, To: n.ID})
			}
		}
		d.Nodes = append(d.Nodes, n)
	}
	return d
}

// driver does what an engine would, at random: in any order, with failures.
type driver struct {
	t       *testing.T
	r       *rand.Rand
	state   *run.State
	todo    []run.Effect
	journal []run.Event
	began   map[string]int
	ends    map[string]int
}

func (d *driver) emit(e run.Event) {
	d.t.Helper()
	e.Seq, e.At = d.state.Seq+1, time.UnixMicro(int64(len(d.journal)+1)).UTC()
	effects, err := d.state.Apply(e)
	if err != nil {
		d.t.Fatalf("%+v: %v", e, err)
	}
	d.journal = append(d.journal, e)
	d.waits()
	d.todo = append(d.todo, effects...)
	if d.state.Ending() != "" {
		d.todo = slices.DeleteFunc(d.todo, func(f run.Effect) bool {
			return f.Kind == run.DoResult || f.Kind == run.DoClose || f.Kind == run.DoStep && (f.Step.State == run.StepPending || f.Step.State == run.StepWaiting)
		})
	}
}

// waits holds that a run waits where some step waits and no other is ready or runs.
func (d *driver) waits() {
	d.t.Helper()
	if d.state.Over() {
		return
	}
	waiting, busy, unknown, timed := false, false, false, false
	for _, s := range d.state.Steps() {
		waiting = waiting || s.State == run.StepWaiting || unsure(s)
		unknown = unknown || unsure(s)
		timed = timed || s.State == run.StepWaiting
		busy = busy || s.Ready() || s.State == run.StepRunning && s.Loop() == nil
	}
	due, only := d.state.Due()
	if only != (waiting && !busy) || only && due.IsZero() == timed || only && (d.state.Status == run.Unknown) != unknown {
		d.t.Fatalf("it waits: %v until %v; steps wait: %v, others are busy: %v: %s", only, due, waiting, busy, shape(d.state))
	}
}

// unsure says whether somebody is still asked what became of a step.
func unsure(s *run.Step) bool { return s.State == run.StepUnsure && s.EndedSeq == 0 }

func (d *driver) perform(f run.Effect) {
	switch f.Kind {
	case run.DoStep:
		d.step(f.Step)
	case run.DoResult:
		e := run.Event{Kind: run.LoopItem, Step: f.Step.Key, Index: f.Index, Output: int64(f.Index)}
		if d.r.IntN(8) == 0 {
			e.Error = &run.Error{Code: "r"}
		} else if f.Step.Node.Type == flow.TypeRepeat {
			d.pass(f, &e)
		}
		d.emit(e)
		if f.Step.State == run.StepWaiting {
			d.todo = append(d.todo, run.Effect{Kind: run.DoStep, Step: f.Step})
		}
	case run.DoClose:
		for _, s := range d.state.Steps() {
			if strings.HasPrefix(s.Key, f.Step.Key+".") && (s.State == run.StepRunning || s.State == run.StepWaiting) {
				d.t.Fatalf("%s is to be closed while %s is %s", f.Step.Key, s.Key, s.State)
			}
		}
		if err := f.Step.Loop().Failure(); err != nil {
			d.emit(run.Event{Kind: run.StepFailed, Step: f.Step.Key, Error: err})
			return
		}
		d.emit(run.Event{Kind: run.StepSucceeded, Step: f.Step.Key, Port: f.Step.Loop().Port()})
	case run.DoSkip:
		d.emit(run.Event{Kind: run.StepSkipped, Step: f.Step.Key})
	case run.DoFinish:
		if d.state.Over() {
			return
		}
		kind := map[run.Kind]run.Kind{"": run.RunSucceeded}[d.state.Ending()]
		if kind == "" {
			kind = d.state.Ending()
		}
		d.emit(run.Event{Kind: kind, Error: d.state.Error})
	}
}

// pass ends a pass of a repeat, or has another follow, at once or later.
func (d *driver) pass(f run.Effect, e *run.Event) {
	switch {
	case d.r.IntN(3) == 0:
		e.Port = flow.PortOut
	case f.Index+1 >= f.Step.Loop().Total:
		e.Port = "exhausted"
	case d.r.IntN(2) == 0:
		e.Due = time.UnixMicro(1 << 40)
	}
}

func (d *driver) step(s *run.Step) {
	if s.Node.Type == flow.TypeRepeat && s.State == run.StepWaiting {
		d.emit(run.Event{Kind: run.LoopNext, Step: s.Key, Index: s.Loop().Next()})
		return
	}
	if s.Node.Type == flow.TypeRepeat {
		d.emit(run.Event{Kind: run.LoopOpened, Step: s.Key, Total: 1 + d.r.IntN(4), Width: 1})
		return
	}
	if s.Node.Type == flow.TypeForeach {
		d.emit(run.Event{Kind: run.LoopOpened, Step: s.Key, Total: d.r.IntN(4), Width: 1 + d.r.IntN(3)})
		return
	}
	d.began[s.Key]++
	if unsure(s) {
		d.emit(run.Event{Kind: run.StepDecided, Step: s.Key, Output: "told"})
	}
	if d.r.IntN(2) == 0 {
		d.emit(run.Event{Kind: run.StepStarted, Step: s.Key, Attempt: s.Attempts + 1})
	}
	how := d.r.IntN(7)
	if d.state.Ending() != "" && (how == 1 || how == 2) {
		how = 0 // what is in flight then ends
	}
	switch how {
	case 3:
		if s.State != run.StepRunning {
			if s.Ready() || s.State != run.StepPending {
				d.todo = append(d.todo, run.Effect{Kind: run.DoStep, Step: s})
			}
			return
		}
		d.emit(run.Event{Kind: run.StepUnknown, Step: s.Key, Attempt: s.Attempts, Error: &run.Error{Code: "interrupted"}})
		d.todo = append(d.todo, run.Effect{Kind: run.DoStep, Step: s})
	case 0:
		d.ends[s.Key]++
		d.emit(run.Event{Kind: run.StepFailed, Step: s.Key, Error: &run.Error{Code: "x"}})
	case 1:
		d.emit(run.Event{Kind: run.StepRetry, Step: s.Key, Attempt: s.Attempts + 1, Error: &run.Error{Code: "x"}, Due: time.UnixMicro(1 << 39)})
		if d.state.Ending() == "" && s.State == run.StepWaiting {
			d.todo = append(d.todo, run.Effect{Kind: run.DoStep, Step: s})
		}
	case 2:
		if s.State == run.StepWaiting || unsure(s) {
			d.todo = append(d.todo, run.Effect{Kind: run.DoStep, Step: s})
			return
		}
		d.emit(run.Event{Kind: run.StepWaits, Step: s.Key, Due: time.UnixMicro(1 << 40)})
		if d.state.Ending() == "" {
			d.todo = append(d.todo, run.Effect{Kind: run.DoStep, Step: s})
		}
	default:
		d.ends[s.Key]++
		d.emit(run.Event{Kind: run.StepSucceeded, Step: s.Key, Output: s.Key})
	}
}

// shape is the state as far as it can be seen.
func shape(s *run.State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s|", s.Status, s.Ending(), flow.CompactJSON(s.Output))
	for _, step := range s.Steps() {
		fmt.Fprintf(&b, "%s=%s:%s:%s ", step.Key, step.State, step.Port, flow.CompactJSON(step.Output))
	}
	return b.String()
}

// TestRandomRuns holds, over many flows and orders: every run ends, no step runs
// twice, each prefix of the journal is a valid state with something left to do,
// and the fold of the whole is the state that was.
func TestRandomRuns(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		doc := random(r)
		plan := run.NewPlan(doc)
		d := &driver{t: t, r: r, state: run.New(plan, nil), began: map[string]int{}, ends: map[string]int{}}
		d.emit(run.Event{Kind: run.RunStarted})
		canceled := false
		for len(d.todo) > 0 {
			i := r.IntN(len(d.todo))
			f := d.todo[i]
			d.todo = slices.Delete(d.todo, i, i+1)
			if f.Kind == run.DoFinish && slices.ContainsFunc(d.todo, func(e run.Effect) bool { return e.Kind != run.DoFinish }) {
				d.todo = append(d.todo, f) // the end comes last
				continue
			}
			if f.Kind == run.DoStep && !f.Step.Ready() && f.Step.State != run.StepWaiting && f.Step.State != run.StepRunning && !unsure(f.Step) {
				continue // withdrawn meanwhile, as the engine heeds too
			}
			d.perform(f)
			if !canceled && r.IntN(60) == 0 && !d.state.Over() {
				canceled = true
				d.emit(run.Event{Kind: run.RunCanceling})
				if slices.ContainsFunc(d.state.Steps(), unsure) {
					t.Fatalf("seed %d: a canceled run asks: %s", seed, shape(d.state))
				}
			}
		}
		if !d.state.Over() {
			t.Fatalf("seed %d: the run stands still: %s\n%s", seed, shape(d.state), flow.Encode(doc))
		}
		for key, n := range d.ends {
			if n > 1 {
				t.Fatalf("seed %d: %s ended %d times", seed, key, n)
			}
		}
		folds(t, seed, plan, d)
	}
}

func folds(t *testing.T, seed uint64, plan *run.Plan, d *driver) {
	t.Helper()
	data, err := run.EncodeEvents(d.journal)
	if err != nil {
		t.Fatal(err)
	}
	events, err := run.DecodeEvents(data)
	if err != nil {
		t.Fatal(err)
	}
	folded := run.New(plan, nil)
	for i, e := range events {
		if _, err := folded.Apply(e); err != nil {
			t.Fatalf("seed %d, event %d: %v", seed, i, err)
		}
		if i+1 < len(events) && len(folded.Outstanding()) == 0 {
			t.Fatalf("seed %d: after event %d of %d nothing is to be done: %s", seed, i+1, len(events), shape(folded))
		}
	}
	if got, want := shape(folded), shape(d.state); got != want {
		t.Fatalf("seed %d: folded\n%s\nran\n%s", seed, got, want)
	}
}

func TestApplyRefuses(t *testing.T) {
	plan := run.NewPlan(&flow.Document{Nodes: []flow.Node{{ID: "a", Type: "core.set"}}})
	begun := func() *run.State {
		s := run.New(plan, nil)
		if _, err := s.Apply(run.Event{Seq: 1, Kind: run.RunStarted}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, e := range map[string]run.Event{
		"a gap":             {Seq: 3, Kind: run.StepStarted, Step: "a"},
		"a second start":    {Seq: 2, Kind: run.RunStarted},
		"an unknown step":   {Seq: 2, Kind: run.StepStarted, Step: "b"},
		"an unknown kind":   {Seq: 2, Kind: "what"},
		"a pass not opened": {Seq: 2, Kind: run.LoopItem, Step: "a"},
	} {
		s := begun()
		before := shape(s)
		if _, err := s.Apply(e); err == nil || shape(s) != before {
			t.Errorf("%s: error %v, state %s", name, err, shape(s))
		}
	}
	s := begun()
	for _, e := range []run.Event{{Seq: 2, Kind: run.StepSucceeded, Step: "a"}, {Seq: 3, Kind: run.RunSucceeded}} {
		if _, err := s.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Apply(run.Event{Seq: 4, Kind: run.RunCanceling}); err == nil {
		t.Error("an event after the end is taken")
	}
}
