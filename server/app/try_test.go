package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

const tryGet = "/connectors/http/versions/1.0.0/actions/get/run"

// trier is a server whose connector http may reach a test's server.
type trier struct {
	*house
	other *httptest.Server
	asked atomic.Int64
	slow  chan struct{} // closed to let /slow answer
}

func newTrier(t *testing.T) *trier {
	t.Helper()
	needsConnectors(t)
	w := &trier{slow: make(chan struct{})}
	w.other = httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.asked.Add(1)
		if r.URL.Path == "/slow" {
			<-w.slow
		}
		if r.URL.Path == "/no" {
			out.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = fmt.Fprintf(out, "%s by %s", r.Method, r.Header.Get("Authorization"))
	}))
	t.Cleanup(w.other.Close)
	w.house = openBelieving(t, w.other)
	return w
}

// credential keeps one for the test's server and gives its id.
func (w *trier) credential(name, kind string, fields map[string]any) string {
	w.t.Helper()
	return w.do(call{"POST", "/credentials", auth.Admin, map[string]any{
		"name": name, "type": kind, "hosts": []string{strings.TrimPrefix(w.other.URL, "https://")}, "fields": fields,
	}, nil}).want(201)["id"].(string)
}

func (w *trier) grant() {
	w.t.Helper()
	host, port, _ := strings.Cut(strings.TrimPrefix(w.other.URL, "https://"), ":")
	number, err := strconv.Atoi(port)
	if err != nil {
		w.t.Fatal(err)
	}
	w.do(call{"PUT", "/connectors/http/versions/1.0.0/grants", auth.Admin, map[string]any{"consent": true, "grant": map[string]any{
		"http": []any{map[string]any{"host": host, "port": number}}, "networks": []any{map[string]any{"cidr": "127.0.0.1/32"}},
	}}, nil}).want(200)
}

func (w *trier) try(as auth.Role, input map[string]any, credential string) *reply {
	w.t.Helper()
	return w.do(call{"POST", tryGet, as, map[string]any{"input": input, "credential": credential}, nil})
}

// TestTryAnAction reaches what a flow's step would reach and nothing else, and tells
// of each request without its secrets.
func TestTryAnAction(t *testing.T) {
	w := newTrier(t)
	input := map[string]any{"url": w.other.URL + "/a?key=hush"}
	id := w.credential("Scanner", "http.bearer", map[string]any{"token": canary})
	denied := w.try(auth.Admin, input, id).want(200)
	if fault, _ := denied["error"].(map[string]any); fault == nil || fault["code"] != "denied" || w.asked.Load() > 0 || denied["calls"].([]any)[0].(map[string]any)["refused"] != true {
		t.Errorf("without a grant: %v, asked %d times", denied, w.asked.Load())
	}
	w.grant()
	r := w.try(auth.Admin, input, id)
	done := r.want(200)
	if done["error"] != nil || !strings.Contains(fmt.Sprint(done["output"]), "GET by •••") {
		t.Errorf("%v", done)
	}
	calls := done["calls"].([]any)
	host := strings.TrimPrefix(w.other.URL, "https://")
	if one := calls[0].(map[string]any); len(calls) != 1 || one["method"] != "GET" || one["host"] != host || one["status"] != 200.0 || one["address"] != w.other.URL+"/a?…" {
		t.Errorf("%v", calls)
	}
	if strings.Contains(string(r.body), canary) || strings.Contains(fmt.Sprint(calls), "hush") {
		t.Errorf("a secret is told: %s", r.body)
	}
	failed := w.try(auth.Admin, map[string]any{"url": w.other.URL + "/no", "fail": true}, "").want(200)
	if fault, _ := failed["error"].(map[string]any); fault == nil || fault["message"] == "" || failed["calls"].([]any)[0].(map[string]any)["status"] != 418.0 {
		t.Errorf("%v", failed)
	}
	audit := string(w.do(call{"GET", "/audit", auth.Admin, nil, nil}).body)
	if !strings.Contains(audit, `"action":"connector.try"`) || !strings.Contains(audit, id) || strings.Contains(audit, "hush") {
		t.Errorf("%s", audit)
	}
}

