// Package trigger turns what comes from outside into runs: manual starts and
// webhooks.
package trigger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Pick chooses the trigger that a run starts from: the one named, or else the
// manual one, or else the only one. A flow without triggers gives "".
func Pick(d *flow.Document, id string) (string, error) {
	var enabled []*flow.Node
	for _, n := range d.Triggers() {
		if !n.Disabled {
			enabled = append(enabled, n)
		}
	}
	if id != "" {
		for _, n := range enabled {
			if n.ID == id {
				return id, nil
			}
		}
		return "", fmt.Errorf("the flow has no enabled trigger %q: %s", id, names(enabled))
	}
	for _, n := range enabled {
		if n.Type == "trigger.manual" {
			return n.ID, nil
		}
	}
	switch {
	case len(enabled) == 1:
		return enabled[0].ID, nil
	case len(enabled) == 0 && len(d.Triggers()) == 0:
		return "", nil
	}
	return "", fmt.Errorf("name the trigger to start from: %s", names(enabled))
}

// PickForCall chooses the trigger that a call from another flow starts from: the
// one that is for calls, or else the manual one. A flow without triggers gives "".
func PickForCall(d *flow.Document) (string, error) {
	manual, any := "", false
	for _, n := range d.Triggers() {
		any = true
		switch {
		case n.Disabled:
		case n.Type == "trigger.flow":
			return n.ID, nil
		case n.Type == "trigger.manual" && manual == "":
			manual = n.ID
		}
	}
	if any && manual == "" {
		return "", errors.New("it has no enabled trigger.flow and no trigger.manual")
	}
	return manual, nil
}

func names(nodes []*flow.Node) string {
	if len(nodes) == 0 {
		return "there is none"
	}
	ids := make([]string, len(nodes))
	for i, n := range nodes {
		ids[i] = n.ID
	}
	return "there are " + strings.Join(ids, ", ")
}

// Data is what expressions read as trigger. Kind is manual, webhook or flow; body is
// the input whatever the kind.
func Data(kind string, body any, headers, query map[string]any, at time.Time) map[string]any {
	if headers == nil {
		headers = map[string]any{}
	}
	if query == nil {
		query = map[string]any{}
	}
	return map[string]any{
		"type": kind, "body": body, "headers": headers, "query": query,
		"at": at.UTC().Format(time.RFC3339Nano),
	}
}

// CheckInput compares an input with what the flow says it takes.
func CheckInput(d *flow.Document, input any) flow.Problems {
	schema, err := check.InputSchema(d)
	if err != nil {
		return flow.Problems{{Code: "input.schema", Severity: flow.SeverityError, Pointer: "/input", Message: err.Error()}}
	}
	return check.Input(schema, input)
}
