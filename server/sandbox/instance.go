package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// initTimeout and initBudget bound the initialisation of a module.
const (
	initTimeout = 20 * time.Second
	initBudget  = 3 * time.Second
)

// instance is one instance of a module. It runs one call at a time, and only
// its owner closes it, after its call returned. After a call that ended in order
// it is put back into the state of the module's image; after any other it is
// dropped.
type instance struct {
	module  *module
	lastUse time.Time

	mod     api.Module
	memory  api.Memory
	linear  *linearMemory
	globals []api.MutableGlobal // those of the image, in its order
	fuel    api.MutableGlobal
	script  *scriptGuest // of a connector in JavaScript, instead of what follows
	run1    api.Function // drawbridge_run
	alloc   api.Function // with the first request above the buffer
	runAt   api.Function
	bufPtr  uint32
	bufCap  uint32
	stack   [2]uint64
}

// newInstance instantiates a module, without running anything of it.
func newInstance(ctx context.Context, rt wazero.Runtime, mod *module) (inst *instance, err error) {
	lim := &limiter{limit: abi.MaxPages * pageSize}
	i := &instance{module: mod}
	defer func() {
		// The runtime panics where it can't have the memory it was promised.
		if r := recover(); r != nil {
			inst, err = nil, fail(failCrashed, "has no memory to start: %v", r)
		}
	}()
	cfg := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	i.mod, err = rt.InstantiateModule(experimental.WithMemoryAllocator(ctx, lim), mod.compiled, cfg)
	if err != nil {
		return nil, fail(failRefused, "can't be started: %v", err)
	}
	i.linear = lim.memory
	i.memory = i.mod.Memory()
	if mod.script != nil {
		i.script = newScriptGuest(i.mod, mod.script)
		return i, nil
	}
	i.run1 = i.mod.ExportedFunction(abi.ExportRun)
	return i, nil
}

// initialise runs what a module does once, before the image is taken. It is
// given no host call, and time of its own. The error is an [errCold] where it would
// have started but for warming up.
func (i *instance) initialise(ctx context.Context, warm bool) error {
	g := &guestCall{start: time.Now(), wall: time.Now().UnixNano(), budget: initBudget}
	g.clock = startClock(g.wall)
	if _, err := rand.Read(g.seed[:]); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	ctx = g.context(ctx)
	g.fuel, _ = i.mod.ExportedGlobal(wasm.FuelExport).(api.MutableGlobal)
	if i.script != nil {
		return i.loadScript(ctx, g, warm)
	}
	for _, name := range []string{abi.ExportInitialize, abi.ExportBuf} {
		if warm && name == abi.ExportBuf {
			if err := i.warmUp(ctx, g); err != nil {
				return err
			}
		}
		f := i.mod.ExportedFunction(name)
		if f == nil {
			continue // the first is optional
		}
		g.begin()
		if err := f.CallWithStack(ctx, i.stack[:]); err != nil {
			return i.explain(ctx, g, err, "starting")
		}
	}
	return nil
}

// run answers what the guest answers. The bytes lie in the guest's memory: they
// hold until the instance runs again or is closed.
func (i *instance) run(ctx context.Context, g *guestCall, pages uint32, request []byte) ([]byte, error) {
	if least := i.memory.Size() / pageSize; least > pages {
		return nil, fail(failRefused, "can't be run: its memory begins with %d pages of 64 KiB, the action may have %d", least, pages)
	}
	i.linear.refused, i.linear.limit = false, uint64(pages)*pageSize
	ctx = g.context(ctx)
	g.fuel = i.fuel
	g.begin()
	if i.script != nil {
		return i.runScript(ctx, g, pages, request)
	}
	f, err := i.place(ctx, g, request)
	if err != nil {
		return nil, err
	}
	if err := f.CallWithStack(ctx, i.stack[:]); err != nil {
		return nil, i.explain(ctx, g, err, "running")
	}
	ptr, size := uint32(i.stack[0]>>32), uint32(i.stack[0])
	if size > abi.MaxOutput {
		return nil, fail(failTooLarge, "answered %d bytes, the limit is %d: large values must go into blobs", size, abi.MaxOutput)
	}
	answer, ok := i.memory.Read(ptr, size)
	if !ok {
		return nil, fail(failInternal, "answered with a place outside its memory (%d bytes at %d); the connector must be mended", size, ptr)
	}
	return answer, nil
}

