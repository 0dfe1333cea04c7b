package engine

import (
	"slices"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// pretend stands in for an action with effects in a dry run: with the output of its
// first example, or with one that is made of its schema.
func (a *actor) pretend(step *run.Step, attempt int) {
	output, from := standIn(&a.eval.node(step).Type)
	a.succeed(step, run.Event{
		Attempt: attempt, Output: output,
		Logs: []run.Log{{Level: "info", At: a.now(), Message: "dry run: not called; the output is " + from}},
	})
}

func standIn(t *catalog.NodeType) (output any, from string) {
	for _, example := range t.Examples {
		if len(example.Output) == 0 {
			continue
		}
		if output, err := flow.ParseValue(example.Output); err == nil {
			return output, "the action's example"
		}
	}
	if schema, err := flow.ParseValue(t.Output); err == nil && len(t.Output) > 0 {
		return sample(schema, 0), "made of the action's schema"
	}
	return nil, "empty: the action declares neither an example nor a schema of its output"
}

// maxSample is how deep a stand-in is nested: schemas may contain themselves.
const maxSample = 8

// formats are texts of the formats that JSON Schema names.
var formats = map[string]string{
	"date-time": "2026-01-31T09:00:00Z", "date": "2026-01-31", "time": "09:00:00Z", "duration": "PT1H", "email": "someone@example.com",
	"hostname": "host.example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uri": "https://example.com/", "uri-reference": "/",
	"uuid": "00000000-0000-4000-8000-000000000000",
}

// sample makes a value that fits a JSON Schema: what the schema gives itself, or else
// the plainest of its type, with all members.
func sample(schema any, depth int) any {
	s, ok := schema.(map[string]any)
	if !ok || depth > maxSample {
		return nil
	}
	if given, found := givenBy(s); found {
		return given
	}
	for _, word := range []string{"oneOf", "anyOf", "allOf"} {
		if list, _ := s[word].([]any); len(list) > 0 && s["properties"] == nil {
			return sample(list[0], depth+1)
		}
	}
	switch typeOf(s) {
	case "object":
		out := map[string]any{}
		properties, _ := s["properties"].(map[string]any)
		for name, member := range properties {
			out[name] = sample(member, depth+1)
		}
		return out
	case "array":
		if s["items"] == nil {
			return []any{}
		}
		return []any{sample(s["items"], depth+1)}
	case "string":
		format, _ := s["format"].(string)
		return formats[format]
	case "integer", "number":
		if least, given := s["minimum"]; given {
			return least
		}
		return int64(0)
	case "boolean":
		return false
	}
	return nil
}

// givenBy is a value that a schema itself names.
func givenBy(s map[string]any) (any, bool) {
	for _, word := range []string{"const", "default"} {
		if v, given := s[word]; given {
			return v, true
		}
	}
	for _, word := range []string{"examples", "enum"} {
		if list, _ := s[word].([]any); len(list) > 0 {
			return list[0], true
		}
	}
	return nil, false
}

func typeOf(s map[string]any) string {
	switch t := s["type"].(type) {
	case string:
		return t
	case []any:
		for _, name := range t {
			if name != "null" {
				text, _ := name.(string)
				return text
			}
		}
	}
	if slices.ContainsFunc([]string{"properties", "required"}, func(word string) bool { return s[word] != nil }) {
		return "object"
	}
	return ""
}
