package wasm_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// sandboxImport is a list of imports like the sandbox's.
func sandboxImport(module, name string) (string, bool) {
	sig, ok := map[string]string{
		"drawbridge_v1.log": "iii->", "drawbridge_v1.now": "->I", "drawbridge_v1.random": "ii->i", "drawbridge_v1.kv_get": "ii->i",
		"drawbridge_v1.http": "ii->i", "wasi_snapshot_preview1.fd_write": "iiii->i", "drawbridge_v1.progress": "ii->", "drawbridge_v1.blob_write": "iii->i",
	}[module+"."+name]
	return sig, ok
}

func TestMalformedModulesAreNotRead(t *testing.T) {
	for _, c := range wasmtest.Malformed() {
		_, err := wasm.Parse(c.Bytes())
		var e *wasm.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.Parse) {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

func TestTruncatedModulesAreNotRead(t *testing.T) {
	for _, whole := range [][]byte{wasmtest.Sieve(), wasmtest.Connector(wasmtest.Answer).Bytes()} {
		m, err := wasm.Parse(whole)
		if err != nil {
			t.Fatal(err)
		}
		ends := map[int]bool{8: true} // a file may end after any section that the next doesn't need
		for _, s := range m.Sections {
			ends[s.All.End] = true
		}
		for n := range whole {
			if _, err := wasm.Parse(whole[:n:n]); err == nil && !ends[n] {
				t.Errorf("read after %d of %d bytes", n, len(whole))
			}
		}
	}
}

func TestForbiddenModulesAreRefused(t *testing.T) {
	for _, c := range wasmtest.Forbidden() {
		m, err := wasm.Parse(c.Bytes())
		if err != nil {
			t.Errorf("%s can't be read: %v", c.Name, err)
			continue
		}
		problems := wasm.Check(m, wasm.Policy{Import: sandboxImport})
		if len(problems) != 1 || !strings.Contains(problems[0].String(), c.Check) {
			t.Errorf("%s: %v", c.Name, problems)
		}
	}
}

func TestModulesComeToTheirEnd(t *testing.T) {
	for _, c := range append(wasmtest.Toolchains(), wasmtest.Misbehaving()...) {
		t.Run(c.Name, func(t *testing.T) {
			m, err := wasm.Parse(c.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if c.Check != "" {
				if p := wasm.Check(m, wasm.Policy{Import: sandboxImport}); len(p) != 1 || !strings.Contains(p[0].Message, c.Check) {
					t.Error(p)
				}
				return
			}
			if p := wasm.Check(m, wasm.Policy{Import: sandboxImport}); len(p) > 0 {
				t.Fatal(p)
			}
			code, _, err := wasm.Instrument(m, wasm.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := outcome(t, code); got != c.Run {
				t.Errorf("came to %d, not %d", got, c.Run)
			}
		})
	}
}

// outcome runs drawbridge_run.
func outcome(t *testing.T, code []byte) wasmtest.Outcome {
	t.Helper()
	g, err := instantiate(t, code, wazero.NewRuntimeConfigCompiler().WithMemoryLimitPages(64), 200)
	if err != nil {
		t.Fatal(err)
	}
	res, err := g.ExportedFunction("drawbridge_run").Call(t.Context(), 0)
	var stopped outOfFuel
	switch {
	case errors.As(err, &stopped):
		return wasmtest.Endless
	case err != nil && int64(g.ExportedGlobal(wasm.StackExport).Get()) < 0:
		return wasmtest.Overflows
	case err != nil:
		return wasmtest.Traps
	}
	answer, ok := g.Memory().Read(uint32(res[0]>>32), uint32(res[0]))
	if !ok || uint32(res[0]) > 8<<20 {
		return wasmtest.Giant
	}
	if string(answer) != wasmtest.Answer {
		t.Errorf("answered %.100q", answer)
	}
	return wasmtest.Answers
}

func TestProblemsAreTold(t *testing.T) {
	m := wasmtest.Running(wasmtest.Code(wasmtest.Misc(9, 0), wasmtest.I64Const(0)))
	m.DataCount = true
	m.Names = map[uint32]string{2: "handle"}
	m.Imports = []wasmtest.Import{{Module: "env", Name: "x", Type: wasmtest.Sig(nil, nil)}}
	m.Globals = []wasmtest.GlobalDef{{Type: wasmtest.ExternRef, Mutable: true, Init: []byte{0xd0, wasmtest.ExternRef}}}
	parsed, err := wasm.Parse(m.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := wasm.Check(parsed, wasm.Policy{})
	if len(got) != 3 || got[0].Code != wasm.CodeImport || got[1].Code != wasm.CodeGlobal || got[2].Code != wasm.CodeOpcode {
		t.Fatalf("problems %v", got)
	}
	p := got[2]
	if p.Function != 2 || p.Name != "handle" || parsed.File[p.Offset] != 0xfc || !strings.Contains(p.String(), "function 2 (handle): data.drop changes") {
		t.Errorf("the instruction: %+v", p)
	}
	if got := wasm.Check(parsed, wasm.Policy{Problems: 2}); len(got) != 2 {
		t.Errorf("%d problems where two may be told", len(got))
	}
}

func TestFuelIsTakenByWhatIsDone(t *testing.T) {
	code, _ := instrument(t, wasmtest.Filler())
	g, err := instantiate(t, code, wazero.NewRuntimeConfigCompiler(), 0)
	if err != nil {
		t.Fatal(err)
	}
	fuel := g.ExportedGlobal(wasm.FuelExport).(api.MutableGlobal)
	spent := func(name string, arg uint64) int64 {
		fuel.Set(math.MaxInt32)
		if _, err := g.ExportedFunction(name).Call(t.Context(), arg); err != nil {
			t.Fatal(err)
		}
		return math.MaxInt32 - int64(fuel.Get())
	}
	if none, much := spent("fill", 0), spent("fill", 64000); much-none != 1000 {
		t.Errorf("filling 64,000 bytes costs %d", much-none)
	}
	if ten, twenty := spent("count", 10), spent("count", 20); twenty-ten < 50 || twenty-ten > 200 {
		t.Errorf("ten passes cost %d", twenty-ten)
	}
	if long := spent("straight", 0); long < 300 {
		t.Errorf("20,000 instructions cost %d", long)
	}
	if got := int64(g.ExportedGlobal(wasm.StackExport).Get()); got != wasm.DefaultStack {
		t.Errorf("%d bytes of stack are left of %d", got, wasm.DefaultStack)
	}
}
