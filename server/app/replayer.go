package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// CodeNotRecorded is the code of steps of a replay whose cassette isn't there.
const CodeNotRecorded = "replay.not_recorded"

// Bounds of replays.
const (
	// maxRecordings is how many journals of replayed runs are remembered.
	maxRecordings = 32
	// replayLease is for how long a replay is its engine's: longer than any lasts.
	replayLease = 24 * time.Hour
)

// replayer runs past runs again, offline, by an engine of its own. It never reaches
// the outside: connectors run in the sandbox as always, and are answered from the
// cassettes.
type replayer struct {
	core   *Core
	engine *engine.Engine

	casing chan struct{} // held while a case is made of a run

	mu    sync.Mutex
	known map[string]*engine.Recording
	order []string
}

// newReplayer makes the engine of the replays of a server.
func newReplayer(ctx context.Context, core *Core, observe engine.Observer) (*replayer, error) {
	r := &replayer{core: core, known: map[string]*engine.Recording{}, casing: make(chan struct{}, 1)}
	var err error
	r.engine, err = engine.New(context.WithoutCancel(ctx), engine.Config{
		Journal: ownRuns{core.Store}, Signals: core.Store, Flows: core.Flows, Callees: callees{flows: core.Flows}, Recordings: r,
		Invoker: taped{core: core, recordings: r, tapes: r.tape}, Clock: clock{}, Observe: observe, Logger: core.Logger, Lease: replayLease, Park: -1,
	})
	return r, err
}

// ownRuns is a journal of which nothing is taken up: a replay that was left is not
// gone on with.
type ownRuns struct{ engine.Journal }

// Claim implements [engine.Journal].
func (ownRuns) Claim(context.Context, string, time.Duration, int) ([]engine.Record, error) {
	return nil, nil
}

