package engine

import (
	"fmt"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// decide runs core.table: a list of rules, each with a value.
func (a *actor) decide(step *run.Step) error {
	now := a.now()
	d, err := a.eval.data(a.ctx, step.Scope, a.state.Seq, now)
	if err != nil {
		return err
	}
	with := a.eval.node(step).With
	match, err := a.match(with, d)
	if err != nil {
		return err
	}
	values, err := a.rowsThatHold(with, d, match == "first")
	if err != nil {
		return err
	}
	e := run.Event{At: now, Attempt: 1}
	switch {
	case len(values) == 0:
		e.Port, e.Output = "none", map[string]any{"value": nothing(match)}
	case match == "sum":
		total, err := sum(values)
		if err != nil {
			return err
		}
		e.Output = map[string]any{"value": total}
	case match == "all":
		e.Output = map[string]any{"value": values}
	default:
		e.Output = map[string]any{"value": values[0]}
	}
	a.succeed(step, e)
	return nil
}

func (a *actor) match(with *expr.Value, d *expr.Data) (string, error) {
	member := with.Member("match")
	if member == nil {
		return "first", nil
	}
	v, err := member.Eval(a.ctx, d)
	if err != nil {
		return "", err
	}
	switch v {
	case "first", "sum", "all":
		return v.(string), nil //nolint:forcetypeassert // one of the three
	}
	return "", &run.Error{Code: "bad_input", Message: "match must be first, sum or all, this is " + shown(v)}
}

// nothing is the value of a table of which no row holds.
func nothing(match string) any {
	switch match {
	case "sum":
		return int64(0)
	case "all":
		return []any{}
	}
	return nil
}

// rowsThatHold evaluates the rows from the top. Values of rows that don't hold
// aren't, nor is anything below the first where one is enough.
func (a *actor) rowsThatHold(with *expr.Value, d *expr.Data, first bool) ([]any, error) {
	var values []any
	for i, row := range with.Member("rows").Items() {
		holds, err := condition(fmt.Sprintf("when of row %d", i+1), func() (any, error) { return row.Member("when").Eval(a.ctx, d) })
		if err != nil {
			return nil, err
		}
		if !holds {
			continue
		}
		value, err := row.Member("value").Eval(a.ctx, d)
		if err != nil {
			return nil, err
		}
		if values = append(values, value); first {
			break
		}
	}
	return values, nil
}

// sum adds numbers: whole ones to a whole one.
func sum(values []any) (any, error) {
	whole, total := int64(0), 0.0
	exact := true
	for i, v := range values {
		switch n := v.(type) {
		case int64:
			after := whole + n
			exact = exact && (after > whole) == (n > 0)
			whole, total = after, total+float64(n)
		case float64:
			exact, total = false, total+n
		default:
			return nil, &run.Error{Code: "bad_input", Message: fmt.Sprintf("the sum needs numbers: the value of the row that holds as number %d is %s", i+1, describe(v))}
		}
	}
	if exact {
		return whole, nil
	}
	return total, nil
}
