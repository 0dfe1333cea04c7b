package engine

import (
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// PlanStart says what a run means that begins at a trigger: which nodes may run, and
// which of them change something outside.
func PlanStart(f *Flow, trigger string, setup run.Setup) *Retry {
	p := &retryPlan{flow: f, past: &Past{Flow: f, State: run.New(f.Plan, nil)}, setup: setup}
	state := run.New(f.Plan, nil)
	if _, err := state.Apply(run.Event{Seq: 1, Kind: run.RunStarted, Trigger: trigger, Setup: &setup}); err != nil {
		return &Retry{} // the first event fits any run
	}
	return p.result(nil, state)
}

// Lacks lists what runs beside one step, all that is in it and the containers around it:
// what it would need of a run that doesn't have it.
func (r *Retry) Lacks(f *Flow, key string) (missing []string) {
	for _, other := range slices.Concat(r.Reruns, r.First) {
		if other != key && !strings.HasPrefix(other, key+".") && !strings.HasPrefix(key, other+".") && !f.isInside(run.NodeID(other), run.NodeID(key)) {
			missing = append(missing, other)
		}
	}
	return missing
}

// isInside says whether a node lies in a container, at any depth.
func (f *Flow) isInside(id, container string) bool {
	for n, there := f.Plan.Lookup(id); there && n.Parent != ""; n, there = f.Plan.Lookup(n.Parent) {
		if n.Parent == container {
			return true
		}
	}
	return false
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
		case !state.Wants(step.Node.ID):
		case there && now.EndedSeq > 0:
			r.Reuses = append(r.Reuses, step.Key)
		case !p.given(r, step.Key):
			r.Reruns = append(r.Reruns, step.Key)
			r.effect(p.flow, step.Key, step.Node.ID, step.State)
		}
	}
	for i := range p.flow.Plan.Nodes {
		n := &p.flow.Plan.Nodes[i]
		step, there := state.Step(n.ID)
		if begun[n.ID] || n.Disabled || n.Type == flow.TypeNote || flow.IsTrigger(n.Type) || !state.Wants(n.ID) || there && step.EndedSeq > 0 || p.given(r, n.ID) {
			continue
		}
		r.First = append(r.First, n.ID)
		r.effect(p.flow, n.ID, n.ID, "")
	}
	return r
}

// given says whether a step is pinned, which the plan is told, or lies in what is.
func (p *retryPlan) given(r *Retry, key string) bool {
	id := run.NodeID(key)
	if _, pinned := p.setup.Pins[id]; pinned {
		r.Pinned = append(r.Pinned, key)
		return true
	}
	for container := range p.setup.Pins {
		if p.flow.isInside(id, container) {
			return true
		}
	}
	return false
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
