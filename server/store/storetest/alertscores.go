package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// stale gives the numbers of alerts that wait for another score, and has none wait any more.
func stale(t *testing.T, s *store.Store, titles map[string]string) []string {
	t.Helper()
	list, err := s.StaleAlerts(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	found := make([]string, len(list))
	for n, one := range list {
		found[n] = titles[one.ID]
		if err := s.AlertScored(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(found)
	return found
}

// tellsAlerts marks the alerts at work that have an indicator, lie below it, or are about an
// asset, whenever something is learnt of these; and no others.
func tellsAlerts(t *testing.T, open Opener) {
	s := open(t)
	at := firstDay()
	know := intelligence(s, &at)
	estate := assets.NewService(s, time.Now, func(context.Context) {})
	a := alertsOf(s, workspace(s))
	titles := map[string]string{}
	for title, observable := range map[string]string{
		"url": `"url": "http://cdn.evil.example/x"`, "domain": `"domain": "evil.example"`, "like": `"domain": "notevil.example"`, "four": `"ip": "192.0.2.77"`,
		"beside": `"ip": "192.0.3.1"`, "six": `"ip": "2001:db8::5"`, "host": `"host": "srv-7"`, "closed": `"domain": "old.evil.example"`, "mail": `"sender": "a@evil.example"`,
	} {
		titles[reported(t, a, title, `{"id": "`+title+`", "title": "`+title+`", "severity": "low", `+observable+`}`).ID] = title
	}
	closed, reason := alerts.Closed, "benign"
	for id, title := range titles {
		if title == "closed" {
			if _, err := a.Update(t.Context(), analyst, id, "", &alerts.Edit{Status: &closed, Reason: &reason}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if none := stale(t, s, titles); len(none) != 0 {
		t.Errorf("nothing was learnt yet of %v", none)
	}
	domain := added(t, know, "evil.example", intel.Given{})
	expect := func(why string, want ...string) {
		t.Helper()
		if got := stale(t, s, titles); !slices.Equal(got, want) {
			t.Errorf("%s is of %v, not of %v", why, want, got)
		}
	}
	expect("a domain", "domain", "mail", "url")
	added(t, know, "192.0.2.0/24", intel.Given{})
	expect("a network", "four")
	added(t, know, "2001:db8::5", intel.Given{})
	expect("an address", "six")
	at = at.Add(400 * 24 * time.Hour) // what a source said long ago counts less
	if err := know.Rescore(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("age", "domain", "four", "mail", "six", "url")
	if err := know.Remove(t.Context(), domain.ID); err != nil {
		t.Fatal(err)
	}
	expect("an indicator that is gone", "domain", "mail", "url")
	if _, err := estate.Put(t.Context(), []assets.Change{{Name: "srv-7", Identifiers: []assets.Identifier{{Type: cases.TypeIP, Value: "192.0.3.1"}}}}); err != nil {
		t.Fatal(err)
	}
	expect("an asset", "beside", "host")
	if _, err := estate.Put(t.Context(), []assets.Change{{Name: "srv-7", Identifiers: []assets.Identifier{{Type: cases.TypeIP, Value: "192.0.2.77"}}}}); err != nil {
		t.Fatal(err)
	}
	expect("one that is known by something else", "beside", "four", "host")
	if _, err := estate.Report(t.Context(), []assets.Report{{Asset: "srv-7", CVE: "CVE-2026-1111"}}); err != nil {
		t.Fatal(err)
	}
	expect("a finding", "four", "host")
	// What is learnt while a score is made is not forgotten.
	added(t, know, "192.0.2.77", intel.Given{})
	list, err := s.StaleAlerts(t.Context(), 1)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	added(t, know, "192.0.2.77", intel.Given{Source: said("Other feed", intel.Malicious, 90)})
	if err := s.AlertScored(t.Context(), list[0]); err != nil {
		t.Fatal(err)
	}
	expect("what came meanwhile", "four")
	// Many of them, and none is left out.
	for n := range 250 {
		reported(t, a, "", `{"id": "m-`+string(rune('a'+n%26))+string(rune('a'+n/26))+`", "title": "many", "severity": "low", "domain": "many.example"}`)
	}
	added(t, know, "many.example", intel.Given{})
	if err := a.Reconsider(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("all that were scored anew")
}

// findsCasesBelow finds the cases that have an indicator, or something below it.
func findsCasesBelow(t *testing.T, open Opener) {
	s := open(t)
	at := firstDay()
	var seen []string
	know := intel.NewService(s, func() time.Time { return at }, func(ids []string) { seen = ids })
	w := workspace(s)
	ids := map[string]string{}
	for title, a := range map[string]cases.Artifact{
		"url": {Type: cases.TypeURL, Value: "http://cdn.evil.example/x"}, "domain": {Type: cases.TypeDomain, Value: "evil.example"}, "like": {Type: cases.TypeDomain, Value: "notevil.example"},
		"four": {Type: cases.TypeIP, Value: "192.0.2.77"}, "beside": {Type: cases.TypeIP, Value: "192.0.3.1"},
	} {
		c := opened(t, w, title, title+".example")
		if _, err := w.AddArtifacts(t.Context(), analyst, c.ID, "", []cases.Artifact{a}); err != nil {
			t.Fatal(err)
		}
		ids[c.ID] = title
	}
	for value, want := range map[string][]string{"evil.example": {"domain", "url"}, "192.0.2.0/24": {"four"}, "192.0.3.1": {"beside"}, "other.example": nil} {
		seen = nil
		added(t, know, value, intel.Given{})
		var got []string
		for _, id := range seen {
			got = append(got, ids[id])
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s is of %v, not of %v", value, got, want)
		}
	}
}
