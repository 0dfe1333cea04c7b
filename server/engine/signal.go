package engine

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

func (a *actor) loadSignals() {
	signals, err := a.e.Signals.Signals(a.ctx, a.record.ID)
	if err != nil {
		a.log().Warn("signals not read", "error", err)
		a.timer("signals", time.Second, a.loadSignals)
		return
	}
	for _, s := range signals {
		a.signal(s)
	}
	a.park()
}

// hears notes that a signal was acted on: it goes with the events that answer it.
func (a *actor) hears(s Signal) {
	if a.heard == nil {
		a.heard = map[string]bool{}
	}
	a.heard[s.ID] = true
	a.taken = append(a.taken, s.ID)
}

// drop forgets a signal that nothing answers.
func (a *actor) drop(s Signal) {
	if err := a.e.Signals.Drop(a.ctx, s.RunID, s.ID); err != nil {
		a.log().Warn("a signal was not dropped", "error", err)
	}
}

// signal acts on one message; acting twice on the same does nothing.
func (a *actor) signal(s Signal) {
	if a.state.Over() || a.state.Seq == 0 {
		return
	}
	switch s.Kind {
	case SignalCancel:
	case SignalChild:
		a.hearChild(s)
		return
	case SignalAdmit:
		a.admitted(s)
		return
	case SignalDecision:
		a.hearDecision(s)
		return
	default:
		a.drop(s)
		return
	}
	a.taken = append(a.taken, s.ID)
	if a.state.Ending() == "" {
		a.emit(run.Event{Kind: run.RunCanceling})
	}
	a.urgent = true
}
