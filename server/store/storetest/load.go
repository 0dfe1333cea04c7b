package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// countsLoad counts what waits, by what it waits for.
func countsLoad(t *testing.T, open Opener) {
	s := open(t)
	if l, err := s.CountLoad(t.Context()); err != nil || !reflect.DeepEqual(l, store.Load{Open: map[string]int64{}}) {
		t.Errorf("of nothing: %+v, %v", l, err)
	}
	parked := func(until time.Time) func(*engine.Batch) { return func(b *engine.Batch) { b.Park = until } }
	now := time.Now()
	kept(t, s, run.Succeeded, now, now, noChange)
	kept(t, s, run.Queued, now, time.Time{}, noChange)
	late := kept(t, s, run.Running, now, time.Time{}, func(b *engine.Batch) { b.Owner, b.Create.Owner = "gone", "gone" })
	expire(t, s, "gone")
	kept(t, s, run.Waiting, now, time.Time{}, parked(now.Add(-time.Minute)))
	kept(t, s, run.Waiting, now, time.Time{}, parked(now.Add(time.Minute)))
	kept(t, s, run.Waiting, now, time.Time{}, parked(now.Add(90*24*time.Hour)))
	if err := s.Signal(t.Context(), engine.Signal{RunID: late, ID: "c", Kind: engine.SignalCancel}); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateReplayJob(t.Context(), store.ReplayJob{ID: "j", Flow: "f", Digest: "d", Query: "{}", CreatedBy: "ann", Created: now}, []string{late, "other"}, store.JobLimits{All: 9, Each: 9}); err != nil {
		t.Fatal(err)
	}
	want := store.Load{Open: map[string]int64{"queued": 1, "running": 1, "waiting": 3}, Due: 1, Leases: 1, Expired: 1, Signals: 1, ReplayJobs: 1, Replays: 2}
	if l, err := s.CountLoad(t.Context()); err != nil || !reflect.DeepEqual(l, want) {
		t.Errorf("%+v, %v, want %+v", l, err, want)
	}
}
