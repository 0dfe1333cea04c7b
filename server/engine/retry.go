package engine

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Retry is how a run goes on from another: which events are kept, and what that means.
type Retry struct {
	// Kept are the other's events that hold, renumbered from 1.
	Kept []run.Event
	// Reruns are the steps that began and run again, Reuses those whose results are
	// kept, by key; First are the nodes that may run for the first time.
	Reruns []string
	Reuses []string
	First  []string
	// Pinned are those steps and nodes that are given their output beforehand.
	Pinned []string
	// Effects are those of them that change something outside.
	Effects []RetryEffect
}

// RetryEffect is a step with effects outside that runs, or may run.
type RetryEffect struct {
	Step   string `json:"step" doc:"Step key, or node id where it has not begun before"`
	Type   string `json:"type"`
	Effect string `json:"effect"`
	// Before is the state that the step had: succeeded where it happens a second time,
	// unknown where nobody can tell; empty where it did not begin.
	Before run.StepState `json:"before,omitempty"`
}

// Past is a run that another goes on from.
type Past struct {
	Flow   *Flow
	Record *Record
	Events []run.Event
	// State is the fold of the events.
	State *run.State
	// Asked are the keys of those of its [Past.Calls] in which people were asked.
	Asked map[string]bool
}

// PlanRetry says how a run of a flow, with the trigger's data, goes on from a past
// one: from some steps, all that comes after them, and whatever didn't end well. With
// no steps it is what failed. The flow may be another version: nodes that aren't what
// they were run again.
func PlanRetry(f *Flow, past *Past, data map[string]any, from []string) (*Retry, error) {
	return PlanFrom(f, past, data, from, past.State.Setup())
}

// PlanFrom is [PlanRetry] with another setup than the past run's. Steps whose pin is
// another run again.
func PlanFrom(f *Flow, past *Past, data map[string]any, from []string, setup run.Setup) (*Retry, error) {
	p := &retryPlan{flow: f, past: past, setup: setup, whole: map[string]bool{}, partial: map[string]map[int]bool{}}
	if err := p.choose(from); err != nil {
		return nil, err
	}
	p.changed()
	p.repinned()
	p.askAgain(f.Digest != past.Flow.Digest || !run.Same(data["body"], past.Record.Data["body"]))
	for range len(past.State.Steps()) + 1 {
		kept, state, ended := p.fold(data)
		if ended == "" {
			if len(kept) == 0 {
				return nil, fmt.Errorf("the run can't be gone on from: its trigger %q is no node of this version", past.Record.Trigger)
			}
			return p.result(kept, state), nil
		}
		// What is kept ends the run, so that what ends it runs again.
		p.again(ended)
		p.askAgain(false)
	}
	return nil, fmt.Errorf("the run can't be gone on from")
}

type retryPlan struct {
	flow  *Flow
	past  *Past
	setup run.Setup
	// whole are the keys of steps that run again with all that is in them, partial the
	// passes of containers in which something does.
	whole   map[string]bool
	partial map[string]map[int]bool
}

// choose begins with the steps that were named, and with what did not end well.
func (p *retryPlan) choose(from []string) error {
	for _, key := range from {
		if _, known := p.past.State.Step(key); known {
			p.again(key)
		} else if n, there := p.flow.Plan.Lookup(key); there && n.Parent == "" {
			p.anew(key)
		} else {
			return fmt.Errorf("the run has no step %q", key)
		}
	}
	var failed, lesser []string
	for _, step := range p.past.State.Steps() {
		switch {
		case step.State == run.StepCanceled || step.State == run.StepUnsure:
			failed = append(failed, step.Key)
		case step.State == run.StepFailedEnd && step.Port == "" && !flow.IsContainer(step.Node.Type):
			if keptFailure(step) {
				lesser = append(lesser, step.Key)
			} else {
				failed = append(failed, step.Key)
			}
		}
	}
	if len(from) == 0 && p.past.State.Status == run.Succeeded {
		failed = append(failed, lesser...)
		if len(failed) == 0 {
			return fmt.Errorf("nothing failed in this run: name the step to go on from")
		}
	}
	for _, key := range failed {
		p.again(key)
	}
	return nil
}

