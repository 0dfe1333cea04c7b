package expr

import (
	"crypto/md5"  //nolint:gosec // indicators of compromise are published as MD5
	"crypto/sha1" //nolint:gosec // likewise SHA-1
	"crypto/sha256"
	"encoding/hex"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// securityFunctions are those that security work adds to CEL.
func securityFunctions() []cel.EnvOption {
	text := cel.StringType
	options := []cel.EnvOption{
		hashFunction("md5", func(b []byte) []byte { h := md5.Sum(b); return h[:] }),   //nolint:gosec // as above
		hashFunction("sha1", func(b []byte) []byte { h := sha1.Sum(b); return h[:] }), //nolint:gosec // as above
		hashFunction("sha256", func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }),
		textFunction("defang", Defang), textFunction("refang", Refang),
		textFunction("domain.registered", registeredDomain), textFunction("domain.ascii", asciiDomain),
		textFunction("domain.unicode", unicodeDomain), textFunction("domain.skeleton", Skeleton),
		textFunction("url.host", urlHost),
		cel.Function("text.distance", cel.Overload("text_distance", []*cel.Type{text, text}, cel.IntType,
			cel.BinaryBinding(func(a, b ref.Val) ref.Val {
				x, okX := a.(types.String)
				y, okY := b.(types.String)
				if !okX || !okY {
					return types.MaybeNoSuchOverloadErr(a)
				}
				return types.Int(Distance(string(x), string(y)))
			}))),
		cel.Function("sum", cel.MemberOverload("list_sum", []*cel.Type{cel.ListType(cel.DynType)}, cel.DynType, cel.UnaryBinding(sum))),
		cel.Function("json.parse", cel.Overload("json_parse", []*cel.Type{text}, cel.DynType, cel.UnaryBinding(parseJSON))),
		cel.Function("json.format", cel.Overload("json_format", []*cel.Type{cel.DynType}, text, cel.UnaryBinding(formatJSON))),
	}
	return append(append(append(options, ordered()), wholeNumbers()...), guarded()...)
}

func textFunction(name string, apply func(string) string) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_string", []*cel.Type{cel.StringType}, cel.StringType,
		cel.UnaryBinding(func(v ref.Val) ref.Val {
			s, ok := v.(types.String)
			if !ok {
				return types.MaybeNoSuchOverloadErr(v)
			}
			return types.String(apply(string(s)))
		})))
}

func hashFunction(name string, sum func([]byte) []byte) cel.EnvOption {
	hash := cel.UnaryBinding(func(v ref.Val) ref.Val {
		switch v := v.(type) {
		case types.String:
			return types.String(hex.EncodeToString(sum([]byte(v))))
		case types.Bytes:
			return types.String(hex.EncodeToString(sum(v)))
		}
		return types.MaybeNoSuchOverloadErr(v)
	})
	return cel.Function("hash."+name,
		cel.Overload("hash_"+name+"_string", []*cel.Type{cel.StringType}, cel.StringType, hash),
		cel.Overload("hash_"+name+"_bytes", []*cel.Type{cel.BytesType}, cel.StringType, hash))
}

// wholeNumbers lets rounding take an int, which a JSON number may happen to be.
func wholeNumbers() []cel.EnvOption {
	same := cel.UnaryBinding(func(v ref.Val) ref.Val { return v })
	never := cel.UnaryBinding(func(ref.Val) ref.Val { return types.False })
	always := cel.UnaryBinding(func(ref.Val) ref.Val { return types.True })
	var options []cel.EnvOption
	for _, name := range []string{"math.ceil", "math.floor", "math.round", "math.trunc"} {
		options = append(options, cel.Function(name, cel.Overload(name+"_int", []*cel.Type{cel.IntType}, cel.IntType, same)))
	}
	for name, answer := range map[string]cel.OverloadOpt{"math.isNaN": never, "math.isInf": never, "math.isFinite": always} {
		options = append(options, cel.Function(name, cel.Overload(name+"_int", []*cel.Type{cel.IntType}, cel.BoolType, answer)))
	}
	return options
}

func parseJSON(v ref.Val) ref.Val {
	s, ok := v.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	value, err := flow.ParseValue([]byte(s))
	if err != nil {
		return types.NewErr("json.parse: %v", err)
	}
	return types.DefaultTypeAdapter.NativeToValue(value)
}

func formatJSON(v ref.Val) ref.Val {
	value, err := native(v)
	if err != nil {
		return types.NewErr("json.format: %v", err)
	}
	return types.String(flow.CompactJSON(value))
}

// sum adds the numbers of a list; of none it is 0.
func sum(v ref.Val) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	plus := mixed(add)
	var total ref.Val = types.IntZero
	for it := list.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		switch item.(type) {
		case types.Int, types.Double:
			total = plus(total, item)
		default:
			return types.NewErr("sum takes numbers, this is of type %s", item.Type().TypeName())
		}
		if types.IsError(total) {
			return total
		}
	}
	return total
}
