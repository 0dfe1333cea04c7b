package wasm_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// refill is the fuel that the tests' tick gives.
const refill = 100_000

// guest is an instance in wazero, instrumented or not.
type guest struct {
	api.Module
	Runtime  wazero.Runtime
	compiled wazero.CompiledModule
	fuel     api.MutableGlobal // nil where it isn't instrumented
	ticks    int
	most     int // ticks after which the guest is stopped; 0 never
}

type outOfFuel struct{}

func (outOfFuel) Error() string { return "out of fuel" }

// instantiate makes an instance with all that it imports; functions of the
// sandbox answer zero.
func instantiate(t testing.TB, code []byte, cfg wazero.RuntimeConfig, most int) (*guest, error) {
	t.Helper()
	ctx := t.Context()
	rt := wazero.NewRuntimeWithConfig(ctx, cfg)
	t.Cleanup(func() { _ = rt.Close(context.WithoutCancel(ctx)) })
	compiled, err := rt.CompileModule(ctx, code)
	if err != nil {
		return nil, err
	}
	g := &guest{Runtime: rt, compiled: compiled, most: most}
	hosts := map[string]wazero.HostModuleBuilder{}
	for _, f := range compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		if module == wasi_snapshot_preview1.ModuleName {
			continue
		}
		b := hosts[module]
		if b == nil {
			b = rt.NewHostModuleBuilder(module)
			hosts[module] = b
		}
		run := func(_ context.Context, _ api.Module, stack []uint64) { clear(stack) }
		if name == "twice" {
			run = func(_ context.Context, _ api.Module, stack []uint64) { stack[0] *= 2 }
		}
		if module == wasm.FuelModule {
			run = g.tick
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(run), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	for _, b := range hosts {
		if _, err := b.Instantiate(ctx); err != nil {
			return nil, err
		}
	}
	wasi_snapshot_preview1.MustInstantiate(ctx, rt)
	g.Module, err = rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, err
	}
	return g, nil
}

func (g *guest) tick(_ context.Context, m api.Module, _ []uint64) {
	g.ticks++
	if g.most > 0 && g.ticks > g.most {
		panic(outOfFuel{})
	}
	if g.fuel == nil {
		g.fuel = m.ExportedGlobal(wasm.FuelExport).(api.MutableGlobal)
	}
	g.fuel.Set(refill)
}

func instrument(t testing.TB, code []byte) ([]byte, *wasm.Layout) {
	t.Helper()
	m, err := wasm.Parse(code)
	if err != nil {
		t.Fatal(err)
	}
	if p := wasm.Check(m, wasm.Policy{Import: anyImport(m)}); len(p) > 0 {
		t.Fatal(p)
	}
	out, layout, err := wasm.Instrument(m, wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out, layout
}

// anyImport allows what a module imports.
func anyImport(m *wasm.Module) func(module, name string) (string, bool) {
	return func(module, name string) (string, bool) {
		for _, i := range m.Imports {
			if i.Module == module && i.Name == name {
				return m.Types[i.Type].Signature(), true
			}
		}
		return "", false
	}
}

// echoModule builds the connector in testdata, once.
var echoModule = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wasm-test")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "echo.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-w", "-o", out, "./testdata/echo")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the echo: %w\n%s", err, text)
	}
	return os.ReadFile(out)
})
