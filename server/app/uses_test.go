package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestAUsedConnectorStays names every flow that keeps a connector: by its draft, by
// what its webhooks start, and by a run in flight, also of a flow that is gone.
func TestAUsedConnectorStays(t *testing.T) {
	file := demo(t)
	h := open(t, t.TempDir())
	h.do(call{"POST", "/connectors", auth.Admin, file, map[string]string{"Content-Type": "application/wasm"}}).want(201)
	path := "/connectors/demo/versions/1.0.0"
	standing := func() any {
		for _, c := range h.do(call{"GET", "/connectors", auth.Viewer, nil, nil}).want(200)["items"].([]any) {
			if one := c.(map[string]any); one["id"] == "demo" {
				return one["standing"]
			}
		}
		return nil
	}
	decide := func(consent bool) {
		h.do(call{"PUT", path + "/grants", auth.Admin, map[string]any{"consent": consent, "grant": map[string]any{}}, nil}).want(200)
	}
	asked := standing()
	decide(false)
	refused := standing()
	decide(true)
	if got := fmt.Sprintf("%v %v %v", asked, refused, standing()); got != "asks refused consented" {
		t.Errorf("it stands as %s", got)
	}
	uses := func() string {
		return fmt.Sprint(h.do(call{"GET", path + "/flows", auth.Viewer, nil, nil}).want(200)["items"])
	}
	refusal := func() string {
		t.Helper()
		r := h.do(call{"DELETE", path, auth.Admin, nil, nil})
		return fmt.Sprint(r.want(409)["usedBy"])
	}
	if got := uses(); got != "[]" {
		t.Errorf("%s", got)
	}
	// It waits for a retry for an hour, and so is in flight.
	with := `{"format": "drawbridge.flow/1", "name": "Copies", "connectors": {"demo": "1.0.0"},
		"nodes": [{"id": "copy", "type": "demo.copy", "position": [0, 0], "with": {"content": "{{ trigger.body.n }}"}, "retry": {"attempts": 2, "backoff": "1h", "on": ["bad_input"]}}], "edges": []}`
	without := `{"format": "drawbridge.flow/1", "name": "Copies", "nodes": [], "edges": []}`
	id := h.do(call{"POST", "/flows", auth.Author, []byte(with), nil}).want(201)["id"].(string)
	flow := "/flows/" + id
	if got := uses(); got != "[map[draft:true id:"+id+" live:false name:Copies runs:0 versions:[]]]" {
		t.Errorf("a draft: %s", got)
	}
	h.do(call{"POST", flow + "/publish", auth.Author, nil, nil}).want(200)
	h.do(call{"PUT", flow, auth.Author, []byte(without), match("1")}).want(200)
	if got := refusal(); got != "[map[draft:false id:"+id+" live:true name:Copies runs:0 versions:[1]]]" {
		t.Errorf("a live version: %s", got)
	}
	started := h.do(call{"POST", flow + "/runs", auth.Analyst, map[string]any{"version": 1, "input": map[string]any{"n": 5}}, nil}).want(202)["id"].(string)
	h.do(call{"POST", flow + "/publish", auth.Author, nil, nil}).want(200)
	if got := refusal(); got != "[map[draft:false id:"+id+" live:false name:Copies runs:1 versions:[1]]]" {
		t.Errorf("a run in flight: %s", got)
	}
	h.do(call{"DELETE", flow, auth.Author, nil, nil}).want(204)
	if got := refusal(); !strings.Contains(got, "deleted:true") || !strings.Contains(got, "name:Copies runs:1") {
		t.Errorf("a run of a flow that is gone: %s", got)
	}
	h.do(call{"POST", "/runs/" + started + "/cancel", auth.Responder, nil, nil}).want(202)
	if handle, ok := h.server.Engine.Watch(started); ok {
		<-handle.Done()
	}
	if r := h.do(call{"GET", "/runs/" + started, auth.Viewer, nil, nil}).want(200); r["state"] != "canceled" {
		t.Errorf("%v", r)
	}
	h.do(call{"DELETE", path, auth.Admin, nil, nil}).want(204)
}
