package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// beginAs starts a run that does something otherwise than its document says.
func (b *bench) beginAs(t *testing.T, source string, setup run.Setup) *engine.Handle {
	t.Helper()
	f := compile(t, source)
	b.flows.mu.Lock()
	b.flows.list[f.Digest] = f
	b.flows.mu.Unlock()
	h, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: map[string]any{"type": "manual"}, Setup: setup})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// looped has a loop whose result reads the last of its nodes, and a branch beside it.
var looped = document(nodes(
	node("a", "test.write", `, "with": {"n": 1}`),
	node("each", "core.foreach", `, "with": {"items": "{{ [1, 2] }}", "result": "{{ steps.late.output.n + 1 }}"}`),
	node("early", "test.read", `, "parent": "each", "with": {"n": "{{ item + steps.a.output.n }}"}`),
	node("late", "test.write", `, "parent": "each", "with": {"n": "{{ steps.early.output.n * 10 }}"}`),
	node("gate", "core.if", `, "with": {"condition": "{{ size(steps.each.output) > 0 }}"}`),
	node("yes", "test.write", `, "with": {"n": "{{ steps.a.output.n }}"}`), node("no", "test.read", ""),
	node("side", "test.write", ""),
), "a>each early>late each>gate gate.true>yes gate.false>no", `, "output": "{{ steps.yes.state == 'skipped' ? null : steps.yes.output.n }}"`)

func pins(list ...any) map[string]run.Pin {
	out := map[string]run.Pin{}
	for i := 0; i < len(list); i += 2 {
		out[list[i].(string)] = list[i+1].(run.Pin)
	}
	return out
}

// TestSetups runs a flow with outputs given beforehand, and up to one of its nodes.
func TestSetups(t *testing.T) {
	one := run.Pin{Output: map[string]any{"n": int64(7)}}
	for name, c := range map[string]struct {
		setup      run.Setup
		failing    string
		made, want string
		pinned     string
	}{
		"nothing": {run.Setup{}, "", "a each.0.early each.0.late each.1.early each.1.late side yes", "succeeded 1 ", ""},
		"a pin is not called, and is read": {
			run.Setup{Pins: pins("a", one)}, "", "each.0.early each.0.late each.1.early each.1.late side yes", "succeeded 7 ", "a",
		},
		"a pin of a node in a loop stands for each pass": {
			run.Setup{Pins: pins("late", one)}, "", "a each.0.early each.1.early side yes", "succeeded 1 ", "each.0.late each.1.late",
		},
		"a pin of a loop stands for all of it": {
			run.Setup{Pins: pins("each", run.Pin{Output: []any{}})}, "", "a no side", "succeeded null a=succeeded each=succeeded gate=succeeded no=succeeded side=succeeded yes=skipped", "each",
		},
		"a pin chooses the way out": {
			run.Setup{Pins: pins("gate", run.Pin{Output: map[string]any{"result": false}, Port: "false"})}, "", "a each.0.early each.0.late each.1.early each.1.late no side", "succeeded null ", "gate",
		},
		"a pin of what isn't there is nothing": {
			run.Setup{Pins: pins("gone", one)}, "", "a each.0.early each.0.late each.1.early each.1.late side yes", "succeeded 1 ", "",
		},
		"up to the first": {
			run.Setup{Until: "a"}, "", "a", `succeeded {"n":1} a=succeeded each=skipped gate=skipped no=skipped side=skipped yes=skipped`, "",
		},
		"up to a loop, with all that is in it": {
			run.Setup{Until: "each"}, "", "a each.0.early each.0.late each.1.early each.1.late", "succeeded [21,31] ", "",
		},
		"up to a node in a loop, in each pass": {
			run.Setup{Until: "early"}, "", "a each.0.early each.1.early", `succeeded [{"n":2},{"n":3}] a=succeeded each=succeeded each.0.early=succeeded each.0.late=skipped `, "",
		},
		"up to what fails": {run.Setup{Until: "a"}, "a", "a", "failed null ", ""},
		"up to what is on the other way": {
			run.Setup{Until: "no"}, "", "a each.0.early each.0.late each.1.early each.1.late", "failed null ", "",
		},
		"up to a node, on a pin": {run.Setup{Until: "early", Pins: pins("a", one)}, "", "each.0.early each.1.early", `succeeded [{"n":8},{"n":9}] `, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			made := newCalls(c.failing)
			b := start(t, newMemory(t), made.invoke)
			b.open(t)
			defer b.close(t)
			h := b.beginAs(t, looped, c.setup)
			state := wait(t, h)
			if got := summary(state); !strings.HasPrefix(got, c.want) {
				t.Errorf("it ends as %s: %v", got, state.Error)
			}
			if got := made.list(); got != c.made {
				t.Errorf("called %s\nwant   %s", got, c.made)
			}
			folded := b.past(t, compile(t, looped), h.ID)
			var pinned []string
			for _, step := range folded.State.Steps() {
				if step.Pinned {
					pinned = append(pinned, step.Key)
				}
			}
			slices.Sort(pinned)
			if got := strings.Join(pinned, " "); got != c.pinned {
				t.Errorf("pinned are %q, want %q", got, c.pinned)
			}
			if summary(folded.State) != summary(state) {
				t.Errorf("folded %s", summary(folded.State))
			}
		})
	}
}

