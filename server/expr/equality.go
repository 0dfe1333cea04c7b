package expr

import (
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// maxCompared bounds the values that ==, != and in look at in one evaluation.
// CEL shares parts of values: lists that double a few dozen times are small in
// memory, and without end when they are compared.
const maxCompared = 10_000_000

// comparedVariable is what the evaluation's budget is found under.
const comparedVariable = "@compared"

// guardEquality replaces the operators that compare whole values, which CEL's
// cost limit takes for one step and its cancellation doesn't reach, by ones
// that charge what they look at.
func guardEquality(in interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := in.(interpreter.InterpretableCall)
	if !ok || len(call.Args()) != 2 {
		return in, nil
	}
	switch call.Function() {
	case operators.Equals, operators.NotEquals, operators.In:
		args := call.Args()
		return &comparison{InterpretableCall: call, left: args[0], right: args[1]}, nil
	}
	return in, nil
}

// comparison is ==, != or in.
type comparison struct {
	interpreter.InterpretableCall
	left, right interpreter.InterpretableV2
}

// Exec implements interpreter.InterpretableV2.
func (c *comparison) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	left := c.left.Exec(frame)
	right := left
	if !types.IsError(left) {
		right = c.right.Exec(frame)
	}
	var result ref.Val
	switch {
	case types.IsError(right):
		result = right
	case !charge(frame, left, right):
		result = types.NewErrWithNodeID(c.ID(), "these values are too large to be compared: more than %d parts in one evaluation", maxCompared)
	default:
		result = c.compare(left, right)
	}
	if costs := frame.CostTracker(); costs != nil {
		costs.EvalBinary(frame, c.ID(), c, left, right, result)
	}
	return result
}

// Eval implements interpreter.Interpretable.
func (c *comparison) Eval(in interpreter.Activation) ref.Val {
	return interpreter.EvalActivation(in, c.Exec)
}

func (c *comparison) compare(left, right ref.Val) ref.Val {
	switch c.Function() {
	case operators.Equals:
		return types.Equal(left, right)
	case operators.NotEquals:
		return types.Bool(types.Equal(left, right) != types.True)
	}
	within, ok := right.(traits.Container)
	if !ok {
		return types.LabelErrNode(c.ID(), types.MaybeNoSuchOverloadErr(right))
	}
	return types.LabelErrNode(c.ID(), within.Contains(left))
}

// charge takes what a comparison may look at from the evaluation's budget: no
// comparison looks at more than the parts of its right side.
func charge(frame *interpreter.ExecutionFrame, left, right ref.Val) bool {
	if !isNested(left) || !isNested(right) {
		return true // one look, or one an item, which CEL's cost counts
	}
	b := &budget{left: maxCompared}
	if found, ok := frame.ResolveName(comparedVariable); ok {
		if shared, ok := found.(*budget); ok {
			b = shared
		}
	}
	return b.parts(right, 0)
}

func isNested(v ref.Val) bool {
	switch v.(type) {
	case traits.Lister, traits.Mapper, *types.Optional:
		return true
	}
	return false
}

// budget counts down the parts of values that may yet be looked at.
type budget struct{ left int }

// parts takes the parts of v, counted as often as they are shared.
func (b *budget) parts(v ref.Val, depth int) bool {
	if b.left--; b.left < 0 || depth > maxNativeDepth {
		return false
	}
	switch v := v.(type) {
	case *types.Optional:
		return !v.HasValue() || b.parts(v.GetValue(), depth+1)
	case traits.Mapper:
		for it := v.Iterator(); it.HasNext() == types.True; {
			if !b.parts(v.Get(it.Next()), depth+1) {
				return false
			}
		}
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True; {
			if !b.parts(it.Next(), depth+1) {
				return false
			}
		}
	}
	return true
}
