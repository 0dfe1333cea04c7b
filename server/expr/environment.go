package expr

import (
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/ext"
)

// maxDepth bounds how deep an expression may nest; CEL's parser recurses.
const maxDepth = 64

// maxRange bounds lists.range.
const maxRange = 100_000

// environment is CEL as flows see it. It is built once: compiling shares it.
var environment = sync.OnceValue(func() *cel.Env {
	e, err := cel.NewCustomEnv(options()...)
	if err != nil {
		panic("expr: the environment is inconsistent: " + err.Error()) // a fault of this package, met by every test
	}
	return e
})

func options() []cel.EnvOption {
	return append([]cel.EnvOption{
		// Arithmetic is replaced by one that mixes int and double, as JSON numbers do.
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeFunctions: []*env.Function{
			{Name: operators.Add},
			{Name: operators.Subtract},
			{Name: operators.Multiply},
			{Name: operators.Divide},
			{Name: operators.Modulo},
			{Name: operators.Equals},
			{Name: operators.NotEquals},
			{Name: operators.Conditional},
			{Name: operators.In},
		}})),
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.OptionalTypes(),
		cel.ParserRecursionLimit(maxDepth),
		cel.Macros(guardedMacros()...),
		ext.Strings(), ext.Math(), ext.Lists(ext.ListsMaxRangeSize(maxRange)), ext.Sets(),
		ext.Encoders(ext.EncodersVersion(0)), ext.Regex(), ext.Network(), ext.Bindings(), ext.TwoVarComprehensions(),
		cel.Variable("trigger", cel.DynType), cel.Variable("steps", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("vars", cel.MapType(cel.StringType, cel.DynType)), cel.Variable("item", cel.DynType),
		cel.Variable("index", cel.IntType), cel.Variable("attempt", cel.IntType),
		cel.Variable("run", cel.MapType(cel.StringType, cel.DynType)), cel.Variable("flow", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable(nowVariable, cel.TimestampType),
	}, slices.Concat(arithmetic(), loosened(), securityFunctions())...)
}

// guardedMacros send the calls that can multiply their input's size through
// functions that check the result's size before making it; CEL's cost limit
// counts only after the memory is taken. now() becomes the recorded time.
func guardedMacros() []cel.Macro {
	rename := func(function string, arity int) cel.Macro {
		return cel.ReceiverMacro(function, arity, func(f cel.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
			switch {
			case target.Kind() == ast.IdentKind && target.AsIdent() == "json":
				return nil, nil // json.format is a function of its own
			case target.Kind() == ast.IdentKind && (target.AsIdent() == "regex" || target.AsIdent() == "sets"):
				return f.NewCall("@"+target.AsIdent()+"."+function, args...), nil
			}
			return f.NewCall("@"+function, append([]ast.Expr{target}, args...)...), nil
		})
	}
	now := cel.GlobalMacro("now", 0, func(f cel.MacroExprFactory, _ ast.Expr, _ []ast.Expr) (ast.Expr, *cel.Error) {
		return f.NewIdent(nowVariable), nil
	})
	return []cel.Macro{
		now, rename("replace", 2), rename("replace", 3), rename("replace", 4), rename("join", 0), rename("join", 1), rename("format", 1),
		rename("distinct", 0), rename("contains", 2), rename("equivalent", 2), rename("intersects", 2),
	}
}
