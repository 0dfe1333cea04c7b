package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// CodeReplayMissing is the code of steps of a replay that need what the recorded run
// never learned.
const CodeReplayMissing = "replay.missing"

// Recordings finds runs that are replayed.
type Recordings interface {
	Recording(ctx context.Context, runID string) (*Recording, error)
}

// Recording is what a replay takes from the journal of the run that it runs again:
// the times at which things were evaluated, what people answered, and in which order
// things ended. It is read only.
type Recording struct {
	Record Record
	// Setup is what the run did otherwise than its document says.
	Setup    run.Setup
	steps    map[string]*recordedStep
	results  map[passKey]time.Time // when the result of a pass was evaluated
	finished time.Time
	last     time.Time
}

type recordedStep struct {
	began    time.Time
	ended    time.Time
	end      *run.Event        // the event that settled it
	told     bool              // people said what became of a call
	child    string            // the run that it called
	attempts map[int]run.Event // that ended, by number
	seqs     map[int]int64     // of the ends of attempts
}

type passKey struct {
	container string
	index     int
}

// NewRecording reads a journal.
func NewRecording(record Record, events []run.Event) *Recording {
	r := &Recording{Record: record, steps: map[string]*recordedStep{}, results: map[passKey]time.Time{}}
	for i := range events {
		r.add(&events[i])
	}
	return r
}

func (r *Recording) add(e *run.Event) {
	r.last = e.At
	if e.Setup != nil {
		r.Setup = *e.Setup
	}
	if e.Kind.Terminal() {
		r.finished = e.At
		return
	}
	if e.Step == "" || e.Kind == run.RunResponded {
		return
	}
	if e.Kind == run.LoopItem {
		r.results[passKey{e.Step, e.Index}] = e.At
		return
	}
	s := r.steps[e.Step]
	if s == nil {
		s = &recordedStep{began: e.At, attempts: map[int]run.Event{}, seqs: map[int]int64{}}
		r.steps[e.Step] = s
	}
	switch e.Kind {
	case run.StepStarted:
		if child := calledRun(e.Output); child != "" {
			s.child = child
		}
	case run.StepUnknown:
		s.told = true
	case run.StepRetry:
		s.attempts[e.Attempt], s.seqs[e.Attempt] = *e, e.Seq
	case run.StepSucceeded, run.StepFailed, run.StepCancel:
		s.ended, s.end = e.At, e
		s.attempts[e.Attempt], s.seqs[e.Attempt] = *e, e.Seq
	default: // the others tell nothing that is used again
	}
}

// Attempt gives the event that ended an attempt of a step in the recorded run.
func (r *Recording) Attempt(step string, attempt int) (run.Event, bool) {
	if s := r.steps[step]; s != nil {
		e, ok := s.attempts[attempt]
		return e, ok
	}
	return run.Event{}, false
}

// Told says whether people said what became of a step's call, which nobody knew.
func (r *Recording) Told(step string) bool { return r.steps[step] != nil && r.steps[step].told }

// Began is when a step began in the recorded run; zero where it did not.
func (r *Recording) Began(step string) time.Time {
	if s := r.steps[step]; s != nil {
		return s.began
	}
	return time.Time{}
}

// seqOf is the place in the recorded order at which an attempt ended; the end of all
// where it did not.
func (r *Recording) seqOf(step string, attempt int) int64 {
	if s := r.steps[step]; s != nil {
		if seq, ok := s.seqs[attempt]; ok {
			return seq
		}
	}
	return 1 << 62
}

// replay is the part of an actor that replays.
type replay struct {
	from *Recording
	// at is the recorded time of what is evaluated just now.
	at      time.Time
	results []heldResult
}

// heldResult is a result that came before others which were earlier in the recorded run.
type heldResult struct {
	seq     int64
	attempt int
	step    *run.Step
	take    func()
}

// now is the time by which the run goes: in a replay the recorded one.
func (a *actor) now() time.Time {
	if a.replay == nil || a.replay.at.IsZero() {
		return a.e.now()
	}
	return a.replay.at
}

