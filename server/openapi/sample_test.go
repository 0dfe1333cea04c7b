package openapi_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// sampler makes a value that a schema takes. It is no more than tests need.
type sampler struct {
	root map[string]any
	// all gives optional fields as well.
	all bool
	// input makes what is sent: without what only answers hold.
	input bool
}

func (s *sampler) of(given any, depth int) any {
	m, _ := given.(map[string]any)
	if depth > 14 {
		return nil
	}
	if ref, ok := m["$ref"].(string); ok {
		var at any = s.root
		for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			o, _ := at.(map[string]any)
			part, _ = url.PathUnescape(part)
			at = o[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
		}
		return s.of(at, depth+1)
	}
	if m["const"] != nil {
		return m["const"]
	}
	if enum := asList(m["enum"]); len(enum) > 0 {
		return enum[0]
	}
	if examples := asList(m["examples"]); len(examples) > 0 {
		return examples[0]
	}
	if m["example"] != nil && !s.input {
		return m["example"]
	}
	if m["default"] != nil {
		return m["default"]
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if list := asList(m[key]); len(list) > 0 && m["properties"] == nil {
			return s.of(list[0], depth+1)
		}
	}
	name, _ := m["type"].(string)
	if list := asList(m["type"]); len(list) > 0 {
		name, _ = list[0].(string)
	}
	if name == "" && m["properties"] == nil && m["allOf"] == nil {
		return "anything"
	}
	switch name {
	case "string":
		return text(m)
	case "integer", "number":
		if least, ok := m["minimum"].(float64); ok {
			return least
		}
		return 1
	case "boolean":
		return true
	case "array":
		return s.array(m, depth)
	}
	return s.object(m, depth)
}

func (s *sampler) array(m map[string]any, depth int) any {
	item := s.of(m["items"], depth+1)
	if m["items"] == nil {
		item = "one"
	}
	list := []any{}
	least, _ := m["minItems"].(float64)
	for range max(1, int(least)) {
		list = append(list, item)
	}
	return list
}

func text(m map[string]any) string {
	switch m["format"] {
	case "date-time":
		return "2026-01-02T03:04:05Z"
	case "date":
		return "2026-01-02"
	case "uuid":
		return "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11"
	case "uri", "url":
		return "https://example.com/x"
	case "email":
		return "reporter@example.com"
	case "ipv4":
		return "192.0.2.1"
	}
	if m["contentEncoding"] == "base64" {
		return "aGVsbG8="
	}
	least, _ := m["minLength"].(float64)
	most, bounded := m["maxLength"].(float64)
	pattern, _ := m["pattern"].(string)
	for _, out := range []string{"some text", "sometext", "1", "aabbcc", "2026-01", "/a/b", "a@example.com", "A1"} {
		if len(out) < int(least) {
			out += strings.Repeat("x", int(least)-len(out))
		}
		if bounded && len(out) > int(most) {
			out = out[:int(most)]
		}
		if re, err := regexp.Compile(pattern); err != nil || re.MatchString(out) {
			return out
		}
	}
	return "some text"
}

func (s *sampler) object(m map[string]any, depth int) any {
	out := map[string]any{}
	for _, part := range asList(m["allOf"]) {
		if fields, ok := s.of(part, depth+1).(map[string]any); ok {
			for name, v := range fields {
				out[name] = v
			}
		}
	}
	required := map[string]bool{}
	for _, r := range asList(m["required"]) {
		name, _ := r.(string)
		required[name] = true
	}
	properties, _ := m["properties"].(map[string]any)
	for name, schema := range properties {
		if raw, err := json.Marshal(schema); s.input && !required[name] && (err != nil || strings.Contains(string(raw), "within itself")) {
			continue // it is cut there, and can't be given by what is left of the schema
		}
		if required[name] || depth < 5 && s.all || !s.input && depth < 3 {
			if v := s.of(schema, depth+1); v != nil || required[name] {
				out[name] = v
			}
		}
	}
	if more, ok := m["additionalProperties"].(map[string]any); ok && len(out) == 0 {
		out["any"] = s.of(more, depth+1)
	}
	return out
}
