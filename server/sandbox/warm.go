package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Warming up runs examples before the image is taken, so that what is made on first
// use is in it. It is a help and no more: a module whose warming up fails, or takes
// longer than this, starts without it.
const (
	warmTimeout = 5 * time.Second
	warmBudget  = 2 * time.Second
)

// errCold says that warming up failed: the instance is in no known state.
type errCold struct{ why error }

func (e *errCold) Error() string { return e.why.Error() }

// warming gives a call the bounds of warming up; the context ends them.
func (g *guestCall) warming(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	was, budget := g.ctx, g.budget
	g.pause()
	g.budget = warmBudget
	spent := g.spent
	g.spent = 0
	ctx = g.context(ctx)
	g.begin()
	return ctx, func() {
		cancel()
		g.pause()
		g.ctx, g.budget, g.spent = was, budget, spent
		g.begin()
	}
}

// warmUp runs a module's own warming up.
func (i *instance) warmUp(ctx context.Context, g *guestCall) error {
	f := i.mod.ExportedFunction(abi.ExportWarm)
	if f == nil {
		return nil
	}
	ctx, done := g.warming(ctx)
	defer done()
	if err := f.CallWithStack(ctx, i.stack[:]); err != nil {
		return &errCold{i.explain(ctx, g, err, g.warmingWhat())}
	}
	return nil
}

// warmUpScript runs the examples of a script that only compute.
func (i *instance) warmUpScript(ctx context.Context, g *guestCall, host uint32) error {
	ctx, done := g.warming(ctx)
	defer done()
	if err := i.script.warm(ctx, g, host); err != nil {
		return &errCold{i.explainScript(ctx, g, err, g.warmingWhat())}
	}
	return nil
}

// exampleSays begins what an SDK says by progress before it runs an example.
const exampleSays = "the example "

// progress takes a line of progress. While there is no call yet it is how an SDK says
// which example it runs.
func (g *guestCall) progress(text []byte) {
	if line := string(text[:min(len(text), 300)]); g.slot == nil && strings.HasPrefix(line, exampleSays) {
		g.example = cleanLine(line)
	}
	g.log(levelProgress, text)
}

func (g *guestCall) warmingWhat() string {
	if g.example == "" {
		return "warming up"
	}
	return "warming up with " + g.example
}

// initialised answers an instance from which the image can be taken, and why it isn't
// warmed up, if it isn't.
func (m *machine) initialised(ctx context.Context, mod *module) (inst *instance, cold string, err error) {
	for _, warm := range []bool{true, false} {
		if inst, err = newInstance(ctx, m.runtime, mod); err != nil {
			return nil, "", err
		}
		if err = inst.initialise(ctx, warm); err == nil {
			return inst, cold, nil
		}
		inst.close(ctx)
		var e *errCold
		if !errors.As(err, &e) {
			return nil, "", err
		}
		cold = e.Error()
	}
	return nil, "", err
}

// tellCold logs, to the call that started a module, that it isn't warmed up.
func (s *childSlot) tellCold(why string) {
	at := s.stream.begin(kindLog)
	s.stream.out = append(s.stream.out, 2)
	s.stream.out = binary.LittleEndian.AppendUint64(s.stream.out, uint64(time.Now().UnixNano()))
	text := "the connector isn't warmed up, and each call starts more slowly: it " + why
	s.stream.out = append(s.stream.out, text[:min(len(text), abi.MaxLogLine)]...)
	s.stream.end(at)
}
