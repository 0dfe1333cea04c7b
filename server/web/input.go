package web

import (
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// checkInput holds the input of a request against what the flow says it takes. Each
// fault has its place in the request's body, what is missing too: a form shows it there.
func checkInput(d *flow.Document, input any) flow.Problems {
	schema, err := check.InputSchema(d)
	if err != nil {
		return flow.Problems{{Code: "input.schema", Severity: flow.SeverityError, Pointer: "/input", Message: err.Error()}}
	}
	return check.Value(schema, "/input", input)
}
