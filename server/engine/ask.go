package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// AskKind is what people are asked for.
type AskKind string

// Kinds of questions.
const (
	AskApproval AskKind = "approval" // whether something may be done: of core.approval
	AskForm     AskKind = "form"     // to fill in fields: of core.form
	AskUnknown  AskKind = "unknown"  // what became of a call that was interrupted
)

// Ask is a question to people. It is kept with the event that asks it, and closed
// with the one that needs no answer any more.
type Ask struct {
	ID   string
	Kind AskKind
	Step string
	Flow string
	// FlowName is what the flow was called when the run began.
	FlowName string
	Title    string
	Message  string
	// Show is what the question is about, as it was evaluated: of an approval what its
	// author shows, of an unknown call its input.
	Show any
	// Form is the JSON Schema of what is to be filled in; nil is nothing. Of an unknown
	// call it is that of the action's output.
	Form any
	// To are those who may answer: names of users, and role:NAME for a role and those
	// that may do more.
	To     []string
	Quorum int
	// Requester is the user who started the run, or the first of those above it.
	Requester string
	// DryRun says that the run calls nothing that changes something outside.
	DryRun   bool
	Asked    time.Time
	Deadline time.Time // zero is none
	Remind   time.Duration
	// Notify is the flow that tells people, by its id; empty is none.
	Notify string
	// Hash binds answers to exactly what was asked.
	Hash string
	// Then are the actions with effects outside that follow where an approval is given.
	Then []AskedFor
}

// Closed ends a question.
type Closed struct {
	ID string
	// Outcome is approved, rejected, expired, answered or withdrawn.
	Outcome string
	At      time.Time
}

// People knows who can be asked.
type People interface {
	// Reach counts those who could answer a question to some, not counting one of
	// them. The error says whom it doesn't know, as a [run.Error].
	Reach(ctx context.Context, to []string, except string) (int, error)
}

// Answers are given before anybody is asked: in tests of flows, and where a run is
// played again.
type Answers interface {
	// Given gives what a step's question is answered with; ok is false to ask people.
	Given(ctx context.Context, r *Record, step string, kind AskKind) (given Given, ok bool)
}

// Given is how a question was answered: by decisions, or not in time.
type Given struct {
	Decisions []Decision
	// Expired is when nobody had answered, where that is how it ended.
	Expired time.Time
}

// Kinds of answers, by the kind of the question.
const (
	DecideApprove = "approve"
	DecideReject  = "reject"
	DecideFill    = "fill"     // a form
	DecideDone    = "done"     // an unknown call took effect
	DecideNotDone = "not_done" // it did not
	DecideRetry   = "retry"    // it is to be made again
)

// maxAskText is how long a title or message may be, in bytes.
const maxAskText = 4 << 10

// ask begins core.approval and core.form.
func (a *actor) ask(step *run.Step, kind AskKind) error {
	now := a.now()
	v, err := a.eval.input(a.ctx, step, a.state.Seq, now)
	if err != nil {
		return err
	}
	q, err := a.question(step, kind, v, now)
	if err != nil {
		return err
	}
	waits := run.Event{At: now, Kind: run.StepWaits, Step: step.Key, Attempt: 1, Due: q.Deadline}
	if a.e.Answers != nil {
		if given, known := a.e.Answers.Given(a.ctx, &a.record, step.Key, kind); known {
			waits.Output = map[string]any{"ask": q.ID, "hash": q.Hash}
			a.emit(waits)
			a.given(step, given)
			return nil
		}
	}
	if err := a.reach(q); err != nil {
		return err
	}
	a.put(q, waits)
	a.schedule(step)
	return nil
}

// given goes on with what was answered beforehand.
func (a *actor) given(step *run.Step, g Given) {
	for i := range g.Decisions {
		if step.State == run.StepWaiting {
			a.hear(step, g.Decisions[i].said())
		}
	}
	switch {
	case step.State != run.StepWaiting:
	case g.Expired.IsZero():
		a.failStep(step, &run.Error{Code: "nobody", Message: "the answers that were given don't decide it"})
	default:
		a.expired(step, g.Expired)
	}
}

