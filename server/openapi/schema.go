package openapi

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
)

// schemas turns schemas of a document into JSON Schemas that stand alone: references
// are put in place, and one that leads into itself is cut where it comes again.
type schemas struct {
	*resolver
	note func(Place, string)
	// output is for what is answered: without what is writeOnly, else readOnly.
	output bool
	// bytes says that format binary is a value that may travel as a blob.
	bytes bool
	// deepest is the most levels, below which only the type is told.
	deepest int
	// terse leaves descriptions out.
	terse bool
	// left is how many bytes may still be written, roughly, so that a schema that
	// doubles at each level ends as soon as it is too large.
	left int
}

// levels are the depths that are tried, until a schema is small enough.
var levels = []int{16, 6, 4, 3, 2, 1}

const (
	schemaBytes    = 14 // of one with a type alone
	maxDescription = 300
)

// within makes a schema that has at most so many bytes as JSON: where it has more,
// descriptions are left out first, then what lies deepest.
func (m schemas) within(budget int, build func(*schemas) map[string]any) json.RawMessage {
	for _, terse := range []bool{false, true} {
		for _, level := range levels {
			if level == 1 && !terse {
				break // fields without words say more than none
			}
			try := m
			try.deepest, try.left, try.terse = level, budget, terse
			s := build(&try)
			if try.left < 0 {
				continue
			}
			if raw, err := json.Marshal(s); err == nil && len(raw) <= budget {
				return raw
			}
		}
	}
	return nil
}

// types are those of JSON Schema.
var types = []string{"string", "number", "integer", "boolean", "object", "array", "null"}

// of makes the schema of a value. path are the references that lead to it.
func (m *schemas) of(n *node, depth int, path []*node) map[string]any {
	if m.left -= schemaBytes; m.left < 0 || !n.isObject() {
		return map[string]any{}
	}
	if ref := n.get("$ref"); ref != nil {
		return m.referred(n, ref, depth, path)
	}
	out := map[string]any{}
	m.typeOf(n, out)
	m.words(n, out)
	m.limits(n, out)
	m.values(n, out)
	if m.bytes && !m.output && isBytes(n) {
		out["contentEncoding"], out["contentMediaType"] = "base64", "application/octet-stream"
		delete(out, "format")
	}
	if depth >= m.deepest {
		return out
	}
	m.nested(n, out, depth, path)
	return out
}

// isBytes says whether a schema stands for bytes, as OpenAPI 3.0 has it, as 3.1 has it,
// or as Swagger 2.0 had it.
func isBytes(n *node) bool {
	media := n.get("contentMediaType").text()
	text := strings.HasPrefix(media, "text/") || strings.Contains(media, "json") || strings.Contains(media, "xml")
	return n.get("format").text() == "binary" || n.get("type").text() == "file" || media != "" && !text && n.get("contentEncoding") == nil
}

func (m *schemas) referred(n, ref *node, depth int, path []*node) map[string]any {
	name := ref.text()[strings.LastIndexByte(ref.text(), '/')+1:]
	target, err := m.find(ref)
	if err != nil {
		m.note(ref.Place, err.Error()+"; any value is taken there")
		return map[string]any{}
	}
	if slices.Contains(path, target) || len(path) > maxNesting {
		out := map[string]any{}
		m.typeOf(target, out)
		if !m.terse {
			out["description"] = "As " + name + " above, within itself."
		}
		return out
	}
	out := m.of(target, depth, append(slices.Clip(path), target))
	m.words(n, out)
	return out
}

