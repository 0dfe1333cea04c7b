package app_test

import (
	"fmt"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/assets"
)

// TestAFlowTakesInAScan has a flow keep what a scanner found; alerts about the asset are
// scored anew, and the case says what it is exposed to.
func TestAFlowTakesInAScan(t *testing.T) {
	h := open(t, t.TempDir())
	id, _ := h.publish("asset-scan")
	before := h.do(call{"POST", "/alerts", "analyst", map[string]any{"event": map[string]any{"id": "1", "title": "Odd", "severity": "high", "ip": "10.0.0.7", "cve": "CVE-2026-1111"}}, nil}).want(201)
	findings := []any{map[string]any{"asset": "srv-1", "cve": "CVE-2026-1111", "cvss": 5.5}, map[string]any{"asset": "10.0.0.7", "cve": "CVE-2026-2222", "cvss": 9.8, "exploited": true}}
	run := h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "analyst", map[string]any{"input": map[string]any{"findings": findings}}, nil}).want(200)
	if got := fmt.Sprint(run["output"]); run["state"] != "succeeded" || got != "map[added:2 exploited:1 first:CVE-2026-2222 known:false priority:P1]" {
		t.Fatalf("%v, %v", got, run["error"])
	}
	var after map[string]any
	waitFor(t, "the alert's score of its asset", func() bool { // that is made in the background
		after = h.do(call{"GET", "/alerts/1", "viewer", nil, nil}).want(200)
		return len(after["assets"].([]any)) == 1 && after["score"].(float64) > before["score"].(float64) && after["impact"] != nil
	})
	asset := after["assets"].([]any)[0].(map[string]any)
	if asset["name"] != "srv-1" || asset["exploited"] != 1.0 || after["currency"] != "EUR" {
		t.Errorf("%v scores %v, %v", asset, after["score"], after["impact"])
	}
	if first := h.do(call{"GET", "/alerts?sort=impact", "viewer", nil, nil}).want(200)["items"].([]any)[0].(map[string]any); first["number"] != 1.0 {
		t.Errorf("%v", first)
	}
	number := h.do(call{"POST", "/alerts/1/case", "analyst", map[string]any{}, nil}).want(200)["number"]
	exposed := h.do(call{"GET", fmt.Sprintf("/cases/%v/exposure", number), "viewer", nil, nil}).want(200)["items"].([]any)
	if len(exposed) != 1 {
		t.Fatalf("%v", exposed)
	}
	one := exposed[0].(map[string]any)["findings"].([]any)
	if len(one) != 2 || one[0].(map[string]any)["cve"] != "CVE-2026-2222" || one[1].(map[string]any)["seen"] != true {
		t.Errorf("%v", one)
	}
	bad := call{"POST", "/findings", "analyst", map[string]any{"findings": []any{map[string]any{"asset": "srv-1", "cve": "CVE-1"}, map[string]any{"asset": "srv-9", "title": "x", "state": "odd"}}}, nil}
	problems := h.do(bad).want(422)["problems"].([]any)
	if len(problems) != 2 || problems[0].(map[string]any)["pointer"] != "/findings/0/cve" || problems[1].(map[string]any)["pointer"] != "/findings/1/state" {
		t.Errorf("%v", problems)
	}
	h.do(call{"GET", "/assets/srv-9", "viewer", nil, nil}).want(404)
	csv := map[string]string{"Content-Type": "text/csv"}
	planned := h.do(call{"POST", "/assets/import?what=assets&plan=true", "analyst", []byte("name\nsrv-8\n"), csv}).want(200)
	if planned["lines"] != 1.0 || planned["planned"] != true {
		t.Errorf("%v", planned)
	}
	h.do(call{"GET", "/assets/srv-8", "viewer", nil, nil}).want(404)
	h.do(call{"DELETE", "/assets/srv-1", "analyst", nil, nil}).want(403)
	h.do(call{"DELETE", "/assets/srv-1", "responder", nil, nil}).want(204)
}

