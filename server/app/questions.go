package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/inbox"
)

// teller has people told of questions by the flows that the questions name.
func (s *Server) teller(log *slog.Logger) *inbox.Teller {
	return &inbox.Teller{Questions: s.Store, Start: s.startNamed, Poke: s.hub.InboxChanged, Now: time.Now, Logger: log}
}

// startNamed begins a run of a published flow, once per key.
func (s *Server) startNamed(ctx context.Context, flow, key string, input any) error {
	callee, err := callees{flows: s.Flows}.Callee(ctx, flow, 0, input)
	if err != nil {
		return err
	}
	_, err = s.Engine.Start(ctx, engine.Request{
		Flow: callee.Flow, Version: callee.Version, Trigger: callee.Trigger, IngestKey: key, Data: map[string]any{
			"type": "flow", "body": input, "headers": map[string]any{}, "query": map[string]any{}, "at": time.Now().UTC().Format(time.RFC3339Nano),
		},
	})
	if errors.Is(err, engine.ErrClosed) {
		return nil // the next start tells it
	}
	return err
}
