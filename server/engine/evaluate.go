package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// evaluator gives expressions their data. What a step reads is fixed by the seq
// at which its input was evaluated: later results stay invisible to it, so the
// same input can be computed again at any time, and isn't journaled.
type evaluator struct {
	flow   *Flow
	record *Record
	state  *run.State
	info   map[string]any
	items  map[*run.Step][]any
	views  map[*run.Step]map[string]any // of steps that have ended
}

func newEvaluator(f *Flow, record *Record, state *run.State) *evaluator {
	id, created := record.ID, record.Created
	if record.Replay.Run != "" { // it sees itself as the run that it replays
		id, created = record.Replay.Run, record.Replay.Created
	}
	if id == "" {
		id = UnknownRun
	}
	return &evaluator{flow: f, record: record, state: state, info: map[string]any{
		"id": id, "version": int64(record.Version), "dryRun": record.DryRun,
		"startedAt": created.UTC().Format(time.RFC3339Nano),
	}}
}

func (v *evaluator) node(step *run.Step) *check.Node {
	return &v.flow.Program.Nodes[step.Node.Index]
}

// data is what an expression in a scope reads at a seq.
func (v *evaluator) data(ctx context.Context, scope *run.Scope, asOf int64, now time.Time) (*expr.Data, error) {
	d := &expr.Data{Trigger: v.record.Data, Vars: v.flow.Program.Document.Vars, Run: v.info, Flow: v.flow.info, Now: now}
	d.Step = func(id string) (expr.StepView, bool) { return v.view(scope, id, asOf) }
	if scope != nil && scope.Container != nil {
		loop, err := v.loop(ctx, scope)
		if err != nil {
			return nil, err
		}
		d.Loop = loop
	}
	return d, nil
}

// loop is what a pass knows of the containers around it: item and index are the
// innermost for-each's, attempt is the innermost repeat's.
func (v *evaluator) loop(ctx context.Context, scope *run.Scope) (*expr.Loop, error) {
	l, found := &expr.Loop{Index: scope.Index}, false
	for ; scope.Container != nil; scope = scope.Container.Scope {
		if scope.Container.Node.Type == flow.TypeRepeat {
			if l.Attempt == 0 {
				l.Attempt = scope.Index + 1
			}
			continue
		}
		if found {
			continue
		}
		found = true
		items, err := v.itemsOf(ctx, scope.Container)
		if err != nil {
			return nil, err
		}
		if scope.Index >= len(items) {
			return nil, fmt.Errorf("pass %d of %s has no item", scope.Index, scope.Container.Key)
		}
		l.Item, l.Index = items[scope.Index], scope.Index
	}
	return l, nil
}

func (v *evaluator) view(scope *run.Scope, id string, asOf int64) (expr.StepView, bool) {
	step, ok := v.state.Visible(scope, id)
	if !ok {
		return expr.StepView{}, false
	}
	if step.EndedSeq == 0 || step.EndedSeq > asOf {
		return expr.StepView{State: string(run.StepRunning)}, true
	}
	if known := v.views[step]; known != nil {
		return expr.StepView{Object: known}, true
	}
	view := expr.StepView{Output: step.Output, Error: step.Error.Plain(), State: string(step.State)}
	view.Object = view.Plain()
	if v.views == nil {
		v.views = map[*run.Step]map[string]any{}
	}
	v.views[step] = view.Object
	return view, true
}

// itemsOf gives a container's items: remembered, or computed again as of its start.
func (v *evaluator) itemsOf(ctx context.Context, container *run.Step) ([]any, error) {
	if items, known := v.items[container]; known {
		return items, nil
	}
	items, err := v.evalItems(ctx, container, container.StartedSeq-1, container.StartedAt)
	if err != nil {
		return nil, err
	}
	v.remember(container, items)
	return items, nil
}

func (v *evaluator) remember(container *run.Step, items []any) {
	if v.items == nil {
		v.items = map[*run.Step][]any{}
	}
	v.items[container] = items
}

