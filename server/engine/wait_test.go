package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// ended waits for the last event of a run that need not be in memory.
func (b *bench) ended(t *testing.T, id string) run.Event {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		b.memory.mu.Lock()
		events := b.memory.events[id]
		b.memory.mu.Unlock()
		if n := len(events); n > 0 && events[n-1].Kind.Terminal() {
			return events[n-1]
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Fatal("the run doesn't end")
	return run.Event{}
}

// parked waits until a run was let go from memory.
func (b *bench) parked(t *testing.T, id string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		b.memory.mu.Lock()
		state, held := b.memory.status[id], b.memory.leased[id]
		b.memory.mu.Unlock()
		if _, active := b.engine.Watch(id); state == run.Waiting && !held && !active {
			return
		}
	}
	t.Fatal("the run stays in memory")
}

func TestWait(t *testing.T) {
	for name, c := range map[string]struct{ with, want string }{
		"for":                {`{"for": "150ms"}`, "succeeded true"},
		"until":              {`{"until": "{{ string(now() + duration('150ms')) }}"}`, "succeeded true"},
		"until what is past": {`{"until": "2020-01-01T00:00:00Z"}`, "succeeded true"},
		"no duration":        {`{"for": "{{ 'soon' }}"}`, `failed for must be a duration such as 90s, 36h or 7d, this is "soon"`},
		"a number":           {`{"for": "{{ 15 }}"}`, "failed for must be a duration such as 90s, 36h or 7d, this is 15"},
		"no zone":            {`{"until": "{{ '2026-01-31 09:00' }}"}`, `failed until must be a time with its zone such as 2026-01-31T09:00:00Z, this is "2026-01-31 09:00"`},
		"too long":           {`{"for": "{{ '9000d' }}"}`, "failed a step waits ten years at most"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, newMemory(t), echo)
			b.open(t)
			defer b.close(t)
			began := time.Now()
			h := b.begin(t, document(node("w", "core.wait", `, "with": `+c.with)+","+node("s", "core.set", ""), "w>s", `, "output": "{{ timestamp(steps.w.output.at) >= timestamp(run.startedAt) }}"`), nil)
			s := wait(t, h)
			if s.Error != nil {
				if got := string(s.Status) + " " + s.Error.Message; got != c.want {
					t.Fatalf("got %s, want %s", got, c.want)
				}
				return
			}
			if s.Status != run.Succeeded || s.Output != true || c.want != "succeeded true" {
				t.Fatal(summary(s))
			}
			if long := strings.Contains(c.with, "150ms"); long && time.Since(began) < 150*time.Millisecond {
				t.Fatal("it went on too early")
			}
			b.replays(t, s)
		})
	}
}

// TestALongWaitIsNotInMemory lets a run go while it waits, and takes it up again:
// by its time, by a cancel, and in another engine.
func TestALongWaitIsNotInMemory(t *testing.T) {
	config := engine.Config{Park: 50 * time.Millisecond}
	source := func(wait string) string {
		return document(nodes(node("a", "test.read", ""), node("w", "core.wait", `, "with": {"for": "`+wait+`"}`), node("b", "test.read", "")), "a>w w>b", `, "output": "{{ steps.w.state }}"`)
	}
	t.Run("until its time", func(t *testing.T) {
		b := startWith(t, newMemory(t), echo, config)
		b.open(t)
		defer b.close(t)
		h := b.begin(t, source("500ms"), nil)
		b.parked(t, h.ID)
		if e := b.ended(t, h.ID); e.Kind != run.RunSucceeded || e.Output != "succeeded" {
			t.Fatalf("%+v", e)
		}
	})
	t.Run("until a cancel", func(t *testing.T) {
		b := startWith(t, newMemory(t), echo, config)
		b.open(t)
		defer b.close(t)
		h := b.begin(t, source("30d"), nil)
		b.parked(t, h.ID)
		if err := b.engine.Signal(t.Context(), engine.Signal{RunID: h.ID, ID: "c", Kind: engine.SignalCancel}); err != nil {
			t.Fatal(err)
		}
		if e := b.ended(t, h.ID); e.Kind != run.RunCanceled {
			t.Fatalf("%+v", e)
		}
	})
	t.Run("a signal that nobody was told of", func(t *testing.T) {
		b := startWith(t, newMemory(t), echo, config)
		b.open(t)
		defer b.close(t)
		h := b.begin(t, source("30d"), nil)
		b.parked(t, h.ID)
		if err := b.memory.Signal(t.Context(), engine.Signal{RunID: h.ID, ID: "c", Kind: engine.SignalCancel}); err != nil {
			t.Fatal(err)
		}
		if e := b.ended(t, h.ID); e.Kind != run.RunCanceled {
			t.Fatalf("%+v", e)
		}
	})
	t.Run("taken up early", func(t *testing.T) {
		b := startWith(t, newMemory(t), echo, config)
		b.open(t)
		h := b.begin(t, source("1s"), nil)
		b.parked(t, h.ID)
		b.close(t)
		again := startWith(t, b.memory, echo, config)
		again.flows = b.flows
		again.engine.Flows = b.flows
		if err := b.memory.Wake(t.Context(), h.ID); err != nil {
			t.Fatal(err)
		}
		again.open(t)
		defer again.close(t)
		again.parked(t, h.ID) // for nothing: it waits on
		if e := again.ended(t, h.ID); e.Kind != run.RunSucceeded {
			t.Fatalf("%+v", e)
		}
		for _, e := range b.memory.events[h.ID] {
			if e.Kind == run.StepSucceeded && e.Step == "w" && e.At.Sub(b.memory.records[h.ID].Created) < time.Second {
				t.Fatalf("it went on at %v", e.At)
			}
		}
	})
}

// TestARepeatPausesAway lets the run go between two passes.
func TestARepeatPausesAway(t *testing.T) {
	config := engine.Config{Park: 50 * time.Millisecond}
	source := func(every string) string {
		return document(nodes(node("r", "core.repeat", `, "with": {"until": "{{ attempt == 3 }}", "every": "`+every+`"}`), node("x", "test.read", `, "parent": "r", "with": {"n": "{{ attempt }}"}`)), "", `, "output": "{{ steps.r.output.n }}"`)
	}
	b := startWith(t, newMemory(t), echo, config)
	b.open(t)
	defer b.close(t)
	h := b.begin(t, source("300ms"), nil)
	b.parked(t, h.ID)
	if e := b.ended(t, h.ID); e.Kind != run.RunSucceeded || e.Output != int64(3) {
		t.Fatalf("%+v", e)
	}
	h = b.begin(t, source("1d"), nil)
	b.parked(t, h.ID)
	if err := b.engine.Signal(t.Context(), engine.Signal{RunID: h.ID, ID: "c", Kind: engine.SignalCancel}); err != nil {
		t.Fatal(err)
	}
	if e := b.ended(t, h.ID); e.Kind != run.RunCanceled {
		t.Fatalf("%+v", e)
	}
}
