package engine

import (
	"context"
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

func (e *Engine) sweeper() {
	defer e.wg.Done()
	renewed := e.Clock.Now()
	for {
		wake := make(chan struct{})
		stop := e.Clock.AfterFunc(e.Sweep, func() { close(wake) })
		select {
		case <-e.ctx.Done():
			stop()
			return
		case <-e.sweepCh:
			stop()
		case <-wake:
		}
		if now := e.Clock.Now(); now.Sub(renewed) >= e.Lease/3 {
			renewed = now
			if err := e.Journal.Renew(e.ctx, e.owner, e.Lease); err != nil {
				e.Logger.Warn("leases not renewed", "error", err)
			}
		}
		if err := e.sweep(e.ctx); err != nil && e.ctx.Err() == nil {
			e.Logger.Warn("sweep failed; trying again", "error", err)
		}
	}
}

// sweep claims runs that are due until none is left.
func (e *Engine) sweep(ctx context.Context) error {
	const batch = 100
	if err := e.gather(ctx); err != nil {
		return err
	}
	if err := e.admitAll(ctx); err != nil {
		return err
	}
	if err := e.deliver(ctx); err != nil {
		return err
	}
	for {
		records, err := e.Journal.Claim(ctx, e.owner, e.Lease, batch)
		if err != nil {
			e.astray.Store(true) // it may have been done all the same
			return err
		}
		for i := range records {
			e.resume(ctx, records[i])
		}
		if len(records) < batch {
			return nil
		}
	}
}

// gather takes up runs that are leased to this engine and that it let go of, or never
// heard of: their leases would be renewed, and nobody would run them.
func (e *Engine) gather(ctx context.Context) error {
	if !e.astray.Swap(false) {
		return nil
	}
	held, err := e.Journal.Held(ctx, e.owner)
	if err != nil {
		e.astray.Store(true)
		return err
	}
	for _, record := range held {
		if e.find(record.ID) == nil {
			e.resume(ctx, record)
		}
	}
	return nil
}

// deliver has signals read that their runs were not told of: those of runs that
// wait elsewhere than in memory, and of others whose hint was lost.
func (e *Engine) deliver(ctx context.Context) error {
	const batch = 1000
	ids, err := e.Signals.Signaled(ctx, e.told, batch)
	if err != nil {
		return err
	}
	if e.told = ""; len(ids) == batch {
		e.told = ids[batch-1] // the others have their turn with the next sweep
	}
	for _, id := range ids {
		if a := e.find(id); a != nil {
			a.post(a.loadSignals)
		} else if err := e.Journal.Wake(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// claim finds the actor of a run that was claimed anew.
func (e *Engine) claim(record *Record) *actor {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.active[record.ID]
	if a != nil {
		a.claimed = record.Epoch
	}
	return a
}

// resume takes up a claimed run where its journal ends.
func (e *Engine) resume(ctx context.Context, record Record) {
	if a := e.claim(&record); a != nil {
		a.post(func() { a.record.Epoch = record.Epoch }) // a stall outlasted its lease; it goes on here
		return
	}
	full, events, err := e.Journal.Load(ctx, record.ID)
	if err != nil {
		e.release(ctx, record, "the run was not taken up; trying again later", err)
		return
	}
	full.Epoch, full.Owner = record.Epoch, e.owner
	if full.Replay.Run != "" {
		e.fail(full, events, errReplayBroken)
		return
	}
	f, err := e.Flows.Flow(ctx, full.Digest)
	var problems flow.Problems
	switch {
	case errors.As(err, &problems):
		e.fail(full, events, err)
		return
	case err != nil:
		e.release(ctx, record, "the run's flow was not found; trying again later", err)
		return
	}
	state, err := Fold(f, &full, events)
	if err != nil {
		e.release(ctx, record, "the journal is damaged; the run stays as it is", err)
		return
	}
	a := newActor(e, f, full, state)
	a.created = true
	if e.enter(a) != nil {
		return
	}
	a.takeUp()  //nolint:contextcheck // a run outlives the sweep that takes it up
	go a.loop() //nolint:contextcheck // likewise
}

// releaseFor is how long a run that could not be taken up is left alone.
const releaseFor = 10 * time.Second

// release gives a claimed run back for a later sweep.
func (e *Engine) release(ctx context.Context, record Record, why string, cause error) {
	log := e.Logger.With("run", record.ID, "flow", record.Flow)
	log.Error(why, "error", cause)
	if err := e.Journal.Release(ctx, record.ID, record.Epoch, releaseFor); err != nil {
		log.Error("the run was not given back", "error", err)
		e.astray.Store(true)
	}
}

// fail ends a run whose flow can't be run any more, saying why.
func (e *Engine) fail(record Record, events []run.Event, cause error) {
	seq := int64(len(events)) + 1
	now := e.now()
	failed := run.Event{Seq: seq, At: now, Kind: run.RunFailed, Error: &run.Error{
		Code:    "flow_unavailable",
		Message: "the flow of this run can't be run here any more: " + cause.Error(),
	}}
	notify := callsOf(record.ID, events)
	if record.Parent.Run != "" {
		notify = append(notify, childEnded(&record))
	}
	e.Journal.Append(&Batch{
		Notify: notify,
		RunID:  record.ID, Epoch: record.Epoch, Owner: e.owner, Lease: e.Lease, Events: []run.Event{failed},
		Update: Update{Status: run.Failed, Ended: now, Error: failed.Error},
		Ending: ending(&record, nil, run.Failed, time.Time{}, now),
	}, func(result Appended) {
		if result.Err != nil {
			e.astray.Store(true)
		}
	})
}
