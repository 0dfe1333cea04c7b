package run

import "github.com/drawbridge-soar/drawbridge/server/flow"

// count keeps the number of steps in progress, of the run and of the pass.
func (s *State) count(step *Step, by int) {
	s.live += by
	step.Scope.live += by
	if step.Node.body == nil {
		s.leaves += by
	}
}

// countWait keeps the number of steps that wait. A container that waits for its
// next pass holds the run up by itself, as a leaf does.
func (s *State) countWait(step *Step, by int) {
	s.waits += by
	if step.Node.body != nil {
		s.leaves += by
	}
}

func (s *State) makeReady(step *Step) {
	if !s.Wants(step.Node.ID) && s.stopping == "" && step.Scope.failed == nil {
		s.skip(step)
		return
	}
	if step.Node.Disabled {
		s.passThrough(step)
		return
	}
	if s.stopping != "" || step.Scope.failed != nil {
		return
	}
	step.ready = true
	s.readies++
	s.count(step, +1)
	s.effects = append(s.effects, Effect{Kind: DoStep, Step: step})
}

func (s *State) unready(step *Step) {
	if step.ready {
		step.ready = false
		s.readies--
		s.count(step, -1)
	}
	if step.State == StepUnsure {
		s.unsure--
	}
	if step.State == StepWaiting || step.State == StepUnsure {
		s.countWait(step, -1)
	}
	if step.State == StepRunning || step.State == StepWaiting || step.State == StepUnsure {
		s.count(step, -1)
		step.State = StepPending
	}
}

// passThrough settles a disabled step: skipped, its out edge taken.
func (s *State) passThrough(step *Step) {
	step.State, step.Port, step.EndedSeq, step.EndedAt = StepSkip, flow.PortOut, s.Seq, s.now
	step.Scope.left--
	s.effects = append(s.effects, Effect{Kind: DoSkip, Step: step})
	s.follow(step, flow.PortOut, "")
	s.passIfDone(step.Scope)
}

// skip settles a step that no taken edge leads to; its own edges die.
func (s *State) skip(step *Step) {
	step.State, step.EndedSeq, step.EndedAt = StepSkip, s.Seq, s.now
	step.Scope.left--
	s.effects = append(s.effects, Effect{Kind: DoSkip, Step: step})
	s.follow(step, "", "")
	s.passIfDone(step.Scope)
}

// withdraw takes a step that isn't in flight out of the run.
func (s *State) withdraw(step *Step) {
	if step.ready {
		step.ready = false
		s.readies--
		s.count(step, -1)
	}
	if step.State == StepWaiting {
		s.countWait(step, -1)
		s.count(step, -1)
		step.State, step.EndedSeq, step.EndedAt = StepCanceled, s.Seq, s.now
		step.Scope.left--
	}
}

// giveUp ends the waiting for what became of a step: it stays unknown.
func (s *State) giveUp(step *Step) {
	s.unsure--
	s.countWait(step, -1)
	s.count(step, -1)
	step.EndedSeq, step.EndedAt = s.Seq, s.now
	step.Scope.left--
}

// givenUp says that nobody will tell any more what became of the step.
func (t *Step) givenUp() bool { return t.State == StepUnsure && t.EndedSeq > 0 }

// finishIfIdle asks for the run's end once nothing is in progress.
func (s *State) finishIfIdle() {
	if s.root == nil && s.stopping == "" {
		return // it waits for others of its flow
	}
	idle := s.live == 0
	if s.stopping != "" {
		idle = s.leaves == 0
	}
	if idle {
		s.effects = append(s.effects, Effect{Kind: DoFinish})
	}
}
