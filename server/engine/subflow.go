package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Limits of calls.
const (
	MaxCalls  = 16     // how many runs may call one another in a row
	MaxCalled = 10_000 // how many a run may call in all, with those that they call
)

// callFlow begins core.call: the called flow is a run of its own, whose id is
// journaled before it is started, so that a restart starts no second one.
func (a *actor) callFlow(step *run.Step) error {
	now := a.now()
	if a.record.Depth >= MaxCalls {
		return &run.Error{Code: "limit.calls", Message: fmt.Sprintf("flows call one another more than %d deep: does one call itself?", MaxCalls)}
	}
	c, err := a.readCall(step, a.state.Seq, now)
	if err != nil {
		return err
	}
	if a.stoodFor(step, c) {
		return nil
	}
	id := a.e.ids.New(a.e.now()) // a replay's own clock is the recorded run's
	a.emit(run.Event{At: now, Kind: run.StepStarted, Step: step.Key, Attempt: 1, Output: map[string]any{"run": id}})
	a.urgent = true
	a.startChild(step, c)
	return nil
}

// stoodFor ends a call with what stands in for it. It says whether there is anything.
func (a *actor) stoodFor(step *run.Step, c flowCall) bool {
	if a.e.Stands == nil {
		return false
	}
	result, stands := a.e.Stands(Call{RunID: a.record.ID, Step: step.Key, Attempt: 1, Type: step.Node.Type, Input: c.input})
	switch f := result.Error; {
	case !stands:
	case f != nil:
		a.failStep(step, &run.Error{Code: f.Code, Message: f.Message, Details: f.Details})
	default:
		a.succeed(step, run.Event{At: a.now(), Attempt: 1, Output: result.Output})
	}
	return stands
}

// flowCall is what the parameters of core.call ask for.
type flowCall struct {
	flow    string
	version int // 0 is the newest
	input   any
	wait    bool
}

func (a *actor) readCall(step *run.Step, asOf int64, now time.Time) (flowCall, error) {
	v, err := a.eval.input(a.ctx, step, asOf, now)
	if err != nil {
		return flowCall{}, err
	}
	fields, _ := v.(map[string]any)
	c := flowCall{input: fields["input"], wait: true}
	c.flow, _ = fields["flow"].(string)
	if uuid.Validate(c.flow) != nil {
		return c, &run.Error{Code: "bad_input", Message: "flow must be the id of a flow, this is " + shown(fields["flow"])}
	}
	switch version := fields["version"].(type) {
	case nil:
	case int64:
		c.version = int(version)
	default:
		if version != "latest" {
			c.version = -1
		}
	}
	if c.version < 0 || fields["version"] == int64(0) {
		return c, &run.Error{Code: "bad_input", Message: "version must be a number from 1 on, or latest, this is " + shown(fields["version"])}
	}
	if wait := fields["wait"]; wait != nil {
		var ok bool
		if c.wait, ok = wait.(bool); !ok {
			return c, &run.Error{Code: "bad_input", Message: "wait must be true or false, this is " + describe(wait)}
		}
	}
	return c, nil
}

// childOf is the run that a step called.
func childOf(step *run.Step) string { return calledRun(step.Output) }

func calledRun(output any) string {
	fields, _ := output.(map[string]any)
	id, _ := fields["run"].(string)
	return id
}

// startChild starts the called run once the step's start is durable.
func (a *actor) startChild(step *run.Step, c flowCall) {
	id, again := childOf(step), step.StartedSeq <= a.committed
	ctx, cancel := context.WithCancel(a.ctx)
	a.calls[step.Key] = &call{cancel: cancel}
	a.children[step.Key] = id
	start := func() {
		go func() {
			defer cancel()
			err := a.e.startChild(ctx, a.record, step.Key, id, c, again)
			a.post(func() { a.called(step, c, err) }) //nolint:contextcheck // the actor has its own
		}()
	}
	if again {
		start()
		return
	}
	a.held = append(a.held, heldCall{seq: a.state.Seq, step: step, attempt: 1, start: start})
}

