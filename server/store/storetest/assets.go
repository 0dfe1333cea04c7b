package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// keepsAssets keeps assets and findings, once each, and says what a case is exposed to.
func keepsAssets(t *testing.T, open Opener) {
	told := 0
	s := assets.NewService(open(t), time.Now, func(context.Context) { told++ })
	four, value, currency := 4, 50_000.0, "eur"
	for range 2 {
		put, err := s.Put(t.Context(), []assets.Change{
			{Name: "SRV-1", Criticality: &four, Value: &value, Currency: &currency, Identifiers: []assets.Identifier{{Type: "ip", Value: "10.0.0.7"}}, Tags: []string{"Web"}},
			{Name: "alice", Kind: "user"},
			{Name: "reports", Kind: "bucket"},
		})
		if err != nil || len(put) != 3 || put[0].Criticality != 4 || put[0].Currency != "EUR" || put[1].Criticality != 3 {
			t.Fatalf("%+v, %v", put, err)
		}
	}
	if _, err := s.Put(t.Context(), []assets.Change{{Name: "srv-1"}}); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"srv-1", "10.0.0.7", "Srv-1"} {
		a, err := s.Asset(t.Context(), ref)
		if err != nil || a.Criticality != 4 || a.Value != 50_000 || len(a.Identifiers) != 1 || !slices.Equal(a.Tags, []string{"web"}) {
			t.Errorf("%s is %+v, %v", ref, a, err)
		}
	}
	yes, cvss, epss := true, 7.5, 0.4
	reports := []assets.Report{{Asset: "10.0.0.7", CVE: "cve-2026-1111", CVSS: &cvss, EPSS: &epss, Source: "scanner"}, {Asset: "srv-1", CVE: "CVE-2026-2222", Severity: "low", Exploited: &yes, Source: "scanner"}, {Asset: "new-1", Title: "Telnet is open"}}
	for n, want := range []assets.Put{{Added: 3, NewAssets: 1}, {Changed: 3}} {
		put, err := s.Report(t.Context(), reports)
		if err != nil || put.Added != want.Added || put.Changed != want.Changed || put.NewAssets != want.NewAssets || len(put.Assets) != 2 {
			t.Fatalf("time %d: %+v, %v", n, put, err)
		}
	}
	if told != 3+2 {
		t.Errorf("%d changes were told of", told)
	}
	list, next, err := s.Findings(t.Context(), assets.FindingQuery{State: assets.Open, Limit: 2})
	if err != nil || len(list) != 2 || list[0].CVE != "CVE-2026-2222" || list[1].CVE != "CVE-2026-1111" || list[1].AssetName != "srv-1" || next == "" {
		t.Errorf("%+v, %v", list, err)
	}
	if list, _, err = s.Findings(t.Context(), assets.FindingQuery{Limit: 2, Cursor: next}); err != nil || len(list) != 1 || list[0].Title != "Telnet is open" || list[0].CVSS != -1 {
		t.Errorf("%+v, %v", list, err)
	}
	var names []string
	for q := (assets.Query{Limit: 1}); ; {
		page, next, err := s.Assets(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page[0].Name)
		if q.Cursor = next; next == "" {
			break
		}
	}
	if !slices.Equal(names, []string{"alice", "new-1", "reports", "srv-1"}) {
		t.Errorf("%v", names)
	}
	if page, _, err := s.Assets(t.Context(), assets.Query{Text: "0.0.7", Exploited: true, Limit: 9}); err != nil || len(page) != 1 || page[0].Findings != 2 || page[0].Exploited != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	exposes(t, s)
	calledShort(t, s)
	if err := s.RemoveAsset(t.Context(), "none"); !errors.Is(err, assets.ErrNotFound) {
		t.Error(err)
	}
}

