package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// document wraps nodes and edges into a flow; from and to stand as "a>b c.error>d".
func document(nodes, edges, rest string) string {
	var list []string
	for _, e := range strings.Fields(edges) {
		from, to, _ := strings.Cut(e, ">")
		list = append(list, fmt.Sprintf(`{"from": %q, "to": %q}`, from, to))
	}
	return `{"format": "drawbridge.flow/1", "name": "test", "nodes": [` + nodes + `], "edges": [` + strings.Join(list, ",") + `]` + rest + `}`
}

func node(id, typ, rest string) string {
	return fmt.Sprintf(`{"id": %q, "type": %q, "position": [0, 0]%s}`, id, typ, rest)
}

func nodes(list ...string) string { return strings.Join(list, ",") }

type bench struct {
	engine *engine.Engine
	memory *memory
	flows  *flows
	mu     sync.Mutex
	seen   []run.Event
}

func start(t *testing.T, m *memory, call invoker) *bench {
	t.Helper()
	return startWith(t, m, call, engine.Config{})
}

// startWith makes an engine with what a config says besides.
func startWith(t *testing.T, m *memory, call invoker, c engine.Config) *bench {
	t.Helper()
	b := &bench{memory: m, flows: &flows{list: map[string]*engine.Flow{}}}
	var err error
	c.Journal, c.Signals, c.Invoker, c.Flows = m, m, call, b.flows
	if c.Sweep == 0 {
		c.Sweep = 10 * time.Millisecond
	}
	if c.Clock == nil {
		c.Clock = wall{}
	}
	c.Observe = func(c engine.Committed) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.seen = append(b.seen, c.Events...)
	}
	b.engine, err = engine.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) open(t *testing.T) {
	t.Helper()
	if err := b.engine.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) close(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
	defer cancel()
	if err := b.engine.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func echo(_ context.Context, c engine.Call) engine.Result { return engine.Result{Output: c.Input} }

func (b *bench) begin(t *testing.T, source string, input any) *engine.Handle {
	t.Helper()
	f := compile(t, source)
	b.flows.mu.Lock()
	b.flows.list[f.Digest] = f
	b.flows.mu.Unlock()
	h, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: map[string]any{"type": "manual", "body": input}})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func wait(t *testing.T, h *engine.Handle) *run.State {
	t.Helper()
	select {
	case <-h.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("the run doesn't end")
	}
	_, state, _, ok := h.Result()
	if !ok {
		t.Fatal("the run was let go before it ended")
	}
	return state
}

// summary is a run's end in one line: state, output, then each step's state.
func summary(s *run.State) string {
	out := []string{string(s.Status), string(flow.CompactJSON(s.Output))}
	steps := s.Steps()
	slices.SortFunc(steps, func(a, b *run.Step) int { return strings.Compare(a.Key, b.Key) })
	for _, step := range steps {
		out = append(out, step.Key+"="+string(step.State))
	}
	return strings.Join(out, " ")
}

