package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// schema is a JSON Schema node that keeps the order of its keys, so that forms
// show fields as the author wrote them and a manifest's bytes are stable.
type schema struct {
	keys   []string
	values []any
}

func (s *schema) set(key string, value any) *schema {
	s.keys, s.values = append(s.keys, key), append(s.values, value)
	return s
}

// MarshalJSON writes the keys in the order they were set.
func (s *schema) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, k := range s.keys {
		if i > 0 {
			out.WriteByte(',')
		}
		value, err := marshal(s.values[i])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "%q:", k)
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	rawType    = reflect.TypeFor[json.RawMessage]()
	anyType    = reflect.TypeFor[any]()
	numberType = reflect.TypeFor[json.Number]()
)

// schemaOf makes the schema of a Go type. Input schemas are closed: a field
// they do not name is an error; output schemas may be added to.
func schemaOf(t reflect.Type, input bool) *schema {
	b := schemaBuilder{input: input, open: map[reflect.Type]bool{}}
	return b.of(t)
}

type schemaBuilder struct {
	input bool
	open  map[reflect.Type]bool
}

func (b *schemaBuilder) of(t reflect.Type) *schema {
	s := &schema{}
	switch t {
	case timeType:
		return s.set("type", "string").set("format", "date-time")
	case rawType, anyType:
		return s
	case textType:
		// A string for forms; contentMediaType tells the host that a reference to
		// a blob may stand in its place.
		return s.set("type", "string")
	case blobType:
		// The host decodes what it moves into a blob, as the inline form is here.
		return s.set("type", "string").set("contentEncoding", "base64")
	}
	if t == numberType {
		return s.set("type", "number")
	}
	if to := reflect.PointerTo(t); t.Kind() == reflect.Struct && to.Implements(unmarshaler) {
		return s // of what shape, it alone knows
	} else if t.Kind() == reflect.Struct && to.Implements(textUnmarshaler) {
		return s.set("type", "string")
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.nullable(b.of(t.Elem()))
	case reflect.String:
		return s.set("type", "string")
	case reflect.Bool:
		return s.set("type", "boolean")
	case reflect.Float32, reflect.Float64:
		return s.set("type", "number")
	case reflect.Slice, reflect.Array:
		return s.set("type", "array").set("items", b.of(t.Elem()))
	case reflect.Map:
		return s.set("type", "object").set("additionalProperties", b.of(t.Elem()))
	case reflect.Struct:
		return b.object(s, t)
	case reflect.Interface, reflect.Invalid, reflect.Complex64, reflect.Complex128, reflect.Chan,
		reflect.Func, reflect.UnsafePointer, reflect.Uintptr:
		panic("sdk: a field can't have the type " + t.String())
	default:
		return s.set("type", "integer")
	}
}

// nullable allows null in outputs, where a nil pointer is written as null. An
// absent input may be null too, but its schema stays plain for the form.
func (b *schemaBuilder) nullable(s *schema) *schema {
	if b.input || len(s.keys) == 0 || s.keys[0] != "type" {
		return s
	}
	if name, ok := s.values[0].(string); ok {
		s.values[0] = []string{name, "null"}
	}
	return s
}

func (b *schemaBuilder) object(s *schema, t reflect.Type) *schema {
	s.set("type", "object")
	if b.open[t] {
		return s // a type inside itself: any object, because a form can't unroll it
	}
	b.open[t] = true
	defer delete(b.open, t)
	properties, required := &schema{}, []string{}
	for _, f := range fieldsOf(t) {
		properties.set(f.name, b.property(f))
		if !f.optional || (!b.input && f.typ.Kind() == reflect.Pointer) {
			required = append(required, f.name)
		}
	}
	s.set("properties", properties)
	if len(required) > 0 {
		s.set("required", required)
	}
	if b.input {
		s.set("additionalProperties", false)
	}
	return s
}

// plainTags are copied into the schema as they are.
var plainTags = []struct{ tag, key string }{
	{"title", "title"},
	{"doc", "description"},
	{"format", "format"},
	{"media", "contentMediaType"},
	{"encoding", "contentEncoding"},
}

func (b *schemaBuilder) property(f field) *schema {
	s := b.of(f.typ)
	for _, p := range plainTags {
		if v := f.tag.Get(p.tag); v != "" {
			s.set(p.key, v)
		}
	}
	if (f.typ == textType || f.typ == blobType) && f.tag.Get("media") == "" {
		s.set("contentMediaType", "application/octet-stream")
	}
	if f.enum != nil {
		b.target(s, f).set("enum", f.enum)
	}
	if f.def != nil {
		s.set("default", f.def)
	}
	if e := f.tag.Get("example"); e != "" {
		s.set("examples", []json.RawMessage{literal(e, f.typ)})
	}
	if o := f.tag.Get("options"); o != "" {
		b.target(s, f).set("x-options", optionsOf(o))
	}
	for _, p := range []struct{ tag, key string }{{"min", "minimum"}, {"max", "maximum"}} {
		if v := f.tag.Get(p.tag); v != "" {
			s.set(p.key, json.RawMessage(v))
		}
	}
	return s
}

// optionsOf reads the tag options: the id of the action that lists the values, then
// value=FIELD, label=FIELD, and name=VALUE for each parameter of that action.
func optionsOf(tag string) *schema {
	words := strings.Fields(tag)
	s, with := (&schema{}).set("action", words[0]), &schema{}
	for _, word := range words[1:] {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "value", "label":
			s.set(name, value)
		default:
			with.set(name, value)
		}
	}
	if len(with.keys) > 0 {
		s.set("with", with)
	}
	return s
}

// target is where an enum belongs: on the items of a list, else on the field.
func (b *schemaBuilder) target(s *schema, f field) *schema {
	if f.typ.Kind() != reflect.Slice {
		return s
	}
	for i, k := range s.keys {
		if k == "items" {
			return s.values[i].(*schema)
		}
	}
	return s
}
