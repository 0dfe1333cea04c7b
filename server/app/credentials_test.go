package app_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

const (
	canary = "canary-3e9a/+= secret"
	askID  = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c21"
)

// openBelieving starts a server whose connectors believe a test's TLS server.
func openBelieving(t *testing.T, other *httptest.Server, change ...func(*app.ServeConfig)) *house {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	config := app.ServeConfig{Data: h.data, Listen: "127.0.0.1:0", AdminPassword: password, CA: ca, Cache: compiledIn(t)}
	for _, c := range change {
		c(&config)
	}
	s, err := app.OpenServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.base = s, "http://"+s.Addr().String()
	t.Cleanup(h.run(t))
	for _, role := range auth.Roles {
		if _, h.tokens[role], err = s.Auth.CreateToken(t.Context(), string(role), role); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// TestACredentialIsUsedAndNeverSeen goes the whole way: a flow names an alias, an
// admin keeps a secret, binds it and grants the network; the other side sees the
// secret, and nobody else does, nowhere.
func TestACredentialIsUsedAndNeverSeen(t *testing.T) {
	needsConnectors(t)
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		_, _ = fmt.Fprint(w, "you sent ", r.Header.Get("Authorization"), " ", base64.StdEncoding.EncodeToString([]byte(canary)))
	}))
	defer other.Close()
	h := openBelieving(t, other)
	var seen []string
	see := func(r *reply) *reply {
		seen = append(seen, string(r.body))
		return r
	}
	h.do(call{"POST", "/flows", auth.Author, file(t, "ask"), nil}).want(201)
	run := func() map[string]any {
		r := see(h.do(call{"POST", "/flows/" + askID + "/runs?wait=30s", auth.Analyst, map[string]any{"input": map[string]any{"url": other.URL}}, nil})).want(200)
		see(h.do(call{"GET", "/runs/" + r["id"].(string) + "/events", auth.Viewer, nil, nil}))
		see(h.do(call{"GET", "/runs/" + r["id"].(string) + "/steps/ask", auth.Viewer, nil, nil}))
		return r["steps"].(map[string]any)["ask"].(map[string]any)
	}
	failed := func(step map[string]any, says string) {
		t.Helper()
		fault, _ := step["error"].(map[string]any)
		if fault == nil || fault["code"] != "denied" || !strings.Contains(fault["message"].(string), says) {
			t.Errorf("%v, want denied with %q", step["error"], says)
		}
	}
	failed(run(), "means none on this server")
	unbound := h.do(call{"POST", "/flows/" + askID + "/publish", auth.Author, nil, nil})
	if fault := unbound.want(422)["problems"].([]any)[0].(map[string]any); fault["code"] != "credential.unbound" || fault["node"] != "ask" {
		t.Errorf("%v", fault)
	}
	made := see(h.do(call{"POST", "/credentials", auth.Admin, map[string]any{
		"name": "Scanner", "type": "http.bearer", "hosts": []string{strings.TrimPrefix(other.URL, "https://")}, "fields": map[string]any{"token": canary},
	}, nil})).want(201)
	id := made["id"].(string)
	h.do(call{"PUT", "/flows/" + askID + "/credentials", auth.Author, map[string]any{"bindings": map[string]any{"scanner": id}}, nil}).want(403)
	h.do(call{"PUT", "/flows/" + askID + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"nobody": id}}, nil}).want(422)
	h.do(call{"PUT", "/flows/" + askID + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"scanner": id}}, nil}).want(200)
	h.do(call{"POST", "/flows/" + askID + "/publish", auth.Author, nil, nil}).want(200)
	failed(run(), "this machine")
	grant := map[string]any{"consent": true, "grant": map[string]any{"networks": []any{map[string]any{"cidr": "127.0.0.1/32"}}}}
	h.do(call{"PUT", "/connectors/http/versions/1.0.0/grants", auth.Admin, grant, nil}).want(200)
	step := run()
	if body := fmt.Sprint(step["output"]); step["state"] != "succeeded" || !strings.Contains(body, "you sent •••") {
		t.Errorf("%v", step)
	}
	see(h.do(call{"GET", "/credentials", auth.Author, nil, nil})).want(200)
	h.do(call{"GET", "/credentials", auth.Analyst, nil, nil}).want(403)
	if c := see(h.do(call{"GET", "/credentials/" + id, auth.Admin, nil, nil})).want(200); fmt.Sprint(c["secrets"]) != "[token]" || fmt.Sprint(c["fields"]) != "map[]" {
		t.Errorf("%v", c)
	}
	if r := see(h.do(call{"DELETE", "/credentials/" + id, auth.Admin, nil, nil})); r.status != 409 || !strings.Contains(string(r.body), "Ask") {
		t.Errorf("deleted while in use: %d %s", r.status, r.body)
	}
	bad := see(h.do(call{"POST", "/credentials", auth.Admin, map[string]any{"name": "Bad", "type": "http.basic", "hosts": []string{"a.example"}, "fields": map[string]any{"token": canary}}, nil}))
	bad.want(422)
	see(h.do(call{"GET", "/audit", auth.Admin, nil, nil}))
	see(h.do(call{"GET", "/export?flows=" + askID, auth.Author, nil, nil}))
	see(h.do(call{"GET", "///metrics", auth.Admin, nil, nil}))
	everything := append(seen, contents(t, h.data)...)
	for _, form := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary)), hex.EncodeToString([]byte(canary)), url.QueryEscape(canary), url.PathEscape(canary)} {
		for _, text := range everything {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%q stands in …%q", form, text[max(at-80, 0):min(at+80, len(text))])
			}
		}
	}
}

// contents reads every file of a folder.
func contents(t *testing.T, folder string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "compiled") {
			return err
		}
		data, err := os.ReadFile(path)
		list = append(list, string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
