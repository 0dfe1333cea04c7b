package sandbox

import (
	"context"
	"runtime"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// fuelSlice is what a guest is given between two ticks: half a millisecond at
// most. Uninterrupted it would stall the collector and every other call.
const fuelSlice = 1 << 19

// turn is how long a guest runs before a tick is more than a look at the clock.
// Fuel is taken for whole functions, so that an interpreter, whose one function is
// large, uses a slice up in a tenth of the time that others do.
const turn = 400 * time.Microsecond

// maxCPU is the processor time that one call may use.
const maxCPU = 5 * time.Second

// begin gives a guest its first fuel, and starts the measure of what it uses.
func (g *guestCall) begin() {
	if g.fuel != nil {
		g.fuel.Set(fuelSlice)
	}
	g.resume()
}

// resume notes where the guest goes on. Up to the next [guestCall.pause] it runs
// on one thread, because nothing preempts compiled WebAssembly.
func (g *guestCall) resume() { g.sinceCPU, g.sinceWall = threadCPU(), time.Now() }

// pause adds what the guest used since it went on. A change of threads just
// before or after would show the other's time: the clock bounds the mistake.
func (g *guestCall) pause() {
	used := threadCPU() - g.sinceCPU
	g.spent += max(min(used, time.Since(g.sinceWall)), 0)
}

// tick is called by guests that have used up their fuel. It lets others run, and
// stops a guest whose time is over by a panic, which the runtime turns into the
// error of the call.
func (g *guestCall) tick() {
	if time.Since(g.sinceWall) < turn && g.ctx.Err() == nil {
		g.fuel.Set(fuelSlice)
		return
	}
	g.pause()
	g.overspent = g.overspent || g.spent > g.budget
	if (g.overspent || g.ctx.Err() != nil) && !g.mayUnwind() {
		panic(sys.NewExitError(exitStopped))
	}
	runtime.Gosched()
	g.fuel.Set(fuelSlice)
	g.resume()
}

// unwindWithin is how long a script may take to end by itself once it was asked.
const unwindWithin = 40 * time.Millisecond

// mayUnwind asks a script to end, which tells where it was, and says whether it
// still may. Other guests can't be asked.
func (g *guestCall) mayUnwind() bool {
	if g.driver == nil {
		return false
	}
	if !g.asked {
		g.asked, g.askedAt = true, time.Now()
	}
	return time.Since(g.askedAt) < unwindWithin
}

// exitStopped is no guest's own code: those are told apart before it is looked at.
const exitStopped = 0xdb

// addTick makes the function known that instrumented modules call.
func (m *machine) addTick(ctx context.Context) error {
	tick := api.GoModuleFunc(func(ctx context.Context, _ api.Module, _ []uint64) { current(ctx).tick() })
	_, err := m.runtime.NewHostModuleBuilder(wasm.FuelModule).NewFunctionBuilder().
		WithGoModuleFunction(tick, nil, nil).Export(wasm.FuelFunction).Instantiate(ctx)
	return err
}
