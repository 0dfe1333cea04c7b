package engine

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Config is what an engine is made of. All but Observe and Logger is needed.
type Config struct {
	Journal Journal
	Signals Signals
	Invoker Invoker
	Flows   Flows
	Callees Callees // nil where no flow can be called
	People  People  // nil where nobody can be asked
	Answers Answers // nil where no answers were given beforehand
	// Stands answers for a flow that would be called: in tests of flows; ok is false to
	// call it. Nil calls all.
	Stands func(Call) (result Result, ok bool)
	// Recordings are of runs to be replayed; an engine that has them replays only.
	Recordings Recordings
	Clock      Clock
	Observe    Observer
	// Elsewhere is told of a run that has messages and isn't held here, so that others
	// can be told; nil is nobody.
	Elsewhere func(runID string)
	Logger    *slog.Logger
	// Lease is how long a run stays this engine's without renewal; 30 s where 0.
	Lease time.Duration
	// Sweep is how often due and orphaned runs are looked for; 1 s where 0.
	Sweep time.Duration
	// Park is how long a run must have to wait to be let go from memory until then;
	// a minute where 0, never where it is negative.
	Park time.Duration
	// Jitter spreads what would come at once: it gives a part of a time. Nil is random.
	Jitter func(most time.Duration) time.Duration
	// Untimed has the time-outs of flows not hold: where time is skipped.
	Untimed bool
}

// Limits of one run.
const (
	MaxSteps   = 100_000
	MaxResults = 64 << 20 // bytes of all outputs together, about
)

// packDelay is how long results that nobody waits for are gathered into one row.
const packDelay = 20 * time.Millisecond

// Engine runs flows. Use [New]; it holds nothing until [Engine.Open].
type Engine struct {
	Config
	owner   string
	ctx     context.Context //nolint:containedctx // the lifetime of all runs, ended by Close
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	mu      sync.Mutex
	active  map[string]*actor
	closing bool
	sweepCh chan struct{}
	told    string // the run up to which signals were delivered
	// astray says that a run may be leased to this engine that isn't in its memory.
	astray atomic.Bool
	ids    RunIDs
}

// New makes an engine whose runs live until parent ends or [Engine.Close].
func New(parent context.Context, c Config) (*Engine, error) {
	if c.Journal == nil || c.Signals == nil || c.Invoker == nil || c.Flows == nil || c.Clock == nil {
		return nil, errors.New("engine: Journal, Signals, Invoker, Flows and Clock are needed")
	}
	if c.Lease == 0 {
		c.Lease = 30 * time.Second
	}
	if c.Sweep == 0 {
		c.Sweep = time.Second
	}
	if c.Park == 0 {
		c.Park = time.Minute
	}
	if c.Jitter == nil {
		c.Jitter = func(most time.Duration) time.Duration { return rand.N(most + 1) } //nolint:gosec // spreads load, guards nothing
	}
	if c.Observe == nil {
		c.Observe = func(Committed) {}
	}
	if c.Elsewhere == nil {
		c.Elsewhere = func(string) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{Config: c, owner: uuid.NewString(), active: map[string]*actor{}, sweepCh: make(chan struct{}, 1)}
	e.ctx, e.cancel = context.WithCancel(parent)
	return e, nil
}

// Open takes up what is due and starts the sweeper. It returns after the first sweep.
func (e *Engine) Open(ctx context.Context) error {
	if err := e.sweep(ctx); err != nil {
		return err
	}
	e.wg.Add(1)
	go e.sweeper()
	return nil
}

// Request asks for a run.
type Request struct {
	Flow    *Flow
	Version int
	Trigger string
	// Data is what expressions read as trigger; "body" is the input.
	Data      map[string]any
	IngestKey string
	DryRun    bool
	// Answers says that whoever starts the run waits for its answer and is told nothing
	// before: so its start may become durable with that, where the answer comes at once.
	Answers bool
	// By is the user who starts it, by id; empty is nobody.
	By string
	// ID is the run's id; empty makes one.
	ID string
	// Parent is the step that calls, Root the first of the runs above; Depth counts
	// them.
	Parent Parent
	Root   string
	Depth  int
	// RetryOf is the run whose events Kept are, from which this one goes on.
	RetryOf string
	Kept    []run.Event
	// Setup is what the run does otherwise than its document says; kept events have
	// their own.
	Setup run.Setup
	// Replay is the run that is run again, by an engine with recordings.
	Replay ReplayOf
}

// Start begins a run and returns once it is accepted durably. Where the ingest
// key is known already, the handle is that of the run that has it.
func (e *Engine) Start(ctx context.Context, r Request) (*Handle, error) {
	now, id := e.now(), r.ID
	if id == "" {
		id = e.ids.New(now)
	}
	record := Record{
		ID: id, Flow: r.Flow.Program.Document.ID, FlowName: r.Flow.Program.Document.Name, Version: r.Version, Digest: r.Flow.Digest, Trigger: r.Trigger,
		Data: r.Data, IngestKey: r.IngestKey, DryRun: r.DryRun, By: r.By, Parent: r.Parent, Root: r.Root, Depth: r.Depth, Created: createdAt(id, now), Epoch: 1, Owner: e.owner,
		RetryOf: r.RetryOf, Replay: r.Replay,
	}
	if err := e.roomFor(ctx, r.Flow, r.Replay.Run == "" && len(r.Kept) == 0); err != nil {
		return nil, err
	}
	a := newActor(e, r.Flow, record, run.New(r.Flow.Plan, record.Data))
	a.kept, a.answers, a.setup = r.Kept, r.Answers, r.Setup
	if r.Replay.Run != "" || e.Recordings != nil {
		from, err := e.recording(ctx, r.Replay)
		if err != nil {
			a.cancel()
			return nil, err
		}
		a.replay = &replay{from: from, at: from.Record.Created}
	}
	if err := e.enter(a); err != nil {
		return nil, err
	}
	a.begin()   //nolint:contextcheck // a run outlives the request that starts it
	go a.loop() //nolint:contextcheck // likewise
	return a.accepted(ctx)
}

func (e *Engine) now() time.Time { return e.Clock.Now().UTC().Truncate(time.Microsecond) }

func (e *Engine) enter(a *actor) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return ErrClosed
	}
	e.active[a.record.ID] = a
	e.wg.Add(1)
	return nil
}

