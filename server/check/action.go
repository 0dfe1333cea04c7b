package check

import (
	"errors"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// ActionInput holds values, without templates, against an action's schema. Pointers
// begin at /input; what is missing is named by the place where it should stand.
func ActionInput(a *catalog.Action, input any) flow.Problems {
	var invalid *jsonschema.ValidationError
	if a.InputSchema == nil || !errors.As(a.InputSchema.Validate(input), &invalid) {
		return nil
	}
	var problems flow.Problems
	report := func(code, pointer, message, fix string) {
		problems = append(problems, flow.Problem{Code: code, Severity: flow.SeverityError, Pointer: pointer, Message: message, Fix: fix})
	}
	for _, leaf := range innermost(invalid) {
		pointer := flow.Join("/input", leaf.InstanceLocation...)
		switch k := leaf.ErrorKind.(type) {
		case *kind.Required:
			for _, name := range k.Missing {
				report("param.missing", flow.Join(pointer, name), a.ID+" needs "+strconv.Quote(name), "fill it in")
			}
		case *kind.AdditionalProperties:
			for _, name := range k.Properties {
				text, fix := unknown(name, a.ID, leaf.InstanceLocation, properties(schemaAt(a.Input, leaf.InstanceLocation)))
				report("param.unknown", flow.Join(pointer, name), text, fix)
			}
		default:
			text, fix := inputFault(leaf), ""
			if len(leaf.Causes) == 0 {
				text, fix = unfit(leaf, where(a.Input, leaf.InstanceLocation))
			}
			report("param.invalid", pointer, text, fix)
		}
	}
	return problems
}