// put asks a question with an event.
func (a *actor) put(q *Ask, e run.Event) {
	e.Output = map[string]any{"ask": q.ID, "hash": q.Hash}
	a.emit(e)
	a.asks = append(a.asks, *q)
	a.asking[e.Step] = q.ID
	a.urgent = true
}

// question reads the parameters of what is asked, and finds out whether there is
// anybody to ask.
func (a *actor) question(step *run.Step, kind AskKind, with any, now time.Time) (*Ask, error) {
	fields, _ := with.(map[string]any)
	var then []AskedFor
	if kind == AskApproval {
		then = a.lets(step, a.state.Seq, now)
	}
	q, err := a.newAsk(step, kind, with, then, now)
	if err != nil {
		return nil, err
	}
	q.Show, q.Form, q.Quorum = fields["show"], fields["form"], 1
	if q.Title, err = askText(fields, "title"); err != nil {
		return nil, err
	}
	if q.Message, err = askText(fields, "message"); err != nil {
		return nil, err
	}
	if quorum, given := fields["quorum"]; given {
		n, whole := quorum.(int64)
		if !whole || n < 1 || n > flow.MaxAsked {
			return nil, badInput("quorum must be a whole number from 1 to %d, this is %s", flow.MaxAsked, shown(quorum))
		}
		q.Quorum = int(n)
	}
	if q.Form != nil {
		if _, err := check.Schema(q.Form); err != nil {
			return nil, badInput("form is no JSON Schema: %v", err)
		}
	}
	if deadline, given := fields["deadline"]; given {
		if q.Deadline, err = deadlineOf(deadline, now); err != nil {
			return nil, err
		}
	}
	if remind, given := fields["remind"]; given {
		if q.Remind, err = lengthOf("remind", remind); err != nil {
			return nil, err
		}
		if q.Remind < flow.MinRemind {
			return nil, badInput("remind must be a minute at least")
		}
	}
	if q.Notify, _ = fields["notify"].(string); q.Notify != "" && uuid.Validate(q.Notify) != nil {
		return nil, badInput("notify must be the id of a flow, this is %s", shown(fields["notify"]))
	}
	if q.To, err = flow.ParseAsked(fields["to"]); err != nil {
		return nil, badInput("%v", err)
	}
	return q, nil
}

// newAsk makes a question with what all kinds have. With, and then, are what its hash covers,
// beside the run and step.
func (a *actor) newAsk(step *run.Step, kind AskKind, with any, then []AskedFor, now time.Time) (*Ask, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return &Ask{
		ID: id.String(), Kind: kind, Step: step.Key, Flow: a.record.Flow, FlowName: a.record.FlowName,
		Requester: a.record.By, DryRun: a.record.DryRun, Asked: now, Hash: a.payloadHash(step, kind, with, then, a.record.DryRun), Then: then, Quorum: 1,
	}, nil
}

// payloadHash binds an answer to what was asked: the run and whether it is a dry run, the
// step, every parameter as it was evaluated, and what was told of the actions that follow.
func (a *actor) payloadHash(step *run.Step, kind AskKind, with any, then []AskedFor, dryRun bool) string {
	asked := []any{a.record.ID, step.Key, string(kind), with}
	if dryRun {
		asked = append(asked, "dryRun")
	}
	if len(then) > 0 {
		told, _ := json.Marshal(then) // of texts, numbers and JSON: it can't fail
		asked = append(asked, string(told))
	}
	sum := sha256.Sum256(flow.CompactJSON(asked))
	return hex.EncodeToString(sum[:])
}

// reach refuses a question that nobody could answer: it would wait for ever.
func (a *actor) reach(q *Ask) error {
	if a.e.People == nil && !q.Deadline.IsZero() && a.e.Untimed {
		return nil // nobody answers, which is what the deadline is for
	}
	if a.e.People == nil {
		return &run.Error{Code: "unsupported", Message: "nobody can be asked here: run the flow on a server, or give answers in a test"}
	}
	except := ""
	if q.Kind == AskApproval {
		except = q.Requester
	}
	n, err := a.e.People.Reach(a.ctx, q.To, except)
	switch {
	case err != nil:
		return err
	case n == 0:
		return &run.Error{Code: "nobody", Message: "nobody can answer: there is no active user among " + strings.Join(q.To, ", ") + notRequester(q)}
	case n < q.Quorum:
		return &run.Error{Code: "nobody", Message: fmt.Sprintf("%d must approve, and only %d could%s", q.Quorum, n, notRequester(q))}
	}
	return nil
}

