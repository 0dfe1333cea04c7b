package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// orderedFunction gives a map whose keys are gone through in order, and anything else as it is.
const orderedFunction = "@ordered"

// ordered is that function. What a step reads is computed again whenever it is needed, and
// must be the same each time; CEL goes through a map as Go does, each time otherwise.
func ordered() cel.EnvOption {
	kept := cel.TypeParamType("T")
	return cel.Function(orderedFunction, cel.Overload("ordered", []*cel.Type{kept}, kept, cel.UnaryBinding(func(v ref.Val) ref.Val {
		if m, ok := v.(traits.Mapper); ok {
			return orderedMap{m}
		}
		return v
	})))
}

// orderLoops has every loop of an expression go through its range in order.
func orderLoops(parsed *ast.AST) {
	factory, next := ast.NewExprFactory(), ast.MaxID(parsed)
	ast.PostOrderVisit(parsed.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() != ast.ComprehensionKind {
			return
		}
		c := x.AsComprehension()
		if c.IterRange().Kind() == ast.ListKind {
			return // as it is written
		}
		next++
		x.SetKindCase(factory.NewComprehensionTwoVar(x.ID(), factory.NewCall(next, orderedFunction, c.IterRange()), c.IterVar(), c.IterVar2(), c.AccuVar(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()))
	}))
}

type orderedMap struct{ traits.Mapper }

// Iterator goes through the keys as their JSON is ordered.
func (m orderedMap) Iterator() traits.Iterator {
	type entry struct {
		text string
		key  ref.Val
	}
	var entries []entry
	for it := m.Mapper.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		plain, err := native(key)
		if err != nil {
			plain = nil
		}
		text, isText := plain.(string)
		if !isText {
			text = string(flow.CompactJSON(plain))
		}
		entries = append(entries, entry{text, key})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.text, b.text) })
	keys := make([]ref.Val, len(entries))
	for i := range entries {
		keys[i] = entries[i].key
	}
	return types.NewRefValList(types.DefaultTypeAdapter, keys).Iterator()
}
