package sdk

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// marshal encodes as encoding/json does, but without escaping <, > and &, which
// would make a web page in an output three times as long.
func marshal(v any) ([]byte, error) {
	w := writer{b: make([]byte, 0, 256)}
	err := w.any(v)
	return w.b, err
}

// writer writes JSON by the plans of the types.
type writer struct {
	b []byte
	// full writes lists and maps that are nil as empty ones, because an output's
	// schema promises a list and not null.
	full bool
}

// any writes a value whose type is known only now.
func (w *writer) any(v any) error {
	switch v := v.(type) {
	case nil:
		w.null()
		return nil
	case string:
		w.b = appendText(w.b, v)
		return nil
	case float64:
		var err error
		w.b, err = appendFloat(w.b, v, 64)
		return err
	case bool:
		w.b = strconv.AppendBool(w.b, v)
		return nil
	}
	value := reflect.ValueOf(v)
	if value.Kind() == reflect.Pointer {
		p := value.UnsafePointer()
		return w.value(unsafe.Pointer(&p), planOf(value.Type()))
	}
	place := reflect.New(value.Type())
	place.Elem().Set(value)
	return w.value(place.UnsafePointer(), planOf(value.Type()))
}

func (w *writer) null() { w.b = append(w.b, "null"...) }

// value writes what stands at a place.
func (w *writer) value(p unsafe.Pointer, t *plan) error {
	if t.writes {
		return w.itself(p, t)
	}
	switch t.kind {
	case kindText:
		w.b = appendText(w.b, *(*string)(p))
	case kindBool:
		w.b = strconv.AppendBool(w.b, *(*bool)(p))
	case kindInt:
		w.b = strconv.AppendInt(w.b, intAt(p, t.size), 10)
	case kindUint:
		w.b = strconv.AppendUint(w.b, uintAt(p, t.size), 10)
	case kindFloat:
		return w.float(p, t)
	case kindBytes:
		w.bytes(*(*[]byte)(p))
	case kindRaw:
		return w.raw(*(*[]byte)(p))
	case kindAny:
		return w.any(*(*any)(p))
	case kindPointer:
		if to := *(*unsafe.Pointer)(p); to != nil {
			return w.value(to, t.elem)
		}
		w.null()
	case kindList:
		if from := (*list)(p); from.data != nil || w.full {
			return w.list(from.data, from.len, t)
		}
		w.null()
	case kindArray:
		return w.list(p, t.typ.Len(), t)
	case kindMap:
		return w.table(p, t)
	case kindStruct:
		return w.object(p, t)
	default:
		return w.standard(p, t)
	}
	return nil
}

func intAt(p unsafe.Pointer, size uintptr) int64 {
	switch size {
	case 8:
		return *(*int64)(p)
	case 4:
		return int64(*(*int32)(p))
	case 2:
		return int64(*(*int16)(p))
	}
	return int64(*(*int8)(p))
}

func uintAt(p unsafe.Pointer, size uintptr) uint64 {
	switch size {
	case 8:
		return *(*uint64)(p)
	case 4:
		return uint64(*(*uint32)(p))
	case 2:
		return uint64(*(*uint16)(p))
	}
	return uint64(*(*uint8)(p))
}

func (w *writer) float(p unsafe.Pointer, t *plan) (err error) {
	if t.size == 8 {
		w.b, err = appendFloat(w.b, *(*float64)(p), 64)
	} else {
		w.b, err = appendFloat(w.b, float64(*(*float32)(p)), 32)
	}
	return err
}

func (w *writer) bytes(data []byte) {
	if data == nil && !w.full {
		w.null()
		return
	}
	w.b = append(w.b, '"')
	w.b = base64.StdEncoding.AppendEncode(w.b, data)
	w.b = append(w.b, '"')
}

func (w *writer) raw(raw []byte) error {
	if raw == nil {
		w.null()
		return nil
	}
	if !whole(raw) {
		return errors.New("a raw value is not JSON")
	}
	w.b = append(w.b, raw...)
	return nil
}

// itself lets a type write itself that has a way of its own.
func (w *writer) itself(p unsafe.Pointer, t *plan) error {
	v := t.at(p)
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		if v.IsNil() && w.full {
			v = reflect.New(t.typ).Elem() // what is written is not changed
			if v.Kind() == reflect.Map {
				v.Set(reflect.MakeMap(t.typ))
			} else {
				v.Set(reflect.MakeSlice(t.typ, 0, 0))
			}
		}
	case reflect.Interface:
		if v.IsNil() {
			w.null()
			return nil
		}
	default:
	}
	switch m := v.Addr().Interface().(type) {
	case json.Marshaler:
		raw, err := m.MarshalJSON()
		if err != nil {
			return err
		}
		return w.raw(trimmed(raw))
	case encoding.TextMarshaler:
		text, err := m.MarshalText()
		w.b = appendText(w.b, shared(text))
		return err
	}
	return w.standard(p, t)
}

// standard leaves a value to encoding/json.
func (w *writer) standard(p unsafe.Pointer, t *plan) error {
	raw, err := json.Marshal(t.at(p).Interface())
	if err != nil {
		return fmt.Errorf("a value of type %s has no JSON form: %w", t.typ, err)
	}
	w.b = append(w.b, raw...)
	return nil
}

func (w *writer) list(first unsafe.Pointer, n int, t *plan) error {
	w.b = append(w.b, '[')
	for i := range n {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		if err := w.value(unsafe.Add(first, uintptr(i)*t.elem.size), t.elem); err != nil {
			return err
		}
	}
	w.b = append(w.b, ']')
	return nil
}

func (w *writer) table(p unsafe.Pointer, t *plan) error {
	v := t.at(p)
	if v.IsNil() && !w.full {
		w.null()
		return nil
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
	w.b = append(w.b, '{')
	item := reflect.New(t.elem.typ)
	for i, key := range keys {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(appendText(w.b, key.String()), ':')
		item.Elem().Set(v.MapIndex(key))
		if err := w.value(item.UnsafePointer(), t.elem); err != nil {
			return err
		}
	}
	w.b = append(w.b, '}')
	return nil
}

func (w *writer) object(p unsafe.Pointer, t *plan) error {
	b := append(w.b, '{')
	first := true
	for i := range t.fields {
		f := &t.fields[i]
		at := unsafe.Add(p, f.offset)
		if (f.empty || f.zero) && f.omits(at) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, f.key...)
		if f.plan.kind == kindText && !f.plan.writes {
			b = appendText(b, *(*string)(at))
			continue
		}
		w.b = b
		if err := w.value(at, f.plan); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		b = w.b
	}
	w.b = append(b, '}')
	return nil
}