// typeOf tells the type, in one of the ways in which documents do.
func (m *schemas) typeOf(n *node, out map[string]any) {
	var list []any
	add := func(t string) {
		if slices.Contains(types, t) && !slices.Contains(list, any(t)) {
			list = append(list, t)
		}
	}
	if t := n.get("type"); t.isList() {
		for _, one := range t.items {
			add(one.text())
		}
	} else if t != nil {
		switch name := strings.ToLower(t.text()); name {
		case "file":
			add("string")
			out["format"] = "binary"
		case "int", "long":
			add("integer")
		case "float", "double":
			add("number")
		case "bool":
			add("boolean")
		default:
			add(name)
		}
	}
	if len(list) == 0 && n.get("type") == nil {
		switch {
		case n.get("properties").isObject():
			add("object")
		case n.get("items").isObject():
			add("array")
		}
	}
	if len(list) > 0 && n.get("nullable").truth() {
		add("null")
	}
	switch len(list) {
	case 0:
	case 1:
		out["type"] = list[0]
	default:
		out["type"] = list
	}
}

// words are what people read.
func (m *schemas) words(n *node, out map[string]any) {
	for _, key := range []string{"title", "description", "format"} {
		text := strings.TrimSpace(n.get(key).text())
		if text == "" || m.terse && key != "format" {
			continue
		}
		out[key] = shorten(text, maxDescription)
		m.left -= len(key) + min(len(text), maxDescription)
	}
	if n.get("deprecated").truth() {
		out["deprecated"] = true
	}
	if e := n.get("example"); !m.terse && !m.output && e != nil && e.kind == scalar && e.value != nil && len(e.text()) <= 200 && fits(out["type"], e.value) {
		out["examples"] = []any{e.value}
	}
}

// limits of numbers, texts and lists.
func (m *schemas) limits(n *node, out map[string]any) {
	for _, key := range []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"} {
		number, ok := n.get(key).number()
		f, err := number.Float64()
		if !ok || err != nil || math.IsInf(f, 0) || key == "multipleOf" && f <= 0 {
			continue
		}
		out[key] = number
	}
	for key, limit := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		if _, there := out[limit]; there && n.get(key).truth() { // as OpenAPI 3.0 has it
			out[key] = out[limit]
			delete(out, limit)
		}
	}
	for _, key := range []string{"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"} {
		number, ok := n.get(key).number()
		if count, err := number.Int64(); ok && err == nil && count >= 0 {
			out[key] = count
		}
	}
	if n.get("uniqueItems").truth() && out["type"] == "array" {
		out["uniqueItems"] = true
	}
	if p := n.get("pattern"); p.isString() && !m.output && portable(p.text()) {
		out["pattern"] = p.text()
	}
}

// keyword is one of a schema that slipped into a pattern.
var keyword = regexp.MustCompile(`\b(min|max)(Length|Items|imum)\s*:`)

// strange is what not all engines of regular expressions read alike.
var strange = regexp.MustCompile(`\(\?|\\[^dDwWsSbBtnrfv^$\\.*+?()\[\]{}|/]|\[[^\]]*\[`)

// classes are the parts of a pattern that brackets and braces belong into.
var classes = regexp.MustCompile(`\\.|\[(?:\\.|[^\]])*\]|\{\d+(?:,\d*)?\}`)

// portable says whether a pattern means the same to the server and to a script.
func portable(pattern string) bool {
	_, err := regexp.Compile(pattern)
	if err != nil || strange.MatchString(pattern) || keyword.MatchString(pattern) || len(pattern) > 1000 {
		return false
	}
	outside := classes.ReplaceAllString(pattern, "")
	return !strings.ContainsAny(outside, "[]{}")
}

// values are those that a schema names.
func (m *schemas) values(n *node, out map[string]any) {
	if e := n.get("enum"); e.isList() {
		var list []any
		for _, item := range e.items {
			v := coerce(out["type"], item)
			if item.kind != scalar || !fits(out["type"], v) {
				continue
			}
			if !slices.Contains(list, v) {
				list = append(list, v)
			}
		}
		nullable, _ := out["type"].([]any)
		if slices.Contains(nullable, any("null")) && len(list) > 0 && !slices.Contains(list, nil) {
			list = append(list, nil)
		}
		if len(list) > 0 && (!m.terse || !m.output) {
			out["enum"] = list
		}
	}
	if c := n.get("const"); c != nil && c.kind == scalar && c.value != nil {
		out["const"] = c.value
	}
}

