package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestApprovalTellsOnWhat shows what the actions behind an approval are given: what is
// known by then as its value, and what only the answer brings as it is written.
func TestApprovalTellsOnWhat(t *testing.T) {
	source := document(nodes(
		node("find", "core.set", `, "with": {"host": "dc-1"}`),
		node("ok", "core.approval", `, "with": {"to": "role:responder"}`),
		node("block", "test.write", `, "with": {"value": {"host": "{{ steps.find.output.host }}", "why": ["{{ steps.ok.output.comment }}", "{{ steps.?ok.?output.?comment.orValue('none') }}"], "days": 3}}`),
		node("each", "core.foreach", `, "with": {"items": ["a"]}`),
		node("tell", "test.write", `, "parent": "each", "with": {"value": "{{ item }} on {{ steps.find.output.host }}"}`),
	), "find>ok ok.approved>block block>each", "")
	b := startWith(t, newMemory(t), newCalls("").invoke, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	b.begin(t, source, nil)
	ask := b.asked(t, 1)
	want := map[string]string{
		"block": `{"value":{"days":3,"host":"dc-1","why":["{{ steps.ok.output.comment }}","{{ steps.?ok.?output.?comment.orValue('none') }}"]}}`,
		"tell":  `{"value":"{{ item }} on {{ steps.find.output.host }}"}`,
	}
	if len(ask.Then) != len(want) {
		t.Fatalf("the approval tells of %v", ask.Then)
	}
	for _, then := range ask.Then {
		if string(then.With) != want[then.Node] {
			t.Errorf("of %s it tells %s, want %s", then.Node, then.With, want[then.Node])
		}
	}
}

// asking begins a run and gives what its approval asks.
func asking(t *testing.T, r engine.Request, source string) engine.Ask {
	t.Helper()
	b := startWith(t, newMemory(t), newCalls("").invoke, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	r.Flow = compile(t, source)
	if _, err := b.engine.Start(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return b.asked(t, 1)
}

func bodied(body any) engine.Request {
	return engine.Request{Data: map[string]any{"type": "manual", "body": body}}
}

// TestApprovalTellsWithinBounds cuts what is too much to be read, says where, and lets nobody
// who fills the data push out the values beside.
func TestApprovalTellsWithinBounds(t *testing.T) {
	long := strings.TrimSuffix(strings.Repeat(`"{{ trigger.body.text }}",`, 100), ",")
	source := document(nodes(
		node("ok", "core.approval", `, "with": {"to": "role:responder"}`),
		node("block", "test.write", `, "with": {"value": {"a": ["{{ lists.range(3000) }}", "{{ trigger.body }}", `+long+`], "host": "{{ trigger.body.host }}", "opts": {"days": 3, "site": "{{ trigger.body.host }} at night"}}}`),
		node("next", "test.write", `, "with": {"value": "{{ trigger.body.host }}"}`),
	), "ok.approved>block block>next", "")
	then := asking(t, bodied(map[string]any{"host": "dc-1", "text": strings.Repeat("Ä", 1<<20)}), source).Then
	if len(then) != 2 || string(then[1].With) != `{"value":"dc-1"}` || then[1].Cut != nil {
		t.Fatalf("the approval tells of %+v", then)
	}
	got := then[0]
	if n := len(got.With); n > 100<<10 {
		t.Errorf("%d bytes are told", n)
	}
	for _, want := range []string{`"host":"dc-1"`, `"opts":{"days":3,"site":"dc-1 at night"}`} {
		if !strings.Contains(string(got.With), want) {
			t.Errorf("%s is not told", want)
		}
	}
	// The list, the text in the object, and each text beside: 200 characters are left of the last.
	last := engine.Cut{Pointer: "/value/a/101", More: 1<<20 - 200, Of: "characters"}
	if len(got.Cut) != 102 || got.Cut[0] != (engine.Cut{Pointer: "/value/a/0", More: 2900, Of: "items"}) || got.Cut[1].Pointer != "/value/a/1/text" || got.Cut[101] != last {
		t.Errorf("what was cut is told as %+v", got.Cut)
	}
	if got.Open != nil || got.Untold {
		t.Errorf("%+v", got)
	}
}

// TestApprovalSaysWhatItDoesNotTell has too many actions, and one of too many parameters.
func TestApprovalSaysWhatItDoesNotTell(t *testing.T) {
	list := []string{node("ok", "core.approval", `, "with": {"to": "role:responder"}`), node("many", "test.write", `, "with": {"value": [`+strings.Repeat("1,", 1000)+`1]}`)}
	edges := []string{"ok.approved>many"}
	for i := range 22 {
		id := "w" + strconv.Itoa(i)
		list, edges = append(list, node(id, "test.write", `, "with": {"value": 1}`)), append(edges, "ok.approved>"+id)
	}
	then := asking(t, bodied(nil), document(nodes(list...), strings.Join(edges, " "), "")).Then
	var told, untold int
	for _, action := range then {
		if action.Untold != (action.With == nil) || action.Node == "many" && !action.Untold {
			t.Errorf("%+v", action)
		}
		if action.Untold {
			untold++
		} else {
			told++
		}
	}
	if told != 19 || untold != 4 {
		t.Errorf("%d are told, %d are not", told, untold)
	}
}

// TestApprovalTellsWhatIsOpen says itself which values aren't known, as data may look like a
// template; what is another at another time is not known.
func TestApprovalTellsWhatIsOpen(t *testing.T) {
	source := document(nodes(
		node("ok", "core.approval", `, "with": {"to": "role:responder"}`),
		node("block", "test.write", `, "with": {"value": {"host": "{{ trigger.body }}", "a/b": ["{{ steps.ok.output.by }}"], "until": "{{ now() + duration('1h') }}", "day": "on {{ string(now()) }}"}}`),
	), "ok.approved>block", "")
	then := asking(t, bodied("{{ steps.ok.output }}"), source).Then
	if got, want := fmt.Sprint(then[0].Open), "[/value/a~1b/0 /value/day /value/until]"; got != want {
		t.Errorf("open is %s, want %s", got, want)
	}
	if !strings.Contains(string(then[0].With), `"host":"{{ steps.ok.output }}"`) {
		t.Errorf("it tells %s", then[0].With)
	}
}

// TestApprovalIsBoundToWhatItTells has another hash where an action is given something else.
func TestApprovalIsBoundToWhatItTells(t *testing.T) {
	source := document(nodes(
		node("ok", "core.approval", `, "with": {"to": "role:responder"}`),
		node("block", "test.write", `, "with": {"value": "{{ trigger.body }}"}`),
	), "ok.approved>block", "")
	hash := func(body any) string {
		r := bodied(body)
		r.ID = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c22"
		return asking(t, r, source).Hash
	}
	first := hash("dc-1")
	if hash("dc-1") != first {
		t.Error("the same is bound to another")
	}
	if hash("dc-2") == first {
		t.Error("what the action is given is not bound")
	}
}

// TestApprovalHoldsForWhatWasTold answers an approval, and then goes on from an earlier step
// that gives something else: people are asked again where that was told, or may have been.
func TestApprovalHoldsForWhatWasTold(t *testing.T) {
	for name, c := range map[string]struct {
		with, from, reruns string
	}{
		"a step that was told":      {"{{ steps.find.output }}", "find", "block find ok"},
		"only what failed":          {"{{ steps.find.output }}", "", "block"},
		"a step that nothing reads": {"dc-1", "find", "block find"},
		"a step that was not known": {"{{ steps.late.output }}", "late", "block late"},
		"the run, which is another": {"{{ steps.find.output }} by {{ run.id }}", "", "block ok"},
		"what is known only then":   {"{{ steps.find.output }} at {{ string(now()) }}", "find", "block find"},
	} {
		t.Run(name, func(t *testing.T) {
			// The steps are not joined to the approval: it is asked when they have ended, or before.
			m, answered := newMemory(t), make(chan struct{})
			call := func(_ context.Context, call engine.Call) engine.Result {
				switch call.Step {
				case "then":
					m.succeeded(call.RunID, "find")
				case "late":
					<-answered
				case "block":
					return engine.Result{Error: &engine.Failure{Code: "broken", Message: "no"}}
				}
				return engine.Result{Output: "dc-1"}
			}
			source := document(nodes(node("find", "test.read", ""), node("then", "test.read", ""), node("late", "test.read", ""),
				node("ok", "core.approval", `, "with": {"to": "role:responder"}`),
				node("block", "test.write", `, "with": {"value": "`+c.with+`"}`)), "find>block then>ok ok.approved>block late>block", "")
			b := startWith(t, m, call, engine.Config{People: crowd(3)})
			b.open(t)
			defer b.close(t)
			h := b.begin(t, source, nil)
			ask := b.asked(t, 1)
			close(answered)
			b.answer(t, h.ID, engine.Decision{Ask: ask.ID, Step: "ok", Hash: ask.Hash, Kind: engine.DecideApprove, By: "rita"})
			wait(t, h)
			past := b.past(t, compile(t, source), h.ID)
			var from []string
			if c.from != "" {
				from = []string{c.from}
			}
			plan, err := engine.PlanRetry(past.Flow, past, past.Record.Data, from)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(plan.Reruns)
			if got := strings.Join(plan.Reruns, " "); got != c.reruns {
				t.Errorf("runs %s again, want %s", got, c.reruns)
			}
		})
	}
}

// succeeded waits until a step has.
func (m *memory) succeeded(id, step string) {
	done := func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return slices.ContainsFunc(m.events[id], func(e run.Event) bool { return e.Step == step && e.Kind == run.StepSucceeded })
	}
	for !done() {
		<-time.After(time.Millisecond)
	}
}
