package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Handle follows a run from its start.
type Handle struct {
	ID string
	// Duplicate says that the ingest key was known and nothing was started.
	Duplicate bool

	onceAccepted, onceResponded, onceDone sync.Once
	accepted, responded, done             chan struct{}
	existing                              string
	err                                   error
	response                              *run.Response
	record                                Record
	state                                 *run.State
	flow                                  *Flow
}

func newHandle(a *actor) *Handle {
	return &Handle{ID: a.record.ID, accepted: make(chan struct{}), responded: make(chan struct{}), done: make(chan struct{})}
}

// acceptWithin is how long a run may take to be durable. After it nobody is told that it
// was accepted, though it may be: a sender repeats it with the same key.
const acceptWithin = 12 * time.Second

// accepted waits until the run is durable, or was refused.
func (a *actor) accepted(ctx context.Context) (*Handle, error) {
	h := a.handle
	late := time.NewTimer(acceptWithin)
	defer late.Stop()
	select {
	case <-h.accepted:
	case <-late.C:
		return nil, fmt.Errorf("%w: whether the run was accepted isn't known yet", ErrUnavailable)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case h.existing != "":
		if running, ok := a.e.Watch(h.existing); ok {
			return &Handle{ID: running.ID, Duplicate: true, accepted: running.accepted, responded: running.responded, done: running.done}, nil
		}
		ended := make(chan struct{})
		close(ended)
		return &Handle{ID: h.existing, Duplicate: true, accepted: ended, responded: ended, done: ended}, nil
	case h.err != nil:
		return nil, h.err
	}
	return h, nil
}

// durable tells those who wait what is on disk now. It runs on the actor.
func (h *Handle) durable(a *actor) {
	h.onceAccepted.Do(func() { close(h.accepted) })
	if a.state.Response != nil && h.response == nil && a.respondedSeq() <= a.committed {
		h.response = a.state.Response
		h.onceResponded.Do(func() { close(h.responded) })
	}
}

// respondedSeq is at most the last seq: a response is flushed at once, so what
// was written with it or after it covers it.
func (a *actor) respondedSeq() int64 {
	for i := range a.pending {
		if a.pending[i].Kind == run.RunResponded {
			return a.pending[i].Seq
		}
	}
	return a.committed
}

// finish is called when the actor is gone.
func (h *Handle) finish(a *actor) {
	if h.err == nil && !a.created && h.existing == "" {
		h.err = ErrClosed
	}
	if a.state.Over() && a.committed == a.state.Seq { // durable to its end
		h.record, h.state, h.flow = a.record, a.state, a.flow
	}
	h.onceAccepted.Do(func() { close(h.accepted) })
	h.onceResponded.Do(func() { close(h.responded) })
	h.onceDone.Do(func() { close(h.done) })
}

// Responded is closed once core.respond's answer is durable, or the run ended
// without one.
func (h *Handle) Responded() <-chan struct{} { return h.responded }

// Response is the answer of core.respond; nil until Responded is closed, and
// after it where the run gave none.
func (h *Handle) Response() *run.Response {
	select {
	case <-h.responded:
		return h.response
	default:
		return nil
	}
}

// Done is closed once the run has ended here, or this engine let go of it.
func (h *Handle) Done() <-chan struct{} { return h.done }

// Result gives the ended run; ok is false before the end, for a duplicate, and
// where this engine let go of the run before it ended.
func (h *Handle) Result() (record Record, state *run.State, f *Flow, ok bool) {
	select {
	case <-h.done:
		return h.record, h.state, h.flow, h.state != nil
	default:
		return Record{}, nil, nil, false
	}
}
