package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestAFlowWorksWithIntelligence adds, sees, looks up and marks an indicator from a flow. A
// replay of it gets what it got, and changes nothing.
func TestAFlowWorksWithIntelligence(t *testing.T) {
	h := open(t, t.TempDir())
	id, _ := h.publish("intel-work")
	run := h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "analyst", map[string]any{"input": map[string]any{}}, nil}).want(200)
	want := map[string]any{
		"added": 720.0, "found": true, "score": 760.0, "families": []any{"Emotet"}, "how": "parent", "sightings": 2.0, "known": 1.0, "highest": 760.0, "listed": 1.0, "after": 0.0,
	}
	if run["state"] != "succeeded" || !reflect.DeepEqual(run["output"], want) {
		t.Fatalf("the run gives %v, %v", run["output"], run["error"])
	}
	list := h.do(call{"GET", "/indicators?q=evil", "viewer", nil, nil}).want(200)["items"].([]any)
	item := list[0].(map[string]any)
	if len(list) != 1 || item["score"] != 0.0 || item["expired"] != true || item["falsePositive"].(map[string]any)["by"] != "Intel work" {
		t.Fatalf("%v", list)
	}
	seen := h.do(call{"GET", "/indicators/" + item["id"].(string) + "/sightings", "viewer", nil, nil}).want(200)["items"].([]any)
	if len(seen) != 1 || seen[0].(map[string]any)["run"] != run["id"] || seen[0].(map[string]any)["observed"] != "hxxp://c2[.]evil[.]example/x" {
		t.Errorf("%v", seen)
	}
	replay := h.do(call{"POST", "/runs/" + run["id"].(string) + "/replay?wait=20s", "author", map[string]any{}, nil}).want(200)
	if replay["state"] != "succeeded" || fmt.Sprint(replay["output"]) != fmt.Sprint(run["output"]) {
		t.Errorf("the replay gives %v, %v", replay["output"], replay["error"])
	}
	if after := h.do(call{"GET", "/indicators/" + item["id"].(string), "viewer", nil, nil}).want(200); after["revision"] != item["revision"] {
		t.Errorf("the indicator was at %v and is at %v", item["revision"], after["revision"])
	}
}

// TestIndicatorsByREST adds, changes and removes an indicator, by who may and from what was
// seen last.
func TestIndicatorsByREST(t *testing.T) {
	h := open(t, t.TempDir())
	body := map[string]any{"value": "198.51.100.0/24", "source": map[string]any{"name": "Feed", "confidence": 50, "verdict": "suspicious"}, "tags": []any{"Scanner"}}
	h.do(call{"POST", "/indicators", "viewer", body, nil}).want(403)
	made := h.do(call{"POST", "/indicators", "analyst", body, nil}).want(201)
	if made["type"] != "network" || made["score"] != 225.0 || made["shown"] != "198[.]51[.]100[.]0/24" {
		t.Errorf("%v", made)
	}
	path := "/indicators/" + made["id"].(string)
	put := func(revision string, body map[string]any) *reply {
		t.Helper()
		return h.do(call{"PUT", path, "analyst", body, map[string]string{"If-Match": revision}})
	}
	h.do(call{"PUT", path, "analyst", map[string]any{"tlp": "red"}, nil}).want(428)
	put(`"1"`, map[string]any{"tlp": "red", "override": map[string]any{"score": 900, "reason": "Seen at a customer."}}).want(200)
	refused := put(`"1"`, map[string]any{"tlp": "green"}).want(409)
	if refused["indicator"].(map[string]any)["score"] != 900.0 || refused["current"] != 2.0 {
		t.Errorf("%v", refused)
	}
	for pointer, body := range map[string]map[string]any{
		"/vulnerabilities": {"vulnerabilities": []any{"CVE"}}, "/override": {"override": map[string]any{"score": 5, "reason": ""}}, "/relations": {"relations": []any{map[string]any{"kind": "related-to", "to": made["id"]}}},
	} {
		if problems := put(`"2"`, body).want(422)["problems"].([]any); problems[0].(map[string]any)["pointer"] != pointer {
			t.Errorf("%v", problems)
		}
	}
	match := h.do(call{"POST", "/indicators/lookup", "viewer", map[string]any{"values": []any{map[string]any{"value": "198.51.100.9"}, map[string]any{"value": "198.51.101.9"}}}, nil}).want(200)["items"].([]any)
	if match[0].(map[string]any)["score"] != 900.0 || match[1].(map[string]any)["score"] != 0.0 {
		t.Errorf("%v", match)
	}
	entry := h.do(call{"POST", "/indicators/allow-list", "analyst", map[string]any{"value": "198.51.0.0/16", "reason": "Our own."}, nil}).want(201)
	if got := h.do(call{"GET", path, "viewer", nil, nil}).want(200); got["score"] != 0.0 || got["allowed"].(map[string]any)["value"] != "198.51.0.0/16" {
		t.Errorf("%v", got)
	}
	h.do(call{"DELETE", "/indicators/allow-list/" + entry["id"].(string), "analyst", nil, nil}).want(204)
	if list := h.do(call{"GET", "/indicators?minScore=900&tag=scanner&type=network,ip&source=feed", "viewer", nil, nil}).want(200)["items"].([]any); len(list) != 1 {
		t.Errorf("%v", list)
	}
	h.do(call{"DELETE", path, "analyst", nil, nil}).want(204)
	h.do(call{"GET", path, "viewer", nil, nil}).want(404)
}

