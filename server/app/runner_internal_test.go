package app

import (
	"context"
	"slices"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestAnswersAreLookedForInNews: of a run that goes on elsewhere nothing is read twice.
func TestAnswersAreLookedForInNews(t *testing.T) {
	answer := &run.Response{Status: 201}
	journal := []run.Event{{Seq: 1, Kind: run.RunStarted}, {Seq: 2, Kind: run.StepStarted}, {Seq: 3, Kind: run.StepSucceeded}, {Seq: 4, Kind: run.RunResponded, Response: answer}, {Seq: 5, Kind: run.RunSucceeded}}
	there := 2
	var asked []int64
	a := answerOf{run: "r", events: func(_ context.Context, _ string, since int64, _ int) ([]run.Event, error) {
		asked = append(asked, since)
		return journal[since:there], nil
	}}
	for _, c := range []struct {
		there int
		over  bool
	}{{2, false}, {2, false}, {3, false}, {4, true}} {
		there = c.there
		response, over, err := a.look(t.Context())
		if err != nil || over != c.over || (response == answer) != c.over {
			t.Errorf("with %d events: %v, %v, %v", there, response, over, err)
		}
	}
	if !slices.Equal(asked, []int64{0, 2, 2, 3}) {
		t.Errorf("it reads from %v on", asked)
	}
	ended := answerOf{run: "r", events: func(_ context.Context, _ string, since int64, _ int) ([]run.Event, error) { return journal[4:], nil }}
	if response, over, err := ended.look(t.Context()); err != nil || !over || response != nil {
		t.Error("a run that ended without an answer is waited for")
	}
	gone := answerOf{run: "r", events: func(context.Context, string, int64, int) ([]run.Event, error) { return nil, nil }}
	if _, over, err := gone.look(t.Context()); err != nil || !over {
		t.Error("a run that is gone is waited for")
	}
}
