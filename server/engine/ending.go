package engine

import (
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Ending is what a live run came to, for those who count: a run of a published version
// that had effects, neither dry nor a replay.
type Ending struct {
	Flow    string
	State   run.Status
	Created time.Time
	// Took is from begin to end, all waiting included.
	Took  time.Duration
	Spans []Span
}

// Span is one step that did something: an action of a connector or of the workspace, or
// code.
type Span struct {
	Node, Action string
	// Took is from the step's begin to its end, with all attempts and what lies between.
	Took   time.Duration
	Failed bool
}

// ending is what counts of a run that ends; nil where it is no live one.
func ending(r *Record, state *run.State, status run.Status, started, ended time.Time) *Ending {
	if r.Version == 0 || r.DryRun || r.Replay.Run != "" {
		return nil
	}
	e := &Ending{Flow: r.Flow, State: status, Created: r.Created}
	if !started.IsZero() {
		e.Took = max(ended.Sub(started), 0)
	}
	if state == nil {
		return e
	}
	for _, step := range state.Steps() {
		settled := step.State == run.StepDone || step.State == run.StepFailedEnd
		if settled && !step.Pinned && step.Loop() == nil && timed(step.Node.Type) && !step.EndedAt.Before(r.Created) { // those kept from another run ended before
			e.Spans = append(e.Spans, Span{step.Node.ID, step.Node.Type, max(step.EndedAt.Sub(step.StartedAt), 0), step.State == run.StepFailedEnd})
		}
	}
	return e
}

// timed says whether how long a node takes says anything of its speed: people, waits and
// what the engine does by itself are none of that.
func timed(nodeType string) bool {
	return nodeType == "core.code" || !strings.HasPrefix(nodeType, "core.") && !flow.IsTrigger(nodeType)
}
