package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// garbageRoom is how much garbage may gather before it is collected, however little
// lives: a server that keeps 10 MiB would otherwise collect after each further 10, which
// under load is dozens of times a second.
const garbageRoom = 64 << 20

// Bounds of how the heap may grow between collections, in percent of what lives.
const (
	growLeast = 100 // Go's own
	growMost  = 1000
)

// roomForGarbage has collections wait for [garbageRoom] until stop. Where GOGC is set,
// that holds instead.
func roomForGarbage() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	was := debug.SetGCPercent(growth())
	var stopped atomic.Bool
	afterEachGC(func() bool {
		if stopped.Load() {
			return false
		}
		debug.SetGCPercent(growth())
		return true
	})
	return func() {
		stopped.Store(true)
		debug.SetGCPercent(was)
	}
}

// growth is the percentage that gives what lives now room for garbage.
func growth() int {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	live := uint64(1)
	if sample[0].Value.Kind() == metrics.KindUint64 {
		live = max(sample[0].Value.Uint64(), 1)
	}
	return int(min(max(garbageRoom*100/live, growLeast), growMost))
}

// afterEachGC calls f after each collection until it gives false.
func afterEachGC(f func() bool) {
	type sentinel struct{ _ [16]byte }
	s := new(sentinel)
	runtime.SetFinalizer(s, func(*sentinel) {
		if f() {
			afterEachGC(f)
		}
	})
}
