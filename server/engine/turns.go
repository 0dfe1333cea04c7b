package engine

import "github.com/drawbridge-soar/drawbridge/server/run"

// turns lets no more passes of a loop work at once than its Limit says: more of them
// may be open where the run was kept from another.
type turns struct {
	working map[*run.Step]map[int]bool
	held    []run.Effect
}

// mayBegin says whether a step's pass has its turn; if not, the step comes again when
// another pass is done.
func (a *actor) mayBegin(effect run.Effect) bool {
	for scope := effect.Step.Scope; scope.Container != nil; scope = scope.Container.Scope {
		loop := scope.Container.Loop()
		if loop == nil || loop.Limit == 0 || a.hasTurn(scope, loop.Limit) {
			continue
		}
		a.turns.held = append(a.turns.held, effect)
		return false
	}
	return true
}

func (a *actor) hasTurn(scope *run.Scope, limit int) bool {
	container := scope.Container
	working := a.turns.working[container]
	if working[scope.Index] {
		return true
	}
	for index := range working {
		if _, open := container.Pass(index); !open {
			delete(working, index)
		}
	}
	if len(working) >= limit {
		return false
	}
	if working == nil {
		if a.turns.working == nil {
			a.turns.working = map[*run.Step]map[int]bool{}
		}
		working = map[int]bool{}
		a.turns.working[container] = working
	}
	working[scope.Index] = true
	return true
}

// nextTurns has the steps looked at again that wait for their turn.
func (a *actor) nextTurns() {
	if len(a.turns.held) > 0 {
		a.queue = append(a.queue, a.turns.held...)
		a.turns.held = nil
	}
}
