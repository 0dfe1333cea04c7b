package openapi_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/openapi"
)

const head = `{"openapi": "3.0.0", "info": {"title": "Demo", "version": "1.0"}, "servers": [{"url": "https://api.example.com"}], "paths": `

func convert(t *testing.T, document string) *openapi.Result {
	t.Helper()
	r, err := openapi.Convert([]byte(document), openapi.Options{File: "it.json"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func own(t *testing.T, name string) *openapi.Result {
	t.Helper()
	document, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return convert(t, string(document))
}

func actionOf(t *testing.T, r *openapi.Result, operation string) abi.Action {
	t.Helper()
	for _, made := range r.Actions {
		for _, a := range r.Manifest.Actions {
			if made.Operation == operation && a.ID == made.Action {
				return a
			}
		}
	}
	t.Fatalf("no action of %s", operation)
	return abi.Action{}
}

// TestWhatIsNoDocument is refused by name, with its place.
func TestWhatIsNoDocument(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for name, tt := range map[string]struct{ document, want string }{
		"empty":              {" \n", "it.json: the document is empty"},
		"Swagger 2.0":        {`{"swagger": "2.0", "paths": {}}`, "it.json:1:13: the document is Swagger 2.0, and OpenAPI 3.0 or 3.1 is read"},
		"OpenAPI 4":          {"openapi: 4.0.0", `it.json:1:10: the document is OpenAPI "4.0.0"`},
		"no version":         {`{"paths": {}}`, "it.json:1:1: this is no OpenAPI document: it has no field openapi"},
		"a list":             {`[]`, "must be an object"},
		"cut off":            {"{\n  \"openapi\": \"3.0.0\",\n  \"paths\": {\"/a\":", "it.json:3:18: the document is not JSON: it ends in the middle"},
		"a missing comma":    {"{\"openapi\": \"3.0.0\"\n  \"paths\": {}}", "it.json:2:3: the document is not JSON"},
		"bad YAML":           {"openapi: 3.0.0\npaths:\n  /a: [\n", "it.json:"},
		"no UTF-8":           {"openapi: \"\xff\"", "it.json:1:11: the document is not UTF-8"},
		"nesting":            {`{"openapi": "3.0.0", "x": ` + deep + `}`, "nests deeper than 200 levels"},
		"nesting in YAML":    {"openapi: 3.0.0\nx: " + deep, "nests deeper than 200 levels"},
		"no paths":           {`{"openapi": "3.0.0", "paths": {}}`, "it.json:1:31: the document has no paths"},
		"no operation":       {`{"openapi": "3.0.0", "paths": {"/a": {}}}`, "none of the paths has an operation"},
		"nothing is left":    {head + `{"/a": {"trace": {}}}}`, "no operation is left of 1; TRACE /a: the method TRACE is sent by no connector"},
		"a dangling path":    {head + `{"/a": {"$ref": "#/x-paths/a"}}}`, `the reference "#/x-paths/a" leads to nothing: there is no "x-paths"`},
		"an alias in itself": {"openapi: 3.0.0\nx: &x [*x]", "it.json:"},
	} {
		_, err := openapi.Convert([]byte(tt.document), openapi.Options{File: "it.json"})
		if err == nil || !strings.HasPrefix(err.Error(), "it.json") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

// TestBombs are refused before they take memory or time.
func TestBombs(t *testing.T) {
	var aliases, doubling strings.Builder
	aliases.WriteString("openapi: 3.0.0\na0: &a0 [x]\n")
	doubling.WriteString(head + `{"/a": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}}}}, "components": {"schemas": {`)
	for i := 1; i <= 30; i++ {
		fmt.Fprintf(&aliases, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), i-1)
		fmt.Fprintf(&doubling, `"S%d": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/S%d"}, "b": {"$ref": "#/components/schemas/S%d"}}},`, i-1, i, i)
	}
	doubling.WriteString(`"S30": {"type": "string"}}}}`)
	began := time.Now()
	if _, err := openapi.Convert([]byte(aliases.String()), openapi.Options{File: "it"}); err == nil || !strings.Contains(err.Error(), "values, those counted again that aliases stand for") {
		t.Errorf("aliases of aliases: %v", err)
	}
	a := convert(t, doubling.String()).Manifest.Actions[0]
	if len(a.Input) > 24<<10 || !strings.Contains(string(a.Input), `"properties":{"a":`) {
		t.Errorf("schemas that double: %d bytes, %.200s", len(a.Input), a.Input)
	}
	parts := strings.TrimSuffix(strings.Repeat(`{"$ref": "#/components/schemas/A"},`, 100), ",")
	convert(t, head+`{"/a": {"get": {"responses": {"200": {"description": "d", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}}}, "components": {"schemas": {"A": {"allOf": [`+parts+`]}}}}`)
	var servers strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&servers, `{"url": "https://h%d.example.com"}, {},`, i)
	}
	many := convert(t, strings.Replace(head, `[{"url": "https://api.example.com"}]`, "["+strings.TrimSuffix(servers.String(), ",")+"]", 1)+`{"/a": {"get": {"responses": {"200": {"description": "d"}}}}}}`)
	if hosts := many.Manifest.Capabilities.HTTP; len(hosts) != 25 || len(many.Report.Notes) > 1000 {
		t.Errorf("%d hosts, %d notes", len(hosts), len(many.Report.Notes))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("they took %v", took)
	}
}

// TestSchemasThatAllMeet takes a document whose schemas all lead to one another, as
// those of large services do, in a time that grows with the number of operations
// alone.
func TestSchemasThatAllMeet(t *testing.T) {
	var paths, definitions []string
	const n = 100
	for i := range n {
		var fields []string
		for j := range 20 {
			fields = append(fields, fmt.Sprintf(`"plain%d": {"type": "string", "description": %q}, "more%d": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/S%d"}]}`, j, strings.Repeat("word ", 30), j, (i*7+j*13+1)%n))
		}
		definitions = append(definitions, fmt.Sprintf(`"S%d": {"type": "object", "properties": {%s}}`, i, strings.Join(fields, ",")))
		paths = append(paths, fmt.Sprintf(`"/n%d": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S%d"}}}}, "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S%d"}}}}}}}`, i, i, i))
	}
	began := time.Now()
	r := convert(t, head+"{"+strings.Join(paths, ",")+`}, "components": {"schemas": {`+strings.Join(definitions, ",")+"}}}")
	if took := time.Since(began); took > 15*time.Second || r.Report.Converted != n {
		t.Errorf("%d operations took %v", r.Report.Converted, took)
	}
	if a := r.Manifest.Actions[0]; !strings.Contains(string(a.Input), `"plain19"`) || len(a.Input) > 24<<10 {
		t.Errorf("%d bytes: %.300s", len(a.Input), a.Input)
	}
}

// TestManyOperations makes one connector of as many as are taken, and no more.
func TestManyOperations(t *testing.T) {
	many := func(n int) string {
		var paths []string
		for i := range n {
			paths = append(paths, fmt.Sprintf(`"/things/{id}/n%d": {"get": {"description": %q, "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}, {"$ref": "#/components/parameters/P"}],
				"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}}}}`, i, strings.Repeat("It does this and that. ", 40)))
		}
		var fields []string
		for i := range 60 {
			fields = append(fields, fmt.Sprintf(`"field%d": {"type": "string", "description": %q}`, i, strings.Repeat("word ", 50)))
		}
		return head + "{" + strings.Join(paths, ",") + `}, "components": {"parameters": {"P": {"name": "p", "in": "query", "schema": {"type": "integer"}}}, "schemas": {"S": {"type": "object", "properties": {` + strings.Join(fields, ",") + `}}}}}`
	}
	r := convert(t, many(1000))
	if len(r.Manifest.Actions) != 1000 || r.Report.Converted != 1000 {
		t.Fatalf("%d actions", len(r.Manifest.Actions))
	}
	raw, err := json.Marshal(r.Manifest)
	if err != nil || len(raw) > 1<<20 {
		t.Errorf("a manifest of %d bytes, %v", len(raw), err)
	}
	calls := newRuns(t, r)
	if res := calls.call(t, r.Actions[999].Action, `{"id":"a","p":1}`); res.Error != nil || !slices.Equal(calls.sent, []string{"GET https://api.example.com/things/a/n999?p=1"}) {
		t.Errorf("the last of them: %v %v", calls.sent, res.Error)
	}
	if _, err := openapi.Convert([]byte(many(1001)), openapi.Options{File: "it"}); err == nil || !strings.HasPrefix(err.Error(), "it:1001:") || !strings.Contains(err.Error(), "more than 1000 operations") {
		t.Errorf("1001 operations: %.300v", err)
	}
	o := openapi.Options{File: "it", Overlay: []byte(`only: ["/things/{id}/n1*"]`), OverlayFile: "o"}
	if r, err := openapi.Convert([]byte(many(1001)), o); err != nil || r.Report.Converted != 112 {
		t.Errorf("some of 1001: %v", err)
	}
}

// TestNames gives each action a name that can be read, and no other has.
func TestNames(t *testing.T) {
	r := own(t, "features.yaml")
	var got []string
	for _, made := range r.Actions {
		got = append(got, made.Operation+" "+made.Action)
	}
	want := []string{
		"GET /sensors sensors_list_all", "POST /sensors create_sensor", "GET /sensors/{sensor id}/files/{path} download_a_file",
		"PUT /sensors/{sensor id}/files/{path} put_sensors_by_sensor_id_files_by_path", "POST /tokens post_tokens", "DELETE /tokens create_sensor_2",
		"POST /notes add_note_with_an_absurdly_long_name_that_goes_on_and_on",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	m := r.Manifest
	if m.ID != "sensor_desk" || m.Version != "2.4.0" || m.Name != "Sensor Desk" || m.Description != "Keeps sensors and what they saw." || m.License != "Apache-2.0" {
		t.Errorf("%+v", m)
	}
	if m := own(t, "sloppy.yaml").Manifest; m.ID != "api_404_aerger_gmb_h" || m.Version != "2019.10.14" {
		t.Errorf("%s %s", m.ID, m.Version)
	}
	if m := convert(t, strings.Replace(head, "Demo", "Core", 1)+`{"/a": {"get": {"operationId": "__proto__"}, "put": {"operationId": "constructor"}, "post": {"operationId": "!!!"}}}}`).Manifest; m.ID != "core_api" || m.Actions[0].ID != "proto" || m.Actions[1].ID != "post_a" || m.Actions[2].ID != "constructor" {
		t.Errorf("%s %s %s %s", m.ID, m.Actions[0].ID, m.Actions[1].ID, m.Actions[2].ID)
	}
}

// TestEffects follow the method.
func TestEffects(t *testing.T) {
	r := convert(t, head+`{"/a": {"get": {}, "head": {}, "post": {}, "put": {}, "patch": {}, "delete": {}, "options": {}}}}`)
	var got []string
	for _, a := range r.Manifest.Actions {
		got = append(got, fmt.Sprintf("%s %s %t", a.ID, a.Effect, a.Idempotent))
	}
	want := "get_a read true, head_a read true, post_a write false, put_a write true, patch_a write false, delete_a destructive true, options_a read true"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s", strings.Join(got, ", "))
	}
	if a := actionOf(t, own(t, "features.yaml"), "POST /sensors"); !a.Idempotent {
		t.Error("one that takes a key of its own is idempotent")
	}
}

// TestPowers asks for the hosts of servers, and for credentials.
func TestPowers(t *testing.T) {
	m := own(t, "features.yaml").Manifest
	var hosts []string
	for _, h := range m.Capabilities.HTTP {
		hosts = append(hosts, h.Host+" "+strings.Join(h.Methods, " "))
	}
	if got, want := strings.Join(hosts, ", "), "eu.sensors.example.com DELETE GET POST PUT, us.sensors.example.com DELETE GET POST PUT, login.example.com POST"; got != want {
		t.Errorf("hosts %s", got)
	}
	if c := m.Credentials[0]; c.Type != "sensor_desk.client" || c.Apply != "oauth2ClientCredentials" || c.Value != "https://login.example.com/oauth/token" {
		t.Errorf("%+v", c)
	}
	for scheme, want := range map[string]string{
		`{"type": "http", "scheme": "Bearer"}`:                   "bearer  ",
		`{"type": "http", "scheme": "basic"}`:                    "basic  ",
		`{"type": "http", "scheme": "digest"}`:                   "header Authorization ",
		`{"type": "apiKey", "in": "header", "name": "X-Key"}`:    "header X-Key ",
		`{"type": "apiKey", "in": "query", "name": "key"}`:       "query key ",
		`{"type": "apiKey", "in": "cookie", "name": "sid"}`:      "header Cookie sid={value}",
		`{"type": "openIdConnect"}`:                              "bearer  ",
		`{"type": "oauth2", "flows": {"implicit": {}}}`:          "bearer  ",
		`{"type": "oauth2", "flows": {"clientCredentials": {}}}`: "oauth2ClientCredentials  ",
	} {
		c := convert(t, head+`{"/a": {"get": {}}}, "components": {"securitySchemes": {"it": `+scheme+`}}}`).Manifest.Credentials[0]
		if got := c.Apply + " " + c.Name + " " + c.Value; got != want || c.Type != "demo.it" {
			t.Errorf("%s: %s %s, want %s", scheme, c.Type, got, want)
		}
	}
	relative := convert(t, strings.Replace(head, "https://api.example.com", "/v1", 1)+`{"/a": {"get": {}}}}`).Manifest
	if c := relative.Credentials; len(c) != 1 || c[0].Apply != "none" || !strings.Contains(string(c[0].Fields), `"required":["baseUrl"]`) || relative.Capabilities.HTTP[0].Host != "*" {
		t.Errorf("a server without host: %+v %+v", c, relative.Capabilities)
	}
}

// TestSchemas are those of the document, standing alone.
func TestSchemas(t *testing.T) {
	a := actionOf(t, own(t, "features.yaml"), "POST /sensors")
	var input struct {
		Required   []string
		Properties struct{ Body map[string]any }
	}
	if err := json.Unmarshal(a.Input, &input); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(input.Properties.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"properties":{"children":{"items":{"description":"As Sensor above, within itself.","type":"object"},"type":"array"},"level":{"exclusiveMinimum":0,"type":["integer","null"]},` +
		`"name":{"minLength":2,"pattern":"^[a-z ]+$","type":"string"},"secret":{"type":"string"},` +
		`"shape":{"oneOf":[{"properties":{"radius":{"type":"number"}},"required":["radius"],"type":"object"},{"properties":{"side":{"type":"number"}},"required":["side"],"type":"object"}]}},` +
		`"required":["name","secret"],"type":"object"}`
	if string(raw) != want || !slices.Equal(input.Required, []string{"body"}) {
		t.Errorf("%v\n%s", input.Required, raw)
	}
	if out := string(a.Output); !strings.Contains(out, `"id":{"type":"integer"}`) || strings.Contains(out, `"secret"`) {
		t.Errorf("output %s", out)
	}
}

// TestReport says what became of a document otherwise than it stands there.
func TestReport(t *testing.T) {
	r := own(t, "sloppy.yaml").Report
	if r.Operations != 6 || r.Converted != 4 || len(r.LeftOut) != 2 {
		t.Errorf("%+v", r)
	}
	for _, want := range []struct {
		line    int
		message string
	}{
		{5, "has no scheme: https is taken"},
		{12, "it becomes a credential, api_404_aerger_gmb_h.x_api_key"},
		{18, "the header Content-Length is left out"},
		{23, "its path names {id}"},
		{27, `the reference "#/components/schemas/Gone" leads to nothing`},
		{31, `the reference "#/components/parameters/Gone" leads to nothing`},
		{34, "as Swagger 2.0 has it"},
	} {
		if !slices.ContainsFunc(slices.Concat(r.Notes, r.LeftOut), func(n openapi.Note) bool { return n.Line == want.line && strings.Contains(n.Message, want.message) }) {
			t.Errorf("line %d: nothing says %s", want.line, want.message)
		}
	}
}
