package engine

import (
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

func (a *actor) openLoop(step *run.Step) error {
	now := a.now()
	items, err := a.eval.evalItems(a.ctx, step, a.state.Seq, now)
	if err != nil {
		return err
	}
	width, err := a.width(step)
	if err != nil {
		return err
	}
	if a.state.StepCount()+len(items)*max(step.Node.BodySize(), 1) > MaxSteps {
		return &run.Error{Code: "limit.steps", Message: fmt.Sprintf("a loop over %d items takes the run over %d steps", len(items), MaxSteps)}
	}
	a.eval.remember(step, items)
	a.emit(run.Event{At: now, Kind: run.LoopOpened, Step: step.Key, Total: len(items), Width: width})
	return nil
}

func (a *actor) width(step *run.Step) (int, error) {
	member := a.eval.node(step).With.Member("concurrency")
	if member == nil {
		return 1, nil
	}
	d, err := a.eval.data(a.ctx, step.Scope, a.state.Seq, a.now())
	if err != nil {
		return 0, err
	}
	v, err := member.Eval(a.ctx, d)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok || n < 1 || n > 256 {
		return 0, &run.Error{Code: "bad_input", Message: "concurrency must be a whole number from 1 to 256"}
	}
	return int(n), nil
}

// result evaluates a container's result for one pass.
func (a *actor) result(container *run.Step, index int) {
	pass, open := container.Pass(index)
	if !open {
		return
	}
	now := a.now()
	e := run.Event{At: now, Kind: run.LoopItem, Step: container.Key, Index: index}
	d, err := a.eval.data(a.ctx, pass, a.state.Seq, now)
	if err == nil {
		err = a.passResult(container, pass, d, &e)
	}
	if err != nil {
		e.Error = fault(err)
	}
	if a.state.Size+e.Size() > MaxResults || depthOf(e.Output) > flow.MaxDepth {
		e.Output, e.Error = nil, &run.Error{Code: "limit.results", Message: "the result of the item is too large or nested too deeply"}
	}
	a.emit(e)
	if container.State == run.StepWaiting {
		a.schedule(container)
	}
}

// passResult evaluates what a pass gives, and whether a repeat ends by it.
func (a *actor) passResult(container *run.Step, pass *run.Scope, d *expr.Data, e *run.Event) (err error) {
	if a.state.Goal(pass) != nil { // what the container says of its result reads what is skipped
		e.Output, e.Port = a.state.DefaultResult(pass), flow.PortOut
		return nil
	}
	with := a.eval.node(container).With
	if result := with.Member("result"); result != nil {
		e.Output, err = result.Eval(a.ctx, d)
	} else {
		e.Output = a.state.DefaultResult(pass)
	}
	if err != nil || container.Node.Type != flow.TypeRepeat {
		return err
	}
	holds, err := condition("until", func() (any, error) { return with.Member("until").Eval(a.ctx, d) })
	switch {
	case err != nil:
		return err
	case holds:
		e.Port = flow.PortOut
		return nil
	case pass.Index+1 >= container.Loop().Total:
		e.Port = "exhausted"
		return nil
	}
	if a.state.StepCount()+container.Node.BodySize() > MaxSteps {
		return &run.Error{Code: "limit.steps", Message: fmt.Sprintf("one pass more takes the run over %d steps", MaxSteps)}
	}
	every, err := a.every(container)
	if every > 0 {
		e.Due = e.At.Add(every)
	}
	return err
}

// every is how long a repeat waits between two passes.
func (a *actor) every(container *run.Step) (time.Duration, error) {
	member := a.eval.node(container).With.Member("every")
	if member == nil {
		return 0, nil
	}
	d, err := a.eval.data(a.ctx, container.Scope, container.StartedSeq-1, container.StartedAt)
	if err != nil {
		return 0, err
	}
	v, err := member.Eval(a.ctx, d)
	if err != nil || v == nil || v == "" {
		return 0, err
	}
	return lengthOf("every", v)
}

// defaultAttempts is how many passes a repeat makes at most that doesn't say.
const defaultAttempts = 10

func (a *actor) openRepeat(step *run.Step) error {
	now := a.now()
	attempts := int64(defaultAttempts)
	if member := a.eval.node(step).With.Member("attempts"); member != nil {
		d, err := a.eval.data(a.ctx, step.Scope, a.state.Seq, now)
		if err != nil {
			return err
		}
		v, err := member.Eval(a.ctx, d)
		if err != nil {
			return err
		}
		n, ok := v.(int64)
		if !ok || n < 1 || n > MaxSteps {
			return &run.Error{Code: "bad_input", Message: fmt.Sprintf("attempts must be a whole number from 1 to %d", MaxSteps)}
		}
		attempts = n
	}
	a.emit(run.Event{At: now, Kind: run.LoopOpened, Step: step.Key, Total: int(attempts), Width: 1})
	return nil
}

func (a *actor) closeLoop(container *run.Step) {
	if err := container.Loop().Failure(); err != nil {
		a.failStep(container, err)
		return
	}
	a.emit(run.Event{Kind: run.StepSucceeded, Step: container.Key, Attempt: 1, Port: container.Loop().Port()})
}
