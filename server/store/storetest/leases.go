package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// expire lets an owner's leases end.
func expire(t *testing.T, s *store.Store, owner string) {
	t.Helper()
	if err := s.Renew(t.Context(), owner, -time.Second); err != nil {
		t.Fatal(err)
	}
}

// voidsLeases gives up leases where no other server can have them, and there alone.
func voidsLeases(t *testing.T, open Opener) {
	s := open(t)
	Append(t, s, First(newID(t)))
	if err := s.VoidLeases(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := 1
	if s.Shared() {
		want = 0
	}
	if got, err := s.Claim(t.Context(), "other", time.Minute, 10); err != nil || len(got) != want {
		t.Fatalf("%d runs were claimed, want %d, %v", len(got), want, err)
	}
}

// rowsProlong writes rows to a run whose lease is at its end, and to one whose state
// changes: what a row usually leaves as it is isn't left then.
func rowsProlong(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	Append(t, s, First(id))
	step := func(seq int64) run.Event {
		return run.Event{Seq: seq, Kind: run.StepStarted, Step: "a", Attempt: int(seq)}
	}
	expire(t, s, "o")
	for seq := int64(2); seq < 4; seq++ {
		if a := Append(t, s, next(id, 1, step(seq))); a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	if got, err := s.Claim(t.Context(), "other", time.Minute, 10); err != nil || len(got) != 0 {
		t.Fatalf("after two rows another has the run: %+v, %v", got, err)
	}
	waits := next(id, 1, step(4))
	waits.Update.Status = run.Waiting
	for _, b := range []*engine.Batch{waits, next(id, 1, step(5))} {
		if a := Append(t, s, b); a.Err != nil {
			t.Fatal(a.Err)
		}
		runs, _, err := s.Runs(t.Context(), store.RunFilter{States: []string{string(b.Update.Status)}, Limit: 10})
		if err != nil || len(runs) != 1 || runs[0].ID != id {
			t.Errorf("the runs that are %s are %+v, %v", b.Update.Status, runs, err)
		}
	}
	stale := next(id, 1, step(9))
	stale.Owner = "other"
	if a := Append(t, s, stale); !errors.Is(a.Err, engine.ErrStale) {
		t.Errorf("a row of another gives %v", a.Err)
	}
}

func refusesOldEpoch(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	Append(t, s, First(id))
	expire(t, s, "o")
	claimed, err := s.Claim(t.Context(), "other", 30*time.Second, 10)
	if err != nil || len(claimed) != 1 || claimed[0].Epoch != 2 {
		t.Fatalf("claimed %+v, %v", claimed, err)
	}
	if a := Append(t, s, next(id, 1, run.Event{Seq: 2, Kind: run.RunCanceling})); !errors.Is(a.Err, engine.ErrStale) {
		t.Fatalf("the old holder's write gives %v", a.Err)
	}
	if a := Append(t, s, next(id, 2, run.Event{Seq: 2, Kind: run.RunCanceling})); a.Err != nil {
		t.Fatalf("the new holder's write gives %v", a.Err)
	}
}

func claims(t *testing.T, open Opener) {
	s := open(t)
	for range 20 {
		Append(t, s, First(newID(t)))
	}
	if held, err := s.Claim(t.Context(), "thief", time.Minute, 10); err != nil || len(held) > 0 {
		t.Fatalf("claimed %d held runs, %v", len(held), err)
	}
	expire(t, s, "o")
	var mu sync.Mutex
	owners := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := s.Claim(t.Context(), "o", time.Minute, 7)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range got {
				owners[r.ID]++
			}
		})
	}
	wg.Wait()
	for id, n := range owners {
		if n != 1 {
			t.Errorf("run %s was claimed %d times", id, n)
		}
	}
	if len(owners) != 20 {
		t.Errorf("%d of 20 runs were claimed", len(owners))
	}
}

func parks(t *testing.T, open Opener) {
	s := open(t)
	id, soon := newID(t), newID(t)
	claimed := func() (ids []string) {
		list, err := s.Claim(t.Context(), "other", time.Minute, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		return ids
	}
	long := First(id)
	long.Park = time.Now().Add(time.Hour)
	Append(t, s, long)
	Append(t, s, First(soon))
	b := next(soon, 1, run.Event{Seq: 2, Kind: run.RunCanceling})
	b.Park = time.Now().Add(-time.Second)
	Append(t, s, b)
	if got := claimed(); len(got) != 1 || got[0] != soon {
		t.Fatalf("%v was claimed, want the run whose time has come: %s", got, soon)
	}
	expire(t, s, "other")
	if got := claimed(); len(got) != 1 || got[0] != soon {
		t.Fatalf("after its lease %v was claimed, want %s alone", got, soon)
	}
	if err := s.Signal(t.Context(), engine.Signal{RunID: id, ID: "c", Kind: engine.SignalCancel}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Signaled(t.Context(), "", 10); err != nil || len(got) != 1 || got[0] != id {
		t.Fatalf("%v has a signal, %v", got, err)
	}
	for range 2 {
		if err := s.Wake(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := s.Wake(t.Context(), soon); err != nil { // another holds it
			t.Fatal(err)
		}
	}
	if got := claimed(); len(got) != 1 || got[0] != id {
		t.Fatalf("%v was claimed, want what was woken: %s", got, id)
	}
	if a := Append(t, s, next(id, 2, run.Event{Seq: 2, Kind: run.RunCanceling})); a.Err != nil {
		t.Fatal(a.Err)
	}
	if got := claimed(); len(got) > 0 {
		t.Fatalf("%v was claimed from its holder", got)
	}
}
