package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// published are flows that can be called, by their id.
type published struct {
	list map[string]*engine.Flow
}

func (p published) Callee(_ context.Context, id string, version int, input any) (engine.Callee, error) {
	f := p.list[id]
	if f == nil || version > 1 {
		return engine.Callee{}, &run.Error{Code: "not_found", Message: "there is no published flow " + id}
	}
	return engine.Callee{Flow: f, Version: 1}, nil
}

const (
	childID = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11"
	selfID  = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c22"
)

// calling makes an engine with flows that can be called.
func calling(t *testing.T, m *memory, call invoker, c engine.Config, sources map[string]string) *bench {
	t.Helper()
	p := published{list: map[string]*engine.Flow{}}
	c.Callees = p
	b := startWith(t, m, call, c)
	for id, source := range sources {
		p.list[id] = compile(t, source)
		b.flows.list[p.list[id].Digest] = p.list[id]
	}
	return b
}

func callNode(id, rest string) string {
	return node("c", "core.call", `, "with": {"flow": "`+id+`"`+rest+`}`)
}

func TestCalls(t *testing.T) {
	double := document(node("d", "test.echo", `, "with": {"n": "{{ trigger.body * 2 }}"}`), "", `, "output": "{{ steps.d.output.n }}"`)
	failing := document(node("d", "core.stop", `, "with": {"outcome": "failed", "message": "no good"}`), "", "")
	itself := document(callNode(selfID, ""), "", "")
	for name, c := range map[string]struct{ id, rest, want, message string }{
		"waits for the output":  {childID, `, "input": 21`, "succeeded 42", ""},
		"a version":             {childID, `, "input": 1, "version": 1`, "succeeded 2", ""},
		"no such version":       {childID, `, "version": 2`, "failed null", "there is no published flow"},
		"no version":            {childID, `, "version": "{{ 'newest' }}"`, "failed null", `version must be a number from 1 on, or latest, this is "newest"`},
		"no flow":               {"0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c99", ``, "failed null", "there is no published flow"},
		"one that fails":        {"0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c33", ``, "failed null", "the called run failed: no good"},
		"one that calls itself": {selfID, ``, "failed null", "flows call one another more than 16 deep"},
	} {
		t.Run(name, func(t *testing.T) {
			b := calling(t, newMemory(t), echo, engine.Config{}, map[string]string{childID: double, selfID: itself, "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c33": failing})
			b.open(t)
			defer b.close(t)
			s := wait(t, b.begin(t, document(callNode(c.id, c.rest), "", `, "output": "{{ steps.c.output }}"`), nil))
			if got := string(s.Status) + " " + string(flow.CompactJSON(s.Output)); got != c.want {
				t.Errorf("got %s, want %s: %v", got, c.want, s.Error)
			}
			if c.message != "" && (s.Error == nil || !strings.Contains(s.Error.Message, c.message)) {
				t.Errorf("error %v, want %q", s.Error, c.message)
			}
			b.replays(t, s)
		})
	}
}

func TestACallThatIsNotWaitedFor(t *testing.T) {
	b := calling(t, newMemory(t), echo, engine.Config{}, map[string]string{childID: document(node("d", "core.set", ""), "", `, "output": "{{ trigger.type }}"`)})
	b.open(t)
	defer b.close(t)
	s := wait(t, b.begin(t, document(callNode(childID, `, "wait": false`), "", `, "output": "{{ steps.c.output.run }}"`), nil))
	id, _ := s.Output.(string)
	if e := b.ended(t, id); e.Kind != run.RunSucceeded || e.Output != "flow" {
		t.Fatalf("%+v", e)
	}
}

// TestCallsInALoop calls several at once, and cancels those that run when one fails.
func TestCallsInALoop(t *testing.T) {
	m := newMemory(t)
	child := document(nodes(node("w", "core.wait", `, "with": {"for": "{{ trigger.body == 0 ? '1ms' : '30d' }}"}`), node("s", "core.stop", `, "with": {"outcome": "failed"}`)), "w>s", "")
	b := calling(t, m, echo, engine.Config{Park: 20 * time.Millisecond}, map[string]string{childID: child})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, document(nodes(node("e", "core.foreach", `, "with": {"items": "{{ [1, 0, 2] }}", "concurrency": 3}`), node("c", "core.call", `, "parent": "e", "with": {"flow": "`+childID+`", "input": "{{ item }}"}`)), "", ""), nil)
	if e := b.ended(t, h.ID); e.Kind != run.RunFailed {
		t.Fatalf("%+v", e)
	}
	kinds := map[run.Kind]int{}
	for _, id := range m.children(h.ID) {
		kinds[b.ended(t, id).Kind]++
	}
	if kinds[run.RunFailed] != 1 || kinds[run.RunCanceled] != 2 {
		t.Fatalf("the called runs ended as %v", kinds)
	}
}

func (m *memory) children(parent string) (ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.records {
		if r.Parent.Run == parent {
			ids = append(ids, id)
		}
	}
	return ids
}

// TestACallOutlivesRestarts restarts the server at every moment of a call: nothing
// is started twice, and the caller hears of the end.
func TestACallOutlivesRestarts(t *testing.T) {
	child := document(nodes(node("r", "test.read", ""), node("w", "core.wait", `, "with": {"for": "100ms"}`)), "r>w", `, "output": "{{ steps.w.state }}"`)
	source := document(nodes(node("a", "core.set", ""), callNode(childID, "")), "a>c", `, "output": "{{ steps.c.output }}"`)
	for fault := range 12 {
		m := newMemory(t)
		crashed := make(chan struct{})
		n := 0
		m.fail = func(*engine.Batch) error {
			if n++; n > fault {
				select {
				case <-crashed:
				default:
					close(crashed)
				}
				return engine.ErrUnavailable
			}
			return nil
		}
		sources := map[string]string{childID: child}
		first := calling(t, m, echo, engine.Config{}, sources)
		first.open(t)
		f := compile(t, source)
		first.flows.list[f.Digest] = f
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		h, err := first.engine.Start(ctx, engine.Request{Flow: f, Data: map[string]any{"type": "manual"}})
		cancel()
		if fault == 0 {
			if err == nil {
				t.Fatal("a run was accepted that isn't durable")
			}
			first.close(t)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-crashed:
		case <-h.Done():
		case <-time.After(5 * time.Second):
		}
		first.crash(t)

		m.mu.Lock()
		m.fail = nil
		m.mu.Unlock()
		m.crash()
		second := calling(t, m, echo, engine.Config{}, sources)
		second.flows.list[f.Digest] = f
		second.open(t)
		if e := second.ended(t, h.ID); e.Kind != run.RunSucceeded || e.Output != "succeeded" {
			t.Fatalf("fault %d: %+v", fault, e)
		}
		second.close(t)
		if ids := m.children(h.ID); len(ids) != 1 {
			t.Fatalf("fault %d: %d runs were called", fault, len(ids))
		}
	}
}

// crash ends an engine without letting it write anything.
func (b *bench) crash(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = b.engine.Close(ctx)
	written := make(chan struct{})
	b.memory.done <- func() { close(written) } // what was queued is refused before the next engine opens
	<-written
}
