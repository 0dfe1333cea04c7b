package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cli"
)

// demo builds a connector that came from elsewhere.
func demo(t *testing.T) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a WebAssembly module; not in short mode")
	}
	out := filepath.Join(t.TempDir(), "demo.wasm")
	var log bytes.Buffer
	if code := cli.Run([]string{"plugin", "build", "../../sdk/sdktest/testdata/demo", "--out", out}, os.Stdin, &log, &log); code != 0 {
		t.Fatalf("%s", log.String())
	}
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// mayRun is what the catalog says of a node type.
func mayRun(h *house, name string) bool {
	for _, n := range h.do(call{"GET", "/catalog?all=true", auth.Viewer, nil, nil}).want(200)["items"].([]any) {
		if n := n.(map[string]any); n["type"] == name {
			return n["consented"].(bool)
		}
	}
	return false
}

// TestAConnectorIsInstalledAndRemoved runs an installed connector only after an
// admin consented, keeps it over a restart, and removes it once no flow uses it.
func TestAConnectorIsInstalledAndRemoved(t *testing.T) {
	file := demo(t)
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	stop := h.start(t)
	wasm := map[string]string{"Content-Type": "application/wasm"}
	h.do(call{"POST", "/connectors?name=demo.wasm", auth.Author, file, wasm}).want(403)
	h.do(call{"POST", "/connectors?name=demo.wasm", auth.Admin, file, nil}).want(415)
	if r := h.do(call{"POST", "/connectors?name=x.wasm", auth.Admin, []byte("\x00asm\x01\x00\x00\x00"), wasm}).want(422); len(r["problems"].([]any)) == 0 {
		t.Errorf("%v", r)
	}
	made := h.do(call{"POST", "/connectors?name=demo.wasm", auth.Admin, file, wasm}).want(201)
	powers := made["connectors"].([]any)[0].(map[string]any)["powers"].(map[string]any)
	if powers["consented"] != false {
		t.Errorf("%v", made)
	}
	flow := `{"format": "drawbridge.flow/1", "name": "Copies",
		"nodes": [{"id": "copy", "type": "demo.copy", "position": [0, 0], "with": {"content": "hello"}}], "edges": [], "output": "{{ steps.copy.output.size }}"}`
	id := h.do(call{"POST", "/flows", auth.Author, []byte(flow), nil}).want(201)["id"].(string)
	run := func() map[string]any {
		return h.do(call{"POST", "/flows/" + id + "/runs?wait=30s", auth.Analyst, map[string]any{}, nil}).want(200)
	}
	if r := run(); r["state"] != "failed" || !strings.Contains(fmt.Sprint(r["error"]), "consented") {
		t.Errorf("before consent: %v", r)
	}
	if mayRun(h, "demo.copy") {
		t.Error("the catalog says that it may run, before consent")
	}
	path := "/connectors/demo/versions/1.0.0"
	h.do(call{"PUT", path + "/grants", auth.Author, map[string]any{"consent": true}, nil}).want(403)
	if p := h.do(call{"PUT", path + "/grants", auth.Admin, map[string]any{"consent": true, "grant": map[string]any{}}, nil}).want(200); p["consented"] != true {
		t.Errorf("%v", p)
	}
	if !mayRun(h, "demo.copy") {
		t.Error("the catalog says that it may not run, after consent")
	}
	if r := run(); r["output"] != 5.0 {
		t.Errorf("after consent: %v", r)
	}
	stop()
	defer h.start(t)()
	if r := run(); r["output"] != 5.0 {
		t.Errorf("after a restart: %v", r)
	}
	if r := h.do(call{"DELETE", path, auth.Admin, nil, nil}); r.status != 409 || !strings.Contains(string(r.body), "Copies") {
		t.Errorf("in use: %d %s", r.status, r.body)
	}
	h.do(call{"DELETE", "/flows/" + id, auth.Author, nil, nil}).want(204)
	h.do(call{"DELETE", path, auth.Admin, nil, nil}).want(204)
	h.do(call{"GET", path, auth.Viewer, nil, nil}).want(404)
	made = h.do(call{"POST", "/connectors?name=demo.wasm", auth.Admin, file, wasm}).want(201)
	if powers := made["connectors"].([]any)[0].(map[string]any)["powers"].(map[string]any); powers["consented"] != false {
		t.Errorf("consent outlives removal: %v", made)
	}
	h.do(call{"DELETE", "/connectors/email/versions/1.0.0", auth.Admin, nil, nil}).want(409)
}
