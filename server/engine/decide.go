package engine

import (
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Decision is what one person answered. It reaches the run as the payload of a
// [SignalDecision].
type Decision struct {
	Ask  string
	Step string
	Hash string
	// Kind is one of the answers above.
	Kind string
	// Person is who answered, by what they are for ever: a name may go to another.
	Person string
	// By is the name of who answered, and For whose place they took by delegation.
	By, For string
	At      time.Time
	Comment string
	Form    any
}

// Signal is the decision as the message to its run.
func (d *Decision) Signal(runID string) Signal {
	return Signal{RunID: runID, ID: "decision/" + d.Ask + "/" + d.Person, Kind: SignalDecision, Payload: map[string]any{
		"ask": d.Ask, "step": d.Step, "hash": d.Hash, "said": d.said(),
	}}
}

// said is the decision as the journal keeps it.
func (d *Decision) said() map[string]any {
	said := map[string]any{"decision": d.Kind, "by": d.By, "at": d.At.UTC().Format(time.RFC3339Nano), "comment": d.Comment, "form": d.Form}
	if d.For != "" {
		said["for"] = d.For
	}
	return said
}

// hearDecision acts on what a person answered. An answer to what isn't asked, or
// isn't what was asked, does nothing.
func (a *actor) hearDecision(s Signal) {
	fields, _ := s.Payload.(map[string]any)
	key, _ := fields["step"].(string)
	step, known := a.state.Step(key)
	if !known || a.heard[s.ID] {
		if !known {
			a.drop(s)
		}
		return
	}
	id, hash := askOf(step)
	open := step.State == run.StepWaiting || step.State == run.StepUnsure && step.EndedSeq == 0
	if !open || id == "" || id != fields["ask"] || hash != fields["hash"] || !a.unchanged(step, hash) {
		a.drop(s)
		return
	}
	a.hears(s)
	said, _ := fields["said"].(map[string]any)
	a.hear(step, said)
}

// hear journals an answer and goes on from it.
func (a *actor) hear(step *run.Step, said map[string]any) {
	now := a.now()
	a.emit(run.Event{At: now, Kind: run.StepDecided, Step: step.Key, Output: said})
	a.urgent = true
	if step.State == run.StepUnsure {
		a.told(step, said, now)
		return
	}
	a.decided(step, said, now)
}

// unchanged says whether a step's question would be bound to the same if it were asked now:
// another hash says that something in it has changed.
func (a *actor) unchanged(step *run.Step, hash string) bool {
	if step.State == run.StepUnsure {
		return true // what was called has happened, or not: nothing can change it
	}
	with, err := a.eval.input(a.ctx, step, step.StartedSeq-1, step.StartedAt)
	if err != nil {
		return false
	}
	kind := askKind(step)
	var then []AskedFor
	if kind == AskApproval {
		then = a.lets(step, step.StartedSeq-1, step.StartedAt)
	}
	// Questions weren't always bound to what was told of the actions, nor those of dry runs
	// to that, and some wait for weeks.
	return hash == a.payloadHash(step, kind, with, then, a.record.DryRun) ||
		hash == a.payloadHash(step, kind, with, nil, a.record.DryRun) || hash == a.payloadHash(step, kind, with, nil, false)
}

func askKind(step *run.Step) AskKind {
	if step.Node.Type == flow.TypeForm {
		return AskForm
	}
	return AskApproval
}

// decided ends an approval once enough have approved or one has rejected, and a
// form with its fields.
func (a *actor) decided(step *run.Step, said map[string]any, now time.Time) {
	if step.Node.Type == flow.TypeForm {
		a.settleAsk(step, "answered", now)
		a.succeed(step, run.Event{At: now, Attempt: 1, Output: said["form"]})
		return
	}
	outcome := "approved"
	switch {
	case said["decision"] == DecideReject:
		outcome = "rejected"
	case len(step.Decisions) < a.quorum(step):
		return // the others are still asked
	}
	a.settleAsk(step, outcome, now)
	a.succeed(step, run.Event{At: now, Attempt: 1, Port: outcome, Output: map[string]any{
		"decision": outcome, "by": said["by"], "at": said["at"], "comment": said["comment"], "form": said["form"], "decisions": slices.Clone(step.Decisions),
	}})
}

func (a *actor) quorum(step *run.Step) int {
	with, err := a.eval.input(a.ctx, step, step.StartedSeq-1, step.StartedAt)
	if err != nil {
		return flow.MaxAsked + 1 // it was evaluated before: nobody gets through by a fault
	}
	fields, _ := with.(map[string]any)
	if n, given := fields["quorum"].(int64); given {
		return int(n)
	}
	return 1
}

// interrupted is what is known of a call during which the server stopped.
func interrupted(step *run.Step) run.Event {
	return run.Event{Attempt: step.Attempts, Error: &run.Error{
		Code:    "interrupted",
		Message: "the server stopped during this call, and nobody can tell whether it took effect",
	}}
}

// askWhatBecame asks people about a call that may have taken effect and can't be repeated,
// with what is known of it. It waits for as long as it takes: nothing is guessed.
func (a *actor) askWhatBecame(step *run.Step, e run.Event) {
	now := a.now()
	e.At, e.Kind, e.Step = now, run.StepUnknown, step.Key
	input, err := a.eval.input(a.ctx, step, step.StartedSeq-1, step.StartedAt)
	if err != nil {
		input = nil // the question stands all the same
	}
	q, err := a.newAsk(step, AskUnknown, input, nil, now)
	if err != nil {
		a.log().Error("a question could not be made", "step", step.Key, "error", err)
		a.emit(e) // the next start asks again
		a.urgent = true
		return
	}
	typ := &a.eval.node(step).Type
	q.Title = "Did " + typ.Name + " take effect?"
	q.Message = "The server stopped during this call, and nobody can tell whether it took effect. Look it up on the other side, and say."
	if e.Error.Code != "interrupted" {
		q.Message = "The answer of this call was lost, and nobody can tell whether it took effect: " + e.Error.Message + ". To make it again could do it twice. Look it up on the other side, and say."
	}
	q.Show, q.To = input, []string{"role:responder"}
	q.Form = outputSchema(typ)
	a.put(q, e)
}

func outputSchema(typ *catalog.NodeType) any {
	if len(typ.Output) == 0 {
		return nil
	}
	schema, err := flow.ParseValue(typ.Output)
	if err != nil {
		return nil
	}
	return schema
}

// told goes on from what a person says became of a call.
func (a *actor) told(step *run.Step, said map[string]any, now time.Time) {
	a.settleAsk(step, "answered", now)
	by, _ := said["by"].(string)
	effect := key(a.record.ID, step.Key)
	switch said["decision"] {
	case DecideDone:
		a.succeed(step, run.Event{At: now, Attempt: step.Attempts, Output: said["form"], Key: effect})
	case DecideRetry:
		if a.state.Ending() == "" {
			a.attempt(step, step.Attempts+1)
			return
		}
		fallthrough // nothing new begins in a run that ends
	default:
		a.emit(run.Event{At: now, Kind: run.StepFailed, Step: step.Key, Attempt: step.Attempts, Key: effect, Error: &run.Error{
			Code: "not_done", Message: "the call was interrupted, and " + by + " says that it did not take effect",
		}})
	}
}
