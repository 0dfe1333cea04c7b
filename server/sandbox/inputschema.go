package sandbox

import "strings"

// The walk looks at the few schema keywords that say where a value's schema
// stands. A keyword it doesn't know leaves a string where it is, which is
// always right, only larger.

// expand adds the schemas that each refers to.
func (m *mover) expand(schemas []any, depth int) []any {
	var all []any
	for _, s := range schemas {
		o, ok := s.(map[string]any)
		if !ok {
			continue
		}
		all = append(all, o)
		if depth == 8 {
			continue
		}
		if ref, ok := o["$ref"].(string); ok {
			all = append(all, m.expand([]any{m.resolve(ref)}, depth+1)...)
		}
		for _, k := range []string{"allOf", "anyOf", "oneOf"} {
			if list, ok := o[k].([]any); ok {
				all = append(all, m.expand(list, depth+1)...)
			}
		}
	}
	return all
}

// resolve answers the schema of a reference within the document.
func (m *mover) resolve(ref string) any {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	v := m.schema
	for part := range strings.SplitSeq(path, "/") {
		o, _ := v.(map[string]any)
		v = o[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return v
}

// children answers the schemas of an array's items or of one property.
func children(schemas []any, keyword, name string) []any {
	var all []any
	for _, s := range schemas {
		o, _ := s.(map[string]any)
		child := o[keyword]
		if keyword == "properties" {
			properties, _ := child.(map[string]any)
			if child = properties[name]; child == nil {
				child = o["additionalProperties"]
			}
		}
		if child != nil {
			all = append(all, child)
		}
	}
	return all
}

func takesBlob(schemas []any) bool { return says(schemas, "contentMediaType", "") }

func isBase64(schemas []any) bool { return says(schemas, "contentEncoding", "base64") }

// says reports whether a schema has a keyword, with a value if one is given.
func says(schemas []any, keyword, value string) bool {
	for _, s := range schemas {
		o, _ := s.(map[string]any)
		if v, ok := o[keyword].(string); ok && (value == "" || v == value) {
			return true
		}
	}
	return false
}
