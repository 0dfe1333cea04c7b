package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// maxIdleInstances is how many unused instances of one connector are kept.
const maxIdleInstances = 16

// machine is the WebAssembly runtime of a child with the modules in it.
type machine struct {
	runtime      wazero.Runtime
	idle         time.Duration
	instanceIdle time.Duration

	mu      sync.Mutex
	modules map[[32]byte]*module

	engine engine
}

// module is one compiled module. It is loading until ready is closed; then
// err says whether it can be used.
type module struct {
	ready    chan struct{}
	compiled wazero.CompiledModule
	script   *script // of a connector in JavaScript; then compiled is the engine
	image    *image
	cold     string // why it isn't warmed up, if it isn't
	err      error

	mu      sync.Mutex
	claimed bool
	loaded  bool
	unused  []*instance // on the image; the latest used stand last
	busy    int
	lastUse time.Time
}

func newMachine(ctx context.Context, h hello) (*machine, error) {
	cfg := wazero.NewRuntimeConfig().WithMemoryLimitPages(abi.MaxPages)
	if h.Cache != "" {
		cache, err := wazero.NewCompilationCacheWithDir(h.Cache)
		if err != nil {
			return nil, fmt.Errorf("open the folder of compiled code: %w", err)
		}
		cfg = cfg.WithCompilationCache(cache)
	}
	m := &machine{
		runtime: wazero.NewRuntimeWithConfig(ctx, cfg), idle: h.Idle, instanceIdle: h.InstanceIdle,
		modules: map[[32]byte]*module{},
	}
	if err := m.addTick(ctx); err != nil {
		return nil, err
	}
	return m, m.addHosts(ctx)
}

// module answers the module of a digest, loaded or not, and counts the call
// that wants it as using it.
func (m *machine) module(digest [32]byte) *module {
	m.mu.Lock()
	defer m.mu.Unlock()
	mod := m.modules[digest]
	if mod == nil {
		mod = &module{ready: make(chan struct{})}
		m.modules[digest] = mod
	}
	mod.mu.Lock()
	mod.busy++
	mod.mu.Unlock()
	return mod
}

func (mod *module) isReady() bool {
	mod.mu.Lock()
	defer mod.mu.Unlock()
	return mod.loaded
}

// claim reports whether the caller is the one to load the module.
func (mod *module) claim() bool {
	mod.mu.Lock()
	defer mod.mu.Unlock()
	first := !mod.claimed
	mod.claimed = true
	return first
}

// finish makes a module ready or, after an error, forgets it, so that the next
// call tries again.
func (m *machine) finish(mod *module, digest [32]byte, err error) {
	mod.mu.Lock()
	mod.err, mod.loaded, mod.lastUse = err, err == nil, time.Now()
	mod.mu.Unlock()
	if err != nil {
		m.mu.Lock()
		delete(m.modules, digest)
		m.mu.Unlock()
	}
	close(mod.ready)
}

// compile checks a module, rewrites it so that it can be stopped, makes code of
// it and takes the image of its memory.
func (m *machine) compile(ctx context.Context, mod *module, file []byte) error {
	if s, err := readScript(file); s != nil || err != nil {
		if err != nil {
			return err
		}
		return m.compileScript(ctx, mod, file, s)
	}
	code, layout, err := instrument(file)
	if err != nil {
		return err
	}
	compiled, err := m.runtime.CompileModule(ctx, code)
	if errors.Is(err, fs.ErrPermission) {
		// It had to compile, and may not keep what it made.
		return fail(failUncompiled, "isn't compiled")
	}
	if err != nil {
		return fail(failRefused, "can't be loaded: %v", err)
	}
	mod.compiled = compiled
	if err := m.start(ctx, mod, layout); err != nil {
		_ = compiled.Close(ctx) // it isn't used
		return err
	}
	debug.FreeOSMemory() // compiling leaves many times what stays
	return nil
}

// instrument checks a module before the compiler sees a byte of it.
func instrument(file []byte) ([]byte, *wasm.Layout, error) {
	parsed, err := wasm.Parse(file)
	if err != nil {
		return nil, nil, fail(failRefused, "can't be loaded: %v", err)
	}
	if problems := wasm.Check(parsed, wasm.Policy{Import: imports(file)}); len(problems) > 0 {
		return nil, nil, fail(failRefused, "can't be loaded: %s", problems[0])
	}
	code, layout, err := wasm.Instrument(parsed, wasm.Options{})
	if err != nil {
		return nil, nil, fail(failRefused, "can't be loaded: %v", err)
	}
	return code, layout, nil
}

