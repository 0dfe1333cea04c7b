package openapi_test

import (
	"os"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/openapi"
)

func overlaid(t *testing.T, overlay string) (*openapi.Result, error) {
	t.Helper()
	document, err := os.ReadFile("testdata/features.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return openapi.Convert(document, openapi.Options{File: "it.yaml", Overlay: []byte(overlay), OverlayFile: "over.yaml"})
}

func TestOverlay(t *testing.T) {
	r, err := overlaid(t, `
connector: {id: desk, name: The desk, version: 1.0.0}
servers: ["https://desk.example.net/api"]
hide: ["* /tokens"]
operations:
  Sensors.listAll:
    id: list
    name: All sensors
    timeout: 90s
    paging: false
    parameters:
      session: {hide: true}
      site: {required: true, description: Where it stands., schema: {type: array, items: {type: integer}}}
  POST /notes: {id: note, effect: read, idempotent: true}
  download_a_file: {hide: true}
document:
  - {at: /paths/~1sensors/post/summary, set: Make one}
  - {at: /paths/~1sensors/get/parameters/0, remove: true}
  - {at: /components/schemas/Sensor/properties/shape, remove: true}
`)
	if err != nil {
		t.Fatal(err)
	}
	m := r.Manifest
	if m.ID != "desk" || m.Name != "The desk" || m.Version != "1.0.0" || m.Capabilities.HTTP[0].Host != "desk.example.net" || len(m.Actions) != 4 || r.Report.Converted != 4 {
		t.Errorf("%+v", m)
	}
	list := actionOf(t, r, "GET /sensors")
	if list.ID != "list" || list.Name != "All sensors" || list.Timeout != "90s" {
		t.Errorf("%+v", list)
	}
	for _, gone := range []string{"session", "kind", "allPages"} {
		if strings.Contains(string(list.Input), `"`+gone+`"`) {
			t.Errorf("%s is still there: %s", gone, list.Input)
		}
	}
	if !strings.Contains(string(list.Input), `"required":["site"]`) || !strings.Contains(string(list.Input), "Where it stands.") {
		t.Errorf("%s", list.Input)
	}
	if a := actionOf(t, r, "POST /notes"); a.ID != "note" || a.Effect != "read" || !a.Idempotent {
		t.Errorf("%+v", a)
	}
	if a := actionOf(t, r, "POST /sensors"); a.Name != "Make one" || strings.Contains(string(a.Input), "shape") {
		t.Errorf("%+v", a)
	}
}

// TestOverlayFaults names each entry that matches nothing, or means nothing, with its
// place.
func TestOverlayFaults(t *testing.T) {
	for overlay, want := range map[string]string{
		"operations:\n  GET /gone: {id: x}":                              "over.yaml:2:14: the document has no operation \"GET /gone\"",
		"hide:\n  - /gone/*":                                             "over.yaml:2:5: no operation of the document matches \"/gone/*\"",
		"only: [/gone]":                                                  "over.yaml:1:8: no operation of the document matches",
		"rename: {}":                                                     "over.yaml:1:9: the overlay has no field \"rename\"",
		"operations:\n  POST /notes: {label: x}":                         "over.yaml:2:24: the operation POST /notes has no field \"label\"",
		"operations:\n  POST /notes: {effect: loud}":                     "the effect \"loud\" must be",
		"operations:\n  POST /notes: {id: Not So}":                       "the id \"Not So\" must be of a-z",
		"operations:\n  POST /notes: {timeout: soon}":                    "the timeout \"soon\" must be a duration",
		"operations:\n  POST /notes: {parameters: {gone: {hide: true}}}": "over.yaml:2:36: the operation POST /notes has no parameter \"gone\": it has body",
		"document:\n  - {at: /info/gone/title, set: x}":                  "over.yaml:2:10: the document has nothing at /info/gone",
		"document:\n  - {at: /info/gone, remove: true}":                  "the document has nothing at /info/gone to remove",
		"document:\n  - {at: /info/title}":                               "a correction needs at",
		"connector: {id: Desk}":                                          "over.yaml:1:17: the connector's id \"Desk\" must be",
		"hide: all":                                                      "over.yaml:1:7: it must be a list",
		"[":                                                              "over.yaml:",
	} {
		_, err := overlaid(t, overlay)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", overlay, err, want)
		}
	}
	_, err := overlaid(t, "operations:\n  GET /gone: {id: x}\n  GET /lost: {id: y}")
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not all are told at once: %v", err)
	}
}
