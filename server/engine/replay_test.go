package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// recorded are the runs of a memory.
type recorded struct{ *memory }

func (r recorded) Recording(ctx context.Context, id string) (*engine.Recording, error) {
	record, events, err := r.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	return engine.NewRecording(record, events), nil
}

// claimless is a journal from which nothing is taken up.
type claimless struct{ *memory }

func (claimless) Claim(context.Context, string, time.Duration, int) ([]engine.Record, error) {
	return nil, nil
}

// TestReplayIsTheSame replays a run whose outputs hold times, waits, retries, loops,
// called flows and the order in which branches ended.
func TestReplayIsTheSame(t *testing.T) {
	child := document(nodes(node("t", "core.set", `, "with": {"at": "{{ string(now()) }}", "run": "{{ run.id }}", "n": "{{ trigger.body }}"}`)), "", `, "id": "`+childID+`", "output": "{{ steps.t.output }}"`)
	source := document(nodes(
		node("when", "core.set", `, "with": {"at": "{{ string(now()) }}", "id": "{{ run.id }}", "started": "{{ run.startedAt }}"}`),
		node("pause", "core.wait", `, "with": {"for": "30ms"}`),
		node("flaky", "test.read", `, "retry": {"attempts": 3, "backoff": "5ms"}`),
		node("each", "core.foreach", `, "with": {"items": "{{ [1, 2, 3, 4] }}", "concurrency": 3}`),
		node("look", "test.read", `, "parent": "each", "with": {"n": "{{ item }}", "at": "{{ string(now()) }}"}`),
		node("again", "core.repeat", `, "with": {"until": "{{ attempt == 2 }}", "every": "10ms", "result": "{{ string(now()) }}"}`),
		node("tick", "core.set", `, "parent": "again", "with": {"at": "{{ string(now()) }}"}`),
		callNode(childID, `, "input": 7`),
		node("x", "test.read", ""), node("y", "test.read", ""),
		node("first", "core.set", `, "join": "first", "with": {"x": "{{ steps.x.state }}", "y": "{{ steps.y.state }}"}`),
		node("gone", "core.call", `, "with": {"flow": "`+childID+`", "wait": false}`),
	), "when>pause pause>flaky flaky>each each>again again>c x>first y>first c>gone", `, "output": "{{ [steps.when.output, steps.pause.output, steps.each.output, steps.again.output, steps.c.output, steps.first.output, string(now())] }}"`)
	slow := "x"
	call := func(_ context.Context, c engine.Call) engine.Result {
		switch {
		case c.Step == slow:
			<-time.After(40 * time.Millisecond)
		case c.Step == "flaky" && c.Attempt < 3:
			return engine.Result{Error: &engine.Failure{Code: "busy", Message: "later", Retryable: true}}
		}
		return engine.Result{Output: c.Input}
	}
	m := newMemory(t)
	live := calling(t, m, call, engine.Config{}, map[string]string{childID: child})
	live.open(t)
	defer live.close(t)
	h := live.begin(t, source, nil)
	before := wait(t, h)
	if before.Status != run.Succeeded {
		t.Fatal(summary(before), before.Error)
	}
	<-time.After(20 * time.Millisecond)

	slow = "y" // in the replay the other is late
	b := calling(t, m, call, engine.Config{}, map[string]string{childID: child})
	again, err := engine.New(t.Context(), engine.Config{
		Journal: claimless{m}, Signals: m, Invoker: invoker(call), Flows: live.flows, Callees: published{b.flows.list}, Clock: wall{}, Recordings: recorded{m}, Park: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(t.Context())
	f := compile(t, source)
	record, _, _ := m.Load(t.Context(), h.ID)
	began := time.Now()
	r, err := again.Start(t.Context(), engine.Request{Flow: f, Data: record.Data, Replay: engine.ReplayOf{Run: h.ID, Created: record.Created}})
	if err != nil {
		t.Fatal(err)
	}
	after := wait(t, r)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the replay took %v: it waited", took)
	}
	if x, y := string(flow.CompactJSON(before.Output)), string(flow.CompactJSON(after.Output)); x != y {
		t.Errorf("the output was\n%s\nand is\n%s", x, y)
	}
	for _, step := range before.Steps() {
		other, there := after.Step(step.Key)
		if !there || other.State != step.State || other.Attempts != step.Attempts || string(flow.CompactJSON(other.Output)) != string(flow.CompactJSON(step.Output)) {
			t.Errorf("step %s was %s %s\nand is %+v", step.Key, step.State, flow.CompactJSON(step.Output), other)
		}
	}
	if got := record.ID; got == r.ID {
		t.Error("the replay has the id of the run")
	}
}

// TestNoEngineGoesOnWithAReplay lets the engine that reaches the outside find the
// replay of a former process.
func TestNoEngineGoesOnWithAReplay(t *testing.T) {
	m := newMemory(t)
	b := start(t, m, func(context.Context, engine.Call) engine.Result {
		t.Error("called")
		return engine.Result{}
	})
	f := compile(t, document(node("w", "test.write", ""), "", ""))
	b.flows.list[f.Digest] = f
	m.append(&engine.Batch{RunID: "r", Epoch: 1, Create: &engine.Record{ID: "r", Digest: f.Digest, Replay: engine.ReplayOf{Run: "o"}, Epoch: 1}, Events: []run.Event{{Seq: 1, At: time.Now(), Kind: run.RunStarted}}})
	m.crash()
	b.open(t)
	defer b.close(t)
	for deadline := time.Now().Add(10 * time.Second); ; {
		last, err := m.Last(t.Context(), "r")
		if err != nil || time.Now().After(deadline) {
			t.Fatal(last, err)
		}
		if last.Kind == run.RunFailed {
			if !strings.Contains(last.Error.Message, "replay the run again") {
				t.Error(last.Error)
			}
			return
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestReplayNeedsRecordings(t *testing.T) {
	b := start(t, newMemory(t), echo)
	b.open(t)
	defer b.close(t)
	f := compile(t, document(node("a", "test.echo", ""), "", ""))
	if _, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Replay: engine.ReplayOf{Run: "x"}}); err == nil || errors.Is(err, engine.ErrClosed) {
		t.Error(err)
	}
}
