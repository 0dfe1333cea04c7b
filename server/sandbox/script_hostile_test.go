package sandbox_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// sdkScript makes a connector file of a folder that uses the SDK, with a manifest
// of its actions made here.
func sdkScript(t testing.TB, dir, id string, actions ...string) []byte {
	t.Helper()
	script, err := js.Bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	code := scriptCode(t, string(script.Code))
	if code, err = catalog.AppendSection(code, abi.ScriptMapSection, script.Map); err != nil {
		t.Fatal(err)
	}
	m := scriptManifest(actions...)
	m.ID = id
	for i, a := range actions {
		if a == "huge" || a == "bigint_caught" {
			m.Actions[i].MemoryPages = abi.MaxPages
		}
		m.Actions[i].ID = a
	}
	return connector(t, code, m)
}

// hostileScript says what each action of testdata/hostilejs comes to.
var hostileScript = []struct{ action, code, says string }{
	{"loop", abi.CodeTimeout, "while running and was stopped"},
	{"caught", abi.CodeTimeout, "while running and was stopped"},
	{"finally_loop", abi.CodeTimeout, "while running and was stopped"},
	{"async_loop", abi.CodeTimeout, "while running and was stopped"},
	{"async_caught", abi.CodeTimeout, "while running and was stopped"},
	{"recurse", abi.CodeInternal, "stack"},
	{"recurse_native", abi.CodeInternal, "stack"},
	{"memory", abi.CodeCrashed, "out of memory"},
	{"memory_caught", "", ""}, // by its time or its memory, whichever is first
	{"array", abi.CodeCrashed, "out of memory"},
	{"pad", "", ""},
	{"never", abi.CodeInternal, "never settles"},
	{"deadlock", abi.CodeInternal, ""},
	{"timer", abi.CodeTimeout, "did not end within its time"},
	{"interval", abi.CodeTimeout, "did not end within its time"},
	{"huge", abi.CodeTooLarge, "answered 9437"},
	{"getter", abi.CodeInternal, "Error: from a getter at get secret (index.ts:"},
	{"proxy", abi.CodeInternal, "Error: from a proxy"},
	{"to_json", abi.CodeInternal, "Error: from toJSON"},
	{"to_json_loop", abi.CodeTimeout, "while running and was stopped"},
	{"cycle", abi.CodeInternal, "circular"},
	{"bigint_output", abi.CodeInternal, "BigInt"},
	{"nothing", abi.CodeInternal, "return an object"},
	{"then", abi.CodeInternal, "Error: from then"},
	{"then_forever", abi.CodeTimeout, "while running and was stopped"},
	{"throw_null", abi.CodeInternal, "threw null"},
	{"throw_proxy", abi.CodeInternal, "can't be told"},
	{"throw_loop", abi.CodeTimeout, "while running and was stopped"},
	{"regex", abi.CodeTimeout, "while running and was stopped"},
	{"bigint", "", ""}, // by its time or by what a BigInt may have
	{"bigint_caught", abi.CodeTimeout, "while running and was stopped"},
	{"sort", abi.CodeTimeout, "while running and was stopped"},
	{"hash", abi.CodeTimeout, "while running and was stopped"},
	{"flood", abi.CodeTimeout, "while running and was stopped"},
	{"ask_flood", abi.CodeTimeout, "while running and was stopped"},
	{"load", abi.CodeInternal, ""},
}

