package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// Bounds of a sweep: what it does at once is little, and it rests for as long as that
// took, so that runs go on beside it.
const (
	tidyEvery   = time.Minute
	retireEvery = 10 * time.Minute
	choreHeld   = 2 * time.Minute
	retireAtOne = 500
	removeAtOne = 1000
)

// Chores that one server does for all. Blobs are collected while nothing else is
// removed.
const (
	choreRetention = "retention"
	choreBlobs     = "blobs"
	choreTotals    = "totals"
)

const (
	collectEvery = 6 * time.Hour
	// blobsStay is for how long a blob stays that nothing names: longer than any call
	// takes that has written one and not told of it yet.
	blobsStay = 24 * time.Hour
)

// housekeeper removes what need not be kept any more.
type housekeeper struct {
	store   *store.Store
	library *library.Service
	// keep is how long runs are kept whose flow says nothing; 0 is for ever.
	keep time.Duration
	// hidden is how long a run is hidden before it is removed: who began to read it is
	// done by then, and an event with its key that was under way has arrived.
	hidden time.Duration
	holder string
	logger *slog.Logger
	now    func() time.Time
	// swept is told what a sweep removed.
	swept func(Swept)
}

// Swept counts what a sweep did.
type Swept struct {
	// Retired are the runs that were hidden, Removed what was deleted of those that
	// were hidden before.
	Retired int
	store.Removed
	Blobs store.Collected
}

func newHousekeeper(core *Core, keep time.Duration) *housekeeper {
	return &housekeeper{store: core.Store, library: core.Library, keep: keep, hidden: retireEvery, holder: uuid.NewString(), logger: core.Logger, now: time.Now, swept: func(Swept) {}}
}

// Run keeps house until ctx ends.
func (h *housekeeper) Run(ctx context.Context) {
	for {
		if err := h.tidy(ctx); err != nil && ctx.Err() == nil {
			h.logger.Warn("what is past its time was not removed; trying again", "error", err)
		}
		timer := time.NewTimer(tidyEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func (h *housekeeper) tidy(ctx context.Context) error {
	err := h.store.LookForPastKeys(ctx, h.now())
	return errors.Join(err, h.chore(ctx, choreTotals, tidyEvery/2, h.addUp), h.chore(ctx, choreRetention, retireEvery, h.sweep))
}

// chore does work where no other server is at it, or has been of late.
func (h *housekeeper) chore(ctx context.Context, name string, every time.Duration, work func(ctx context.Context, held func() error) error) error {
	var taken time.Time
	held := func() error {
		if time.Since(taken) < choreHeld/4 {
			return nil
		}
		now := time.Now()
		mine, err := h.store.Chore(ctx, name, h.holder, every, choreHeld)
		switch {
		case err != nil:
			return err
		case !mine:
			return store.ErrNotHeld
		}
		taken = now
		return nil
	}
	err := held()
	if err == nil {
		err = errors.Join(work(ctx, held), h.store.ChoreDone(context.WithoutCancel(ctx), name, h.holder))
	}
	if errors.Is(err, store.ErrNotHeld) {
		return nil
	}
	return err
}

// sweep hides the runs that are past their time, and removes those that were hidden.
func (h *housekeeper) sweep(ctx context.Context, held func() error) error {
	var done Swept
	err := errors.Join(h.retire(ctx, held, &done), h.remove(ctx, held, &done))
	if err == nil {
		err = h.chore(ctx, choreBlobs, collectEvery, func(ctx context.Context, too func() error) error {
			return h.collect(ctx, func() error { return errors.Join(held(), too()) }, &done)
		})
	}
	if done == (Swept{}) {
		return err
	}
	h.swept(done)
	if done.Retired+done.Blobs.Removed == 0 && done.Removed == (store.Removed{}) {
		return err
	}
	h.logger.Info("what is past its time was removed", "retired", done.Retired, "runs", done.Runs, "rows", done.Journal, "cassettes", done.Cassettes, "blobs", done.Blobs.Removed)
	detail := map[string]any{"retired": done.Retired, "runs": done.Runs, "rows": done.Journal, "cassettes": done.Cassettes, "blobs": done.Blobs.Removed, "bytes": done.Blobs.Bytes}
	return errors.Join(err, h.store.Note(context.WithoutCancel(ctx), store.Change{Action: "run.forget", Object: "run", Detail: detail}))
}

// collect removes the blobs that nothing names any more.
func (h *housekeeper) collect(ctx context.Context, held func() error, done *Swept) (err error) {
	done.Blobs, err = h.store.CollectBlobs(ctx, h.now().Add(-blobsStay), func(begun time.Time) error { return h.rest(ctx, begun, held) })
	return err
}

func (h *housekeeper) retire(ctx context.Context, held func() error, done *Swept) error {
	flows, err := h.store.FlowsOfRuns(ctx)
	if err != nil {
		return err
	}
	for _, id := range flows {
		keep, err := h.keeps(ctx, id)
		if err != nil {
			return err
		}
		if keep == 0 {
			continue
		}
		for page := (store.Retired{}); ; {
			begun := time.Now()
			if page, err = h.store.Retire(ctx, id, h.now().Add(-keep), page.Next, retireAtOne); err != nil {
				return err
			}
			done.Retired += page.Runs
			if page.Next == "" {
				break
			}
			if err := h.rest(ctx, begun, held); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *housekeeper) remove(ctx context.Context, held func() error, done *Swept) error {
	for {
		begun := time.Now()
		removed, more, err := h.store.RemoveRetired(ctx, h.hidden, removeAtOne)
		done.Runs += removed.Runs
		done.Journal += removed.Journal
		done.Cassettes += removed.Cassettes
		if err != nil || !more {
			return err
		}
		if err := h.rest(ctx, begun, held); err != nil {
			return err
		}
	}
}

// rest leaves the database to others for as long as it was taken, and makes sure that
// the chore is still ours.
func (h *housekeeper) rest(ctx context.Context, begun time.Time, held func() error) error {
	timer := time.NewTimer(time.Since(begun))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return held()
	}
}

// keeps is how long a flow's runs are kept: as its newest version says, or the draft
// where none was published, or else as the server does.
func (h *housekeeper) keeps(ctx context.Context, id string) (time.Duration, error) {
	var content []byte
	version, err := h.library.Version(ctx, id, 0)
	content = version.Content
	if errors.Is(err, library.ErrNotFound) {
		var draft library.Draft
		draft, err = h.library.Draft(ctx, id)
		content = draft.Content
	}
	switch {
	case errors.Is(err, library.ErrNotFound): // runs outlive their flow
		return h.keep, nil
	case err != nil:
		return 0, err
	}
	d, _ := flow.Decode(content) // a draft may have problems
	return h.library.Keeps(d, h.keep), nil
}
