package sdk

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"unsafe"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// reader reads JSON into values by the plans of their types.
type reader struct {
	cursor
	// strict reading is that of an action's input: see decode.go.
	strict bool
	// own says that what is read stays within the SDK, which changes no raw value.
	own      bool
	host     Host
	path     []step // where it is, written out only for a problem
	problems []Problem
}

// readJSON decodes one JSON value into what a pointer points to, as encoding/json
// does: null leaves a value as it is, or makes it nil, and what a struct does not
// know is passed over.
func readJSON(raw []byte, into any) error {
	v := reflect.ValueOf(into)
	r := reader{cursor: cursor{data: raw}}
	if err := r.value(v.UnsafePointer(), planOf(v.Type().Elem()), nil); err != nil {
		return err
	}
	return r.end()
}

// requestPlan is how a request of the host is read.
var requestPlan = planOf(reflect.TypeFor[abi.Request]())

// readRequest decodes a request. Its input and configuration lie in it.
func readRequest(raw []byte, into *abi.Request) error {
	r := reader{cursor: cursor{data: raw}, own: true}
	if err := r.value(unsafe.Pointer(into), requestPlan, nil); err != nil {
		return err
	}
	return r.end()
}

// value reads what comes next to a place. The field, where there is one, says
// what else has to hold.
func (r *reader) value(p unsafe.Pointer, t *plan, f *field) error {
	switch {
	case r.strict:
		return r.checked(p, t, f)
	case t.kind == kindRaw:
		return r.raw(p)
	case t.reads:
		return r.standard(p, t)
	case r.peek() == 'n':
		return r.null(p, t)
	}
	switch t.kind {
	case kindPointer:
		return r.value(r.fresh(p, t), t.elem, f)
	case kindStruct:
		return r.object(p, t)
	case kindList:
		return r.list(p, t, f)
	case kindContent:
		return r.content(p, t)
	default:
		return r.leaf(p, t)
	}
}

// raw keeps a copy: its owner may change it, and the texts beside it lie in place.
func (r *reader) raw(p unsafe.Pointer) error {
	raw, err := r.take()
	if !r.own {
		raw = bytes.Clone(raw)
	}
	*(*[]byte)(p) = raw
	return err
}

// fresh makes what a pointer points to.
func (r *reader) fresh(p unsafe.Pointer, t *plan) unsafe.Pointer {
	made := reflect.New(t.elem.typ).UnsafePointer()
	*(*unsafe.Pointer)(p) = made
	return made
}

// leaf reads what is no struct, list or pointer.
func (r *reader) leaf(p unsafe.Pointer, t *plan) (err error) {
	if t.reads {
		return r.standard(p, t)
	}
	if t.kind == kindRaw {
		return r.raw(p)
	}
	c := r.peek()
	if c == 'n' {
		return r.null(p, t)
	}
	switch t.kind {
	case kindText:
		var s []byte
		if s, err = r.text(); err == nil {
			*(*string)(p) = shared(s)
		}
	case kindBool:
		if *(*bool)(p) = c == 't'; c == 't' {
			return r.word("true")
		}
		return r.word("false")
	case kindInt:
		return r.intTo(p, t)
	case kindUint:
		return r.uintTo(p, t)
	case kindFloat:
		return r.floatTo(p, t)
	case kindBytes:
		var s []byte
		if s, err = r.text(); err == nil {
			*(*[]byte)(p), err = base64.StdEncoding.DecodeString(shared(s))
		}
	case kindAny:
		*(*any)(p), err = r.any()
	case kindMap:
		return r.table(p, t)
	default:
		return r.standard(p, t) // arrays and their like
	}
	return err
}

func (r *reader) intTo(p unsafe.Pointer, t *plan) error {
	n, err := r.integer()
	if err != nil {
		return err
	}
	switch {
	case t.size == 8:
		*(*int64)(p) = n
	case t.size == 4 && n == int64(int32(n)):
		*(*int32)(p) = int32(n)
	case t.size == 2 && n == int64(int16(n)):
		*(*int16)(p) = int16(n)
	case t.size == 1 && n == int64(int8(n)):
		*(*int8)(p) = int8(n)
	default:
		return errJSON
	}
	return nil
}

func (r *reader) uintTo(p unsafe.Pointer, t *plan) error {
	n, err := r.unsigned()
	if err != nil {
		return err
	}
	switch {
	case t.size == 8:
		*(*uint64)(p) = n
	case t.size == 4 && n == uint64(uint32(n)):
		*(*uint32)(p) = uint32(n)
	case t.size == 2 && n == uint64(uint16(n)):
		*(*uint16)(p) = uint16(n)
	case t.size == 1 && n == uint64(uint8(n)):
		*(*uint8)(p) = uint8(n)
	default:
		return errJSON
	}
	return nil
}

