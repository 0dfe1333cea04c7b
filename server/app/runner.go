package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// maxTargets is how many webhooks are remembered.
const maxTargets = 10_000

// runner lets webhooks start runs. It remembers what their tokens start, because
// looking it up costs more than the run.
type runner struct {
	core *Core

	mu      sync.RWMutex
	targets map[string]*trigger.Target
	// changes counts what was forgotten, so that nothing older is remembered after it.
	changes int64
}

func newRunner(c *Core) *runner {
	return &runner{core: c, targets: map[string]*trigger.Target{}}
}

// forget is called when what webhooks start may have changed.
func (r *runner) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	clear(r.targets)
}

// Target implements [trigger.Starter].
func (r *runner) Target(ctx context.Context, token string) (*trigger.Target, error) {
	r.mu.RLock()
	known, changes := r.targets[token], r.changes
	r.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	found, err := r.find(ctx, token)
	if errors.Is(err, library.ErrNotFound) {
		return nil, trigger.ErrNoHook
	}
	if err != nil {
		return nil, errors.Join(engine.ErrUnavailable, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changes == changes && len(r.targets) < maxTargets {
		r.targets[token] = found
	}
	return found, nil
}

func (r *runner) find(ctx context.Context, token string) (*trigger.Target, error) {
	hook, err := r.core.Library.Hook(ctx, token)
	if err != nil {
		return nil, err
	}
	v, err := r.core.Library.Version(ctx, hook.Flow, 0)
	if err != nil {
		return nil, err
	}
	d, problems := flow.Decode(v.Content)
	if d == nil {
		return nil, problems
	}
	return trigger.NewTarget(d, hook.Node, v.Digest, v.Number)
}

// Secret implements [trigger.Secrets].
func (r *runner) Secret(ctx context.Context, id, alias string) (vault.Opened, error) {
	bound, err := r.core.secrets.Bound(ctx, id, alias)
	if err == nil {
		var opened vault.Opened
		if opened, err = r.core.secrets.Open(ctx, bound.ID); err == nil {
			return opened, nil
		}
	}
	if errors.Is(err, vault.ErrNotFound) {
		return vault.Opened{}, trigger.ErrNoHook
	}
	return vault.Opened{}, errors.Join(engine.ErrUnavailable, err)
}

// Start implements [trigger.Starter].
func (r *runner) Start(ctx context.Context, s trigger.Start) (trigger.Started, error) {
	f, err := r.core.Flows.Flow(ctx, s.Target.Digest)
	if err != nil {
		return trigger.Started{}, err
	}
	handle, err := r.core.Engine.Start(ctx, engine.Request{Flow: f, Version: s.Target.Version, Trigger: s.Target.Node, Data: s.Data, IngestKey: s.IngestKey, Answers: s.Target.Responds})
	if err != nil {
		return trigger.Started{}, err
	}
	started := trigger.Started{ID: handle.ID, Duplicate: handle.Duplicate, Responded: handle.Responded(), Response: handle.Response}
	if s.Target.Responds && r.core.Store.Shared() {
		r.follow(ctx, handle, s.Target.Flow, &started)
	}
	return started, nil
}

// followHeld is how often the answer of a run is looked for that another server has.
const followHeld = 200 * time.Millisecond

// follow has the answer of a run awaited wherever it is given: another server may have
// it, or take it up.
func (r *runner) follow(ctx context.Context, handle *engine.Handle, flow string, started *trigger.Started) {
	responded := make(chan struct{})
	var elsewhere *run.Response // written before responded is closed
	started.Responded = responded
	started.Response = func() *run.Response {
		if here := handle.Response(); here != nil {
			return here
		}
		return elsewhere
	}
	ctx, cancel := context.WithTimeout(ctx, trigger.HoldFor)
	go func() {
		defer cancel()
		defer close(responded)
		select {
		case <-handle.Responded():
		case <-ctx.Done():
			return
		}
		_, _, _, ended := handle.Result()
		for a := (answerOf{run: handle.ID, events: r.core.Store.Events}); handle.Response() == nil && !ended; {
			response, over, err := a.look(ctx)
			if elsewhere = response; over {
				return
			}
			if err != nil && ctx.Err() == nil {
				r.core.Logger.Warn("the answer of a run was not read; trying again", "run", handle.ID, "flow", flow, "error", err)
			}
			select {
			case <-time.After(followHeld):
			case <-ctx.Done():
				return
			}
		}
	}()
}

// answerOf looks for the answer of a run, again and again.
type answerOf struct {
	run    string
	since  int64 // the seq up to which its events were read
	events func(ctx context.Context, id string, since int64, limit int) ([]run.Event, error)
}

// look reads whether the run has given its answer, or ended.
func (a *answerOf) look(ctx context.Context) (response *run.Response, over bool, err error) {
	events, err := a.events(ctx, a.run, a.since, 0)
	if err != nil || len(events) == 0 {
		return nil, err == nil && a.since == 0, err // one that was accepted and has none is not kept any more
	}
	for i := range events {
		if events[i].Kind == run.RunResponded {
			return events[i].Response, true, nil
		}
	}
	last := &events[len(events)-1]
	a.since = last.Seq
	return nil, last.Kind.Terminal(), nil
}

// Response implements [trigger.Starter].
func (r *runner) Response(ctx context.Context, runID string) (*run.Response, error) {
	events, err := r.core.Store.Events(ctx, runID, 0, 0)
	if err != nil {
		return nil, errors.Join(engine.ErrUnavailable, err)
	}
	for i := range events {
		if events[i].Kind == run.RunResponded {
			return events[i].Response, nil
		}
	}
	return nil, nil
}