// coerce reads a text as the number or truth that the schema asks for.
func coerce(want any, n *node) any {
	switch want {
	case "integer", "number":
		if number, ok := n.number(); ok {
			return number
		}
	case "boolean":
		if text := n.text(); text == "true" || text == "false" {
			return text == "true"
		}
	case "string":
		if n.value != nil {
			return n.text()
		}
	}
	return n.value
}

// fits says whether a scalar is of a type.
func fits(want, v any) bool {
	list, several := want.([]any)
	if !several {
		list = []any{want}
	}
	for _, t := range list {
		switch x := v.(type) {
		case nil:
			if t == "null" {
				return true
			}
		case string:
			if t == "string" {
				return true
			}
		case bool:
			if t == "boolean" {
				return true
			}
		case json.Number:
			if t == "number" || t == "integer" && !strings.ContainsAny(x.String(), ".eE") {
				return true
			}
		}
	}
	return want == nil
}

// nested are the schemas within one.
func (m *schemas) nested(n *node, out map[string]any, depth int, path []*node) {
	hasType := func(t string) bool {
		list, _ := out["type"].([]any)
		return out["type"] == nil || out["type"] == t || slices.Contains(list, any(t))
	}
	if items := n.get("items"); items.isObject() && hasType("array") {
		out["items"] = m.of(items, depth+1, path)
		if enum := out["enum"]; enum != nil && out["type"] == "array" { // meant of the items
			delete(out, "enum")
		}
	}
	if hasType("object") {
		m.properties(n, out, depth, path)
	}
	if not := n.get("not"); not.isObject() && len(not.keys) > 0 {
		if s := m.of(not, depth+1, path); len(s) > 0 {
			out["not"] = s
		}
	}
	for _, key := range []string{"allOf", "oneOf", "anyOf"} {
		m.choices(key, n, out, depth, path)
	}
}

func (m *schemas) choices(key string, n *node, out map[string]any, depth int, path []*node) {
	var list []any
	for _, one := range n.get(key).list() {
		s := m.of(one, depth+1, path)
		if key == "allOf" {
			delete(s, "additionalProperties") // it would forbid what the others bring
		}
		if key == "allOf" && len(s) == 0 {
			continue
		}
		list = append(list, s)
	}
	if len(list) > 0 {
		out[key] = list
	}
}

func (m *schemas) properties(n *node, out map[string]any, depth int, path []*node) {
	fields := map[string]any{}
	hidden := "readOnly"
	if m.output {
		hidden = "writeOnly"
	}
	for _, name := range n.get("properties").names() {
		field := n.at("properties", name)
		if field.get(hidden).truth() {
			continue
		}
		if m.left -= len(name); m.left < 0 {
			return
		}
		fields[name] = m.of(field, depth+1, path)
	}
	var required []any
	for _, r := range n.get("required").list() {
		if name := r.text(); !n.at("properties", name).get(hidden).truth() && r.isString() && !m.output && !slices.Contains(required, any(name)) {
			required = append(required, name)
			if fields[name] == nil && len(n.get("allOf").list()) == 0 && n.get("properties").isObject() {
				fields[name] = map[string]any{} // it must be given, and nothing says what it is
			}
		}
	}
	if len(fields) > 0 {
		out["properties"] = fields
	}
	if len(required) > 0 {
		out["required"] = required
	}
	switch more := n.get("additionalProperties"); {
	case more.isObject() && len(more.keys) > 0:
		out["additionalProperties"] = m.of(more, depth+1, path)
	case more != nil && more.value == false && !m.output:
		out["additionalProperties"] = false
	}
}

// shorten cuts a text at a word.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := strings.ToValidUTF8(text[:most], "")
	if space := strings.LastIndexAny(cut, " \n"); space > most/2 {
		cut = cut[:space]
	}
	return strings.TrimSpace(cut) + "…"
}
