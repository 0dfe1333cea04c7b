package engine

import (
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// flush hands pending events to the journal: at once where somebody waits for
// them, otherwise gathered for a moment.
func (a *actor) flush() {
	if len(a.pending) == 0 || a.appending || a.ended {
		return
	}
	if !a.urgent && !a.state.Over() && !a.retiring {
		if !a.packing {
			a.packing = true
			a.timer("pack", packDelay, func() {
				a.packing = false
				a.urgent = true
			})
		}
		return
	}
	a.write()
}

func (a *actor) write() {
	b := &Batch{RunID: a.record.ID, Epoch: a.record.Epoch, Owner: a.e.owner, Lease: a.e.Lease, Events: a.pending, Update: a.update(), Taken: a.taken}
	if !a.created {
		record := a.record
		b.Create = &record
	}
	if a.state.Over() && a.record.Parent.Run != "" {
		a.notify = append(a.notify, childEnded(&a.record))
	}
	b.Notify, a.notify = a.notify, nil
	b.Asks, b.Closed, a.asks, a.closed = a.asks, a.closed, nil, nil
	b.Park, _ = a.waitsLong()
	if a.state.Over() {
		b.Ending = ending(&a.record, a.state, b.Update.Status, b.Update.Started, b.Update.Ended)
	}
	a.pending, a.taken, a.appending, a.urgent = nil, nil, true, false
	a.append(b)
}

func (a *actor) append(b *Batch) {
	a.sent = time.Now()
	a.e.Journal.Append(b, func(result Appended) {
		a.post(func() { a.appended(b, result) })
	})
}

func (a *actor) update() Update {
	u := Update{
		Status: a.state.Status, Started: a.state.Started, Ended: a.state.Ended, Output: a.state.Output,
		Error: a.state.Error, Steps: a.state.StepCount(), Due: a.now(),
	}
	if a.record.RetryOf != "" {
		u.Started = a.record.Created
	}
	if due, waits := a.state.Due(); waits {
		u.Due = due
	}
	if !a.state.Over() {
		u.Output, u.Error = nil, nil
	}
	return u
}

// appended hears how a batch fared.
func (a *actor) appended(b *Batch, result Appended) {
	switch {
	case result.Existing != "":
		a.abandon(nil)
		a.handle.existing = result.Existing
	case errors.Is(result.Err, ErrStale) && a.created:
		a.stale(b)
	case result.Err != nil && !a.created:
		a.abandon(result.Err)
	case result.Err != nil:
		a.failures++
		delay := min(100*time.Millisecond<<min(a.failures, 5), 2*time.Second)
		a.log().Error("the journal can't be written; trying again", "error", result.Err, "in", delay)
		a.timer("append", delay, func() { a.append(b) })
	default:
		a.durable(b)
	}
}

// stale hears that a batch was written under an old epoch. After a stall this
// engine may have claimed its own run anew: then the batch is written under the
// new epoch, which [Engine.resume] brings within a sweep. Otherwise another has it.
func (a *actor) stale(b *Batch) {
	if b.Epoch < a.record.Epoch {
		b.Epoch = a.record.Epoch
		a.append(b)
		return
	}
	a.timer("stale", 2*a.e.Sweep, func() {
		if b.Epoch < a.record.Epoch {
			a.stale(b)
			return
		}
		a.log().Warn("the run is held elsewhere; letting go")
		a.abandon(ErrStale)
	})
}

// durable is called once a batch is on disk: those who waited may hear of it.
func (a *actor) durable(b *Batch) {
	a.created, a.appending, a.failures = true, false, 0
	a.written = a.sent
	a.committed = b.Events[len(b.Events)-1].Seq
	a.e.Observe(Committed{Record: a.record, Status: b.Update.Status, Events: b.Events, Asked: len(b.Asks)+len(b.Closed) > 0})
	for _, s := range b.Notify {
		a.e.Told(s.RunID)
	}
	a.handle.durable(a)
	a.makeRoom(b)
	if !b.Park.IsZero() && len(a.pending) == 0 {
		_, a.parked = a.waitsLong()
	}
	a.parkLater()
	held := a.held
	a.held = nil
	for _, h := range held {
		if h.seq > a.committed {
			a.held = append(a.held, h)
			continue
		}
		a.startHeld(h)
	}
}

type heldCall struct {
	seq     int64
	step    *run.Step
	attempt int
	start   func()
}

// launch begins a call that was held, unless the run ends.
func (a *actor) launch(h heldCall) {
	if a.state.Ending() == "" {
		h.start()
		return
	}
	a.calls[h.step.Key].cancel()
	delete(a.calls, h.step.Key)
	a.emit(run.Event{Kind: run.StepCancel, Step: h.step.Key, Attempt: h.attempt})
}

// startHeld begins a call that writes. Its start is durable under this engine's epoch;
// but where much of the lease has passed since (the process may have been stopped), the
// run may be another's by now, which would repeat the call or call it unknown.
func (a *actor) startHeld(h heldCall) {
	if time.Since(a.written) < a.e.Lease*2/3 {
		a.launch(h)
		return
	}
	id, epoch := a.record.ID, a.record.Epoch
	go func() {
		err := a.e.Journal.Prolong(a.ctx, id, epoch, a.e.Lease)
		a.post(func() {
			switch {
			case a.ended:
			case errors.Is(err, ErrStale) && epoch == a.record.Epoch:
				a.log().Warn("the run is held elsewhere; letting go")
				a.abandon(ErrStale)
			case err != nil:
				a.timer("held "+h.step.Key, a.e.Sweep, func() { a.startHeld(h) })
			default:
				a.launch(h)
			}
		})
	}()
}
