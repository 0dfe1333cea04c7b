package sdk

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"unsafe"
)

// kind is how values of a type are read and written.
type kind uint8

const (
	kindOther kind = iota // left to encoding/json
	kindText              // string
	kindBool
	kindInt
	kindUint
	kindFloat
	kindBytes // base64
	kindRaw   // json.RawMessage
	kindAny
	kindContent // Text and Blob
	kindPointer
	kindList
	kindArray
	kindMap // with texts as keys
	kindStruct
)

// plan is how a type is read and written, made once: looking at a type through
// package reflect for every value costs more inside WebAssembly than the value.
type plan struct {
	kind   kind
	typ    reflect.Type
	size   uintptr
	elem   *plan   // of a pointer, a list, an array, a map
	fields []field // of a struct
	reads  bool    // by its own methods
	writes bool    // by its own methods, or those of a pointer to it
}

var plans = struct {
	sync.Mutex
	made map[reflect.Type]*plan
}{made: map[reflect.Type]*plan{}}

// planOf answers the plan of a type.
func planOf(t reflect.Type) *plan {
	plans.Lock()
	defer plans.Unlock()
	return makePlan(t)
}

var (
	marshaler       = reflect.TypeFor[json.Marshaler]()
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func makePlan(t reflect.Type) *plan {
	if known := plans.made[t]; known != nil {
		return known // perhaps not whole yet, where a type holds itself
	}
	p := &plan{typ: t, size: t.Size()}
	plans.made[t] = p
	if t == rawType {
		p.kind = kindRaw
		return p
	}
	if t == numberType {
		return p // left to encoding/json, which keeps its digits
	}
	if t == textType || t == blobType {
		p.kind, p.writes = kindContent, true
		return p
	}
	if t.PkgPath() != "" || t.Kind() == reflect.Struct {
		to := reflect.PointerTo(t)
		p.reads = to.Implements(unmarshaler) || to.Implements(textUnmarshaler)
		p.writes = to.Implements(marshaler) || to.Implements(textMarshaler)
	}
	switch t.Kind() {
	case reflect.Struct:
		if t != timeType && !beyond(t) {
			p.kind, p.fields = kindStruct, fieldsOf(t)
			for i := range p.fields {
				p.fields[i].plan = makePlan(p.fields[i].typ)
			}
		}
	case reflect.Slice:
		p.kind, p.elem = kindList, makePlan(t.Elem())
		if p.elem.kind == kindUint && p.elem.size == 1 && !p.elem.writes {
			p.kind = kindBytes
		}
	case reflect.Array:
		p.kind, p.elem = kindArray, makePlan(t.Elem())
	case reflect.Pointer:
		p.kind, p.elem = kindPointer, makePlan(t.Elem())
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			p.kind, p.elem = kindMap, makePlan(t.Elem())
		}
	case reflect.Interface:
		if t.NumMethod() == 0 {
			p.kind = kindAny
		}
	default:
		p.kind = plainKind(t.Kind())
	}
	return p
}

func plainKind(k reflect.Kind) kind {
	switch k {
	case reflect.String:
		return kindText
	case reflect.Bool:
		return kindBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kindInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return kindUint
	case reflect.Float32, reflect.Float64:
		return kindFloat
	default:
		return kindOther
	}
}

// at is what stands at a place, for package reflect.
func (p *plan) at(place unsafe.Pointer) reflect.Value { return reflect.NewAt(p.typ, place).Elem() }

// list is how the language lays a slice out.
type list struct {
	data     unsafe.Pointer
	len, cap int
}
