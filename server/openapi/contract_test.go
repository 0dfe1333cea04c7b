package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// contract stands for the server of a document, in place of the network: it holds
// each request against the document, which it reads by itself, and answers with what
// the document gives as examples, or with samples of its schemas.
type contract struct {
	doc      map[string]any
	method   string // of the operation that is expected
	path     string
	faults   []string
	answered int
}

func newContract(document []byte) (*contract, error) {
	var doc map[string]any
	if err := json.Unmarshal(document, &doc); err != nil {
		var any any
		if err := yaml.Unmarshal(document, &any); err != nil {
			return nil, err
		}
		raw, err := json.Marshal(textKeys(any)) // so that numbers are JSON's
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &doc); err != nil {
			return nil, err
		}
	}
	return &contract{doc: doc}, nil
}

// textKeys writes keys as JSON has them: 200 of YAML is a number.
func textKeys(v any) any {
	switch x := v.(type) {
	case []any:
		for i := range x {
			x[i] = textKeys(x[i])
		}
	case map[string]any:
		for key := range x {
			x[key] = textKeys(x[key])
		}
	case map[any]any:
		out := map[string]any{}
		for key, value := range x {
			out[fmt.Sprint(key)] = textKeys(value)
		}
		return out
	}
	return v
}

func (c *contract) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// deref follows a reference of the document.
func (c *contract) deref(v any) map[string]any {
	m, _ := v.(map[string]any)
	for range 20 {
		ref, ok := m["$ref"].(string)
		if !ok {
			return m
		}
		var at any = c.doc
		for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			o, _ := at.(map[string]any)
			plain, err := url.PathUnescape(part)
			if err != nil {
				plain = part
			}
			at = o[strings.NewReplacer("~1", "/", "~0", "~").Replace(plain)]
		}
		m, _ = at.(map[string]any)
	}
	return m
}

func (c *contract) operation() (item, op map[string]any) {
	paths, _ := c.doc["paths"].(map[string]any)
	item = c.deref(paths[c.path])
	if op = c.deref(item[strings.ToLower(c.method)]); op == nil {
		op = c.deref(item[c.method]) // as some write it
	}
	return item, op
}

// RoundTrip implements [http.RoundTripper].
func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	if isToken, err := asksForToken(r); err != nil || isToken {
		return respond(r, 200, "application/json", `{"access_token":"of-the-contract","token_type":"Bearer","expires_in":3600}`), err
	}
	c.answered++
	item, op := c.operation()
	if r.Method != c.method {
		c.fault("method %s, want %s", r.Method, c.method)
	}
	inPath := c.checkPath(r)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		c.fault("query: %v", err)
	}
	c.checkParameters(r, item, op, inPath, query)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c.checkBody(r, op, body)
	return c.answer(r, op), nil
}

