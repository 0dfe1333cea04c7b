package app

import (
	"context"
	"log/slog"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// logRuns tells the log what became of runs: of those that failed or that a person has
// to look at always, of the others where it is asked for. What a run works on, and what
// its errors say of that, is in its journal and never here.
func logRuns(ctx context.Context, log *slog.Logger, e engine.Committed) {
	if !log.Enabled(ctx, slog.LevelWarn) {
		return
	}
	for i := range e.Events {
		event := &e.Events[i]
		message, level := told(event.Kind)
		if message == "" || !log.Enabled(ctx, level) {
			continue
		}
		args := []any{"run", e.Record.ID, "flow", e.Record.Flow}
		if event.Step != "" {
			args = append(args, "step", event.Step, "attempt", event.Attempt)
		}
		if event.Error != nil {
			args = append(args, "code", event.Error.Code)
			if event.Step == "" && event.Error.Step != "" {
				args = append(args, "step", event.Error.Step)
			}
		}
		log.Log(ctx, level, message, args...)
	}
}

func told(kind run.Kind) (message string, level slog.Level) {
	switch kind { //nolint:exhaustive // the others are in the journal
	case run.RunQueued:
		return "a run waits for others of its flow", slog.LevelDebug
	case run.RunStarted:
		return "a run began", slog.LevelDebug
	case run.RunSucceeded:
		return "a run succeeded", slog.LevelDebug
	case run.RunCanceled:
		return "a run was canceled", slog.LevelDebug
	case run.RunFailed:
		return "a run failed", slog.LevelInfo
	case run.RunUnknown:
		return "a run ended and it isn't known what it did", slog.LevelWarn
	case run.StepUnknown:
		return "a step was interrupted, and a person has to say whether it happened", slog.LevelWarn
	case run.StepRetry:
		return "a step is tried again", slog.LevelDebug
	case run.StepFailed:
		return "a step failed", slog.LevelDebug
	}
	return "", 0
}