// TestTryRefuses what doesn't fit, before anything runs.
func TestTryRefuses(t *testing.T) {
	w := newTrier(t)
	w.grant()
	first := func(r *reply, status int) map[string]any {
		t.Helper()
		return r.want(status)["problems"].([]any)[0].(map[string]any)
	}
	if p := first(w.try(auth.Author, map[string]any{"fail": true}, ""), 422); p["code"] != "param.missing" || p["pointer"] != "/input/url" {
		t.Errorf("%v", p)
	}
	if p := first(w.try(auth.Author, map[string]any{"url": 5}, ""), 422); p["code"] != "param.invalid" || p["pointer"] != "/input/url" {
		t.Errorf("%v", p)
	}
	w.do(call{"POST", strings.Replace(tryGet, "/get/", "/none/", 1), auth.Author, map[string]any{}, nil}).want(404)
	input := map[string]any{"url": w.other.URL}
	if p := first(w.try(auth.Admin, input, "nobody"), 422); p["code"] != "credential.unknown" || p["pointer"] != "/credential" {
		t.Errorf("%v", p)
	}
	send := call{"POST", strings.Replace(tryGet, "/get/", "/request/", 1), auth.Author, map[string]any{"input": map[string]any{"url": w.other.URL, "method": "POST"}}, nil}
	if p := first(w.do(send), 409); p["code"] != "action.confirm" || !strings.Contains(p["message"].(string), "changes things outside") || w.asked.Load() > 0 {
		t.Errorf("%v, asked %d times", p, w.asked.Load())
	}
	send.body.(map[string]any)["confirm"] = true
	if done := w.do(send).want(200); done["error"] != nil || w.asked.Load() != 1 {
		t.Errorf("confirmed: %v, asked %d times", done, w.asked.Load())
	}
}

// TestAuthorsTryWhatTheyMay lets an author use only a credential that an admin bound
// to a flow.
func TestAuthorsTryWhatTheyMay(t *testing.T) {
	w := newTrier(t)
	w.grant()
	id := w.credential("Scanner", "http.bearer", map[string]any{"token": canary})
	input := map[string]any{"url": w.other.URL}
	if r := w.try(auth.Author, input, id); r.status != 403 || w.asked.Load() > 0 {
		t.Errorf("not bound: %d, asked %d times", r.status, w.asked.Load())
	}
	w.do(call{"POST", "/flows", auth.Author, file(t, "ask"), nil}).want(201)
	w.do(call{"PUT", "/flows/" + askID + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"scanner": id}}, nil}).want(200)
	if c := w.do(call{"GET", "/credentials/" + id, auth.Author, nil, nil}).want(200); c["bound"] != true {
		t.Errorf("%v", c)
	}
	if done := w.try(auth.Author, input, id).want(200); !strings.Contains(fmt.Sprint(done["output"]), "GET by •••") {
		t.Errorf("bound: %v", done)
	}
}

// TestTryNeedsConsent runs nothing of a connector that nobody consented to.
func TestTryNeedsConsent(t *testing.T) {
	file := demo(t)
	h := open(t, t.TempDir())
	h.do(call{"POST", "/connectors", auth.Admin, file, map[string]string{"Content-Type": "application/wasm"}}).want(201)
	run := call{"POST", "/connectors/demo/versions/1.0.0/actions/copy/run", auth.Admin, map[string]any{"input": map[string]any{"content": "hello"}}, nil}
	if p := h.do(run).want(409)["problems"].([]any)[0].(map[string]any); p["code"] != "connector.consent" {
		t.Errorf("%v", p)
	}
	h.do(call{"PUT", "/connectors/demo/versions/1.0.0/grants", auth.Admin, map[string]any{"consent": true, "grant": map[string]any{}}, nil}).want(200)
	if done := h.do(run).want(200); done["output"].(map[string]any)["size"] != 5.0 {
		t.Errorf("%v", done)
	}
}

// TestTriesAreBounded leaves the sandbox to the runs: who comes when all places are
// taken is told to come again.
func TestTriesAreBounded(t *testing.T) {
	w := newTrier(t)
	w.grant()
	const places = 4
	slow := map[string]any{"url": w.other.URL + "/slow"}
	done := make(chan *reply, places)
	for range places {
		go func() { done <- w.try(auth.Author, slow, "") }()
	}
	for w.asked.Load() < places {
		<-time.After(time.Millisecond)
	}
	more := w.try(auth.Author, slow, "")
	if more.want(503); more.header.Get("Retry-After") == "" || w.asked.Load() != places {
		t.Errorf("one more: %s, asked %d times", more.body, w.asked.Load())
	}
	close(w.slow)
	for range places {
		if r := (<-done).want(200); r["error"] != nil {
			t.Errorf("%v", r)
		}
	}
	if r := w.try(auth.Author, slow, "").want(200); r["error"] != nil {
		t.Errorf("a place is free again: %v", r)
	}
}
