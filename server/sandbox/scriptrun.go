package sandbox

import (
	"context"
	"errors"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// loadScript is initialise for a connector in JavaScript.
func (i *instance) loadScript(ctx context.Context, g *guestCall, warm bool) error {
	g.driver = i.script
	g.begin()
	if err := i.mod.ExportedFunction(abi.ExportInitialize).CallWithStack(ctx, i.stack[:]); err != nil {
		return i.explain(ctx, g, err, "starting")
	}
	host, err := i.script.load(ctx, g)
	if err != nil {
		return i.explainScript(ctx, g, err, "starting")
	}
	if warm {
		if err := i.warmUpScript(ctx, g, host); err != nil {
			return err
		}
	}
	if _, err := i.script.named(ctx, "qjs_run_gc"); err != nil {
		return i.explainScript(ctx, g, err, "starting")
	}
	i.stack[0] = 0 // it has no buffer as other guests have
	return nil
}

// runScript is run for a connector in JavaScript.
func (i *instance) runScript(ctx context.Context, g *guestCall, pages uint32, request []byte) ([]byte, error) {
	s := i.script
	g.driver, s.unhandled = s, s.unhandled[:0]
	answer, err := func() ([]byte, error) {
		if pages != abi.DefaultPages {
			if err := s.limit(ctx, pages); err != nil {
				return nil, err
			}
		}
		value, err := s.request(ctx, g, request)
		if err != nil {
			return nil, err
		}
		answer, err := s.settle(ctx, g, value)
		if err == nil {
			err = s.tellUnhandled(ctx, g)
		}
		return answer, err
	}()
	if err != nil {
		return nil, i.explainScript(ctx, g, err, "running")
	}
	if len(answer) > abi.MaxOutput {
		return nil, fail(failTooLarge, "answered %d bytes, the limit is %d: large values must go into blobs", len(answer), abi.MaxOutput)
	}
	return answer, nil
}

// request hands a request to the script: as a value, and with what is known of its
// input, where the script takes that and the engine can read it; else its text.
func (s *scriptGuest) request(ctx context.Context, g *guestCall, request []byte) (uint32, error) {
	st := &s.script.state
	if st.call != 0 {
		value, err := s.json(ctx, request)
		if err != nil {
			return 0, err
		}
		if value != 0 {
			return s.function(ctx, st.call, value, s.fitting(g, request))
		}
	}
	text, err := s.text(ctx, request)
	if err != nil {
		return 0, err
	}
	return s.function(ctx, st.run, text)
}

// fitting answers the engine's true or false for whether the input of a request
// fits.
func (s *scriptGuest) fitting(g *guestCall, request []byte) uint32 {
	g.charge(len(request))
	if fits(request, s.script.checks) {
		return s.script.state.yes
	}
	return s.script.state.no
}

// explainScript makes a failure of what the script threw, or the runtime answered.
func (i *instance) explainScript(ctx context.Context, g *guestCall, err error, doing string) error {
	var known *failure
	var thrown *errThrown
	switch {
	case errors.As(err, &known):
		return known
	case !errors.As(err, &thrown) || g.asked:
		if thrown != nil && thrown.stack != "" {
			g.log(3, []byte("it was stopped here:\n"+thrown.stack))
		}
		return i.explain(ctx, g, err, doing)
	}
	g.log(3, []byte(thrown.text+"\n"+thrown.stack))
	return fail(failCrashed, "threw while %s: %s", doing, thrown.text)
}
