package expr

import (
	"math"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// arithmetic declares + - * / % as CEL's standard library does, and between int
// and double besides, so that no expression fails because a datum was 1.5 and not 1.
func arithmetic() []cel.EnvOption {
	listA := cel.ListType(cel.TypeParamType("A"))
	time, span := cel.TimestampType, cel.DurationType
	numbers := func(name, intID, uintID, doubleID string) []cel.FunctionOpt {
		return []cel.FunctionOpt{
			binary(intID, cel.IntType, cel.IntType, cel.IntType),
			binary(uintID, cel.UintType, cel.UintType, cel.UintType),
			binary(doubleID, cel.DoubleType, cel.DoubleType, cel.DoubleType),
			binary(name+"_int_double", cel.IntType, cel.DoubleType, cel.DoubleType),
			binary(name+"_double_int", cel.DoubleType, cel.IntType, cel.DoubleType),
		}
	}
	with := func(name string, apply func(ref.Val, ref.Val) ref.Val, overloads ...[]cel.FunctionOpt) cel.EnvOption {
		var all []cel.FunctionOpt
		for _, o := range overloads {
			all = append(all, o...)
		}
		return cel.Function(name, append(all, cel.SingletonBinaryBinding(mixed(apply)))...)
	}
	return []cel.EnvOption{
		with(operators.Add, add, numbers("add", overloads.AddInt64, overloads.AddUint64, overloads.AddDouble), []cel.FunctionOpt{
			binary(overloads.AddBytes, cel.BytesType, cel.BytesType, cel.BytesType),
			binary(overloads.AddString, cel.StringType, cel.StringType, cel.StringType),
			binary(overloads.AddList, listA, listA, listA),
			binary(overloads.AddDurationDuration, span, span, span),
			binary(overloads.AddDurationTimestamp, span, time, time),
			binary(overloads.AddTimestampDuration, time, span, time),
		}),
		with(operators.Subtract, subtract, numbers("subtract", overloads.SubtractInt64, overloads.SubtractUint64, overloads.SubtractDouble), []cel.FunctionOpt{
			binary(overloads.SubtractDurationDuration, span, span, span),
			binary(overloads.SubtractTimestampDuration, time, span, time),
			binary(overloads.SubtractTimestampTimestamp, time, time, span),
		}),
		with(operators.Multiply, multiply, numbers("multiply", overloads.MultiplyInt64, overloads.MultiplyUint64, overloads.MultiplyDouble)),
		with(operators.Divide, divide, numbers("divide", overloads.DivideInt64, overloads.DivideUint64, overloads.DivideDouble)),
		with(operators.Modulo, modulo, numbers("modulo", overloads.ModuloInt64, overloads.ModuloUint64, "modulo_double")),
	}
}

func binary(id string, left, right, result *cel.Type) cel.FunctionOpt {
	return cel.Overload(id, []*cel.Type{left, right}, result)
}

// loosened declares the operators that CEL's type check holds to one type, on
// any: 1 == 1.0, 2.0 in [1, 2] and c ? 1 : 1.5 are right in JSON's terms.
func loosened() []cel.EnvOption {
	dyn, list, object := cel.DynType, cel.ListType(cel.DynType), cel.MapType(cel.DynType, cel.DynType)
	// The interpreter evaluates these three itself; the binding is never called.
	special := cel.SingletonFunctionBinding(func(args ...ref.Val) ref.Val { return types.MaybeNoSuchOverloadErr(args[0]) })
	return []cel.EnvOption{
		cel.Function(operators.Equals, cel.Overload(overloads.Equals, []*cel.Type{dyn, dyn}, cel.BoolType), special),
		cel.Function(operators.NotEquals, cel.Overload(overloads.NotEquals, []*cel.Type{dyn, dyn}, cel.BoolType), special),
		cel.Function(operators.Conditional, cel.Overload(overloads.Conditional, []*cel.Type{cel.BoolType, dyn, dyn}, dyn), special),
		cel.Function(operators.In,
			cel.Overload(overloads.InList, []*cel.Type{dyn, list}, cel.BoolType),
			cel.Overload(overloads.InMap, []*cel.Type{dyn, object}, cel.BoolType),
			cel.SingletonBinaryBinding(func(a, b ref.Val) ref.Val {
				if within, ok := b.(traits.Container); ok {
					return within.Contains(a)
				}
				return types.MaybeNoSuchOverloadErr(b)
			})),
	}
}

// mixed widens an int beside a double before the operation.
func mixed(apply func(ref.Val, ref.Val) ref.Val) func(ref.Val, ref.Val) ref.Val {
	return func(a, b ref.Val) ref.Val {
		switch x := a.(type) {
		case types.Int:
			if _, double := b.(types.Double); double {
				a = types.Double(x)
			}
		case types.Double:
			if y, whole := b.(types.Int); whole {
				b = types.Double(y)
			}
		}
		return apply(a, b)
	}
}

func add(a, b ref.Val) ref.Val {
	x, ok := a.(traits.Adder)
	if !ok {
		return types.MaybeNoSuchOverloadErr(a)
	}
	if s, text := a.(types.String); text {
		if t, both := b.(types.String); both && len(s)+len(t) > maxBytes {
			return types.WrapErr(errTooLarge)
		}
	}
	return x.Add(b)
}

func subtract(a, b ref.Val) ref.Val {
	if x, ok := a.(traits.Subtractor); ok {
		return x.Subtract(b)
	}
	return types.MaybeNoSuchOverloadErr(a)
}

func multiply(a, b ref.Val) ref.Val {
	if x, ok := a.(traits.Multiplier); ok {
		return x.Multiply(b)
	}
	return types.MaybeNoSuchOverloadErr(a)
}

func divide(a, b ref.Val) ref.Val {
	if x, ok := a.(traits.Divider); ok {
		return x.Divide(b)
	}
	return types.MaybeNoSuchOverloadErr(a)
}

func modulo(a, b ref.Val) ref.Val {
	x, double := a.(types.Double)
	y, both := b.(types.Double)
	if double && both {
		if y == 0 {
			return types.NewErr("modulus by zero")
		}
		return types.Double(math.Mod(float64(x), float64(y)))
	}
	if m, ok := a.(traits.Modder); ok {
		return m.Modulo(b)
	}
	return types.MaybeNoSuchOverloadErr(a)
}
