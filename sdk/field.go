package sdk

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// field is what the tags of one struct field say. Schema and decoder read the
// same list, so that they can't disagree.
type field struct {
	name     string
	index    []int
	typ      reflect.Type
	optional bool
	tag      reflect.StructTag
	enum     []string
	def      json.RawMessage // nil without a default
}

var fieldCache sync.Map // reflect.Type -> []field

// fieldsOf lists the JSON fields of a struct in order, embedded ones in place.
func fieldsOf(t reflect.Type) []field {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.([]field)
	}
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		out = append(out, newField(name, opts, i, f))
	}
	fieldCache.Store(t, out)
	return out
}

func newField(name, opts string, i int, f reflect.StructField) field {
	out := field{name: name, index: []int{i}, typ: f.Type, tag: f.Tag}
	if e := f.Tag.Get("enum"); e != "" {
		out.enum = strings.Split(e, ",")
	}
	if d, ok := f.Tag.Lookup("default"); ok {
		out.def = literal(d, f.Type)
	}
	out.optional = strings.Contains(opts, "omit") || f.Tag.Get("optional") == "true" ||
		out.def != nil || f.Type.Kind() == reflect.Pointer
	return out
}

// literal reads a tag's text as a value of type t: text for strings, JSON for
// all else.
func literal(s string, t reflect.Type) json.RawMessage {
	if t.Kind() == reflect.String || t == textType || t == blobType {
		return mustJSON(s)
	}
	if !json.Valid([]byte(s)) {
		panic("sdk: the tag value " + s + " is not JSON for a field of type " + t.String())
	}
	return json.RawMessage(s)
}
