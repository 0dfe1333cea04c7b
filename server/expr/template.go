// Package expr compiles and evaluates the expressions of a flow: CEL inside
// {{ }} in any string. Expressions can't loop for ever, allocate without bound
// or reach anything but the data they are given.
package expr

import (
	"context"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Template is one compiled string: text with CEL expressions in {{ }}.
type Template struct {
	source string
	parts  []part
}

type part struct {
	text string
	expr *expression
}

// Single says whether the template is one expression and nothing else, so that it
// gives the expression's value as it is.
func (t *Template) Single() bool { return len(t.parts) == 1 && t.parts[0].expr != nil }

// IsTemplate says whether a string holds an expression.
func IsTemplate(s string) bool { return strings.Contains(s, "{{") }

// Compile reads a template. Every fault is reported, with its place in s.
func Compile(s string) (*Template, Errors) {
	t := &Template{source: s}
	var faults Errors
	for rest := 0; rest < len(s); {
		open := strings.Index(s[rest:], "{{")
		if open < 0 {
			t.parts = append(t.parts, part{text: s[rest:]})
			break
		}
		open += rest
		if open > rest {
			t.parts = append(t.parts, part{text: s[rest:open]})
		}
		end, ok := closing(s, open+2)
		if !ok {
			return nil, append(faults, newError(CodeSyntax, s, open, "this {{ is not closed by }}"))
		}
		e, errs := compileExpression(s, open+2, end)
		faults = append(faults, errs...)
		t.parts = append(t.parts, part{expr: e})
		rest = end + 2
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return t, nil
}

// closing finds the }} that ends an expression which begins at from, as CEL
// lexes: braces nest, and those in strings and comments don't count.
func closing(s string, from int) (end int, ok bool) {
	depth := 0
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i, i+1 < len(s) && s[i+1] == '}'
			}
			depth--
		case '"', '\'':
			i = skipString(s, from, i)
		case '/':
			if i+1 < len(s) && s[i+1] == '/' {
				for i+1 < len(s) && s[i+1] != '\n' {
					i++
				}
			}
		}
	}
	return 0, false
}

// skipString gives the place of the last byte of the string literal that opens at i.
func skipString(s string, from, i int) int {
	quote := s[i : i+1]
	if strings.HasPrefix(s[i:], strings.Repeat(quote, 3)) {
		quote = s[i : i+3]
	}
	raw := isRaw(s, from, i)
	for j := i + len(quote); j < len(s); j++ {
		if s[j] == '\\' && !raw {
			j++
			continue
		}
		if strings.HasPrefix(s[j:], quote) {
			return j + len(quote) - 1
		}
		if s[j] == '\n' && len(quote) == 1 {
			return j
		}
	}
	return len(s)
}

