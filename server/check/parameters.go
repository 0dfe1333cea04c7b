package check

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

var english = message.NewPrinter(language.English)

// parameters checks "with" against the type's schema. What a template will
// yield isn't known yet, so faults at templates are left to the run. What was
// reported already, by its pointer, is left out.
func (c *checker) parameters(at string, n *flow.Node, typ catalog.NodeType, reported map[string]bool) {
	schema := typ.Schema()
	if schema == nil {
		return
	}
	var with any = n.With
	if n.With == nil {
		with = map[string]any{}
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(with); !errors.As(err, &invalid) {
		return
	}
	for _, leaf := range leaves(invalid, with) {
		if !reported[flow.Join(at+"/with", leaf.InstanceLocation...)] {
			c.parameter(at, n, typ, leaf)
		}
	}
}

// leaves gives the innermost faults, without those that only a template has. An
// alternative (anyOf, oneOf) that fails at a template may hold at run time.
func leaves(e *jsonschema.ValidationError, with any) []*jsonschema.ValidationError {
	if templateAt(with, e.InstanceLocation) {
		return nil
	}
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var found []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		below := leaves(cause, with)
		if len(below) == 0 && alternative(e) {
			return nil
		}
		found = append(found, below...)
	}
	if alternative(e) && len(found) > 1 {
		return []*jsonschema.ValidationError{e}
	}
	return found
}

func alternative(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return true
	}
	return false
}

func templateAt(v any, location []string) bool {
	for _, token := range location {
		switch at := v.(type) {
		case map[string]any:
			v = at[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(at) {
				return false
			}
			v = at[i]
		default:
			return false
		}
	}
	s, text := v.(string)
	return text && expr.IsTemplate(s)
}

// parameter reports a fault with its place and its fix: each parameter that is
// missing, unknown or of another kind on its own, where it stands or should stand.
func (c *checker) parameter(at string, n *flow.Node, typ catalog.NodeType, e *jsonschema.ValidationError) {
	pointer := flow.Join(at+"/with", e.InstanceLocation...)
	if names := choices(typ.Input); alternative(e) && len(e.InstanceLocation) == 0 && len(names) > 0 {
		c.report("param.choice", pointer, n.ID, called(n)+" needs one of "+titles(typ.Input, names), "give one of them, and leave the others empty")
		return
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			c.report("param.missing", flow.Join(pointer, name), n.ID, called(n)+" needs "+titles(typ.Input, []string{name}), "fill it in")
		}
	case *kind.AdditionalProperties:
		known := properties(schemaAt(typ.Input, e.InstanceLocation))
		for _, name := range k.Properties {
			text, fix := unknown(name, versioned(typ), e.InstanceLocation, known)
			c.report("param.unknown", flow.Join(pointer, name), n.ID, text, fix)
		}
	default:
		text, fix := unfit(e, where(typ.Input, e.InstanceLocation))
		c.report("param.invalid", pointer, n.ID, text, fix)
	}
}

// called is a node as people know it: by its name, or by its id where it has none.
func called(n *flow.Node) string {
	if n.Name != "" {
		return strconv.Quote(n.Name)
	}
	return strconv.Quote(n.ID)
}

// titles are parameters as a form has them, and as a file does where that differs.
func titles(schema json.RawMessage, names []string) string {
	var s struct {
		Properties map[string]struct {
			Title string `json:"title"`
		} `json:"properties"`
	}
	_ = json.Unmarshal(schema, &s) // compiled already
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = strconv.Quote(name)
		if title := s.Properties[name].Title; title != "" {
			list[i] = strconv.Quote(title)
			if !strings.EqualFold(title, name) {
				list[i] += " (" + name + ")"
			}
		}
	}
	return strings.Join(list, ", ")
}

// choices are the parameters of which a schema requires one.
func choices(schema json.RawMessage) (names []string) {
	var fields struct {
		OneOf []struct {
			Required []string `json:"required"`
		} `json:"oneOf"`
	}
	_ = json.Unmarshal(schema, &fields) // compiled already
	for _, one := range fields.OneOf {
		names = append(names, one.Required...)
	}
	return names
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	return strings.Join(quoted, ", ")
}

