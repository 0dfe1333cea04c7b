package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// calls counts what is called, and fails the steps that it is told to.
type calls struct {
	mu      sync.Mutex
	made    []string
	failing map[string]bool
	most    map[string]int // calls of a node at once
	now     map[string]int
}

func (c *calls) invoke(_ context.Context, call engine.Call) engine.Result {
	id := run.NodeID(call.Step)
	c.mu.Lock()
	c.made = append(c.made, call.Step)
	c.now[id]++
	c.most[id] = max(c.most[id], c.now[id])
	failing := c.failing[call.Step]
	c.mu.Unlock()
	if c.most[id] > 0 && strings.HasPrefix(id, "slow") {
		<-time.After(2 * time.Millisecond) // so that what may overlap does
	}
	c.mu.Lock()
	c.now[id]--
	c.mu.Unlock()
	if failing {
		return engine.Result{Error: &engine.Failure{Code: "broken", Message: "no"}}
	}
	return engine.Result{Output: call.Input}
}

func newCalls(failing ...string) *calls {
	c := &calls{failing: map[string]bool{}, most: map[string]int{}, now: map[string]int{}}
	for _, key := range failing {
		c.failing[key] = true
	}
	return c
}

func (c *calls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made, c.failing = nil, map[string]bool{}
	clear(c.most)
}

func (c *calls) list() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	made := slices.Clone(c.made)
	slices.Sort(made)
	return strings.Join(made, " ")
}

// past loads an ended run.
func (b *bench) past(t *testing.T, f *engine.Flow, id string) *engine.Past {
	t.Helper()
	record, events, err := b.memory.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	state, err := engine.Fold(f, &record, events)
	if err != nil {
		t.Fatal(err)
	}
	return &engine.Past{Flow: f, Record: &record, Events: events, State: state}
}

func TestRetry(t *testing.T) {
	chain := document(nodes(node("a", "test.write", `, "with": {"n": 1}`), node("b", "test.read", `, "with": {"n": "{{ steps.a.output.n + 1 }}"}`), node("c", "test.write", `, "with": {"n": "{{ steps.b.output.n + 1 }}"}`), node("side", "test.echo", "")),
		"a>b b>c", `, "output": "{{ steps.c.output.n }}"`)
	loop := func(keep string, width int) string {
		return document(nodes(node("each", "core.foreach", fmt.Sprintf(`, "with": {"items": "{{ [10, 11, 12, 13, 14] }}", "concurrency": %d, "onItemError": %q, "result": "{{ steps.slow.output.n }}"}`, width, keep)),
			node("pre", "test.write", `, "parent": "each", "with": {"n": "{{ item }}"}`), node("slow", "test.read", `, "parent": "each", "with": {"n": "{{ steps.pre.output.n * 2 }}"}`),
			node("end", "test.echo", "")), "pre>slow each>end", `, "output": "{{ steps.each.output }}"`)
	}
	repeat := document(nodes(node("again", "core.repeat", `, "with": {"until": "{{ attempt == 3 }}", "attempts": 5, "result": "{{ steps.look.output.n }}"}`),
		node("look", "test.read", `, "parent": "again", "with": {"n": "{{ attempt }}"}`)), "", `, "output": "{{ steps.again.output }}"`)
	for name, c := range map[string]struct {
		source, failing string
		from            []string
		reruns, reuses  string // of the plan
		first           string
		made, want      string // calls of the retry, and its end
	}{
		"from what failed":         {chain, "b", nil, "b", "a side", "c", "b c", "succeeded 3"},
		"from a step":              {chain, "", []string{"b"}, "b c", "a side", "", "b c", "succeeded 3"},
		"from the first":           {chain, "", []string{"a"}, "a b c", "side", "", "a b c", "succeeded 3"},
		"an item that failed":      {loop("fail", 1), "each.2.slow", nil, "each each.2.slow", "each.0.pre each.0.slow each.1.pre each.1.slow each.2.pre", "end", "each.2.slow each.3.pre each.3.slow each.4.pre each.4.slow end", "succeeded [20,22,24,26,28]"},
		"items whose failure kept": {loop("keep", 1), "each.1.slow,each.3.slow", nil, "each each.1.slow each.3.slow end", "each.0.pre each.0.slow each.1.pre each.2.pre each.2.slow each.3.pre each.4.pre each.4.slow", "", "each.1.slow each.3.slow end", "succeeded [20,22,24,26,28]"},
		"one pass of many":         {loop("fail", 2), "", []string{"each.3.pre"}, "each each.3.pre each.3.slow end", "each.0.pre each.0.slow each.1.pre each.1.slow each.2.pre each.2.slow each.4.pre each.4.slow", "", "each.3.pre each.3.slow end", "succeeded [20,22,24,26,28]"},
		"a pass of a repeat":       {repeat, "", []string{"again.1.look"}, "again again.1.look again.2.look", "again.0.look", "", "again.1.look again.2.look", "succeeded 3"},
		"the end of a loop":        {loop("fail", 1), "", []string{"end"}, "end", "each each.0.pre each.0.slow each.1.pre each.1.slow each.2.pre each.2.slow each.3.pre each.3.slow each.4.pre each.4.slow", "", "end", "succeeded [20,22,24,26,28]"},
	} {
		t.Run(name, func(t *testing.T) {
			made := newCalls(strings.Split(c.failing, ",")...)
			b := start(t, newMemory(t), made.invoke)
			b.open(t)
			defer b.close(t)
			f := compile(t, c.source)
			h := b.begin(t, c.source, nil)
			wait(t, h)
			past := b.past(t, f, h.ID)
			plan, err := engine.PlanRetry(f, past, past.Record.Data, c.from)
			if err != nil {
				t.Fatal(err)
			}
			sorted := func(list []string) string { slices.Sort(list); return strings.Join(list, " ") }
			if r, u, first := sorted(plan.Reruns), sorted(plan.Reuses), sorted(plan.First); r != c.reruns || u != c.reuses || first != c.first {
				t.Errorf("reruns %q\nreuses %q\nfirst  %q", r, u, first)
			}
			made.reset()
			again, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: past.Record.Data, RetryOf: h.ID, Kept: plan.Kept})
			if err != nil {
				t.Fatal(err)
			}
			state := wait(t, again)
			if got := summary(state); !strings.HasPrefix(got, c.want) {
				t.Errorf("the retry ends as %s", got)
			}
			if got := made.list(); got != c.made {
				t.Errorf("called %s\nwant   %s", got, c.made)
			}
			if strings.Contains(c.source, `"concurrency": 1`) && made.most["slow"] > 1 {
				t.Errorf("%d passes at once, the loop has a concurrency of 1", made.most["slow"])
			}
			_, events, _ := b.memory.Load(t.Context(), again.ID)
			for i := range events {
				if events[i].Seq != int64(i)+1 {
					t.Fatalf("seq %d at %d", events[i].Seq, i)
				}
			}
			if folded := b.past(t, f, again.ID).State; summary(folded) != summary(state) {
				t.Errorf("folded %s", summary(folded))
			}
		})
	}
}

