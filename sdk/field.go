package sdk

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// field is what the tags of one struct field say. Schema and decoder read the
// same list, so that they can't disagree.
type field struct {
	name     string
	offset   uintptr // in the struct
	depth    int     // how many embedded structs it lies in
	typ      reflect.Type
	plan     *plan
	optional bool
	key      []byte // its name and a colon, as JSON
	empty    bool   // omitempty
	zero     bool   // omitzero
	tag      reflect.StructTag
	enum     []string
	def      json.RawMessage // nil without a default
	least    *float64        // of a number, by the tags min and max
	most     *float64
	checked  bool // there is more to check than the type
}

// fieldsOf lists the JSON fields of a struct in order, embedded ones in place.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			for _, inner := range fieldsOf(f.Type) {
				inner.offset += f.Offset
				inner.depth++
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
		out = append(out, newField(t, name, opts, f))
	}
	return shallowest(out)
}

// shallowest leaves of fields of one name the one that is embedded least, and none
// where there are two such, as the language does.
func shallowest(fields []field) []field {
	return slices.DeleteFunc(slices.Clone(fields), func(f field) bool {
		return slices.ContainsFunc(fields, func(o field) bool {
			return o.name == f.name && (o.depth < f.depth || o.depth == f.depth && o.offset != f.offset)
		})
	})
}

// beyond says whether a struct has fields that only encoding/json knows how to
// treat: embedded pointers, and numbers in quotes.
func beyond(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Pointer || slices.Contains(strings.Split(opts, ","), "string") {
			return true
		}
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct && beyond(f.Type) {
			return true
		}
	}
	return false
}

func newField(of reflect.Type, name, opts string, f reflect.StructField) field {
	out := field{
		name: name, offset: f.Offset, typ: f.Type, tag: f.Tag, key: append(appendText(nil, name), ':'),
		empty: strings.Contains(opts, "omitempty"), zero: strings.Contains(opts, "omitzero"),
	}
	if e := f.Tag.Get("enum"); e != "" {
		out.enum = strings.Split(e, ",")
	}
	for _, tag := range []string{"default", "example"} {
		if text, ok := f.Tag.Lookup(tag); ok && !isValue(text, f.Type) {
			panic(fmt.Sprintf("sdk: the field %s of %s: the %s %q is no value of the type %s", f.Name, of, tag, text, f.Type))
		}
	}
	if d, ok := f.Tag.Lookup("default"); ok {
		out.def = literal(d, f.Type)
	}
	out.least, out.most = bound(f.Tag.Get("min")), bound(f.Tag.Get("max"))
	out.checked = out.enum != nil || out.least != nil || out.most != nil
	out.optional = strings.Contains(opts, "omit") || f.Tag.Get("optional") == "true" ||
		out.def != nil || f.Type.Kind() == reflect.Pointer
	return out
}

func bound(text string) *float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil
	}
	return &n
}

// literal reads a tag's text as a value of type t: text for strings, JSON for
// all else.
func literal(s string, t reflect.Type) json.RawMessage {
	if t.Kind() == reflect.String || t == textType || t == blobType {
		return mustJSON(s)
	}
	return json.RawMessage(s)
}

// isValue says whether the text of a tag is a value of a type, or may be.
func isValue(s string, t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch kind := t.Kind(); {
	case kind == reflect.String || t == textType || t == blobType:
		return true
	case kind >= reflect.Bool && kind <= reflect.Float64:
		return json.Unmarshal([]byte(s), reflect.New(t).Interface()) == nil
	}
	return json.Valid([]byte(s))
}

// omits says whether a field is left out of what is written.
func (f *field) omits(p unsafe.Pointer) bool {
	if f.empty {
		switch f.plan.kind {
		case kindText:
			return *(*string)(p) == ""
		case kindList, kindBytes, kindRaw:
			return (*list)(p).len == 0
		case kindPointer:
			return *(*unsafe.Pointer)(p) == nil
		case kindStruct, kindContent:
		case kindMap, kindArray:
			if f.plan.at(p).Len() == 0 {
				return true
			}
		default:
			if f.plan.at(p).IsZero() && f.plan.typ.Kind() != reflect.Struct {
				return true
			}
		}
	}
	if !f.zero {
		return false
	}
	v := f.plan.at(p)
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return true
	}
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}