func TestRuns(t *testing.T) {
	failing := `, "with": {"fail": "down"}`
	cases := map[string]struct {
		nodes, edges, rest string
		input              string
		want               string
		message            string
	}{
		"core nodes in a chain": {
			nodes(node("a", "core.set", `, "with": {"n": "{{ trigger.body.n + 1 }}"}`), node("b", "core.set", `, "with": {"n": "{{ steps.a.output.n * 2 }}"}`)),
			"a>b", `, "output": "{{ steps.b.output.n }}"`, `{"n": 2.5}`, `succeeded 7 a=succeeded b=succeeded`, "",
		},
		"if takes one branch, the join waits for it alone": {
			nodes(node("i", "core.if", `, "with": {"condition": "{{ trigger.body > 1 }}"}`), node("y", "core.set", ""), node("n", "core.set", ""), node("j", "core.set", `, "with": {"v": "{{ steps.n.state }}"}`)),
			"i.true>y i.false>n y>j n>j", `, "output": "{{ steps.j.output.v }}"`, `2`, `succeeded "skipped" i=succeeded j=succeeded n=skipped y=succeeded`, "",
		},
		"switch takes the first case that holds": {
			nodes(node("s", "core.switch", `, "with": {"cases": [{"port": "low", "when": "{{ trigger.body < 2 }}"}, {"port": "mid", "when": "{{ trigger.body < 5 }}"}]}`), node("l", "core.set", ""), node("m", "core.set", ""), node("d", "core.set", "")),
			"s.low>l s.mid>m s.default>d", ``, `3`, `succeeded null d=skipped l=skipped m=succeeded s=succeeded`, "",
		},
		"a table gives the first row that holds": {
			node("t", "core.table", `, "with": {"rows": [{"when": "{{ trigger.body > 80 }}", "value": "high"}, {"when": "{{ trigger.body > 40 }}", "value": {"word": "mid", "score": "{{ trigger.body }}"}}, {"when": "{{ 1 / 0 == 1 }}", "value": "never looked at"}]}`),
			"", `, "output": "{{ steps.t.output.value }}"`, `50`, `succeeded {"score":50,"word":"mid"} t=succeeded`, "",
		},
		"a table of which no row holds": {
			nodes(node("t", "core.table", `, "with": {"rows": [{"when": "{{ false }}", "value": 1}], "match": "sum"}`), node("n", "core.set", ""), node("o", "core.set", "")),
			"t.none>n t>o", `, "output": "{{ steps.t.output.value }}"`, `null`, `succeeded 0 n=succeeded o=skipped t=succeeded`, "",
		},
		"a table gives the sum, or the list": {
			nodes(node("s", "core.table", `, "with": {"rows": [{"when": true, "value": 40}, {"when": "{{ false }}", "value": 9}, {"when": true, "value": 2}], "match": "sum"}`), node("f", "core.table", `, "with": {"rows": [{"when": true, "value": 40}, {"when": true, "value": 0.5}], "match": "sum"}`),
				node("l", "core.table", `, "with": {"rows": [{"when": true, "value": "a"}, {"when": true, "value": 2}], "match": "all"}`)),
			"", `, "output": "{{ [steps.s.output.value, steps.f.output.value, steps.l.output.value] }}"`, `null`, `succeeded [42,40.5,["a",2]] f=succeeded l=succeeded s=succeeded`, "",
		},
		"a sum of what is no number": {
			node("t", "core.table", `, "with": {"rows": [{"when": true, "value": 1}, {"when": true, "value": "x"}], "match": "sum"}`),
			"", "", `null`, `failed null t=failed`, "the value of the row that holds as number 2 is text",
		},
		"for-each keeps the order at any width": {
			nodes(node("e", "core.foreach", `, "with": {"items": "{{ trigger.body }}", "concurrency": 3}`), node("x", "test.echo", `, "parent": "e", "with": {"v": "{{ item * 10 + index }}"}`)),
			"", `, "output": "{{ steps.e.output.map(o, o.v) }}"`, `[1, 2, 3, 4]`, `succeeded [10,21,32,43] e=succeeded e.0.x=succeeded e.1.x=succeeded e.2.x=succeeded e.3.x=succeeded`, "",
		},
		"for-each with a result": {
			nodes(node("e", "core.foreach", `, "with": {"items": "{{ [1, 2] }}", "result": "{{ steps.x.output.v + item }}"}`), node("x", "core.set", `, "parent": "e", "with": {"v": "{{ item }}"}`)),
			"", `, "output": "{{ steps.e.output }}"`, `null`, `succeeded [2,4] e=succeeded e.0.x=succeeded e.1.x=succeeded`, "",
		},
		"for-each over nothing": {
			nodes(node("e", "core.foreach", `, "with": {"items": "{{ [] }}"}`), node("x", "core.set", `, "parent": "e"`), node("z", "core.set", "")),
			"e>z", `, "output": "{{ steps.e.output }}"`, `null`, `succeeded [] e=succeeded z=succeeded`, "",
		},
		"nested for-each, the inner item shadows": {
			nodes(node("o", "core.foreach", `, "with": {"items": "{{ [[1, 2], [3]] }}"}`), node("i", "core.foreach", `, "parent": "o", "with": {"items": "{{ item }}", "result": "{{ item * 2 }}"}`), node("x", "core.set", `, "parent": "i"`)),
			"", `, "output": "{{ steps.o.output }}"`, `null`, `succeeded [[2,4],[6]] o=succeeded o.0.i=succeeded o.0.i.0.x=succeeded o.0.i.1.x=succeeded o.1.i=succeeded o.1.i.0.x=succeeded`, "",
		},
		"for-each keeps failures": {
			nodes(node("e", "core.foreach", `, "with": {"items": "{{ [1, 0, 2] }}", "onItemError": "keep"}`), node("x", "core.set", `, "parent": "e", "with": {"v": "{{ 6 / item }}"}`)),
			"", `, "output": "{{ steps.e.output.map(o, has(o.error) ? o.error.step : string(o.v)) }}"`, `null`, `succeeded ["6","e.1.x","3"] e=succeeded e.0.x=succeeded e.1.x=failed e.2.x=succeeded`, "",
		},
		"for-each fails fast": {
			nodes(node("e", "core.foreach", `, "with": {"items": "{{ [0, 1] }}"}`), node("x", "core.set", `, "parent": "e", "with": {"v": "{{ 6 / item }}"}`)),
			"", ``, `null`, `failed null e=failed e.0.x=failed`, "zero",
		},
		"an unhandled error in an inner loop settles the outer item": {
			nodes(node("o", "core.foreach", `, "with": {"items": "{{ [[1, 0], [2]] }}", "onItemError": "keep"}`), node("i", "core.foreach", `, "parent": "o", "with": {"items": "{{ item }}", "concurrency": 2}`), node("x", "core.set", `, "parent": "i", "with": {"v": "{{ 6 / item }}"}`)),
			"", `, "output": "{{ steps.o.output.map(r, type(r) == list ? size(r) : -1) }}"`, `null`, `succeeded [-1,1] o=succeeded o.0.i=failed o.0.i.0.x=succeeded o.0.i.1.x=failed o.1.i=succeeded o.1.i.0.x=succeeded`, "",
		},
		"repeat until it holds": {
			nodes(node("r", "core.repeat", `, "with": {"until": "{{ steps.x.output.n >= 3 }}"}`), node("x", "core.set", `, "parent": "r", "with": {"n": "{{ attempt }}"}`), node("y", "core.set", ""), node("z", "core.set", "")),
			"r>y r.exhausted>z", `, "output": "{{ steps.r.output.n }}"`, `null`, `succeeded 3 r=succeeded r.0.x=succeeded r.1.x=succeeded r.2.x=succeeded y=succeeded z=skipped`, "",
		},
		"repeat until it is exhausted, with pauses": {
			nodes(node("r", "core.repeat", `, "with": {"until": "{{ false }}", "attempts": "{{ trigger.body }}", "every": "20ms", "result": "{{ attempt * 10 }}"}`), node("x", "core.set", `, "parent": "r"`), node("y", "core.set", ""), node("z", "core.set", "")),
			"r>y r.exhausted>z", `, "output": "{{ steps.r.output }}"`, `2`, `succeeded 20 r=succeeded r.0.x=succeeded r.1.x=succeeded y=skipped z=succeeded`, "",
		},
		"repeat ends by an error inside": {
			nodes(node("r", "core.repeat", `, "with": {"until": "{{ false }}"}`), node("x", "core.set", `, "parent": "r", "with": {"n": "{{ 6 / (2 - attempt) }}"}`), node("h", "core.set", `, "with": {"why": "{{ steps.r.error.step }}"}`)),
			"r.error>h", `, "output": "{{ steps.h.output.why }}"`, `null`, `succeeded "r.1.x" h=succeeded r=failed r.0.x=succeeded r.1.x=failed`, "",
		},
		"repeat in a for-each sees the item, and the other way round": {
			nodes(node("e", "core.foreach", `, "with": {"items": "{{ [2, 1] }}", "concurrency": 2, "result": "{{ steps.r.output }}"}`), node("r", "core.repeat", `, "parent": "e", "with": {"until": "{{ attempt == item }}", "result": "{{ steps.i.output }}"}`),
				node("i", "core.foreach", `, "parent": "r", "with": {"items": "{{ ['a', 'b'] }}", "result": "{{ item + string(attempt) + string(index) }}"}`), node("x", "core.set", `, "parent": "i"`)),
			"", `, "output": "{{ steps.e.output }}"`, `null`, `succeeded [["a20","b21"],["a10","b11"]] e=succeeded e.0.r=succeeded e.0.r.0.i=succeeded e.0.r.0.i.0.x=succeeded e.0.r.0.i.1.x=succeeded e.0.r.1.i=succeeded e.0.r.1.i.0.x=succeeded e.0.r.1.i.1.x=succeeded e.1.r=succeeded e.1.r.0.i=succeeded e.1.r.0.i.0.x=succeeded e.1.r.0.i.1.x=succeeded`, "",
		},
		"repeat with a condition that is none": {
			nodes(node("r", "core.repeat", `, "with": {"until": "{{ 1 }}"}`), node("x", "core.set", `, "parent": "r"`)),
			"", "", `null`, `failed null r=failed r.0.x=succeeded`, "until must be true or false, this is a number",
		},
		"repeat so often": {
			nodes(node("r", "core.repeat", `, "with": {"until": "{{ true }}", "attempts": "{{ 0 }}"}`), node("x", "core.set", `, "parent": "r"`)),
			"", "", `null`, `failed null r=failed`, "attempts must be a whole number from 1 to 100000",
		},
		"the error port handles": {
			nodes(node("a", "test.echo", failing), node("h", "core.set", `, "with": {"why": "{{ steps.a.error.code }}"}`), node("ok", "core.set", "")),
			"a.error>h a>ok", `, "output": "{{ steps.h.output.why }}"`, `null`, `succeeded "down" a=failed h=succeeded ok=skipped`, "",
		},
		"continue goes on with null": {
			nodes(node("a", "test.echo", failing+`, "onError": "continue"`), node("b", "core.set", `, "with": {"v": "{{ steps.a.output }}"}`)),
			"a>b", `, "output": "{{ steps.b.output.v }}"`, `null`, `succeeded null a=failed b=succeeded`, "",
		},
		"an unhandled error fails the run": {
			nodes(node("a", "test.echo", failing), node("b", "core.set", "")),
			"a>b", ``, `null`, `failed null a=failed b=pending`, "it is down",
		},
		"a disabled node is passed through": {
			nodes(node("a", "test.echo", `, "disabled": true`), node("b", "core.set", `, "with": {"v": "{{ steps.a.state }}"}`)),
			"a>b", `, "output": "{{ steps.b.output.v }}"`, `null`, `succeeded "skipped" a=skipped b=succeeded`, "",
		},
		"join first runs once": {
			nodes(node("a", "core.set", ""), node("b", "core.set", ""), node("j", "core.set", `, "join": "first", "with": {"a": "{{ steps.a.state }}", "b": "{{ steps.b.state }}"}`)),
			"a>j b>j", ``, `null`, `succeeded null a=succeeded b=succeeded j=succeeded`, "",
		},
		"stop ends the run with its output": {
			nodes(node("a", "core.stop", `, "with": {"outcome": "succeeded", "output": {"v": 1}}`), node("b", "core.set", "")),
			"", ``, `null`, `succeeded {"v":1} a=succeeded b=pending`, "",
		},
		"stop as a failure in a loop": {
			nodes(node("e", "core.foreach", `, "with": {"items": "{{ [1, 2] }}"}`), node("x", "core.stop", `, "parent": "e", "with": {"outcome": "failed", "message": "no good"}`)),
			"", ``, `null`, `failed null e=canceled e.0.x=succeeded`, "no good",
		},
		"an output that fails": {
			node("a", "core.set", ""), "", `, "output": "{{ steps.a.output.nope }}"`, `null`, `failed null a=succeeded`, "no field nope",
		},
		"a condition that is no condition": {
			node("a", "core.if", `, "with": {"condition": "{{ 1 }}"}`), "", ``, `null`, `failed null a=failed`, "must be true or false",
		},
	}
	call := func(_ context.Context, c engine.Call) engine.Result {
		if fields, _ := c.Input.(map[string]any); fields["fail"] != nil {
			return engine.Result{Error: &engine.Failure{Code: "down", Message: "it is down"}}
		}
		return engine.Result{Output: c.Input}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := start(t, newMemory(t), call)
			b.open(t)
			defer b.close(t)
			input, err := flow.ParseValue([]byte(c.input))
			if err != nil {
				t.Fatal(err)
			}
			state := wait(t, b.begin(t, document(c.nodes, c.edges, c.rest), input))
			if got := summary(state); got != c.want {
				t.Errorf("got  %s\nwant %s\nerror %v", got, c.want, state.Error)
			}
			if c.message != "" && (state.Error == nil || !strings.Contains(state.Error.Message, c.message)) {
				t.Errorf("error %v, want %q", state.Error, c.message)
			}
			b.replays(t, state)
		})
	}
}

