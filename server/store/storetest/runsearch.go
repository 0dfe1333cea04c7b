package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// idOf makes an id as if it had been made at a time.
func idOf(t *testing.T, at time.Time) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	for i, ms := 0, at.UnixMilli(); i < 6; i++ {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return id.String()
}

// kept makes a run of a flow in a state, created and ended at times; ended zero goes on.
func kept(t *testing.T, s *store.Store, status run.Status, created, ended time.Time, change func(*engine.Batch)) string {
	t.Helper()
	b := First(idOf(t, created))
	b.Create.Created = created
	b.Update = engine.Update{Status: status, Started: created, Ended: ended}
	if !ended.IsZero() {
		kind := map[run.Status]run.Kind{run.Succeeded: run.RunSucceeded, run.Failed: run.RunFailed, run.Canceled: run.RunCanceled, run.Unknown: run.RunUnknown}[status]
		b.Events = append(b.Events, run.Event{Seq: 2, At: ended, Kind: kind})
	}
	if change != nil {
		change(b)
	}
	if a := Append(t, s, b); a.Err != nil || a.Existing != "" {
		t.Fatalf("%+v", a)
	}
	return b.RunID
}

func ofFlow(id string) func(*engine.Batch) {
	return func(b *engine.Batch) { b.Create.Flow, b.Create.FlowName = id, "Flow "+id }
}

// all pages through a filter, two at a time.
func all(t *testing.T, s *store.Store, f store.RunFilter) []string {
	t.Helper()
	f.Limit = 2
	var ids []string
	for {
		runs, next, err := s.Runs(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range runs {
			ids = append(ids, runs[i].ID)
		}
		if next == "" {
			return ids
		}
		f.Cursor = next
	}
}

// findsRuns compares each combination of filters with what a plain look at all runs
// gives, page by page.
func findsRuns(t *testing.T, open Opener) {
	s := open(t)
	for id, labels := range map[string][]string{"a": {"edr", `say "hi"`}, "b": {"edr-old"}} {
		if err := s.InsertDraft(t.Context(), library.Draft{ID: id, Content: []byte("{}")}, library.Summary{Labels: labels}); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now().UTC().Truncate(time.Second).Add(-100 * time.Hour)
	type known struct {
		id, flow, state, trigger string
		created                  time.Time
	}
	var runs []known
	for i := range 40 {
		k := known{flow: []string{"a", "b", "gone"}[i%3], trigger: []string{"hook", "timer"}[i%2], created: begin.Add(time.Duration(i) * time.Hour)}
		status := []run.Status{run.Running, run.Succeeded, run.Failed, run.Waiting, run.Unknown, run.Canceled, run.Queued}[i%7]
		ended := time.Time{}
		if slices.Contains([]run.Status{run.Succeeded, run.Failed, run.Canceled}, status) || status == run.Unknown && i%2 == 0 {
			ended = k.created.Add(time.Minute)
		}
		k.state = string(status)
		k.id = kept(t, s, status, k.created, ended, func(b *engine.Batch) {
			ofFlow(k.flow)(b)
			b.Create.Trigger = k.trigger
			b.Create.Data = map[string]any{"type": map[string]string{"hook": "webhook", "timer": "schedule"}[k.trigger]}
			if status == run.Failed {
				b.Update.Error = &run.Error{Code: "http.status", Message: fmt.Sprintf("the Host answered 5%02d", i)}
			}
		})
		runs = append(runs, k)
	}
	want := func(fits func(known) bool) (ids []string) {
		for _, k := range slices.Backward(runs) {
			if fits(k) {
				ids = append(ids, k.id)
			}
		}
		return ids
	}
	for _, flow := range []string{"", "a", "gone"} {
		for _, states := range [][]string{nil, {"failed"}, {"failed", "unknown"}, {"running", "succeeded", "waiting"}} {
			for _, trigger := range []string{"", "hook", "schedule"} {
				for _, bounded := range []bool{false, true} {
					f := store.RunFilter{Flow: flow, States: states, Trigger: trigger}
					if bounded {
						f.Since, f.Until = begin.Add(7*time.Hour), begin.Add(30*time.Hour)
					}
					expected := want(func(k known) bool {
						return (flow == "" || k.flow == flow) && (states == nil || slices.Contains(states, k.state)) &&
							(trigger == "" || trigger == k.trigger || trigger == "schedule" && k.trigger == "timer") &&
							(!bounded || !k.created.Before(f.Since) && k.created.Before(f.Until))
					})
					if got := all(t, s, f); !slices.Equal(got, expected) {
						t.Errorf("%+v: %v, want %v", f, got, expected)
					}
				}
			}
		}
	}
	for _, c := range []struct {
		filter store.RunFilter
		fits   func(known) bool
	}{
		{store.RunFilter{Label: "edr"}, func(k known) bool { return k.flow == "a" }},
		{store.RunFilter{Label: `say "hi"`, States: []string{"failed", "running"}}, func(k known) bool { return k.flow == "a" && (k.state == "failed" || k.state == "running") }},
		{store.RunFilter{Label: "edr", Flow: "b"}, func(known) bool { return false }},
		{store.RunFilter{Label: "none"}, func(known) bool { return false }},
		{store.RunFilter{Query: "flow GONE"}, func(k known) bool { return k.flow == "gone" }},
		{store.RunFilter{Query: "the host ANSWERED"}, func(k known) bool { return k.state == "failed" }},
		{store.RunFilter{Query: "http.status", Flow: "a"}, func(k known) bool { return k.state == "failed" && k.flow == "a" }},
		{store.RunFilter{Query: runs[7].id}, func(k known) bool { return k == runs[7] }},
		{store.RunFilter{Query: runs[7].id[30:]}, func(k known) bool { return k == runs[7] }},
		{store.RunFilter{Query: runs[7].id[25:], States: []string{"queued"}}, func(known) bool { return false }},
		{store.RunFilter{Query: runs[7].id[30:], Label: "edr-old"}, func(k known) bool { return k == runs[7] }},
	} {
		if got, expected := all(t, s, c.filter), want(c.fits); !slices.Equal(got, expected) {
			t.Errorf("%+v: %v, want %v", c.filter, got, expected)
		}
	}
}

// looksPieceByPiece holds that a page ends after so many runs, and says where to go on.
func looksPieceByPiece(t *testing.T, open Opener) {
	s := open(t)
	old := kept(t, s, run.Succeeded, time.Now().Add(-time.Hour), time.Now(), ofFlow("needle"))
	const many = 10_500
	done := make(chan engine.Appended, many)
	for range many {
		b := First(newID(t))
		b.Create.FlowName = "hay"
		s.Append(b, func(a engine.Appended) { done <- a })
	}
	for range many {
		if a := <-done; a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	runs, next, err := s.Runs(t.Context(), store.RunFilter{Query: "needle", Limit: 10})
	if err != nil || len(runs) != 0 || next == "" {
		t.Fatalf("%d runs, %q, %v", len(runs), next, err)
	}
	runs, next, err = s.Runs(t.Context(), store.RunFilter{Query: "needle", Limit: 10, Cursor: next})
	if err != nil || len(runs) != 1 || runs[0].ID != old || next != "" {
		t.Fatalf("%+v, %q, %v", runs, next, err)
	}
}
