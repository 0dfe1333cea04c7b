package expr

import (
	"sync"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
)

// variables are the names in scope of every expression.
var variables = map[string]bool{
	"trigger": true, "steps": true, "vars": true, "item": true, "index": true,
	"attempt": true, "run": true, "flow": true, nowVariable: true,
}

// nowVariable is what now() reads: the time that the run recorded for the step.
const nowVariable = "@now"

// Data is what one evaluation may read. Values are JSON's plain Go types.
type Data struct {
	Trigger any
	Vars    map[string]any
	Run     map[string]any
	Flow    map[string]any
	// Now is the recorded time of the evaluation.
	Now time.Time
	// Step gives a step's output, error and state; ok is false where no such step is in scope.
	Step func(id string) (view StepView, ok bool)
	// Loop is set inside a container.
	Loop *Loop
}

// StepView is what expressions see of a step.
type StepView struct {
	Output any
	Error  any
	State  string
	// Object is what [StepView.Plain] gave before; nil makes it anew.
	Object map[string]any
}

// Plain gives the view as the object that expressions read. Nobody changes it, so what
// is known of a step that has ended can be kept.
func (v *StepView) Plain() map[string]any {
	if v.Object == nil {
		return map[string]any{"output": v.Output, "error": v.Error, "state": v.State}
	}
	return v.Object
}

// Loop holds a container's variables for one pass.
type Loop struct {
	Item  any
	Index int
	// Attempt counts the passes of a repeat from 1; 0 in a for-each.
	Attempt int
}

// activation resolves names on demand, so that an evaluation costs what it reads.
type activation struct {
	data     *Data
	steps    []string
	compared budget
	// views holds the steps that are read, by id. It doesn't outlive the evaluation:
	// an expression names a step of it and can't take it whole.
	views map[string]any
}

// activations are used again, because a run evaluates dozens of expressions.
var activations = sync.Pool{New: func() any { return &activation{views: map[string]any{}} }}

func newActivation(data *Data, steps []string) *activation {
	a, _ := activations.Get().(*activation)
	a.data, a.steps, a.compared = data, steps, budget{left: maxCompared}
	return a
}

func (a *activation) done() {
	a.data, a.steps = nil, nil
	clear(a.views)
	activations.Put(a)
}

// ResolveName implements interpreter.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "trigger":
		return a.data.Trigger, true
	case "vars":
		return orEmpty(a.data.Vars), true
	case "run":
		return orEmpty(a.data.Run), true
	case "flow":
		return orEmpty(a.data.Flow), true
	case "steps":
		return a.stepMap(), true
	case comparedVariable:
		return &a.compared, true
	case nowVariable:
		return types.Timestamp{Time: a.data.Now}, true
	case "item", "index", "attempt":
		return a.loop(name)
	}
	return nil, false
}

func (a *activation) loop(name string) (any, bool) {
	l := a.data.Loop
	if l == nil {
		return types.NewErr("%s exists only inside a container", name), true
	}
	switch name {
	case "item":
		return l.Item, true
	case "index":
		return int64(l.Index), true
	}
	return int64(l.Attempt), true
}

func orEmpty(m map[string]any) any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func (a *activation) stepMap() any {
	for _, id := range a.steps {
		if a.data.Step == nil || a.views[id] != nil {
			continue
		}
		if view, ok := a.data.Step(id); ok {
			a.views[id] = view.Plain()
		}
	}
	return a.views
}

// Parent implements interpreter.Activation.
func (a *activation) Parent() interpreter.Activation { return nil }
