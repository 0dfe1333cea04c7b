package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

const flowID = `, "id": "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11", "limits": `

// TestConcurrencyOfAFlow lets as many runs of a flow work at once as it says, all of
// them in the end, those that wait for time or people beside.
func TestConcurrencyOfAFlow(t *testing.T) {
	var now, most atomic.Int32
	b := start(t, newMemory(t), func(context.Context, engine.Call) engine.Result {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-time.After(5 * time.Millisecond)
		now.Add(-1)
		return engine.Result{Output: int64(1)}
	})
	b.open(t)
	defer b.close(t)
	source := document(nodes(node("a", "test.read", ""), node("w", "core.wait", `, "with": {"for": "20ms"}`), node("z", "core.set", "")), "a>w w>z", flowID+`{"concurrency": 2}`)
	var handles []*engine.Handle
	for range 20 {
		handles = append(handles, b.begin(t, source, nil))
	}
	for _, h := range handles {
		if s := wait(t, h); s.Status != run.Succeeded {
			t.Fatal(summary(s))
		}
	}
	if most.Load() != 2 {
		t.Errorf("%d runs worked at once", most.Load())
	}
}

// TestQueues are bounded, outlive the engine, and give up those that are canceled.
func TestQueues(t *testing.T) {
	m := newMemory(t)
	release := make(chan struct{})
	slow := func(context.Context, engine.Call) engine.Result {
		<-release
		return engine.Result{}
	}
	config := engine.Config{Park: 20 * time.Millisecond}
	b := startWith(t, m, slow, config)
	b.open(t)
	source := document(node("a", "test.write", ""), "", flowID+`{"concurrency": 1, "queue": 2}`)
	first := b.begin(t, source, nil)
	for m.state(first.ID) != run.Running {
		<-time.After(time.Millisecond)
	}
	second, third := b.begin(t, source, nil), b.begin(t, source, nil)
	f := compile(t, source)
	if _, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: map[string]any{}}); !errors.Is(err, engine.ErrFull) {
		t.Fatalf("a run too many gives %v", err)
	}
	if err := b.engine.Signal(t.Context(), engine.Signal{RunID: second.ID, ID: "c", Kind: engine.SignalCancel}); err != nil {
		t.Fatal(err)
	}
	if last := b.ended(t, second.ID); last.Kind != run.RunCanceled {
		t.Fatalf("%+v", last)
	}
	close(release)
	b.ended(t, first.ID)
	b.ended(t, third.ID)
	b.close(t)
	if events := fmt.Sprint(kinds(m.events[second.ID]), kinds(m.events[third.ID])); events !=
		"[run.queued run.canceling run.canceled] [run.queued run.started step.started step.succeeded run.succeeded]" {
		t.Error(events)
	}

	m.mu.Lock()
	id := "0000-left"
	m.records[id] = engine.Record{ID: id, Flow: f.Program.Document.ID, Digest: f.Digest, Data: map[string]any{}, Epoch: 1}
	m.events[id], m.status[id], m.parked[id] = []run.Event{{Seq: 1, Kind: run.RunQueued}}, run.Queued, time.Now().Add(time.Hour)
	m.mu.Unlock()
	again := startWith(t, m, slow, config)
	again.flows.list[f.Digest] = f
	again.open(t)
	defer again.close(t)
	if last := again.ended(t, id); last.Kind != run.RunSucceeded {
		t.Errorf("what an engine before left queued: %+v", last)
	}
}

func kinds(events []run.Event) (list []run.Kind) {
	for _, e := range events {
		list = append(list, e.Kind)
	}
	return list
}

