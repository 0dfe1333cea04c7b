package engine_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestTheEndOfACallIsToldUntilItIsDurable crashes after a call's end was heard of,
// and before that was written.
func TestTheEndOfACallIsToldUntilItIsDurable(t *testing.T) {
	m := newMemory(t)
	child := document(node("w", "core.wait", `, "with": {"for": "50ms"}`), "", "")
	source := document(nodes(callNode(childID, ""), node("z", "core.wait", `, "with": {"for": "100ms"}`)), "c>z", `, "output": "{{ steps.c.state }}"`)
	refused := make(chan struct{}, 1000)
	m.fail = func(b *engine.Batch) error {
		if slices.ContainsFunc(b.Events, func(e run.Event) bool { return e.Kind == run.StepSucceeded && e.Step == "c" }) {
			refused <- struct{}{}
			return engine.ErrUnavailable
		}
		return nil
	}
	sources := map[string]string{childID: child}
	first := calling(t, m, echo, engine.Config{}, sources)
	first.open(t)
	h := first.begin(t, source, nil)
	<-refused
	<-refused // a sweep lies between
	first.crash(t)
	m.mu.Lock()
	m.fail = nil
	m.mu.Unlock()
	m.crash()
	second := calling(t, m, echo, engine.Config{}, sources)
	f := compile(t, source)
	second.flows.list[f.Digest] = f
	second.open(t)
	defer second.close(t)
	if e := second.ended(t, h.ID); e.Output != "succeeded" {
		t.Fatalf("%+v", e)
	}
}

// without are flows of which one can't be run any more.
type without struct {
	engine.Flows
	digest string
}

func (f without) Flow(ctx context.Context, digest string) (*engine.Flow, error) {
	if digest == f.digest {
		return nil, flow.Problems{{Code: "x", Message: "the connector is gone"}}
	}
	return f.Flows.Flow(ctx, digest)
}

// TestARunThatCantGoOnTellsOthers restarts on a server that lacks a flow: of the
// called run its caller hears, and of the caller the called one.
func TestARunThatCantGoOnTellsOthers(t *testing.T) {
	child := document(node("w", "core.wait", `, "with": {"for": "30d"}`), "", "")
	source := document(callNode(childID, ""), "", "")
	for name, lacking := range map[string]string{"the called": child, "the caller": source} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			sources := map[string]string{childID: child}
			first := calling(t, m, echo, engine.Config{Park: -1}, sources)
			first.open(t)
			h := first.begin(t, source, nil)
			first.waits(t, h.ID)
			first.crash(t)
			m.crash()
			second := calling(t, m, echo, engine.Config{Park: -1}, sources)
			f := compile(t, source)
			second.flows.list[f.Digest] = f
			second.engine.Flows = without{second.flows, compile(t, lacking).Digest}
			second.open(t)
			defer second.close(t)
			if e := second.ended(t, h.ID); e.Kind != run.RunFailed || e.Error.Code != "flow_unavailable" {
				t.Errorf("the caller ends by %+v", e)
			}
			if e := second.ended(t, m.children(h.ID)[0]); name == "the caller" && e.Kind != run.RunCanceled {
				t.Errorf("the called run ends by %+v", e)
			}
		})
	}
}

// waits waits until a run waits, durably.
func (b *bench) waits(t *testing.T, id string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		b.memory.mu.Lock()
		state := b.memory.status[id]
		b.memory.mu.Unlock()
		if state == run.Waiting {
			return
		}
	}
	t.Fatal("the run doesn't wait")
}

// gated are callees that are found once a gate is open, and not at the first time
// where there is a fault.
type gated struct {
	published
	gate  chan struct{}
	asked chan struct{}
	fault atomic.Bool
}

func (g *gated) Callee(ctx context.Context, id string, version int, input any) (engine.Callee, error) {
	g.asked <- struct{}{}
	<-g.gate
	if g.fault.CompareAndSwap(true, false) {
		return engine.Callee{}, engine.ErrUnavailable
	}
	return g.published.Callee(ctx, id, version, input)
}

// TestACancelMeetsACallThatBegins cancels while the called run is being started,
// and while that is to be tried again.
func TestACancelMeetsACallThatBegins(t *testing.T) {
	for name, fault := range map[string]bool{"being started": false, "to be tried again": true} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			child := compile(t, document(node("w", "core.wait", `, "with": {"for": "30d"}`), "", ""))
			g := &gated{published: published{map[string]*engine.Flow{childID: child}}, gate: make(chan struct{}), asked: make(chan struct{}, 10)}
			g.fault.Store(fault)
			b := startWith(t, m, echo, engine.Config{Callees: g, Park: -1})
			b.flows.list[child.Digest] = child
			b.open(t)
			defer b.close(t)
			h := b.begin(t, document(callNode(childID, ""), "", ""), nil)
			<-g.asked
			if fault {
				close(g.gate)
				<-time.After(50 * time.Millisecond)
			}
			if err := b.engine.Signal(t.Context(), engine.Signal{RunID: h.ID, ID: "c", Kind: engine.SignalCancel}); err != nil {
				t.Fatal(err)
			}
			if !fault {
				<-time.After(50 * time.Millisecond)
				close(g.gate)
			}
			if e := b.ended(t, h.ID); e.Kind != run.RunCanceled {
				t.Errorf("the caller ends by %+v", e)
			}
			for _, id := range m.children(h.ID) {
				if e := b.ended(t, id); e.Kind != run.RunCanceled {
					t.Errorf("the called run ends by %+v", e)
				}
			}
		})
	}
}

