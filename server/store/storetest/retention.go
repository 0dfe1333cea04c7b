package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// retire hides the runs of flow f that ended more than a day ago.
func retire(t *testing.T, s *store.Store) int {
	t.Helper()
	total := 0
	for page := (store.Retired{}); ; {
		var err error
		if page, err = s.Retire(t.Context(), "f", time.Now().Add(-24*time.Hour), page.Next, 3); err != nil {
			t.Fatal(err)
		}
		total += page.Runs
		if page.Next == "" {
			return total
		}
	}
}

func remove(t *testing.T, s *store.Store, hidden time.Duration, budget int) (total store.Removed, steps int) {
	t.Helper()
	for {
		steps++
		r, more, err := s.RemoveRetired(t.Context(), hidden, budget)
		if err != nil {
			t.Fatal(err)
		}
		if rows := r.Runs + r.Journal + r.Cassettes; rows > int64(budget) {
			t.Errorf("%d rows in one step, at most %d were to be", rows, budget)
		}
		total = store.Removed{Runs: total.Runs + r.Runs, Journal: total.Journal + r.Journal, Cassettes: total.Cassettes + r.Cassettes}
		if !more {
			return total, steps
		}
	}
}

var (
	longAgo  = time.Now().UTC().Truncate(time.Millisecond).Add(-48 * time.Hour)
	ofLate   = longAgo.Add(40 * time.Hour)
	atOnce   = longAgo.Add(time.Minute)
	noChange func(*engine.Batch)
)

// retiresRuns hides what ended before a time at once, and removes it with all that
// hangs on it after a while.
func retiresRuns(t *testing.T, open Opener) {
	s := open(t)
	var old []string
	for i := range 8 {
		old = append(old, kept(t, s, run.Failed, longAgo.Add(time.Duration(i)*time.Second), atOnce, noChange))
	}
	stay := []string{
		kept(t, s, run.Waiting, longAgo, time.Time{}, noChange),
		kept(t, s, run.Succeeded, longAgo, ofLate, noChange),
		kept(t, s, run.Succeeded, ofLate, ofLate, noChange),
		kept(t, s, run.Succeeded, longAgo, atOnce, ofFlow("other")),
	}
	if !s.KeepCassette(store.Cassette{RunID: old[0], Step: "a", Attempt: 1, Calls: 1, Content: []byte("[]"), At: longAgo}) {
		t.Fatal("no cassette")
	}
	if err := s.Signal(t.Context(), engine.Signal{RunID: old[0], ID: "late", Kind: engine.SignalCancel}); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Cassettes(t.Context(), old[0]); err != nil || len(list) != 1 { // and is written
		t.Fatalf("%+v, %v", list, err)
	}
	if n := retire(t, s); n != len(old) {
		t.Errorf("%d left", n)
	}
	if n := retire(t, s); n != 0 {
		t.Errorf("%d left again", n)
	}
	for _, id := range old {
		if _, _, err := s.Load(t.Context(), id); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("a run that leaves is read: %v", err)
		}
	}
	slices.Sort(stay)
	list := all(t, s, store.RunFilter{})
	slices.Sort(list)
	if !slices.Equal(list, stay) {
		t.Errorf("%v, want %v", list, stay)
	}
	if past, err := s.PastRuns(t.Context(), "f", nil, time.Time{}, time.Time{}, 100); err != nil || len(past) != 2 {
		t.Errorf("%v, %v", past, err)
	}
	if r, _ := remove(t, s, time.Hour, 100); r != (store.Removed{}) {
		t.Errorf("removed before its time: %+v", r)
	}
	if r, _ := remove(t, s, 0, 100); r != (store.Removed{Runs: 8, Journal: 8, Cassettes: 1}) {
		t.Errorf("%+v", r)
	}
	if signals, err := s.Signals(t.Context(), old[0]); err != nil || len(signals) > 0 {
		t.Errorf("%+v, %v", signals, err)
	}
	if events, err := s.Events(t.Context(), old[0], 0, 0); err != nil || len(events) > 0 {
		t.Errorf("%+v, %v", events, err)
	}
	for _, id := range stay {
		if _, events, err := s.Load(t.Context(), id); err != nil || len(events) == 0 {
			t.Errorf("%s: %d events, %v", id, len(events), err)
		}
	}
}

