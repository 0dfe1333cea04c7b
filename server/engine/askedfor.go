package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// AskedFor is one action that an approval lets happen.
type AskedFor struct {
	Node   string `json:"node"`
	Name   string `json:"name,omitempty"`
	Type   string `json:"type"`
	Effect string `json:"effect"`
	// With are its parameters as JSON, as far as they were known when it was asked; a
	// template that only the answer, or a later step, gives its value stands as it is
	// written. Nil where they are too much to be read.
	With json.RawMessage `json:"with,omitempty"`
}

// Bounds of what an approval tells: who is asked reads no more than that.
const (
	maxAskedFor  = 20      // actions whose parameters are told
	maxAskedWith = 8 << 10 // bytes of the parameters of one
)

// lets are the actions that an approval lets happen, and on what.
func (a *actor) lets(step *run.Step, now time.Time) []AskedFor {
	found := a.flow.lets(step.Node.Index)
	for i := range found[:min(len(found), maxAskedFor)] {
		with := a.eval.known(a.ctx, step.Scope, found[i].Node, a.state.Seq, now)
		if data := flow.CompactJSON(with); len(data) > len("{}") && with != nil && len(data) <= maxAskedWith {
			found[i].With = data
		}
	}
	return found
}

// known evaluates what can be known of a node's parameters before it begins. Of a node
// in a container that has not begun nothing can: it has no pass yet.
func (v *evaluator) known(ctx context.Context, from *run.Scope, id string, asOf int64, now time.Time) any {
	n, ok := v.flow.Plan.Lookup(id)
	if !ok || v.flow.Program.Nodes[n.Index].With == nil {
		return nil
	}
	with := v.flow.Program.Nodes[n.Index].With
	nothing := func(*expr.Template) bool { return false }
	step, visible := v.state.Visible(from, id)
	if !visible {
		return with.Known(ctx, nil, nothing)
	}
	d, err := v.data(ctx, step.Scope, asOf, now)
	if err != nil {
		return with.Known(ctx, nil, nothing)
	}
	return with.Known(ctx, d, func(t *expr.Template) bool { return v.allEnded(step.Scope, t, asOf) })
}

// allEnded says whether all steps that a template reads have ended by a seq: one that
// has not may still turn an alternative into a value.
func (v *evaluator) allEnded(scope *run.Scope, t *expr.Template, asOf int64) bool {
	for _, ref := range t.References() {
		if ref.Name != "steps" {
			continue
		}
		step, visible := v.state.Visible(scope, ref.Step)
		if !visible || step.EndedSeq == 0 || step.EndedSeq > asOf {
			return false
		}
	}
	return true
}
