package openapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/openapi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// scripted answers requests by a function, and keeps them.
type scripted struct {
	answer func(*http.Request) (status int, headers map[string]string, body string)
	sent   []string
	bodies []string
	heads  []http.Header
}

// RoundTrip implements [http.RoundTripper].
func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	if isToken, err := asksForToken(r); err != nil || isToken {
		return respond(r, 200, "application/json", `{"access_token":"of-the-test","expires_in":3600}`), err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.sent = append(s.sent, r.Method+" "+r.URL.String())
	s.bodies, s.heads = append(s.bodies, string(body)), append(s.heads, r.Header)
	status, headers, text := 200, map[string]string{}, "{}"
	if s.answer != nil {
		status, headers, text = s.answer(r)
	}
	out := respond(r, status, "application/json", text)
	for name, v := range headers {
		out.Header.Set(name, v)
	}
	return out, nil
}

// runs calls actions of one connector.
type runs struct {
	*sandbox.Sandbox
	*scripted
	bench *bench
}

func newRuns(t *testing.T, r *openapi.Result) *runs {
	t.Helper()
	s := &scripted{}
	b := newBench(t, r, s)
	return &runs{b.Sandbox, s, b}
}

func (r *runs) call(t *testing.T, action, input string) sandbox.Result {
	t.Helper()
	r.sent, r.bodies, r.heads = nil, nil, nil
	m := r.bench.result.Manifest
	res, err := r.Invoke(t.Context(), sandbox.Call{
		RunID: "r", StepKey: action, Attempt: 1, Key: "the-key", Connector: m.ID, Version: m.Version, Action: action,
		Input: json.RawMessage(input), Credential: r.bench.credential,
	})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestStyles writes parameters as OpenAPI's table of styles has them.
func TestStyles(t *testing.T) {
	list, fields := `["blue","black"]`, `{"R":100,"G":200}`
	var paths, names []string
	type style struct{ in, style, explode, value, want string }
	all := []style{
		{"path", "simple", "false", `"a b/c"`, "/a%20b%2Fc"},
		{"path", "simple", "false", list, "/blue,black"},
		{"path", "simple", "true", fields, "/R=100,G=200"},
		{"path", "label", "false", list, "/.blue,black"},
		{"path", "label", "true", fields, "/.R=100.G=200"},
		{"path", "matrix", "false", list, "/;it=blue,black"},
		{"path", "matrix", "true", list, "/;it=blue;it=black"},
		{"path", "matrix", "false", `5`, "/;it=5"},
		{"query", "form", "true", list, "?it=blue&it=black"},
		{"query", "form", "false", list, "?it=blue,black"},
		{"query", "form", "true", fields, "?R=100&G=200"},
		{"query", "form", "false", fields, "?it=R,100,G,200"},
		{"query", "spaceDelimited", "false", list, "?it=blue%20black"},
		{"query", "pipeDelimited", "false", list, "?it=blue%7Cblack"},
		{"query", "deepObject", "true", fields, "?it%5BR%5D=100&it%5BG%5D=200"},
		{"query", "form", "true", `"a&b=c d"`, "?it=a%26b%3Dc%20d"},
	}
	for i, s := range all {
		path, before := fmt.Sprintf("/n%d", i), ""
		if s.in == "path" {
			before = "/{it}"
		}
		names = append(names, fmt.Sprintf("get_n%d", i))
		paths = append(paths, fmt.Sprintf(`"%s%s": {"get": {"operationId": "get_n%d", "parameters": [{"name": "it", "in": %q, "required": true, "style": %q, "explode": %s, "schema": {}}]}}`, path, before, i, s.in, s.style, s.explode))
	}
	r := newRuns(t, convert(t, head+"{"+strings.Join(paths, ",")+"}}"))
	for i, s := range all {
		res := r.call(t, names[i], `{"it":`+s.value+`}`)
		want := fmt.Sprintf("GET https://api.example.com/n%d%s", i, s.want)
		if res.Error != nil || !slices.Equal(r.sent, []string{want}) {
			t.Errorf("%+v: %v %v", s, r.sent, res.Error)
		}
	}
	if res := r.call(t, "get_n0", `{"it":".."}`); res.Error == nil || res.Error.Code != "bad_input" || len(r.sent) > 0 {
		t.Errorf("a step up: %+v %v", res.Error, r.sent)
	}
}

// TestBodies writes bodies as their type of content asks for.
func TestBodies(t *testing.T) {
	r := newRuns(t, own(t, "features.yaml"))
	r.call(t, "create_sensor", `{"body":{"name":"ab","secret":"x"}}`)
	if r.bodies[0] != `{"name":"ab","secret":"x"}` || r.heads[0].Get("Content-Type") != "application/json" || r.heads[0].Get("Idempotency-Key") != "the-key" || r.heads[0].Get("Authorization") != "Bearer of-the-test" {
		t.Errorf("JSON: %s %v", r.bodies, r.heads)
	}
	r.call(t, "post_tokens", `{"body":{"name":"a b&c","scopes":["x","y"]}}`)
	if r.bodies[0] != "name=a+b%26c&scopes=x&scopes=y" {
		t.Errorf("form: %s", r.bodies)
	}
	r.call(t, "put_sensors_by_sensor_id_files_by_path", `{"sensor id":"s 1","path":["a"],"body":{"file":"aGVsbG8=","scan":"aGVsbG8=","note":"n","labels":["x","y"],"meta":{"a":1}}}`)
	for _, want := range []string{
		`name="file"; filename="file"` + "\r\nContent-Type: application/octet-stream\r\n\r\nhello\r\n", `name="note"` + "\r\n\r\nn\r\n",
		`name="scan"; filename="scan"`, `name="labels"` + "\r\n\r\nx\r\n", `name="labels"` + "\r\n\r\ny\r\n", `name="meta"` + "\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n",
	} {
		if !strings.Contains(r.bodies[0], want) {
			t.Errorf("multipart lacks %q: %s", want, r.bodies[0])
		}
	}
	if want := "PUT https://api.example.com/live/v2/sensors/s%201/files/a"; r.sent[0] != want {
		t.Errorf("sent to %s, want %s", r.sent[0], want)
	}
	r.answer = func(*http.Request) (int, map[string]string, string) {
		return 200, map[string]string{"Content-Type": "application/octet-stream", "Set-Cookie": "sid=1"}, "\x00\xff"
	}
	if res := r.call(t, "download_a_file", `{"sensor id":"s","path":["a"]}`); string(res.Output) != `{"status":200,"headers":{"content-type":"application/octet-stream"},"body":"AP8="}` {
		t.Errorf("bytes: %s %v", res.Output, res.Error)
	}
}

// TestErrors tells the engine what to do, and people what was wrong.
func TestErrors(t *testing.T) {
	r := newRuns(t, own(t, "features.yaml"))
	for _, tt := range []struct {
		status    int
		after     string
		body      string
		code      string
		retryable bool
		wait      string
		says      string
	}{
		{429, "7", `{}`, "rate_limited", true, "7000ms", "answered 429"},
		{503, "", `{"message":"busy"}`, "rate_limited", true, "1000ms", "answered 503: busy"},
		{500, "", `<html>oops`, "unavailable", true, "", "answered 500"},
		{408, "", ``, "http_408", true, "", "answered 408"},
		{403, "", `{"error":{"message":"no"}}`, "denied", false, "", "answered 403: no; the credential (sensor_desk.client) may not do that"},
		{401, "", ``, "denied", false, "", "answered 401; the credential (sensor_desk.client) isn't accepted: renew it"},
		{422, "", `{"type":"x","title":"Invalid","detail":"name is short"}`, "http_422", false, "", "answered 422: Invalid: name is short"},
		{400, "", `{"errors":[{"message":"a"},{"message":"b"}]}`, "http_400", false, "", "answered 400: a; b"},
		{404, "", `plain words`, "http_404", false, "", "answered 404: plain words"},
	} {
		r.answer = func(*http.Request) (int, map[string]string, string) {
			if tt.after != "" {
				return tt.status, map[string]string{"Retry-After": tt.after}, tt.body
			}
			return tt.status, nil, tt.body
		}
		e := r.call(t, "create_sensor", `{"body":{"name":"ab","secret":"x"}}`).Error
		if e == nil || e.Code != tt.code || e.Retryable != tt.retryable || e.RetryAfter != tt.wait || !strings.Contains(e.Message, tt.says) {
			t.Errorf("%d: %+v", tt.status, e)
		}
	}
	r.bench.credential = nil
	r.answer = func(*http.Request) (int, map[string]string, string) { return 401, nil, "" }
	if e := r.call(t, "sensors_list_all", `{}`).Error; e == nil || !strings.Contains(e.Message, "give the node a credential (sensor_desk.client)") {
		t.Errorf("without a credential: %+v", e)
	}
	relative := newRuns(t, convert(t, strings.Replace(head, "https://api.example.com", "/v1", 1)+`{"/a": {"get": {}}}}`))
	relative.bench.credential = nil
	if e := relative.call(t, "get_a", `{}`).Error; e == nil || e.Code != "denied" || !strings.Contains(e.Message, "demo.server whose field baseUrl") {
		t.Errorf("without an address: %+v", e)
	}
}

const listOfPages = `"responses": {"200": {%s "content": {"application/json": {"schema": %s}}}}`

// TestPages follows each way of going on, and stops at its end and at its bounds.
func TestPages(t *testing.T) {
	query := func(names ...string) string {
		var list []string
		for _, name := range names {
			list = append(list, fmt.Sprintf(`{"name": %q, "in": "query", "schema": {"type": "string"}}`, name))
		}
		return `"parameters": [` + strings.Join(list, ",") + `],`
	}
	operation := func(id, parameters, headers, schema string) string {
		return fmt.Sprintf(`"/%s": {"get": {"operationId": %q, %s `+listOfPages+`}}`, id, id, parameters, headers, schema)
	}
	array, list := `{"type": "array", "items": {}}`, `"items": {"type": "array", "items": {}}`
	r := newRuns(t, convert(t, head+"{"+strings.Join([]string{
		operation("link", "", `"headers": {"Link": {}},`, array),
		operation("url", "", "", `{"properties": {`+list+`, "next": {"type": "string", "format": "uri"}}}`),
		operation("href", "", "", `{"properties": {`+list+`, "_links": {"properties": {"next": {"type": "object", "properties": {"href": {"type": "string"}}}}}}}`),
		operation("jsonapi", "", "", `{"properties": {"items": {"type": "array"}, "links": {"properties": {"next": {"type": "string"}}}}}`),
		operation("cursor", query("cursor"), "", `{"properties": {`+list+`, "meta": {"properties": {"next_cursor": {"type": "string"}}}}}`),
		operation("page", query("page", "per_page"), "", array),
		operation("offset", query("offset", "limit"), "", `{"properties": {"results": {"type": "array"}, "total": {"type": "integer"}}}`),
		operation("plain", query("page"), "", `{"type": "object"}`),
	}, ",")+"}}"))
	pages := 3
	r.answer = func(q *http.Request) (int, map[string]string, string) {
		n := len(r.sent)
		last := n >= pages
		switch q.URL.Path {
		case "/link":
			if last {
				return 200, nil, `[3]`
			}
			return 200, map[string]string{"Link": fmt.Sprintf(`<https://api.example.com/link?x=%d>; rel="prev", </link?n=%d>; rel="next"`, n-1, n+1)}, fmt.Sprintf("[%d]", n)
		case "/url", "/href", "/cursor", "/jsonapi":
			next := map[string]any{"items": []int{n}}
			if !last {
				next["next"] = fmt.Sprintf("https://api.example.com/url?n=%d", n+1)
				next["_links"] = map[string]any{"next": map[string]any{"href": fmt.Sprintf("/href?n=%d", n+1)}}
				next["links"] = map[string]any{"next": fmt.Sprintf("/jsonapi?n=%d", n+1)}
				next["meta"] = map[string]any{"next_cursor": fmt.Sprintf("c/%d", n+1)}
			}
			raw, _ := json.Marshal(next)
			return 200, nil, string(raw)
		case "/offset":
			if last {
				return 200, nil, `{"results":[3]}`
			}
			return 200, nil, fmt.Sprintf(`{"results":[%d,%d]}`, n, n)
		}
		if last {
			return 200, nil, `[]`
		}
		return 200, nil, fmt.Sprintf("[%d]", n)
	}
	for action, want := range map[string]struct{ input, last, items string }{
		"link":    {`{"allPages":true}`, "/link?n=3", `[1,2,3],"pages":3,"more":false`},
		"url":     {`{"allPages":true}`, "/url?n=3", `[1,2,3],"pages":3,"more":false`},
		"href":    {`{"allPages":true}`, "/href?n=3", `[1,2,3],"pages":3,"more":false`},
		"jsonapi": {`{"allPages":true}`, "/jsonapi?n=3", `[1,2,3],"pages":3,"more":false`},
		"cursor":  {`{"allPages":true}`, "/cursor?cursor=c%2F3", `[1,2,3],"pages":3,"more":false`},
		"page":    {`{"allPages":true,"per_page":"1"}`, "/page?per_page=1&page=3", `[1,2],"pages":3,"more":false`},
		"offset":  {`{"allPages":true,"limit":"2"}`, "/offset?limit=2&offset=4", `[1,1,2,2,3],"pages":3,"more":false`},
	} {
		res := r.call(t, action, want.input)
		if res.Error != nil || r.sent[len(r.sent)-1] != "GET https://api.example.com"+want.last || !strings.Contains(string(res.Output), `"items":`+want.items) {
			t.Errorf("%s: %v %s %v", action, r.sent, res.Output, res.Error)
		}
		if res := r.call(t, action, `{}`); res.Error != nil || len(r.sent) != 1 || strings.Contains(string(res.Output), `"items":[1],`) && action == "link" {
			t.Errorf("%s, one page: %v %s", action, r.sent, res.Output)
		}
	}
	pages = 1000
	if res := r.call(t, "cursor", `{"allPages":true}`); len(r.sent) != 100 || !strings.Contains(string(res.Output), `"more":true`) {
		t.Errorf("without an end: %d requests, %v", len(r.sent), res.Error)
	}
	if res := r.call(t, "cursor", `{"allPages":true,"maxItems":2}`); len(r.sent) != 2 || !strings.Contains(string(res.Output), `"items":[1,2],"pages":2,"more":true`) {
		t.Errorf("two items: %d requests, %s", len(r.sent), res.Output)
	}
	r.answer = func(*http.Request) (int, map[string]string, string) {
		return 200, nil, `{"items":[1],"next":"https://elsewhere.example.net/url?n=2"}`
	}
	if res := r.call(t, "url", `{"allPages":true}`); res.Error != nil && !strings.Contains(res.Error.Message, "elsewhere") || slices.ContainsFunc(r.sent, func(s string) bool { return strings.Contains(s, "elsewhere") }) {
		t.Errorf("an address of another host: %v %s %v", r.sent, res.Output, res.Error)
	}
	if a := actionOf(t, r.bench.result, "GET /plain"); strings.Contains(string(a.Input), "allPages") {
		t.Errorf("what gives no list has no pages: %s", a.Input)
	}
}
