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
	d := decoder{host: h, path: make([]step, 0, 8)}
	c := cursor{data: raw}
	err := d.value(&c, reflect.ValueOf(into).Elem(), nil)
	if err == nil {
		err = c.end()
	}
	if err != nil {
		d.problems = []Problem{{Message: "is not JSON"}}
	}
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

// value reads what comes next. The field is nil at the root. Only what is no JSON
// is an error, all else is a problem.
func (d *decoder) value(c *cursor, v reflect.Value, f *field) error {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer && c.peek() == 'n':
		return c.word("null")
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		return d.value(c, v.Elem(), f)
	case t == textType || t == blobType:
		return d.content(c, v)
	case t.Kind() == reflect.Struct && t != timeType:
		return d.object(c, v)
	case t.Kind() == reflect.Slice && t != rawType && t.Elem().Kind() != reflect.Uint8:
		return d.list(c, v, f)
	default:
		return d.leaf(c, v, f)
	}
}

func (d *decoder) object(c *cursor, v reflect.Value) error {
	if c.peek() != '{' {
		d.fail("must be an object")
		_, err := c.take()
		return err
	}
	fields := fieldsOf(v.Type())
	var room [32]bool
	given := room[:]
	if len(fields) > len(room) {
		given = make([]bool, len(fields))
	}
	var unknown []string
	next := 0
	err := c.object(func(name []byte) error {
		i := fieldOf(fields, name, next)
		if i < 0 {
			unknown = append(unknown, string(name))
			_, err := c.take()
			return err
		}
		next = i + 1
		f := &fields[i]
		value := f.of(v)
		if given[i] { // of several of one name the last counts
			value.SetZero()
		}
		// Null stands for "not given": a template in a flow whose source is absent
		// yields null, and can't leave the key out.
		if given[i] = c.peek() != 'n' || f.typ == anyType || f.typ == rawType; !given[i] {
			return c.word("null")
		}
		d.path = append(d.path, step{name: f.name})
		err := d.value(c, value, f)
		d.path = d.path[:len(d.path)-1]
		return err
	})
	if err != nil {
		return err
	}
	for i := range fields {
		if !given[i] {
			d.absent(&fields[i], v)
		}
	}
	slices.Sort(unknown)
	for _, name := range slices.Compact(unknown) {
		d.path = append(d.path, step{name: name})
		d.fail("unknown field " + strconv.Quote(name))
		d.path = d.path[:len(d.path)-1]
	}
	return nil
}

// absent gives a field its default.
func (d *decoder) absent(f *field, v reflect.Value) {
	d.path = append(d.path, step{name: f.name})
	switch {
	case f.def != nil:
		if err := d.value(&cursor{data: f.def}, f.of(v), f); err != nil {
			d.fail("has a default that is not JSON")
		}
	case !f.optional:
		d.fail("is required")
	}
	d.path = d.path[:len(d.path)-1]
}

func (d *decoder) list(c *cursor, v reflect.Value, f *field) error {
	switch c.peek() {
	case 'n':
		return c.word("null")
	case '[':
	default:
		d.fail("must be a list")
		_, err := c.take()
		return err
	}
	return c.items(v, func(item reflect.Value, i int) error {
		d.path = append(d.path, step{index: i})
		err := d.value(c, item, f)
		d.path = d.path[:len(d.path)-1]
		return err
	})
}

func (d *decoder) content(c *cursor, v reflect.Value) error {
	raw, err := c.take()
	if err != nil {
		return err
	}
	value := v.Addr().Interface().(interface {
		decode(Host, json.RawMessage) error
	})
	if err := value.decode(d.host, raw); err != nil {
		d.fail(err.Error())
	}
	return nil
}

func (d *decoder) leaf(c *cursor, v reflect.Value, f *field) error {
	null := c.peek() == 'n'
	before := *c
	if err := c.read(v); err != nil || null && v.Kind() == reflect.String {
		d.fail("must be " + describe(v.Type(), err))
		*c = before
		_, err := c.take()
		return err
	}
	if f == nil {
		return nil
	}
	if f.enum != nil && v.Kind() == reflect.String && !slices.Contains(f.enum, v.String()) {
		d.fail("must be one of " + strings.Join(f.enum, ", "))
	}
	if f.least == nil && f.most == nil {
		return nil
	}
	if number, ok := asFloat(v); ok {
		d.bounds(number, f)
	}
	return nil
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

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

func pointer(at, name string) string { return at + "/" + pointerEscape.Replace(name) }