func TestRetryTellsEffects(t *testing.T) {
	source := document(nodes(node("a", "test.write", ""), node("b", "test.write", ""), node("c", "test.write", "")), "a>b b>c", "")
	made := newCalls("b")
	b := start(t, newMemory(t), made.invoke)
	b.open(t)
	defer b.close(t)
	h := b.begin(t, source, nil)
	wait(t, h)
	f := compile(t, source)
	past := b.past(t, f, h.ID)
	plan, err := engine.PlanRetry(f, past, past.Record.Data, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(plan.Effects); got != "[{a test.write write succeeded} {b test.write write failed} {c test.write write }]" {
		t.Error(got)
	}
	if _, err := engine.PlanRetry(f, past, past.Record.Data, []string{"x"}); err == nil || !strings.Contains(err.Error(), `no step "x"`) {
		t.Error(err)
	}
	// Another version: what isn't what it was runs again.
	other := compile(t, document(nodes(node("a", "test.write", `, "with": {"n": 1}`), node("b", "test.write", ""), node("c", "test.write", "")), "a>b b>c", ""))
	plan, err = engine.PlanRetry(other, past, past.Record.Data, nil)
	if err != nil || !slices.Contains(plan.Reruns, "a") || len(plan.Reuses) > 0 {
		t.Errorf("%+v, %v", plan, err)
	}
}

// TestRetryDisregardsLayout keeps what a container did that is only drawn otherwise now.
func TestRetryDisregardsLayout(t *testing.T) {
	source := func(layout string) string {
		return document(nodes(node("each", "core.foreach", layout+`, "with": {"items": "{{ [1] }}"}`),
			node("inner", "test.echo", `, "parent": "each"`), node("end", "test.echo", "")), "each>end", "")
	}
	b := start(t, newMemory(t), newCalls("end").invoke)
	b.open(t)
	defer b.close(t)
	h := b.begin(t, source(""), nil)
	wait(t, h)
	past := b.past(t, compile(t, source("")), h.ID)
	plan, err := engine.PlanRetry(compile(t, source(`, "size": [300, 200], "collapsed": true`)), past, past.Record.Data, nil)
	if err != nil || !slices.Contains(plan.Reuses, "each") || slices.Contains(plan.Reruns, "each") {
		t.Errorf("%+v, %v", plan, err)
	}
}

// TestRetryAsksAgain lets an approval hold for what it was given for, once.
func TestRetryAsksAgain(t *testing.T) {
	source := document(nodes(
		node("ok", "core.approval", `, "with": {"to": "role:responder", "show": "{{ trigger.body }}"}`),
		node("block", "test.write", `, "with": {"n": "{{ trigger.body }}"}`), node("tell", "test.read", ""),
	), "ok.approved>block block>tell", "")
	for name, c := range map[string]struct {
		failing string
		from    []string
		input   any
		reruns  string
	}{
		"a write that failed, under its approval":   {"block", nil, nil, "block"},
		"a write that took effect asks again":       {"", []string{"block"}, nil, "ok block tell"},
		"what comes after it doesn't":               {"", []string{"tell"}, nil, "tell"},
		"another input asks again, whatever failed": {"block", nil, "other", "ok block"},
	} {
		t.Run(name, func(t *testing.T) {
			made := newCalls(c.failing)
			b := startWith(t, newMemory(t), made.invoke, engine.Config{People: crowd(3)})
			b.open(t)
			defer b.close(t)
			h := b.begin(t, source, "host-1")
			ask := b.asked(t, 1)
			b.answer(t, h.ID, engine.Decision{Ask: ask.ID, Step: "ok", Hash: ask.Hash, Kind: engine.DecideApprove, By: "rita"})
			wait(t, h)
			past := b.past(t, compile(t, source), h.ID)
			data := past.Record.Data
			if c.input != nil {
				data = map[string]any{"type": "manual", "body": c.input}
			}
			plan, err := engine.PlanRetry(past.Flow, past, data, c.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(plan.Reruns, " "); got != c.reruns {
				t.Errorf("runs %s again, want %s", got, c.reruns)
			}
		})
	}
}

// TestRetryAsksAgainInALoop lets an approval in a loop hold once for what follows the loop.
func TestRetryAsksAgainInALoop(t *testing.T) {
	source := document(nodes(
		node("each", "core.foreach", `, "with": {"items": ["host-1"]}`),
		node("ok", "core.approval", `, "parent": "each", "with": {"to": "role:responder"}`),
		node("block", "test.write", ""),
	), "each>block", "")
	b := startWith(t, newMemory(t), newCalls("").invoke, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, source, nil)
	ask := b.asked(t, 1)
	if got := fmt.Sprint(ask.Then); got != "[{block  test.write write [] [] [] false}]" {
		t.Errorf("the approval tells of %s", got)
	}
	b.answer(t, h.ID, engine.Decision{Ask: ask.ID, Step: ask.Step, Hash: ask.Hash, Kind: engine.DecideApprove, By: "rita"})
	wait(t, h)
	past := b.past(t, compile(t, source), h.ID)
	plan, err := engine.PlanRetry(past.Flow, past, past.Record.Data, []string{"block"})
	if err != nil || !slices.Contains(plan.Reruns, "each.0.ok") {
		t.Errorf("runs %+v again, %v: without the approval", plan, err)
	}
}

// TestReplayAnswersAsPeopleDid replays a run that asked people.
func TestReplayAnswersAsPeopleDid(t *testing.T) {
	m := newMemory(t)
	source := approvalFlow(`{"to": "role:responder", "message": "May it?"}`)
	b := startWith(t, m, echo, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, source, nil)
	ask := b.asked(t, 1)
	b.answer(t, h.ID, engine.Decision{Ask: ask.ID, Step: "ok", Hash: ask.Hash, Kind: engine.DecideReject, By: "rita", Comment: "not yet"})
	before := wait(t, h)
	again, err := engine.New(t.Context(), engine.Config{Journal: claimless{m}, Signals: m, Invoker: invoker(echo), Flows: b.flows, Clock: wall{}, Recordings: recorded{m}, Park: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(t.Context())
	r, err := again.Start(t.Context(), engine.Request{Flow: compile(t, source), Data: map[string]any{}, Replay: engine.ReplayOf{Run: h.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if after := wait(t, r); summary(after) != summary(before) || !strings.Contains(summary(after), "no=succeeded") || len(m.asks) != 1 {
		t.Errorf("%s\n%s\n%d questions", summary(before), summary(after), len(m.asks))
	}
}
