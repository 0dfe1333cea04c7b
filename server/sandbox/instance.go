package sandbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// instance is one instance of a module. It runs one call at a time, and only
// its owner closes it, after its call returned. It is used again by calls of
// the same connector as long as every call ended in order.
type instance struct {
	module  *module
	key     poolKey
	lastUse time.Time

	mod    api.Module
	memory api.Memory
	linear *linearMemory
	run1   api.Function // drawbridge_run
	alloc  api.Function
	runAt  api.Function
	bufPtr uint32
	bufCap uint32
	stack  [2]uint64
}

// newInstance instantiates a module and runs its initialisation.
func newInstance(ctx context.Context, rt wazero.Runtime, mod *module, key poolKey, g *guestCall) (inst *instance, err error) {
	if least := mod.compiled.ExportedMemories()[abi.ExportMemory].Min(); least > key.pages {
		return nil, fail(failRefused, "can't be loaded: its memory begins with %d pages of 64 KiB, the action may have %d", least, key.pages)
	}
	lim := &limiter{limit: uint64(key.pages) * pageSize}
	i := &instance{module: mod, key: key}
	ctx = g.context(ctx)
	defer func() {
		// The runtime panics where it can't have the memory it was promised.
		if r := recover(); r != nil {
			inst, err = nil, fail(failCrashed, "has no memory to start: %v", r)
		}
	}()
	cfg := wazero.NewModuleConfig().WithName("").WithStartFunctions(abi.ExportInitialize)
	i.mod, err = rt.InstantiateModule(experimental.WithMemoryAllocator(ctx, lim), mod.compiled, cfg)
	i.linear = lim.memory
	if err != nil {
		return nil, i.explain(ctx, g, err, "starting")
	}
	i.memory = i.mod.Memory()
	i.run1 = i.mod.ExportedFunction(abi.ExportRun)
	i.alloc = i.mod.ExportedFunction(abi.ExportAlloc)
	i.runAt = i.mod.ExportedFunction(abi.ExportRunAt)
	if err := i.mod.ExportedFunction(abi.ExportBuf).CallWithStack(ctx, i.stack[:]); err != nil {
		err = i.explain(ctx, g, err, "starting")
		i.close(ctx)
		return nil, err
	}
	i.bufPtr, i.bufCap = uint32(i.stack[0]>>32), uint32(i.stack[0])
	return i, nil
}

// run answers what the guest answers. The bytes lie in the guest's memory: they
// hold until the instance runs again or is closed.
func (i *instance) run(ctx context.Context, g *guestCall, request []byte) ([]byte, error) {
	ctx = g.context(ctx)
	i.linear.refused = false
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
	i.stack[0] = size
	if err := i.alloc.CallWithStack(ctx, i.stack[:]); err != nil {
		return nil, i.explain(ctx, g, err, "making room for its input")
	}
	ptr := uint32(i.stack[0])
	if ptr == 0 || !i.memory.Write(ptr, request) {
		return nil, fail(failCrashed, "has no room for an input of %d bytes in its memory of at most %d pages", size, i.key.pages)
	}
	i.stack[0], i.stack[1] = uint64(ptr), size
	return i.runAt, nil
}

// explain makes a failure of an error that the runtime answered.
func (i *instance) explain(ctx context.Context, g *guestCall, err error, doing string) error {
	var exit *sys.ExitError
	isExit := errors.As(err, &exit)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fail(failCanceled, "was canceled")
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fail(failTimeout, "did not end within its time while %s and was stopped", doing)
	case i.linear != nil && i.linear.refused:
		return fail(failCrashed, "ran out of memory: it may have %d pages (%d MiB)", i.key.pages, i.key.pages/16)
	case g.panicLine() != "":
		return fail(failCrashed, "crashed while %s: %s", doing, g.panicLine())
	case isExit:
		return fail(failCrashed, "ended its own process with code %d while %s; an action must return", exit.ExitCode(), doing)
	}
	first, _, _ := strings.Cut(err.Error(), "\n") // a stack of the guest's follows
	if _, trap, ok := strings.Cut(first, "wasm error: "); ok {
		first = trap
	}
	return fail(failCrashed, "crashed while %s: %s", doing, first)
}

func (i *instance) close(ctx context.Context) {
	_ = i.mod.Close(context.WithoutCancel(ctx)) // frees its memory; nothing else could fail
}
