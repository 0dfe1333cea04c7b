package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestHealthOfAConnector counts what flows and people call, by version, with a link to
// the run, and keeps secrets out.
func TestHealthOfAConnector(t *testing.T) {
	w := newTrier(t)
	path := "/connectors/http/versions/1.0.0"
	health := func() map[string]any { return w.do(call{"GET", path + "/health", auth.Viewer, nil, nil}).want(200) }
	logs := func() []any {
		return w.do(call{"GET", path + "/logs", auth.Viewer, nil, nil}).want(200)["items"].([]any)
	}
	if h := health(); h["state"] != "stopped" || h["calls"] != 0.0 || h["lastError"] != nil || h["process"].(map[string]any)["alive"] != false || len(logs()) != 0 {
		t.Errorf("before any call: %v", h)
	}
	id := w.credential("Scanner", "http.bearer", map[string]any{"token": canary})
	w.do(call{"POST", "/flows", auth.Author, file(t, "ask"), nil}).want(201)
	w.do(call{"PUT", "/flows/" + askID + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"scanner": id}}, nil}).want(200)
	run := func() string {
		return w.do(call{"POST", "/flows/" + askID + "/runs?wait=30s", auth.Analyst, map[string]any{"input": map[string]any{"url": w.other.URL}}, nil}).want(200)["id"].(string)
	}
	refused := run()
	w.grant()
	run()
	w.try(auth.Admin, map[string]any{"url": w.other.URL}, id).want(200)
	h := health()
	last, _ := h["lastError"].(map[string]any)
	if h["state"] != "idle" || h["calls"] != 3.0 || h["failed"] != 1.0 || h["inFlight"] != 0.0 || h["measured"] != 3.0 || h["p95Ms"].(float64) < h["medianMs"].(float64) || h["medianMs"] == 0.0 {
		t.Errorf("%v", h)
	}
	if fmt.Sprint(h["errors"]) != "[map[code:denied count:1]]" || last["code"] != "denied" || last["run"] != refused || last["step"] != "ask" {
		t.Errorf("%v, %v", h["errors"], last)
	}
	if p := h["process"].(map[string]any); p["alive"] != true || p["shared"] != true || p["started"] != 1.0 || p["crashed"] != 0.0 {
		t.Errorf("%v", p)
	}
	lines := logs()
	newest, oldest := lines[0].(map[string]any), lines[len(lines)-1].(map[string]any)
	if newest["level"] != "call" || newest["run"] != nil || newest["action"] != "get" || oldest["run"] != refused || !strings.Contains(fmt.Sprint(lines), "failed") {
		t.Errorf("%v", lines)
	}
	if strings.Contains(fmt.Sprint(h, lines), canary) {
		t.Errorf("a secret is told: %v %v", h, lines)
	}
}