func (v *evaluator) evalItems(ctx context.Context, container *run.Step, asOf int64, now time.Time) ([]any, error) {
	d, err := v.data(ctx, container.Scope, asOf, now)
	if err != nil {
		return nil, err
	}
	value, err := v.node(container).With.Member("items").Eval(ctx, d)
	if err != nil {
		return nil, err
	}
	items, ok := value.([]any)
	if !ok {
		return nil, &run.Error{Code: "bad_input", Message: "items must be a list, this is " + describe(value)}
	}
	return items, nil
}

func describe(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "text"
	case int64, float64:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}

// input evaluates a step's parameters as of a seq.
func (v *evaluator) input(ctx context.Context, step *run.Step, asOf int64, now time.Time) (any, error) {
	d, err := v.data(ctx, step.Scope, asOf, now)
	if err != nil {
		return nil, err
	}
	return v.node(step).With.Eval(ctx, d)
}

// fault turns an error met while evaluating into a step's error.
func fault(err error) *run.Error {
	var known *run.Error
	if errors.As(err, &known) {
		return known
	}
	var e *expr.Error
	if errors.As(err, &e) {
		return &run.Error{Code: e.Code, Message: e.Error(), Details: map[string]any{"pointer": e.Pointer, "offset": int64(e.Offset)}}
	}
	return &run.Error{Code: "internal", Message: err.Error()}
}

// Fold makes a run's state from its events.
func Fold(f *Flow, record *Record, events []run.Event) (*run.State, error) {
	state := run.New(f.Plan, record.Data)
	for i := range events {
		if _, err := state.Apply(events[i]); err != nil {
			return nil, fmt.Errorf("run %s: %w", record.ID, err)
		}
	}
	return state, nil
}

// StepInput computes again what a step was given. Steps that have not begun, and
// those whose parameters hold what only their own run evaluates, give an error.
func StepInput(ctx context.Context, f *Flow, record *Record, state *run.State, key string) (any, error) {
	step, ok := state.Step(key)
	switch {
	case !ok:
		return nil, ErrNotFound
	case flow.IsTrigger(step.Node.Type):
		return nil, nil
	case step.StartedSeq == 0:
		return nil, errors.New("the step has not begun")
	case step.Pinned:
		return nil, errors.New("the output is pinned: nothing was evaluated or called")
	}
	v := newEvaluator(f, record, state)
	d, err := v.data(ctx, step.Scope, step.StartedSeq-1, step.StartedAt)
	if err != nil {
		return nil, err
	}
	if step.Node.Type == flow.TypeRepeat {
		return map[string]any{"attempts": int64(step.Loop().Total)}, nil
	}
	if flow.IsContainer(step.Node.Type) {
		items, err := v.itemsOf(ctx, step)
		return map[string]any{"items": items}, err
	}
	return v.node(step).With.Eval(ctx, d)
}

// Preview evaluates a template as a node of a run would read it now: with all
// that the run knows. Passes pick the pass for a node in containers, the outermost
// first; fewer are those of the innermost.
func Preview(ctx context.Context, f *Flow, record *Record, state *run.State, nodeID string, passes []int, t *expr.Template) (any, error) {
	v := newEvaluator(f, record, state)
	scope := state.Root()
	if n, ok := f.Plan.Lookup(nodeID); ok && n.Parent != "" {
		if inner := scopeAt(state, n.Parent, passes); inner != nil {
			scope = inner
		}
	}
	d, err := v.data(ctx, scope, state.Seq, state.Started)
	if err != nil {
		return nil, err
	}
	return t.Eval(ctx, d)
}

// scopeAt finds the pass of a container that is at some passes, of the innermost
// containers as many as are given, the outermost first; else the first that there is.
func scopeAt(state *run.State, container string, passes []int) *run.Scope {
	var first *run.Scope
	for _, step := range state.Steps() {
		scope := step.Scope
		if scope.Container == nil || scope.Container.Node.ID != container {
			continue
		}
		if first == nil {
			first = scope
		}
		if stands(scope, passes) {
			return scope
		}
	}
	return first
}

func stands(scope *run.Scope, passes []int) bool {
	for i := len(passes) - 1; i >= 0 && scope.Container != nil; i-- {
		if scope.Index != passes[i] {
			return false
		}
		scope = scope.Container.Scope
	}
	return true
}