// replays checks that every prefix of the journal folds, and the whole to the
// state that the engine had; and that events survive their encoding.
func (b *bench) replays(t *testing.T, state *run.State) {
	t.Helper()
	for id, events := range b.memory.events {
		data, err := run.EncodeEvents(events)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := run.DecodeEvents(data)
		if err != nil {
			t.Fatal(err)
		}
		record := b.memory.records[id]
		f, _ := b.flows.Flow(t.Context(), record.Digest)
		for n := range len(decoded) + 1 {
			folded, err := engine.Fold(f, &record, decoded[:n])
			if err != nil {
				t.Fatalf("prefix of %d: %v", n, err)
			}
			if n > 0 && n < len(decoded) && len(folded.Outstanding()) == 0 {
				t.Fatalf("after %d events nothing is to be done, and the run has not ended", n)
			}
			if n == len(decoded) && record.Parent.Run == "" && summary(folded) != summary(state) {
				t.Fatalf("folded %s\nran    %s", summary(folded), summary(state))
			}
		}
	}
}

func TestTriggersStartTheirBranchAlone(t *testing.T) {
	b := start(t, newMemory(t), echo)
	b.open(t)
	defer b.close(t)
	f := compile(t, document(nodes(node("m", "trigger.manual", ""), node("w", "trigger.webhook", ""), node("a", "core.set", ""), node("b", "core.set", "")), "m>a w>b", ""))
	h, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Trigger: "w", Data: map[string]any{"body": nil}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summary(wait(t, h)), "succeeded null a=skipped b=succeeded m=skipped w=succeeded"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func TestRetryThenSuccess(t *testing.T) {
	var calls atomic.Int32
	keys := map[string]bool{}
	b := start(t, newMemory(t), func(_ context.Context, c engine.Call) engine.Result {
		keys[c.Key] = true
		if calls.Add(1) < 3 {
			return engine.Result{Error: &engine.Failure{Code: "unavailable", Message: "busy", Retryable: true}}
		}
		return engine.Result{Output: "at last"}
	})
	b.open(t)
	defer b.close(t)
	state := wait(t, b.begin(t, document(node("a", "test.read", `, "retry": {"attempts": 3, "backoff": "2ms"}`), "", `, "output": "{{ steps.a.output }}"`), nil))
	if state.Output != "at last" || calls.Load() != 3 || len(keys) != 1 {
		t.Fatalf("output %v after %d calls with %d keys", state.Output, calls.Load(), len(keys))
	}
	if step, _ := state.Step("a"); step.Attempts != 3 {
		t.Fatalf("%d attempts", step.Attempts)
	}
}

func TestRetryAndContinueCombine(t *testing.T) {
	var calls atomic.Int32
	b := start(t, newMemory(t), func(context.Context, engine.Call) engine.Result {
		calls.Add(1)
		return engine.Result{Error: &engine.Failure{Code: "unavailable", Message: "busy", Retryable: true}}
	})
	b.open(t)
	defer b.close(t)
	state := wait(t, b.begin(t, document(node("a", "test.read", `, "retry": {"attempts": 2, "backoff": "1ms"}, "onError": "continue"`), "", ""), nil))
	if state.Status != run.Succeeded || calls.Load() != 2 {
		t.Fatalf("%s after %d calls", state.Status, calls.Load())
	}
}

func TestCancelKillsReadsAndLetsWritesEnd(t *testing.T) {
	begun, release := make(chan string, 2), make(chan struct{})
	b := start(t, newMemory(t), func(ctx context.Context, c engine.Call) engine.Result {
		begun <- c.Step
		if c.Type == "test.write" {
			<-release
			return engine.Result{Output: "written"}
		}
		<-ctx.Done()
		return engine.Result{Error: &engine.Failure{Code: "canceled", Message: "stopped"}}
	})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, document(nodes(node("r", "test.read", ""), node("w", "test.write", ""), node("n", "core.set", "")), "w>n", ""), nil)
	<-begun
	<-begun
	for range 2 { // a second cancel changes nothing
		if err := b.engine.Signal(t.Context(), engine.Signal{RunID: h.ID, ID: "c1", Kind: engine.SignalCancel}); err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	if got, want := summary(wait(t, h)), "canceled null n=pending r=canceled w=succeeded"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	kinds := 0
	for _, e := range b.memory.events[h.ID] {
		if e.Kind == run.RunCanceling {
			kinds++
		}
	}
	if kinds != 1 {
		t.Fatalf("canceled %d times", kinds)
	}
}

func TestAWriteWaitsForItsStartToBeDurable(t *testing.T) {
	m := newMemory(t)
	b := start(t, m, func(_ context.Context, c engine.Call) engine.Result {
		m.mu.Lock()
		defer m.mu.Unlock()
		events := m.events[c.RunID]
		if len(events) == 0 || events[len(events)-1].Kind != run.StepStarted {
			return engine.Result{Error: &engine.Failure{Code: "early", Message: "called before its start was on disk"}}
		}
		return engine.Result{Output: true}
	})
	b.open(t)
	defer b.close(t)
	if state := wait(t, b.begin(t, document(node("w", "test.write", ""), "", ""), nil)); state.Status != run.Succeeded {
		t.Fatal(state.Error)
	}
}

func TestDuplicatesStartOneRun(t *testing.T) {
	b := start(t, newMemory(t), echo)
	b.open(t)
	defer b.close(t)
	f := compile(t, document(node("a", "core.set", ""), "", ""))
	ids := make(chan string, 50)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			h, err := b.engine.Start(t.Context(), engine.Request{Flow: f, IngestKey: "same", Data: map[string]any{}})
			if err != nil {
				t.Error(err)
				return
			}
			ids <- h.ID
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Fatalf("two runs: %s and %s", first, id)
		}
	}
	if len(b.memory.records) != 1 {
		t.Fatalf("%d runs", len(b.memory.records))
	}
}