// keptFailure says whether a failure only settled an item of a container that went on.
func keptFailure(step *run.Step) bool {
	for c := step.Scope.Container; c != nil; c = c.Scope.Container {
		if c.State == run.StepDone {
			return true
		}
	}
	return false
}

// again lets a step run again, and what comes after it.
func (p *retryPlan) again(key string) {
	step, known := p.past.State.Step(key)
	if !known || p.whole[key] {
		return
	}
	p.whole[key] = true
	prefix := strings.TrimSuffix(key, step.Node.ID)
	for _, id := range p.after(step.Node.ID) {
		p.whole[prefix+id] = true
	}
	for scope := step.Scope; scope.Container != nil; scope = scope.Container.Scope {
		container := scope.Container
		if p.partial[container.Key] == nil {
			p.partial[container.Key] = map[int]bool{}
		}
		p.partial[container.Key][scope.Index] = true
		prefix := strings.TrimSuffix(container.Key, container.Node.ID)
		for _, id := range p.after(container.Node.ID) {
			p.whole[prefix+id] = true
		}
	}
}

// anew lets a node run that the past run didn't have, and what comes after it.
func (p *retryPlan) anew(id string) {
	p.whole[id] = true
	for _, after := range p.after(id) {
		p.whole[after] = true
	}
}

// repinned lets what is pinned otherwise than it was run again.
func (p *retryPlan) repinned() {
	was := p.past.State.Setup().Pins
	for _, step := range p.past.State.Steps() {
		before, there := was[step.Node.ID]
		if now, pinned := p.setup.Pins[step.Node.ID]; pinned != there || pinned && !reflect.DeepEqual(now, before) {
			p.again(step.Key)
		}
	}
}

// after lists the nodes that come after one, by the edges of both versions.
func (p *retryPlan) after(id string) []string {
	seen := map[string]bool{}
	todo := []string{id}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		for _, d := range []*flow.Document{p.flow.Program.Document, p.past.Flow.Program.Document} {
			for _, e := range d.Edges {
				if from, _ := e.Port(); from == at && !seen[e.To] {
					seen[e.To] = true
					todo = append(todo, e.To)
				}
			}
		}
	}
	list := make([]string, 0, len(seen))
	for node := range seen {
		list = append(list, node)
	}
	return list
}

// changed lets what isn't what it was run again.
func (p *retryPlan) changed() {
	if p.flow.Digest == p.past.Flow.Digest {
		return
	}
	for _, step := range p.past.State.Steps() {
		now, there := p.flow.Plan.Lookup(step.Node.ID)
		if !there || !sameNode(now.Node, step.Node.Node) {
			p.again(step.Key)
		}
	}
}

// isAgain says whether a step runs again, by itself or with what it lies in.
func (p *retryPlan) isAgain(key string) bool {
	for {
		if p.whole[key] {
			return true
		}
		cut := strings.LastIndexByte(key, '.')
		if cut < 0 {
			return false
		}
		if cut = strings.LastIndexByte(key[:cut], '.'); cut < 0 {
			return false
		}
		key = key[:cut]
	}
}

// writesOutside says whether a node changes something outside; a called flow may.
func writesOutside(f *Flow, id string) bool {
	n, there := f.Plan.Lookup(id)
	if !there {
		return false
	}
	t := &f.Program.Nodes[n.Index].Type
	effect := string(t.Effect)
	return n.Type == flow.TypeCall || t.Kind == catalog.KindAction && (effect == "write" || effect == "destructive")
}

func sameNode(a, b *flow.Node) bool {
	x, y := *a, *b
	for _, n := range []*flow.Node{&x, &y} { // what doesn't matter to the run
		n.Name, n.Position, n.Size, n.Collapsed = "", flow.Point{}, nil, false
	}
	return reflect.DeepEqual(x, y)
}

