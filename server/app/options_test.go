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

// install builds a connector of testdata and installs it.
func (h *house) install(name string) {
	h.t.Helper()
	out := filepath.Join(h.t.TempDir(), name+".wasm")
	var text bytes.Buffer
	if code := cli.Run([]string{"plugin", "build", filepath.Join("testdata", name), "--out", out}, os.Stdin, &text, &text); code != 0 {
		h.t.Fatal(text.String())
	}
	h.do(call{"POST", "/connectors?name=" + name + ".wasm", auth.Admin, must(os.ReadFile(out)), map[string]string{"Content-Type": "application/wasm"}}).want(201)
}

// TestOptions lists what can be chosen for a parameter as a step of the draft could.
func TestOptions(t *testing.T) {
	h := open(t, t.TempDir())
	h.install("boards")
	document := func(with string) string {
		return `{"format": "drawbridge.flow/1", "name": "Cards", "connectors": {"boards": "1.0.0"}, "credentials": {"key": {"type": "boards.key"}}, "nodes": [
			{"id": "go", "type": "trigger.manual", "position": [0, 0]}, {"id": "plain", "type": "core.set", "position": [0, 0]},
			{"id": "add", "type": "boards.add", "position": [0, 0], "credential": "key", "with": ` + with + `}], "edges": [{"from": "go", "to": "add"}]}`
	}
	list := func(as auth.Role, path, node, pointer string) *reply {
		t.Helper()
		return h.do(call{"POST", path + "/options", as, map[string]any{"node": node, "pointer": pointer}, nil})
	}
	refused := func(r *reply, status int, code, says string) {
		t.Helper()
		got := r.want(status)
		if code != "" {
			got = got["problems"].([]any)[0].(map[string]any)
			if got["code"] != code {
				t.Errorf("code %v, want %s", got["code"], code)
			}
		}
		if !strings.Contains(fmt.Sprint(got), says) {
			t.Errorf("no word of %q in %v", says, got)
		}
	}
	red := h.drafted(document(`{"project": "red"}`))
	refused(list(auth.Author, red, "add", "/board"), 409, "connector.consent", "no admin has consented")
	h.do(call{"PUT", "/connectors/boards/versions/1.0.0/grants", auth.Admin, map[string]any{"consent": true, "grant": map[string]any{}}, nil}).want(200)
	refused(list(auth.Author, red, "add", "/board"), 422, "credential.unbound", "an admin binds it")

	key := h.do(call{"POST", "/credentials", auth.Admin, map[string]any{"name": "Key", "type": "boards.key", "hosts": []string{"boards.example"}, "fields": map[string]any{"user": "ann", "token": canary}}, nil}).want(201)["id"]
	bind := func(path string) {
		t.Helper()
		h.do(call{"PUT", path + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"key": key}}, nil}).want(200)
	}
	bind(red)
	got := list(auth.Author, red, "add", "/board").want(200)
	if text := fmt.Sprint(got["items"]); text != "[map[label:Triage (ann) value:red-1] map[label:Incidents (ann) value:red-2] map[label:Hunting (ann) value:red-3]]" {
		t.Error(text)
	}
	if text := fmt.Sprint(list(auth.Author, red, "add", "/project").want(200)["items"]); text != "[map[label:red value:red] map[label:blue value:blue] map[label:gone value:gone]]" {
		t.Error(text)
	}
	list(auth.Analyst, red, "add", "/board").want(403)
	refused(list(auth.Author, red, "add", "/text"), 404, "", "nothing lists")
	refused(list(auth.Author, red, "plain", "/board"), 404, "", "nothing lists")
	refused(list(auth.Author, red, "none", "/board"), 404, "", "no node")

	for with, says := range map[string]string{`{}`: `choose "project" first`, `{"project": "{{ trigger.body }}"}`: "is an expression"} {
		path := h.drafted(document(with))
		bind(path)
		refused(list(auth.Author, path, "add", "/board"), 422, "options.needs", says)
	}
	gone := h.drafted(document(`{"project": "gone"}`))
	bind(gone)
	refused(list(auth.Author, gone, "add", "/board"), 422, "options.failed", "there is no project gone")
	if entries := h.do(call{"GET", "/audit", auth.Admin, nil, nil}).want(200)["items"].([]any); !strings.Contains(fmt.Sprint(entries), "connector.try") {
		t.Error("nobody can tell that the credential was used")
	}
}
