package run

import (
	"maps"
	"slices"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Difference is one place at which two values differ.
type Difference struct {
	// Pointer is an RFC 6901 pointer into both; empty is the whole.
	Pointer string
	Before  any
	After   any
	// Added and Removed say that one of the two has nothing there.
	Added   bool
	Removed bool
}

// Differences lists where two JSON values differ, up to a limit; more says that there
// are others. In a replay a text from which secrets were taken is the same as the one
// before.
func (r Relation) Differences(before, after any, limit int) (list []Difference, more bool) {
	d := differ{relation: r, limit: limit}
	d.compare("", before, after)
	if len(d.list) > limit {
		return d.list[:limit], true
	}
	return d.list, false
}

type differ struct {
	relation Relation
	list     []Difference
	limit    int
}

func (d *differ) compare(pointer string, a, b any) {
	if len(d.list) > d.limit {
		return
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			d.objects(pointer, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			d.lists(pointer, x, y)
			return
		}
	}
	if Same(a, b) || d.relation.hides(pointer, a, b) {
		return
	}
	d.list = append(d.list, Difference{Pointer: pointer, Before: a, After: b})
}

func (d *differ) objects(pointer string, a, b map[string]any) {
	names := make([]string, 0, len(a)+len(b))
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		x, inA := a[name]
		y, inB := b[name]
		d.member(flow.Join(pointer, name), x, y, inA, inB)
	}
}

func (d *differ) lists(pointer string, a, b []any) {
	for i := range max(len(a), len(b)) {
		var x, y any
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		d.member(flow.Join(pointer, strconv.Itoa(i)), x, y, i < len(a), i < len(b))
	}
}

func (d *differ) member(pointer string, a, b any, inA, inB bool) {
	switch {
	case len(d.list) > d.limit:
	case inA && inB:
		d.compare(pointer, a, b)
	default:
		d.list = append(d.list, Difference{Pointer: pointer, Before: a, After: b, Added: inB, Removed: inA})
	}
}

// Same says whether two values are the same JSON.
func Same(a, b any) bool { return string(flow.CompactJSON(a)) == string(flow.CompactJSON(b)) }

// StepChange is how a step differs between two runs. Before or After is nil where one
// of the runs has no such step, or never began it.
type StepChange struct {
	Key           string
	Before, After *Step
	// State, Output and Error say what differs.
	State, Output, Error bool
	// Outcome says that it ends otherwise, and not only in other words.
	Outcome bool
}

// Changes lists the steps that differ between two runs, in the order in which they
// came to be, and how many are the same.
func (r Relation) Changes(before, after *State) (changed []StepChange, same int) {
	look := func(key string) {
		a, b := begun(before, key), begun(after, key)
		if a == nil && b == nil {
			return
		}
		if c, differs := r.Change(a, b); differs {
			c.Key = key
			changed = append(changed, c)
		} else {
			same++
		}
	}
	for _, step := range before.order {
		look(step.Key)
	}
	for _, step := range after.order {
		if _, both := before.steps[step.Key]; !both {
			look(step.Key)
		}
	}
	return changed, same
}

// Change compares a step of two runs; one of the two may be nil.
func (r Relation) Change(a, b *Step) (c StepChange, differs bool) {
	c.Before, c.After = a, b
	if a == nil || b == nil {
		c.State, c.Outcome = true, true
		return c, true
	}
	c.State = a.State != b.State || a.Port != b.Port
	c.Output = !r.Alike(a.Output, b.Output)
	c.Error = !r.Alike(a.Error.Plain(), b.Error.Plain())
	c.Outcome = c.State || !r.Alike(unworded(a), unworded(b)) || !SameError(a.Error, b.Error)
	return c, c.State || c.Output || c.Error
}

// SameError says whether two runs or steps failed alike: by the code, whatever the words.
func SameError(a, b *Error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Code == b.Code
}

// unworded is the output of a step but for what only people read.
func unworded(s *Step) any {
	fields, isObject := s.Output.(map[string]any)
	if s.Node.Type != flow.TypeStop || !isObject {
		return s.Output
	}
	fields = maps.Clone(fields)
	delete(fields, "message")
	return fields
}

// begun finds a step that began; what was skipped, or never came to its turn, did not.
func begun(s *State, key string) *Step {
	step, there := s.steps[key]
	if !there || step.State == StepPending || step.State == StepSkip {
		return nil
	}
	return step
}
