package sandbox_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/quickjs"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// withSection adds a section to a file.
func withSection(t *testing.T, file []byte, name, data string) []byte {
	t.Helper()
	out, err := catalog.AppendSection(file, name, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTheEngineAloneImportsEnv sees that what the engine may is bound to its
// digest, and a script to the engine.
func TestTheEngineAloneImportsEnv(t *testing.T) {
	hostCall := fn{[]byte{i32, i32, i32, i32, i32}, []byte{i32}, nil}
	foreign := mod{imports: []imported{{"env", "host_call", hostCall}}, pages: 1, exports: guest(sound).exports}.bytes()
	engine, err := quickjs.Engine()
	if err != nil {
		t.Fatal(err)
	}
	changed := withSection(t, engine, "drawbridge.other", "")
	changed = append(changed[:len(changed):len(changed)], 0, 2, 1, 'x') // a custom section that isn't ours
	run := bareScript(`count: () => 1`)
	for name, tt := range map[string]struct {
		code []byte
		says string
	}{
		"a foreign module":               {foreign, "it imports env.host_call, which the sandbox doesn't give"},
		"a foreign module with a script": {withSection(t, foreign, abi.ScriptSection, run), "another engine than this server's"},
		"a changed engine":               {withSection(t, changed, abi.ScriptSection, run), "another engine than this server's"},
		"the engine without a script":    {engine, "it doesn't export drawbridge_buf"},
		"two scripts":                    {withSection(t, scriptCode(t, run), abi.ScriptSection, run), "two sections"},
		"a broken map":                   {withSection(t, scriptCode(t, run), abi.ScriptMapSection, "{"), "section drawbridge.script.map"},
		"a syntax error":                 {scriptCode(t, "const = 1"), "SyntaxError"},
		"an exception":                   {scriptCode(t, "\nnull.x"), "TypeError: cannot read property 'x' of null at connector.js:2:"},
		"no functions":                   {scriptCode(t, "1"), "left no function drawbridgeHost.run"},
		"an endless start":               {scriptCode(t, "for(;;);"), "used more than its 3s of processor time while starting"},
		"a start that takes all memory":  {scriptCode(t, "const l=[]; for(;;) l.push(new Uint8Array(1<<20))"), "out of memory"},
		"schemas without end":            {scriptCode(t, bareScript("")+"; drawbridgeHost.inputs = () => '[' + '[\"c\",\"a\",{}],'.repeat(90000) + '[\"c\",\"b\",{}]]'"), "its actions' inputs have 1170014 bytes"},
		"a deep start":                   {scriptCode(t, "(function f(){ f() })()"), "Maximum call stack size exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := load(t, tt.code); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
	if reasons := sandbox.Refusals(foreign); len(reasons) != 1 || !strings.Contains(reasons[0], "env.host_call") {
		t.Errorf("refusals of a foreign module: %q", reasons)
	}
	if reasons := sandbox.Refusals(engine); len(reasons) != 0 {
		t.Errorf("refusals of the engine: %q", reasons)
	}
}

// TestScriptsShareTheCompiledEngine sees that a second connector in JavaScript
// compiles nothing.
func TestScriptsShareTheCompiledEngine(t *testing.T) {
	files := [][]byte{}
	for _, id := range []string{"one", "two"} {
		m := scriptManifest("name")
		m.ID = id
		files = append(files, connector(t, scriptCode(t, bareScript(`name: () => "`+id+`"`)), m))
	}
	r := startWith(t, files, func(o *sandbox.Options) { o.CacheDir = "" })
	modules := map[string]bool{}
	for _, id := range []string{"one", "two"} {
		c := callScript("name", `{}`)
		c.Connector = id
		if res := invoke(t, r, c); string(res.Output) != `"`+id+`"` {
			t.Errorf("%s answers %s, %v", id, res.Output, res.Error)
		}
		con, err := r.catalog.Connector(id, "")
		if err != nil {
			t.Fatal(err)
		}
		modules[con.Module.Compiled] = true
	}
	if len(modules) != 1 || !modules[quickjs.Digest] {
		t.Errorf("what is compiled: %v", modules)
	}
}
