//go:build wasip1

package sdk

import (
	"runtime"
	"runtime/debug"
	"unsafe"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// requests that fit this buffer need no allocation and no second call.
var (
	requestBuffer [64 << 10]byte
	allocated     []byte
	answer        []byte // kept until the next call, while the host copies it
)

func packed(p unsafe.Pointer, n int) int64 { return int64(uintptr(p))<<32 | int64(n) }

//go:wasmexport drawbridge_buf
func exportBuf() int64 { return packed(unsafe.Pointer(&requestBuffer[0]), len(requestBuffer)) }

//go:wasmexport drawbridge_run
func exportRun(n int32) int64 {
	if n < 0 || int(n) > len(requestBuffer) {
		panic("drawbridge_run: the length is out of range")
	}
	return serve(requestBuffer[:n])
}

//go:wasmexport drawbridge_alloc
func exportAlloc(n int32) int32 {
	if n <= 0 {
		return 0
	}
	allocated = make([]byte, n)
	return int32(uintptr(unsafe.Pointer(&allocated[0])))
}

//go:wasmexport drawbridge_run_at
func exportRunAt(ptr, n int32) int64 {
	if len(allocated) == 0 || ptr != int32(uintptr(unsafe.Pointer(&allocated[0]))) || n < 0 || int(n) > len(allocated) {
		panic("drawbridge_run_at: not the memory that drawbridge_alloc gave")
	}
	request := allocated[:n]
	allocated = nil // so that a large request can be collected once it is decoded
	return serve(request)
}

//go:wasmexport drawbridge_warm
func exportWarm() {
	warm(registered)
	runtime.GC() // the image is restored for every call: leave no litter in it
	// The collector leaves the sweeping to those who allocate next, which would
	// be every call anew. A few more runs do it once.
	for range sweeps {
		warm(registered)
	}
	fillCaches()
}

// sink keeps what is allocated from being left out.
var sink any

// fillCaches allocates one value of each size that Go keeps apart, with and
// without pointers: the first of a size takes a span of memory from the heap's
// common store, which is slow, and would be so in every call.
func fillCaches() {
	for size := 8; size <= 8<<10; size += 8 + size/8 {
		sink = make([]byte, size)
		sink = make([]*byte, size/8)
	}
	sink = nil
}

// sweeps is how many runs of the examples follow the collection.
const sweeps = 20

func serve(request []byte) int64 {
	answer = Handle(wasmHost{}, request, registered...)
	return packed(unsafe.Pointer(&answer[0]), len(answer))
}

// limitedTo is the limit in pages that is set: setting it stops the world.
var limitedTo uint32

// limitMemory makes the collector work harder before the linear memory is full:
// Go would rather let the heap double, and the sandbox does not let it grow.
func limitMemory(pages uint32) {
	const page, reserve = 64 << 10, 14 << 20 // the reserve: static data, stacks, the collector's own
	if pages == 0 {
		pages = abi.DefaultPages
	}
	if pages == limitedTo {
		return
	}
	limitedTo = pages
	limit := int64(pages) * page
	debug.SetMemoryLimit(max(limit-reserve, limit/2))
}
