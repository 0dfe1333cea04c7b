package run

// openLoop begins a container's passes.
func (s *State) openLoop(step *Step, total, width int) {
	step.loop = &Loop{Total: total, passes: map[int]*Scope{}, width: max(width, 1)}
	if !step.Node.repeats {
		step.loop.results = make([]any, total)
	}
	s.advance(step)
}

// repeat ends a pass of a repeat: by a port, or with the next pass, at once or at
// its time.
func (s *State) repeat(scope *Scope, e *Event) {
	container, l := scope.Container, scope.Container.loop
	l.results, l.port = []any{e.Output}, e.Port
	delete(l.passes, scope.Index)
	l.Done++
	if e.Port == "" && !e.Due.IsZero() && s.stopping == "" {
		container.State, container.Due = StepWaiting, e.Due
		s.countWait(container, +1)
		return
	}
	s.advance(container)
}

// output is what a container gives that ended well.
func (l *Loop) output(container *Step) any {
	if container.Node.repeats && len(l.results) == 1 {
		return l.results[0]
	}
	if l.results == nil {
		return []any{}
	}
	return l.results
}

// Port is the way out of a repeat that ended well.
func (l *Loop) Port() string { return l.port }

// Next is the index of the pass that begins next.
func (l *Loop) Next() int { return l.next }

// advance opens passes up to the container's width, or closes it when all are done.
func (s *State) advance(step *Step) {
	l := step.loop
	if l.advancing {
		return // a pass that ended at once: the loop below goes on
	}
	l.advancing = true
	for l.next < l.Total && len(l.passes) < l.width && l.err == nil && l.port == "" && s.stopping == "" {
		s.openPass(step, l.next)
	}
	l.advancing = false
	if l.finished() && s.stopping == "" && step.State == StepRunning && !l.closing {
		l.closing = true
		s.effects = append(s.effects, Effect{Kind: DoClose, Step: step})
	}
}

func (l *Loop) finished() bool {
	return len(l.passes) == 0 && (l.next == l.Total || l.err != nil || l.port != "")
}

func (l *Loop) outstanding(step *Step) []Effect {
	if l.finished() {
		return []Effect{{Kind: DoClose, Step: step}}
	}
	var todo []Effect
	for index := range l.next {
		if pass := l.passes[index]; pass != nil && pass.done {
			todo = append(todo, Effect{Kind: DoResult, Step: step, Index: index})
		}
	}
	return todo
}

func (s *State) openPass(container *Step, index int) {
	l := container.loop
	l.next++
	scope := s.open(container, index, container.Node.body)
	l.passes[index] = scope
	for i := range scope.steps {
		if step := &scope.steps[i]; len(step.Node.in) == 0 && step.State == StepPending {
			s.makeReady(step)
		}
	}
	s.passIfDone(scope)
}

// passIfDone ends a pass whose steps are all settled, or which failed and has
// nothing in progress any more.
func (s *State) passIfDone(scope *Scope) {
	if scope.Container == nil || scope.done || scope.live > 0 || s.stopping != "" {
		return
	}
	if scope.left > 0 && scope.failed == nil {
		return
	}
	scope.done = true
	if node := scope.Container.Node; scope.failed == nil && (node.repeats || node.With["result"] != nil) {
		s.effects = append(s.effects, Effect{Kind: DoResult, Step: scope.Container, Index: scope.Index})
		return
	}
	s.closePass(scope, s.defaultResult(scope))
}

// abandon fails a pass: nothing new starts in it or in the containers inside it.
func (s *State) abandon(scope *Scope, cause *Error) {
	if scope.failed == nil {
		scope.failed = cause
	}
	for i := range scope.steps {
		step := &scope.steps[i]
		if step.ready {
			s.dropEffect(step)
		}
		s.withdraw(step)
		if step.loop != nil && step.State == StepRunning {
			s.abandonLoop(step, cause)
		}
	}
	s.passIfDone(scope)
}

// abandonLoop lets a container open no further pass and fails those that are open.
func (s *State) abandonLoop(container *Step, cause *Error) {
	l := container.loop
	if l.err == nil {
		l.err = cause
	}
	for index := range l.next {
		if pass := l.passes[index]; pass != nil && pass.failed == nil {
			s.abandon(pass, cause)
		}
	}
	s.advance(container)
}

func (s *State) dropEffect(step *Step) {
	kept := s.effects[:0]
	for _, e := range s.effects {
		if e.Kind != DoStep || e.Step != step {
			kept = append(kept, e)
		}
	}
	s.effects = kept
}

// DefaultResult is what a pass gives without a result of its own: the output of
// the body's one end node, or an object of all; that of the goal where the run goes to one.
func (s *State) DefaultResult(scope *Scope) any { return s.defaultResult(scope) }

// defaultResult is the output of the body's one end node, or an object of all.
func (s *State) defaultResult(scope *Scope) any {
	if goal := s.Goal(scope); goal != nil {
		return goal.Output
	}
	if len(scope.body.ends) == 1 {
		return scope.steps[s.Plan.Nodes[scope.body.ends[0]].slot].Output
	}
	result := make(map[string]any, len(scope.body.ends))
	for _, i := range scope.body.ends {
		step := &scope.steps[s.Plan.Nodes[i].slot]
		result[step.Node.ID] = step.Output
	}
	return result
}

// closePass keeps a pass's result and lets the container go on.
func (s *State) closePass(scope *Scope, result any) {
	container := scope.Container
	l := container.loop
	delete(l.passes, scope.Index)
	l.Done++
	if scope.failed != nil {
		l.Failed++
		result = map[string]any{"error": scope.failed.Plain()}
		if container.Node.failFast && l.err == nil {
			s.abandonLoop(container, scope.failed)
		}
	}
	if container.Node.repeats {
		l.results = []any{result}
	} else {
		l.results[scope.Index] = result
	}
	s.advance(container)
}

// Failure is why a container fails as a whole, or nil.
func (l *Loop) Failure() *Error { return l.err }

// Pass gives the scope of one pass, while it is open.
func (t *Step) Pass(index int) (*Scope, bool) {
	if t.loop == nil {
		return nil, false
	}
	scope, ok := t.loop.passes[index]
	return scope, ok
}
