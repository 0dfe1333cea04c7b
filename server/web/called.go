package web

import (
	"context"
	"errors"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// calledBy is the run that a step called, where it began and is kept. What the called
// run gives replaces its id in the step, so that the event has to be read.
func (s *Server) calledBy(ctx context.Context, id string, step *run.Step) (string, error) {
	if step.Node.Type != "core.call" || step.StartedSeq == 0 {
		return "", nil
	}
	events, err := s.Runs.Events(ctx, id, step.StartedSeq-1, 1)
	if err != nil || len(events) == 0 {
		return "", err
	}
	fields, _ := events[0].Output.(map[string]any)
	called, _ := fields["run"].(string)
	if called == "" {
		return "", nil
	}
	if _, err := s.Runs.Record(ctx, called); errors.Is(err, engine.ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return called, nil
}
