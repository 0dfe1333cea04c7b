package sandbox

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
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
}

// module is one compiled module. It is loading until ready is closed; then
// err says whether it can be used.
type module struct {
	ready    chan struct{}
	compiled wazero.CompiledModule
	err      error

	mu      sync.Mutex
	claimed bool
	loaded  bool
	pools   map[poolKey][]*instance
	busy    int
	lastUse time.Time
}

// poolKey names what may share an instance: calls of one connector with the
// same limit of memory.
type poolKey struct {
	connector string
	pages     uint32
}

func newMachine(ctx context.Context, h hello) (*machine, error) {
	// Termination is checked at every loop head and function entry, because a
	// guest can't be stopped otherwise.
	cfg := wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithMemoryLimitPages(abi.MaxPages)
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
	return m, m.addHosts(ctx)
}

// module answers the module of a digest, loaded or not, and counts the call
// that wants it as using it.
func (m *machine) module(digest [32]byte) *module {
	m.mu.Lock()
	defer m.mu.Unlock()
	mod := m.modules[digest]
	if mod == nil {
		mod = &module{ready: make(chan struct{}), pools: map[poolKey][]*instance{}}
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

// compile makes code of a module and checks that it is a connector.
func (m *machine) compile(ctx context.Context, mod *module, code []byte) error {
	compiled, err := m.runtime.CompileModule(ctx, code)
	if err != nil {
		return fail(failRefused, "can't be loaded: %v", err)
	}
	if err := checkModule(compiled); err != nil {
		_ = compiled.Close(ctx) // it was never run
		return fail(failRefused, "can't be loaded: %v", err)
	}
	mod.compiled = compiled
	debug.FreeOSMemory() // compiling leaves many times what stays
	return nil
}

// checkModule refuses imports that the sandbox doesn't give, and a module that
// lacks what the ABI asks for.
func checkModule(c wazero.CompiledModule) error {
	for _, f := range c.ImportedFunctions() {
		module, name, _ := f.Import()
		want, ok := hostSignature(module, name)
		if !ok {
			return fmt.Errorf("it imports %s.%s, which the sandbox doesn't give: only the functions of %s and of WASI preview 1 are there", module, name, abi.Version)
		}
		if got := signature(f.ParamTypes(), f.ResultTypes()); got != want {
			return fmt.Errorf("it imports %s.%s as %s, it is %s", module, name, got, want)
		}
	}
	for _, mem := range c.ImportedMemories() {
		module, name, _ := mem.Import()
		return fmt.Errorf("it imports the memory %s.%s: a connector brings its own", module, name)
	}
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
func (m *machine) instance(ctx context.Context, mod *module, key poolKey, g *guestCall) (*instance, error) {
	if inst := mod.takeUnused(key); inst != nil {
		return inst, nil
	}
	return newInstance(ctx, m.runtime, mod, key, g)
}

func (mod *module) takeUnused(key poolKey) *instance {
	mod.mu.Lock()
	defer mod.mu.Unlock()
	pool := mod.pools[key]
	n := len(pool)
	if n == 0 {
		return nil
	}
	mod.pools[key] = pool[:n-1]
	return pool[n-1]
}

// release ends a call's use of a module and of its instance, which may be nil.
// An instance that isn't sound is closed.
func (m *machine) release(ctx context.Context, mod *module, inst *instance, sound bool) {
	mod.mu.Lock()
	mod.busy--
	mod.lastUse = time.Now()
	keep := inst != nil && sound && len(mod.pools[inst.key]) < maxIdleInstances
	if keep {
		inst.lastUse = mod.lastUse
		mod.pools[inst.key] = append(mod.pools[inst.key], inst)
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
			_ = mod.compiled.Close(ctx) // its instances are closed below
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
// because the pool is a stack.
func (mod *module) takeIdle(since time.Time) []*instance {
	var old []*instance
	for key, pool := range mod.pools {
		n := 0
		for n < len(pool) && !pool[n].lastUse.After(since) {
			n++
		}
		old = append(old, pool[:n]...)
		mod.pools[key] = append([]*instance(nil), pool[n:]...)
	}
	return old
}
