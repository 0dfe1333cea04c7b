package app_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func match(revision string) map[string]string {
	return map[string]string{"If-Match": `"` + revision + `"`}
}

// TestTwoChangeACredential tells the second of the first, without a secret.
func TestTwoChangeACredential(t *testing.T) {
	needsConnectors(t)
	h := open(t, t.TempDir())
	body := func(name string) map[string]any {
		return map[string]any{"name": name, "type": "http.bearer", "hosts": []string{"api.example.com"}, "fields": map[string]any{"token": canary}}
	}
	made := h.do(call{"POST", "/credentials", auth.Admin, body("First"), nil})
	path := "/credentials/" + made.want(201)["id"].(string)
	if c := h.do(call{"GET", path, auth.Admin, nil, nil}); c.want(200)["revision"] != 1.0 || c.header.Get("ETag") != `"1"` || made.header.Get("ETag") != `"1"` {
		t.Errorf("%s, %s", c.body, c.header.Get("ETag"))
	}
	if c := h.do(call{"PUT", path, auth.Admin, body("Theirs"), match("1")}); c.want(200)["revision"] != 2.0 || c.header.Get("ETag") != `"2"` {
		t.Errorf("%s", c.body)
	}
	r := h.do(call{"PUT", path, auth.Admin, body("Mine"), match("1")})
	if p := r.want(409); p["yours"] != 1.0 || p["current"] != 2.0 || p["updatedBy"] != "admin" || p["credential"].(map[string]any)["name"] != "Theirs" || strings.Contains(string(r.body), canary) {
		t.Errorf("%s", r.body)
	}
	h.do(call{"PUT", path, auth.Admin, body("Mine"), match("x")}).want(400)
	h.do(call{"PUT", path, auth.Admin, body("Mine"), match("2")}).want(200)
	if c := h.do(call{"PUT", path, auth.Admin, body("Script"), nil}).want(200); c["revision"] != 4.0 {
		t.Errorf("without If-Match: %v", c)
	}
}

// TestTwoDecideOnAConnector tells the second of the first, also after a restart.
func TestTwoDecideOnAConnector(t *testing.T) {
	needsConnectors(t)
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	stop := h.start(t)
	path := "/connectors/http/versions/1.0.0/grants"
	body := func(host string) map[string]any {
		return map[string]any{"consent": true, "grant": map[string]any{"http": []any{map[string]any{"host": host}}}}
	}
	if p := h.do(call{"GET", path, auth.Viewer, nil, nil}); p.want(200)["revision"] != 0.0 || p.header.Get("ETag") != `"0"` {
		t.Errorf("%s, %s", p.body, p.header.Get("ETag"))
	}
	if p := h.do(call{"PUT", path, auth.Admin, body("theirs.example"), match("0")}); p.want(200)["revision"] != 1.0 || p.header.Get("ETag") != `"1"` {
		t.Errorf("%s", p.body)
	}
	stop()
	defer h.start(t)()
	p := h.do(call{"PUT", path, auth.Admin, body("mine.example"), match("0")})
	if now := p.want(409); now["yours"] != nil || now["current"] != 1.0 || now["updatedBy"] != "admin" || !strings.Contains(string(p.body), "theirs.example") {
		t.Errorf("%s", p.body)
	}
	h.do(call{"PUT", path, auth.Admin, body("mine.example"), match("1")}).want(200)
	if p := h.do(call{"PUT", path, auth.Admin, body("script.example"), nil}).want(200); p["revision"] != 3.0 {
		t.Errorf("without If-Match: %v", p)
	}
}