// remember sets the time of what is done next to that of the recorded run. Where the
// recorded run did no such thing, time stands where it was.
func (a *actor) remember(effect run.Effect) {
	if a.replay == nil {
		return
	}
	from := a.replay.from
	var at time.Time
	switch effect.Kind {
	case run.DoStep:
		at = from.Began(effect.Step.Key)
	case run.DoResult:
		at = from.results[passKey{effect.Step.Key, effect.Index}]
	case run.DoFinish:
		at = from.finished
	case run.DoClose, run.DoSkip:
		if s := from.steps[effect.Step.Key]; s != nil {
			at = s.ended
		}
	}
	if at.IsZero() && a.replay.at.IsZero() {
		at = from.Record.Created
	}
	if !at.IsZero() {
		a.replay.at = at
	}
}

// answered settles a step that people answered in the recorded run, as they did. It
// says whether the step is one of those.
func (a *actor) answered(step *run.Step) bool {
	if a.replay == nil || !asksPeople(step.Node.Type) {
		return false
	}
	s := a.replay.from.steps[step.Key]
	if s == nil || s.end == nil || s.end.Kind != run.StepSucceeded && s.end.Kind != run.StepFailed {
		a.failStep(step, &run.Error{Code: CodeReplayMissing, Message: "nobody answered this in the recorded run, so that there is nothing to go on by"})
		return true
	}
	e := *s.end
	e.Seq, e.At = 0, a.now()
	e.Logs = []run.Log{{Level: "info", At: a.now(), Message: "replay: answered as in the recorded run"}}
	if e.Kind == run.StepFailed {
		a.emit(e)
		return true
	}
	a.succeed(step, e)
	return true
}

func asksPeople(nodeType string) bool { return nodeType == "core.approval" || nodeType == "core.form" }

// pass lets a step's wait be over: at once, in the order of the recorded run.
func (a *actor) pass(step *run.Step) {
	if step.Due.IsZero() {
		return
	}
	next := step.Attempts + 1
	a.post(func() {
		if step.State != run.StepWaiting || a.state.Ending() != "" || a.retiring {
			return
		}
		a.inOrder(step, next-1, func() {
			a.replay.at = step.Due
			switch step.Node.Type {
			case flow.TypeRepeat:
				a.emit(run.Event{At: a.now(), Kind: run.LoopNext, Step: step.Key, Index: step.Loop().Next()})
			case flow.TypeWait:
				if s := a.replay.from.steps[step.Key]; s != nil && !s.ended.IsZero() {
					a.replay.at = s.ended
				}
				a.succeed(step, run.Event{At: a.now(), Attempt: 1, Output: waited(a.now())})
			default:
				a.attempt(step, next)
			}
		})
	})
}

// inOrder takes a result once nothing is under way that ended before it in the
// recorded run.
func (a *actor) inOrder(step *run.Step, attempt int, take func()) {
	if a.replay == nil || step.Node.Type == flow.TypeRepeat {
		take()
		return
	}
	a.replay.results = append(a.replay.results, heldResult{a.replay.from.seqOf(step.Key, attempt), attempt, step, take})
	slices.SortStableFunc(a.replay.results, func(x, y heldResult) int { return cmp.Compare(x.seq, y.seq) })
}

// release takes the next result whose turn it is, and says whether it did. It is
// called when all has begun that could.
func (a *actor) release() bool {
	if a.replay == nil || len(a.replay.results) == 0 {
		return false
	}
	first := a.replay.results[0]
	for key := range a.calls {
		if a.earlier(key, &first) {
			return false
		}
	}
	for key := range a.children {
		if a.earlier(key, &first) {
			return false
		}
	}
	a.replay.results = a.replay.results[1:]
	if e, known := a.replay.from.Attempt(first.step.Key, first.attempt); known {
		a.replay.at = e.At
	}
	first.take()
	return true
}

// earlier says whether what is under way at a step ended before a result in the
// recorded run.
func (a *actor) earlier(key string, than *heldResult) bool {
	step, known := a.state.Step(key)
	return known && step != than.step && a.replay.from.seqOf(key, max(step.Attempts, 1)) < than.seq
}

