package wasm_test

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// seeds are small modules: those that are sound, and those that aren't.
func seeds() (sound, bad [][]byte) {
	sound = [][]byte{wasmtest.ControlFlow(), wasmtest.Sieve(), wasmtest.Arithmetic(), wasmtest.Fibonacci()}
	small := func(list [][]byte, cases []wasmtest.Case) [][]byte {
		for _, c := range cases {
			if b := c.Bytes(); len(b) < 8<<10 {
				list = append(list, b)
			}
		}
		return list
	}
	return small(sound, append(wasmtest.Toolchains(), wasmtest.Misbehaving()...)), small(small(nil, wasmtest.Malformed()), wasmtest.Forbidden())
}

// TestMutants damages modules: reading and checking them takes bounded memory,
// and what the compiler takes as it stands it takes instrumented, and no more,
// with the same behaviour. WASM_MUTANTS says how many; 100,000 take minutes.
func TestMutants(t *testing.T) {
	n := 2000
	if s := os.Getenv("WASM_MUTANTS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	sound, bad := seeds()
	r := rand.New(rand.NewPCG(1, 2))
	var before, after runtime.MemStats
	passed, compiled, ran := 0, 0, 0
	for i := range n {
		list := sound
		if r.IntN(8) == 0 {
			list = bad
		}
		code := wasmtest.Mutate(r, list[r.IntN(len(list))])
		runtime.ReadMemStats(&before)
		m, err := wasm.Parse(code)
		var problems []wasm.Problem
		if err == nil {
			problems = wasm.Check(m, wasm.Policy{Import: anyImport(m)})
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
			t.Errorf("mutant %d took %d bytes", i, took)
		}
		if err != nil || len(problems) > 0 {
			continue
		}
		passed++
		c, d := compareMutant(t, i, m)
		compiled += c
		ran += d
	}
	t.Logf("of %d mutants %d passed the check, %d were compiled, %d calls were compared", n, passed, compiled, ran)
	if n >= 2000 && (compiled < n/10 || ran < n/10) {
		t.Error("too few mutants get so far for the test to hold anything")
	}
}

// withoutCustom answers the module as it stands without its custom sections, of
// which the compiler would believe the counts.
func withoutCustom(m *wasm.Module) []byte {
	out := wasmtest.Header()
	for _, s := range m.Sections {
		if s.ID != wasm.SectionCustom {
			out = append(out, m.File[s.All.Start:s.All.End]...)
		}
	}
	return out
}

func compareMutant(t *testing.T, number int, m *wasm.Module) (compiled, compared int) {
	t.Helper()
	code, _, err := wasm.Instrument(m, wasm.Options{})
	if err != nil {
		t.Errorf("mutant %d passes the check and can't be instrumented: %v", number, err)
		return 0, 0
	}
	cfg := wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(64)
	ctx := t.Context()
	accepts := func(code []byte) error {
		rt := wazero.NewRuntimeWithConfig(ctx, cfg)
		defer func() { _ = rt.Close(context.WithoutCancel(ctx)) }()
		_, err := rt.CompileModule(ctx, code)
		return err
	}
	plain := withoutCustom(m)
	before, after := accepts(plain), accepts(code)
	if (before == nil) != (after == nil) {
		t.Errorf("mutant %d: as it stands %v, instrumented %v", number, before, after)
	}
	if before != nil || after != nil {
		return 0, 0
	}
	b, err := instantiate(t, code, cfg, 3)
	if err != nil {
		return 1, 0 // a segment beyond the memory, or an endless _initialize
	}
	defer func() { _ = b.Runtime.Close(context.WithoutCancel(ctx)) }()
	a, err := instantiate(t, plain, cfg, 0)
	if err != nil {
		t.Errorf("mutant %d starts instrumented alone: %v", number, err)
		return 1, 0
	}
	defer func() { _ = a.Runtime.Close(context.WithoutCancel(ctx)) }()
	for _, e := range m.Exports {
		f := b.ExportedFunction(e.Name)
		if e.Kind != wasm.KindFunction || f == nil || compared == 5 {
			continue
		}
		args := make([]uint64, len(f.Definition().ParamTypes()))
		for i := range args {
			args[i] = 5
		}
		b.ticks = 0
		if !sameCall(t, number, a, b, e.Name, args) {
			break // stopped, or its state is lost with a trap
		}
		compared++
	}
	return 1, compared
}

// sameCall calls a function on both sides, the instrumented one first, because
// the other can't be stopped. It reports whether both ended.
func sameCall(t *testing.T, number int, plain, fueled *guest, name string, args []uint64) bool {
	t.Helper()
	got, err := fueled.ExportedFunction(name).Call(t.Context(), args...)
	if fueled.ticks > fueled.most || int64(fueled.ExportedGlobal(wasm.StackExport).Get()) < 0 {
		return false
	}
	want, plainErr := plain.ExportedFunction(name).Call(t.Context(), args...)
	if (err == nil) != (plainErr == nil) || !slices.Equal(got, want) {
		t.Errorf("mutant %d, %s: %v %v, instrumented %v %v", number, name, want, plainErr, got, err)
	}
	return err == nil
}

func FuzzParse(f *testing.F) {
	sound, bad := seeds()
	for _, s := range append(sound, bad...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		m, err := wasm.Parse(code)
		if err != nil {
			return
		}
		if len(wasm.Check(m, wasm.Policy{Import: anyImport(m)})) > 0 {
			return
		}
		out, _, err := wasm.Instrument(m, wasm.Options{})
		if err != nil {
			t.Fatalf("passes the check and can't be instrumented: %v", err)
		}
		if _, err := wasm.Parse(out); err != nil {
			t.Fatalf("can't be read after it was instrumented: %v", err)
		}
	})
}
