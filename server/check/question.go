package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

const durationFix = "write it as 90m, 36h or 7d"

// question finds what would stop people from being asked, of what is written: what an
// expression makes is seen by the run alone.
func (c *checker) question(at string, n *flow.Node) {
	if n.Type != flow.TypeApproval && n.Type != flow.TypeForm {
		return
	}
	c.asked(at, n)
	c.deadline(at, n)
	if id := written(n, "notify"); id != "" && uuid.Validate(id) != nil {
		c.wrong("param.invalid", at, n, "notify", "this is not the id of a flow", "choose a published flow, or leave it empty")
	}
	if form := n.With["form"]; form != nil && !hasTemplate(form) {
		if _, err := Schema(form); err != nil {
			c.wrong("question.form", at, n, "form", "the form's JSON Schema is not valid: "+err.Error(), "")
		}
	}
}

// asked finds that nobody could answer.
func (c *checker) asked(at string, n *flow.Node) {
	known, open := literal(n.With["to"])
	to, err := flow.ParseAsked(known)
	switch {
	case n.With["to"] == nil || open && errors.Is(err, flow.ErrNobodyAsked):
		return // the schema says that it is missing, or it isn't known yet
	case err != nil:
		c.wrong("question.to", at, n, "to", err.Error(), "")
		return
	}
	for _, name := range to {
		role, isRole := strings.CutPrefix(name, flow.RolePrefix)
		if _, err := auth.ParseRole(role); isRole && err != nil {
			c.wrong("question.to", at, n, "to", err.Error(), "")
		}
		open = open || isRole
	}
	if quorum, whole := n.With["quorum"].(int64); whole && !open && quorum > int64(len(to)) {
		c.wrong("question.quorum", at, n, "quorum", fmt.Sprintf("%d must approve, and %d are asked", quorum, len(to)), "ask more, or a role")
	}
}

func (c *checker) deadline(at string, n *flow.Node) {
	deadline, remind := time.Duration(0), time.Duration(0)
	if text := written(n, "deadline"); text != "" {
		if when, err := time.Parse(time.RFC3339Nano, text); err == nil {
			if !when.After(time.Now()) {
				c.wrong("param.invalid", at, n, "deadline", "the deadline "+text+" is past", "give a later time, or how long people have, such as 36h")
			}
		} else {
			deadline = c.length(at, n, "deadline", time.Nanosecond, "the deadline must be after now")
		}
	}
	if written(n, "remind") != "" {
		remind = c.length(at, n, "remind", flow.MinRemind, "remind must be a minute at least")
	}
	if deadline > 0 && remind >= deadline {
		c.place(flow.Problem{
			Code: "question.remind", Severity: flow.SeverityWarning, Pointer: at + "/with/remind", Node: n.ID,
			Message: "nobody is ever reminded: the deadline comes first", Fix: "remind more often, or take it away",
		}, 0)
	}
}

// times finds lengths and times that can't be waited for.
func (c *checker) times(at string, n *flow.Node) {
	switch n.Type {
	case flow.TypeRepeat:
		c.length(at, n, "every", 0, "")
	case flow.TypeWait:
		c.length(at, n, "for", 0, "")
		text := written(n, "until")
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil && text != "" {
			c.wrong("param.invalid", at, n, "until", "this is not a time with its zone", "write it as 2026-01-31T09:00:00Z")
		}
	}
}

// length reads a duration that is written; 0 where none is, or it is wrong.
func (c *checker) length(at string, n *flow.Node, field string, least time.Duration, short string) time.Duration {
	text := written(n, field)
	if text == "" {
		return 0
	}
	d, err := flow.ParseDuration(text)
	switch {
	case err != nil:
		c.wrong("param.invalid", at, n, field, fmt.Sprintf("%q is not a duration", text), durationFix)
	case d < least:
		c.wrong("param.invalid", at, n, field, short, durationFix)
	case d > flow.MaxWait:
		c.wrong("param.invalid", at, n, field, flow.WaitsTooLong, "")
	default:
		return d
	}
	return 0
}

// wrong reports a parameter, unless its schema did.
func (c *checker) wrong(code, at string, n *flow.Node, field, message, fix string) {
	pointer := flow.Join(at+"/with", field)
	if !slices.ContainsFunc(c.problems, func(p flow.Problem) bool { return p.Pointer == pointer || strings.HasPrefix(p.Pointer, pointer+"/") }) {
		c.report(code, pointer, n.ID, message, fix)
	}
}

// written is the text of a parameter; "" where it is none, or an expression.
func written(n *flow.Node, field string) string {
	text, _ := n.With[field].(string)
	if expr.IsTemplate(text) {
		return ""
	}
	return text
}

// literal is what of a list, or of an object of lists, is known before a run; open says
// that expressions add to it.
func literal(v any) (known any, open bool) {
	switch v := v.(type) {
	case string:
		if expr.IsTemplate(v) {
			return nil, true
		}
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			if item, made := literal(item); made {
				open = true
			} else {
				list = append(list, item)
			}
		}
		return list, open
	case map[string]any:
		fields := map[string]any{}
		for name, item := range v {
			item, made := literal(item)
			fields[name], open = item, open || made
		}
		return fields, open
	}
	return v, false
}

func hasTemplate(v any) bool {
	switch v := v.(type) {
	case string:
		return expr.IsTemplate(v)
	case []any:
		return slices.ContainsFunc(v, hasTemplate)
	case map[string]any:
		for _, item := range v {
			if hasTemplate(item) {
				return true
			}
		}
	}
	return false
}