// isRaw says whether the quote at i is preceded by the prefix r, rb or br.
func isRaw(s string, from, i int) bool {
	start := i
	for start > from && strings.IndexByte("rRbB", s[start-1]) >= 0 && i-start < 2 {
		start--
	}
	if start > from && isWordByte(s[start-1]) {
		return false
	}
	return strings.ContainsAny(s[start:i], "rR")
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// References lists what the template's expressions read, in order.
func (t *Template) References() []Reference {
	var refs []Reference
	for _, p := range t.parts {
		if p.expr != nil {
			refs = append(refs, p.expr.refs...)
		}
	}
	return refs
}

// Eval gives the template's value: that of its expression where it is nothing
// else, or else text. Values are JSON's, as [flow.Document] describes them.
func (t *Template) Eval(ctx context.Context, data *Data) (any, error) {
	if len(t.parts) == 1 && t.parts[0].expr != nil {
		return t.parts[0].expr.eval(ctx, data)
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.expr.eval(ctx, data)
		if err != nil {
			return nil, err
		}
		if err := appendText(&b, v); err != nil {
			return nil, newError(CodeLimit, t.source, p.expr.offset, err.Error())
		}
	}
	return b.String(), nil
}

func appendText(b *strings.Builder, v any) error {
	switch v := v.(type) {
	case nil:
	case string:
		b.WriteString(v)
	default:
		b.Write(flow.CompactJSON(v))
	}
	if b.Len() > maxBytes {
		return errTooLarge
	}
	return nil
}

// Value is a compiled JSON value of which any string may be a template.
type Value struct {
	constant any
	template *Template
	list     []*Value
	object   map[string]*Value
}

// CompileValue compiles every template in v until stop says so; what is left then is taken
// for text. Report is called with the pointer, relative to v, of each string that has faults.
func CompileValue(v any, stop func() bool, report func(pointer string, faults Errors)) *Value {
	return compileValue(v, "", stop, report)
}

func compileValue(v any, pointer string, stop func() bool, report func(string, Errors)) *Value {
	out := &Value{constant: v}
	switch v := v.(type) {
	case string:
		if !IsTemplate(v) || stop() {
			break
		}
		t, faults := Compile(v)
		if len(faults) > 0 {
			report(pointer, faults)
		}
		out.template = t
	case []any:
		dynamic := false
		for i, item := range v {
			c := compileValue(item, flow.Join(pointer, itoa(i)), stop, report)
			dynamic = dynamic || !c.IsConstant()
			out.list = append(out.list, c)
		}
		if !dynamic {
			out.list = nil
		}
	case map[string]any:
		dynamic := false
		object := make(map[string]*Value, len(v))
		for key, item := range v {
			c := compileValue(item, flow.Join(pointer, key), stop, report)
			dynamic = dynamic || !c.IsConstant()
			object[key] = c
		}
		if dynamic {
			out.object = object
		}
	}
	return out
}

// IsConstant says whether the value holds no expression.
func (v *Value) IsConstant() bool {
	return v.template == nil && v.list == nil && v.object == nil
}

// Templates calls visit with each template in the value and its pointer.
func (v *Value) Templates(visit func(pointer string, t *Template)) {
	v.templates("", visit)
}

func (v *Value) templates(pointer string, visit func(string, *Template)) {
	if v.template != nil {
		visit(pointer, v.template)
	}
	for i, item := range v.list {
		item.templates(flow.Join(pointer, itoa(i)), visit)
	}
	for key, item := range v.object {
		item.templates(flow.Join(pointer, key), visit)
	}
}

// Eval evaluates every template. The result shares what is constant with the
// document, so it must not be changed.
func (v *Value) Eval(ctx context.Context, data *Data) (any, error) {
	switch {
	case v.template != nil:
		return v.template.Eval(ctx, data)
	case v.list != nil:
		list := make([]any, len(v.list))
		for i, item := range v.list {
			out, err := item.Eval(ctx, data)
			if err != nil {
				return nil, within(err, itoa(i))
			}
			list[i] = out
		}
		return list, nil
	case v.object != nil:
		object := make(map[string]any, len(v.object))
		for key, item := range v.object {
			out, err := item.Eval(ctx, data)
			if err != nil {
				return nil, within(err, key)
			}
			object[key] = out
		}
		return object, nil
	}
	return v.constant, nil
}

// Member gives the compiled value of one key of an object, or nil.
func (v *Value) Member(key string) *Value {
	if m := v.object[key]; m != nil {
		return m
	}
	if constant, ok := v.constant.(map[string]any); ok && v.object == nil {
		if c, has := constant[key]; has {
			return &Value{constant: c}
		}
	}
	return nil
}

// Items gives the compiled values of a list, or nil.
func (v *Value) Items() []*Value {
	if v == nil {
		return nil
	}
	if v.list != nil {
		return v.list
	}
	constants, _ := v.constant.([]any)
	items := make([]*Value, len(constants))
	for i, c := range constants {
		items[i] = &Value{constant: c}
	}
	return items
}

// Constant gives the value as written, templates and all.
func (v *Value) Constant() any { return v.constant }

// Template gives the compiled template where the value is a string that holds
// one, or nil.
func (v *Value) Template() *Template { return v.template }
