package sandbox

import (
	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

const pageSize = 64 << 10

// limiter gives one instance its linear memory.
type limiter struct {
	limit  uint64
	memory *linearMemory
}

// Allocate implements experimental.MemoryAllocator.
func (l *limiter) Allocate(_, most uint64) experimental.LinearMemory {
	most = min(most, l.limit)
	l.memory = &linearMemory{limit: most, most: most}
	return l.memory
}

// linearMemory reserves its whole range at first and makes it usable as it
// grows: growing copies nothing and moves nothing, and what is freed goes back
// to the system at once, without the collector.
type linearMemory struct {
	most   uint64 // what it may ever be
	limit  uint64 // what it may be in the call that runs
	region []byte
	used   uint64 // of the region, from its start: what was made usable
	// refused says that the guest asked for more than the limit.
	refused bool
	// shrinkTo makes the next Reallocate answer this size; see [image.shrink].
	shrinkTo uint64
}

// Reallocate implements experimental.LinearMemory; nil refuses.
func (m *linearMemory) Reallocate(size uint64) []byte {
	if to := m.shrinkTo; to > 0 {
		m.shrinkTo = 0
		return m.region[:to:to]
	}
	if size > m.limit {
		m.refused = true
		return nil
	}
	if m.region == nil {
		region, err := unix.Mmap(-1, 0, int(max(m.most, pageSize)), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			return nil
		}
		m.region = region
	}
	if size > m.used {
		if err := unix.Mprotect(m.region[m.used:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			m.refused = true
			return nil
		}
		m.used = size
	}
	return m.region[:size:size]
}

// Free implements experimental.LinearMemory.
func (m *linearMemory) Free() {
	if m.region != nil {
		_ = unix.Munmap(m.region) // it was mapped above
		m.region = nil
	}
}
