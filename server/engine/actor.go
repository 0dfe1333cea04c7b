package engine

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// actor runs one run. Everything in it is touched by one goroutine at a time:
// that of Start until the first write is queued, then its loop.
type actor struct {
	e      *Engine
	flow   *Flow
	record Record
	state  *run.State
	eval   *evaluator
	handle *Handle
	ctx    context.Context //nolint:containedctx // the lifetime of the run's calls
	cancel context.CancelFunc

	box  mailbox
	gone chan struct{}

	created   bool
	answers   bool      // nobody is told of the start before there is an answer
	claimed   int64     // the epoch of the newest claim by this engine; guarded by Engine.mu
	gaveUp    error     // why the run was abandoned
	sent      time.Time // when the newest batch was handed to the journal
	written   time.Time // when the newest that is durable was: the run was held after that
	queue     []run.Effect
	pending   []run.Event       // applied, not yet handed to the journal
	taken     []string          // signals that pending events answer
	notify    []Signal          // what pending events tell other runs
	children  map[string]string // by step key: runs that were called and have not ended
	asks      []Ask             // what pending events ask people
	closed    []Closed          // what they need no answer to any more
	asking    map[string]string // by step key: questions that are open
	heard     map[string]bool   // signals that were acted on, and are not to be twice
	busy      bool              // takes a place among the runs of its flow, as the journal has it
	appending bool
	committed int64
	packing   bool // a flush is scheduled
	urgent    bool
	retiring  bool
	parked    bool // given back until it has something to do
	lastEvent time.Time
	ended     bool
	finishing bool
	calls     map[string]*call
	timers    map[string]func()
	held      []heldCall // writes that wait for their start to be durable
	failures  int        // of the journal, in a row
	replay    *replay    // nil unless the run replays another
	turns     turns
	kept      []run.Event // of the run that this one goes on from
	setup     run.Setup   // what a run that begins does otherwise than its document says
}

// call is one action in flight.
type call struct {
	cancel context.CancelFunc
	writes bool
}

// log tells of the run, always by the same keys: run, flow and, of a step, step.
func (a *actor) log() *slog.Logger {
	return a.e.Logger.With("run", a.record.ID, "flow", a.record.Flow)
}

func newActor(e *Engine, f *Flow, record Record, state *run.State) *actor {
	a := &actor{
		e: e, flow: f, record: record, state: state, gone: make(chan struct{}),
		calls: map[string]*call{}, timers: map[string]func(){}, children: map[string]string{}, asking: map[string]string{},
	}
	a.box.wake = make(chan struct{}, 1)
	a.eval = newEvaluator(f, &a.record, state)
	a.ctx, a.cancel = context.WithCancel(e.ctx)
	a.handle = newHandle(a)
	return a
}

func (a *actor) loop() {
	defer a.close()
	for !a.finished() {
		select {
		case <-a.box.wake:
		case <-a.e.ctx.Done():
			return
		}
		for _, f := range a.box.take() {
			f()
			a.nextTurns()
			a.work()
			if a.finished() {
				return // what is left is durable, and comes again by the sweep
			}
		}
	}
}

// finished says whether nothing more is to be done here: the end is durable, or
// the run is given up.
func (a *actor) finished() bool {
	if a.ended || a.parked {
		return true
	}
	if a.retiring {
		return !a.appending && len(a.pending) == 0 && !a.writing()
	}
	return a.state.Over() && !a.appending && len(a.pending) == 0
}

func (a *actor) writing() bool {
	for _, c := range a.calls {
		if c.writes {
			return true
		}
	}
	return false
}

func (a *actor) close() {
	a.cancel()
	for _, stop := range a.timers {
		stop()
	}
	a.e.leave(a)
	a.handle.finish(a)
	close(a.gone)
}

// takeUp continues a run from its folded state.
func (a *actor) takeUp() {
	a.committed = a.state.Seq
	if a.state.Seq == 0 {
		a.begin()
		return
	}
	a.busy = a.state.Status == run.Running
	a.boundTime()
	outstanding := a.state.Outstanding()
	// People are asked what nobody can tell before anything is repeated.
	slices.SortStableFunc(outstanding, func(x, y run.Effect) int { return a.unsure(x) - a.unsure(y) })
	for _, effect := range outstanding {
		a.restore(effect)
	}
	a.post(a.loadSignals)
	a.work()
}

