package alerts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Mapping says where the fields of an alert are in an event: by a JSON pointer (/rule/0/name),
// by a dotted path (rule.name; a number picks of a list, and without one all of it is
// looked at), or, behind an equals sign, as a text (=Acme EDR). It counts before what the
// event's shape says.
type Mapping map[string]string

// Mappable lists the fields that a mapping may name.
var Mappable = []string{"title", "description", "source", "externalId", "severity", "time", "rule", "tactics", "techniques", "host", "user", "observables"}

func (m Mapping) check() (problems Problems) {
	for field, path := range m {
		if !slices.Contains(Mappable, field) {
			problems.add("mapping/"+field, fmt.Sprintf("an alert has no field %q", field), "use "+strings.Join(Mappable, ", "))
		} else if path == "" {
			problems.add("mapping/"+field, "this is no path", "write a path such as rule.name, /rule/name or =text, or leave the field out")
		}
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Field, b.Field) })
	return problems
}

// at gives what an event has at a path: one value, or those of all items of a list on the
// way. Keys with dots in them, as search engines write them, are found as well.
func at(event any, path string) []any {
	if strings.HasPrefix(path, "/") {
		return pointed(event, strings.Split(path[1:], "/"))
	}
	return dotted(event, strings.Split(path, "."), nil)
}

func pointed(v any, steps []string) []any {
	for _, step := range steps {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(at) {
				return nil
			}
			v = at[n]
		default:
			return nil
		}
	}
	return spread(v, nil)
}

func dotted(v any, steps []string, found []any) []any {
	if len(steps) == 0 {
		return spread(v, found)
	}
	switch at := v.(type) {
	case map[string]any:
		for n := 1; n <= len(steps); n++ {
			if next, there := at[strings.Join(steps[:n], ".")]; there {
				found = dotted(next, steps[n:], found)
			}
		}
	case []any:
		if n, err := strconv.Atoi(steps[0]); err == nil {
			if n >= 0 && n < len(at) {
				return dotted(at[n], steps[1:], found)
			}
			return found
		}
		for _, item := range at {
			found = dotted(item, steps, found)
		}
	}
	return found
}

// spread adds a value, or those of a list; nothing is null.
func spread(v any, found []any) []any {
	switch at := v.(type) {
	case nil:
		return found
	case []any:
		for _, item := range at {
			found = spread(item, found)
		}
		return found
	}
	return append(found, v)
}

// textOf writes a value that is a text, a number or a truth.
func textOf(v any) (string, bool) {
	switch at := v.(type) {
	case string:
		return strings.TrimSpace(at), true
	case bool:
		return strconv.FormatBool(at), true
	case int64:
		return strconv.FormatInt(at, 10), true
	case float64:
		return strconv.FormatFloat(at, 'f', -1, 64), true
	case fmt.Stringer: // a number that is kept as it was written
		return at.String(), true
	}
	return "", false
}