func TestCoreRunIsOneRow(t *testing.T) {
	b := start(t, newMemory(t), echo)
	b.open(t)
	defer b.close(t)
	var list []string
	edges := ""
	for i := range 9 {
		list = append(list, node(fmt.Sprintf("n%d", i), "core.set", ""))
		if i > 0 {
			edges += fmt.Sprintf(" n%d>n%d", i-1, i)
		}
	}
	wait(t, b.begin(t, document(nodes(list...), edges, ""), nil))
	if b.memory.batches != 1 {
		t.Fatalf("%d batches", b.memory.batches)
	}
}

func TestRestartGoesOnWhereItWas(t *testing.T) {
	m := newMemory(t)
	var calls sync.Map
	count := func(c engine.Call) {
		n, _ := calls.LoadOrStore(c.Step, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
	}
	begun := make(chan struct{}, 1)
	first := start(t, m, func(ctx context.Context, c engine.Call) engine.Result {
		count(c)
		if c.Step == "b" {
			begun <- struct{}{}
			<-ctx.Done()
			return engine.Result{Error: &engine.Failure{Code: "canceled"}}
		}
		return engine.Result{Output: c.Input}
	})
	first.open(t)
	source := document(nodes(node("a", "test.read", `, "with": {"v": 1}`), node("b", "test.read", `, "with": {"v": "{{ steps.a.output.v + 1 }}"}`)), "a>b", `, "output": "{{ steps.b.output.v }}"`)
	h := first.begin(t, source, nil)
	<-begun
	first.close(t)
	if _, _, _, ok := h.Result(); ok {
		t.Fatal("the run can't have ended")
	}

	m.crash()
	second := start(t, m, func(_ context.Context, c engine.Call) engine.Result { count(c); return engine.Result{Output: c.Input} })
	second.flows = first.flows
	f := compile(t, source)
	second.flows.list[f.Digest] = f
	second.engine.Flows = second.flows
	second.open(t)
	defer second.close(t)
	resumed, ok := second.engine.Watch(h.ID)
	if ok {
		<-resumed.Done()
	}
	events := m.events[h.ID]
	last := events[len(events)-1]
	if last.Kind != run.RunSucceeded || last.Output != int64(2) {
		t.Fatalf("last event %+v", last)
	}
	for step, want := range map[string]int32{"a": 1, "b": 2} {
		if n, _ := calls.Load(step); n.(*atomic.Int32).Load() != want {
			t.Errorf("%s was called %d times, want %d", step, n.(*atomic.Int32).Load(), want)
		}
	}
	for i, e := range events {
		if e.Seq != int64(i)+1 {
			t.Fatalf("seq %d at place %d", e.Seq, i+1)
		}
	}
}

func TestAJournalThatCantBeWritten(t *testing.T) {
	m := newMemory(t)
	var down atomic.Bool
	m.fail = func(*engine.Batch) error {
		if down.Load() {
			return engine.ErrUnavailable
		}
		return nil
	}
	release := make(chan struct{})
	b := start(t, m, func(context.Context, engine.Call) engine.Result {
		<-release
		return engine.Result{Output: 1}
	})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, document(node("a", "test.read", ""), "", ""), nil)
	down.Store(true)
	f := compile(t, document(node("a", "core.set", ""), "", ""))
	if _, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: map[string]any{}}); !errors.Is(err, engine.ErrUnavailable) {
		t.Fatalf("a start while the journal is down gives %v", err)
	}
	close(release)
	down.Store(false)
	if state := wait(t, h); state.Status != run.Succeeded {
		t.Fatal(state.Error)
	}
}