// Recording implements [engine.Recordings].
func (r *replayer) Recording(ctx context.Context, id string) (*engine.Recording, error) {
	r.mu.Lock()
	known := r.known[id]
	r.mu.Unlock()
	if known != nil {
		return known, nil
	}
	record, events, err := r.core.Store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	found := engine.NewRecording(record, events)
	if len(events) == 0 || !events[len(events)-1].Kind.Terminal() {
		return found, nil // it may go on, and is read again
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[id] == nil {
		r.known[id] = found
		if r.order = append(r.order, id); len(r.order) > maxRecordings {
			delete(r.known, r.order[0])
			r.order = r.order[1:]
		}
	}
	return found, nil
}

// tape finds what an attempt was told: by the run, or by the one that it went on from.
func (r *replayer) tape(ctx context.Context, runID, step string, attempt int) (*sandbox.Tape, error) {
	const most = 100 // retries of retries
	for range most {
		tape, err := r.core.tapes.tape(ctx, runID, step, attempt)
		if err != nil || tape != nil {
			return tape, err
		}
		from, err := r.Recording(ctx, runID)
		if errors.Is(err, engine.ErrNotFound) {
			return nil, nil
		}
		if err != nil || from.Record.RetryOf == "" {
			return nil, err
		}
		runID = from.Record.RetryOf
	}
	return nil, nil
}

// Replay implements [web.Replays]: a run of a flow that takes the input, the times and
// the answers of a past run. What replays a replay replays what that one did.
func (r *replayer) Replay(ctx context.Context, runID string, f *engine.Flow, version int, job string) (*engine.Handle, error) {
	from, err := r.Recording(ctx, runID)
	if err != nil {
		return nil, err
	}
	if original := from.Record.Replay.Run; original != "" && original != runID {
		if from, err = r.Recording(ctx, original); err != nil {
			return nil, err
		}
	}
	if !from.Ended() {
		return nil, web.ErrGoesOn
	}
	record := from.Record
	node := record.Trigger
	if _, there := f.Plan.Lookup(node); !there {
		if node, err = trigger.Pick(f.Program.Document, ""); err != nil {
			return nil, fmt.Errorf("the trigger of the recorded run, %q, is no node of this version: %w", record.Trigger, err)
		}
	}
	return r.engine.Start(ctx, engine.Request{
		Flow: f, Version: version, Trigger: node, Data: record.Data, DryRun: record.DryRun, Setup: from.Setup,
		Replay: engine.ReplayOf{Run: record.ID, Created: record.Created, Job: job},
	})
}

// Close ends the replays that go on.
func (r *replayer) Close(ctx context.Context) error { return r.engine.Close(ctx) }

// taped is the invoker of replays.
type taped struct {
	core       *Core
	recordings engine.Recordings
	tapes      func(ctx context.Context, runID, step string, attempt int) (*sandbox.Tape, error)
}

// Invoke implements [engine.Invoker].
func (t taped) Invoke(ctx context.Context, c engine.Call) engine.Result {
	if onWorkspace(c.Type) {
		return t.recorded(ctx, c)
	}
	call, release, fault := sandboxCall(t.core.Catalog, c) //nolint:contextcheck // likewise, of a script
	defer release()
	if fault != nil {
		return failed(fault.Code, fault.Message)
	}
	call, done := t.prepare(ctx, c, call)
	if done != nil {
		return *done
	}
	con, err := t.core.Catalog.Connector(call.Connector, call.Version)
	if err != nil {
		return failed(abi.CodeUnknownCall, err.Error())
	}
	if !t.core.Grants.Consented(con) {
		return failed(abi.CodeDenied, "connector "+c.Connector+" "+con.Manifest.Version+" is installed, and no admin has consented to what it asks for: see the page Connectors")
	}
	answer, err := t.core.Sandbox.Invoke(ctx, call)
	return ofCode(c, resultOf(answer, err))
}

// prepare makes a call that sees itself as the recorded one; or tells its end, where
// that is known without it.
func (t taped) prepare(ctx context.Context, c engine.Call, call sandbox.Call) (sandbox.Call, *engine.Result) {
	fail := func(code, message string) (sandbox.Call, *engine.Result) {
		result := failed(code, message)
		return call, &result
	}
	from, err := t.recordings.Recording(ctx, c.Replay)
	if err != nil && !errors.Is(err, engine.ErrNotFound) {
		return fail(abi.CodeUnavailable, "the recorded run can't be read: "+err.Error())
	}
	tape, err := t.tapes(ctx, c.Replay, c.Step, c.Attempt)
	if err != nil {
		return fail(abi.CodeUnavailable, "the cassette can't be read: "+err.Error())
	}
	var before run.Event
	began := time.Time{}
	if from != nil {
		before, _ = from.Attempt(c.Step, c.Attempt)
		began = from.Began(c.Step)
	}
	switch {
	case tape == nil && from != nil && from.Told(c.Step) && before.Kind == run.StepSucceeded:
		return call, &engine.Result{Output: before.Output} // as people said
	case tape == nil && from != nil && from.Told(c.Step) && before.Error != nil:
		return fail(before.Error.Code, before.Error.Message)
	case tape == nil && before.Calls > 0:
		return fail(CodeNotRecorded, fmt.Sprintf("what attempt %d of this step was told from outside was not recorded, or is not kept any more", c.Attempt))
	case tape == nil && before.Error != nil && slices.Contains(outside, before.Error.Code):
		e := before.Error
		return call, &engine.Result{Error: &engine.Failure{Code: e.Code, Message: e.Message, Details: e.Details, Retryable: before.Kind == run.StepRetry, Nothing: before.Kind == run.StepRetry}}
	case tape == nil:
		tape = &sandbox.Tape{Wall: began.UnixNano()} // it asked for nothing
		if began.IsZero() {
			tape.Wall = time.Now().UnixNano()
		}
	}
	call.RunID, call.Key, call.Replay = c.Replay, engine.Key(c.Replay, c.Step), tape
	call.Credential = t.credential(ctx, c, tape)
	return call, nil
}

// outside are the codes of errors by which a call never came to run its connector.
var outside = []string{abi.CodeDenied, abi.CodeUnavailable, abi.CodeTimeout, abi.CodeCrashed, abi.CodeUnknownCall}

// credential tells the guest what it was told of its credential. The secret itself is
// neither there nor needed.
func (t taped) credential(ctx context.Context, c engine.Call, tape *sandbox.Tape) *egress.Credential {
	if tape.Credential != nil {
		return &egress.Credential{Fields: tape.Credential}
	}
	if c.Credential == "" || t.core.secrets == nil {
		return nil
	}
	bound, err := t.core.secrets.Bound(ctx, c.Flow, c.Credential)
	if err != nil {
		return nil // the recorded call made no request with it
	}
	return &egress.Credential{Fields: bound.Fields}
}

func failed(code, message string) engine.Result {
	return engine.Result{Error: &engine.Failure{Code: code, Message: message}}
}