// TestSetupsAreKept lets a run that goes on, and one that replays, have the pins of the
// run before, and tells what another setup means.
func TestSetupsAreKept(t *testing.T) {
	made := newCalls("yes")
	m := newMemory(t)
	b := start(t, m, made.invoke)
	b.open(t)
	defer b.close(t)
	f := compile(t, looped)
	h := b.beginAs(t, looped, run.Setup{Pins: pins("a", run.Pin{Output: map[string]any{"n": int64(7)}}, "late", run.Pin{Output: map[string]any{"n": int64(1)}})})
	wait(t, h)
	past := b.past(t, f, h.ID)
	told := func(p *engine.Retry, err error) string {
		t.Helper()
		if err != nil {
			return err.Error()
		}
		for _, list := range [][]string{p.Reruns, p.Reuses, p.First, p.Pinned} {
			slices.Sort(list)
		}
		return fmt.Sprintf("%v keeps %v pins %v first %v", p.Reruns, p.Reuses, p.Pinned, p.First)
	}
	same := past.State.Setup()
	for name, c := range map[string]struct {
		from  string
		setup run.Setup
		want  string
	}{
		"from what failed":            {"yes", same, "[yes] keeps [a each each.0.early each.0.late each.1.early each.1.late gate side] pins [] first []"},
		"a pin runs again as a pin":   {"a", same, "[each each.0.early each.1.early gate yes] keeps [side] pins [a each.0.late each.1.late] first [no]"},
		"without pins what had one":   {"gate", run.Setup{Pins: pins("late", same.Pins["late"])}, "[a each each.0.early each.1.early gate yes] keeps [side] pins [each.0.late each.1.late] first [no]"},
		"this step only":              {"gate", run.Setup{Until: "gate", Pins: same.Pins}, "[gate] keeps [a each each.0.early each.0.late each.1.early each.1.late] pins [] first []"},
		"a new pin of a loop, in all": {"each", run.Setup{Pins: pins("a", same.Pins["a"], "each", run.Pin{Output: []any{}})}, "[gate yes] keeps [a side] pins [each] first [no]"},
	} {
		if got := told(engine.PlanFrom(f, past, past.Record.Data, []string{c.from}, c.setup)); got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
	made.reset()
	plan, err := engine.PlanRetry(f, past, past.Record.Data, []string{"each"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: past.Record.Data, RetryOf: h.ID, Kept: plan.Kept})
	if err != nil {
		t.Fatal(err)
	}
	if state := wait(t, again); state.Status != run.Succeeded || made.list() != "each.0.early each.1.early yes" {
		t.Errorf("%s, called %s", summary(state), made.list())
	}
	record, events, _ := m.Load(t.Context(), again.ID)
	from := engine.NewRecording(record, events)
	replays, err := engine.New(t.Context(), engine.Config{Journal: claimless{m}, Signals: m, Invoker: invoker(made.invoke), Flows: b.flows, Clock: wall{}, Recordings: recorded{m}, Park: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer replays.Close(t.Context())
	r, err := replays.Start(t.Context(), engine.Request{Flow: f, Data: record.Data, Setup: from.Setup, Replay: engine.ReplayOf{Run: again.ID, Created: record.Created}})
	if err != nil {
		t.Fatal(err)
	}
	if state := wait(t, r); string(flow.CompactJSON(state.Output)) != "7" {
		t.Errorf("the replay ends as %s", summary(state))
	}
}

// TestOneStepOnItsRealInput runs one step of a run again, and none after it.
func TestOneStepOnItsRealInput(t *testing.T) {
	made := newCalls("")
	b := start(t, newMemory(t), made.invoke)
	b.open(t)
	defer b.close(t)
	h := b.begin(t, looped, nil)
	wait(t, h)
	f := compile(t, looped)
	past := b.past(t, f, h.ID)
	made.reset()
	plan, err := engine.PlanFrom(f, past, past.Record.Data, []string{"yes"}, run.Setup{Until: "yes"})
	if err != nil || len(plan.Lacks(f, "yes")) > 0 {
		t.Fatal(err, plan.Lacks(f, "yes"))
	}
	again, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: past.Record.Data, RetryOf: h.ID, Kept: plan.Kept})
	if err != nil {
		t.Fatal(err)
	}
	state := wait(t, again)
	if got := summary(state); !strings.HasPrefix(got, `succeeded {"n":1} a=succeeded each=succeeded`) || !strings.Contains(got, "side=skipped yes=succeeded") || made.list() != "yes" {
		t.Errorf("%s, called %s", got, made.list())
	}
	_, events, _ := b.memory.Load(t.Context(), again.ID)
	if !slices.ContainsFunc(events, func(e run.Event) bool { return e.Kind == run.StepSkipped && e.Step == "side" }) {
		t.Error("nobody is told that side is skipped")
	}

	// A node that the run didn't have, behind those that it had.
	other := compile(t, strings.Replace(strings.Replace(looped, `], "edges": [`, `, {"id": "new", "type": "test.read", "position": [0, 0], "with": {"n": "{{ steps.yes.output.n + 1 }}"}}], "edges": [{"from": "yes", "to": "new"}, `, 1), `"nodes": [,`, `"nodes": [`, 1))
	plan, err = engine.PlanFrom(other, past, past.Record.Data, []string{"new"}, run.Setup{Until: "new"})
	if err != nil || strings.Join(plan.First, " ") != "new" || len(plan.Reruns) > 0 {
		t.Errorf("%+v, %v", plan, err)
	}
	// One that needs what the run doesn't have: its input is made by a step that changed.
	changed := compile(t, strings.Replace(looped, `"with": {"n": 1}`, `"with": {"n": 2}`, 1))
	plan, err = engine.PlanFrom(changed, past, past.Record.Data, []string{"yes"}, run.Setup{Until: "yes"})
	if err != nil || !slices.Contains(plan.Lacks(changed, "yes"), "a") {
		t.Errorf("%+v, %v", plan, err)
	}
}

// TestPlanStart tells what a run to a node means before it begins.
func TestPlanStart(t *testing.T) {
	f := compile(t, looped)
	for name, c := range map[string]struct {
		setup run.Setup
		want  string
	}{
		"all":       {run.Setup{}, "[a each early late gate yes no side] pins [] effects 4"},
		"up to one": {run.Setup{Until: "each"}, "[a each early late] pins [] effects 2"},
		"on pins":   {run.Setup{Until: "gate", Pins: pins("each", run.Pin{Output: []any{}})}, "[a gate] pins [each] effects 1"},
	} {
		p := engine.PlanStart(f, "", c.setup)
		if got := fmt.Sprintf("%v pins %v effects %d", p.First, p.Pinned, len(p.Effects)); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestCheckPin refuses what a node can't give.
func TestCheckPin(t *testing.T) {
	f := compile(t, document(nodes(
		node("go", "trigger.manual", ""), node("gate", "core.if", `, "with": {"condition": true}`),
		node("pick", "core.switch", `, "with": {"cases": [{"port": "low", "when": true}]}`),
		node("stop", "core.stop", `, "with": {"outcome": "succeeded"}`), node("call", "test.read", ""),
	), "go>gate gate.true>pick pick.low>call call>stop", ""))
	for key, want := range map[string]string{
		"go": "a trigger gives", "gate": "several ways out: name the port, one of true, false", "gate error": `no port "error": use one of true, false`, "gate true": "",
		"pick low": "", "pick default": "", "pick high": `no port "high"`, "stop": "gives no output", "call": "", "call out": "",
	} {
		id, port, _ := strings.Cut(key, " ")
		n, _ := f.Plan.Lookup(id)
		err := engine.CheckPin(n.Node, f.Program.Nodes[n.Index].Type, run.Pin{Port: port})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestASetupOutlivesTheQueue lets a run that waits for others of its flow keep its pins.
func TestASetupOutlivesTheQueue(t *testing.T) {
	made := newCalls("")
	b := start(t, newMemory(t), made.invoke)
	b.open(t)
	defer b.close(t)
	h := b.beginAs(t, document(nodes(node("a", "test.read", ""), node("b", "test.read", "")), "a>b", `, "limits": {"concurrency": 1}`), run.Setup{Pins: pins("a", run.Pin{})})
	if state := wait(t, h); state.Status != run.Succeeded || made.list() != "b" {
		t.Errorf("%s, called %s", summary(state), made.list())
	}
}
