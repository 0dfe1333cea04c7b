package sdk

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
)

// read decodes one JSON value into v, as encoding/json does: null leaves a value
// as it is, or makes it nil. Types that read themselves are let do so.
func read(raw []byte, v reflect.Value) error {
	raw = trimmed(raw)
	if len(raw) == 0 {
		return errJSON
	}
	t := v.Type()
	if t == rawType {
		if !whole(raw) {
			return errJSON
		}
		v.SetBytes(append([]byte(nil), raw...))
		return nil
	}
	if readsItself(t) {
		return json.Unmarshal(raw, v.Addr().Interface())
	}
	if raw[0] == 'n' {
		return readNull(raw, v)
	}
	switch v.Kind() {
	case reflect.String:
		s, err := unquote(raw)
		if err == nil {
			v.SetString(s)
		}
		return err
	case reflect.Bool:
		return readBool(raw, v)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || !isNumber(raw) || v.OverflowInt(n) {
			return errJSON
		}
		v.SetInt(n)
		return nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(string(raw), 10, 64)
		if err != nil || !isNumber(raw) || v.OverflowUint(n) {
			return errJSON
		}
		v.SetUint(n)
		return nil
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || !isNumber(raw) || v.OverflowFloat(f) {
			return errJSON
		}
		v.SetFloat(f)
		return nil
	case reflect.Pointer:
		p := reflect.New(t.Elem())
		if err := read(raw, p.Elem()); err != nil {
			return err
		}
		v.Set(p)
		return nil
	case reflect.Slice:
		return readSlice(raw, v)
	case reflect.Map:
		return readMap(raw, v)
	case reflect.Struct:
		return readStruct(raw, v)
	case reflect.Interface:
		if v.NumMethod() > 0 {
			return errors.New("can't be read into " + t.String())
		}
		any, err := readAny(raw)
		if err == nil {
			v.Set(reflect.ValueOf(any))
		}
		return err
	default:
		return json.Unmarshal(raw, v.Addr().Interface()) // arrays and their like
	}
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// readsItself says whether a type has a way of its own to be read.
func readsItself(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64, reflect.Interface, reflect.Pointer:
		if t.PkgPath() == "" {
			return false // a type of the language
		}
	default:
	}
	p := reflect.PointerTo(t)
	return p.Implements(unmarshaler) || p.Implements(textUnmarshaler)
}

// isNumber says whether raw is a JSON number: Go's have more forms.
func isNumber(raw []byte) bool {
	end, err := skipNumber(raw, 0)
	return err == nil && end == len(raw)
}

func readNull(raw []byte, v reflect.Value) error {
	if string(raw) != "null" {
		return errJSON
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		v.SetZero()
	default:
	}
	return nil
}

func readBool(raw []byte, v reflect.Value) error {
	switch string(raw) {
	case "true":
		v.SetBool(true)
	case "false":
		v.SetBool(false)
	default:
		return errJSON
	}
	return nil
}

func readSlice(raw []byte, v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		s, err := unquote(raw)
		if err != nil {
			return err
		}
		b, err := base64.StdEncoding.DecodeString(s)
		if err == nil {
			v.SetBytes(b)
		}
		return err
	}
	var room [16][]byte
	list, err := items(raw, room[:0])
	if err != nil {
		return err
	}
	out := reflect.MakeSlice(v.Type(), len(list), len(list))
	for i, item := range list {
		if err := read(item, out.Index(i)); err != nil {
			return err
		}
	}
	v.Set(out)
	return nil
}

func readMap(raw []byte, v reflect.Value) error {
	t := v.Type()
	if t.Key().Kind() != reflect.String {
		return json.Unmarshal(raw, v.Addr().Interface())
	}
	list, err := members(raw, nil)
	if err != nil {
		return err
	}
	out := reflect.MakeMapWithSize(t, len(list))
	for _, m := range list {
		value := reflect.New(t.Elem()).Elem()
		if err := read(m.raw, value); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(string(m.name)).Convert(t.Key()), value)
	}
	v.Set(out)
	return nil
}

// readStruct reads what it knows and passes over what it doesn't.
func readStruct(raw []byte, v reflect.Value) error {
	var room [16]member
	list, err := members(raw, room[:0])
	if err != nil {
		return err
	}
	fields := fieldsOf(v.Type())
	for _, m := range list {
		for i := range fields {
			if fields[i].name == string(m.name) {
				if err := read(m.raw, v.FieldByIndex(fields[i].index)); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func readAny(raw []byte) (any, error) {
	raw = trimmed(raw)
	if len(raw) == 0 {
		return nil, errJSON
	}
	switch raw[0] {
	case '"':
		return unquote(raw)
	case '{':
		list, err := members(raw, nil)
		if err != nil {
			return nil, err
		}
		out := make(map[string]any, len(list))
		for _, m := range list {
			if out[string(m.name)], err = readAny(m.raw); err != nil {
				return nil, err
			}
		}
		return out, nil
	case '[':
		list, err := items(raw, nil)
		if err != nil {
			return nil, err
		}
		out := make([]any, len(list))
		for i, item := range list {
			if out[i], err = readAny(item); err != nil {
				return nil, err
			}
		}
		return out, nil
	case 't', 'f':
		var b bool
		err := readBool(raw, reflect.ValueOf(&b).Elem())
		return b, err
	case 'n':
		return nil, readNull(raw, reflect.ValueOf(new(any)).Elem())
	}
	if !isNumber(raw) {
		return nil, errJSON
	}
	return strconv.ParseFloat(string(raw), 64)
}

// readJSON is read for a pointer.
func readJSON(raw []byte, into any) error { return read(raw, reflect.ValueOf(into).Elem()) }
