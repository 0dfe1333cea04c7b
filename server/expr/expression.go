package expr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

const (
	// maxCost bounds one evaluation in CEL's units, about one an operation.
	maxCost = 10_000_000
	// maxBytes bounds a text made by an expression.
	maxBytes = 32 << 20
	// maxTime bounds one evaluation of an expression with a loop. It is a last
	// resort: the cost limit ends nearly all that would come near it.
	maxTime = 10 * time.Second
	// checkEvery is after how many passes of a loop it is seen that the
	// evaluation was stopped; a pass may take milliseconds.
	checkEvery = 16
)

// expression is one compiled {{ }}.
type expression struct {
	program cel.Program
	source  string // of the whole template
	offset  int    // of the expression in source
	text    string
	info    *ast.SourceInfo
	refs    []Reference
	steps   []string
	bounded bool // has no loop: needs neither cost nor cancellation
}

// Reference is one thing that an expression reads: a variable such as trigger
// or, where Step is set, a step.
type Reference struct {
	Name string
	Step string
	// Field is output, error or state of a step.
	Field string
	// Offset is the place in the template's source, in bytes.
	Offset int
}

func compileExpression(source string, from, to int) (*expression, Errors) {
	e := &expression{source: source, offset: from, text: source[from:to]}
	if len(e.text) > flow.MaxExpression {
		return nil, Errors{newError(CodeLimit, source, from, fmt.Sprintf("the expression has %d bytes, at most %d are allowed", len(e.text), flow.MaxExpression))}
	}
	if strings.TrimSpace(e.text) == "" {
		return nil, Errors{newError(CodeSyntax, source, from, "the expression is empty")}
	}
	env := environment()
	parsed, issues := env.Parse(e.text)
	if faults := e.faults(issues, CodeSyntax); len(faults) > 0 {
		return nil, faults
	}
	if faults := e.collect(parsed.NativeRep()); len(faults) > 0 {
		return nil, faults
	}
	orderLoops(parsed.NativeRep())
	checked, issues := env.Check(parsed)
	if faults := e.faults(issues, CodeType); len(faults) > 0 {
		return nil, faults
	}
	e.info = checked.NativeRep().SourceInfo()
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize), cel.CustomDecoratorV2(guardEquality)}
	if !e.bounded {
		options = append(options, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(checkEvery))
	}
	program, err := env.Program(checked, options...)
	if err != nil {
		return nil, Errors{newError(CodeType, source, from, plainMessage(err.Error()))}
	}
	e.program = program
	return e, nil
}

// faults turns CEL's issues into errors with places in the template.
func (e *expression) faults(issues *cel.Issues, code string) Errors {
	if issues == nil {
		return nil
	}
	var faults Errors
	for _, issue := range issues.Errors() {
		offset := lineOffset(e.text, issue.Location.Line(), issue.Location.Column())
		message := misspelt(e.text[min(offset, len(e.text)):], issue.Message)
		faults = append(faults, newError(code, e.source, e.offset+offset, message))
	}
	return faults
}

// namespaces are the first names of functions such as domain.registered.
var namespaces = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for name := range environment().Functions() {
		if space, function, found := strings.Cut(name, "."); found && !strings.HasPrefix(name, "@") {
			all[space] = append(all[space], space+"."+function)
		}
	}
	for _, list := range all {
		slices.Sort(list)
	}
	return all
})

// misspelt words an issue; where the function after a namespace is the one that
// is unknown, it is that which is named.
func misspelt(at, message string) string {
	name, undeclared := strings.CutPrefix(message, "undeclared reference to '")
	name, _, _ = strings.Cut(name, "'")
	list := namespaces()[name]
	if !undeclared || len(list) == 0 {
		return plainMessage(message)
	}
	call, _, found := strings.Cut(at, "(")
	if call = strings.TrimSpace(call); !found || !strings.HasPrefix(call, name+".") {
		return "the name '" + name + "' begins functions: " + strings.Join(list, ", ")
	}
	return "there is no function " + call + "; there are " + strings.Join(list, ", ")
}

