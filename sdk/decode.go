package sdk

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// decodeInput reads an action's input into a struct: it fills defaults, and
// reports every unknown, missing or mistyped field with its JSON Pointer.
func decodeInput(h Host, raw json.RawMessage, into unsafe.Pointer, t *plan) error {
	if raw = trimmed(raw); len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	r := reader{cursor: cursor{data: raw}, strict: true, host: h}
	err := r.value(into, t, nil)
	if err == nil {
		err = r.end()
	}
	if err != nil {
		r.problems = []Problem{{Message: "is not JSON"}}
	}
	if len(r.problems) > 0 {
		return badInput(r.problems)
	}
	return nil
}

// step is one step down: to a member or, without a name, to an item.
type step struct {
	name  string
	index int
}

func (r *reader) fail(message string) {
	at := ""
	for _, s := range r.path {
		if s.name == "" {
			s.name = strconv.Itoa(s.index)
		}
		at = pointer(at, s.name)
	}
	r.problems = append(r.problems, Problem{Pointer: at, Message: message})
}

// checked reads strictly. Only what is no JSON is an error, all else is a problem.
func (r *reader) checked(p unsafe.Pointer, t *plan, f *field) error {
	switch t.kind {
	case kindPointer:
		if r.peek() == 'n' {
			return r.word("null")
		}
		return r.checked(r.fresh(p, t), t.elem, f)
	case kindContent:
		return r.content(p, t)
	case kindStruct:
		if t.reads {
			return r.checkedLeaf(p, t, f)
		}
		if r.peek() == '{' {
			return r.object(p, t)
		}
		r.fail("must be an object")
		_, err := r.take()
		return err
	case kindList:
		switch r.peek() {
		case '[':
			return r.list(p, t, f)
		case 'n':
			return r.word("null")
		}
		r.fail("must be a list")
		_, err := r.take()
		return err
	default:
		return r.checkedLeaf(p, t, f)
	}
}

// object reads the members of an object into the fields of a struct.
func (r *reader) object(p unsafe.Pointer, t *plan) error {
	var room [1]uint64
	given := room[:]
	if len(t.fields) > 64 {
		given = make([]uint64, len(t.fields)/64+1)
	}
	var unknown []string
	more, err := r.open('{', '}')
	for likely := 0; more && err == nil; {
		var i int
		var name []byte
		if i, name, err = r.member(t.fields, likely); err != nil {
			return err
		}
		switch {
		case i < 0:
			if r.strict {
				unknown = append(unknown, string(name))
			}
			_, err = r.take()
		case r.strict:
			err = r.given(p, &t.fields[i], &given[i>>6], uint64(1)<<(i&63))
		default:
			err = r.value(unsafe.Add(p, t.fields[i].offset), t.fields[i].plan, nil)
		}
		if likely = i + 1; err == nil {
			more, err = r.next('}')
		}
	}
	if err != nil || !r.strict {
		return err
	}
	for i := range t.fields {
		if given[i>>6]&(1<<(i&63)) == 0 {
			r.absent(p, &t.fields[i])
		}
	}
	slices.Sort(unknown)
	for _, name := range slices.Compact(unknown) {
		r.path = append(r.path, step{name: name})
		r.fail("unknown field " + strconv.Quote(name))
		r.path = r.path[:len(r.path)-1]
	}
	return nil
}

// member reads a name and finds its field, the likeliest one first; -1 is none.
func (r *reader) member(fields []field, likely int) (int, []byte, error) {
	if likely < len(fields) {
		key := fields[likely].key
		from := space(r.data, r.at)
		if end := from + len(key); end <= len(r.data) && string(r.data[from:end]) == string(key) {
			r.at = end
			return likely, nil, nil
		}
	}
	name, err := r.name()
	if err != nil {
		return -1, nil, err
	}
	for i := range fields {
		if fields[i].name == string(name) {
			return i, name, nil
		}
	}
	return -1, name, nil
}

// given reads a field of an input.
func (r *reader) given(p unsafe.Pointer, f *field, seen *uint64, bit uint64) error {
	p = unsafe.Add(p, f.offset)
	c := r.peek()
	if *seen&bit != 0 { // of several of one name the last counts
		f.plan.at(p).SetZero()
	}
	// Null stands for "not given": a template in a flow whose source is absent
	// yields null, and can't leave the key out.
	if c == 'n' && f.plan.kind != kindAny && f.plan.kind != kindRaw {
		*seen &^= bit
		return r.word("null")
	}
	*seen |= bit
	if c == '"' && f.plan.kind == kindText && !f.plan.reads && !f.checked {
		s, err := r.text()
		*(*string)(p) = shared(s)
		return err
	}
	r.path = append(r.path, step{name: f.name})
	err := r.checked(p, f.plan, f)
	r.path = r.path[:len(r.path)-1]
	return err
}

// absent gives a field its default.
func (r *reader) absent(p unsafe.Pointer, f *field) {
	switch {
	case f.def != nil:
		r.path = append(r.path, step{name: f.name})
		d := reader{cursor: cursor{data: f.def}, strict: true, host: r.host, path: r.path}
		if err := d.checked(unsafe.Add(p, f.offset), f.plan, f); err != nil {
			d.fail("has a default that is not JSON")
		}
		r.problems = append(r.problems, d.problems...)
	case !f.optional:
		r.path = append(r.path, step{name: f.name})
		r.fail("is required")
	default:
		return
	}
	r.path = r.path[:len(r.path)-1]
}

// item reads one item of a list.
func (r *reader) item(p unsafe.Pointer, t *plan, f *field, i int) error {
	r.path = append(r.path, step{index: i})
	err := r.checked(p, t, f)
	r.path = r.path[:len(r.path)-1]
	return err
}

func (r *reader) content(p unsafe.Pointer, t *plan) error {
	raw, err := r.take()
	if err != nil {
		return err
	}
	value := t.at(p).Addr().Interface().(interface {
		decode(Host, json.RawMessage) error
	})
	if err := value.decode(r.host, raw); err != nil {
		r.fail(err.Error())
	}
	return nil
}

// checkedLeaf reads what has no fields of its own to check, and so not strictly.
func (r *reader) checkedLeaf(p unsafe.Pointer, t *plan, f *field) error {
	null := r.peek() == 'n'
	before := r.cursor
	r.strict = false
	err := r.leaf(p, t)
	r.strict = true
	if err != nil || null && t.typ.Kind() == reflect.String {
		r.fail("must be " + describe(t.typ, err))
		r.cursor = before
		_, err := r.take()
		return err
	}
	if f == nil || !f.checked {
		return nil
	}
	v := t.at(p)
	if f.enum != nil && v.Kind() == reflect.String && !slices.Contains(f.enum, v.String()) {
		r.fail("must be one of " + strings.Join(f.enum, ", "))
	}
	if number, ok := asFloat(v); ok {
		r.bounds(number, f)
	}
	return nil
}

func (r *reader) bounds(number float64, f *field) {
	if f.least != nil && number < *f.least {
		r.fail("must be at least " + f.tag.Get("min"))
	}
	if f.most != nil && number > *f.most {
		r.fail("must be at most " + f.tag.Get("max"))
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