func exposes(t *testing.T, s *assets.Service) {
	t.Helper()
	about := []cases.Artifact{{Type: cases.TypeUser, Value: "alice"}, {Type: cases.TypeIP, Value: "10.0.0.7"}, {Type: cases.TypeHost, Value: "nobody"}}
	found, err := s.Exposure(t.Context(), about)
	if err != nil || len(found) != 2 || found[0].Asset.Name != "srv-1" || found[0].Findings[0].CVE != "CVE-2026-2222" || found[0].Findings[1].Score <= found[0].Findings[0].Score || len(found[1].Findings) != 0 || found[0].Impact <= 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	// What is seen in the case counts as exploited: its priority rises.
	before := found[0].Findings[1].Score
	found, err = s.Exposure(t.Context(), append(about, cases.Artifact{Type: cases.TypeCVE, Value: "CVE-2026-1111"}))
	if err != nil || found[0].Findings[0].CVE != "CVE-2026-1111" || !found[0].Findings[0].Seen || found[0].Findings[0].Score <= before {
		t.Errorf("%+v, %v", found, err)
	}
}

// calledShort: a case is exposed by hosts that it calls by the first part of their names, where
// few are called so; none is found, changed or scored by it.
func calledShort(t *testing.T, s *assets.Service) {
	t.Helper()
	if _, err := s.Put(t.Context(), []assets.Change{
		{Name: "dc1.north.example"},
		{Name: "Second domain controller", Identifiers: []assets.Identifier{{Type: "hostname", Value: "DC1.south.example"}}},
		{Name: "dc1.pages.example", Kind: "service"},
		{Name: "jsmith", Kind: "user"},
		{Name: "jsmith.laptops.example"},
		{Name: "10.0.0.0/24"},
		{Name: "*.wild.example"},
		{Name: "Web server, no. 2"},
		{Name: "srv-2"},
		{Name: "srv-2.example"},
	}); err != nil {
		t.Fatal(err)
	}
	var many []assets.Change
	for n := range 6 {
		many = append(many, assets.Change{Name: fmt.Sprintf("www.site%d.example", n)})
	}
	if _, err := s.Put(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	for about, want := range map[cases.Artifact]int{
		{Type: cases.TypeHost, Value: "dc1"}: 2, {Type: cases.TypeHost, Value: "dc1.south.example"}: 1, {Type: cases.TypeHost, Value: "dc1.west.example"}: 0, {Type: cases.TypeUser, Value: "dc1"}: 0,
		{Type: cases.TypeHost, Value: "10"}: 0, {Type: cases.TypeHost, Value: "*"}: 0, {Type: cases.TypeHost, Value: "web server, no"}: 0,
		{Type: cases.TypeHost, Value: "srv-2"}: 1, // the one whose whole name it is
		{Type: cases.TypeHost, Value: "www"}:   0, // which it is nobody knows
	} {
		if found, err := s.Exposure(t.Context(), []cases.Artifact{about, {Type: cases.TypeHost, Value: "srv-1"}}); err != nil || len(found) != want+1 {
			t.Errorf("%s names %+v, %v", about.Value, found, err)
		}
	}
	// However much is known by whole names, and by however many.
	about := []cases.Artifact{{Type: cases.TypeIP, Value: "192.0.2.1"}, {Type: cases.TypeHost, Value: "dc1"}}
	var ids []assets.Identifier
	for n := range 30 {
		ids = append(ids, assets.Identifier{Type: "ip", Value: fmt.Sprintf("192.0.2.%d", n)})
	}
	if _, err := s.Put(t.Context(), []assets.Change{{Name: "gateway", Identifiers: ids}}); err != nil {
		t.Fatal(err)
	}
	if found, err := s.Exposure(t.Context(), about); err != nil || len(found) != 3 {
		t.Errorf("%+v, %v", found, err)
	}
	if found, err := s.About(t.Context(), []cases.Artifact{{Type: cases.TypeHost, Value: "dc1"}}); err != nil || len(found) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	types, err := s.NamedTypes(t.Context(), []string{"dc1", "10", "jsmith", "www", "srv-1", "alice"})
	if want := map[string]string{"dc1": cases.TypeHost, "jsmith": cases.TypeUser, "www": cases.TypeHost, "srv-1": cases.TypeHost, "alice": cases.TypeUser}; err != nil || !maps.Equal(types, want) {
		t.Errorf("%v, %v", types, err)
	}
	if a, err := s.Asset(t.Context(), "dc1"); !errors.Is(err, assets.ErrNotFound) {
		t.Errorf("%+v, %v", a, err)
	}
}