// plainMessage takes away what names CEL's insides.
func plainMessage(m string) string {
	m = strings.TrimPrefix(m, "Syntax error: ")
	if name, found := strings.CutPrefix(m, "undeclared reference to "); found {
		name = strings.TrimSuffix(name, " (in container '')")
		return "the name " + name + " is unknown here; data stands in trigger, steps, vars, run, flow, and item and index in a container"
	}
	if token, found := strings.CutPrefix(m, "mismatched input "); found {
		token, _, _ = strings.Cut(token, " expecting ")
		return unexpected(token)
	}
	if token, found := strings.CutPrefix(m, "extraneous input "); found {
		token, _, _ = strings.Cut(token, " expecting ")
		return unexpected(token)
	}
	if strings.HasPrefix(m, "no viable alternative at input") {
		return "something is missing here, or not expected"
	}
	if rest, found := strings.CutPrefix(m, "missing "); found {
		token, at, _ := strings.Cut(rest, " at ")
		if at == "'<EOF>'" {
			return token + " is missing at the end"
		}
		return token + " is missing before " + at
	}
	if strings.HasPrefix(m, "expression recursion limit exceeded") || strings.Contains(m, "recursion limit") {
		return "the expression is nested too deeply"
	}
	return strings.ReplaceAll(m, " (in container '')", "")
}

// unexpected words what the parser did not expect, without its grammar.
func unexpected(token string) string {
	if token == "'<EOF>'" {
		return "the expression ends too early: a value is expected here"
	}
	return token + " is not expected here"
}

// lineOffset gives the byte offset of a line (from 1) and a column in characters (from 0).
func lineOffset(text string, line, column int) int {
	offset := 0
	for ; line > 1; line-- {
		end := strings.IndexByte(text[offset:], '\n')
		if end < 0 {
			break
		}
		offset += end + 1
	}
	for ; column > 0 && offset < len(text); column-- {
		_, n := utf8.DecodeRuneInString(text[offset:])
		offset += n
	}
	return offset
}

// place gives the offset in the template of a part of the expression.
func (e *expression) place(info *ast.SourceInfo, id int64) int {
	location := info.GetStartLocation(id)
	if location.Line() < 1 {
		return e.offset
	}
	return e.offset + lineOffset(e.text, location.Line(), location.Column())
}

// cheap are the functions whose work is about that of reading their arguments
// once. An expression of these alone needs neither cost limit nor cancellation,
// which make each of its steps dearer.
var cheap = map[string]bool{
	operators.Add: true, operators.Subtract: true, operators.Multiply: true, operators.Divide: true, operators.Modulo: true, operators.Negate: true,
	operators.Equals: true, operators.NotEquals: true, operators.Less: true, operators.LessEquals: true, operators.Greater: true, operators.GreaterEquals: true,
	operators.LogicalAnd: true, operators.LogicalOr: true, operators.LogicalNot: true, operators.Conditional: true, operators.In: true,
	operators.Index: true, operators.OptIndex: true, operators.OptSelect: true,
	"size": true, "string": true, "int": true, "double": true, "bool": true, "type": true, "timestamp": true, "duration": true,
	"contains": true, "startsWith": true, "endsWith": true, "lowerAscii": true, "upperAscii": true, "trim": true, "split": true, "sum": true,
	"or": true, "orValue": true, "hasValue": true, "value": true, "optional.of": true, "optional.none": true,
}

