package check

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// versioned is an action with the version of its connector, whose next one may know other parameters.
func versioned(typ catalog.NodeType) string {
	if typ.Version == "" {
		return typ.Type
	}
	return typ.Type + " " + typ.Version
}

// unknown says that an action, or a part of what it takes, has no parameter of a
// name, and where its value may go.
func unknown(name, action string, within, known []string) (text, fix string) {
	text = action + " has no parameter " + strconv.Quote(name)
	if len(within) > 0 {
		text += " in " + strconv.Quote(strings.Join(within, "."))
	}
	if len(known) == 0 {
		return text, "remove it: none is known here"
	}
	return text, "remove it, or move its value: known are " + strings.Join(known, ", ")
}

// unfit says what a value at a place should be and what it is.
func unfit(e *jsonschema.ValidationError, place string) (text, fix string) {
	if place != "" {
		place += ": "
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		want := kinds(k.Want)
		return place + "this is " + kinds([]string{k.Got}) + ", and " + want + " is wanted", "give " + want + ", or an expression that yields one"
	case *kind.Enum:
		return place + shortly(k.Got) + " is none of the values that are known", "choose one of " + list(k.Want)
	case *kind.Pattern:
		if strings.Contains(k.Want, "ns|us|") {
			return place + strconv.Quote(k.Got) + " is not a duration", durationFix
		}
	}
	return place + e.ErrorKind.LocalizedString(english), ""
}

var kindNames = map[string]string{
	"array": "a list", "boolean": "a yes or no", "integer": "a whole number", "null": "empty", "number": "a number",
	"object": "an object", "string": "a text",
}

func kinds(types []string) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = kindNames[t]
	}
	return strings.Join(names, " or ")
}

// The most characters of a value, and values of a list, that a message brings.
const (
	mostShown  = 40
	mostListed = 12
)

func shortly(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "this"
	}
	if runes := []rune(string(text)); len(runes) > mostShown {
		return string(runes[:mostShown]) + "…"
	}
	return string(text)
}

func list(values []any) string {
	var texts []string
	for _, v := range values {
		if len(texts) == mostListed {
			texts = append(texts, "…")
			break
		}
		texts = append(texts, shortly(v))
	}
	return strings.Join(texts, ", ")
}

// where names a place in parameters as a form has it: by titles, items from 1.
func where(schema json.RawMessage, location []string) string {
	var names []string
	for i, token := range location {
		at := schemaAt(schema, location[:i])
		var s struct {
			Properties map[string]struct {
				Title string `json:"title"`
			} `json:"properties"`
		}
		_ = json.Unmarshal(at, &s) // compiled already
		n, err := strconv.Atoi(token)
		switch title := s.Properties[token].Title; {
		case title != "":
			names = append(names, title)
		case err == nil:
			names = append(names, strconv.Itoa(n+1))
		default:
			names = append(names, token)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strconv.Quote(strings.Join(names, " › "))
}

// schemaAt is the part of a schema that tells of a place; nil where it has none.
func schemaAt(schema json.RawMessage, location []string) json.RawMessage {
	for _, token := range location {
		var s struct {
			Properties map[string]json.RawMessage `json:"properties"`
			Items      json.RawMessage            `json:"items"`
		}
		if json.Unmarshal(schema, &s) != nil {
			return nil
		}
		if at, known := s.Properties[token]; known {
			schema = at
		} else {
			schema = s.Items
		}
	}
	return schema
}
