package sandbox

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
)

// check says of the JSON of an input whether it fits a schema as it stands: no
// fault, no default to fill in, nothing that stands for "not given". The script is
// told, and spares itself the same in an interpreter. It may always say no, and
// then the script looks itself, which alone tells faults and fills in: this has to
// know the keywords that accept.ts of the SDK knows, and no more.
type check struct {
	kind          checkKind
	least, most   float64 // of a number, or of the length of a text or a list
	enum          map[string]bool
	items, others *check         // of a list; of fields that aren't declared, nil where there may be none
	names         []string       // of the fields declared
	places        map[string]int // of the names
	fields        []*check
	needed        uint64 // which of them must be there
}

type checkKind byte

const (
	checkAny checkKind = iota
	checkString
	checkNumber
	checkInteger
	checkBoolean
	checkList
	checkObject
)

var checkKinds = map[string]checkKind{
	"": checkAny, "string": checkString, "number": checkNumber, "integer": checkInteger,
	"boolean": checkBoolean, "array": checkList, "object": checkObject,
}

// checkKeywords are those that say nothing, or that compile knows.
var checkKeywords = func() map[string]bool {
	known := map[string]bool{}
	for _, k := range []string{
		"type", "properties", "required", "additionalProperties", "items", "enum", "minimum", "maximum", "minLength", "maxLength",
		"minItems", "maxItems", "default", "title", "description", "examples", "format", "contentMediaType", "contentEncoding",
		"$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly",
	} {
		known[k] = true
	}
	return known
}()

// Bounds of a schema. The guest pays for a check by the bytes of its request, so that
// what a schema has more must not make each of them take longer.
const (
	maxCheckDepth = 32
	maxFields     = 64      // bits
	maxChecks     = 1 << 20 // bytes of all schemas of a script, as of a manifest
)

// scriptChecks reads what a script says of its actions: a list of
// [connector, action, schema of the input]. It may have maxChecks bytes.
func scriptChecks(text []byte) map[string]*check {
	var list [][3]json.RawMessage
	if json.Unmarshal(text, &list) != nil {
		return nil // the script checks all by itself
	}
	checks, connectors := map[string]*check{}, map[string]bool{}
	for _, entry := range list {
		var connector, action string
		var schema any
		if json.Unmarshal(entry[0], &connector) != nil || json.Unmarshal(entry[1], &action) != nil || json.Unmarshal(entry[2], &schema) != nil {
			return nil
		}
		connectors[connector] = true
		c := compileCheck(schema, 0)
		if c == nil || c.kind != checkObject {
			continue
		}
		checks[checkKey(connector, action)] = c
		if len(connectors) == 1 {
			checks[checkKey("", action)] = c
		}
	}
	if len(connectors) > 1 { // a request has to name one
		maps.DeleteFunc(checks, func(key string, _ *check) bool { return key[0] == '.' })
	}
	return checks
}

func checkKey(connector, action string) string { return connector + "." + action }

// compileCheck answers nil for a schema with what it doesn't know.
func compileCheck(schema any, depth int) *check {
	s, ok := schema.(map[string]any)
	if !ok || depth > maxCheckDepth {
		return nil
	}
	for k := range s {
		if !checkKeywords[k] {
			return nil
		}
	}
	name, isText := s["type"].(string)
	kind, known := checkKinds[name]
	if !known || !isText && s["type"] != nil || isText && name == "" {
		return nil
	}
	c := &check{kind: kind, least: math.Inf(-1), most: math.Inf(1)}
	limits := map[checkKind][2]string{
		checkString: {"minLength", "maxLength"}, checkNumber: {"minimum", "maximum"}, checkInteger: {"minimum", "maximum"}, checkList: {"minItems", "maxItems"},
	}[kind]
	if !number(s, limits[0], &c.least) || !number(s, limits[1], &c.most) || !c.values(s["enum"]) {
		return nil
	}
	switch {
	case kind == checkAny && (s["properties"] != nil || s["items"] != nil):
		return nil
	case kind == checkList:
		if items, given := s["items"]; given {
			if c.items = compileCheck(items, depth+1); c.items == nil {
				return nil
			}
		} else {
			c.items = &check{}
		}
	case kind == checkObject && !c.object(s, depth):
		return nil
	}
	return c
}

// number reads a limit; none is well, and what is no number is not.
func number(s map[string]any, key string, into *float64) bool {
	v, given := s[key]
	if !given {
		return true
	}
	n, ok := v.(float64)
	*into = n
	return ok
}

// values reads what a value must be one of: texts alone.
func (c *check) values(enum any) bool {
	if enum == nil {
		return true
	}
	list, ok := enum.([]any)
	if !ok || c.kind != checkString {
		return false
	}
	c.enum = make(map[string]bool, len(list))
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			return false
		}
		c.enum[text] = true
	}
	return true
}

func (c *check) object(s map[string]any, depth int) bool {
	properties, ok := s["properties"].(map[string]any)
	if !ok && s["properties"] != nil || len(properties) > maxFields {
		return false
	}
	c.places = make(map[string]int, len(properties))
	for _, name := range slices.Sorted(maps.Keys(properties)) { // as inputs have them, as a rule
		schema := properties[name]
		field := compileCheck(schema, depth+1)
		if field == nil {
			return false
		}
		if _, given := schema.(map[string]any)["default"]; given {
			c.needed |= 1 << len(c.names) // where it isn't there, it is filled in
		}
		c.places[name] = len(c.names)
		c.names, c.fields = append(c.names, name), append(c.fields, field)
	}
	required, ok := s["required"].([]any)
	if !ok && s["required"] != nil {
		return false
	}
	for _, r := range required {
		name, _ := r.(string)
		i, declared := c.places[name]
		if !declared {
			return false
		}
		c.needed |= 1 << i
	}
	switch rest := s["additionalProperties"].(type) {
	case nil:
		c.others = &check{}
		return true
	case bool:
		if rest {
			c.others = &check{}
		}
		return true
	default:
		c.others = compileCheck(rest, depth+1)
		return c.others != nil
	}
}