// place writes the request into the guest and answers the function to call,
// its parameters on the stack.
func (i *instance) place(ctx context.Context, g *guestCall, request []byte) (api.Function, error) {
	size := uint64(len(request))
	if size <= uint64(i.bufCap) {
		if !i.memory.Write(i.bufPtr, request) {
			return nil, fail(failInternal, "gave a request buffer outside its memory; the connector must be mended")
		}
		i.stack[0] = size
		return i.run1, nil
	}
	if i.alloc == nil {
		// Only now: a function that may be called has a stack of its own, of 10 KiB.
		i.alloc, i.runAt = i.mod.ExportedFunction(abi.ExportAlloc), i.mod.ExportedFunction(abi.ExportRunAt)
	}
	i.stack[0] = size
	if err := i.alloc.CallWithStack(ctx, i.stack[:]); err != nil {
		return nil, i.explain(ctx, g, err, "making room for its input")
	}
	ptr := uint32(i.stack[0])
	if ptr == 0 || !i.memory.Write(ptr, request) {
		return nil, fail(failCrashed, "has no room for an input of %d bytes in its memory of at most %d pages", size, i.linear.limit/pageSize)
	}
	i.stack[0], i.stack[1] = uint64(ptr), size
	return i.runAt, nil
}

// explain makes a failure of an error that the runtime answered.
func (i *instance) explain(ctx context.Context, g *guestCall, err error, doing string) error {
	var exit *sys.ExitError
	isExit := errors.As(err, &exit)
	switch {
	case g.overspent:
		return fail(failTimeout, "used more than its %v of processor time while %s and was stopped", g.budget, doing)
	case errors.Is(ctx.Err(), context.Canceled):
		return fail(failCanceled, "was canceled")
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fail(failTimeout, "did not end within its time while %s and was stopped", doing)
	case i.linear != nil && i.linear.refused:
		return fail(failCrashed, "ran out of memory: it may have %d pages (%d MiB); its action's memoryPages ask for more", i.linear.limit/pageSize, i.linear.limit>>20)
	case i.outOfStack():
		return fail(failCrashed, "called itself too deeply while %s, and ran out of its stack", doing)
	case g.panicLine() != "":
		return fail(failCrashed, "crashed while %s: %s", doing, g.panicLine())
	case isExit:
		return fail(failCrashed, "ended its own process with code %d while %s; an action must return", exit.ExitCode(), doing)
	}
	first, _, _ := strings.Cut(err.Error(), "\n") // a stack of the guest's follows
	if _, trap, ok := strings.Cut(first, "wasm error: "); ok {
		first = trap
	}
	if i.belowStack() {
		first += "; the stack that its toolchain gives it is used up, as by a function that calls itself without end"
	}
	return fail(failCrashed, "crashed while %s: %s", doing, first)
}

// belowStack says whether a global that held a place in memory is below zero now.
// Toolchains from LLVM keep the place of a stack of their own so, which lies at the
// beginning of memory: beyond its end is an address that no memory has.
func (i *instance) belowStack() bool {
	img := i.module.image
	if img == nil {
		return false
	}
	for n, g := range img.layout.Globals {
		now := i.mod.ExportedGlobal(g.Export)
		if now != nil && now.Type() == api.ValueTypeI32 && int32(now.Get()) < 0 && int32(img.globals[n]) > 0 {
			return true
		}
	}
	return false
}

// outOfStack says whether the guest trapped for want of stack.
func (i *instance) outOfStack() bool {
	left := i.mod.ExportedGlobal(wasm.StackExport)
	return left != nil && int64(left.Get()) < 0
}

func (i *instance) close(ctx context.Context) {
	_ = i.mod.Close(context.WithoutCancel(ctx)) // frees its memory; nothing else could fail
}