// unsure orders effects: 0 for calls that can't be repeated, 1 for the others.
func (a *actor) unsure(effect run.Effect) int {
	if effect.Kind == run.DoStep && effect.Step.State == run.StepRunning && !a.repeatable(effect.Step) {
		return 0
	}
	return 1
}

// restore decides on one thing that was outstanding when the run was taken up.
func (a *actor) restore(effect run.Effect) {
	step := effect.Step
	switch {
	case effect.Kind != run.DoStep:
		a.queue = append(a.queue, effect)
	case step.Node.Type == flow.TypeCall && step.State != run.StepPending:
		a.recall(step)
	case step.State == run.StepWaiting:
		if id, _ := askOf(step); id != "" {
			a.asking[step.Key] = id
		}
		a.schedule(step)
	case step.State == run.StepUnsure:
		if id, _ := askOf(step); id != "" {
			a.asking[step.Key] = id
			return
		}
		a.askWhatBecame(step, interrupted(step)) // an earlier version did not ask
	case step.State == run.StepRunning && !a.repeatable(step):
		a.askWhatBecame(step, interrupted(step))
	case step.State == run.StepRunning && a.state.Ending() != "" && !a.writes(step):
		a.emit(run.Event{Kind: run.StepCancel, Step: step.Key, Attempt: step.Attempts})
	case step.State == run.StepRunning:
		a.attempt(step, step.Attempts+1)
	default:
		a.queue = append(a.queue, effect)
	}
}

// emit gives an event its seq and time, applies it and queues it for the journal.
func (a *actor) emit(e run.Event) {
	e.Seq = a.state.Seq + 1
	if e.At.IsZero() {
		e.At = a.now()
	}
	a.fit(&e)
	effects, err := a.state.Apply(e)
	if err != nil {
		// A fault of this program: keep the journal right and say so.
		a.log().Error("an event doesn't fit the run", "event", e.Kind, "step", e.Step, "error", err)
		return
	}
	if a.pending == nil {
		a.pending = make([]run.Event, 0, min(len(a.flow.Plan.Nodes)+eventsBeside, maxExpected))
	}
	a.pending = append(a.pending, e)
	a.lastEvent = a.e.Clock.Now()
	a.queue = append(a.queue, effects...)
	if a.state.Ending() != "" {
		a.windDown()
	}
	a.cancelChildren()
	a.withdrawAsks()
}

// A run of core nodes has about an event a node, and these beside; more isn't expected
// at once than maxExpected.
const (
	eventsBeside = 3
	maxExpected  = 32
)

// maxReason is how much of an error's message is kept once a run has as many
// results as it may.
const maxReason = 200

// fit leaves out what would take the run over its limit beside outputs, which
// fail their step: logs, and the particulars of errors.
func (a *actor) fit(e *run.Event) {
	if a.state.Size+e.Size() <= MaxResults {
		return
	}
	if len(e.Logs) > 0 {
		e.Logs = []run.Log{{Level: "warn", At: e.At, Message: "the log is left out: the results of the run have reached their limit"}}
	}
	if e.Error != nil && a.state.Size+e.Size() > MaxResults {
		short := *e.Error
		short.Message, short.Details = strings.ToValidUTF8(short.Message[:min(len(short.Message), maxReason)], ""), nil
		e.Error = &short
	}
}

// work does all that can be done without waiting, then writes.
func (a *actor) work() {
	for (len(a.queue) > 0 || a.release()) && !a.retiring && !a.ended {
		if len(a.queue) == 0 {
			continue
		}
		effect := a.queue[0]
		a.queue = a.queue[1:]
		a.perform(effect)
	}
	a.flush()
}

// abandon gives the run up without writing anything more.
func (a *actor) abandon(err error) {
	a.ended, a.appending, a.gaveUp = true, false, err
	a.pending = nil
	if !a.created {
		a.handle.err = err // whoever waits for the run to be accepted reads it
	}
	a.cancel()
}

// retire stops the actor for a shutdown: what is known is written, the rest is
// left to the next start.
func (a *actor) retire() {
	a.retiring, a.urgent = true, true
	for _, c := range a.calls {
		if !c.writes {
			c.cancel()
		}
	}
}

// timer posts f after d, unless another timer of the same name replaces it.
func (a *actor) timer(name string, d time.Duration, f func()) {
	if stop, running := a.timers[name]; running {
		stop()
	}
	a.timers[name] = a.e.Clock.AfterFunc(d, func() {
		a.post(func() {
			delete(a.timers, name)
			f()
		})
	})
}
