package expr

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// maxValues and maxNativeDepth bound a result; CEL shares parts of values, so a
// small expression can name a huge tree.
const (
	maxValues      = 2_000_000
	maxNativeDepth = flow.MaxDepth
)

// native turns CEL's value into JSON's plain Go types: times and durations as
// text, bytes as base64, an absent optional as null.
func native(v ref.Val) (any, error) {
	if given, ok := asGiven(v); ok {
		return given, nil
	}
	c := converter{}
	return c.convert(v, 0)
}

// givenList is the type of CEL's lists that were not made by an expression.
var givenList = reflect.TypeOf(types.DefaultTypeAdapter.NativeToValue([]any{}))

// asGiven gives a list or object that is part of the data as it is: nobody changes
// data, so it needn't be copied. What an expression made holds CEL's own values.
func asGiven(v ref.Val) (any, bool) {
	switch v.(type) {
	case traits.Mapper:
		object, ok := v.Value().(map[string]any)
		if !ok {
			return nil, false
		}
		for _, member := range object {
			if !isPlain(member) {
				return nil, false
			}
		}
		return object, true
	case traits.Lister:
		if reflect.TypeOf(v) != givenList {
			return nil, false
		}
		list, ok := v.Value().([]any)
		return list, ok && !slices.ContainsFunc(list, func(item any) bool { return !isPlain(item) })
	}
	return nil, false
}

func isPlain(v any) bool {
	switch v.(type) {
	case nil, bool, string, int64, float64, map[string]any, []any:
		return true
	}
	return false
}

type converter struct {
	values int
	bytes  int
}

func (c *converter) convert(v ref.Val, depth int) (any, error) {
	c.values++
	if c.values > maxValues || c.bytes > 2*maxBytes {
		return nil, errors.New("the result is too large")
	}
	if depth > maxNativeDepth {
		return nil, fmt.Errorf("the result is nested deeper than %d", maxNativeDepth)
	}
	switch v := v.(type) {
	case types.Null:
		return nil, nil
	case types.Bool:
		return bool(v), nil
	case types.Int:
		return int64(v), nil
	case types.Uint:
		return unsigned(uint64(v)), nil
	case types.Double:
		return double(float64(v))
	case types.String:
		c.bytes += len(v)
		return string(v), nil
	case types.Bytes:
		c.bytes += len(v)
		return base64.StdEncoding.EncodeToString(v), nil
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), nil
	case types.Duration:
		return v.String(), nil
	case *types.Optional:
		if !v.HasValue() {
			return nil, nil
		}
		return c.convert(v.GetValue(), depth)
	case traits.Mapper:
		return c.object(v, depth)
	case traits.Lister:
		return c.list(v, depth)
	case *types.Err:
		return nil, v
	case *types.Unknown:
		return nil, errors.New("the value is unknown")
	case ref.Type:
		return v.TypeName(), nil
	}
	return c.foreign(v)
}

// foreign converts what extensions bring: addresses and networks as text.
func (c *converter) foreign(v ref.Val) (any, error) {
	if text, ok := v.ConvertToType(types.StringType).(types.String); ok {
		c.bytes += len(text)
		return string(text), nil
	}
	return nil, fmt.Errorf("a value of type %s can't be kept as JSON", v.Type().TypeName())
}

func unsigned(u uint64) any {
	if u > math.MaxInt64 {
		return float64(u)
	}
	return int64(u)
}

func double(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("the result is %v, which JSON can't hold", f)
	}
	return flow.Number(f), nil
}

func (c *converter) list(v traits.Lister, depth int) (any, error) {
	size, ok := v.Size().(types.Int)
	if !ok {
		return nil, errors.New("the list has no size")
	}
	list := make([]any, 0, min(int(size), 1024))
	for it := v.Iterator(); it.HasNext() == types.True; {
		item, err := c.convert(it.Next(), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	return list, nil
}

func (c *converter) object(v traits.Mapper, depth int) (any, error) {
	object := map[string]any{}
	for it := v.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		name, err := keyName(key)
		if err != nil {
			return nil, err
		}
		c.bytes += len(name)
		item, err := c.convert(v.Get(key), depth+1)
		if err != nil {
			return nil, err
		}
		object[name] = item
	}
	return object, nil
}

func keyName(key ref.Val) (string, error) {
	switch k := key.(type) {
	case types.String:
		return string(k), nil
	case types.Int:
		return strconv.FormatInt(int64(k), 10), nil
	case types.Uint:
		return strconv.FormatUint(uint64(k), 10), nil
	case types.Bool:
		return strconv.FormatBool(bool(k)), nil
	}
	return "", fmt.Errorf("a key of type %s can't be kept as JSON", key.Type().TypeName())
}
