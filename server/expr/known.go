package expr

import (
	"context"
	"maps"
	"slices"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Origin says where a part of a value comes from.
type Origin int

// Origins of parts of values.
const (
	Written   Origin = iota // as it stands in the document
	Evaluated               // what a template gave
	Open                    // a template that has no value yet, as it is written
)

// Part is told of each part of a value, and gives what stands for it.
type Part func(pointer string, v any, origin Origin) any

// Known evaluates the templates that known says can be. The others, and those that
// fail, are open. Objects are gone through in the order of their keys.
func (v *Value) Known(ctx context.Context, data *Data, known func(*Template) bool, part Part) any {
	return v.known("", func(t *Template) (any, bool) {
		if !known(t) {
			return nil, false
		}
		out, err := t.Eval(ctx, data)
		return out, err == nil
	}, part)
}

func (v *Value) known(pointer string, eval func(*Template) (any, bool), part Part) any {
	switch {
	case v.template != nil:
		if out, ok := eval(v.template); ok {
			return part(pointer, out, Evaluated)
		}
		return part(pointer, v.template.source, Open)
	case v.list != nil:
		list := make([]any, len(v.list))
		for i, item := range v.list {
			list[i] = item.known(flow.Join(pointer, itoa(i)), eval, part)
		}
		return list
	case v.object != nil:
		object := make(map[string]any, len(v.object))
		for _, key := range slices.Sorted(maps.Keys(v.object)) {
			object[key] = v.object[key].known(flow.Join(pointer, key), eval, part)
		}
		return object
	}
	return part(pointer, v.constant, Written)
}

// Leaves counts the single values of a value, as it is written.
func (v *Value) Leaves() int { return leaves(v.constant) }

func leaves(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += leaves(item)
		}
	case map[string]any:
		for _, item := range v {
			n += leaves(item)
		}
	}
	return max(n, 1)
}

// Lasting says whether the template gives the same whenever it is evaluated on the same
// data: now() is another each time.
func (t *Template) Lasting() bool {
	return !slices.ContainsFunc(t.References(), func(r Reference) bool { return r.Name == nowVariable })
}
