package engine

import (
	"context"
	"log/slog"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// UnknownRun is what run.id reads before there is a run: a text that nobody takes for an id.
const UnknownRun = "(id of the run)"

// maxForeseen bounds the work of foreseeing: effects, of which a node has about one.
const maxForeseen = 2000

// Foresee goes on from a run's data as far as steps lead that only compute: those are
// evaluated by the code that runs them, and nothing else begins. It gives the state of such
// a run, from which [Preview] shows values before there was a run; a step that fails ends it.
// The time is that of the record, so that the same data gives the same. Nodes with a pin
// give that.
func Foresee(ctx context.Context, f *Flow, record *Record, pins map[string]run.Pin) *run.State {
	a := &actor{
		e:    &Engine{Config: Config{Clock: standing{record.Created}, Logger: slog.New(slog.DiscardHandler)}},
		flow: f, record: *record, state: run.New(f.Plan, record.Data), ctx: ctx,
	}
	a.eval = newEvaluator(f, &a.record, a.state)
	a.emit(run.Event{Kind: run.RunStarted, Trigger: record.Trigger, Setup: &run.Setup{Pins: pins}})
	for n := 0; len(a.queue) > 0 && n < maxForeseen && ctx.Err() == nil; n++ {
		effect := a.queue[0]
		a.queue = a.queue[1:]
		if a.onlyComputes(effect) {
			a.perform(effect) //nolint:contextcheck // nothing that is performed here calls anything
		}
	}
	return a.state
}

func (a *actor) onlyComputes(effect run.Effect) bool {
	if effect.Kind == run.DoFinish {
		return false
	}
	if _, pinned := a.state.Pin(effect.Step); pinned {
		return true
	}
	if a.record.Data == nil || a.eval.node(effect.Step).Type.Type == "" { // of a sketch
		return false
	}
	switch effect.Step.Node.Type {
	case "core.set", "core.if", "core.switch", "core.table", flow.TypeForeach:
		return true
	}
	return effect.Kind == run.DoSkip
}

// standing is a clock that doesn't go on, for what waits for nothing.
type standing struct{ at time.Time }

func (c standing) Now() time.Time                         { return c.at }
func (c standing) AfterFunc(time.Duration, func()) func() { return func() {} }
