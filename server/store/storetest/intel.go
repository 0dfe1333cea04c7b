package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// intelligence is the service over a store, at a time that the test moves.
func intelligence(s *store.Store, at *time.Time) *intel.Service {
	return intel.NewService(s, func() time.Time { return *at }, func([]string) {})
}

func firstDay() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func said(name, verdict string, confidence int) *intel.Source {
	return &intel.Source{Name: name, Verdict: verdict, Confidence: confidence}
}

func added(t *testing.T, w *intel.Service, value string, g intel.Given) intel.Indicator {
	t.Helper()
	g.Observable = intel.Observable{Value: value}
	if g.Source == nil {
		g.Source = said("feed", intel.Malicious, 80)
	}
	i, err := w.Add(t.Context(), analyst, "", g)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// keepsIndicators has two sources tell of one value, once for each step of a flow, and
// people decide of it.
func keepsIndicators(t *testing.T, open Opener) {
	at := firstDay()
	w := intelligence(open(t), &at)
	i := added(t, w, "Evil[.]Example.", intel.Given{Families: []string{"Emotet", "emotet"}, Tags: []string{"C2"}, Description: "a\x00b"})
	if i.Score != 720 || i.Value != "evil.example" || i.Type != "domain" || i.Description != "a\x00b" || !slices.Equal(i.Families, []string{"Emotet"}) || !slices.Equal(i.Tags, []string{"c2"}) {
		t.Fatalf("%+v", i)
	}
	for range 2 { // the second is the same attempt of a step
		again, err := w.Add(t.Context(), analyst, "k1", intel.Given{Observable: intel.Observable{Value: "evil.example"}, Source: said("Other feed", intel.Suspicious, 50), Vulnerabilities: []string{"cve-2026-12345"}})
		if err != nil || again.Score != 765 || again.Revision != 2 || len(again.Sources) != 2 || again.Vulnerabilities[0] != "CVE-2026-12345" || again.Created != i.Created {
			t.Fatalf("%+v, %v", again, err)
		}
	}
	wrong := 0
	var field *intel.FieldError
	for name, e := range map[string]intel.Edit{
		"a TLP that isn't": {TLP: ptr("purple")}, "a score without a reason": {Override: &intel.Override{Score: 5}}, "no CVE": {Vulnerabilities: &[]string{"x"}},
		"itself": {Relations: &[]intel.Relation{{Kind: "related-to", To: i.ID}}},
	} {
		if _, err := w.Edit(t.Context(), analyst, i.ID, "", &e); !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
		wrong++
	}
	var conflict *intel.ConflictError
	if _, err := w.Edit(t.Context(), analyst, i.ID, "", &intel.Edit{Base: 1, TLP: ptr("red")}); !errors.As(err, &conflict) || conflict.Current.Revision != 2 || conflict.Current.Score != 765 {
		t.Errorf("an older revision: %v", err)
	}
	got, err := w.Edit(t.Context(), analyst, i.ID, "", &intel.Edit{Base: 2, TLP: ptr("red"), FalsePositive: ptr("it is ours")})
	if err != nil || got.Score != 0 || got.TLP != "red" || got.FalsePositive.By != "analyst" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = w.Edit(t.Context(), analyst, i.ID, "", &intel.Edit{FalsePositive: ptr(""), Override: &intel.Override{Score: 400, Reason: "seen by us"}})
	if err != nil || got.Score != 400 || got.FalsePositive != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.Edit(t.Context(), analyst, "no\x00ne", "", &intel.Edit{}); !errors.Is(err, intel.ErrNotFound) {
		t.Error(err)
	}
	if err := w.Remove(t.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Indicator(t.Context(), i.ID); !errors.Is(err, intel.ErrNotFound) {
		t.Error(err)
	}
}

func ptr[T any](v T) *T { return &v }

// countsSightings sees an indicator from many sides at once, each once.
func countsSightings(t *testing.T, open Opener) {
	at := firstDay()
	s := open(t)
	w := intelligence(s, &at)
	i := added(t, w, "203.0.113.9", intel.Given{})
	c := opened(t, workspace(s), "Beacon", "203.0.113.9")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			seen := intel.Sighting{Key: fmt.Sprintf("k%d", n%4), Indicator: i.ID, Source: "EDR", Count: 2, At: at.Add(time.Duration(n%4) * time.Hour), Case: c.ID, Note: "n\x00"}
			if _, err := w.Sight(context.WithoutCancel(t.Context()), analyst, "", seen); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := w.Indicator(t.Context(), i.ID)
	if err != nil || got.Sightings != 8 || got.Score != 720+100 || !got.LastSighted.Equal(at.Add(3*time.Hour)) || got.Revision != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	var seen []intel.Sighting
	for cursor := ""; ; {
		page, next, err := w.SightingsOf(t.Context(), i.ID, cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, page...)
		if cursor = next; next == "" {
			break
		}
	}
	if len(seen) != 4 || !seen[0].At.Equal(at.Add(3*time.Hour)) || seen[0].CaseNumber != c.Number || seen[0].CaseTitle != "Beacon" || seen[0].Note != "n\x00" {
		t.Errorf("%+v", seen)
	}
	if _, err := w.Sight(t.Context(), analyst, "", intel.Sighting{Indicator: "none"}); !errors.Is(err, intel.ErrNotFound) {
		t.Error(err)
	}
}

// findsIndicators lists indicators by what they are, in each order, page by page.
func findsIndicators(t *testing.T, open Opener) {
	at := firstDay()
	w := intelligence(open(t), &at)
	added(t, w, "c2.evil.example", intel.Given{Families: []string{"Emotet"}, Actors: []string{"Storm Müller"}})
	at = at.Add(time.Second)
	added(t, w, "203.0.113.9", intel.Given{Source: said("Other feed", intel.Malicious, 100), Tags: []string{"scanner"}})
	at = at.Add(time.Second)
	added(t, w, "198.51.100.0/24", intel.Given{Source: said("feed", intel.Suspicious, 40), Vulnerabilities: []string{"CVE-2026-0001"}})
	for name, c := range map[string]struct {
		q    intel.Query
		want []string
	}{
		"all":          {intel.Query{}, []string{"203.0.113.9", "c2.evil.example", "198.51.100.0/24"}},
		"last changed": {intel.Query{Sort: "updated"}, []string{"198.51.100.0/24", "203.0.113.9", "c2.evil.example"}},
		"seen":         {intel.Query{Sort: "sighted"}, nil},
		"of types":     {intel.Query{Types: []string{"ip", "network"}}, []string{"203.0.113.9", "198.51.100.0/24"}},
		"scored high":  {intel.Query{MinScore: 700}, []string{"203.0.113.9", "c2.evil.example"}},
		"of a source":  {intel.Query{Source: "FEED"}, []string{"c2.evil.example", "198.51.100.0/24"}},
		"of a family":  {intel.Query{Family: "emotet"}, []string{"c2.evil.example"}},
		"of no family": {intel.Query{Family: "emo"}, nil},
		"of an actor":  {intel.Query{Actor: "storm müller"}, []string{"c2.evil.example"}},
		"of a CVE":     {intel.Query{Vulnerability: "cve-2026-0001"}, []string{"198.51.100.0/24"}},
		"with a tag":   {intel.Query{Tag: "scanner"}, []string{"203.0.113.9"}},
		"a piece":      {intel.Query{Text: "evil"}, []string{"c2.evil.example"}},
		"a beginning":  {intel.Query{Text: "203.0"}, []string{"203.0.113.9"}},
		"a name":       {intel.Query{Text: "storm emot"}, []string{"c2.evil.example"}},
		"nothing":      {intel.Query{Text: "nothing"}, nil},
	} {
		for _, limit := range []int{1, 50} {
			var got []string
			q := c.q
			for q.Limit = limit; ; {
				page, next, err := w.Indicators(t.Context(), q)
				if err != nil {
					t.Fatal(name, err)
				}
				for n := range page {
					got = append(got, page[n].Value)
				}
				if q.Cursor = next; next == "" {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, %d a page: %v, want %v", name, limit, got, c.want)
			}
		}
	}
	var wrong *intel.FieldError
	for _, q := range []intel.Query{{Sort: "secrets", Limit: 1}, {Cursor: "!", Limit: 1}} {
		if _, _, err := w.Indicators(t.Context(), q); !errors.As(err, &wrong) {
			t.Error(err)
		}
	}
}

// matchesIndicators looks observables up: the same, hosts, parents, networks, allowed ones.
func matchesIndicators(t *testing.T, open Opener) {
	at := firstDay()
	w := intelligence(open(t), &at)
	for _, value := range []string{"evil.example", "http://c2.evil.example/x", "198.51.100.0/24", "198.51.0.0/16", "2001:db8::/32", "192.0.2.9", "d41d8cd98f00b204e9800998ecf8427e"} {
		added(t, w, value, intel.Given{})
	}
	if _, err := w.Allow(t.Context(), analyst, "", "", "*.good.evil.example", "our own sinkhole"); err != nil {
		t.Fatal(err)
	}
	wants := []struct{ value, hits string }{
		{"evil[.]example", "exact:evil.example "},
		{"a.b.evil.example", "parent:evil.example "},
		{"notevil.example", ""},
		{"hxxp://c2.evil.example/x", "exact:http://c2.evil.example/x parent:evil.example "},
		{"https://evil.example/", "host:evil.example "},
		{"someone@evil.example", "host:evil.example "},
		{"198.51.100.7", "network:198.51.100.0/24 network:198.51.0.0/16 "},
		{"198.51.7.0/24", "network:198.51.0.0/16 "},
		{"http://198.51.1.1:8080/", "network:198.51.0.0/16 "},
		{"2001:db8::1", "network:2001:db8::/32 "},
		{"::ffff:192.0.2.9", "exact:192.0.2.9 "},
		{"D41D8CD98F00B204E9800998ECF8427E", "exact:d41d8cd98f00b204e9800998ecf8427e "},
		{"x.good.evil.example", "parent:evil.example "},
		{" ", ""},
	}
	list := make([]intel.Observable, len(wants))
	for n := range wants {
		list[n].Value = wants[n].value
	}
	matches, err := w.Match(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for n := range matches {
		got := ""
		for _, h := range matches[n].Hits {
			got += h.How + ":" + h.Indicator.Value + " "
		}
		if got != wants[n].hits {
			t.Errorf("%s matches %q, want %q", wants[n].value, got, wants[n].hits)
		}
	}
	if m := &matches[0]; m.Score() != 720 || m.Allowed != nil {
		t.Errorf("%+v", m)
	}
	if m := &matches[12]; m.Score() != 0 || m.Allowed == nil {
		t.Errorf("an allowed one: %+v", m)
	}
	if matches[13].Problem == "" {
		t.Error("what is no value has no problem")
	}
	if m, err := w.Match(t.Context(), nil); err != nil || len(m) != 0 {
		t.Error(m, err)
	}
}

// allowsValues puts values on the allow list and takes them away: what lies below is scored
// anew, in lists too.
func allowsValues(t *testing.T, open Opener) {
	at := firstDay()
	w := intelligence(open(t), &at)
	for _, value := range []string{"a.corp.example", "http://corp.example/x", "corp.example.org", "10.1.2.3", "10.2.0.0/16", "11.0.0.1"} {
		added(t, w, value, intel.Given{})
	}
	low := func(want ...string) {
		t.Helper()
		list, _, err := w.Indicators(t.Context(), intel.Query{Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for n := range list {
			if high, _, err := w.Indicators(t.Context(), intel.Query{MinScore: 1, Text: list[n].Value, Limit: 1}); err != nil || (len(high) == 1) != (list[n].Score > 0) {
				t.Errorf("%s scores %d, and its list says otherwise: %v", list[n].Value, list[n].Score, err)
			}
			if list[n].Score == 0 {
				got = append(got, list[n].Value)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%v score 0, want %v", got, want)
		}
	}
	low()
	domain, err := w.Allow(t.Context(), analyst, "", "", "corp.example", "ours")
	if err != nil {
		t.Fatal(err)
	}
	network, err := w.Allow(t.Context(), analyst, "network", "", "10.0.0.0/8", "ours")
	if err != nil {
		t.Fatal(err)
	}
	low("10.1.2.3", "10.2.0.0/16", "a.corp.example", "http://corp.example/x")
	if err := w.Disallow(t.Context(), network.ID); err != nil {
		t.Fatal(err)
	}
	low("a.corp.example", "http://corp.example/x")
	if err := w.Disallow(t.Context(), domain.ID); err != nil {
		t.Fatal(err)
	}
	exact, err := w.Allow(t.Context(), analyst, "exact", "", "11.0.0.1", "ours")
	if err != nil {
		t.Fatal(err)
	}
	low("11.0.0.1")
	if list, err := w.AllowList(t.Context()); err != nil || len(list) != 1 || list[0].ID != exact.ID || list[0].By != "analyst" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := w.Disallow(t.Context(), domain.ID); !errors.Is(err, intel.ErrNoAllow) {
		t.Error(err)
	}
	var wrong *intel.FieldError
	if _, err := w.Allow(t.Context(), analyst, "network", "", "corp.example", "x"); !errors.As(err, &wrong) {
		t.Error(err)
	}
	if _, err := w.Allow(t.Context(), analyst, "", "", "corp.example", " "); !errors.As(err, &wrong) || wrong.Field != "reason" {
		t.Error(err)
	}
}

// scoresFade lets time pass: lists follow the score that age and expiry leave.
func scoresFade(t *testing.T, open Opener) {
	at := firstDay()
	w := intelligence(open(t), &at)
	i := added(t, w, "evil.example", intel.Given{ValidUntil: at.Add(65 * 24 * time.Hour)})
	for _, want := range []struct{ days, score int }{{0, 720}, {29, 720}, {31, 648}, {61, 576}, {66, 0}} {
		at = firstDay().Add(time.Duration(want.days) * 24 * time.Hour)
		if err := w.Rescore(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, _, err := w.Indicators(t.Context(), intel.Query{MinScore: max(want.score, 0), Limit: 1})
		if err != nil || len(list) != 1 || list[0].Score != want.score {
			t.Errorf("after %d days: %+v, %v", want.days, list, err)
		}
		if over, _, err := w.Indicators(t.Context(), intel.Query{MinScore: want.score + 1, Limit: 1}); err != nil || len(over) != 0 {
			t.Errorf("after %d days the list holds it at %d: %v", want.days, over[0].Score, err)
		}
	}
	if m, err := w.Match(t.Context(), []intel.Observable{{Type: cases.TypeDomain, Value: i.Value}}); err != nil || m[0].Score() != 0 || m[0].Hits[0].Indicator.Reasons[1].Kind != intel.ReasonAge {
		t.Errorf("%+v, %v", m, err)
	}
}