// TestHostileScripts sees each end with its own error, told by the child itself,
// which means within the time that the server would wait beyond the deadline;
// that the next call begins from the image; and that other calls go on meanwhile.
func TestHostileScripts(t *testing.T) {
	actions := []string{"count", "pollute", "to_json_forge", "make_code"}
	for _, h := range hostileScript {
		actions = append(actions, h.action)
	}
	r := startWith(t, [][]byte{sdkScript(t, "testdata/hostilejs", "script", actions...)})
	pid := func() int {
		pids := r.Stats().PIDs
		if len(pids) != 1 {
			t.Fatalf("children %v, want one", pids)
		}
		return pids[0]
	}
	pristine := func(t *testing.T, after string) {
		t.Helper()
		res := invoke(t, r, callScript("count", `{}`))
		if string(res.Output) != `{"calls":1,"polluted":0,"text":"[1]"}` {
			t.Errorf("after %s: %s, %v", after, res.Output, res.Error)
		}
	}
	pristine(t, "the start")
	child := pid()
	for _, h := range hostileScript {
		t.Run(h.action, func(t *testing.T) {
			c := callScript(h.action, `{}`)
			c.Timeout = 400 * time.Millisecond
			if h.action == "huge" || h.action == "memory" {
				c.Timeout = 10 * time.Second // it takes its time to write so much, or to fill it
			}
			run := func() *abi.Error {
				var res sandbox.Result
				var err error
				var wg sync.WaitGroup
				wg.Go(func() { res, err = r.Invoke(t.Context(), c) })
				pristine(t, "another call while "+h.action+" ran")
				wg.Wait()
				if err != nil || res.Error == nil {
					t.Fatalf("%.200s, %v", res.Output, err)
				}
				return res.Error
			}
			e := run()
			// A machine that is very busy may not let the child speak in time.
			for range 2 {
				if strings.Contains(e.Message, "given up") {
					e = run()
				}
			}
			if h.code != "" && e.Code != h.code || !strings.Contains(e.Message, h.says) {
				t.Errorf("%s: %.300s; want %s with %q", e.Code, e.Message, h.code, h.says)
			}
			if strings.Contains(e.Message, "given up") || strings.Contains(e.Message, "process died") {
				t.Errorf("it was the server that ended it: %s", e.Message)
			}
			if strings.Contains(e.Message+string(e.Details), "serve.ts") || strings.Contains(e.Message+string(e.Details), "connector.js") {
				t.Errorf("it tells the inside: %s %s", e.Message, e.Details)
			}
			pristine(t, h.action)
		})
	}
	if pid() != child {
		t.Errorf("the child was replaced")
	}
	for _, a := range []string{"pollute", "to_json_forge"} {
		if res := invoke(t, r, callScript(a, `{}`)); res.Output == nil {
			t.Errorf("%s: %v", a, res.Error)
		}
		pristine(t, a)
	}
}

// TestScriptsMakeNoCode sees every way from text to code closed.
func TestScriptsMakeNoCode(t *testing.T) {
	r := startWith(t, [][]byte{sdkScript(t, "testdata/hostilejs", "script", "make_code")})
	res := invoke(t, r, callScript("make_code", `{}`))
	var tries map[string]string
	if err := json.Unmarshal(res.Output, &tries); err != nil {
		t.Fatal(err, res.Error)
	}
	if tries["eval"] != "undefined" || len(tries) != 10 {
		t.Errorf("%v", tries)
	}
	for name, got := range tries {
		if name != "eval" && name != "indirect" && got != "EvalError" && got != "TypeError" {
			t.Errorf("%s made %s", name, got)
		}
	}
}

// TestInterruptedScriptSaysWhere sees where an endless loop was, in the log.
func TestInterruptedScriptSaysWhere(t *testing.T) {
	r := startWith(t, [][]byte{sdkScript(t, "testdata/hostilejs", "script", "spin")})
	c := callScript("spin", `{}`)
	c.Timeout = 200 * time.Millisecond
	res := invoke(t, r, c)
	// A machine that is very busy may not let the child speak in time.
	for range 4 {
		if res.Error != nil && strings.Contains(res.Error.Message, "given up") {
			res = invoke(t, r, c)
		}
	}
	var lines []string
	for _, l := range res.Logs {
		lines = append(lines, l.Message)
	}
	if text := strings.Join(lines, "\n"); !strings.Contains(text, "index.ts:") {
		t.Errorf("the log says %q, and the error %v", text, res.Error)
	}
}