// recordedChild gives the recorded run of a call; nil where the recorded run called
// nothing there.
func (e *Engine) recordedChild(ctx context.Context, parent Record, step string) (*Recording, error) {
	from, err := e.Recordings.Recording(ctx, parent.Replay.Run)
	if err != nil {
		return nil, err
	}
	s := from.steps[step]
	if s == nil || s.child == "" {
		return nil, nil
	}
	child, err := e.Recordings.Recording(ctx, s.child)
	if errors.Is(err, ErrNotFound) {
		return nil, &run.Error{Code: CodeReplayMissing, Message: "the run that was called is not kept any more: " + s.child}
	}
	return child, err
}

// replayChild starts the replay of a called run: of the version that was called, with
// the input that the replay gives.
func (e *Engine) replayChild(ctx context.Context, parent Record, step, id string, c flowCall) (Request, error) {
	child, err := e.recordedChild(ctx, parent, step)
	if err != nil {
		return Request{}, err
	}
	if child == nil || child.Record.Flow != c.flow {
		return Request{}, nil
	}
	f, err := e.Flows.Flow(ctx, child.Record.Digest)
	if err != nil { // it is not kept here: the flow of that id, then
		callee, err := e.Callees.Callee(ctx, c.flow, c.version, c.input)
		if err != nil {
			return Request{}, err
		}
		f = callee.Flow
	}
	data := map[string]any{}
	for key, value := range child.Record.Data {
		data[key] = value
	}
	data["body"] = c.input
	return Request{
		ID: id, Flow: f, Version: child.Record.Version, Trigger: child.Record.Trigger, Data: data,
		Replay: ReplayOf{Run: child.Record.ID, Created: child.Record.Created, Job: parent.Replay.Job},
	}, nil
}

func (e *Engine) startReplayed(ctx context.Context, r Request, parent Record, step, root string, err error) error {
	if err != nil {
		return err
	}
	r.IngestKey = "call/" + r.ID
	r.DryRun, r.Parent, r.Root, r.Depth = parent.DryRun, Parent{parent.ID, step}, root, parent.Depth+1
	_, err = e.Start(ctx, r)
	return err
}

// recording finds what a new run replays. A run that replays nothing, such as one
// that only a draft calls, has an empty recording.
func (e *Engine) recording(ctx context.Context, of ReplayOf) (*Recording, error) {
	if e.Recordings == nil {
		return nil, errors.New("engine: this engine replays nothing")
	}
	r, err := e.Recordings.Recording(ctx, of.Run)
	if errors.Is(err, ErrNotFound) {
		return NewRecording(Record{ID: of.Run, Created: of.Created}, nil), nil
	}
	return r, err
}

// errReplayBroken ends replays that a former process left: they are not gone on with,
// least of all by an engine that reaches the outside.
var errReplayBroken = errors.New("the server stopped during this replay: replay the run again")

// outputOfCall is what a call gives that isn't waited for: in a replay the id of the
// run that was called then.
func (a *actor) outputOfCall(step *run.Step) any {
	if a.replay != nil {
		if s := a.replay.from.steps[step.Key]; s != nil && s.child != "" {
			return map[string]any{"run": s.child}
		}
	}
	return step.Output
}

// Ended says whether the recorded run has come to its end.
func (r *Recording) Ended() bool { return !r.finished.IsZero() }

// Key is the idempotency key of a step's calls: the same for every attempt.
func Key(runID, step string) string { return key(runID, step) }

// CalledRun is the run that an event says was called; empty where it says so of none.
func CalledRun(e *run.Event) string {
	if e.Kind != run.StepStarted && e.Kind != run.StepWaits {
		return ""
	}
	return calledRun(e.Output)
}

// Asks says whether an event asks people something.
func Asks(e *run.Event) bool {
	fields, _ := e.Output.(map[string]any)
	return (e.Kind == run.StepWaits || e.Kind == run.StepUnknown) && fields["ask"] != nil
}
