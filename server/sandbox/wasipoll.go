package sandbox

import (
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero/api"
)

// Sizes and places in the structures of poll_oneoff.
const (
	subscriptionSize = 48
	eventSize        = 32
	maxSubscriptions = 64
	subscribeClock   = 0
	absoluteTime     = 1
)

// pollOneoff sleeps for the shortest of the clocks that the guest waits for,
// which is how toolchains sleep and idle. There is nothing else to wait for:
// a subscription to a descriptor ends at once with an error.
func pollOneoff(g *guestCall, mem api.Memory, s []uint64) {
	in, out, count, result := uint32(s[0]), uint32(s[1]), uint32(s[2]), uint32(s[3])
	if count == 0 || count > maxSubscriptions {
		s[0] = wasiInval
		return
	}
	subs, ok := mem.Read(in, count*subscriptionSize)
	if !ok {
		s[0] = wasiFault
		return
	}
	wait, chosen := time.Duration(-1), 0
	for i := range int(count) {
		if d := g.delay(subs[i*subscriptionSize:]); wait < 0 || d < wait {
			wait, chosen = d, i
		}
	}
	event := pollEvent(subs[chosen*subscriptionSize:])
	g.sleep(wait)
	if !mem.Write(out, event[:]) || !mem.WriteUint32Le(result, 1) {
		s[0] = wasiFault
		return
	}
	s[0] = wasiOK
}

// delay answers how long a subscription waits; 0 for what isn't a clock.
func (g *guestCall) delay(sub []byte) time.Duration {
	le := binary.LittleEndian
	if sub[8] != subscribeClock {
		return 0
	}
	clock, when := le.Uint32(sub[16:]), int64(le.Uint64(sub[24:]))
	if le.Uint16(sub[40:])&absoluteTime == 0 {
		return max(0, time.Duration(when))
	}
	if clock == clockReal {
		return max(0, time.Duration(when-g.clock.now))
	}
	return max(0, time.Duration(when-g.clock.sinceStart()))
}

// pollEvent makes the event of a subscription.
func pollEvent(sub []byte) (event [eventSize]byte) {
	copy(event[:8], sub[:8]) // the guest's own mark
	event[10] = sub[8]
	if sub[8] != subscribeClock {
		event[8] = wasiBadf
	}
	return event
}

// sleep ends early with the call.
func (g *guestCall) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	g.clock.pass(d)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-g.ctx.Done():
	}
}
