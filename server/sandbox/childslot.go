package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// childSlot is the child's end of a slot. One goroutine reads a call, runs it
// and writes the answer.
type childSlot struct {
	stream  *stream
	machine *machine
	used    byte // what the last guest used; see guestCall.used

	mu     sync.Mutex
	seq    uint64
	cancel context.CancelFunc
}

// failure is why a call has no answer, as the server is told.
type failure struct {
	code    byte
	message string
}

func (f *failure) Error() string { return f.message }

func fail(code byte, format string, args ...any) error {
	return &failure{code: code, message: fmt.Sprintf(format, args...)}
}

// serve runs calls until the server closes the slot.
func (s *childSlot) serve(ctx context.Context) {
	for {
		kind, body, err := s.stream.read()
		if err != nil || kind != kindCall || len(body) < callHeaderSize+1 {
			return
		}
		answer, mod, inst, err := s.call(ctx, body)
		sent := s.reply(answer, err)
		// Only now: the answer lay in the instance's memory until it was sent.
		s.machine.release(ctx, mod, inst, err == nil)
		if sent != nil {
			return
		}
	}
}

func (s *childSlot) reply(answer []byte, err error) error {
	if err == nil {
		return s.stream.frame(kindAnswer, []byte{s.used}, answer)
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{code: failInternal, message: err.Error()}
	}
	return s.stream.frame(kindFailure, []byte{f.code}, []byte(f.message))
}

// call runs one call. The caller gives back the module and the instance, which
// may be nil.
func (s *childSlot) call(ctx context.Context, body []byte) ([]byte, *module, *instance, error) {
	var h callHeader
	h.parse(body)
	rest := body[callHeaderSize:]
	request := rest[1+int(rest[0]):] // after the connector's name
	mod := s.machine.module(h.Digest)
	if !mod.isReady() {
		// Loading reads frames of its own into the stream's buffer.
		request = append([]byte(nil), request...)
		if err := s.load(ctx, mod, h.Digest); err != nil {
			return nil, mod, nil, err
		}
	}
	answer, inst, err := s.runGuest(ctx, &h, mod, request)
	return answer, mod, inst, err
}

func (s *childSlot) runGuest(ctx context.Context, h *callHeader, mod *module, request []byte) ([]byte, *instance, error) {
	g := &guestCall{slot: s, start: time.Now(), wall: h.Wall, seed: h.Seed, budget: maxCPU, clock: startClock(h.Wall)}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(h.Timeout))
	s.begin(h.Seq, cancel)
	defer s.end(cancel)
	inst, err := s.machine.instance(ctx, mod)
	if err != nil {
		return nil, nil, err
	}
	if h.Probe {
		return nil, inst, nil
	}
	answer, err := inst.run(ctx, g, h.Pages, request)
	s.used = g.used()
	g.flushLines()
	if err == nil && g.broken != nil {
		err = g.broken
	}
	return answer, inst, err
}

// load makes a module ready: the first call that needs it fetches it from the
// server, the others wait.
func (s *childSlot) load(ctx context.Context, mod *module, digest [32]byte) error {
	first := mod.claim()
	if !first {
		if err := s.stream.frame(kindLoading); err != nil {
			return err
		}
		<-mod.ready
	} else {
		s.machine.finish(mod, digest, s.fetch(ctx, mod))
		if mod.err == nil && mod.cold != "" {
			s.tellCold(mod.cold)
		}
	}
	if mod.err != nil {
		return mod.err
	}
	return s.stream.frame(kindStarted)
}

func (s *childSlot) fetch(ctx context.Context, mod *module) error {
	if err := s.stream.frame(kindNeed); err != nil {
		return err
	}
	kind, code, err := s.stream.read()
	if err != nil {
		return err
	}
	if kind != kindModule {
		return fmt.Errorf("frame of kind %d where a module was expected", kind)
	}
	return s.machine.compile(ctx, mod, code)
}

func (s *childSlot) begin(seq uint64, cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq, s.cancel = seq, cancel
}

func (s *childSlot) end(cancel context.CancelFunc) {
	s.mu.Lock()
	s.cancel = nil
	s.mu.Unlock()
	cancel()
}

// cancelCall stops the call of a number, if it is the one that runs.
func (s *childSlot) cancelCall(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seq == seq && s.cancel != nil {
		s.cancel()
	}
}
