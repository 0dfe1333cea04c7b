package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

func alertsOf(s *store.Store, w *cases.Service) *alerts.Service {
	return alerts.NewService(alerts.Config{Store: s, Cases: w, Scorer: s, Now: time.Now, Changed: func(string) {}})
}

func reported(t *testing.T, a *alerts.Service, key, text string) alerts.Alert {
	t.Helper()
	in := alerts.Incoming{Key: key}
	if err := json.Unmarshal([]byte(text), &in.Event); err != nil {
		t.Fatal(err)
	}
	got, err := a.Receive(t.Context(), analyst, &in)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// keepsAlerts keeps what a source reports once, counts it again, and keeps what was done.
func keepsAlerts(t *testing.T, open Opener) {
	s := open(t)
	w := workspace(s)
	a := alertsOf(s, w)
	scored := cases.Artifact{Type: cases.TypeDomain, Value: "evil.example", Score: 600}
	known := opened(t, w, "Known", "evil.example")
	if _, err := w.AddArtifacts(t.Context(), analyst, known.ID, "", []cases.Artifact{scored}); err != nil {
		t.Fatal(err)
	}
	first := reported(t, a, "k1", `{"id": "a-1", "title": "Odd \u0000 login", "severity": "low", "domain": "evil.example", "host": "H1"}`)
	if first.Number != 1 || first.Count != 1 || first.Score != 125+90 || first.Rating.Found.Local != 600 || first.Observables != 2 || first.Title != "Odd \x00 login" {
		t.Fatalf("%+v", first)
	}
	if same := reported(t, a, "k1", `{"id": "a-1", "title": "Odd login"}`); same.Count != 1 || same.Revision != first.Revision {
		t.Errorf("the same attempt again: %+v", same)
	}
	again := reported(t, a, "k2", `{"id": "a-1", "title": "Odd login", "severity": "high", "ip": "203.0.113.9"}`)
	if again.ID != first.ID || again.Count != 2 || again.Severity != "high" || again.Observables != 3 || again.Score != 375+90 {
		t.Errorf("%+v", again)
	}
	if none := reported(t, a, "", `{"title": "Odd login"}`); none.Number != 2 {
		t.Errorf("%+v", none)
	}
	status, reason, note := alerts.Closed, "benign", "ours"
	decision := &alerts.Decision{Run: "r1", Step: "close", Rule: "scanners", Reasons: []string{"10.0.0.7"}, Path: []alerts.Turn{{Step: "if", Took: "true"}}}
	for range 2 {
		closed, err := a.Update(t.Context(), analyst, "1", "k3", &alerts.Edit{Status: &status, Reason: &reason, Note: &note, Decision: decision})
		if err != nil || closed.Decision == nil || closed.Decision.Path[0].Took != "true" || closed.ClosedAt.IsZero() || closed.Note != "ours" {
			t.Fatalf("%+v, %v", closed, err)
		}
	}
	history, err := a.AlertHistory(t.Context(), first.ID, 10)
	if err != nil || len(history) != 3 || history[0].Kind != alerts.EntryChanged || history[2].By != analyst {
		t.Errorf("%+v, %v", history, err)
	}
	base := first.Revision
	open1 := alerts.New
	var conflict *alerts.ConflictError
	if _, err := a.Update(t.Context(), analyst, "1", "", &alerts.Edit{Base: &base, Status: &open1}); !errors.As(err, &conflict) || conflict.By != "analyst" {
		t.Errorf("%v", err)
	}
	given, now := alerts.Scores{Local: alerts.NoScore, Community: 5, Enrichment: alerts.NoScore}, conflict.Current.Revision
	if _, err := a.Update(t.Context(), analyst, "1", "", &alerts.Edit{Given: &given}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Update(t.Context(), analyst, "1", "", &alerts.Edit{Base: &now, Note: &reason}); err != nil {
		t.Errorf("scores that came meanwhile keep somebody from working: %v", err)
	}
	for i := range alerts.MaxEvents + 3 {
		reported(t, a, "", fmt.Sprintf(`{"id": "a-1", "title": "Odd login", "n": %d}`, i))
	}
	events, err := a.AlertEvents(t.Context(), first.ID)
	if err != nil || len(events) != alerts.MaxEvents || events[len(events)-1].Seq != 1 {
		t.Errorf("%d events, %v", len(events), err)
	}
	got, err := a.Alert(t.Context(), first.ID)
	if err != nil || got.Status != alerts.Closed || got.Count != 2+alerts.MaxEvents+3 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := a.Alert(t.Context(), "99"); !errors.Is(err, alerts.ErrNotFound) {
		t.Error(err)
	}
}

// queuesAlerts lists alerts in each order, page by page, and takes them into cases.
func queuesAlerts(t *testing.T, open Opener) {
	s := open(t)
	w := workspace(s)
	a := alertsOf(s, w)
	one := reported(t, a, "", `{"id": "1", "title": "Beacon on srv-dc-01", "severity": "high", "ip": "203.0.113.9", "source": "EDR"}`)
	two := reported(t, a, "", `{"id": "2", "title": "Login of Müller", "severity": "low", "ip": "203.0.113.9", "source": "SIEM"}`)
	three := reported(t, a, "", `{"id": "3", "title": "Scan", "severity": "medium", "source": "EDR"}`)
	give := func(id string, s alerts.Scores) {
		if _, err := a.Update(t.Context(), analyst, id, "", &alerts.Edit{Given: &s}); err != nil {
			t.Fatal(err)
		}
	}
	give(two.ID, alerts.Scores{Local: 900, Community: 10, Enrichment: alerts.NoScore})
	give(three.ID, alerts.Scores{Local: alerts.NoScore, Community: 700, Enrichment: 20})
	for name, c := range map[string]struct {
		q    alerts.Query
		want []int64
	}{
		"score":          {alerts.Query{}, []int64{1, 3, 2}},
		"local":          {alerts.Query{Sort: "local"}, []int64{2, 3, 1}},
		"community":      {alerts.Query{Sort: "community"}, []int64{3, 2, 1}},
		"enrichment":     {alerts.Query{Sort: "enrichment"}, []int64{3, 2, 1}},
		"impact":         {alerts.Query{Sort: "impact"}, []int64{3, 2, 1}},
		"age":            {alerts.Query{Sort: "age"}, []int64{1, 2, 3}},
		"newest":         {alerts.Query{Sort: "newest"}, []int64{3, 2, 1}},
		"words":          {alerts.Query{Text: "müll log"}, []int64{2}},
		"a piece":        {alerts.Query{Text: "dc"}, []int64{1}},
		"an observable":  {alerts.Query{Observable: "203.0.113.9"}, []int64{1, 2}},
		"a source":       {alerts.Query{Source: "EDR", Severities: []string{"high"}}, []int64{1}},
		"closed":         {alerts.Query{Statuses: []string{alerts.Closed}}, nil},
		"nobody's":       {alerts.Query{Unassigned: true, Text: "scan"}, []int64{3}},
		"somebody's own": {alerts.Query{Assignee: "u9"}, nil},
	} {
		for _, limit := range []int{1, 50} {
			if got := alertNumbers(t, a, c.q, limit); !slices.Equal(got, c.want) {
				t.Errorf("%s, %d a page: %v, want %v", name, limit, got, c.want)
			}
		}
	}
	related, err := a.RelatedTo(t.Context(), one.ID)
	if err != nil || len(related) != 1 || related[0].Alert.Number != 2 || related[0].Shared[0].Shown() != "203[.]0[.]113[.]9" {
		t.Errorf("%+v, %v", related, err)
	}
	takesIntoCases(t, a, w, one, two)
	if counts, err := a.CountAlerts(t.Context(), alerts.Query{}); err != nil || counts[alerts.Cased] != 2 || counts[alerts.New] != 1 {
		t.Errorf("%v, %v", counts, err)
	}
	var wrong *cases.FieldError
	if _, _, err := a.Alerts(t.Context(), alerts.Query{Sort: "secrets", Limit: 1}); !errors.As(err, &wrong) {
		t.Error(err)
	}
}

func takesIntoCases(t *testing.T, a *alerts.Service, w *cases.Service, one, two alerts.Alert) {
	t.Helper()
	var number string
	for range 2 {
		got, c, err := a.Open(t.Context(), analyst, one.ID, "", &alerts.ToCase{})
		if err != nil || got.Status != alerts.Cased || got.Case != c.ID || c.Artifacts != 1 || c.Severity != "high" || c.Title != one.Title {
			t.Fatalf("%+v, %+v, %v", got, c, err)
		}
		number = fmt.Sprint(c.Number)
	}
	joined, c, err := a.Open(t.Context(), analyst, two.ID, "", &alerts.ToCase{Case: number})
	if err != nil || joined.CaseNumber != c.Number || fmt.Sprint(c.Number) != number {
		t.Fatalf("%+v, %v", joined, err)
	}
	other := opened(t, w, "Another")
	if _, _, err := a.Open(t.Context(), analyst, two.ID, "", &alerts.ToCase{Case: other.ID}); !errors.Is(err, alerts.ErrCased) {
		t.Error(err)
	}
	status := alerts.New
	if _, err := a.Update(t.Context(), analyst, two.ID, "", &alerts.Edit{Status: &status}); !errors.Is(err, alerts.ErrCased) {
		t.Error(err)
	}
	if _, err := w.Merge(t.Context(), analyst, c.ID, other.ID, ""); err != nil {
		t.Fatal(err)
	}
	if got := alertNumbers(t, a, alerts.Query{Case: other.ID}, 50); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("the case into which theirs was merged has %v", got)
	}
}

func alertNumbers(t *testing.T, a *alerts.Service, q alerts.Query, limit int) (list []int64) {
	t.Helper()
	q.Limit = limit
	for range 20 {
		page, next, err := a.Alerts(t.Context(), q)
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
