package app

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// invoker lets the engine call the sandbox.
type invoker struct {
	sandbox *sandbox.Sandbox
}

// Invoke implements [engine.Invoker].
func (i invoker) Invoke(ctx context.Context, c engine.Call) engine.Result {
	_, action, _ := strings.Cut(c.Type, ".")
	answer, err := i.sandbox.Invoke(ctx, sandbox.Call{
		RunID: c.RunID, StepKey: c.Step, Attempt: c.Attempt, Key: c.Key,
		Connector: c.Connector, Version: c.Version, Action: action, Input: flow.CompactJSON(c.Input), DryRun: c.DryRun, Timeout: c.Timeout,
	})
	if err != nil {
		return engine.Result{Error: &engine.Failure{Code: abi.CodeUnavailable, Message: err.Error(), Retryable: true}}
	}
	out := engine.Result{Logs: logs(answer.Logs)}
	if answer.Error != nil {
		out.Error = failure(answer.Error)
		return out
	}
	if out.Output, err = plain(answer.Output); err != nil {
		out.Error = &engine.Failure{Code: abi.CodeInternal, Message: "the connector's output can't be kept: " + err.Error()}
	}
	return out
}

func plain(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	return flow.ParseValue(raw)
}

func failure(e *abi.Error) *engine.Failure {
	f := &engine.Failure{Code: e.Code, Message: e.Message, Retryable: e.Retryable}
	if after, err := time.ParseDuration(e.RetryAfter); err == nil {
		f.RetryAfter = after
	}
	f.Details, _ = plain(e.Details) // details explain; a connector that garbles them keeps its message
	return f
}

func logs(lines []sandbox.LogLine) []run.Log {
	out := make([]run.Log, len(lines))
	for i, l := range lines {
		out[i] = run.Log{Level: l.Level, At: l.At, Message: l.Message}
	}
	return out
}
