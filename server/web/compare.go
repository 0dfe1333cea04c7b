package web

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Bounds of a comparison; what is more is counted.
const (
	maxCompared    = 500 // steps
	maxDifferences = 50  // of one step
	maxDiffValue   = 2 << 10
)

// Comparison is how two runs differ.
type Comparison struct {
	Before  ComparedRun      `json:"before"`
	After   ComparedRun      `json:"after"`
	Changed bool             `json:"changed" doc:"The outcomes differ: state, output or code of the error"`
	Output  []DifferenceItem `json:"output" doc:"Where the outputs differ"`
	Steps   []ComparedStep   `json:"steps" doc:"Those that differ"`
	Same    int              `json:"same" doc:"How many steps are the same"`
	More    bool             `json:"more" doc:"There are more differences than are listed"`
}

// ComparedRun is one of two runs.
type ComparedRun struct {
	ID         string      `json:"id"`
	Version    int         `json:"version"`
	State      run.Status  `json:"state"`
	Error      *live.Error `json:"error"`
	ReplayOf   string      `json:"replayOf,omitempty"`
	DurationMs int64       `json:"durationMs"`
}

// ComparedStep is one step in both runs.
type ComparedStep struct {
	Key         string           `json:"key"`
	Node        string           `json:"node"`
	Change      string           `json:"change" enum:"added,removed,changed" doc:"Added: it ran only in the run after"`
	Before      *ComparedState   `json:"before,omitempty"`
	After       *ComparedState   `json:"after,omitempty"`
	Differences []DifferenceItem `json:"differences" doc:"Of the outputs"`
	More        bool             `json:"more,omitempty"`
}

// ComparedState is a step in one of the runs.
type ComparedState struct {
	State      run.StepState `json:"state"`
	Port       string        `json:"port,omitempty"`
	Error      *live.Error   `json:"error"`
	Attempts   int           `json:"attempts"`
	DurationMs int64         `json:"durationMs"`
}

// DifferenceItem is one place at which two values differ.
type DifferenceItem struct {
	Pointer string `json:"pointer"`
	Change  string `json:"change" enum:"added,removed,changed"`
	Before  Value  `json:"before"`
	After   Value  `json:"after"`
	Cut     bool   `json:"cut,omitempty" doc:"A value is too large to be shown here"`
}

type compareRuns struct {
	ByID
	With string `query:"with" required:"true" maxLength:"100" doc:"The run after"`
}

func (s *Server) compareRoutes() {
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/compare", id: "compareRuns", summary: "How two runs differ, step by step", errors: []int{404}}, s.compareRuns)
}

func (s *Server) compareRuns(ctx context.Context, in *compareRuns) (*body[Comparison], error) {
	before, err := s.fold(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	after, err := s.fold(ctx, in.With)
	if err != nil {
		return nil, err
	}
	out := Comparison{Before: before.compared(), After: after.compared(), Steps: []ComparedStep{}}
	as := run.Another
	if after.record.Replay.Run == in.ID {
		as = run.Replay
	}
	out.Output, out.More = FirstDifferences(as, before.state.Output, after.state.Output, maxDifferences)
	out.Changed = len(out.Output) > 0 || before.state.Status != after.state.Status || !run.SameError(before.state.Error, after.state.Error)
	changed, same := as.Changes(before.state, after.state)
	out.Same = same
	for i := range changed {
		if i == maxCompared {
			out.More = true
			break
		}
		out.Steps = append(out.Steps, comparedStep(as, &changed[i]))
	}
	return answer(out), nil
}

func (f *folded) compared() ComparedRun {
	st := f.state
	return ComparedRun{
		ID: f.record.ID, Version: f.record.Version, State: st.Status, Error: live.NewError(st.Error), ReplayOf: f.record.Replay.Run,
		DurationMs: max(st.Ended.Sub(f.began()).Milliseconds(), 0),
	}
}

func comparedStep(as run.Relation, c *run.StepChange) ComparedStep {
	out := ComparedStep{Key: c.Key, Node: run.NodeID(c.Key), Change: "changed", Differences: []DifferenceItem{}, Before: comparedState(c.Before), After: comparedState(c.After)}
	switch {
	case c.Before == nil:
		out.Change = "added"
	case c.After == nil:
		out.Change = "removed"
	default:
		out.Differences, out.More = FirstDifferences(as, c.Before.Output, c.After.Output, maxDifferences)
	}
	return out
}

func comparedState(step *run.Step) *ComparedState {
	if step == nil {
		return nil
	}
	return &ComparedState{State: step.State, Port: step.Port, Error: live.NewError(step.Error), Attempts: step.Attempts, DurationMs: max(step.EndedAt.Sub(step.StartedAt).Milliseconds(), 0)}
}

// FirstDifferences shows where two values differ, up to a limit; more says that there are
// others.
func FirstDifferences(as run.Relation, before, after any, limit int) (items []DifferenceItem, more bool) {
	list, more := as.Differences(before, after, limit)
	out := make([]DifferenceItem, len(list))
	for i, d := range list {
		item := DifferenceItem{Pointer: d.Pointer, Change: "changed"}
		switch {
		case d.Added:
			item.Change = "added"
		case d.Removed:
			item.Change = "removed"
		}
		var cutBefore, cutAfter bool
		item.Before, cutBefore = cutValue(d.Before, maxDiffValue)
		item.After, cutAfter = cutValue(d.After, maxDiffValue)
		item.Cut = cutBefore || cutAfter
		out[i] = item
	}
	return out, more
}