func properties(schema json.RawMessage) []string {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return nil
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// expressionFields gives the paths of the fields that a schema marks with
// x-expression; * stands for each item of a list.
func expressionFields(schema json.RawMessage) [][]string {
	var root any
	if json.Unmarshal(schema, &root) != nil {
		return nil
	}
	var paths [][]string
	var visit func(v any, path []string)
	visit = func(v any, path []string) {
		object, ok := v.(map[string]any)
		if !ok || len(path) > flow.MaxDepth {
			return
		}
		if object["x-expression"] == true {
			paths = append(paths, slices.Clone(path))
			return
		}
		if props, ok := object["properties"].(map[string]any); ok {
			for name, sub := range props {
				visit(sub, append(path, name))
			}
		}
		if items, ok := object["items"]; ok {
			visit(items, append(path, "*"))
		}
	}
	visit(root, nil)
	return paths
}

// input checks that the flow's own input is described by a schema that compiles.
func (c *checker) input() {
	if c.doc.Input == nil {
		return
	}
	if _, err := InputSchema(c.doc); err != nil {
		c.report("input.schema", "/input", "", "the input's JSON Schema is not valid: "+err.Error(), "")
	}
}

// InputSchema compiles the schema of a flow's input; nil where it takes anything.
func InputSchema(d *flow.Document) (*jsonschema.Schema, error) {
	if d.Input == nil {
		return nil, nil
	}
	return Schema(d.Input)
}

// Schema compiles a JSON Schema that is part of a flow. It may not load others.
func Schema(v any) (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{})
	if err := compiler.AddResource("input.json", v); err != nil {
		return nil, err
	}
	return compiler.Compile("input.json")
}

// Input checks a run's input against the flow's schema and gives every fault.
func Input(schema *jsonschema.Schema, input any) flow.Problems {
	var invalid *jsonschema.ValidationError
	if schema == nil || !errors.As(schema.Validate(input), &invalid) {
		return nil
	}
	var problems flow.Problems
	for _, leaf := range innermost(invalid) {
		pointer := flow.Join("", leaf.InstanceLocation...)
		where := "the run's input"
		if pointer != "" {
			where += " at " + pointer
		}
		problems = append(problems, flow.Problem{
			Code: "input.invalid", Severity: flow.SeverityError, Pointer: pointer,
			Message: where + ": " + inputFault(leaf), Fix: "the flow says under input what it takes",
		})
	}
	return problems
}

// Value holds a value against a schema, and gives every fault; pointers begin at at.
// what is missing is named by the place where it should stand. A nil schema takes
// anything.
func Value(schema *jsonschema.Schema, at string, v any) flow.Problems {
	var invalid *jsonschema.ValidationError
	if schema == nil || !errors.As(schema.Validate(v), &invalid) {
		return nil
	}
	var problems flow.Problems
	for _, leaf := range innermost(invalid) {
		pointer := flow.Join(at, leaf.InstanceLocation...)
		if k, ok := leaf.ErrorKind.(*kind.Required); ok {
			for _, name := range k.Missing {
				problems = append(problems, flow.Problem{Code: "value.missing", Severity: flow.SeverityError, Pointer: flow.Join(pointer, name), Message: "this is needed"})
			}
			continue
		}
		problems = append(problems, flow.Problem{Code: "value.invalid", Severity: flow.SeverityError, Pointer: pointer, Message: inputFault(leaf)})
	}
	return problems
}

// inputFault words a fault. Of alternatives that each miss one thing, one of
// those things is missing.
func inputFault(e *jsonschema.ValidationError) string {
	if len(e.Causes) == 0 {
		return e.ErrorKind.LocalizedString(english)
	}
	names := missing(e)
	return "one of " + strings.Join(names, ", ") + " must be given"
}

// missing gives what each alternative misses, or nil where one is at fault
// otherwise.
func missing(e *jsonschema.ValidationError) []string {
	if !alternative(e) {
		return nil
	}
	var names []string
	for _, cause := range e.Causes {
		k, ok := cause.ErrorKind.(*kind.Required)
		if !ok || len(cause.Causes) > 0 {
			if len(cause.Causes) != 1 {
				return nil
			}
			if k, ok = cause.Causes[0].ErrorKind.(*kind.Required); !ok {
				return nil
			}
		}
		names = append(names, quoteAll(k.Missing))
	}
	return names
}

func innermost(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 || len(missing(e)) > 0 {
		return []*jsonschema.ValidationError{e}
	}
	var found []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		found = append(found, innermost(cause)...)
	}
	return found
}
