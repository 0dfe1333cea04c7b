package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

const (
	tokenCanary  = "canary-token/5d1f+a0="
	cookieCanary = "canary-cookie-77b2e9"
	headerCanary = "canary-header-19c4d8"
)

// openLogin is a server with a flow that logs in elsewhere and goes on with the token.
func openLogin(t *testing.T) (h *house, other *httptest.Server, flow string) {
	needsConnectors(t)
	other = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/token" {
			w.Header().Add("Set-Cookie", "sid="+cookieCanary+"; Path=/; HttpOnly")
			w.Header().Set("Authorization", "Bearer "+headerCanary)
			_, _ = fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bearer", "expires_in": 3599, "n": 7}`, tokenCanary)
			return
		}
		_ = r.ParseForm()
		_, _ = fmt.Fprintf(w, `{"ok": %v, "you_sent": %q}`, r.PostForm.Get("refresh_token") == tokenCanary, r.PostForm.Get("refresh_token"))
	}))
	t.Cleanup(other.Close)
	h = openBelieving(t, other)
	grant := map[string]any{"consent": true, "grant": map[string]any{"http": []any{map[string]any{"host": "127.0.0.1", "port": other.Listener.Addr().(*net.TCPAddr).Port, "methods": []any{"GET", "POST"}}}, "networks": []any{map[string]any{"cidr": "127.0.0.1/32"}}}}
	h.do(call{"PUT", "/connectors/http/versions/1.0.0/grants", auth.Admin, grant, nil}).want(200)
	document := `{"format": "drawbridge.flow/1", "name": "Login", "connectors": {"http": "1.0.0"}, "nodes": [
		{"id": "login", "type": "http.get", "position": [0, 0], "with": {"url": "{{ trigger.body + '/token' }}"}},
		{"id": "use", "type": "http.request", "position": [240, 0], "with": {"method": "POST", "url": "{{ trigger.body + '/use' }}",
			"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "refresh_token={{ steps.login.output.body.access_token.replace('/', '%2F').replace('+', '%2B').replace('=', '%3D') }}&x=1"}}],
		"edges": [{"from": "login", "to": "use"}],
		"output": "{{ {'n': steps.login.output.body.n, 'ok': steps.use.output.body.ok, 'sent': steps.use.output.body.you_sent, 'cookie': steps.login.output.headers['set-cookie']} }}"}`
	flow = h.do(call{"POST", "/flows", auth.Author, []byte(document), nil}).want(201)["id"].(string)
	return h, other, flow
}

// TestCassettesHoldNoSecrets logs in by a flow, and then finds the token and the
// cookies in no cassette, view or case, from which the run is replayed all the same.
func TestCassettesHoldNoSecrets(t *testing.T) {
	if run.Hidden != egress.Redacted {
		t.Fatal("runs are compared by another stand-in than the one that is kept")
	}
	h, other, flow := openLogin(t)
	before := h.do(call{"POST", "/flows/" + flow + "/runs?wait=30s", auth.Analyst, map[string]any{"input": other.URL}, nil}).want(200)
	id := before["id"].(string)
	if out, _ := before["output"].(map[string]any); out == nil || out["ok"] != true || out["sent"] != tokenCanary || !strings.Contains(fmt.Sprint(out["cookie"]), cookieCanary) {
		t.Fatalf("%v %v", before["state"], before["error"])
	}
	other.Close()
	after := h.do(call{"POST", "/runs/" + id + "/replay?wait=30s", auth.Analyst, map[string]any{}, nil}).want(200)
	want := map[string]any{"n": 7.0, "ok": true, "sent": "•••", "cookie": "sid=•••; Path=/; HttpOnly"}
	if fmt.Sprint(after["output"]) != fmt.Sprint(want) {
		t.Errorf("the replay gives %v %v", after["output"], after["error"])
	}
	if c := h.do(call{"GET", "/runs/" + id + "/compare?with=" + after["id"].(string), auth.Viewer, nil, nil}).want(200); c["changed"] != false || len(c["steps"].([]any)) > 0 {
		t.Errorf("it is told to be another: %v", c)
	}
	if c := h.do(call{"GET", "/runs/" + after["id"].(string) + "/compare?with=" + id, auth.Viewer, nil, nil}).want(200); c["changed"] != true {
		t.Errorf("the run is told to be a replay of its replay: %v", c)
	}
	seen := map[string][]byte{"the case": h.do(call{"GET", "/runs/" + id + "/test-case", auth.Author, nil, nil}).body}
	for _, step := range []string{"login", "use"} {
		seen["the calls of "+step] = h.do(call{"GET", "/runs/" + id + "/steps/" + step + "/calls", auth.Viewer, nil, nil}).body
		kept, err := h.server.Store.Cassette(t.Context(), id, step, 1)
		if err != nil {
			t.Fatal(err)
		}
		seen["the cassette of "+step] = kept.Content
	}
	for where, text := range seen {
		for _, secret := range []string{tokenCanary, cookieCanary, headerCanary} {
			for _, at := range found(text, secret) {
				t.Errorf("%s: %s", where, at)
			}
		}
	}
	var made struct {
		Expect struct{ Output json.RawMessage }
	}
	if err := json.Unmarshal(seen["the case"], &made); err != nil || !bytes.Contains(made.Expect.Output, []byte(`"n":7`)) {
		t.Errorf("the case expects %s, %v", made.Expect.Output, err)
	}
}

// TestASignIsNoSecret: of two runs that are no replay of each other the sign that stands
// for a secret is a text as any other.
func TestASignIsNoSecret(t *testing.T) {
	h := open(t, t.TempDir())
	document := `{"format": "drawbridge.flow/1", "name": "Echo", "nodes": [{"id": "echo", "type": "core.set", "position": [0, 0], "with": {"said": "{{ trigger.body }}"}}],
		"edges": [], "output": "{{ steps.echo.output.said }}"}`
	flow := h.do(call{"POST", "/flows", auth.Author, []byte(document), nil}).want(201)["id"].(string)
	said := func(text string) string {
		return h.do(call{"POST", "/flows/" + flow + "/runs?wait=30s", auth.Analyst, map[string]any{"input": text}, nil}).want(200)["id"].(string)
	}
	c := h.do(call{"GET", "/runs/" + said("known-malicious-host") + "/compare?with=" + said("•••"), auth.Viewer, nil, nil}).want(200)
	if steps := c["steps"].([]any); c["changed"] != true || len(c["output"].([]any)) != 1 || len(steps) != 1 || len(steps[0].(map[string]any)["differences"].([]any)) != 1 {
		t.Errorf("they are told to be the same: %v", c)
	}
}