// startChild starts the called run; again says that it may have been already.
func (e *Engine) startChild(ctx context.Context, parent Record, step, id string, c flowCall, again bool) error {
	if e.Callees == nil {
		return &run.Error{Code: "unsupported", Message: "no flow can be called here"}
	}
	if again {
		if _, err := e.Journal.Last(ctx, id); !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	root := parent.Root
	if root == "" {
		root = parent.ID
	}
	if n, err := e.Journal.Called(ctx, root, MaxCalled); err != nil {
		return err
	} else if n >= MaxCalled {
		return &run.Error{Code: "limit.calls", Message: fmt.Sprintf("one run may call %d others in all, with those that they call", MaxCalled)}
	}
	replay := ReplayOf{}
	if parent.Replay.Run != "" {
		r, err := e.replayChild(ctx, parent, step, id, c)
		if err != nil || r.Flow != nil {
			return e.startReplayed(ctx, r, parent, step, root, err)
		}
		// The recorded run called nothing here: what is called now has no cassettes.
		replay = ReplayOf{Run: id, Created: e.now(), Job: parent.Replay.Job}
	}
	callee, err := e.Callees.Callee(ctx, c.flow, c.version, c.input)
	if err != nil {
		return err
	}
	data := map[string]any{
		"type": "flow", "body": c.input, "headers": map[string]any{}, "query": map[string]any{},
		"at": e.now().Format(time.RFC3339Nano),
	}
	_, err = e.Start(ctx, Request{
		ID: id, Flow: callee.Flow, Version: callee.Version, Trigger: callee.Trigger, Data: data, IngestKey: "call/" + id,
		DryRun: parent.DryRun, By: parent.By, Replay: replay, Parent: Parent{parent.ID, step}, Root: root, Depth: parent.Depth + 1,
	})
	return err
}

// called hears that the called run is accepted, or why not.
func (a *actor) called(step *run.Step, c flowCall, err error) {
	delete(a.calls, step.Key)
	if a.ended || a.retiring || a.state.Over() || step.State != run.StepRunning {
		return
	}
	switch {
	case a.state.Ending() != "": // the run may have been accepted all the same
		a.emit(run.Event{Kind: run.StepCancel, Step: step.Key, Attempt: 1})
	case errors.Is(err, ErrUnavailable) || errors.Is(err, ErrClosed) || errors.Is(err, ErrFull):
		a.timer("call "+step.Key, time.Second, func() { a.callAgain(step, c) })
	case err != nil:
		delete(a.children, step.Key)
		a.failStep(step, fault(err))
	case !c.wait:
		output := a.outputOfCall(step)
		delete(a.children, step.Key)
		a.succeed(step, run.Event{Attempt: 1, Output: output})
	default:
		a.emit(run.Event{Kind: run.StepWaits, Step: step.Key, Attempt: 1, Output: step.Output})
		a.post(a.loadSignals) // it may have ended meanwhile
	}
}

// callAgain starts a called run that could not be started before.
func (a *actor) callAgain(step *run.Step, c flowCall) {
	switch {
	case a.retiring || step.State != run.StepRunning:
	case a.state.Ending() != "":
		a.emit(run.Event{Kind: run.StepCancel, Step: step.Key, Attempt: 1})
	default:
		a.startChild(step, c)
	}
}

// recall takes a call up again: the called run may have ended, or never begun.
func (a *actor) recall(step *run.Step) {
	if step.State == run.StepWaiting {
		a.children[step.Key] = childOf(step)
		a.post(func() { a.resolve(step) }) // its end is told by a signal, and seen without one
		return
	}
	if a.state.Ending() != "" {
		a.children[step.Key] = childOf(step)
		a.emit(run.Event{Kind: run.StepCancel, Step: step.Key, Attempt: 1})
		return
	}
	c, err := a.readCall(step, step.StartedSeq-1, step.StartedAt)
	if err != nil {
		a.failStep(step, fault(err))
		return
	}
	a.startChild(step, c)
}

// childEnded is what the run that called another is told at the other's end.
func childEnded(child *Record) Signal {
	p := child.Parent
	return Signal{RunID: p.Run, ID: "child/" + child.ID, Kind: SignalChild, Payload: map[string]any{"step": p.Step, "run": child.ID}}
}

// callsOf asks the runs to end that a run called, by its events; to those that have
// ended it says nothing.
func callsOf(id string, events []run.Event) (asked []Signal) {
	for i := range events {
		if events[i].Kind != run.StepStarted {
			continue
		}
		if child := calledRun(events[i].Output); child != "" {
			asked = append(asked, cancelBy(id, child))
		}
	}
	return asked
}

func cancelBy(parent, child string) Signal {
	return Signal{RunID: child, ID: "parent/" + parent, Kind: SignalCancel}
}

// hearChild takes up how a called run ended.
func (a *actor) hearChild(s Signal) {
	fields, _ := s.Payload.(map[string]any)
	key, _ := fields["step"].(string)
	step, known := a.state.Step(key)
	switch {
	case known && childOf(step) == fields["run"] && step.State == run.StepWaiting:
		if a.resolve(step) {
			a.taken = append(a.taken, s.ID)
		}
	case known && (step.State == run.StepRunning || step.EndedSeq > a.committed):
		// It is about to wait and then reads this again, or its end is being written,
		// and this goes with it.
	default:
		a.drop(s)
	}
}

// resolve ends a call whose run has ended, and says whether it did.
func (a *actor) resolve(step *run.Step) bool {
	if step.State != run.StepWaiting || a.state.Ending() != "" {
		return false
	}
	last, err := a.e.Journal.Last(a.ctx, childOf(step))
	switch {
	case errors.Is(err, ErrNotFound):
		last = run.Event{Kind: run.RunFailed, Error: &run.Error{Code: "gone", Message: "it is not kept any more"}}
	case err != nil:
		a.log().Warn("a called run can't be read; trying again", "called", childOf(step), "error", err)
		a.timer("signals", time.Second, a.loadSignals)
		return false
	case !last.Kind.Terminal():
		return false
	}
	child := childOf(step)
	delete(a.children, step.Key)
	if last.Kind == run.RunSucceeded {
		a.succeed(step, run.Event{Attempt: 1, Output: last.Output})
	} else {
		a.failStep(step, calledFailure(child, &last))
	}
	return true
}

// calledFailure is a called run's end as its caller's error.
func calledFailure(id string, last *run.Event) *run.Error {
	e := &run.Error{Code: strings.TrimPrefix(string(last.Kind), "run."), Message: "the called run was canceled", Details: map[string]any{"run": id}}
	switch {
	case last.Error != nil:
		e.Code, e.Message = last.Error.Code, "the called run failed: "+last.Error.Message
		e.Details = map[string]any{"run": id, "error": last.Error.Plain()}
	case last.Kind == run.RunUnknown:
		e.Message = "nobody can tell whether a step of the called run took effect"
	}
	return e
}

// cancelChildren asks those called runs to end whose steps were canceled.
func (a *actor) cancelChildren() {
	for key, child := range a.children {
		if step, known := a.state.Step(key); known && step.State == run.StepCanceled {
			a.notify = append(a.notify, cancelBy(a.record.ID, child))
			delete(a.children, key)
		}
	}
}
