package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

func draft(id string) (library.Draft, library.Summary) {
	now := time.Now()
	return library.Draft{ID: id, Content: []byte("{}\n"), Revision: 1, Created: now, Updated: now, UpdatedBy: "a"}, library.Summary{Name: "One", Labels: []string{"x"}}
}

func drafts(t *testing.T, open Opener) {
	s := open(t)
	d, sum := draft("f1")
	if err := s.InsertDraft(t.Context(), d, sum); err != nil {
		t.Fatal(err)
	}
	if err := s.InsertDraft(t.Context(), d, sum); !errors.Is(err, library.ErrExists) {
		t.Fatalf("the same id again gives %v", err)
	}
	d.Content = []byte("two")
	saved, err := s.SaveDraft(t.Context(), d, sum, 1, "flow.save")
	if err != nil || saved.Revision != 2 {
		t.Fatalf("%+v, %v", saved, err)
	}
	var conflict *library.ConflictError
	if _, err := s.SaveDraft(t.Context(), d, sum, 1, "flow.save"); !errors.As(err, &conflict) || string(conflict.Current.Content) != "two" {
		t.Fatalf("the second of two savers gets %v", err)
	}
	list, _, err := s.Drafts(t.Context(), library.Page{Limit: 10, Query: "on"})
	if err != nil || len(list) != 1 || list[0].Labels[0] != "x" {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, _, _ := s.Drafts(t.Context(), library.Page{Limit: 10, Query: "%"}); len(list) != 0 {
		t.Fatal("a % in the query picks all")
	}
	if err := s.DeleteDraft(t.Context(), "f1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Draft(t.Context(), "f1"); !errors.Is(err, library.ErrNotFound) {
		t.Fatalf("a deleted flow gives %v", err)
	}
}

func versions(t *testing.T, open Opener) {
	s := open(t)
	d, sum := draft("f1")
	if err := s.InsertDraft(t.Context(), d, sum); err != nil {
		t.Fatal(err)
	}
	for want := 1; want <= 2; want++ {
		n, err := s.InsertVersion(t.Context(), library.Version{Flow: "f1", Digest: "d1", Content: d.Content, At: time.Now()}, 1,
			library.Triggers{Hooks: []library.Hook{{TokenHash: "h", Flow: "f1", Node: "in"}}})
		if err != nil || n != want {
			t.Fatalf("version %d, %v", n, err)
		}
	}
	if v, err := s.Version(t.Context(), "f1", 2); err != nil || string(v.Content) != "{}\n" {
		t.Fatalf("%+v, %v", v, err)
	}
	if h, err := s.Hook(t.Context(), "h"); err != nil || h.Node != "in" {
		t.Fatalf("%+v, %v", h, err)
	}
	schedules(t, s, d.Content)
	keepsSamples(t, s)
	if err := s.DeleteDraft(t.Context(), "f1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Hook(t.Context(), "h"); !errors.Is(err, library.ErrNotFound) {
		t.Fatalf("the hook of a deleted flow gives %v", err)
	}
}

// keepsSamples saves the samples of f1 from revision to revision.
func keepsSamples(t *testing.T, s *store.Store) {
	t.Helper()
	one := []library.Sample{{Name: "one", Input: map[string]any{"a": int64(1)}}}
	if n, err := s.SaveSamples(t.Context(), "f1", 0, one); err != nil || n != 1 {
		t.Fatalf("revision %d, %v", n, err)
	}
	var conflict *library.SamplesConflictError
	if _, err := s.SaveSamples(t.Context(), "f1", 0, nil); !errors.As(err, &conflict) || conflict.Current.Revision != 1 || len(conflict.Current.Items) != 1 {
		t.Fatalf("from an old revision: %v", err)
	}
	if all, err := s.Samples(t.Context(), "f1"); err != nil || all.Revision != 1 || len(all.Items) != 1 || all.Items[0].Name != "one" {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := s.SaveSamples(t.Context(), "none", library.AnyRevision, one); !errors.Is(err, library.ErrNotFound) {
		t.Fatalf("of no flow: %v", err)
	}
	if n, err := s.SaveSamples(t.Context(), "f1", library.AnyRevision, one); err != nil || n != 2 {
		t.Fatalf("from any: revision %d, %v", n, err)
	}
}

func audited(t *testing.T, open Opener) {
	s := open(t)
	ctx := auth.WithActor(t.Context(), auth.Actor{Name: "ann", Kind: "user"})
	d, sum := draft("f1")
	if err := s.InsertDraft(ctx, d, sum); err != nil {
		t.Fatal(err)
	}
	_ = s.InsertDraft(ctx, d, sum) // refused: leaves no row
	if _, err := s.SaveDraft(ctx, d, sum, 1, "flow.save"); err != nil {
		t.Fatal(err)
	}
	page, cursor, err := s.Audit(ctx, "", 1)
	if err != nil || len(page) != 1 || page[0].Action != "flow.save" || page[0].Actor != "ann" {
		t.Fatalf("%+v, %v", page, err)
	}
	page, cursor, err = s.Audit(ctx, cursor, 10)
	if err != nil || len(page) != 1 || page[0].Action != "flow.create" || cursor != "" {
		t.Fatalf("%+v, %q, %v", page, cursor, err)
	}
}

func listsRuns(t *testing.T, open Opener) {
	s := open(t)
	for range 5 {
		Append(t, s, First(newID(t)))
	}
	first, cursor, err := s.Runs(t.Context(), store.RunFilter{Flow: "f", States: []string{"running"}, Limit: 3})
	if err != nil || len(first) != 3 || cursor == "" {
		t.Fatalf("%d runs, %q, %v", len(first), cursor, err)
	}
	rest, cursor, err := s.Runs(t.Context(), store.RunFilter{Query: "flo", Limit: 3, Cursor: cursor})
	if err != nil || len(rest) != 2 || cursor != "" {
		t.Fatalf("%d runs, %q, %v", len(rest), cursor, err)
	}
	if none, _, _ := s.Runs(t.Context(), store.RunFilter{States: []string{"failed"}, Limit: 3}); len(none) != 0 {
		t.Fatal("the filter picks all")
	}
}

// schedules holds that publishing replaces a flow's slots, but for one that has come.
func schedules(t *testing.T, s *store.Store, content []byte) {
	t.Helper()
	publish := func(slots ...flow.Slot) {
		t.Helper()
		if _, err := s.InsertVersion(t.Context(), library.Version{Flow: "f1", Digest: "d1", Content: content, At: time.Now()}, 1, library.Triggers{Schedules: slots}); err != nil {
			t.Fatal(err)
		}
	}
	due := func(at time.Time) []flow.Slot {
		t.Helper()
		list, err := s.DueSchedules(t.Context(), at, 10)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	past := flow.Slot{Flow: "f1", Node: "s", At: now.Add(-time.Minute), Due: now.Add(-time.Minute)}
	next := flow.Slot{Flow: "f1", Node: "s", At: now.Add(time.Hour), Due: now.Add(2 * time.Hour)}
	publish(past)
	publish(next)
	if got := due(now); len(got) != 1 || !got[0].At.Equal(past.At) {
		t.Fatalf("a slot that has come is lost at publishing: %+v", got)
	}
	if err := s.AdvanceSchedule(t.Context(), next, flow.Slot{}); err != nil { // not the one that stands
		t.Fatal(err)
	}
	if err := s.AdvanceSchedule(t.Context(), past, next); err != nil {
		t.Fatal(err)
	}
	if got := due(now.Add(time.Hour)); len(got) != 0 {
		t.Fatalf("%+v is due before its time", got)
	}
	if got := due(next.Due); len(got) != 1 || got[0] != next {
		t.Fatalf("due are %+v", got)
	}
	publish()
	if got := due(next.Due); len(got) != 0 {
		t.Fatalf("%+v is left of a flow without schedules", got)
	}
	publish(past)
	if err := s.AdvanceSchedule(t.Context(), past, flow.Slot{}); err != nil {
		t.Fatal(err)
	}
	if got := due(now); len(got) != 0 {
		t.Fatalf("%+v is left", got)
	}
}