// TestDraftsAreWarned says of a draft what publishing it would refuse.
func TestDraftsAreWarned(t *testing.T) {
	needsConnectors(t)
	h := open(t, t.TempDir())
	h.do(call{"POST", "/flows", auth.Author, file(t, "ask"), nil}).want(201)
	path := "/flows/" + askID
	codes := func(r *reply) (found []string) {
		t.Helper()
		for _, p := range r.want(200)["problems"].([]any) {
			one := p.(map[string]any)
			found = append(found, one["code"].(string)+" "+one["severity"].(string)+" "+one["pointer"].(string))
		}
		return found
	}
	want := "credential.unbound warning /nodes/1/credential"
	revision := "1"
	ask := func() map[string][]string {
		saved := h.do(call{"PUT", path, auth.Author, file(t, "ask"), match(revision)})
		revision = strings.Trim(saved.header.Get("ETag"), `"`)
		return map[string][]string{
			"get": codes(h.do(call{"GET", path, auth.Viewer, nil, nil})), "save": codes(saved),
			"check":            codes(h.do(call{"POST", path + "/check", auth.Viewer, file(t, "ask"), nil})),
			"check of a draft": codes(h.do(call{"POST", path + "/check", auth.Viewer, nil, nil})),
		}
	}
	for where, got := range ask() {
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q", where, got)
		}
	}
	id := h.do(call{"POST", "/credentials", auth.Admin, map[string]any{
		"name": "Scanner", "type": "http.bearer", "hosts": []string{"api.example.com"}, "fields": map[string]any{"token": canary},
	}, nil}).want(201)["id"]
	h.do(call{"PUT", path + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"scanner": id}}, nil}).want(200)
	for where, got := range ask() {
		if len(got) != 0 {
			t.Errorf("bound, %s: %q", where, got)
		}
	}
}

// TestAddressesWithDots gives the app where it could have such an address.
func TestAddressesWithDots(t *testing.T) {
	h := open(t, t.TempDir())
	page := map[string]string{"Sec-Fetch-Dest": "document", "Accept": "text/html"}
	script := map[string]string{"Sec-Fetch-Dest": "script", "Accept": "*/*"}
	for _, c := range []struct {
		path   string
		header map[string]string
		status int
	}{
		{"/connectors/x/1.0.0", page, 200},
		{"/connectors/x/1.0.0", nil, 200},
		{"/connectors/x/1.0.0-rc.a", page, 200},
		{"/connectors/x/1.0.0", script, 404},
		{"/missing.js", script, 404},
		{"/missing.js", nil, 404},
		{"/assets/missing.js", page, 404},
		{"/api/v1/connectors/x.y", page, 404},
	} {
		r := h.do(call{"GET", "//" + c.path, "", nil, c.header})
		if r.status != c.status || c.status == 200 && !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s %v: %d, %s", c.path, c.header, r.status, r.header.Get("Content-Type"))
		}
	}
}

// TestTwoSaveSamples tells the second of the first, with what they kept.
func TestTwoSaveSamples(t *testing.T) {
	h := open(t, t.TempDir())
	path := h.drafted(chain) + "/samples"
	body := func(names ...string) map[string]any {
		items := []any{}
		for _, name := range names {
			items = append(items, map[string]any{"name": name, "trigger": "go", "input": map[string]any{"n": 1}})
		}
		return map[string]any{"items": items}
	}
	if r := h.do(call{"GET", path, auth.Viewer, nil, nil}); r.want(200)["revision"] != 0.0 || r.header.Get("ETag") != `"0"` {
		t.Errorf("%s, %s", r.body, r.header.Get("ETag"))
	}
	if r := h.do(call{"PUT", path, auth.Author, body("theirs"), match("0")}); r.want(200)["revision"] != 1.0 || r.header.Get("ETag") != `"1"` {
		t.Errorf("%s, %s", r.body, r.header.Get("ETag"))
	}
	r := h.do(call{"PUT", path, auth.Author, body("mine"), match("0")})
	if p := r.want(409); p["current"] != 1.0 || p["samples"].([]any)[0].(map[string]any)["name"] != "theirs" {
		t.Errorf("%s", r.body)
	}
	if list := h.do(call{"GET", path, auth.Viewer, nil, nil}).want(200); list["revision"] != 1.0 || len(list["items"].([]any)) != 1 {
		t.Errorf("after the refusal: %v", list)
	}
	h.do(call{"PUT", path, auth.Author, body("mine"), match("-1")}).want(400) // it is no revision, and not any of them
	h.do(call{"PUT", path, auth.Author, body("theirs", "mine"), match("1")}).want(200)
	if r := h.do(call{"PUT", path, auth.Author, body("script"), nil}).want(200); r["revision"] != 3.0 {
		t.Errorf("without If-Match: %v", r)
	}
	h.do(call{"PUT", path, auth.Author, body(), match("3")}).want(200)
	r = h.do(call{"PUT", path, auth.Author, body("mine"), match("3")})
	if left, told := r.want(409)["samples"].([]any); !told || len(left) > 0 {
		t.Errorf("somebody deleted them all: %s", r.body)
	}
	if _, told := h.do(call{"PUT", "/flows/none/samples", auth.Author, body(), match("0")}).want(404)["samples"]; told {
		t.Error("samples are told of another problem")
	}
}
