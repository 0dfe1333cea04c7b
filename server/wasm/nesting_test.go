package wasm_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// nest is a connector whose function has nests of blocks, so many and so deep, with
// something to do in each block.
func nest(open []byte, depth, times, locals int) []byte {
	inner := wasmtest.Code(wasmtest.LocalGet(1), wasmtest.I32Const(1), wasmtest.I32Add, wasmtest.LocalSet(1))
	one := wasmtest.Code(bytes.Repeat(append(bytes.Clone(inner), open...), depth), inner, bytes.Repeat(wasmtest.Code(wasmtest.LocalGet(1), wasmtest.BrIf(0), wasmtest.End), depth))
	m := wasmtest.Connector(wasmtest.Answer)
	m.Funcs[1].Locals = bytes.Repeat([]byte{wasmtest.I32}, max(locals, 1))
	m.Funcs[1].Code = wasmtest.Code(bytes.Repeat(one, times), wasmtest.I64Const(0))
	return m.Bytes()
}

// TestDeepNestsCostNoMore compiles the most of the deepest nests that the check lets
// through, of each kind of block and with few and many locals: none may take more
// memory than other code for which the limit of the effort stands.
func TestDeepNestsCostNoMore(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles large functions; not in short mode")
	}
	const most = 64 << 20 // other code of that effort takes several times as much
	kinds := map[string][]byte{"blocks": wasmtest.Block(wasmtest.Void), "loops": wasmtest.Loop(wasmtest.Void), "conditions": wasmtest.Code(wasmtest.LocalGet(1), wasmtest.If(wasmtest.Void))}
	for kind, open := range kinds {
		for _, locals := range []int{1, 200} {
			t.Run(fmt.Sprint(kind, " with ", locals, " locals"), func(t *testing.T) {
				passes := func(depth, times int) (*wasm.Module, string) {
					m, err := wasm.Parse(nest(open, depth, times, locals))
					if err != nil {
						t.Fatal(err)
					}
					return m, fmt.Sprint(wasm.Check(m, wasm.Policy{Import: sandboxImport}))
				}
				if _, problems := passes(1025, 1); locals == 1 && !strings.Contains(problems, "nested more than") {
					t.Errorf("1,025 deep: %s", problems)
				}
				var largest *wasm.Module
				times := 0
				for n := 1; ; n++ {
					m, problems := passes(1024, n)
					if problems != "[]" {
						break
					}
					largest, times = m, n
				}
				if largest == nil {
					return // one alone is too much already
				}
				code, _, err := wasm.Instrument(largest, wasm.Options{})
				if err != nil {
					t.Fatal(err)
				}
				var before, after runtime.MemStats
				rt := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigCompiler())
				defer func() { _ = rt.Close(context.WithoutCancel(t.Context())) }()
				runtime.ReadMemStats(&before)
				if _, err := rt.CompileModule(t.Context(), code); err != nil {
					t.Fatal(err)
				}
				runtime.ReadMemStats(&after)
				took := after.TotalAlloc - before.TotalAlloc
				t.Logf("%d nests: %d MiB", times, took>>20)
				if took > most {
					t.Errorf("%d nests of 1,024 took %d MiB, the limit is %d", times, took>>20, most>>20)
				}
			})
		}
	}
}
