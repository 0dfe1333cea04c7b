package sandbox

import (
	"context"

	"github.com/tetratelabs/wazero/api"
)

// maxRejected is how many rejected promises of a call are told that nothing handled.
const maxRejected = 8

// rejection is a promise that nothing handles yet, and why it was rejected. Both
// are places of the engine's values, which the engine left to us to free.
type rejection struct{ promise, reason uint32 }

// rejected is env.host_promise_rejection(promise, reason, handled): a promise was
// rejected without a handler, or one that was is handled after all.
func (s *scriptGuest) rejected(ctx context.Context, promise, reason uint32, handled bool) {
	free := func(values ...uint32) {
		for _, v := range values {
			if _, err := s.do(ctx, s.free, uint64(v)); err != nil {
				panic(err) // as hostCall
			}
		}
	}
	if !handled && len(s.unhandled) < maxRejected {
		s.unhandled = append(s.unhandled, rejection{promise, reason})
		return
	}
	if which, _ := s.memory.ReadUint64Le(promise); handled {
		for i, r := range s.unhandled {
			if v, _ := s.memory.ReadUint64Le(r.promise); v == which {
				s.unhandled = append(s.unhandled[:i], s.unhandled[i+1:]...)
				free(r.promise, r.reason)
				break
			}
		}
	}
	free(promise, reason)
}

// promiseRejection is [scriptGuest.rejected] as the engine calls it.
func promiseRejection(g *guestCall, _ api.Memory, stack []uint64) {
	if g.driver != nil {
		g.driver.rejected(&guestContext{g.ctx, g}, uint32(stack[0]), uint32(stack[1]), uint32(stack[2]) != 0)
	}
}

// tellUnhandled writes to the log what rejections nothing handled: the call went on
// as if nothing had happened.
func (s *scriptGuest) tellUnhandled(ctx context.Context, g *guestCall) error {
	for _, r := range s.unhandled {
		e, err := s.told(ctx, r.reason)
		if err != nil {
			return err
		}
		g.log(2, []byte("a promise was rejected, and nothing handled it: "+e.text+"\n"+e.stack))
	}
	return nil
}
