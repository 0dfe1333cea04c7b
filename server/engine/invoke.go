package engine

import (
	"context"
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

const (
	defaultTimeout = 30 * time.Second
	maxBackoff     = time.Hour
)

// attempt begins one call of an action. A call that writes waits until its start
// is durable; others run at once.
func (a *actor) attempt(step *run.Step, n int) {
	now := a.now()
	asOf := a.state.Seq
	if step.StartedSeq > 0 {
		asOf, now = step.StartedSeq-1, step.StartedAt
	}
	input, err := a.eval.input(a.ctx, step, asOf, now)
	if err != nil {
		a.failStep(step, fault(err))
		return
	}
	node := a.eval.node(step)
	c := Call{
		RunID: a.record.ID, Step: step.Key, Attempt: n, Key: key(a.record.ID, step.Key), Type: node.Type.Type,
		Connector: node.Type.Connector, Version: node.Type.Version, Input: input, Timeout: node.Timeout, DryRun: a.record.DryRun,
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	c.Replay = a.record.Replay.Run
	c.Flow, c.FlowName, c.Credential = a.record.Flow, a.record.FlowName, step.Node.Credential
	c.CredentialType = a.flow.Program.Document.Credentials[c.Credential].Type
	c.Script = node.Script
	e := run.Event{Kind: run.StepStarted, Step: step.Key, Attempt: n, Key: c.Key}
	if step.StartedSeq == 0 {
		e.At = now
	}
	a.emit(e)
	if a.record.DryRun && a.writes(step) {
		a.pretend(step, n)
		return
	}
	a.invoke(step, c)
}

func (a *actor) writes(step *run.Step) bool {
	effect := string(a.eval.node(step).Type.Effect)
	return effect == "write" || effect == "destructive"
}

// repeatable says whether a call that may have happened may be made again.
func (a *actor) repeatable(step *run.Step) bool {
	return !a.writes(step) || a.eval.node(step).Type.Idempotent
}

func (a *actor) invoke(step *run.Step, c Call) {
	ctx, cancel := context.WithCancel(a.ctx)
	a.calls[step.Key] = &call{cancel: cancel, writes: a.writes(step)}
	start := func() {
		go func() {
			result := a.e.Invoker.Invoke(ctx, c)
			interrupted := ctx.Err() != nil
			cancel()
			a.post(func() { //nolint:contextcheck // the actor has its own
				a.inOrder(step, c.Attempt, func() { a.returned(step, c.Attempt, result, interrupted) })
			})
		}()
	}
	if !a.writes(step) {
		start()
		return
	}
	a.urgent = true
	a.held = append(a.held, heldCall{seq: a.state.Seq, step: step, attempt: c.Attempt, start: start})
}

// returned takes the result of a call.
func (a *actor) returned(step *run.Step, attempt int, result Result, interrupted bool) {
	delete(a.calls, step.Key)
	if a.ended || a.state.Over() {
		return
	}
	if interrupted && result.Error != nil {
		if !a.retiring {
			a.emit(run.Event{Kind: run.StepCancel, Step: step.Key, Attempt: attempt, Logs: result.Logs})
		}
		return
	}
	effect := ""
	if a.writes(step) {
		effect = key(a.record.ID, step.Key) // marks the row that must be the only one
	}
	if result.Error == nil {
		a.succeed(step, run.Event{Attempt: attempt, Output: result.Output, Logs: result.Logs, Calls: result.Calls, Key: effect})
		return
	}
	failure := &run.Error{Code: result.Error.Code, Message: result.Error.Message, Details: result.Error.Details}
	if a.again(step, attempt, result.Error) {
		if !a.repeatable(step) && result.Error.unsure() {
			a.askWhatBecame(step, run.Event{Attempt: attempt, Error: failure, Logs: result.Logs, Calls: result.Calls})
			return
		}
		a.emit(run.Event{
			Kind: run.StepRetry, Step: step.Key, Attempt: attempt, Error: failure, Logs: result.Logs, Calls: result.Calls,
			Due: a.now().Add(a.pause(step, attempt, result.Error.RetryAfter)),
		})
		a.schedule(step)
		return
	}
	a.emit(run.Event{Kind: run.StepFailed, Step: step.Key, Attempt: attempt, Error: failure, Logs: result.Logs, Calls: result.Calls, Key: effect})
}

// again says whether a call that failed is wanted once more. One that may have taken
// effect and can't be repeated is not made, but asked about.
func (a *actor) again(step *run.Step, attempt int, f *Failure) bool {
	retry := step.Node.Retry
	if retry == nil || attempt >= retry.Attempts || a.state.Ending() != "" {
		return false
	}
	if len(retry.On) > 0 {
		return slices.Contains(retry.On, f.Code)
	}
	return f.Retryable
}

// pause is the backoff before the next attempt: doubling, with jitter so that
// many runs don't knock at once, and no shorter than the other side asked for.
func (a *actor) pause(step *run.Step, attempt int, atLeast time.Duration) time.Duration {
	base := a.eval.node(step).Backoff << min(attempt-1, 16)
	if base > maxBackoff || base < 0 {
		base = maxBackoff
	}
	jittered := base/2 + a.e.Jitter(base/2)
	return max(jittered, atLeast)
}

// windDown stops what need not end once nothing new starts: calls that only
// compute or read. Writes are let finish.
func (a *actor) windDown() {
	for _, c := range a.calls {
		if !c.writes {
			c.cancel()
		}
	}
	a.queue = slices.DeleteFunc(a.queue, func(e run.Effect) bool {
		return e.Kind == run.DoStep || e.Kind == run.DoResult || e.Kind == run.DoClose
	})
}
