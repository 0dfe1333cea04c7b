package app

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestLogNamesRunsAndNothingOfThem gives events all that they can carry: each line has
// the run's keys, and none has anything that the run works on.
func TestLogNamesRunsAndNothingOfThem(t *testing.T) {
	const payload = "payload-canary"
	value := map[string]any{payload: payload}
	kinds := []run.Kind{
		run.RunQueued, run.RunStarted, run.StepStarted, run.StepSucceeded, run.StepFailed, run.StepRetry, run.StepWaits, run.StepDecided, run.StepSkipped,
		run.StepUnknown, run.StepCancel, run.LoopOpened, run.LoopItem, run.RunResponded, run.RunFailed, run.RunSucceeded, run.RunCanceled, run.RunUnknown,
	}
	committed := engine.Committed{Record: engine.Record{ID: "r1", Flow: "f1", FlowName: payload, Data: value, IngestKey: payload}}
	for _, kind := range kinds {
		e := run.Event{
			Kind: kind, Output: value, Error: &run.Error{Code: "http.status", Message: payload, Details: value, Step: "each.0.look"},
			Logs: []run.Log{{Level: "info", Message: payload}}, Response: &run.Response{Body: value},
		}
		if strings.HasPrefix(string(kind), "step.") {
			e.Step, e.Attempt = "each.0.look", 2
		}
		committed.Events = append(committed.Events, e)
	}
	for level, want := range map[slog.Level]int{slog.LevelDebug: 9, slog.LevelInfo: 3, slog.LevelWarn: 2} {
		var out bytes.Buffer
		logRuns(t.Context(), slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level})), committed)
		if strings.Contains(out.String(), payload) {
			t.Errorf("the log tells what runs work on: %s", out.String())
		}
		lines := 0
		for line := range strings.Lines(out.String()) {
			lines++
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Fatal(err)
			}
			if fields["run"] != "r1" || fields["flow"] != "f1" || fields["step"] == nil && strings.Contains(line, `"a step`) {
				t.Errorf("a line doesn't say of what it tells: %s", line)
			}
		}
		if lines != want {
			t.Errorf("%d lines from %s on, want %d: %s", lines, level, want, out.String())
		}
	}
}