// TestACallerAnswersWhoWaits keeps a run that calls another in memory for a while:
// somebody may wait for its end, or its answer.
func TestACallerAnswersWhoWaits(t *testing.T) {
	child := document(node("w", "core.wait", `, "with": {"for": "100ms"}`), "", "")
	b := calling(t, newMemory(t), echo, engine.Config{}, map[string]string{childID: child})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, document(nodes(callNode(childID, ""), node("r", "core.respond", `, "with": {"body": 1}`)), "c>r", ""), nil)
	<-h.Responded()
	if r := h.Response(); r == nil || r.Body != int64(1) {
		t.Errorf("the answer is %+v", r)
	}
	wait(t, h)
}

// TestACallerIsNotInMemoryForEver lets a run go that has waited long for another.
func TestACallerIsNotInMemoryForEver(t *testing.T) {
	child := document(node("w", "core.wait", `, "with": {"for": "1s"}`), "", "")
	b := calling(t, newMemory(t), echo, engine.Config{Park: 100 * time.Millisecond}, map[string]string{childID: child})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, document(nodes(callNode(childID, ""), node("x", "test.write", "")), "c>x", ""), nil)
	b.parked(t, h.ID)
	if e := b.ended(t, h.ID); e.Kind != run.RunSucceeded {
		t.Fatalf("%+v", e)
	}
}

// TestCallsAreBounded has a flow call itself ten times over at each depth.
func TestCallsAreBounded(t *testing.T) {
	m := newMemory(t)
	const before = engine.MaxCalled - 20
	m.called = before // as if so many had been called
	self := document(nodes(node("e", "core.foreach", `, "with": {"items": "{{ [1,2,3,4,5,6,7,8,9,10] }}", "concurrency": 10}`), node("c", "core.call", `, "parent": "e", "with": {"flow": "`+selfID+`", "wait": false}`)), "", "")
	b := calling(t, m, echo, engine.Config{}, map[string]string{selfID: self})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, self, nil)
	b.ended(t, h.ID)
	for quiet := 0; quiet < 20; quiet++ {
		<-time.After(10 * time.Millisecond)
		if b.engine.Active() > 0 {
			quiet = 0
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.records); n < 10 || n > 1000 { // calls that begin at once count alike; without a bound they never end
		t.Errorf("%d runs", n)
	}
}

// prompt is a journal that is done with a batch before it goes on, and then does
// something else.
type prompt struct {
	*memory
	after func(*engine.Batch)
}

func (p *prompt) Append(b *engine.Batch, done func(engine.Appended)) {
	written := make(chan struct{})
	p.memory.Append(b, func(a engine.Appended) {
		done(a)
		close(written)
	})
	<-written
	p.after(b)
}

// TestAParkedRunDoesNothingMore tells a run of a cancel right after it was told that
// it is parked.
func TestAParkedRunDoesNothingMore(t *testing.T) {
	m := newMemory(t)
	b := startWith(t, m, echo, engine.Config{Park: 50 * time.Millisecond})
	var once atomic.Bool
	var epoch atomic.Int64 // under which the cancel is written
	b.engine.Journal = &prompt{m, func(batch *engine.Batch) {
		if slices.ContainsFunc(batch.Events, func(e run.Event) bool { return e.Kind == run.RunCanceling }) {
			epoch.Store(batch.Epoch)
		}
		if !batch.Park.IsZero() && once.CompareAndSwap(false, true) {
			// The actor is here: it finds both when it goes on.
			if err := b.engine.Signal(t.Context(), engine.Signal{RunID: batch.RunID, ID: "c", Kind: engine.SignalCancel}); err != nil {
				t.Error(err)
			}
		}
	}}
	b.open(t)
	defer b.close(t)
	// The first batch is written by whoever starts the run, the parking one by its actor.
	h := b.begin(t, document(nodes(node("a", "test.read", ""), node("w", "core.wait", `, "with": {"for": "30d"}`)), "a>w", ""), nil)
	if e := b.ended(t, h.ID); e.Kind != run.RunCanceled || epoch.Load() != 2 {
		t.Fatalf("%+v, under epoch %d: it must be taken up first", e, epoch.Load())
	}
}