func notRequester(q *Ask) string {
	if q.Kind == AskApproval && q.Requester != "" {
		return " (who started the run doesn't count)"
	}
	return ""
}

func badInput(format string, args ...any) *run.Error {
	return &run.Error{Code: "bad_input", Message: fmt.Sprintf(format, args...)}
}

func askText(fields map[string]any, name string) (string, error) {
	text, ok := fields[name].(string)
	switch {
	case !ok && fields[name] != nil:
		return "", badInput("%s must be text, this is %s", name, describe(fields[name]))
	case len(text) > maxAskText:
		return "", badInput("%s has more than %d bytes: put what is long under show", name, maxAskText)
	}
	return text, nil
}

// deadlineOf reads a deadline: how long from now, or a time.
func deadlineOf(v any, now time.Time) (time.Time, error) {
	text, _ := v.(string)
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		if !at.After(now) {
			return at, badInput("the deadline %s is past", text)
		}
		if at.Sub(now) > flow.MaxWait {
			return at, badInput(flow.WaitsTooLong)
		}
		return at.UTC().Truncate(time.Microsecond), nil
	}
	d, err := lengthOf("deadline", v)
	if err != nil {
		return time.Time{}, err
	}
	if d <= 0 {
		return time.Time{}, badInput("the deadline must be after now, this is %s", shown(v))
	}
	return now.Add(d), nil
}

// askOf is the question that a step waits for, and what it is bound to.
func askOf(step *run.Step) (id, hash string) {
	fields, _ := step.Output.(map[string]any)
	id, _ = fields["ask"].(string)
	hash, _ = fields["hash"].(string)
	return id, hash
}

// AskOf is the id of the question that a step waits for an answer to; "" where none.
func AskOf(step *run.Step) string {
	if step.State != run.StepWaiting && (step.State != run.StepUnsure || step.EndedSeq > 0) {
		return ""
	}
	id, _ := askOf(step)
	return id
}

// expire ends a question whose deadline has come. What was answered before it
// counts, even where it is read only now.
func (a *actor) expire(step *run.Step, now time.Time) {
	signals, err := a.e.Signals.Signals(a.ctx, a.record.ID)
	if err != nil {
		a.timer("due "+step.Key, time.Second, func() { a.schedule(step) })
		return
	}
	for _, s := range signals {
		if s.Kind == SignalDecision {
			a.signal(s)
		}
	}
	if step.State == run.StepWaiting {
		a.expired(step, now)
	}
}

func (a *actor) expired(step *run.Step, now time.Time) {
	a.settleAsk(step, "expired", now)
	output := any(nil)
	if step.Node.Type == flow.TypeApproval {
		output = map[string]any{"decision": "expired", "by": nil, "at": now.Format(time.RFC3339Nano), "comment": "", "form": nil, "decisions": step.Decisions}
	}
	a.succeed(step, run.Event{At: now, Attempt: 1, Port: "expired", Output: output})
	a.urgent = true
}

// settleAsk closes a step's question.
func (a *actor) settleAsk(step *run.Step, outcome string, at time.Time) {
	if id, _ := askOf(step); id != "" {
		a.closed = append(a.closed, Closed{id, outcome, at})
	}
}

// withdrawAsks closes the questions of steps that wait no more, because the run or
// their pass ends.
func (a *actor) withdrawAsks() {
	for key, id := range a.asking {
		step, known := a.state.Step(key)
		if !known || step.State == run.StepWaiting || step.State == run.StepUnsure && step.EndedSeq == 0 {
			continue
		}
		delete(a.asking, key)
		if !slices.ContainsFunc(a.closed, func(c Closed) bool { return c.ID == id }) {
			a.closed = append(a.closed, Closed{id, "withdrawn", a.now()})
		}
	}
}