// TestTimeoutOfAFlow fails a run that takes too long: while it works, while it waits,
// and where it is not in memory.
func TestTimeoutOfAFlow(t *testing.T) {
	for name, c := range map[string]struct{ nodes string }{
		"works": {node("a", "test.read", "")},
		"waits": {node("a", "core.wait", `, "with": {"for": "9d"}`)},
		"asks":  {node("a", "core.approval", `, "with": {"to": "lead"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			b := startWith(t, newMemory(t), func(ctx context.Context, _ engine.Call) engine.Result {
				<-ctx.Done()
				return engine.Result{Error: &engine.Failure{Code: "canceled"}}
			}, engine.Config{Park: 30 * time.Millisecond, People: crowd(1)})
			b.open(t)
			defer b.close(t)
			began := time.Now()
			h := b.begin(t, document(c.nodes, "", flowID+`{"timeout": "1s"}`), nil)
			last := b.ended(t, h.ID)
			if last.Kind != run.RunFailed || last.Error == nil || last.Error.Code != "timeout" || time.Since(began) < time.Second {
				t.Fatalf("%+v after %v", last, time.Since(began))
			}
			for _, ask := range b.memory.asks {
				if b.outcome(ask.ID) != "withdrawn" {
					t.Error("the question stays open")
				}
			}
		})
	}
}

// slowAtFirst are flows that take too long to compile, the first times.
type slowAtFirst struct {
	engine.Flows
	times atomic.Int32
}

func (f *slowAtFirst) Flow(ctx context.Context, digest string) (*engine.Flow, error) {
	if f.times.Add(-1) >= 0 {
		return nil, engine.ErrSlow
	}
	return f.Flows.Flow(ctx, digest)
}

// TestARunOutlivesSlowCompiling takes up a run whose flow was not compiled in time once it is.
func TestARunOutlivesSlowCompiling(t *testing.T) {
	m := newMemory(t)
	source := document(node("w", "core.wait", `, "with": {"for": "30d"}`), "", "")
	first := startWith(t, m, echo, engine.Config{Park: -1})
	first.open(t)
	h := first.begin(t, source, nil)
	first.waits(t, h.ID)
	first.crash(t)
	m.crash()
	second := startWith(t, m, echo, engine.Config{Park: -1})
	f := compile(t, source)
	second.flows.list[f.Digest] = f
	late := &slowAtFirst{Flows: second.flows}
	late.times.Store(1)
	second.engine.Flows = late
	second.open(t)
	defer second.close(t)
	if err := second.engine.Signal(t.Context(), engine.Signal{RunID: h.ID, ID: "c", Kind: engine.SignalCancel}); err != nil {
		t.Fatal(err)
	}
	if last := second.ended(t, h.ID); last.Kind != run.RunCanceled {
		t.Errorf("it ended by %+v", last)
	}
}

// TestSlowCompilingKeepsTheLimit lets no more runs begin than a flow's limit allows while the
// flow, and so its limit, is not at hand.
func TestSlowCompilingKeepsTheLimit(t *testing.T) {
	m := newMemory(t)
	var now, most atomic.Int32
	b := startWith(t, m, func(context.Context, engine.Call) engine.Result {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-time.After(5 * time.Millisecond)
		now.Add(-1)
		return engine.Result{}
	}, engine.Config{Park: 20 * time.Millisecond})
	f := compile(t, document(node("a", "test.write", ""), "", flowID+`{"concurrency": 1}`))
	ids := []string{"0000-a", "0000-b", "0000-c", "0000-d"}
	for _, id := range ids {
		m.records[id] = engine.Record{ID: id, Flow: f.Program.Document.ID, Digest: f.Digest, Data: map[string]any{}, Epoch: 1}
		m.events[id], m.status[id], m.parked[id] = []run.Event{{Seq: 1, Kind: run.RunQueued}}, run.Queued, time.Now().Add(time.Hour)
	}
	b.flows.list[f.Digest] = f
	late := &slowAtFirst{Flows: b.flows}
	late.times.Store(int32(len(ids)))
	b.engine.Flows = late
	b.open(t)
	defer b.close(t)
	for _, id := range ids {
		if last := b.ended(t, id); last.Kind != run.RunSucceeded {
			t.Errorf("%s ended by %+v", id, last)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d runs worked at once", most.Load())
	}
}
