package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// decodeInput reads an action's input into a struct: it fills defaults, and
// reports every unknown, missing or mistyped field with its JSON Pointer.
func decodeInput(h Host, raw json.RawMessage, into any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = json.RawMessage("{}")
	}
	d := decoder{host: h}
	d.value("", raw, reflect.ValueOf(into).Elem(), field{})
	if len(d.problems) > 0 {
		return badInput(d.problems)
	}
	return nil
}

type decoder struct {
	host     Host
	problems []Problem
}

func (d *decoder) fail(at, message string) {
	d.problems = append(d.problems, Problem{Pointer: at, Message: message})
}

func (d *decoder) value(at string, raw json.RawMessage, v reflect.Value, f field) {
	t := v.Type()
	switch {
	case isNull(raw) && t.Kind() == reflect.Pointer:
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		d.value(at, raw, v.Elem(), f)
	case t == textType || t == blobType:
		d.content(at, raw, v)
	case t.Kind() == reflect.Struct && t != timeType:
		d.object(at, raw, v)
	case t.Kind() == reflect.Slice && t != rawType && t.Elem().Kind() != reflect.Uint8:
		d.list(at, raw, v, f)
	default:
		d.leaf(at, raw, v, f)
	}
}

func (d *decoder) object(at string, raw json.RawMessage, v reflect.Value) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		d.fail(at, "must be an object")
		return
	}
	fields := fieldsOf(v.Type())
	for _, f := range fields {
		d.member(at, members, v, f)
	}
	d.unknown(at, members, fields)
}

func (d *decoder) member(at string, members map[string]json.RawMessage, v reflect.Value, f field) {
	raw, given := members[f.name]
	// Null stands for "not given": a template in a flow whose source is absent
	// yields null, and can't leave the key out.
	if given && isNull(raw) && f.typ != anyType && f.typ != rawType {
		given = false
	}
	switch {
	case given:
		d.value(pointer(at, f.name), raw, v.FieldByIndex(f.index), f)
	case f.def != nil:
		d.value(pointer(at, f.name), f.def, v.FieldByIndex(f.index), f)
	case !f.optional:
		d.fail(pointer(at, f.name), "is required")
	}
}

func (d *decoder) unknown(at string, members map[string]json.RawMessage, fields []field) {
	var names []string
	for name := range members {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		d.fail(pointer(at, name), "unknown field "+strconv.Quote(name))
	}
}

func (d *decoder) list(at string, raw json.RawMessage, v reflect.Value, f field) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		d.fail(at, "must be a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		d.value(pointer(at, strconv.Itoa(i)), item, v.Index(i), f)
	}
}

func (d *decoder) content(at string, raw json.RawMessage, v reflect.Value) {
	c := v.Addr().Interface().(interface {
		decode(Host, json.RawMessage) error
	})
	if err := c.decode(d.host, raw); err != nil {
		d.fail(at, err.Error())
	}
}

func (d *decoder) leaf(at string, raw json.RawMessage, v reflect.Value, f field) {
	if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil || (isNull(raw) && v.Kind() == reflect.String) {
		d.fail(at, "must be "+describe(v.Type(), err))
		return
	}
	if f.enum != nil && v.Kind() == reflect.String && !slices.Contains(f.enum, v.String()) {
		d.fail(at, "must be one of "+strings.Join(f.enum, ", "))
	}
	if number, ok := asFloat(v); ok {
		d.bounds(at, number, f)
	}
}

func (d *decoder) bounds(at string, number float64, f field) {
	if lowest, err := strconv.ParseFloat(f.tag.Get("min"), 64); err == nil && number < lowest {
		d.fail(at, "must be at least "+f.tag.Get("min"))
	}
	if highest, err := strconv.ParseFloat(f.tag.Get("max"), 64); err == nil && number > highest {
		d.fail(at, "must be at most "+f.tag.Get("max"))
	}
}

func asFloat(v reflect.Value) (float64, bool) {
	switch {
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return 0, false
}

// describe names in JSON's terms what a Go type takes.
func describe(t reflect.Type, err error) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Map:
		return "an object"
	default:
	}
	var syntax *json.SyntaxError
	if err != nil && !errors.As(err, &syntax) {
		return "a valid value: " + err.Error()
	}
	return "a valid value"
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func pointer(at, name string) string { return at + "/" + pointerEscape.Replace(name) }
