package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// Headless runs flows with no server, in a throwaway store.
type Headless struct {
	core   *Core
	folder string
}

// OpenHeadless makes the throwaway store. Connectors names a folder with further
// .wasm files; empty is none. Compiled connectors are kept in the user's cache.
func OpenHeadless(ctx context.Context, connectors string, p Powers) (*Headless, error) {
	folder, err := os.MkdirTemp("", "drawbridge-")
	if err != nil {
		return nil, err
	}
	cache := ""
	if user, err := os.UserCacheDir(); err == nil {
		cache = filepath.Join(user, "drawbridge", "compiled")
	}
	core, err := OpenCore(ctx, CoreConfig{
		Data: folder, Cache: cache, Connectors: connectors, CA: p.CA, Given: p.Credentials,
		GrantBy: "put %s into the file of --grants, whose entry for a connector is also the consent to what its manifest asks for",
	})
	if err != nil {
		_ = os.RemoveAll(folder)
		return nil, err
	}
	h := &Headless{core: core, folder: folder}
	if err := installTemplates(ctx, core.Cases); err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	for connector, grant := range p.Grants {
		con, err := core.Catalog.Connector(connector, "")
		if err == nil {
			err = core.Grants.Decide(ctx, con, catalog.Decision{Consent: true, Extra: grant, Base: catalog.AnyRevision, By: "command line", At: time.Now()})
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("grant of %s: %w", connector, err), h.Close(ctx))
		}
	}
	return h, nil
}

// Close removes the throwaway store.
func (h *Headless) Close(ctx context.Context) error {
	err := h.core.Close(ctx)
	if removed := os.RemoveAll(h.folder); err == nil {
		err = removed
	}
	return err
}

// Check finds what stops a document from running here.
func (h *Headless) Check(ctx context.Context, d *flow.Document) flow.Problems {
	return check.Document(ctx, d, h.core.Catalog)
}

// Ports lists the ways out of a node of a document.
func (h *Headless) Ports(d *flow.Document, n *flow.Node) []string {
	kind, err := h.core.Catalog.NodeType(n.Type, d.Connectors)
	if err != nil {
		return nil // the document can't run, which is said elsewhere
	}
	return check.Ports(n, kind)
}

// Job is one run of one flow.
type Job struct {
	Document *flow.Document
	Trigger  string
	Input    any
	DryRun   bool
	// Now starts the run's clock where Skip is set; zero is the real time.
	Now time.Time
	// Skip lets time that the run waits pass at once.
	Skip bool
	// Mock answers for connectors and called flows where it is set; ok is false to call them.
	Mock func(engine.Call) (result engine.Result, ok bool)
	// Cassettes are what a recorded run was told: where they are set nothing is asked
	// outside, and time is that of the recording.
	Cassettes *CaseCassettes
	// Answer gives what people answer to a step, expire standing for nobody in time; ok is
	// false where nobody is there. Nil is nobody.
	Answer func(step string) (decisions []engine.Decision, ok bool)
	// Flows finds what core.call names by its id; nil where it isn't here.
	Flows func(id string) (*flow.Document, error)
}

// Run runs a job to its end. Problems that stop it from starting are the error,
// a [flow.Problems].
func (h *Headless) Run(ctx context.Context, j Job) (*run.State, error) {
	prepared, err := h.core.Flows.Pin(ctx, flow.Encode(j.Document))
	if err != nil {
		return nil, err
	}
	node, err := trigger.Pick(j.Document, j.Trigger)
	if err != nil {
		return nil, flow.Problems{{Code: "trigger.unknown", Severity: flow.SeverityError, Message: err.Error()}}
	}
	if problems := trigger.CheckInput(j.Document, j.Input); problems.Failed() {
		return nil, problems
	}
	at := clock{}.Now()
	if !j.Now.IsZero() {
		at = j.Now
	}
	request := engine.Request{Data: trigger.Data("manual", j.Input, nil, nil, at)}
	if j.Flows == nil {
		j.Flows = func(string) (*flow.Document, error) { return nil, nil }
	}
	e, stop := (*engine.Engine)(nil), func() {}
	if j.Cassettes != nil {
		e, request, err = h.replay(ctx, &j)
	} else {
		e, stop, err = h.engine(ctx, j, at)
	}
	if err != nil {
		return nil, err
	}
	defer stop()
	defer e.Close(ctx) //nolint:errcheck // its one run has ended, or ctx has
	request.Flow, request.Trigger, request.DryRun = prepared, node, j.DryRun
	handle, err := e.Start(ctx, request)
	if err != nil {
		return nil, err
	}
	select {
	case <-handle.Done():
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	_, state, _, ok := handle.Result()
	if !ok {
		return nil, fmt.Errorf("the run %s was let go before it ended", handle.ID)
	}
	return state, nil
}

// engine makes an engine for one job: with its clock and its mocks.
func (h *Headless) engine(ctx context.Context, j Job, at time.Time) (e *engine.Engine, stop func(), err error) {
	invoke := engine.Invoker(h.core.invoker())
	if j.Mock != nil {
		invoke = mocked{next: invoke, mock: j.Mock}
	}
	c, stop := engine.Clock(clock{}), func() {}
	if j.Skip {
		skips := newSkipping(at)
		c, invoke, stop = skips, counted{invoke, skips}, skips.stop
	}
	e, err = engine.New(ctx, engine.Config{Journal: h.core.Store, Signals: h.core.Store, Invoker: invoke, Flows: h.core.Flows, Clock: c, Callees: callees{h.core.Flows, j.Flows}, Park: -1, Untimed: j.Skip, Answers: answers{j.Answer, c}, Stands: j.Mock})
	return e, stop, err
}

// answers give what people answer in a test. Nobody answering is what a deadline is for.
type answers struct {
	answer func(step string) ([]engine.Decision, bool)
	clock  engine.Clock
}

// Given implements [engine.Answers].
func (a answers) Given(_ context.Context, _ *engine.Record, step string, _ engine.AskKind) (engine.Given, bool) {
	if a.answer == nil {
		return engine.Given{}, false
	}
	decisions, known := a.answer(step)
	for i := range decisions {
		if decisions[i].Kind == "expire" {
			return engine.Given{}, false
		}
		decisions[i].At = a.clock.Now()
	}
	return engine.Given{Decisions: decisions}, known
}

type mocked struct {
	next engine.Invoker
	mock func(engine.Call) (engine.Result, bool)
}

// Invoke implements [engine.Invoker].
func (m mocked) Invoke(ctx context.Context, c engine.Call) engine.Result {
	if result, ok := m.mock(c); ok {
		return result
	}
	return m.next.Invoke(ctx, c)
}