// fold keeps the events that hold. Ended names a step that ends the run at once.
func (p *retryPlan) fold(data map[string]any) (kept []run.Event, state *run.State, ended string) {
	state = run.New(p.flow.Plan, data)
	for i := range p.past.Events {
		e := p.past.Events[i]
		if !p.holds(&e, state) {
			continue
		}
		e.Seq, e.Setup = state.Seq+1, nil
		if len(kept) == 0 && (p.setup.Until != "" || len(p.setup.Pins) > 0) {
			e.Setup = &p.setup
		}
		if _, err := state.Apply(e); err != nil {
			continue // it followed from what doesn't hold
		}
		kept = append(kept, e)
		if state.Ending() != "" {
			return nil, nil, e.Step
		}
	}
	return kept, state, ""
}

func (p *retryPlan) holds(e *run.Event, state *run.State) bool {
	if e.Kind.Terminal() || e.Kind == run.RunCanceling || e.Kind == run.StepCancel {
		return false
	}
	if e.Kind == run.RunStarted {
		_, there := p.flow.Plan.Lookup(e.Trigger)
		return there || e.Trigger == ""
	}
	if p.isAgain(e.Step) {
		return false
	}
	if step, known := p.past.State.Step(e.Step); known && step.EndedSeq == 0 && !flow.IsContainer(step.Node.Type) {
		return false // it was under way
	}
	if e.Kind == run.StepSkipped {
		step, known := state.Step(e.Step)
		return known && step.State == run.StepSkip
	}
	if p.followsRepeat(e) {
		return false
	}
	passes := p.partial[e.Step]
	if passes == nil {
		return true
	}
	switch e.Kind {
	case run.LoopItem:
		return !passes[e.Index]
	case run.LoopOpened:
		p.widen(e, passes)
	case run.StepSucceeded, run.StepFailed:
		return false
	default: // the others are not of containers
	}
	return true
}

// followsRepeat says whether an event lies in, or leads to, a pass of a repeat that
// follows one that runs again.
func (p *retryPlan) followsRepeat(e *run.Event) bool {
	for key, passes := range p.partial {
		container, _ := p.past.State.Step(key)
		if container.Node.Type != flow.TypeRepeat {
			continue
		}
		first := slices.Min(keys(passes))
		if e.Step == key && (e.Kind == run.LoopNext || e.Kind == run.LoopItem) && e.Index >= first && (e.Kind == run.LoopItem || e.Index > first) {
			return true
		}
		rest, inside := strings.CutPrefix(e.Step, key+".")
		if !inside {
			continue
		}
		index := 0
		if _, err := fmt.Sscanf(rest, "%d.", &index); err == nil && index > first {
			return true
		}
	}
	return false
}

func keys(m map[int]bool) []int {
	list := make([]int, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}

// widen holds the passes open that run again, so that those behind them can be kept;
// no more of them work at once than before.
func (p *retryPlan) widen(e *run.Event, passes map[int]bool) {
	container, _ := p.past.State.Step(e.Step)
	if container.Node.Type == flow.TypeRepeat {
		return
	}
	if e.Index == 0 {
		e.Index = max(e.Width, 1)
	}
	e.Width = max(e.Width, 1) + len(passes)
}

// beginKept begins a run with the events of another.
func (a *actor) beginKept() {
	for i := range a.kept {
		if _, err := a.state.Apply(a.kept[i]); err != nil {
			a.log().Error("a kept event doesn't fit the run", "seq", a.kept[i].Seq, "error", err)
			break
		}
		a.pending = append(a.pending, a.kept[i])
	}
	a.kept = nil
	a.tellSkipped()
	a.lastEvent = a.e.Clock.Now()
	a.queue = append(a.queue, a.state.Outstanding()...)
	a.urgent = true
	a.work()
}

// tellSkipped has those who watch told of steps that are skipped here, and were not in
// the run before.
func (a *actor) tellSkipped() {
	told := map[string]bool{}
	for i := range a.pending {
		if a.pending[i].Kind == run.StepSkipped {
			told[a.pending[i].Step] = true
		}
	}
	for _, step := range a.state.Steps() {
		if step.State == run.StepSkip && !told[step.Key] {
			a.queue = append(a.queue, run.Effect{Kind: run.DoSkip, Step: step})
		}
	}
}
