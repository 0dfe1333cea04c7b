package engine

import (
	"fmt"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// perform does one effect.
func (a *actor) perform(effect run.Effect) {
	a.remember(effect)
	switch effect.Kind {
	case run.DoStep:
		if effect.Step.Ready() && a.mayBegin(effect) {
			a.step(effect.Step)
		}
	case run.DoResult:
		a.result(effect.Step, effect.Index)
	case run.DoClose:
		a.closeLoop(effect.Step)
	case run.DoSkip:
		a.emit(run.Event{Kind: run.StepSkipped, Step: effect.Step.Key, Port: effect.Step.Port})
	case run.DoFinish:
		a.finish()
	}
}

// step begins a ready step. Core nodes are evaluated here and now.
func (a *actor) step(step *run.Step) {
	if a.state.StepCount() > MaxSteps {
		a.failStep(step, &run.Error{Code: "limit.steps", Message: fmt.Sprintf("the run has more than %d steps", MaxSteps)})
		return
	}
	if a.pinned(step) || a.answered(step) {
		return
	}
	var err error
	switch step.Node.Type {
	case "core.set":
		err = a.set(step)
	case "core.if":
		err = a.branch(step)
	case "core.switch":
		err = a.choose(step)
	case "core.table":
		err = a.decide(step)
	case flow.TypeForeach:
		err = a.openLoop(step)
	case flow.TypeRepeat:
		err = a.openRepeat(step)
	case "core.respond":
		err = a.respond(step)
	case flow.TypeStop:
		err = a.stopRun(step)
	case flow.TypeWait:
		err = a.wait(step)
	case flow.TypeApproval:
		err = a.ask(step, AskApproval)
	case flow.TypeForm:
		err = a.ask(step, AskForm)
	case flow.TypeCall:
		err = a.callFlow(step)
	case flow.TypeCode:
		a.attempt(step, 1)
	default:
		if a.eval.node(step).Type.Kind != catalog.KindAction {
			err = &run.Error{Code: "unsupported", Message: step.Node.Type + " can't be run by this version"}
			break
		}
		a.attempt(step, 1)
	}
	if err != nil {
		a.failStep(step, fault(err))
	}
}

func (a *actor) failStep(step *run.Step, err *run.Error) {
	a.emit(run.Event{Kind: run.StepFailed, Step: step.Key, Attempt: max(step.Attempts, 1), Error: err})
}

// succeed ends a step, unless its output takes the run over its limit.
func (a *actor) succeed(step *run.Step, e run.Event) {
	switch {
	case depthOf(e.Output) > flow.MaxDepth:
		a.failStep(step, &run.Error{Code: "limit.depth", Message: fmt.Sprintf("the output is nested deeper than %d", flow.MaxDepth)})
		return
	case a.state.Size+e.Size() > MaxResults:
		a.failStep(step, &run.Error{Code: "limit.results", Message: fmt.Sprintf("the results of the run have more than %d MiB", MaxResults>>20)})
		return
	}
	e.Kind, e.Step = run.StepSucceeded, step.Key
	a.emit(e)
}

// depthOf is how deep lists and objects are nested in a value.
func depthOf(v any) int {
	deepest := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			deepest = max(deepest, depthOf(item))
		}
	case map[string]any:
		for _, item := range v {
			deepest = max(deepest, depthOf(item))
		}
	default:
		return 0
	}
	return deepest + 1
}

func (a *actor) set(step *run.Step) error {
	now := a.now()
	fields, err := a.eval.input(a.ctx, step, a.state.Seq, now)
	if err != nil {
		return err
	}
	a.succeed(step, run.Event{At: now, Attempt: 1, Output: fields})
	return nil
}

func (a *actor) branch(step *run.Step) error {
	now := a.now()
	d, err := a.eval.data(a.ctx, step.Scope, a.state.Seq, now)
	if err != nil {
		return err
	}
	holds, err := condition("condition", func() (any, error) {
		return a.eval.node(step).With.Member("condition").Eval(a.ctx, d)
	})
	if err != nil {
		return err
	}
	port := "false"
	if holds {
		port = "true"
	}
	a.succeed(step, run.Event{At: now, Attempt: 1, Port: port, Output: map[string]any{"result": holds}})
	return nil
}

