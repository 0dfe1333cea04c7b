package web

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// journals are runs of one event each, which take a second to load.
type journals struct {
	Runs
	seq          atomic.Int64
	loads        atomic.Int32
	atOnce, most atomic.Int32
}

// LastSeq implements [Runs].
func (j *journals) LastSeq(context.Context, string) (int64, error) { return j.seq.Load(), nil }

// Load implements [Runs].
func (j *journals) Load(_ context.Context, id string) (engine.Record, []run.Event, error) {
	j.loads.Add(1)
	if n := j.atOnce.Add(1); n > j.most.Load() {
		j.most.Store(n)
	}
	defer j.atOnce.Add(-1)
	time.Sleep(time.Second) //nolint:forbidigo // in a bubble, whose clock this moves
	events := []run.Event{{Seq: 1, Kind: run.RunStarted}, {Seq: 2, Kind: run.RunCanceling}}
	return engine.Record{ID: id}, events[:j.seq.Load()], nil
}

// Flow implements [engine.Flows].
func (*journals) Flow(context.Context, string) (*engine.Flow, error) {
	d := &flow.Document{Nodes: []flow.Node{{ID: "a", Type: "core.set"}}}
	return engine.NewFlow(&check.Program{Document: d, Nodes: make([]check.Node, 1)}), nil
}

// Pin implements [Flows].
func (*journals) Pin(context.Context, []byte) (*engine.Flow, error) {
	return nil, errors.New("not asked")
}

// TestFoldsAreShared lets many look at runs at once.
func TestFoldsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journals{}
		j.seq.Store(1)
		s := &Server{Config: Config{Runs: j, Flows: j}, folds: newFolds()}
		ask := func(watchers int, id func(int) string) {
			var all sync.WaitGroup
			for i := range watchers {
				all.Go(func() {
					f, err := s.fold(t.Context(), id(i))
					if err != nil || f.state.Seq != j.seq.Load() {
						t.Errorf("%v, %v", f, err)
					}
				})
			}
			all.Wait()
		}
		ask(100, func(int) string { return "one" })
		if n := j.loads.Load(); n != 1 {
			t.Errorf("100 watchers of one run loaded it %d times", n)
		}
		j.seq.Store(2) // what was kept is of before
		ask(100, func(int) string { return "one" })
		if n := j.loads.Load(); n != 2 {
			t.Errorf("after an event it was loaded %d times in all", n)
		}
		ask(40, func(i int) string { return fmt.Sprint(i) })
		if most := j.most.Load(); most != foldsAtOnce {
			t.Errorf("%d were loaded at once", most)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.fold(ctx, "other"); !errors.Is(err, context.Canceled) {
			t.Errorf("who went away was told %v", err)
		}
		time.Sleep(2 * time.Second) //nolint:forbidigo // in a bubble: until the last flight has landed
	})
}
