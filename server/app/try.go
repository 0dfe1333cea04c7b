package app

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// trials run single actions, the way that steps of flows go.
type trials struct {
	invoker invoker
	store   *store.Store
}

// Try implements [web.Trials]. The audit log has its row before the action runs, so
// that what had an effect is never missing there; what was put in may be secret and
// stays out.
func (t trials) Try(ctx context.Context, in web.Trial) (web.Tried, error) {
	m := in.Connector.Manifest
	key, err := uuid.NewV7()
	if err != nil {
		return web.Tried{}, err
	}
	detail := map[string]any{"version": m.Version, "action": in.Action.ID, "effect": in.Action.Effect}
	call := sandbox.Call{
		StepKey: "try", Attempt: 1, Key: key.String(),
		Connector: m.ID, Version: m.Version, Action: in.Action.ID, Input: flow.CompactJSON(in.Input),
	}
	if in.Credential != nil {
		given, fault := handed(in.Connector, *in.Credential)
		if fault != nil {
			return web.Tried{Error: tryError(fault)}, nil
		}
		call.Credential, detail["credential"] = given, in.Credential.ID
	}
	if err := t.store.Note(ctx, store.Change{Action: "connector.try", Object: "connector", ObjectID: m.ID, Detail: detail}); err != nil {
		return web.Tried{}, err
	}
	ctx, seen := withSeen(ctx)
	began := time.Now()
	result := t.invoker.call(ctx, call)
	out := web.Tried{Output: web.Value{V: result.Output}, Error: tryError(result.Error), Calls: seen.hostCalls(), TookMs: time.Since(began).Milliseconds()}
	for _, l := range result.Logs {
		if l.Level != levelCall { // the calls tell more of it
			out.Logs = append(out.Logs, web.LogLine(l))
		}
	}
	return out, nil
}

// levelCall is the level of the lines by which the sandbox tells of requests.
const levelCall = "call"

func tryError(f *engine.Failure) *web.TryError {
	if f == nil {
		return nil
	}
	out := &web.TryError{Code: f.Code, Message: f.Message, Retryable: f.Retryable}
	if f.Details != nil {
		out.Details = &web.Value{V: f.Details}
	}
	return out
}
