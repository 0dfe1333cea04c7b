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
	// With are its parameters as JSON, as far as they were known when it was asked.
	With json.RawMessage `json:"with,omitempty"`
	// Open are the pointers into With of templates that stand as they are written: only the
	// answer, a later step or the time gives them their values.
	Open []string `json:"open,omitempty"`
	// Cut says where a value has more than With has of it.
	Cut []Cut `json:"cut,omitempty"`
	// Untold says that its parameters are not told: there are too many actions, or too many
	// parameters.
	Untold bool `json:"untold,omitempty"`
}

// Cut is a place at which a value was cut.
type Cut struct {
	Pointer string `json:"pointer"`
	// More is how much is left out there, and Of of what: items, fields or characters.
	More int    `json:"more"`
	Of   string `json:"of"`
}

// maxAskedFor is of how many actions the parameters are told.
const maxAskedFor = 20

// lets are the actions that an approval lets happen, and on what, as it was known at a seq.
func (a *actor) lets(step *run.Step, asOf int64, now time.Time) []AskedFor {
	found := a.flow.lets(step.Node.Index)
	t := newTeller()
	for i := range found {
		with := a.eval.withOf(found[i].Node)
		if with == nil {
			continue
		}
		leaves := with.Leaves()
		if i >= maxAskedFor || leaves > t.leaves {
			found[i].Untold = true
			continue
		}
		t.leaves -= leaves
		a.eval.tell(a.ctx, step.Scope, &found[i], asOf, now, t)
	}
	return found
}

func (v *evaluator) withOf(id string) *expr.Value {
	if n, ok := v.flow.Plan.Lookup(id); ok {
		return v.flow.Program.Nodes[n.Index].With
	}
	return nil
}

// tell evaluates what can be known of a node's parameters before it begins.
func (v *evaluator) tell(ctx context.Context, from *run.Scope, to *AskedFor, asOf int64, now time.Time, t *teller) {
	t.open, t.cut = nil, nil
	var d *expr.Data
	known := v.knowable(from, to.Node, asOf)
	if step, visible := v.state.Visible(from, to.Node); visible {
		var err error
		if d, err = v.data(ctx, step.Scope, asOf, now); err != nil {
			known = func(*expr.Template) bool { return false }
		}
	}
	with := v.withOf(to.Node).Known(ctx, d, known, t.part)
	if object, is := with.(map[string]any); is && len(object) == 0 {
		return
	}
	to.With, to.Open, to.Cut = flow.CompactJSON(with), t.open, t.cut
}

// knowable says which templates of a node have the value at a seq that they have when it
// begins, seen from a scope. Of a node in a container that has not begun none has: it has no pass yet.
func (v *evaluator) knowable(from *run.Scope, id string, asOf int64) func(*expr.Template) bool {
	step, visible := v.state.Visible(from, id)
	return func(t *expr.Template) bool {
		return visible && t.Lasting() && v.allEnded(step.Scope, t, asOf)
	}
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