// start initialises one instance of a module and takes the image of it.
func (m *machine) start(ctx context.Context, mod *module, layout *wasm.Layout) error {
	if err := checkModule(mod.compiled); err != nil && mod.script == nil {
		return fail(failRefused, "can't be loaded: %v", err)
	}
	inst, cold, err := m.initialised(ctx, mod)
	if err != nil {
		return err
	}
	if mod.image, err = takeImage(inst, layout); err != nil {
		inst.close(ctx)
		return err
	}
	mod.cold = cold
	inst.lastUse = time.Now()
	mod.unused = append(mod.unused, inst)
	return nil
}

// checkModule refuses a module that lacks what the ABI asks for.
func checkModule(c wazero.CompiledModule) error {
	if c.ExportedMemories()[abi.ExportMemory] == nil {
		return fmt.Errorf("it doesn't export its memory as %q", abi.ExportMemory)
	}
	functions := c.ExportedFunctions()
	for _, e := range []struct{ name, want string }{
		{abi.ExportBuf, "->I"}, {abi.ExportRun, "i->I"}, {abi.ExportAlloc, "i->i"}, {abi.ExportRunAt, "ii->I"},
	} {
		f := functions[e.name]
		if f == nil {
			return fmt.Errorf("it doesn't export %s: build it with an SDK, as a reactor", e.name)
		}
		if got := signature(f.ParamTypes(), f.ResultTypes()); got != e.want {
			return fmt.Errorf("it exports %s as %s, it must be %s", e.name, got, e.want)
		}
	}
	return nil
}

// signature writes types as i (i32), I (i64), f, F and ? for others.
func signature(params, results []api.ValueType) string {
	letters := map[api.ValueType]byte{api.ValueTypeI32: 'i', api.ValueTypeI64: 'I', api.ValueTypeF32: 'f', api.ValueTypeF64: 'F'}
	var b []byte
	add := func(list []api.ValueType) {
		for _, t := range list {
			c := letters[t]
			if c == 0 {
				c = '?'
			}
			b = append(b, c)
		}
	}
	add(params)
	b = append(b, "->"...)
	add(results)
	return string(b)
}

// instance takes an unused instance or makes one.
func (m *machine) instance(ctx context.Context, mod *module) (*instance, error) {
	if inst := mod.takeUnused(); inst != nil {
		return inst, nil
	}
	inst, err := newInstance(ctx, m.runtime, mod)
	if err != nil {
		return nil, err
	}
	if err := mod.image.place(inst); err != nil {
		inst.close(ctx)
		return nil, fail(failCrashed, "can't be started: %v", err)
	}
	return inst, nil
}

func (mod *module) takeUnused() *instance {
	mod.mu.Lock()
	defer mod.mu.Unlock()
	n := len(mod.unused)
	if n == 0 {
		return nil
	}
	inst := mod.unused[n-1]
	mod.unused = mod.unused[:n-1]
	return inst
}

// release ends a call's use of a module and of its instance, which may be nil.
// An instance that isn't sound is closed; any other is put back on the image.
func (m *machine) release(ctx context.Context, mod *module, inst *instance, sound bool) {
	keep := inst != nil && sound && mod.image.reset(inst) == nil
	mod.mu.Lock()
	mod.busy--
	mod.lastUse = time.Now()
	if keep = keep && len(mod.unused) < maxIdleInstances; keep {
		inst.lastUse = mod.lastUse
		mod.unused = append(mod.unused, inst)
	}
	mod.mu.Unlock()
	if inst != nil && !keep {
		inst.close(ctx)
	}
}

// dropIdle closes instances and modules that weren't used for a while.
func (m *machine) dropIdle(ctx context.Context, now time.Time) {
	var closing []*instance
	freed := false
	m.mu.Lock()
	for digest, mod := range m.modules {
		mod.mu.Lock()
		unused := mod.loaded && mod.busy == 0 && now.Sub(mod.lastUse) > m.idle
		since := now.Add(-m.instanceIdle)
		if unused {
			since = now
			delete(m.modules, digest)
		}
		closing = append(closing, mod.takeIdle(since)...)
		mod.mu.Unlock()
		if unused {
			freed = true
			if mod.script == nil {
				_ = mod.compiled.Close(ctx) // its instances are closed below
			}
			if mod.image != nil {
				_ = mod.image.store.close() // nothing maps it anew
			}
		}
	}
	m.mu.Unlock()
	for _, inst := range closing {
		inst.close(ctx)
	}
	if freed {
		debug.FreeOSMemory()
	}
}

// takeIdle removes the instances not used since. The oldest stand first,
// because they are a stack.
func (mod *module) takeIdle(since time.Time) []*instance {
	n := 0
	for n < len(mod.unused) && !mod.unused[n].lastUse.After(since) {
		n++
	}
	old := mod.unused[:n:n]
	mod.unused = append([]*instance(nil), mod.unused[n:]...)
	return old
}
