package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/quickjs"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// scriptCode joins the engine and a script, without a manifest.
func scriptCode(t testing.TB, source string) []byte {
	t.Helper()
	engine, err := quickjs.Engine()
	if err != nil {
		t.Fatal(err)
	}
	code, err := catalog.AppendSection(engine, abi.ScriptSection, []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// bareScript is a script without the SDK: its actions are functions of the
// input, whose answers may be promises.
func bareScript(actions string) string {
	return `(() => {
	const host = drawbridgeHost;
	const actions = {` + actions + `};
	let answer;
	const fail = (e) => JSON.stringify({error: {code: "internal", message: String(e), details: {stack: host.locate(e?.stack ?? "")}}});
	const wrap = (v) => '{"output":' + JSON.stringify(v) + "}";
	host.run = (text) => {
		answer = undefined;
		try {
			const request = JSON.parse(text);
			const out = actions[request.action](request.input, host);
			if (!(out instanceof Promise)) return wrap(out);
			out.then((v) => { answer = wrap(v); }, (e) => { answer = fail(e); });
		} catch (e) { return fail(e); }
	};
	host.pump = () => answer ?? '{"error":{"code":"internal","message":"never settles"}}';
})();`
}

func scriptManifest(actions ...string) abi.Manifest {
	m := abi.Manifest{ID: "script", Version: "1.0.0", ABI: abi.Version, Name: "Script", Description: "A script."}
	for _, a := range actions {
		m.Actions = append(m.Actions, abi.Action{ID: a, Name: a, Description: a, Input: json.RawMessage(`{"type":"object"}`), Output: json.RawMessage(`{}`), Effect: abi.EffectNone})
	}
	return m
}

// startScript makes a sandbox with a script in it.
func startScript(t testing.TB, source string, actions ...string) rig {
	t.Helper()
	return startWith(t, [][]byte{connector(t, scriptCode(t, source), scriptManifest(actions...))})
}

// callScript makes a call of the script.
func callScript(action, input string) sandbox.Call {
	return sandbox.Call{RunID: "r1", StepKey: "step", Attempt: 1, Key: "k1", Connector: "script", Action: action, Input: json.RawMessage(input), Timeout: 10 * time.Second}
}

func TestScriptRuns(t *testing.T) {
	r := startScript(t, bareScript(`
		echo: (input) => input,
		count: () => globalThis.n = (globalThis.n ?? 0) + 1,
		later: async (input) => { await null; await null; return {got: input.text}; },
		never: () => new Promise(() => {}),
		digest: (input, host) => Array.from(host.digest("sha256", input.text)).map((b) => b.toString(16).padStart(2, "0")).join(""),
	`), "echo", "count", "later", "never", "digest")
	for range 3 {
		for _, c := range []struct{ action, input, want string }{
			{"echo", `{"text":"äöü \u0000 😀"}`, `{"text":"äöü \u0000 😀"}`},
			{"echo", `{"text":"` + strings.Repeat("x", 100_000) + `"}`, `{"text":"` + strings.Repeat("x", 100_000) + `"}`},
			{"count", `{}`, `1`},
			{"later", `{"text":"x"}`, `{"got":"x"}`},
			{"digest", `{"text":"abc"}`, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		} {
			res := invoke(t, r, callScript(c.action, c.input))
			if string(res.Output) != c.want {
				t.Errorf("%s: %.200s, %v; want %.200s", c.action, res.Output, res.Error, c.want)
			}
		}
		if res := invoke(t, r, callScript("never", `{}`)); res.Error == nil || res.Error.Message != "never settles" {
			t.Errorf("never: %s, %v", res.Output, res.Error)
		}
	}
}
