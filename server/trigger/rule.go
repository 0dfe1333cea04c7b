package trigger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Rule is what a trigger's expressions say of an event: whether it starts nothing,
// and what names it. They are evaluated within the same bounds of cost as all of a
// flow's.
type Rule struct {
	drop, key *expr.Template
	vars, doc map[string]any
}

// KeyError says that a trigger's key gave none for an event.
type KeyError struct{ Reason string }

// Error implements the error interface.
func (e *KeyError) Error() string {
	return "the trigger's key names no event: " + e.Reason + ": send what it reads, or let it fall back on something else"
}

func newRule(d *flow.Document, n *flow.Node) (Rule, error) {
	r := Rule{vars: d.Vars, doc: map[string]any{"id": d.ID, "name": d.Name}}
	for _, of := range []struct {
		field string
		into  **expr.Template
	}{{"dropWhen", &r.drop}, {"key", &r.key}} {
		text, _ := n.With[of.field].(string)
		if text == "" || !expr.IsTemplate(text) {
			continue
		}
		t, faults := expr.Compile(text)
		if len(faults) > 0 {
			return r, faults // the check found them when it was published
		}
		*of.into = t
	}
	return r, nil
}

func (r *Rule) data(trigger any) *expr.Data {
	return &expr.Data{Trigger: trigger, Vars: r.vars, Flow: r.doc, Now: time.Now()}
}

// Drops says whether an event starts no run. A rule that fails leaves nothing out:
// an alert too many is better than one that is lost.
func (r *Rule) Drops(ctx context.Context, trigger map[string]any) bool {
	if r.drop == nil {
		return false
	}
	value, err := r.drop.Eval(ctx, r.data(trigger))
	return err == nil && value == true
}

// Key names an event; "" where the trigger has no key. Of a signed one only the
// body is read: whoever sent it again could write anything else. The error is a
// [*KeyError].
func (r *Rule) Key(ctx context.Context, trigger map[string]any, signed bool) (string, error) {
	if r.key == nil {
		return "", nil
	}
	if signed {
		trigger = map[string]any{"type": trigger["type"], "body": trigger["body"], "headers": map[string]any{}, "query": map[string]any{}, "at": ""}
	}
	value, err := r.key.Eval(ctx, r.data(trigger))
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		line, _, _ := strings.Cut(err.Error(), "\n")
		return "", &KeyError{line}
	}
	text := ""
	switch v := value.(type) {
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	default:
		return "", &KeyError{fmt.Sprintf("it gave %s where a text or a whole number belongs", kindOf(value))}
	}
	if text = strings.TrimSpace(text); text == "" || len(text) > maxKey {
		return "", &KeyError{fmt.Sprintf("it gave a text of %d bytes where 1 to %d belong", len(text), maxKey)}
	}
	return text, nil
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number with a fraction"
}
