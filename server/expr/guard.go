package expr

import (
	"regexp"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// originals are the strings extension's own functions, by overload id.
var originals = sync.OnceValue(func() map[string]*functions.Overload {
	e, err := cel.NewCustomEnv(cel.OptionalTypes(), ext.Strings(), ext.Regex(), ext.Sets())
	if err != nil {
		panic("expr: the strings extension is inconsistent: " + err.Error())
	}
	found := map[string]*functions.Overload{}
	for _, name := range []string{"replace", "join", "format", "regex.replace", "sets.contains", "sets.equivalent", "sets.intersects"} {
		bindings, err := e.Functions()[name].Bindings()
		if err != nil {
			panic("expr: the strings extension has no " + name + ": " + err.Error())
		}
		for _, b := range bindings {
			found[b.Operator] = b
		}
	}
	return found
})

func guarded() []cel.EnvOption {
	text, list, anyList := cel.StringType, cel.ListType(cel.StringType), cel.ListType(cel.DynType)
	return []cel.EnvOption{
		cel.Function("@replace",
			cel.Overload("@replace3", []*cel.Type{text, text, text}, text, cel.FunctionBinding(guardReplace("string_replace_string_string"))),
			cel.Overload("@replace4", []*cel.Type{text, text, text, cel.IntType}, text, cel.FunctionBinding(guardReplace("string_replace_string_string_int")))),
		cel.Function("@regex.replace",
			cel.Overload("@regex_replace3", []*cel.Type{text, text, text}, text, cel.FunctionBinding(guardRegex("regex_replace_string_string_string"))),
			cel.Overload("@regex_replace4", []*cel.Type{text, text, text, cel.IntType}, text, cel.FunctionBinding(guardRegex("regex_replace_string_string_string_int")))),
		setFunction("contains"), setFunction("equivalent"), setFunction("intersects"),
		cel.Function("@distinct", cel.Overload("@distinct1", []*cel.Type{anyList}, anyList, cel.UnaryBinding(distinct))),
		cel.Function("@join",
			cel.Overload("@join1", []*cel.Type{list}, text, cel.UnaryBinding(func(v ref.Val) ref.Val { return guardAll("list_join", v) })),
			cel.Overload("@join2", []*cel.Type{list, text}, text, cel.BinaryBinding(func(a, b ref.Val) ref.Val { return guardJoin(a, b) }))),
		cel.Function("@format",
			cel.Overload("@format2", []*cel.Type{text, cel.ListType(cel.DynType)}, text,
				cel.BinaryBinding(func(a, b ref.Val) ref.Val { return guardAll("string_format", a, b) }))),
	}
}

func call(id string, args ...ref.Val) ref.Val {
	original := originals()[id]
	switch {
	case original == nil:
		return types.NewErr("the function %s is missing", id)
	case len(args) == 1 && original.Unary != nil:
		return original.Unary(args[0])
	case len(args) == 2 && original.Binary != nil:
		return original.Binary(args[0], args[1])
	case original.Function != nil:
		return original.Function(args...)
	}
	return types.NewErr("the function %s does not take %d arguments", id, len(args))
}

// guardReplace bounds the result: each occurrence, at most one a byte and one
// more, may grow by the replacement's length.
func guardReplace(id string) func(...ref.Val) ref.Val {
	return func(args ...ref.Val) ref.Val {
		target, okTarget := args[0].(types.String)
		search, okSearch := args[1].(types.String)
		with, okWith := args[2].(types.String)
		if !okTarget || !okSearch || !okWith {
			return types.MaybeNoSuchOverloadErr(args[0])
		}
		times := len(target)/max(len(search), 1) + 1
		if len(with) > len(search) && len(target)+times*(len(with)-len(search)) > maxBytes {
			return types.WrapErr(errTooLarge)
		}
		return call(id, args...)
	}
}

// maxComparisons bounds what compares each item of one list with each of another.
const maxComparisons = 5_000_000

func setFunction(name string) cel.EnvOption {
	lists := cel.ListType(cel.DynType)
	return cel.Function("@sets."+name, cel.Overload("@sets_"+name, []*cel.Type{lists, lists}, cel.BoolType,
		cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			x, okX := a.(traits.Lister)
			y, okY := b.(traits.Lister)
			if !okX || !okY {
				return types.MaybeNoSuchOverloadErr(a)
			}
			n, _ := x.Size().(types.Int)
			m, _ := y.Size().(types.Int)
			inX, inY := budget{left: maxComparisons / max(int(m), 1)}, budget{left: maxComparisons / max(int(n), 1)}
			if n*m > maxComparisons || !inX.parts(a, 0) || !inY.parts(b, 0) {
				return types.NewErr("sets.%s would compare %d values with %d, and what is in them; that is too many", name, n, m)
			}
			return call("list_sets_"+name+"_list", a, b)
		})))
}

// distinct keeps the first of equal values. CEL's own compares each with each;
// values that are equal are equal as JSON.
func distinct(v ref.Val) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	seen := map[string]bool{}
	kept := []ref.Val{}
	var c converter
	for it := list.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		plain, err := c.convert(item, 0)
		if err != nil {
			return types.WrapErr(err)
		}
		if key := string(flow.CompactJSON(plain)); !seen[key] {
			seen[key] = true
			kept = append(kept, item)
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, kept)
}

// guardRegex bounds the result: each match may grow by the replacement, which
// may repeat what matched once for each of its group references.
func guardRegex(id string) func(...ref.Val) ref.Val {
	return func(args ...ref.Val) ref.Val {
		target, okTarget := args[0].(types.String)
		pattern, okPattern := args[1].(types.String)
		with, okWith := args[2].(types.String)
		if !okTarget || !okPattern || !okWith {
			return types.MaybeNoSuchOverloadErr(args[0])
		}
		compiled, err := regexp.Compile(string(pattern))
		if err != nil {
			return types.NewErr("regex.replace: %v", err)
		}
		groups := strings.Count(string(with), "\\")
		most := maxBytes/max(len(with), 1) + 2 // more matches than that are too many anyway
		matches := len(compiled.FindAllStringIndex(string(target), most))
		if len(target)*(groups+1)+matches*len(with) > maxBytes {
			return types.WrapErr(errTooLarge)
		}
		return call(id, args...)
	}
}

func guardJoin(list, separator ref.Val) ref.Val {
	items, okList := list.(traits.Lister)
	text, okText := separator.(types.String)
	if !okList || !okText {
		return types.MaybeNoSuchOverloadErr(list)
	}
	if size, _ := items.Size().(types.Int); int(size)*len(text) > maxBytes {
		return types.WrapErr(errTooLarge)
	}
	return guardAll("list_join_string", list, separator)
}

// guardAll bounds the bytes of all arguments together.
func guardAll(id string, args ...ref.Val) ref.Val {
	left := maxBytes
	for _, arg := range args {
		if left = measure(arg, left, 0); left < 0 {
			return types.WrapErr(errTooLarge)
		}
	}
	return call(id, args...)
}

// measure takes the bytes of v's texts from what is left; below zero means too large.
func measure(v ref.Val, left, depth int) int {
	if depth > maxNativeDepth {
		return -1
	}
	switch v := v.(type) {
	case types.String:
		return left - len(v)
	case types.Bytes:
		return left - len(v)
	case traits.Mapper:
		for it := v.Iterator(); it.HasNext() == types.True && left >= 0; {
			key := it.Next()
			left = measure(v.Get(key), measure(key, left, depth), depth+1)
		}
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True && left >= 0; {
			left = measure(it.Next(), left, depth+1)
		}
	}
	return left - 8
}