func (e *Engine) leave(a *actor) {
	e.mu.Lock()
	if e.active[a.record.ID] == a {
		delete(e.active, a.record.ID)
	}
	epoch := max(a.record.Epoch, a.claimed)
	orphan := a.claimed > a.record.Epoch || errors.Is(a.gaveUp, ErrStale)
	e.mu.Unlock()
	if orphan {
		// It may have been claimed for this engine while it was being let go, and nobody
		// else would take up what is renewed here.
		if err := e.Journal.Release(e.ctx, a.record.ID, epoch, 0); err != nil && e.ctx.Err() == nil {
			a.log().Warn("a run was not given back; trying again", "error", err)
			e.astray.Store(true)
		}
	}
	e.wg.Done()
}

func (e *Engine) find(id string) *actor {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.active[id]
}

// Active is the number of runs in memory.
func (e *Engine) Active() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.active)
}

// Closing says whether the engine takes no more runs.
func (e *Engine) Closing() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.closing
}

// Signal sends a message to a run: durably, then at once if it runs here.
func (e *Engine) Signal(ctx context.Context, s Signal) error {
	if err := e.Signals.Signal(ctx, s); err != nil {
		return err
	}
	if a := e.find(s.RunID); a != nil {
		a.post(func() { a.signal(s) }) //nolint:contextcheck // the actor has its own
		return nil
	}
	e.Elsewhere(s.RunID)
	e.hint()
	return nil
}

// Poke has a run read its signals where it is held here.
func (e *Engine) Poke(id string) {
	if a := e.find(id); a != nil {
		a.post(a.loadSignals)
	}
}

// Told has a run read its signals.
func (e *Engine) Told(id string) {
	if a := e.find(id); a != nil {
		a.post(a.loadSignals)
		return
	}
	e.Elsewhere(id)
	e.hint()
}

// hint has the sweeper look at once.
func (e *Engine) hint() {
	select {
	case e.sweepCh <- struct{}{}:
	default:
	}
}

// Watch gives the handle of a run that is in memory.
func (e *Engine) Watch(id string) (*Handle, bool) {
	if a := e.find(id); a != nil {
		return a.handle, true
	}
	return nil, false
}

// Close stops taking work, writes what is known and leaves unfinished runs to the
// next start. Calls with effects are given until ctx ends.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closing = true
	actors := slices.Collect(maps.Values(e.active))
	e.mu.Unlock()
	for _, a := range actors {
		a.post(a.retire)
	}
	done := make(chan struct{})
	go func() {
		for _, a := range actors {
			<-a.gone
		}
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		// Others need not wait for the end of the leases.
		if err := e.Journal.Renew(ctx, e.owner, 0); err != nil {
			e.Logger.Warn("leases not given back; they end by themselves", "error", err)
		}
	}
	e.cancel()
	e.wg.Wait()
	return err
}
