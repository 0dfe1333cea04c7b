package app_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// TestCode runs scripts of nodes: what they give, how they fail, and what they can't do.
func TestCode(t *testing.T) {
	h, err := app.OpenHeadless(t.Context(), "", app.Powers{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	for name, c := range map[string]struct{ script, want string }{
		"computes":                 {"export default (input) => ({ sum: input.n.reduce((a, b) => a + b, 0) });", `{"sum":6}`},
		"waits":                    {"export default async ({ n }: { n: number[] }) => { await null; return n.length };", `3`},
		"gives nothing":            {"export default () => {};", `null`},
		"has templates of its own": {"export default () => `{{ not ${1 + 1} }}`;", `"{{ not 2 }}"`},
		"keeps nothing":            {"let calls = 0; export default () => ++calls;", `1`},
		"throws":                   {"export default (input) => {\n  return input.no.thing;\n};", "failed TypeError: cannot read property 'thing' of undefined at script_default (script:2:10)"},
		"never ends":               {"export default () => { for (;;) {} };", "failed the script"},
		"asks the network":         {"export default async () => (await fetch('http://192.0.2.1/')).status;", "failed a script reaches nothing"},
		"makes code":               {"export default () => eval('1');", "failed ReferenceError"},
		"reads the machine":        {"export default () => typeof process + typeof std + typeof os;", `"undefinedundefinedundefined"`},
		"exports nothing":          {"const a = 1;", "refused line 0"},
		"isn't JavaScript":         {"export default (a => ;", "refused"},
		"imports":                  {"import x from 'fs'; export default () => x;", "refused"},
		"exports no function":      {"export default 5;", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				got := runScript(t, h, c.script)
				if c.want == "refused line 0" {
					if !strings.Contains(got, "must export default") {
						t.Error(got)
					}
				} else if !strings.HasPrefix(got, c.want) {
					t.Errorf("%s, want %s", got, c.want)
				}
			}
		})
	}
	for _, bomb := range []string{
		strings.Repeat("(", 300_000), strings.Repeat("(", 60_000), strings.Repeat("!", 60_000), strings.Repeat("a=>", 20_000), strings.Repeat("{", 30_000) + strings.Repeat("}", 30_000),
		strings.Repeat("if(a)", 12_000), strings.Repeat("()=>{", 10_000), strings.Repeat("a?", 30_000),
	} {
		if got := runScript(t, h, bomb+"\nexport default () => 1;"); !strings.HasPrefix(got, "refused") {
			t.Errorf("%s…: %s", bomb[:12], got)
		}
	}
	if got := runScript(t, h, "export default (input) => {\n  return input.no.thing;\n};"); !strings.Contains(got, "script:2:") {
		t.Errorf("an error doesn't say where: %s", got)
	}
}

func runScript(t *testing.T, h *app.Headless, script string) string {
	t.Helper()
	source := flow.CompactJSON(map[string]any{
		"format": "drawbridge.flow/1", "name": "Code", "output": "{{ steps.c.output }}", "edges": []any{},
		"nodes": []any{map[string]any{
			"id": "c", "type": "core.code", "position": []any{int64(0), int64(0)}, "timeout": "2s",
			"with": map[string]any{"script": script, "input": map[string]any{"n": []any{int64(1), int64(2), int64(3)}}},
		}},
	})
	d, problems := flow.Decode(source)
	if problems.Failed() {
		t.Fatal(problems)
	}
	if problems := h.Check(t.Context(), d); problems.Failed() {
		return "refused " + problems[0].Message
	}
	state, err := h.Run(t.Context(), app.Job{Document: d})
	if err != nil {
		t.Fatal(err)
	}
	if state.Error != nil {
		return "failed " + state.Error.Message
	}
	return string(flow.CompactJSON(state.Output))
}
