package engine

import (
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Calls gives the runs whose ends a run waited for, by the keys of the steps that called
// them. Where people are asked in one, what they said lets the caller go on.
func (p *Past) Calls() map[string]string {
	calls := map[string]string{}
	for i := range p.Events {
		if e := &p.Events[i]; e.Kind == run.StepWaits {
			if id := calledRun(e.Output); id != "" {
				calls[e.Step] = id
			}
		}
	}
	return calls
}

// askAgain lets people be asked again for what they have not said yes to: where the
// input or the version is another, for everything; otherwise where a write would happen
// a second time by what let it happen once, or on other values than were told.
func (p *retryPlan) askAgain(all bool) {
	for changed := true; changed; {
		changed = false
		for _, step := range p.past.State.Steps() {
			if !p.asked(step) || p.isAgain(step.Key) {
				continue
			}
			if all || p.happensTwice(step) || p.toldOtherwise(step) {
				p.again(step.Key)
				changed = true
			}
		}
	}
}

// asked says whether people were asked in a step, or in the flow that it called.
func (p *retryPlan) asked(step *run.Step) bool {
	switch step.Node.Type {
	case flow.TypeApproval, flow.TypeForm:
		return step.StartedSeq > 0
	case flow.TypeCall:
		return p.past.Asked[step.Key]
	}
	return false
}

// happensTwice says whether a write that an approval let happen took effect, or may
// have, and runs again.
func (p *retryPlan) happensTwice(approval *run.Step) bool {
	// What follows the approval in its pass, and what follows the loops that it lies in.
	key, id := approval.Key, approval.Node.ID
	for scope := approval.Scope; ; scope = scope.Container.Scope {
		if p.writesAgain(strings.TrimSuffix(key, id), p.after(id)) {
			return true
		}
		if scope.Container == nil {
			return false
		}
		key, id = scope.Container.Key, scope.Container.Node.ID
	}
}

// writesAgain says whether a write of some nodes, or of what lies in them, took effect, or
// may have, and runs again.
func (p *retryPlan) writesAgain(prefix string, after []string) bool {
	for _, step := range p.past.State.Steps() {
		if step.State != run.StepDone && step.State != run.StepUnsure || !p.isAgain(step.Key) || !writesOutside(p.past.Flow, step.Node.ID) {
			continue
		}
		id, _, _ := strings.Cut(strings.TrimPrefix(step.Key, prefix), ".")
		if strings.HasPrefix(step.Key, prefix) && slices.Contains(after, id) {
			return true
		}
	}
	return false
}

// toldOtherwise says whether an action that an approval lets happen runs now, and may be
// given another value than was told: because the step that it read runs again, or because
// it reads what another run has otherwise.
func (p *retryPlan) toldOtherwise(approval *run.Step) (otherwise bool) {
	if approval.Node.Type != flow.TypeApproval {
		return false
	}
	v := newEvaluator(p.past.Flow, p.past.Record, p.past.State)
	for _, action := range p.past.Flow.lets(approval.Node.Index) {
		step, visible := p.past.State.Visible(approval.Scope, action.Node)
		if !visible || step.State == run.StepDone && !p.isAgain(step.Key) {
			continue
		}
		with := v.withOf(action.Node)
		if with == nil {
			continue
		}
		known := v.knowable(approval.Scope, action.Node, approval.StartedSeq-1)
		with.Templates(func(_ string, t *expr.Template) {
			otherwise = otherwise || known(t) && p.readsAnew(step.Scope, t)
		})
	}
	return otherwise
}

// readsAnew says whether a template reads a step of which something runs again, or the run itself.
func (p *retryPlan) readsAnew(scope *run.Scope, t *expr.Template) bool {
	return slices.ContainsFunc(t.References(), func(r expr.Reference) bool {
		if r.Name != "steps" {
			return r.Name == "run"
		}
		step, visible := p.past.State.Visible(scope, r.Step)
		return !visible || p.isAgain(step.Key) || len(p.partial[step.Key]) > 0
	})
}
