package run_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestOtherWordsAreNoOtherOutcome tells a step that says the same in other words from one that
// ends otherwise.
func TestOtherWordsAreNoOtherOutcome(t *testing.T) {
	failed := func(code, message string) *run.Step {
		return &run.Step{Node: &run.Node{Node: &flow.Node{Type: "core.set"}}, State: run.StepFailedEnd, Error: &run.Error{Code: code, Message: message}}
	}
	stopped := func(outcome, message string) *run.Step {
		return &run.Step{Node: &run.Node{Node: &flow.Node{Type: flow.TypeStop}}, State: run.StepDone, Output: map[string]any{"outcome": outcome, "message": message}}
	}
	set := func(message string) *run.Step {
		return &run.Step{Node: &run.Node{Node: &flow.Node{Type: "core.set"}}, State: run.StepDone, Output: map[string]any{"message": message}}
	}
	for name, c := range map[string]struct {
		before, after *run.Step
		outcome       bool
	}{
		"an error in other words": {failed("bad_input", "no"), failed("bad_input", "not so"), false},
		"another error":           {failed("bad_input", "no"), failed("timeout", "no"), true},
		"a stop in other words":   {stopped("failed", "no"), stopped("failed", "not so"), false},
		"another stop":            {stopped("failed", "no"), stopped("succeeded", "no"), true},
		"what a step gave":        {set("no"), set("not so"), true},
		"a step more":             {nil, set("no"), true},
	} {
		change, differs := run.Replay.Change(c.before, c.after)
		if !differs || change.Outcome != c.outcome {
			t.Errorf("%s: %+v, %v", name, change, differs)
		}
	}
}