// asksForToken says whether a request is one for an access token.
func asksForToken(r *http.Request) (bool, error) {
	if r.Method != http.MethodPost || !strings.HasSuffix(r.Header.Get("Content-Type"), "urlencoded") {
		return false, nil
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return strings.Contains(string(body), "grant_type=client_credentials"), err
}

var pathParameter = regexp.MustCompile(`\{([^{}/]+)\}`)

// checkPath holds the path against the document's, which may stand below any base,
// and answers what its parameters are.
func (c *contract) checkPath(r *http.Request) map[string]string {
	template, _, _ := strings.Cut(c.path, "?")
	template, _, _ = strings.Cut(template, "#")
	names := pathParameter.FindAllStringSubmatch(template, -1)
	pattern, rest := "", template
	for _, n := range names {
		before, after, _ := strings.Cut(rest, n[0])
		pattern += regexp.QuoteMeta(before) + "([^/]+)"
		rest = after
	}
	pattern += regexp.QuoteMeta(rest)
	match := regexp.MustCompile(pattern + "$").FindStringSubmatch(r.URL.EscapedPath())
	if match == nil {
		if match = regexp.MustCompile(pattern + "$").FindStringSubmatch(r.URL.Path); match == nil {
			c.fault("path %s, want …%s", r.URL.EscapedPath(), template)
			return nil
		}
	}
	out := map[string]string{}
	for i, n := range names {
		out[n[1]], _ = url.PathUnescape(match[i+1])
	}
	return out
}

// checkParameters looks for those that must be there, and for those that the
// document doesn't know.
func (c *contract) checkParameters(r *http.Request, item, op map[string]any, inPath map[string]string, query url.Values) {
	known := map[string]bool{}
	both := append(slices.Clone(asList(item["parameters"])), asList(op["parameters"])...)
	for _, given := range both {
		p := c.deref(given)
		name, _ := p["name"].(string)
		in, _ := p["in"].(string)
		schema := c.deref(p["schema"])
		if schema == nil {
			schema = p
		}
		required := p["required"] == true
		var value string
		var there bool
		switch in {
		case "path":
			value, there = inPath[name]
			if !strings.Contains(c.path, "{"+name+"}") {
				continue
			}
		case "query":
			known[name] = true
			for key := range query {
				if key == name || strings.HasPrefix(key, name+"[") {
					there = true
					known[key] = true
				}
			}
			value = query.Get(name)
			if schema["type"] == "object" && !there { // exploded: its fields stand alone
				for key := range query {
					known[key] = true
				}
				there = len(query) > 0
			}
		case "header":
			value, there = r.Header.Get(name), len(r.Header.Values(name)) > 0
		case "cookie":
			cookie, err := r.Cookie(name)
			there = err == nil
			if there {
				value = cookie.Value
			}
		default:
			continue
		}
		if required && !there && !strings.EqualFold(name, "accept") && !strings.EqualFold(name, "content-type") && p["default"] == nil {
			c.fault("the %s parameter %s isn't sent", in, name)
		}
		if there {
			c.checkText(in+" "+name, schema, value)
		}
	}
	_, template, _ := strings.Cut(c.path, "?")
	fixed, _ := url.ParseQuery(template)
	for key := range query {
		if !known[key] && fixed[key] == nil && !c.isKey(key) {
			c.fault("the query parameter %s isn't in the document", key)
		}
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// isKey says whether a parameter is that of a security scheme.
func (c *contract) isKey(name string) bool {
	components, _ := c.doc["components"].(map[string]any)
	schemes, _ := components["securitySchemes"].(map[string]any)
	for _, s := range schemes {
		if c.deref(s)["name"] == name {
			return true
		}
	}
	return false
}

var ofType = map[string]*regexp.Regexp{
	"integer": regexp.MustCompile(`^-?\d+$`),
	"number":  regexp.MustCompile(`^-?\d+(\.\d+)?([eE][-+]?\d+)?$`),
	"boolean": regexp.MustCompile(`^(true|false)$`),
}

// checkText holds a text of the address or of a header against a schema of no more
// than one value.
func (c *contract) checkText(where string, schema map[string]any, value string) {
	name, _ := schema["type"].(string)
	if want := ofType[name]; want != nil && !want.MatchString(value) {
		c.fault("%s is %q, which is no %s", where, value, name)
	}
	if enum := asList(schema["enum"]); len(enum) > 0 && name != "array" && !slices.ContainsFunc(enum, func(e any) bool { return fmt.Sprint(e) == value }) {
		c.fault("%s is %q, which is none of %v", where, value, enum)
	}
}

// checkBody holds a body against the document's.
func (c *contract) checkBody(r *http.Request, op map[string]any, body []byte) {
	given := c.deref(op["requestBody"])
	content, _ := given["content"].(map[string]any)
	if len(body) == 0 {
		if given["required"] == true && len(content) > 0 {
			c.fault("the body isn't sent")
		}
		return
	}
	if len(content) == 0 {
		c.fault("a body is sent, and the document has none")
		return
	}
	sent, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		c.fault("content type %q: %v", r.Header.Get("Content-Type"), err)
		return
	}
	var media any
	for key, m := range content {
		plain, _, _ := strings.Cut(key, ";")
		if pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.ToLower(strings.TrimSpace(plain))), `\*`, `([^/]*\+)?[^/]*`); regexp.MustCompile("^" + pattern + "$").MatchString(sent) {
			media = m
		}
	}
	if media == nil {
		c.fault("the content type %s isn't in the document", sent)
		return
	}
	schema := c.deref(c.deref(media)["schema"])
	switch {
	case strings.Contains(sent, "json"):
		c.checkJSON(schema, body)
	case strings.HasPrefix(sent, "multipart/"):
		if _, err := multipart.NewReader(bytes.NewReader(body), parameters["boundary"]).ReadForm(1 << 20); err != nil {
			c.fault("the body is no form: %v", err)
		}
	case strings.HasSuffix(sent, "urlencoded"):
		form, err := url.ParseQuery(string(body))
		if err != nil {
			c.fault("the body is no form: %v", err)
		}
		for _, name := range asList(schema["required"]) {
			if text, _ := name.(string); !form.Has(text) && schema["properties"].(map[string]any)[text] != nil {
				c.fault("the form lacks %v", name)
			}
		}
	}
}