func TestStepInputIsComputedAgain(t *testing.T) {
	b := start(t, newMemory(t), echo)
	b.open(t)
	defer b.close(t)
	source := document(nodes(node("a", "core.set", `, "with": {"list": [3, 4]}`), node("e", "core.foreach", `, "with": {"items": "{{ steps.a.output.list }}"}`), node("x", "test.echo", `, "parent": "e", "with": {"v": "{{ item + index + trigger.body }}"}`)), "a>e", "")
	h := b.begin(t, source, int64(100))
	state := wait(t, h)
	record, _, f, _ := h.Result()
	got, err := engine.StepInput(t.Context(), f, &record, state, "e.1.x")
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := json.Marshal(got); string(data) != `{"v":105}` {
		t.Fatalf("input %s", data)
	}
}

func TestResponseComesBeforeTheEnd(t *testing.T) {
	release := make(chan struct{})
	b := start(t, newMemory(t), func(context.Context, engine.Call) engine.Result { <-release; return engine.Result{} })
	b.open(t)
	defer b.close(t)
	h := b.begin(t, document(nodes(node("r", "core.respond", `, "with": {"status": 201, "headers": {"X-A": "b"}, "body": {"ok": true}}`), node("a", "test.read", "")), "r>a", ""), nil)
	<-h.Responded()
	if r := h.Response(); r == nil || r.Status != 201 || r.Headers["X-A"] != "b" {
		t.Fatalf("response %+v", r)
	}
	select {
	case <-h.Done():
		t.Fatal("the run ended")
	default:
	}
	close(release)
	wait(t, h)
}

func TestDryRunCallsNothingThatWrites(t *testing.T) {
	b := start(t, newMemory(t), func(_ context.Context, c engine.Call) engine.Result {
		if c.Type == "test.write" || c.Type == "test.plain" {
			t.Error("called")
		}
		return engine.Result{}
	})
	b.open(t)
	defer b.close(t)
	f := compile(t, document(nodes(node("w", "test.write", ""), node("p", "test.plain", "")), "w>p", `, "output": "{{ [steps.w.output.example, steps.p.output] }}"`))
	h, err := b.engine.Start(t.Context(), engine.Request{Flow: f, DryRun: true, Data: map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	if state := wait(t, h); string(flow.CompactJSON(state.Output)) != `[true,{"id":"00000000-0000-4000-8000-000000000000","kind":"a","list":[{"ok":false}],"n":3}]` {
		t.Fatalf("output %s", flow.CompactJSON(state.Output))
	}
}
