package storetest

import (
	"slices"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// queues let runs of a flow begin in their order, and no more than the limit.
func queues(t *testing.T, open Opener) {
	s := open(t)
	var ids []string
	for range 3 {
		id := newID(t)
		first := First(id)
		first.Events[0].Kind, first.Update.Status = run.RunQueued, run.Queued
		if got := Append(t, s, first); got.Err != nil {
			t.Fatal(got.Err)
		}
		ids = append(ids, id)
	}
	if n, err := s.QueueLength(t.Context(), "f", 2); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if list, err := s.Queued(t.Context()); err != nil || !slices.Equal(list, []engine.QueuedFlow{{Flow: "f", Digest: "d"}}) {
		t.Errorf("%v, %v", list, err)
	}
	for _, want := range [][]string{ids[:2], nil} {
		if got, err := s.Admit(t.Context(), "f", 2); err != nil || !slices.Equal(got, want) {
			t.Errorf("admitted %v, %v, want %v", got, err, want)
		}
	}
	if signals, err := s.Signals(t.Context(), ids[0]); err != nil || len(signals) != 1 || signals[0].Kind != engine.SignalAdmit {
		t.Errorf("%v, %v", signals, err)
	}
	ended := next(ids[0], 1, run.Event{Seq: 2, Kind: run.RunCanceled})
	ended.Update.Status = run.Canceled
	if got := Append(t, s, ended); got.Err != nil {
		t.Fatal(got.Err)
	}
	if got, err := s.Admit(t.Context(), "f", 2); err != nil || !slices.Equal(got, ids[2:]) {
		t.Errorf("admitted %v, %v after one ended", got, err)
	}
}