func condition(field string, eval func() (any, error)) (bool, error) {
	v, err := eval()
	if err != nil {
		return false, err
	}
	holds, ok := v.(bool)
	if !ok {
		return false, &run.Error{Code: "bad_input", Message: field + " must be true or false, this is " + describe(v)}
	}
	return holds, nil
}

// choose takes the first case that holds; later ones are not evaluated.
func (a *actor) choose(step *run.Step) error {
	now := a.now()
	d, err := a.eval.data(a.ctx, step.Scope, a.state.Seq, now)
	if err != nil {
		return err
	}
	port := "default"
	for i, c := range a.eval.node(step).With.Member("cases").Items() {
		holds, err := condition(fmt.Sprintf("case %d", i+1), func() (any, error) { return c.Member("when").Eval(a.ctx, d) })
		if err != nil {
			return err
		}
		if name, text := c.Member("port").Constant().(string); holds && text {
			port = name
			break
		}
	}
	a.succeed(step, run.Event{At: now, Attempt: 1, Port: port, Output: map[string]any{"port": port}})
	return nil
}

func (a *actor) respond(step *run.Step) error {
	if a.state.Response != nil {
		return &run.Error{Code: "already_responded", Message: "the webhook has been answered by an earlier core.respond"}
	}
	now := a.now()
	v, err := a.eval.input(a.ctx, step, a.state.Seq, now)
	if err != nil {
		return err
	}
	response, err := readResponse(v)
	if err != nil {
		return err
	}
	a.emit(run.Event{At: now, Kind: run.RunResponded, Step: step.Key, Response: response})
	a.succeed(step, run.Event{At: now, Attempt: 1, Output: map[string]any{}})
	a.urgent = true
	return nil
}

func readResponse(v any) (*run.Response, error) {
	fields, _ := v.(map[string]any)
	r := &run.Response{Status: 200, Body: fields["body"]}
	if status, given := fields["status"]; given {
		n, ok := status.(int64)
		if !ok || n < 200 || n > 599 {
			return nil, &run.Error{Code: "bad_input", Message: "status must be a whole number from 200 to 599"}
		}
		r.Status = int(n)
	}
	headers, _ := fields["headers"].(map[string]any)
	for name, value := range headers {
		text, ok := value.(string)
		if !ok || strings.ContainsAny(name+text, "\r\n\x00") {
			return nil, &run.Error{Code: "bad_input", Message: "the header " + name + " must be text on one line"}
		}
		if r.Headers == nil {
			r.Headers = map[string]string{}
		}
		r.Headers[name] = text
	}
	return r, nil
}

func (a *actor) stopRun(step *run.Step) error {
	now := a.now()
	v, err := a.eval.input(a.ctx, step, a.state.Seq, now)
	if err != nil {
		return err
	}
	a.succeed(step, run.Event{At: now, Attempt: 1, Output: v})
	return nil
}

// finish writes the run's last event.
func (a *actor) finish() {
	if a.finishing {
		return
	}
	a.finishing = true
	e := run.Event{At: a.now()}
	switch a.state.Ending() {
	case "":
		a.finishWithOutput(&e)
	case run.RunCanceled, run.RunUnknown:
		e.Kind = a.state.Ending()
	case run.RunSucceeded:
		stopped(a.state.Stopped(), &e)
	default:
		e.Kind, e.Error = run.RunFailed, a.state.Error
	}
	a.emit(e)
}

func (a *actor) finishWithOutput(e *run.Event) {
	if goal := a.state.Goal(a.state.Root()); goal != nil {
		finishAtGoal(goal, e)
		return
	}
	d, err := a.eval.data(a.ctx, a.state.Root(), a.state.Seq, e.At)
	if err == nil {
		e.Output, err = a.flow.Program.Output.Eval(a.ctx, d)
	}
	e.Kind = run.RunSucceeded
	if err != nil {
		cause := fault(err)
		e.Kind, e.Error = run.RunFailed, &run.Error{Code: cause.Code, Message: "the flow's output: " + cause.Message, Details: cause.Details}
	}
}

// stopped ends a run as its core.stop says.
func stopped(by *run.Event, e *run.Event) {
	fields, _ := by.Output.(map[string]any)
	e.Kind, e.Output = run.RunSucceeded, fields["output"]
	if fields["outcome"] == "failed" {
		message, _ := fields["message"].(string)
		if message == "" {
			message = "the flow stopped itself"
		}
		e.Kind, e.Error = run.RunFailed, &run.Error{Code: "stopped", Message: message, Step: by.Step}
	}
}
