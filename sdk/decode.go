package sdk

import (
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
	if raw = trimmed(raw); len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	d := decoder{host: h}
	d.value(raw, reflect.ValueOf(into).Elem(), nil)
	if len(d.problems) > 0 {
		return badInput(d.problems)
	}
	return nil
}

type decoder struct {
	host     Host
	path     []step // where it is, written out only for a problem
	problems []Problem
}

// step is one step down: to a member or, without a name, to an item.
type step struct {
	name  string
	index int
}

func (d *decoder) fail(message string) {
	at := ""
	for _, s := range d.path {
		if s.name == "" {
			s.name = strconv.Itoa(s.index)
		}
		at = pointer(at, s.name)
	}
	d.problems = append(d.problems, Problem{Pointer: at, Message: message})
}

// value reads raw, which has no blanks around it. The field is nil at the root.
func (d *decoder) value(raw []byte, v reflect.Value, f *field) {
	t := v.Type()
	switch {
	case isNull(raw) && t.Kind() == reflect.Pointer:
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		d.value(raw, v.Elem(), f)
	case t == textType || t == blobType:
		d.content(raw, v)
	case t.Kind() == reflect.Struct && t != timeType:
		d.object(raw, v)
	case t.Kind() == reflect.Slice && t != rawType && t.Elem().Kind() != reflect.Uint8:
		d.list(raw, v, f)
	default:
		d.leaf(raw, v, f)
	}
}

func (d *decoder) object(raw []byte, v reflect.Value) {
	var room [16]member
	list, err := members(raw, room[:0])
	if err != nil {
		d.fail("must be an object")
		return
	}
	fields := fieldsOf(v.Type())
	known := 0
	for i := range fields {
		f := &fields[i]
		raw, given := memberOf(list, f.name)
		if given {
			known++
		}
		d.path = append(d.path, step{name: f.name})
		d.member(raw, given, v, f)
		d.path = d.path[:len(d.path)-1]
	}
	if known < len(list) {
		d.unknown(list, fields)
	}
}

// memberOf finds a member; of several of one name the last counts.
func memberOf(list []member, name string) ([]byte, bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if string(list[i].name) == name {
			return list[i].raw, true
		}
	}
	return nil, false
}

func (d *decoder) member(raw []byte, given bool, v reflect.Value, f *field) {
	// Null stands for "not given": a template in a flow whose source is absent
	// yields null, and can't leave the key out.
	if given && isNull(raw) && f.typ != anyType && f.typ != rawType {
		given = false
	}
	switch {
	case given:
		d.value(raw, v.FieldByIndex(f.index), f)
	case f.def != nil:
		d.value(f.def, v.FieldByIndex(f.index), f)
	case !f.optional:
		d.fail("is required")
	}
}

func (d *decoder) unknown(list []member, fields []field) {
	var names []string
	for _, m := range list {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == string(m.name) }) {
			names = append(names, string(m.name))
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.path = append(d.path, step{name: name})
		d.fail("unknown field " + strconv.Quote(name))
		d.path = d.path[:len(d.path)-1]
	}
}

func (d *decoder) list(raw []byte, v reflect.Value, f *field) {
	if isNull(raw) {
		return
	}
	var room [16][]byte
	list, err := items(raw, room[:0])
	if err != nil {
		d.fail("must be a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, item := range list {
		d.path = append(d.path, step{index: i})
		d.value(item, v.Index(i), f)
		d.path = d.path[:len(d.path)-1]
	}
}

func (d *decoder) content(raw []byte, v reflect.Value) {
	c := v.Addr().Interface().(interface {
		decode(Host, json.RawMessage) error
	})
	if err := c.decode(d.host, raw); err != nil {
		d.fail(err.Error())
	}
}

func (d *decoder) leaf(raw []byte, v reflect.Value, f *field) {
	if err := read(raw, v); err != nil || (isNull(raw) && v.Kind() == reflect.String) {
		d.fail("must be " + describe(v.Type(), err))
		return
	}
	if f == nil {
		return
	}
	if f.enum != nil && v.Kind() == reflect.String && !slices.Contains(f.enum, v.String()) {
		d.fail("must be one of " + strings.Join(f.enum, ", "))
	}
	if f.least == nil && f.most == nil {
		return
	}
	if number, ok := asFloat(v); ok {
		d.bounds(number, f)
	}
}

func (d *decoder) bounds(number float64, f *field) {
	if f.least != nil && number < *f.least {
		d.fail("must be at least " + f.tag.Get("min"))
	}
	if f.most != nil && number > *f.most {
		d.fail("must be at most " + f.tag.Get("max"))
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
	if err != nil && !errors.Is(err, errJSON) && !errors.As(err, &syntax) {
		return "a valid value: " + err.Error()
	}
	return "a valid value"
}

func isNull(raw []byte) bool { return string(raw) == "null" }

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func pointer(at, name string) string { return at + "/" + pointerEscape.Replace(name) }
