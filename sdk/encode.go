package sdk

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// marshal encodes without escaping <, > and &, which would make a web page in
// an output three times as long. decodeInput and marshal are the only places
// that know the JSON library, so that a leaner one can take its place.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

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