// collect finds what the expression reads, and whether it loops.
func (e *expression) collect(parsed *ast.AST) Errors {
	var faults Errors
	info := parsed.SourceInfo()
	e.bounded = true
	claimed := map[int64]bool{}
	seen := map[string]bool{}
	ast.PreOrderVisit(parsed.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		switch x.Kind() {
		case ast.ComprehensionKind:
			e.bounded = false
			c := x.AsComprehension()
			for _, name := range []string{c.IterVar(), c.IterVar2()} {
				if _, taken := variables[name]; taken {
					faults = append(faults, newError(CodeType, e.source, e.place(info, x.ID()), "the name "+name+" belongs to the run's data; choose another for the loop"))
				}
			}
		case ast.CallKind, ast.SelectKind:
			if x.Kind() == ast.CallKind && !cheap[x.AsCall().FunctionName()] {
				e.bounded = false
			}
			inner, step, ok := stepOf(x)
			if !ok {
				return
			}
			claimed[inner.ID()] = true
			if !seen[step] {
				seen[step] = true
				e.steps = append(e.steps, step)
			}
			e.refs = append(e.refs, Reference{Name: "steps", Step: step, Offset: e.place(info, inner.ID())})
		case ast.IdentKind:
			name := x.AsIdent()
			switch {
			case name == "steps" && !claimed[x.ID()]:
				faults = append(faults, newError(CodeReference, e.source, e.place(info, x.ID()), "name the step: steps.<id>.output, .error or .state"))
			case name != "steps" && variables[name]:
				e.refs = append(e.refs, Reference{Name: name, Offset: e.place(info, x.ID())})
			}
		default:
		}
	}))
	return faults
}

// stepOf recognises steps.<id>, steps["<id>"] and their optional forms, and
// gives the identifier steps in them.
func stepOf(x ast.Expr) (ident ast.Expr, step string, ok bool) {
	if x.Kind() == ast.SelectKind {
		s := x.AsSelect()
		ident, step = s.Operand(), s.FieldName()
	} else {
		call := x.AsCall()
		switch call.FunctionName() {
		case operators.Index, operators.OptIndex, operators.OptSelect:
		default:
			return nil, "", false
		}
		args := call.Args()
		if len(args) != 2 || args[1].Kind() != ast.LiteralKind {
			return nil, "", false
		}
		name, isString := args[1].AsLiteral().(types.String)
		if !isString {
			return nil, "", false
		}
		ident, step = args[0], string(name)
	}
	if ident.Kind() != ast.IdentKind || ident.AsIdent() != "steps" {
		return nil, "", false
	}
	return ident, step, true
}

// eval evaluates the expression on data.
func (e *expression) eval(ctx context.Context, data *Data) (any, error) {
	var (
		out any
		err error
	)
	in := newActivation(data, e.steps)
	defer in.done()
	if e.bounded {
		out, err = e.run(in)
	} else {
		out, err = e.runContext(ctx, in)
	}
	if err != nil {
		return nil, e.failure(err)
	}
	return out, nil
}

func (e *expression) run(in *activation) (any, error) {
	val, _, err := e.program.Eval(in)
	if err != nil {
		return nil, err
	}
	return native(val)
}

func (e *expression) runContext(ctx context.Context, in *activation) (any, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, errTooLong)
	defer cancel()
	val, _, err := e.program.ContextEval(ctx, in)
	if err != nil && ctx.Err() != nil {
		return nil, newError(CodeCanceled, e.source, e.offset, "the evaluation was stopped: "+context.Cause(ctx).Error())
	}
	if err != nil {
		return nil, err
	}
	return native(val)
}

// failure turns CEL's run-time error into one with a place and plain words.
func (e *expression) failure(err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	offset, code := e.offset, CodeEval
	var fault *types.Err
	if errors.As(err, &fault) && fault.NodeID() > 0 {
		offset = e.place(e.info, fault.NodeID())
	}
	message := err.Error()
	switch {
	case strings.Contains(message, "cost limit"):
		code, message = CodeLimit, "the expression takes too many steps; it was stopped"
	case strings.HasPrefix(message, "no such key: "):
		message = "there is no field " + strings.TrimPrefix(message, "no such key: ") + " here; write .?field to allow that"
	case message == "no such overload":
		message = "this operation does not fit the types of these values"
	case strings.HasPrefix(message, "no such overload"):
		message = "this operation does not fit the types of these values: " + strings.TrimPrefix(message, "no such overload: ")
	}
	return newError(code, e.source, offset, message)
}