func (r *reader) floatTo(p unsafe.Pointer, t *plan) error {
	n, err := r.float()
	if err != nil {
		return err
	}
	if t.size == 8 {
		*(*float64)(p) = n
		return nil
	}
	if v := t.at(p); !v.OverflowFloat(n) {
		*(*float32)(p) = float32(n)
		return nil
	}
	return errJSON
}

// standard leaves a value to encoding/json: types that read themselves, and rare
// ones.
func (r *reader) standard(p unsafe.Pointer, t *plan) error {
	raw, err := r.take()
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, t.at(p).Addr().Interface())
}

func (r *reader) null(p unsafe.Pointer, t *plan) error {
	if err := r.word("null"); err != nil {
		return err
	}
	switch t.kind {
	case kindPointer, kindList, kindBytes, kindMap, kindAny:
		t.at(p).SetZero()
	default:
	}
	return nil
}

// open passes over the bracket that begins an object or a list. more is false
// where that is empty and already behind.
func (r *reader) open(first, last byte) (more bool, err error) {
	if r.peek() != first || r.depth > maxNesting {
		return false, errJSON
	}
	r.at++
	if r.peek() == last {
		r.at++
		return false, nil
	}
	r.depth++
	return true, nil
}

// next says whether one more follows, and passes over the comma or the bracket.
func (r *reader) next(last byte) (bool, error) {
	switch r.peek() {
	case ',':
		r.at++
		return true, nil
	case last:
		r.at++
		r.depth--
		return false, nil
	}
	return false, errJSON
}

// name reads the name of a member and its colon.
func (r *reader) name() ([]byte, error) {
	name, err := r.text()
	if err != nil {
		return nil, err
	}
	if r.peek() != ':' {
		return nil, errJSON
	}
	r.at++
	return name, nil
}

// list reads a list into a slice, item by item.
func (r *reader) list(p unsafe.Pointer, t *plan, f *field) error {
	to := (*list)(p)
	*to = list{}
	more, err := r.open('[', ']')
	if err == nil && !more {
		t.at(p).Set(reflect.MakeSlice(t.typ, 0, 0))
	}
	n := 0
	for ; more && err == nil; n++ {
		if n == to.cap {
			t.at(p).Grow(max(4, n)) // from four on it doubles
		}
		to.len = n + 1
		item := unsafe.Add(to.data, uintptr(n)*t.elem.size)
		if t.elem.kind == kindText && !t.elem.reads && (f == nil || !f.checked) && r.peek() == '"' {
			var s []byte
			if s, err = r.text(); err == nil {
				*(*string)(item) = shared(s)
			}
		} else if r.strict {
			err = r.item(item, t.elem, f, n)
		} else {
			err = r.value(item, t.elem, nil)
		}
		if err == nil {
			more, err = r.next(']')
		}
	}
	return err
}

// table reads an object into a map.
func (r *reader) table(p unsafe.Pointer, t *plan) error {
	out := reflect.MakeMap(t.typ)
	more, err := r.open('{', '}')
	for more && err == nil {
		var name []byte
		if name, err = r.name(); err != nil {
			return err
		}
		value := reflect.New(t.elem.typ)
		if err = r.value(value.UnsafePointer(), t.elem, nil); err == nil {
			out.SetMapIndex(reflect.ValueOf(shared(name)).Convert(t.typ.Key()), value.Elem())
			more, err = r.next('}')
		}
	}
	if err == nil {
		t.at(p).Set(out)
	}
	return err
}

// any reads a value of any shape, as encoding/json does for an interface.
func (r *reader) any() (any, error) {
	switch r.peek() {
	case '"':
		s, err := r.text()
		return shared(s), err
	case '{':
		out := map[string]any{}
		more, err := r.open('{', '}')
		for more && err == nil {
			var name []byte
			if name, err = r.name(); err != nil {
				return nil, err
			}
			if out[shared(name)], err = r.any(); err == nil {
				more, err = r.next('}')
			}
		}
		return out, err
	case '[':
		out := []any{}
		more, err := r.open('[', ']')
		for more && err == nil {
			var item any
			if item, err = r.any(); err == nil {
				out = append(out, item)
				more, err = r.next(']')
			}
		}
		return out, err
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	}
	return r.float()
}
