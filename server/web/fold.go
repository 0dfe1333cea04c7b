package web

import (
	"context"
	"fmt"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Bounds of reading journals: a run may have 100,000 steps and 64 MiB of results,
// and many may look at it at once.
const (
	foldsAtOnce = 4
	foldWithin  = 30 * time.Second
	// maxKeptFolds and maxKeptFold bound what is kept for those who come next,
	// such as the fields of one editor: runs, and bytes of each.
	maxKeptFolds = 8
	maxKeptFold  = 1 << 20
)

// folded is a run as its journal tells it. It is shared by all who look at it,
// and changed by none.
type folded struct {
	record engine.Record
	state  *run.State
	// flow is nil where the document can't be compiled here any more.
	flow *engine.Flow
}

// folds reads runs from their journals: once for all who ask for the same run at
// the same seq, and few at once.
type folds struct {
	flights singleflight.Group
	turns   chan struct{}

	mu   sync.Mutex
	kept []keptFold // the latest last
}

type keptFold struct {
	id  string
	seq int64
	run *folded
}

func newFolds() *folds { return &folds{turns: make(chan struct{}, foldsAtOnce)} }

// fold reads a run from its journal, no older than when it was asked for.
func (s *Server) fold(ctx context.Context, id string) (*folded, error) {
	seq, err := s.Runs.LastSeq(ctx, id)
	if err != nil {
		return nil, err
	}
	if f := s.folds.find(id, seq); f != nil {
		return f, nil
	}
	// The flight isn't any one caller's: the first may go away while others wait.
	// It is named by the seq, so that who asks later isn't given what is older.
	flight := s.folds.flights.DoChan(id+" "+strconv.FormatInt(seq, 10), func() (f any, err error) {
		// Nobody else recovers here, and all runs would end with the process.
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("reading run %s: panic: %v\n%s", id, p, debug.Stack())
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), foldWithin)
		defer cancel()
		return s.readFold(ctx, id)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-flight:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*folded), nil //nolint:forcetypeassert // the flight answers nothing else
	}
}

func (s *Server) readFold(ctx context.Context, id string) (*folded, error) {
	select {
	case s.folds.turns <- struct{}{}:
		defer func() { <-s.folds.turns }()
	case <-ctx.Done():
		return nil, engine.ErrUnavailable
	}
	record, events, err := s.Runs.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	f := &folded{record: record}
	if f.flow, err = s.Flows.Flow(ctx, record.Digest); err == nil {
		f.state, err = engine.Fold(f.flow, &record, events)
	} else {
		f.flow = nil
		f.state, err = s.foldPinned(ctx, &record, events)
	}
	if err != nil {
		return nil, err
	}
	s.folds.keep(id, f)
	return f, nil
}

// foldPinned folds a run whose document can't be compiled here any more.
func (s *Server) foldPinned(ctx context.Context, record *engine.Record, events []run.Event) (*run.State, error) {
	content, err := s.Library.Pinned(ctx, record.Digest)
	if err != nil {
		return nil, err
	}
	d, err := decode(content)
	if err != nil {
		return nil, err
	}
	state := run.New(run.NewPlan(d), record.Data)
	for i := range events {
		if _, err := state.Apply(events[i]); err != nil {
			return nil, err
		}
	}
	return state, nil
}

func (f *folds) find(id string, seq int64) *folded {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.kept {
		if f.kept[i].id == id && f.kept[i].seq == seq {
			return f.kept[i].run
		}
	}
	return nil
}

func (f *folds) keep(id string, r *folded) {
	if r.state.Size > maxKeptFold || r.state.StepCount() > 1000 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.kept {
		if f.kept[i].id == id {
			f.kept = append(f.kept[:i], f.kept[i+1:]...)
			break
		}
	}
	if len(f.kept) >= maxKeptFolds {
		f.kept = append(f.kept[:0], f.kept[1:]...)
	}
	f.kept = append(f.kept, keptFold{id, r.state.Seq, r})
}
