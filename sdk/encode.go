package sdk

import (
	"reflect"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

func encodeOutput(output any) ([]byte, error) {
	fillLists(reflect.ValueOf(output).Elem())
	b, err := marshal(output)
	if err != nil {
		return nil, err
	}
	if len(b) > abi.MaxOutput {
		return nil, TooLarge("the output has %d bytes, at most %d are allowed; give large values as blobs", len(b), abi.MaxOutput)
	}
	return b, nil
}

// fillLists makes nil lists and maps empty, because an output schema promises a
// list and not null.
func fillLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillLists(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fillLists(f)
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.Type() != rawType {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Slice || k == reflect.Pointer {
			for i := range v.Len() {
				fillLists(v.Index(i))
			}
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	default:
	}
}
