package sandbox

import (
	"context"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// Harden is what a child does to itself before it runs anything.
var Harden = harden

// Bare runs a module in this process, without a child, so that tests can look at
// its memory. It is safe for concurrent use.
type Bare struct {
	m   *machine
	mod *module
}

// NewBare loads a module.
func NewBare(ctx context.Context, file []byte) (*Bare, error) {
	m, err := newMachine(ctx, hello{Idle: time.Hour, InstanceIdle: time.Hour})
	if err != nil {
		return nil, err
	}
	b := &Bare{m, m.module([32]byte{1})}
	err = m.compile(ctx, b.mod, file)
	m.finish(b.mod, [32]byte{1}, err)
	return b, err
}

// Close frees everything.
func (b *Bare) Close(ctx context.Context) error { return b.m.runtime.Close(ctx) }

// Run runs one request, and says whether the instance was put back into the
// state of the image; looked is false where nobody looked, or it was dropped.
func (b *Bare) Run(ctx context.Context, pages uint32, timeout time.Duration, request []byte, look bool) (answer string, looked, intact bool, err error) {
	b.mod.mu.Lock()
	b.mod.busy++
	b.mod.mu.Unlock()
	g := &guestCall{start: time.Now(), budget: maxCPU}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	inst, err := b.m.instance(ctx, b.mod)
	if err == nil {
		var raw []byte
		raw, err = inst.run(ctx, g, pages, request)
		answer = string(raw)
	}
	if look && err == nil {
		looked, intact = true, b.mod.image.reset(inst) == nil && b.mod.image.matches(inst) && inst.grownIsZero(b.mod.image)
	}
	b.m.release(context.WithoutCancel(ctx), b.mod, inst, err == nil)
	return answer, looked, intact, err
}

// grownIsZero says whether the memory beyond the image, which a call may have
// grown into, is as it would be the first time. Guests see no difference where they
// clear what they allocate, as the engine of JavaScript does.
func (i *instance) grownIsZero(img *image) bool {
	var none [systemPage]byte
	for rest := i.linear.region[len(img.memory):i.linear.used]; len(rest) > 0; rest = rest[systemPage:] {
		if string(rest[:systemPage]) != string(none[:]) {
			return false
		}
	}
	return true
}

// Fresh is Run on an instance of its own, which was made and initialised for it.
func (b *Bare) Fresh(ctx context.Context, pages uint32, timeout time.Duration, request []byte) (string, error) {
	inst, err := newInstance(ctx, b.m.runtime, b.mod)
	if err != nil {
		return "", err
	}
	defer inst.close(ctx)
	if err := inst.initialise(ctx, true); err != nil {
		return "", err
	}
	inst.fuel, _ = inst.mod.ExportedGlobal(wasm.FuelExport).(api.MutableGlobal)
	inst.bufPtr, inst.bufCap = uint32(inst.stack[0]>>32), uint32(inst.stack[0])
	g := &guestCall{start: time.Now(), budget: maxCPU}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	raw, err := inst.run(ctx, g, pages, request)
	return string(raw), err
}

var kept string

// Warm answers what runs requests on one instance that is never put back.
func (b *Bare) Warm(ctx context.Context) (run func(request []byte) error, end func(), err error) {
	inst, err := b.m.instance(ctx, b.mod)
	if err != nil {
		return nil, nil, err
	}
	run = func(request []byte) error {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		raw, err := inst.run(ctx, &guestCall{start: time.Now(), budget: maxCPU}, 256, request)
		kept = string(raw) // as Run does
		return err
	}
	return run, func() { inst.close(ctx) }, nil
}

// Reset answers what puts an instance back that has run a request.
func (b *Bare) Reset(ctx context.Context, request []byte) (run func() error, end func(), err error) {
	inst, err := b.m.instance(ctx, b.mod)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	if _, err := inst.run(ctx, &guestCall{start: time.Now(), budget: maxCPU}, 256, request); err != nil {
		cancel()
		return nil, nil, err
	}
	return func() error { return b.mod.image.reset(inst) }, func() { cancel(); inst.close(context.WithoutCancel(ctx)) }, nil
}