// TestOneFormula holds the workspace's priority and expected loss to those of the connector
// risk.
func TestOneFormula(t *testing.T) {
	needsConnectors(t)
	h := open(t, t.TempDir())
	type pair struct {
		risk  assets.Risk
		value float64
	}
	var pairs []pair
	var items []any
	for _, severity := range []float64{0, 2.5, 5.5, 9.8} {
		for criticality := 1; criticality <= 5; criticality += 2 {
			for _, r := range []assets.Risk{{Confidence: 1}, {Confidence: 0.3, Exposed: true}, {Confidence: 1, Exploited: true}, {Confidence: 0.5, Probability: 0.37, Exposed: true}} {
				r.Severity, r.Criticality = severity, criticality
				value := severity * 30_000
				pairs = append(pairs, pair{r, value})
				items = append(items, map[string]any{
					"risk":   map[string]any{"severityScore": severity, "confidence": r.Confidence, "criticality": criticality, "exposed": r.Exposed, "exploited": r.Exploited, "exploitProbability": r.Probability},
					"impact": map[string]any{"fixed": value, "probability": r.Confidence},
				})
			}
		}
	}
	flow := map[string]any{
		"format": "drawbridge.flow/1", "id": "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c94", "name": "Risks", "connectors": map[string]any{"risk": "1.0.0"},
		"nodes": []any{
			map[string]any{"id": "go", "type": "trigger.manual", "position": []any{0, 0}},
			map[string]any{"id": "each", "type": "core.foreach", "position": []any{240, 0}, "size": []any{400, 200}, "with": map[string]any{"items": "{{ trigger.body }}", "result": "{{ [steps.rate.output, steps.lose.output] }}"}},
			map[string]any{"id": "rate", "type": "risk.priority", "parent": "each", "position": []any{40, 40}, "with": map[string]any{
				"severityScore": "{{ item.risk.severityScore }}", "confidence": "{{ item.risk.confidence }}", "criticality": "{{ item.risk.criticality }}", "exposed": "{{ item.risk.exposed }}", "exploited": "{{ item.risk.exploited }}", "exploitProbability": "{{ item.risk.exploitProbability }}",
			}},
			map[string]any{"id": "lose", "type": "risk.impact", "parent": "each", "position": []any{200, 40}, "with": map[string]any{"fixed": "{{ item.impact.fixed }}", "probability": "{{ item.impact.probability }}"}},
		},
		"edges": []any{map[string]any{"from": "go", "to": "each"}}, "output": "{{ steps.each.output }}",
	}
	id := h.do(call{"POST", "/flows", "author", flow, nil}).want(201)["id"].(string)
	run := h.do(call{"POST", "/flows/" + id + "/runs?wait=30s", "author", map[string]any{"version": "draft", "input": items}, nil}).want(200)
	if run["state"] != "succeeded" {
		t.Fatalf("%v", run["error"])
	}
	bands := []string{"negligible", "low", "moderate", "high", "severe"}
	for i, item := range run["output"].([]any) {
		told, lost := item.([]any)[0].(map[string]any), item.([]any)[1].(map[string]any)
		score, priority := assets.Priority(&pairs[i].risk)
		if told["score"] != score || told["priority"] != priority {
			t.Errorf("%+v is %v %s here, and %v %v there", pairs[i].risk, score, priority, told["score"], told["priority"])
		}
		expected, band := assets.Impact(pairs[i].value, pairs[i].risk.Confidence)
		if lost["expected"] != expected || lost["band"] != bands[band] {
			t.Errorf("%v of %v is %v %s here, and %v there", pairs[i].value, pairs[i].risk.Confidence, expected, bands[band], lost)
		}
	}
	if len(run["output"].([]any)) != len(pairs) {
		t.Errorf("%d results", len(run["output"].([]any)))
	}
}

// TestACaseKnowsHostsByTheirNames has what nobody said the type of be what an asset is
// called by; what was said stays, and is corrected.
func TestACaseKnowsHostsByTheirNames(t *testing.T) {
	h := open(t, t.TempDir())
	assets := []any{
		map[string]any{"name": "NB-017", "identifiers": []any{map[string]any{"type": "hostname", "value": "NB-017.corp.example"}}},
		map[string]any{"name": "mpark", "kind": "user"},
	}
	h.do(call{"POST", "/assets", "analyst", map[string]any{"assets": assets}, nil}).want(200)
	given := []any{map[string]any{"value": "NB-017"}, map[string]any{"value": "MPark"}, map[string]any{"value": "nb-020.corp.example"}}
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Odd", "artifacts": given}, nil}).want(201)
	h.do(call{"POST", "/cases/1/artifacts", "analyst", map[string]any{"artifacts": []any{
		map[string]any{"value": "nb-017[.]corp[.]example"}, map[string]any{"type": "domain", "value": "nb-017.corp.example"}, map[string]any{"type": "host", "value": "NB-021"},
	}}, nil}).want(200)
	has := func() map[string]bool {
		is := map[string]bool{}
		for _, a := range h.do(call{"GET", "/cases/1/artifacts", "viewer", nil, nil}).want(200)["items"].([]any) {
			a := a.(map[string]any)
			is[fmt.Sprint(a["type"], " ", a["value"])] = true
		}
		return is
	}
	for _, want := range []string{"host nb-017", "user mpark", "domain nb-020.corp.example", "host nb-017.corp.example", "domain nb-017.corp.example", "host nb-021"} {
		if !has()[want] {
			t.Errorf("no %q among %v", want, has())
		}
	}
	if found := h.do(call{"GET", "/cases?artifact=NB-017", "viewer", nil, nil}).want(200)["items"].([]any); len(found) != 1 {
		t.Errorf("the host isn't found as it was written: %v", found)
	}
	retype := func(kind, value, to string) *reply {
		return h.do(call{"PUT", "/cases/1/artifacts?type=" + kind + "&value=" + value, "analyst", map[string]any{"type": to}, nil})
	}
	retype("domain", "nb-020.corp.example", "host").want(200)
	if is := has(); !is["host nb-020.corp.example"] || is["domain nb-020.corp.example"] || len(is) != 6 {
		t.Errorf("%v", is)
	}
	retype("host", "nb-021", "ip").want(422)
	retype("host", "gone", "user").want(422)
	// One that the case has as the other type as well is one.
	if count := retype("domain", "nb-017.corp.example", "host").want(200)["artifactCount"]; count != 5.0 {
		t.Errorf("%v artifacts", count)
	}
}
