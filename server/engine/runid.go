package engine

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// tails counts the ends of this process's run ids, from a number that no other knows.
var tails = sync.OnceValue(func() *atomic.Uint32 {
	var first [4]byte
	_, _ = rand.Read(first[:]) // it never fails
	n := &atomic.Uint32{}
	n.Store(binary.BigEndian.Uint32(first[:]))
	return n
})

// RunIDs makes the ids of runs. Each goes behind the one made before it, also where the
// clock is set back: queues begin by them, and lists stand in their order.
type RunIDs struct {
	mu   sync.Mutex
	last uint64 // milliseconds and 4096ths of one
}

// New makes the id of a run that is created at a time: a UUID of version 7 whose last 24
// bits count up (RFC 9562, sections 6.2 and 6.12, leave that to us). People know a run by
// the six digits that these are: of one server's 16 million runs no two have the same.
// And an index over them grows at its end, where random ones changed a page for every run.
func (r *RunIDs) New(at time.Time) string {
	within := at.Nanosecond() % int(time.Millisecond) * 4096 / int(time.Millisecond)
	stamp := r.after(uint64(at.UnixMilli())<<12 | uint64(within))
	id := uuid.New()
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], stamp>>12<<16)
	copy(id[:6], ms[:6])
	id[6], id[7] = 0x70|byte(stamp>>8&0xf), byte(stamp)
	n := tails().Add(1)
	id[13], id[14], id[15] = byte(n>>16), byte(n>>8), byte(n)
	return id.String()
}

func (r *RunIDs) after(stamp uint64) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = max(stamp, r.last+1)
	return r.last
}

// createdAt is when a run was created: what its id says, so that both are always the
// same, in milliseconds. Ids that say nothing leave it at now.
func createdAt(id string, now time.Time) time.Time {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.Version() != 7 {
		return now
	}
	var ms [8]byte
	copy(ms[2:], parsed[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(ms[:]))).UTC()
}
