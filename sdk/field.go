package sdk

import (
	"encoding/json"
	"reflect"
	"strconv"
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
	key      []byte // its name and a colon, as JSON
	empty    bool   // omitempty
	zero     bool   // omitzero
	tag      reflect.StructTag
	enum     []string
	def      json.RawMessage // nil without a default
	least    *float64        // of a number, by the tags min and max
	most     *float64
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
	out := field{
		name: name, index: []int{i}, typ: f.Type, tag: f.Tag, key: append(appendText(nil, name), ':'),
		empty: strings.Contains(opts, "omitempty"), zero: strings.Contains(opts, "omitzero"),
	}
	if e := f.Tag.Get("enum"); e != "" {
		out.enum = strings.Split(e, ",")
	}
	if d, ok := f.Tag.Lookup("default"); ok {
		out.def = literal(d, f.Type)
	}
	out.least, out.most = bound(f.Tag.Get("min")), bound(f.Tag.Get("max"))
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
	if !json.Valid([]byte(s)) {
		panic("sdk: the tag value " + s + " is not JSON for a field of type " + t.String())
	}
	return json.RawMessage(s)
}

// of is the field's value in a struct.
func (f *field) of(v reflect.Value) reflect.Value {
	if len(f.index) == 1 {
		return v.Field(f.index[0])
	}
	return v.FieldByIndex(f.index)
}

// omits says whether a field is left out of what is written.
func (f *field) omits(v reflect.Value) bool {
	if f.empty {
		switch v.Kind() {
		case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
			if v.Len() == 0 {
				return true
			}
		case reflect.Struct:
		default:
			if v.IsZero() {
				return true
			}
		}
	}
	if !f.zero {
		return false
	}
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

// form is how values of a type are written and read.
type form struct {
	writes        bool // by its own methods
	writesPointer bool // by those of a pointer to it
	reads         bool // by its own methods
}

var formCache sync.Map // reflect.Type -> form

func formOf(t reflect.Type) form {
	if known, ok := formCache.Load(t); ok {
		return known.(form) //nolint:forcetypeassert // the cache has nothing else
	}
	p := reflect.PointerTo(t)
	f := form{
		writes: t.Implements(marshaler) || t.Implements(textMarshaler),
		reads:  p.Implements(unmarshaler) || p.Implements(textUnmarshaler),
	}
	f.writesPointer = !f.writes && t.Kind() != reflect.Pointer && (p.Implements(marshaler) || p.Implements(textMarshaler))
	formCache.Store(t, f)
	return f
}
