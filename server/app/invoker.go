package app

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// invoker lets the engine call the sandbox.
type invoker struct {
	sandbox     *sandbox.Sandbox
	catalog     *catalog.Catalog
	grants      *catalog.Grants
	credentials bindings
	health      *health
	// tapes keeps what calls are told from outside; nil keeps nothing.
	tapes *cassettes
	// called is told how each call of a step went; nil is nobody.
	called Called
	// workspace is what steps work on that the server keeps itself.
	workspace workspace
}

// Called is told of a call: its connector, how it ended, and how long it took.
type Called func(connector, outcome string, took time.Duration)

// bindings says which credential an alias of a flow is here.
type bindings interface {
	Bound(ctx context.Context, flow, alias string) (vault.Credential, error)
}

// Invoke implements [engine.Invoker].
func (i invoker) Invoke(ctx context.Context, c engine.Call) engine.Result {
	if i.called == nil {
		return i.invoke(ctx, c)
	}
	begun := time.Now()
	result := i.invoke(ctx, c)
	connector := c.Connector
	if connector == "" {
		connector, _, _ = strings.Cut(c.Type, ".")
	}
	i.called(connector, outcomeOf(ctx, result.Error), time.Since(begun))
	return result
}

func outcomeOf(ctx context.Context, failure *engine.Failure) string {
	switch {
	case failure == nil:
		return "succeeded"
	case ctx.Err() != nil:
		return "canceled"
	case failure.Retryable:
		return "retryable"
	}
	return "failed"
}

func (i invoker) invoke(ctx context.Context, c engine.Call) engine.Result {
	if onWorkspace(c.Type) {
		return i.workspace.act(ctx, c)
	}
	credential, fault := i.credential(ctx, c)
	if fault != nil {
		return engine.Result{Error: fault}
	}
	call, done, fault := sandboxCall(i.catalog, c) //nolint:contextcheck // reading a script has its own bound
	defer done()
	if fault != nil {
		return engine.Result{Error: fault}
	}
	call.Credential = credential
	result, tape := i.taped(ctx, call)
	if i.tapes != nil {
		result.Calls = i.tapes.keep(context.WithoutCancel(ctx), c, tape)
	}
	return ofCode(c, result)
}

// sandboxCall is a step's call as the sandbox takes it, but for the credential. Done is
// called once it was made.
func sandboxCall(known *catalog.Catalog, c engine.Call) (_ sandbox.Call, done func(), _ *engine.Failure) {
	_, action, _ := strings.Cut(c.Type, ".")
	call := sandbox.Call{
		RunID: c.RunID, StepKey: c.Step, Attempt: c.Attempt, Key: c.Key,
		Connector: c.Connector, Version: c.Version, Action: action, DryRun: c.DryRun, Timeout: c.Timeout,
	}
	if c.Type == flow.TypeCode {
		return codeCall(known, c, call)
	}
	call.Input = flow.CompactJSON(c.Input)
	return call, func() {}, nil
}

// call runs an action that a person tries.
func (i invoker) call(ctx context.Context, c sandbox.Call) engine.Result {
	result, _ := i.taped(ctx, c)
	return result
}

// taped is the only way to the sandbox that reaches the outside: of the steps of
// flows, and of people who try an action.
func (i invoker) taped(ctx context.Context, c sandbox.Call) (engine.Result, *sandbox.Tape) {
	con, err := i.catalog.Connector(c.Connector, c.Version)
	if err != nil {
		return engine.Result{Error: &engine.Failure{Code: abi.CodeUnknownCall, Message: err.Error()}}, nil
	}
	if !i.grants.Consented(con) {
		return engine.Result{Error: &engine.Failure{Code: abi.CodeDenied, Message: "connector " + c.Connector + " " + con.Manifest.Version + " is installed, and no admin has consented to what it asks for: see the page Connectors"}}, nil
	}
	end := i.health.begin(con, c)
	answer, err := i.sandbox.Invoke(ctx, c)
	result := resultOf(answer, err)
	if ctx.Err() != nil && result.Error != nil {
		end(engine.Result{Logs: result.Logs}, 0) // whoever called gave up: that says nothing of the connector
	} else {
		end(result, answer.Duration)
	}
	return result, answer.Tape
}

func resultOf(answer sandbox.Result, err error) engine.Result {
	if err != nil {
		return engine.Result{Error: &engine.Failure{Code: abi.CodeUnavailable, Message: err.Error(), Retryable: true, Nothing: !answer.Reached}}
	}
	out := engine.Result{Logs: logs(answer.Logs)}
	if answer.Error != nil {
		out.Error = failure(answer.Error)
		out.Error.Nothing = !answer.Reached
		return out
	}
	if out.Output, err = plain(answer.Output); err != nil {
		out.Error = &engine.Failure{Code: abi.CodeInternal, Message: "the connector's output can't be kept: " + err.Error()}
	}
	return out
}

// credential finds what the node's alias means here, at each call anew: a binding
// that was taken back holds at once.
func (i invoker) credential(ctx context.Context, c engine.Call) (*egress.Credential, *engine.Failure) {
	if c.Credential == "" {
		return nil, nil
	}
	found, err := i.credentials.Bound(ctx, c.Flow, c.Credential)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return nil, &engine.Failure{Code: abi.CodeDenied, Message: "the flow's credential " + strconv.Quote(c.Credential) + " means none on this server: an admin binds it in the flow's settings"}
	case err != nil:
		return nil, &engine.Failure{Code: abi.CodeUnavailable, Message: "the credential can't be read now: " + err.Error(), Retryable: true, Nothing: true}
	case found.Type != c.CredentialType:
		return nil, &engine.Failure{Code: abi.CodeDenied, Message: "the flow wants a credential of the type " + c.CredentialType + " as " + strconv.Quote(c.Credential) + ", " + found.Name + " is of " + found.Type}
	}
	con, err := i.catalog.Connector(c.Connector, c.Version)
	if err != nil {
		return nil, &engine.Failure{Code: abi.CodeUnknownCall, Message: err.Error()}
	}
	return handed(con, found)
}

// handed is a credential as a connector that declares its type gets it.
func handed(con *catalog.Connector, found vault.Credential) (*egress.Credential, *engine.Failure) {
	for _, declared := range con.Manifest.Credentials {
		if declared.Type == found.Type {
			return &egress.Credential{ID: found.ID, Type: declared, Hosts: found.Hosts, Fields: found.Fields}, nil
		}
	}
	return nil, &engine.Failure{Code: abi.CodeDenied, Message: "connector " + con.Manifest.ID + " doesn't use credentials of the type " + found.Type}
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