// checkJSON validates by a schema of the document, as far as that is a JSON Schema.
func (c *contract) checkJSON(schema map[string]any, body []byte) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		c.fault("the body is no JSON: %v", err)
		return
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	whole := map[string]any{"components": c.doc["components"], "check": schema}
	if err := compiler.AddResource("document.json", plainSchemas(whole)); err != nil {
		return
	}
	compiled, err := compiler.Compile("document.json#/check")
	if err != nil {
		return // it is none
	}
	if err := compiled.Validate(value); err != nil {
		c.fault("the body: %v", err)
	}
}

// plainSchemas writes nullable and readOnly as JSON Schema would.
func plainSchemas(v any) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = plainSchemas(x[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, value := range x {
			out[key] = plainSchemas(value)
		}
		for _, key := range []string{"pattern", "exclusiveMinimum", "exclusiveMaximum", "$id"} {
			if _, isText := x[key].(string); isText || x[key] == true || x[key] == false {
				delete(out, key)
			}
		}
		if x["properties"] != nil {
			delete(out, "additionalProperties") // in a part of allOf it would forbid what the others bring
		}
		if text, _ := x["$ref"].(string); text != "" {
			out["$ref"] = strings.Replace(text, "#/", "document.json#/", 1)
		}
		if t, ok := x["type"].(string); ok && x["nullable"] == true {
			out["type"] = []any{t, "null"}
			delete(out, "enum")
		}
		if properties, ok := x["properties"].(map[string]any); ok {
			if required, ok := x["required"].([]any); ok {
				out["required"] = slices.DeleteFunc(slices.Clone(required), func(name any) bool {
					text, _ := name.(string)
					property, _ := properties[text].(map[string]any)
					return property["readOnly"] == true
				})
			}
		}
		return out
	}
	return v
}

// answer gives the example of the best response, or a sample of its schema.
func (c *contract) answer(r *http.Request, op map[string]any) *http.Response {
	responses, _ := op["responses"].(map[string]any)
	for _, status := range []string{"200", "201", "202", "204", "default", "2XX", "203", "206"} {
		response := c.deref(responses[status])
		if response == nil {
			continue
		}
		code := 200
		_, _ = fmt.Sscanf(status, "%d", &code)
		content, _ := response["content"].(map[string]any)
		for _, wanted := range []string{"json", ""} {
			for contentType, m := range content {
				if !strings.Contains(contentType, wanted) {
					continue
				}
				media := c.deref(m)
				value := media["example"]
				if value == nil {
					s := &sampler{root: c.doc}
					value = s.of(media["schema"], 0)
				}
				if strings.Contains(contentType, "json") || contentType == "*/*" {
					raw, err := json.Marshal(value)
					if err != nil {
						c.fault("the sample: %v", err)
					}
					return respond(r, code, "application/json", string(raw))
				}
				return respond(r, code, contentType, fmt.Sprint(value))
			}
		}
		return respond(r, code, "", "")
	}
	return respond(r, 200, "application/json", "{}")
}

func respond(r *http.Request, status int, contentType, body string) *http.Response {
	out := &http.Response{StatusCode: status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}
	if contentType != "" {
		out.Header.Set("Content-Type", contentType)
	}
	return out
}
