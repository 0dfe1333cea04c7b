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
	p := &retryPlan{flow: f, past: past, whole: map[string]bool{}, partial: map[string]map[int]bool{}}
	if err := p.choose(from); err != nil {
		return nil, err
	}
	p.changed()
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
	flow *Flow
	past *Past
	// whole are the keys of steps that run again with all that is in them, partial the
	// passes of containers in which something does.
	whole   map[string]bool
	partial map[string]map[int]bool
}

// choose begins with the steps that were named, and with what did not end well.
func (p *retryPlan) choose(from []string) error {
	for _, key := range from {
		if _, known := p.past.State.Step(key); !known {
			return fmt.Errorf("the run has no step %q", key)
		}
		p.again(key)
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
		e.Seq = state.Seq + 1
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

// result tells what the plan means.
func (p *retryPlan) result(kept []run.Event, state *run.State) *Retry {
	r := &Retry{Kept: kept}
	begun := map[string]bool{}
	for _, step := range p.past.State.Steps() {
		if step.StartedSeq == 0 || flow.IsTrigger(step.Node.Type) {
			continue
		}
		begun[step.Node.ID] = true
		now, there := state.Step(step.Key)
		switch {
		case there && now.EndedSeq > 0:
			r.Reuses = append(r.Reuses, step.Key)
		case p.flowHas(step.Node.ID):
			r.Reruns = append(r.Reruns, step.Key)
			r.effect(p.flow, step.Key, step.Node.ID, step.State)
		}
	}
	for i := range p.flow.Plan.Nodes {
		n := &p.flow.Plan.Nodes[i]
		step, there := state.Step(n.ID)
		if begun[n.ID] || n.Type == flow.TypeNote || flow.IsTrigger(n.Type) || there && step.EndedSeq > 0 || there && step.State == run.StepSkip {
			continue
		}
		r.First = append(r.First, n.ID)
		r.effect(p.flow, n.ID, n.ID, "")
	}
	return r
}

func (p *retryPlan) flowHas(id string) bool {
	_, there := p.flow.Plan.Lookup(id)
	return there
}

func (r *Retry) effect(f *Flow, key, id string, before run.StepState) {
	n, _ := f.Plan.Lookup(id)
	t := &f.Program.Nodes[n.Index].Type
	if !writesOutside(f, id) {
		return
	}
	effect := string(t.Effect)
	if n.Type == flow.TypeCall {
		effect = "call" // as the called flow does
	}
	r.Effects = append(r.Effects, RetryEffect{Step: key, Type: t.Type, Effect: effect, Before: before})
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
	a.lastEvent = a.e.Clock.Now()
	a.queue = append(a.queue, a.state.Outstanding()...)
	a.urgent = true
	a.work()
}

// turns lets no more passes of a loop work at once than its Limit says: more of them
// may be open where the run was kept from another.
type turns struct {
	working map[*run.Step]map[int]bool
	held    []run.Effect
}

// mayBegin says whether a step's pass has its turn; if not, the step comes again when
// another pass is done.
func (a *actor) mayBegin(effect run.Effect) bool {
	for scope := effect.Step.Scope; scope.Container != nil; scope = scope.Container.Scope {
		loop := scope.Container.Loop()
		if loop == nil || loop.Limit == 0 || a.hasTurn(scope, loop.Limit) {
			continue
		}
		a.turns.held = append(a.turns.held, effect)
		return false
	}
	return true
}

func (a *actor) hasTurn(scope *run.Scope, limit int) bool {
	container := scope.Container
	working := a.turns.working[container]
	if working[scope.Index] {
		return true
	}
	for index := range working {
		if _, open := container.Pass(index); !open {
			delete(working, index)
		}
	}
	if len(working) >= limit {
		return false
	}
	if working == nil {
		if a.turns.working == nil {
			a.turns.working = map[*run.Step]map[int]bool{}
		}
		working = map[int]bool{}
		a.turns.working[container] = working
	}
	working[scope.Index] = true
	return true
}

// nextTurns has the steps looked at again that wait for their turn.
func (a *actor) nextTurns() {
	if len(a.turns.held) > 0 {
		a.queue = append(a.queue, a.turns.held...)
		a.turns.held = nil
	}
}
