package run

import (
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Apply folds one event into the state and gives what is to be done next. It is
// deterministic. An error means that the event can't follow this state: the
// journal is damaged, or the caller wrong; the state is then unchanged.
func (s *State) Apply(e Event) ([]Effect, error) {
	if err := s.accepts(&e); err != nil {
		return nil, err
	}
	s.Seq, s.now = e.Seq, e.At
	s.Size += e.Size()
	s.effects = nil
	s.takeSetup(&e)
	switch e.Kind {
	case RunQueued:
	case RunStarted:
		s.start(&e)
	case RunResponded:
		s.Response = e.Response
	case RunCanceling:
		s.stop(RunCanceled)
	case RunTimeout:
		if s.Error == nil {
			s.Error = e.Error
		}
		s.stop(RunFailed)
	case RunSucceeded, RunFailed, RunCanceled, RunUnknown:
		s.end(&e)
		return nil, nil
	case StepSkipped:
		// the state knew before the event was written
	default:
		s.step(s.steps[e.Step], &e)
	}
	s.finishIfIdle()
	s.Status = s.status()
	return s.effects, nil
}

// mayFollow says whether an event of a kind can come before or after the run's start.
func (s *State) mayFollow(e *Event) bool {
	switch e.Kind {
	case RunQueued:
		return e.Seq == 1
	case RunStarted:
		return s.root == nil
	case RunCanceling, RunCanceled, RunFailed:
		return true
	default:
		return s.root != nil
	}
}

// status tells a run that goes on from one that only waits.
func (s *State) status() Status {
	switch {
	case s.root == nil:
		return Queued
	case s.waits == 0 || s.waits < s.leaves || s.readies > 0:
		return Running
	case s.unsure > 0:
		return Unknown
	}
	return Waiting
}

func (s *State) accepts(e *Event) error {
	if e.Seq != s.Seq+1 {
		return fmt.Errorf("event %d follows event %d", e.Seq, s.Seq)
	}
	if s.over {
		return fmt.Errorf("event %s after the end of the run", e.Kind)
	}
	if !s.mayFollow(e) {
		return fmt.Errorf("event %s at seq %d", e.Kind, e.Seq)
	}
	switch e.Kind {
	case StepStarted, StepSucceeded, StepFailed, StepRetry, StepWaits, StepDecided, StepCancel, StepUnknown, LoopOpened, LoopItem, LoopNext:
		step, known := s.steps[e.Step]
		if !known {
			return fmt.Errorf("event %s for the unknown step %q", e.Kind, e.Step)
		}
		if step.State.settled() || step.givenUp() {
			return fmt.Errorf("event %s for the step %q, which is %s", e.Kind, e.Step, step.State)
		}
		if e.Kind == StepDecided && step.State != StepWaiting && step.State != StepUnsure {
			return fmt.Errorf("event %s for the step %q, which waits for nobody", e.Kind, e.Step)
		}
		if e.Kind == LoopItem && (step.loop == nil || step.loop.passes[e.Index] == nil) {
			return fmt.Errorf("event %s for pass %d of %q, which is not open", e.Kind, e.Index, e.Step)
		}
		if e.Kind == LoopNext && (step.State != StepWaiting || step.loop == nil || step.loop.next != e.Index) {
			return fmt.Errorf("event %s for pass %d of %q, which is not the next", e.Kind, e.Index, e.Step)
		}
	case RunQueued, RunStarted, StepSkipped, RunResponded, RunCanceling, RunTimeout, RunSucceeded, RunFailed, RunCanceled, RunUnknown:
	default:
		return fmt.Errorf("event of the unknown kind %q", e.Kind)
	}
	return nil
}

func (s *State) start(e *Event) {
	s.Status, s.Started, s.Trigger = Running, e.At, e.Trigger
	s.root = s.open(nil, 0, &s.Plan.root)
	triggered := s.Plan.hasTriggers()
	for i := range s.root.steps {
		step := &s.root.steps[i]
		switch {
		case len(step.Node.in) > 0 || step.State.settled():
		case !triggered:
			s.makeReady(step)
		case flow.IsTrigger(step.Node.Type) && step.Node.ID == e.Trigger:
			step.StartedSeq, step.StartedAt = e.Seq, e.At
			step.Attempts = 1
			s.succeed(step, flow.PortOut, s.data, e)
		default:
			s.skip(step)
		}
	}
}

// open makes the steps of one pass.
func (s *State) open(container *Step, index int, b *body) *Scope {
	scope := &Scope{Container: container, Index: index, steps: make([]Step, len(b.nodes)), body: b, left: len(b.nodes)}
	prefix := scope.prefix()
	for slot, i := range b.nodes {
		step := &scope.steps[slot]
		*step = Step{Key: prefix + s.Plan.Nodes[i].ID, Node: &s.Plan.Nodes[i], Scope: scope, State: StepPending}
		s.steps[step.Key] = step
		s.order = append(s.order, step)
	}
	return scope
}

func (s *State) step(step *Step, e *Event) {
	if step.StartedSeq == 0 {
		step.StartedSeq, step.StartedAt = e.Seq, e.At
	}
	switch e.Kind {
	case StepStarted:
		s.unready(step)
		step.State, step.Attempts, step.Output = StepRunning, e.Attempt, e.Output
		s.count(step, +1)
	case StepSucceeded:
		s.unready(step)
		s.stepSucceeded(step, e)
	case StepFailed:
		s.unready(step)
		s.fail(step, e)
	case StepRetry:
		s.unready(step)
		s.count(step, +1)
		step.State, step.Due, step.Error = StepWaiting, e.Due, e.Error
		step.Attempts = max(step.Attempts, e.Attempt)
		step.Logs = append(step.Logs, e.Logs...)
		s.countWait(step, +1)
	case StepWaits:
		s.unready(step)
		s.count(step, +1)
		step.State, step.Due, step.Attempts, step.Output = StepWaiting, e.Due, 1, e.Output
		s.countWait(step, +1)
	case StepDecided:
		step.Decisions = append(step.Decisions, e.Output)
	case StepUnknown:
		s.unready(step)
		s.count(step, +1)
		step.State, step.Error, step.Output = StepUnsure, e.Error, e.Output
		step.Due = time.Time{}
		step.Attempts = max(step.Attempts, e.Attempt)
		s.countWait(step, +1)
		s.unsure++
	case StepCancel:
		s.unready(step)
		s.settle(step, StepCanceled, e)
	case LoopOpened:
		s.unready(step)
		step.State, step.Attempts = StepRunning, 1
		s.count(step, +1)
		s.openLoop(step, e.Total, e.Width)
		step.loop.Limit = e.Index
	case LoopItem:
		scope := step.loop.passes[e.Index]
		if e.Error != nil {
			scope.failed = e.Error
		}
		if step.Node.repeats && scope.failed == nil {
			s.repeat(scope, e)
			return
		}
		s.closePass(scope, e.Output)
	case LoopNext:
		s.unready(step)
		step.State = StepRunning
		s.count(step, +1)
		s.advance(step)
	default: // events of the run; Apply handles them
	}
}

func (s *State) stepSucceeded(step *Step, e *Event) {
	step.Attempts = max(step.Attempts, e.Attempt, 1)
	step.Pinned = e.Pinned
	output := e.Output
	if step.loop != nil {
		output = step.loop.output(step)
	}
	if step.Node.Type == flow.TypeStop {
		stopped := *e
		s.stopped = &stopped
		s.stop(RunSucceeded)
	}
	port := e.Port
	if port == "" {
		port = flow.PortOut
	}
	s.succeed(step, port, output, e)
}

func (s *State) succeed(step *Step, port string, output any, e *Event) {
	step.Port, step.Output = port, output
	s.settle(step, StepDone, e)
	s.follow(step, port, "")
	s.passIfDone(step.Scope)
}

// fail settles a step that failed for good, and sends the failure where the flow
// says: to the error port, on past it, to the container's item, or to the run.
func (s *State) fail(step *Step, e *Event) {
	step.Attempts = max(step.Attempts, e.Attempt)
	step.Error = e.Error
	if step.Error == nil {
		step.Error = &Error{Code: "internal", Message: "the step failed without saying why"}
	}
	s.settle(step, StepFailedEnd, e)
	handled, goesOn := step.Node.handled, step.Node.OnError == "continue"
	switch {
	case handled && goesOn:
		step.Port = flow.PortError
		s.follow(step, flow.PortError, flow.PortOut)
	case handled:
		step.Port = flow.PortError
		s.follow(step, flow.PortError, "")
	case goesOn:
		step.Port = flow.PortOut
		s.follow(step, flow.PortOut, "")
	default:
		s.unhandled(step)
	}
	s.passIfDone(step.Scope)
}

// unhandled lets an error settle the pass it happened in, or the run.
func (s *State) unhandled(step *Step) {
	cause := *step.Error
	if cause.Step == "" {
		cause.Step = step.Key
	}
	if step.Scope.Container == nil {
		if s.Error == nil {
			s.Error = &cause
		}
		s.stop(RunFailed)
		return
	}
	s.abandon(step.Scope, &cause)
}

// settle ends a step.
func (s *State) settle(step *Step, state StepState, e *Event) {
	if state != StepDone {
		step.Output = nil // what it knew meanwhile is no result
	}
	step.State, step.EndedSeq, step.EndedAt = state, e.Seq, e.At
	step.Logs = append(step.Logs, e.Logs...)
	step.Scope.left--
}

// follow resolves the edges that leave a settled step: those of the ports named
// are taken, the others dead.
func (s *State) follow(step *Step, port, also string) {
	for _, l := range step.Node.out {
		next := &step.Scope.steps[s.Plan.Nodes[l.to].slot]
		taken := port != "" && l.port == port || also != "" && l.port == also
		s.resolve(next, taken)
	}
}

func (s *State) resolve(step *Step, taken bool) {
	step.resolved++
	if taken {
		step.taken++
	}
	if step.State != StepPending || step.ready {
		return
	}
	all := step.resolved == len(step.Node.in)
	switch {
	case step.Node.Join == "first" && step.taken == 1 && taken:
		s.makeReady(step)
	case step.Node.Join == "first" && step.taken > 0:
	case all && step.taken > 0:
		s.makeReady(step)
	case all:
		s.skip(step)
	}
}

// stop lets nothing new start. The first reason stays, but that something is
// unknown is worse than any: a cancel gives up what nobody has told yet.
func (s *State) stop(why Kind) {
	if s.stopping == "" {
		s.stopping = why
	}
	for _, step := range s.order {
		s.withdraw(step)
		if why == RunCanceled && step.State == StepUnsure && !step.givenUp() {
			s.giveUp(step)
			s.stopping = RunUnknown
		}
	}
	s.effects = nil
}

// Outstanding lists all that is to be done in this state, for a run taken up
// from its journal. Steps in flight when the journal ended are among them as
// DoStep in state running: whether they are repeated is the engine's to say.
func (s *State) Outstanding() []Effect {
	var todo []Effect
	for _, step := range s.order {
		switch {
		case step.ready, step.State == StepRunning && step.loop == nil, step.State == StepWaiting, step.State == StepUnsure && !step.givenUp():
			todo = append(todo, Effect{Kind: DoStep, Step: step})
		case step.State == StepRunning && s.stopping == "":
			todo = append(todo, step.loop.outstanding(step)...)
		}
	}
	s.effects = nil
	s.finishIfIdle()
	return append(todo, s.effects...)
}

func (s *State) end(e *Event) {
	s.Ended, s.over = e.At, true
	s.Output = e.Output
	if e.Error != nil {
		s.Error = e.Error
	}
	s.Status = map[Kind]Status{RunSucceeded: Succeeded, RunFailed: Failed, RunCanceled: Canceled, RunUnknown: Unknown}[e.Kind]
	for _, step := range s.order {
		if step.State == StepRunning || step.State == StepWaiting {
			step.State, step.EndedSeq, step.EndedAt = StepCanceled, e.Seq, e.At
		}
	}
	s.effects = nil
}