// bundles are those of this repository, and of a folder that is named from outside.
func bundles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(os.Getenv("STIX_BUNDLES"), "*.json"))
	if os.Getenv("STIX_BUNDLES") == "" || err != nil {
		files = nil
	}
	return append(files, filepath.Join("..", "intel", "testdata", "bundle.json"))
}

// TestSTIXRoundTrip imports bundles and gets every object back, equal as JSON, whether it is
// modelled here or not.
func TestSTIXRoundTrip(t *testing.T) {
	h := open(t, t.TempDir())
	want := map[string]bool{}
	for _, name := range bundles(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range objectsOf(t, data) {
			if strings.Contains(object, `"id":`) {
				want[object] = true
			}
		}
		look := h.do(call{"POST", "/indicators/import/stix", auth.Analyst, data, nil}).want(200)
		if look["applied"] != false {
			t.Fatalf("%v", look)
		}
		done := h.do(call{"POST", "/indicators/import/stix?apply=true", auth.Analyst, data, nil}).want(200)
		if done["applied"] != true || done["new"] != look["new"] {
			t.Errorf("%s: seen as %v, done as %v", name, look["new"], done["new"])
		}
		again := h.do(call{"POST", "/indicators/import/stix", auth.Analyst, data, nil}).want(200)
		if again["new"] != 0.0 || again["changed"] != 0.0 || again["same"] != done["new"] {
			t.Errorf("%s again: %v new, %v changed, %v same of %v", name, again["new"], again["changed"], again["same"], done["new"])
		}
		t.Logf("%s: %v new, %v modelled, %v kept, %v refused", filepath.Base(name), done["new"], done["modelled"], done["kept"], done["refused"])
	}
	out := h.do(call{"GET", "/indicators/export", auth.Viewer, nil, nil})
	out.want(200)
	got := map[string]bool{}
	for _, object := range objectsOf(t, out.body) {
		got[object] = true
	}
	for object := range want {
		if !got[object] {
			t.Errorf("this doesn't come back: %s", object)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d objects came in, and %d come back", len(want), len(got))
	}
	if list := h.do(call{"GET", "/indicators?family=Ripplebot", "viewer", nil, nil}).want(200)["items"].([]any); len(list) != 3 || list[0].(map[string]any)["sightings"] != 3.0 {
		t.Errorf("%v", list)
	}
	csv := h.do(call{"GET", "/indicators/export?format=csv&family=Ripplebot", "viewer", nil, nil})
	if csv.status != 200 || strings.Count(string(csv.body), "Ripplebot") != 3 {
		t.Fatalf("%d %s", csv.status, csv.body)
	}
	same := h.do(call{"POST", "/indicators/import/csv?apply=true", "analyst", csv.body, map[string]string{"Content-Type": "text/csv"}}).want(200)
	if same["new"] != 0.0 || same["refused"] != 0.0 {
		t.Errorf("the export imported again: %v", same)
	}
	h.do(call{"POST", "/indicators/import/csv", "analyst", []byte("value\nx"), map[string]string{"Content-Type": "application/json"}}).want(415)
	h.do(call{"POST", "/indicators/import/stix?apply=true", "viewer", []byte("{}"), nil}).want(403)
	h.do(call{"POST", "/indicators/import/stix", "analyst", []byte("{"), nil}).want(422)
}

// objectsOf gives the objects of a bundle, each as one canonical text that keeps numbers.
func objectsOf(t *testing.T, data []byte) []string {
	t.Helper()
	var b struct{ Objects []any }
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	if err := d.Decode(&b); err != nil {
		t.Fatal(err)
	}
	list := make([]string, len(b.Objects))
	for n, object := range b.Objects {
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		list[n] = string(text)
	}
	return list
}

// TestCasesKnowIntelligence opens a case about a known indicator, and imports one that a case
// has already: both are sightings, and raise the cases' scores.
func TestCasesKnowIntelligence(t *testing.T) {
	h := open(t, t.TempDir())
	known := h.do(call{"POST", "/indicators", "analyst", map[string]any{"value": "evil.example", "source": map[string]any{"name": "Feed", "confidence": 80}}, nil}).want(201)
	c := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Mail", "artifacts": []any{map[string]any{"value": "www.evil.example"}, map[string]any{"value": "203.0.113.9"}}}, nil}).want(201)
	score := func(want float64) func() bool {
		return func() bool {
			return h.do(call{"GET", "/cases/" + c["id"].(string), "viewer", nil, nil}).want(200)["score"] == want
		}
	}
	waitFor(t, "the score of what is known and was seen", score(740))
	var seen []any
	waitFor(t, "a sighting", func() bool {
		seen = h.do(call{"GET", "/indicators/" + known["id"].(string) + "/sightings", "viewer", nil, nil}).want(200)["items"].([]any)
		return len(seen) == 1
	})
	if s := seen[0].(map[string]any); s["caseNumber"] != c["number"] || s["observed"] != "www[.]evil[.]example" || s["caseTitle"] != "Mail" {
		t.Errorf("%v", s)
	}
	h.do(call{"POST", "/indicators/import/csv?apply=true", "analyst", []byte("value,confidence\n203.0.113.9,100\n"), map[string]string{"Content-Type": "text/csv"}}).want(200)
	waitFor(t, "the score of what came later", score(920))
}

// TestSTIXExportFollowsWhatWasDecided holds that an indicator which came as an object and was
// found to be a false positive goes out with an opinion that says so, and one that was removed not at all.
func TestSTIXExportFollowsWhatWasDecided(t *testing.T) {
	h := open(t, t.TempDir())
	data := []byte(`{"type": "bundle", "id": "bundle--6a1d2c5e-9b43-4d02-8a0e-000000000000", "objects": [
	  {"type": "indicator", "spec_version": "2.1", "id": "indicator--6a1d2c5e-9b43-4d02-8a0e-000000000001", "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
	   "pattern": "[domain-name:value = 'cdn.vendor.example']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z"},
	  {"type": "indicator", "spec_version": "2.1", "id": "indicator--6a1d2c5e-9b43-4d02-8a0e-000000000002", "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
	   "pattern": "[domain-name:value = 'old.evil.example']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z"},
	  {"type": "x-oddity", "spec_version": "2.1", "id": "x-oddity--6a1d2c5e-9b43-4d02-8a0e-000000000003", "source_ref": 7},
	  {"type": "relationship", "spec_version": "2.1", "id": "relationship--6a1d2c5e-9b43-4d02-8a0e-000000000004", "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
	   "relationship_type": "related-to", "source_ref": "indicator--6a1d2c5e-9b43-4d02-8a0e-000000000002", "target_ref": "indicator--6a1d2c5e-9b43-4d02-8a0e-000000000001"}]}`)
	h.do(call{"POST", "/indicators/import/stix?apply=true", auth.Analyst, data, nil}).want(200)
	for value, act := range map[string]func(path string){
		"cdn.vendor.example": func(path string) {
			h.do(call{"PUT", path, "analyst", map[string]any{"falsePositive": "The vendor's own."}, map[string]string{"If-Match": `"1"`}}).want(200)
		},
		"old.evil.example": func(path string) { h.do(call{"DELETE", path, "analyst", nil, nil}).want(204) },
	} {
		list := h.do(call{"GET", "/indicators?q=" + value, "viewer", nil, nil}).want(200)["items"].([]any)
		if len(list) != 1 {
			t.Fatalf("%s: %v", value, list)
		}
		act("/indicators/" + list[0].(map[string]any)["id"].(string))
	}
	out := h.do(call{"GET", "/indicators/export", auth.Viewer, nil, nil})
	out.want(200)
	text := strings.Join(objectsOf(t, out.body), "\n")
	for _, want := range []string{"cdn.vendor.example", "x-oddity--", `"opinion":"strongly-disagree"`, "A false positive: The vendor's own.", `"object_refs":["indicator--6a1d2c5e-9b43-4d02-8a0e-000000000001"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %s:\n%s", want, text)
		}
	}
	if strings.Contains(text, "000000000002") {
		t.Errorf("what was removed goes out:\n%s", text)
	}
}

// TestAnImportLeavesOutWhatOutgrowsItsIndicator has more sources tell of one value than an
// indicator holds: the rest of the file is imported all the same, and the report says what is not.
func TestAnImportLeavesOutWhatOutgrowsItsIndicator(t *testing.T) {
	h := open(t, t.TempDir())
	take := func(csv string) map[string]any {
		t.Helper()
		return h.do(call{"POST", "/indicators/import/csv?apply=true", "analyst", []byte(csv), map[string]string{"Content-Type": "text/csv"}}).want(200)
	}
	for n := range 50 {
		take(fmt.Sprintf("value,source\nevil.example,Feed %d\n", n))
	}
	report := take("value,source\nother.example,Feed 51\nevil.example,Feed 51\n")
	if report["new"] != 1.0 || report["refused"] != 1.0 || report["changed"] != 0.0 {
		t.Errorf("%v", report)
	}
	if said := fmt.Sprint(report["findings"].([]any)[0]); !strings.Contains(said, "evil[.]example") || !strings.Contains(said, "at most 50 sources, with what is known of it already") {
		t.Errorf("%s", said)
	}
}