// keepsNeededRuns keeps what a run above, a replay or a job needs, as long as that is.
func keepsNeededRuns(t *testing.T, open Opener) {
	s := open(t)
	root := kept(t, s, run.Waiting, longAgo, time.Time{}, noChange)
	kept(t, s, run.Succeeded, longAgo, atOnce, func(b *engine.Batch) {
		b.Create.Parent, b.Create.Root, b.Create.Depth = engine.Parent{Run: root, Step: "call"}, root, 1
	})
	replayed := kept(t, s, run.Succeeded, longAgo, atOnce, noChange)
	replay := kept(t, s, run.Running, ofLate, time.Time{}, func(b *engine.Batch) { b.Create.Replay = engine.ReplayOf{Run: replayed, Created: longAgo} })
	ofJob := kept(t, s, run.Succeeded, longAgo, atOnce, noChange)
	if err := s.CreateReplayJob(t.Context(), store.ReplayJob{ID: "j", Flow: "f", Digest: "d", Query: "{}", CreatedBy: "ann", Created: longAgo}, []string{ofJob}, store.JobLimits{All: 9, Each: 9}); err != nil {
		t.Fatal(err)
	}
	if n := retire(t, s); n != 0 {
		t.Fatalf("%d left", n)
	}
	end := func(id string) {
		t.Helper()
		b := next(id, 1, run.Event{Seq: 2, At: atOnce, Kind: run.RunSucceeded})
		b.Update = engine.Update{Status: run.Succeeded, Started: longAgo, Ended: atOnce}
		if a := Append(t, s, b); a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	end(replay)
	if n := retire(t, s); n != 1 {
		t.Errorf("%d left, want the replayed run", n)
	}
	if _, err := s.EndReplayJob(t.Context(), "j", store.JobCanceled, "", time.Now()); err != nil {
		t.Fatal(err)
	}
	if n := retire(t, s); n != 1 {
		t.Errorf("%d left, want the run of the job", n)
	}
	end(root)
	if n := retire(t, s); n != 1 {
		t.Errorf("%d left, want the root alone", n)
	}
	remove(t, s, 0, 100)
	if n := retire(t, s); n != 1 {
		t.Errorf("%d left, want the run that the root called", n)
	}
}

// removesInPieces never deletes more rows at once than it may.
func removesInPieces(t *testing.T, open Opener) {
	s := open(t)
	for range 2 {
		id := kept(t, s, run.Running, longAgo, time.Time{}, noChange)
		for seq := int64(2); seq < 25; seq++ {
			Append(t, s, next(id, 1, run.Event{Seq: seq, At: longAgo, Kind: run.StepStarted, Step: fmt.Sprint("s", seq)}))
		}
		b := next(id, 1, run.Event{Seq: 25, At: atOnce, Kind: run.RunSucceeded})
		b.Update = engine.Update{Status: run.Succeeded, Ended: atOnce}
		Append(t, s, b)
	}
	if n := retire(t, s); n != 2 {
		t.Fatalf("%d left", n)
	}
	if r, steps := remove(t, s, 0, 10); r != (store.Removed{Runs: 2, Journal: 50}) || steps < 6 {
		t.Errorf("%+v in %d steps", r, steps)
	}
}

// remembersKeys knows the keys of runs that left.
func remembersKeys(t *testing.T, open Opener) {
	s := open(t)
	keyed := func(key string) func(*engine.Batch) { return func(b *engine.Batch) { b.Create.IngestKey = key } }
	id := kept(t, s, run.Succeeded, longAgo, atOnce, keyed("hook/f/1"))
	again := func() engine.Appended {
		b := First(newID(t))
		b.Create.IngestKey = "hook/f/1"
		return Append(t, s, b)
	}
	retire(t, s)
	if a := again(); a.Existing != id {
		t.Errorf("while it leaves: %+v", a)
	}
	if r, _ := remove(t, s, 0, 10); r.Runs != 1 {
		t.Fatalf("%+v", r)
	}
	other := open(t) // as after a start, and as another server
	for _, s := range []*store.Store{s, other} {
		if err := s.LookForPastKeys(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		b := First(newID(t))
		b.Create.IngestKey = "hook/f/1"
		if a := Append(t, s, b); a.Existing != id || a.Err != nil {
			t.Errorf("after it left: %+v, want the run %s", a, id)
		}
		kept(t, s, run.Running, ofLate, time.Time{}, keyed(newID(t)))
	}
	if err := s.LookForPastKeys(t.Context(), time.Now().Add(31*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if a := again(); a.Existing != "" || a.Err != nil {
		t.Errorf("after the key's time: %+v", a)
	}
}

// choresAreTaken gives a chore to one at a time, and not again before its time.
func choresAreTaken(t *testing.T, open Opener) {
	s := open(t)
	take := func(holder string, every, hold time.Duration, want bool) {
		t.Helper()
		if got, err := s.Chore(t.Context(), "c", holder, every, hold); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", holder, got, err, want)
		}
	}
	take("a", time.Hour, time.Hour, true)
	take("a", time.Hour, time.Hour, true) // and goes on
	take("b", time.Hour, time.Hour, false)
	take("a", time.Hour, -time.Second, true) // it is gone
	take("b", time.Hour, time.Hour, true)
	if err := s.ChoreDone(t.Context(), "c", "a"); !errors.Is(err, store.ErrNotHeld) {
		t.Error(err)
	}
	if err := s.ChoreDone(t.Context(), "c", "b"); err != nil {
		t.Error(err)
	}
	take("a", time.Hour, time.Hour, false)
	take("a", 0, time.Hour, true)
}
