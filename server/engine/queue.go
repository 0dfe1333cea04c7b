package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// ErrFull says that as many runs of a flow wait in its queue as may.
var ErrFull = errors.New("the flow's queue is full: as many of its runs wait as its limits allow")

// Queues keeps runs of flows that bound how many are at work at once.
type Queues interface {
	// Admit lets queued runs of a flow begin, the oldest first, as long as fewer than
	// limit are at work: each gets a [SignalAdmit]. It gives their ids.
	Admit(ctx context.Context, flow string, limit int) ([]string, error)
	// Queued lists flows of which runs wait in a queue, each with the digest of the
	// document that its oldest one is pinned to.
	Queued(ctx context.Context) ([]QueuedFlow, error)
	// QueueLength counts the queued runs of a flow, up to a limit.
	QueueLength(ctx context.Context, flow string, limit int) (int, error)
}

// QueuedFlow is a flow of which runs wait in a queue.
type QueuedFlow struct{ Flow, Digest string }

// limits are a flow's bounds, read once.
type limits struct {
	concurrency, queue int
	timeout            time.Duration // 0 is none
}

// roomFor refuses a run that finds its flow's queue full; one that doesn't queue has room.
func (e *Engine) roomFor(ctx context.Context, f *Flow, queues bool) error {
	if f.limits.queue == 0 || !queues {
		return nil
	}
	n, err := e.Journal.QueueLength(ctx, f.Program.Document.ID, f.limits.queue)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if n >= f.limits.queue {
		return ErrFull
	}
	return nil
}

// admit lets queued runs of a flow begin, in the background.
func (e *Engine) admit(flow string, limit int) {
	if e.ctx.Err() != nil {
		return
	}
	go func() {
		if err := e.admitNow(e.ctx, flow, limit); err != nil && e.ctx.Err() == nil {
			e.Logger.Warn("queued runs were not let begin; trying again", "flow", flow, "error", err)
		}
	}()
}

func (e *Engine) admitNow(ctx context.Context, flow string, limit int) error {
	ids, err := e.Journal.Admit(ctx, flow, limit)
	for _, id := range ids {
		e.Told(id)
	}
	return err
}

// admitAll lets runs begin that nothing else did: those whose place became free
// elsewhere, or while no engine was there.
func (e *Engine) admitAll(ctx context.Context) error {
	queued, err := e.Journal.Queued(ctx)
	if err != nil {
		return err
	}
	for _, q := range queued {
		f, err := e.Flows.Flow(ctx, q.Digest)
		var problems flow.Problems
		limit := 0
		switch {
		case err == nil:
			limit = f.limits.concurrency
		case !errors.As(err, &problems):
			e.Logger.Warn("queued runs were not let begin; trying again", "flow", q.Flow, "error", err)
			continue // its limit is not known: the next sweep asks again
		}
		// A flow that can't be run, or has no limit any more, holds its runs up no longer:
		// each tells by itself what is wrong with it.
		if limit == 0 {
			limit = maxAdmitted
		}
		if err := e.admitNow(ctx, q.Flow, limit); err != nil {
			return err
		}
	}
	return nil
}

// maxAdmitted is how many runs are let begin at once where nothing bounds them.
const maxAdmitted = 1000

// begin starts a new run, or puts it in its flow's queue.
func (a *actor) begin() {
	switch {
	case len(a.kept) > 0: // somebody wants it tried again, and now
		a.beginKept()
		a.boundTime()
		return
	case a.flow.limits.concurrency > 0 && a.replay == nil:
		a.emit(a.first(run.Event{Kind: run.RunQueued}))
		a.urgent = true
	default:
		a.emit(a.first(run.Event{Kind: run.RunStarted, Trigger: a.record.Trigger}))
		a.boundTime()
		a.urgent = !a.answers
	}
	a.work()
}

// admitted begins a run that waited in its flow's queue.
func (a *actor) admitted(s Signal) {
	if a.heard[s.ID] {
		return
	}
	if a.state.Root() != nil {
		a.drop(s)
		return
	}
	a.hears(s)
	a.emit(run.Event{Kind: run.RunStarted, Trigger: a.record.Trigger})
	a.boundTime()
	a.urgent = true
}

// makeRoom lets another run of a flow begin where this one no longer takes a place.
func (a *actor) makeRoom(b *Batch) {
	if a.flow.limits.concurrency == 0 {
		return
	}
	was := a.busy
	a.busy = b.Update.Status == run.Running && !b.Over()
	if b.Create != nil || was && !a.busy {
		a.e.admit(a.record.Flow, a.flow.limits.concurrency)
	}
}

// deadline is until when a run may take; zero is for ever.
func (a *actor) deadline() time.Time {
	if a.flow.limits.timeout == 0 || a.e.Untimed || a.state.Started.IsZero() || a.replay != nil || a.state.Ending() != "" {
		return time.Time{}
	}
	return a.state.Started.Add(a.flow.limits.timeout)
}

// boundTime ends the run when its time is over.
func (a *actor) boundTime() {
	due := a.deadline()
	if due.IsZero() {
		return
	}
	a.timer("timeout", due.Sub(a.e.now()), func() {
		switch {
		case a.state.Over() || a.state.Ending() != "" || a.retiring || a.parked:
		case a.e.now().Before(due):
			a.boundTime()
		default:
			a.emit(run.Event{Kind: run.RunTimeout, Error: &run.Error{
				Code: "timeout", Message: fmt.Sprintf("the run took longer than the %s that its flow allows", a.flow.Program.Document.Limits.Timeout),
			}})
			a.urgent = true
		}
	})
}
