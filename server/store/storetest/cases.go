package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

var analyst = cases.Actor{ID: "u1", Name: "analyst", Kind: "user", Person: "u1"}

// workspace is the service over a store, whose clock goes on by a second each time.
func workspace(s *store.Store) *cases.Service {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var mu sync.Mutex
	return cases.NewService(s, s, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	}, func(string) {})
}

func opening(t *testing.T, title string, artifacts ...string) cases.Opening {
	t.Helper()
	o := cases.Opening{Edit: cases.Edit{Title: &title}}
	for _, value := range artifacts {
		a, err := cases.Normalise("", value)
		if err != nil {
			t.Fatal(err)
		}
		o.Artifacts = append(o.Artifacts, a)
	}
	return o
}

func opened(t *testing.T, w *cases.Service, title string, artifacts ...string) cases.Case {
	t.Helper()
	c, err := w.Open(t.Context(), analyst, opening(t, title, artifacts...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// keepsCases keeps what is done to a case, in order, once for each step of a flow.
func keepsCases(t *testing.T, open Opener) {
	w := workspace(open(t))
	o := opening(t, "Phishing \x00 of\tthe week", "evil[.]example", "198.51.100.7")
	o.Origin, o.Edit.Tags = "step/1", &[]string{"Phishing", "mail "}
	c, err := w.Open(t.Context(), analyst, o)
	if err != nil || c.Number != 1 || c.Title != "Phishing \x00 of the week" || !slices.Equal(c.Tags, []string{"mail", "phishing"}) || c.Artifacts != 2 || c.Score != cases.NoScore {
		t.Fatalf("%+v, %v", c, err)
	}
	if again, err := w.Open(t.Context(), analyst, o); err != nil || again.ID != c.ID || again.Revision != c.Revision {
		t.Errorf("the same origin again: %+v, %v", again, err)
	}
	severity, status, resolution := "critical", cases.Closed, "true_positive"
	for range 2 { // the second is the same attempt of a step
		if c, err = w.Update(t.Context(), analyst, "1", "k1", &cases.Edit{Severity: &severity, AddTags: []string{"apt"}}, "it *spreads*"); err != nil {
			t.Fatal(err)
		}
	}
	a := cases.Artifact{Type: cases.TypeDomain, Value: "evil.example", Score: 700, Note: "n"}
	if c, err = w.AddArtifacts(t.Context(), analyst, c.ID, "", []cases.Artifact{a}); err != nil || c.Score != 700 || c.Artifacts != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c, err = w.RemoveArtifact(t.Context(), analyst, c.ID, cases.TypeIP, "198.51.100.7"); err != nil || c.Artifacts != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c, err = w.Update(t.Context(), analyst, c.ID, "", &cases.Edit{Status: &status, Resolution: &resolution}, ""); err != nil || c.ClosedAt.IsZero() {
		t.Fatalf("%+v, %v", c, err)
	}
	got, err := w.Case(t.Context(), "1")
	if err != nil || got.Severity != "critical" || got.Revision != c.Revision || got.Marks["severity"].By != "analyst" || len(got.Tags) != 3 || got.CreatedBy != analyst {
		t.Errorf("%+v, %v", got, err)
	}
	entries, err := w.Timeline(t.Context(), c.ID, 0, 100)
	var kinds []string
	for i := range entries {
		kinds = append(kinds, entries[i].Kind)
		if entries[i].Seq != int64(len(entries)-i) {
			t.Errorf("entry %d has seq %d", i, entries[i].Seq)
		}
	}
	want := []string{cases.EntryChanged, cases.EntryArtifactRemoved, cases.EntryCommented, cases.EntryChanged, cases.EntryArtifactAdded, cases.EntryArtifactAdded, cases.EntryOpened}
	if err != nil || !slices.Equal(kinds, want) || entries[2].Data["text"] != "it *spreads*" {
		t.Errorf("%v, %v", kinds, err)
	}
	if older, err := w.Timeline(t.Context(), c.ID, 3, 1); err != nil || len(older) != 1 || older[0].Seq != 2 {
		t.Errorf("%v, %v", older, err)
	}
	if list, err := w.Artifacts(t.Context(), c.ID); err != nil || len(list) != 1 || list[0].Score != 700 || list[0].Note != "n" || list[0].Shown() != "evil[.]example" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := w.Case(t.Context(), "99"); !errors.Is(err, cases.ErrNotFound) {
		t.Error(err)
	}
	tellsOfCases(t, w, c.ID)
}

func tellsOfCases(t *testing.T, w *cases.Service, id string) {
	events, err := w.CaseEvents(t.Context(), 100)
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	if err != nil || !slices.Equal(kinds, []string{"created", "updated", "updated", "closed"}) || events[3].Content["status"] != "closed" || events[0].Case != id {
		t.Errorf("%v, %v", kinds, err)
	}
	if err := w.CaseEventTold(t.Context(), events[0].ID); err != nil {
		t.Fatal(err)
	}
	if events, err = w.CaseEvents(t.Context(), 1); err != nil || len(events) != 1 || events[0].Kind != "updated" {
		t.Errorf("%+v, %v", events, err)
	}
}

// findsCases lists cases by what they are, in each order, page by page.
func findsCases(t *testing.T, open Opener) {
	w := workspace(open(t))
	high, low := "high", "low"
	a := opened(t, w, "Invoice from Müller & Söhne", "evil.example", "bad@evil.example")
	b := opened(t, w, "Beacon on srv-dc-01", "evil.example", "203.0.113.9")
	c := opened(t, w, "Invoice, again", "203.0.113.9")
	if _, err := w.Update(t.Context(), analyst, a.ID, "", &cases.Edit{Severity: &high, AddTags: []string{"mail"}}, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Update(t.Context(), analyst, c.ID, "", &cases.Edit{Severity: &low}, "seen in the Netflow of Tuesday"); err != nil {
		t.Fatal(err)
	}
	scored := cases.Artifact{Type: cases.TypeIP, Value: "203.0.113.9", Score: 900}
	if _, err := w.AddArtifacts(t.Context(), analyst, b.ID, "", []cases.Artifact{scored}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		q    cases.Query
		want []int64
	}{
		"all":             {cases.Query{}, []int64{2, 3, 1}},
		"newest":          {cases.Query{Sort: "created"}, []int64{3, 2, 1}},
		"most severe":     {cases.Query{Sort: "severity"}, []int64{1, 2, 3}},
		"highest score":   {cases.Query{Sort: "score"}, []int64{2, 3, 1}},
		"due first":       {cases.Query{Sort: "due"}, []int64{1, 2, 3}},
		"a word's begin":  {cases.Query{Text: "invo"}, []int64{3, 1}},
		"two words":       {cases.Query{Text: "INVOICE müll"}, []int64{1}},
		"a piece":         {cases.Query{Text: "srv-dc"}, []int64{2}},
		"another piece":   {cases.Query{Text: "dc"}, []int64{2}},
		"a comment's":     {cases.Query{Text: "netflow"}, []int64{3}},
		"an artifact's":   {cases.Query{Text: "203.0.113"}, []int64{2, 3}},
		"a number":        {cases.Query{Text: "#2"}, []int64{2}},
		"no word":         {cases.Query{Text: "nothing"}, nil},
		"by artifact":     {cases.Query{Artifact: "evil.example"}, []int64{2, 1}},
		"by tag":          {cases.Query{Tag: "mail"}, []int64{1}},
		"by severities":   {cases.Query{Severities: []string{"high", "low"}}, []int64{3, 1}},
		"closed":          {cases.Query{Statuses: []string{cases.Closed}}, nil},
		"nobody's":        {cases.Query{Unassigned: true, Text: "invoice"}, []int64{3, 1}},
		"past their time": {cases.Query{Overdue: true, At: time.Date(2026, 1, 3, 12, 0, 0, 0, time.UTC)}, []int64{1}},
		"somebody else's": {cases.Query{Assignee: "u9"}, nil},
	} {
		for _, limit := range []int{1, 50} {
			if got := numbers(t, w, c.q, limit); !slices.Equal(got, c.want) {
				t.Errorf("%s, %d a page: %v, want %v", name, limit, got, c.want)
			}
		}
	}
	if counts, err := w.CountCases(t.Context(), cases.Query{Text: "invoice", Statuses: []string{cases.Closed}}); err != nil || counts[cases.Open] != 2 || len(counts) != 1 {
		t.Errorf("%v, %v", counts, err)
	}
	related, err := w.RelatedTo(t.Context(), b.ID)
	if err != nil || len(related) != 2 || related[0].Count != 1 || len(related[0].Shared) != 1 || related[0].Case.Title == "" {
		t.Errorf("%+v, %v", related, err)
	}
	var wrong *cases.FieldError
	if _, _, err := w.Cases(t.Context(), cases.Query{Sort: "secrets", Limit: 1}); !errors.As(err, &wrong) {
		t.Error(err)
	}
	if _, _, err := w.Cases(t.Context(), cases.Query{Cursor: "!", Limit: 1}); !errors.As(err, &wrong) {
		t.Error(err)
	}
}

func numbers(t *testing.T, w *cases.Service, q cases.Query, limit int) (list []int64) {
	t.Helper()
	q.Limit = limit
	for range 20 {
		page, next, err := w.Cases(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page {
			list = append(list, page[i].Number)
		}
		if q.Cursor = next; next == "" {
			return list
		}
	}
	t.Fatal("the pages never end")
	return nil
}

// mergesCases has two people merge two cases into each other at once: one does, the
// other is told.
func mergesCases(t *testing.T, open Opener) {
	w := workspace(open(t))
	a := opened(t, w, "one", "evil.example", "198.51.100.7")
	b := opened(t, w, "two", "evil.example")
	var both sync.WaitGroup
	errs := make([]error, 2)
	for i, pair := range [][2]string{{a.ID, b.ID}, {b.ID, a.ID}} {
		both.Go(func() {
			_, errs[i] = w.Merge(context.WithoutCancel(t.Context()), analyst, pair[0], pair[1], "the same")
		})
	}
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("%v, %v", errs[0], errs[1])
	}
	from, into := a, b
	if errs[0] != nil {
		from, into = b, a
	}
	gone, err := w.Case(t.Context(), from.ID)
	if err != nil || gone.MergedInto != into.ID || gone.Status != cases.Closed || gone.Resolution != cases.Merged {
		t.Errorf("%+v, %v", gone, err)
	}
	if list, err := w.Artifacts(t.Context(), into.ID); err != nil || len(list) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := w.Comment(t.Context(), analyst, from.ID, "", "x"); !errors.Is(err, cases.ErrMerged) {
		t.Error(err)
	}
	if again, err := w.Merge(t.Context(), analyst, from.ID, into.ID, ""); err != nil || again.ID != into.ID {
		t.Errorf("the same merge again: %+v, %v", again, err)
	}
	var wrong *cases.FieldError
	if _, err := w.Merge(t.Context(), analyst, into.ID, into.ID, ""); !errors.As(err, &wrong) {
		t.Error(err)
	}
}

// nothingIsOverwritten has many people change one case at once from the same revision.
func nothingIsOverwritten(t *testing.T, open Opener) {
	w := workspace(open(t))
	c := opened(t, w, "shared")
	const people = 8
	var all sync.WaitGroup
	errs := make([]error, people)
	for i := range people {
		all.Go(func() {
			title, base := string(rune('a'+i)), c.Revision
			_, errs[i] = w.Update(context.WithoutCancel(t.Context()), cases.Actor{Name: title}, c.ID, "", &cases.Edit{Base: &base, Title: &title, AddTags: []string{"tag-" + title}}, "")
		})
		all.Go(func() {
			if _, err := w.Comment(context.WithoutCancel(t.Context()), analyst, c.ID, "", "hello"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		var conflict *cases.ConflictError
		switch {
		case err == nil:
			won++
		case !errors.As(err, &conflict) || conflict.Fields[0] != "title" || conflict.Current.Title == "shared":
			t.Error(err)
		}
	}
	got, err := w.Case(t.Context(), c.ID)
	if won != 1 || err != nil || got.Entries != 1+1+people || len(got.Tags) != 1 {
		t.Errorf("%d of %d changed the title; %+v, %v", won, people, got, err)
	}
}
