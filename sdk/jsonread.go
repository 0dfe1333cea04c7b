package sdk

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
)

// read decodes the value that comes next into v, as encoding/json does: null
// leaves a value as it is, or makes it nil. Types that read themselves are let do
// so.
func (c *cursor) read(v reflect.Value) error {
	t := v.Type()
	if t == rawType {
		raw, err := c.take()
		if err == nil {
			v.SetBytes(append([]byte(nil), raw...))
		}
		return err
	}
	if readsItself(t) {
		return c.standard(v)
	}
	if c.peek() == 'n' {
		return c.readNull(v)
	}
	switch v.Kind() {
	case reflect.String:
		s, err := c.text()
		if err == nil {
			v.SetString(string(s))
		}
		return err
	case reflect.Bool:
		return c.readBool(v)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		raw, err := c.number()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || v.OverflowInt(n) {
			return errJSON
		}
		v.SetInt(n)
		return nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		raw, err := c.number()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(raw), 10, 64)
		if err != nil || v.OverflowUint(n) {
			return errJSON
		}
		v.SetUint(n)
		return nil
	case reflect.Float32, reflect.Float64:
		raw, err := c.number()
		if err != nil {
			return err
		}
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || v.OverflowFloat(f) {
			return errJSON
		}
		v.SetFloat(f)
		return nil
	case reflect.Pointer:
		p := reflect.New(t.Elem())
		if err := c.read(p.Elem()); err != nil {
			return err
		}
		v.Set(p)
		return nil
	case reflect.Slice:
		return c.readSlice(v)
	case reflect.Map:
		return c.readMap(v)
	case reflect.Struct:
		return c.readStruct(v)
	case reflect.Interface:
		if v.NumMethod() > 0 {
			return errors.New("can't be read into " + t.String())
		}
		any, err := c.readAny()
		if err == nil {
			v.Set(reflect.ValueOf(any))
		}
		return err
	default:
		return c.standard(v) // arrays and their like
	}
}

// standard leaves a value to encoding/json.
func (c *cursor) standard(v reflect.Value) error {
	raw, err := c.take()
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v.Addr().Interface())
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// readsItself says whether a type has a way of its own to be read.
func readsItself(t reflect.Type) bool {
	if t.PkgPath() == "" && t.Kind() != reflect.Struct {
		return false // of the language, or made of other types
	}
	return formOf(t).reads
}

func (c *cursor) readNull(v reflect.Value) error {
	if err := c.word("null"); err != nil {
		return err
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		v.SetZero()
	default:
	}
	return nil
}

func (c *cursor) readBool(v reflect.Value) error {
	if c.peek() == 't' {
		v.SetBool(true)
		return c.word("true")
	}
	v.SetBool(false)
	return c.word("false")
}

func (c *cursor) readSlice(v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		s, err := c.text()
		if err != nil {
			return err
		}
		b, err := base64.StdEncoding.DecodeString(string(s))
		if err == nil {
			v.SetBytes(b)
		}
		return err
	}
	return c.items(v, func(item reflect.Value, _ int) error { return c.read(item) })
}

// items reads a list into a slice, item by item.
func (c *cursor) items(v reflect.Value, read func(item reflect.Value, i int) error) error {
	n := 0
	err := c.list(func() error {
		if n == v.Cap() {
			v.Grow(max(4, n)) // from four on it doubles
		}
		if n++; n > v.Len() {
			v.SetLen(n)
		}
		item := v.Index(n - 1)
		item.SetZero()
		return read(item, n-1)
	})
	if err != nil {
		return err
	}
	if v.SetLen(n); n == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return nil
}

func (c *cursor) readMap(v reflect.Value) error {
	t := v.Type()
	if t.Key().Kind() != reflect.String {
		return c.standard(v)
	}
	out := reflect.MakeMap(t)
	err := c.object(func(name []byte) error {
		value := reflect.New(t.Elem()).Elem()
		if err := c.read(value); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(string(name)).Convert(t.Key()), value)
		return nil
	})
	if err == nil {
		v.Set(out)
	}
	return err
}

// readStruct reads what it knows and passes over what it doesn't.
func (c *cursor) readStruct(v reflect.Value) error {
	fields := fieldsOf(v.Type())
	next := 0
	return c.object(func(name []byte) error {
		i := fieldOf(fields, name, next)
		if i < 0 {
			_, err := c.take()
			return err
		}
		next = i + 1
		return c.read(fields[i].of(v))
	})
}

// fieldOf looks a field up by name, the likeliest one first; -1 is none.
func fieldOf(fields []field, name []byte, likely int) int {
	if likely < len(fields) && fields[likely].name == string(name) {
		return likely
	}
	for i := range fields {
		if fields[i].name == string(name) {
			return i
		}
	}
	return -1
}

func (c *cursor) readAny() (any, error) {
	switch c.peek() {
	case '"':
		s, err := c.text()
		return string(s), err
	case '{':
		out := map[string]any{}
		err := c.object(func(name []byte) error {
			value, err := c.readAny()
			out[string(name)] = value
			return err
		})
		return out, err
	case '[':
		out := []any{}
		err := c.list(func() error {
			value, err := c.readAny()
			out = append(out, value)
			return err
		})
		return out, err
	case 't':
		return true, c.word("true")
	case 'f':
		return false, c.word("false")
	case 'n':
		return nil, c.word("null")
	}
	raw, err := c.number()
	if err != nil {
		return nil, err
	}
	return strconv.ParseFloat(string(raw), 64)
}

// readJSON decodes one JSON value into what a pointer points to.
func readJSON(raw []byte, into any) error {
	c := cursor{data: raw}
	if err := c.read(reflect.ValueOf(into).Elem()); err != nil {
		return err
	}
	return c.end()
}
