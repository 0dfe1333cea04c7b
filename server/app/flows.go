package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// maxPrepared is how many compiled flows are kept.
const maxPrepared = 512

// compileWithin is how long compiling a flow may take: far more than a check has, so that what
// was checked in time runs on a busy machine, too.
const compileWithin = 20 * time.Second

// Flows compiles documents once per digest and keeps the result.
type Flows struct {
	library *library.Service
	types   check.Types
	// refresh brings the types up to date, which other servers may have changed; nil
	// where there are none.
	refresh  func(ctx context.Context) error
	within   time.Duration // that compiling may take
	mu       sync.Mutex
	prepared map[string]*engine.Flow
}

// NewFlows makes an empty cache over a library.
func NewFlows(l *library.Service, types check.Types) *Flows {
	return &Flows{library: l, types: types, within: compileWithin, prepared: map[string]*engine.Flow{}}
}

// Flow implements [engine.Flows].
func (f *Flows) Flow(ctx context.Context, digest string) (*engine.Flow, error) {
	if known := f.known(digest); known != nil {
		return known, nil
	}
	content, err := f.library.Pinned(ctx, digest)
	if err != nil {
		return nil, err
	}
	prepared, err := f.Prepare(ctx, content)
	if err != nil && f.refresh != nil && !errors.Is(err, engine.ErrSlow) { // types that are new make it no faster
		if err := f.refresh(ctx); err != nil {
			return nil, err
		}
		prepared, err = f.Prepare(ctx, content)
	}
	if err != nil {
		return nil, err
	}
	f.keep(digest, prepared)
	return prepared, nil
}

// Pin prepares a document in canonical form and keeps it, so that runs of it can
// be taken up again. Problems that stop it from running are the error.
func (f *Flows) Pin(ctx context.Context, content []byte) (*engine.Flow, error) {
	digest := library.Digest(content)
	if known := f.known(digest); known != nil {
		return known, nil
	}
	prepared, err := f.Prepare(ctx, content)
	if err != nil {
		return nil, err
	}
	if _, err := f.library.Pin(ctx, content); err != nil {
		return nil, err
	}
	f.keep(digest, prepared) // not before: who finds it here takes it to be pinned
	return prepared, nil
}

// Prepare compiles a document that nobody has kept, in the time that compiling has: what takes longer
// is [engine.ErrSlow], which is no problem of the document.
func (f *Flows) Prepare(ctx context.Context, content []byte) (*engine.Flow, error) {
	d, problems := flow.Decode(content)
	if problems.Failed() {
		return nil, problems
	}
	within, cancel := context.WithTimeout(ctx, f.within)
	defer cancel()
	program, problems := check.Compile(within, d, f.types)
	if ctx.Err() != nil {
		return nil, ctx.Err() // it says nothing of the flow that nobody waits any more
	}
	if program == nil && within.Err() != nil {
		return nil, engine.ErrSlow
	}
	if program == nil {
		return nil, problems
	}
	return engine.NewFlow(program), nil
}

func (f *Flows) known(digest string) *engine.Flow {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.prepared[digest]
}

func (f *Flows) keep(digest string, prepared *engine.Flow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.prepared) >= maxPrepared {
		for other := range f.prepared { // any will do: it is compiled again when needed
			delete(f.prepared, other)
			break
		}
	}
	f.prepared[digest] = prepared
}
