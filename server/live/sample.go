package live

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// More says that a value has more than what is shown of it.
type More struct {
	Pointer string `json:"pointer" doc:"Of the list, object or text; empty is the value itself"`
	More    int    `json:"more" doc:"How much is left out there"`
	Of      string `json:"of" enum:"items,fields,characters"`
}

// What a sample shows of a text and of a list or object at most, however much room there is.
const (
	sampleText    = 2000
	sampleEntries = 100
)

// Sample gives the beginning of a value whose JSON has more than most bytes: the
// first items, fields and characters, about most bytes of it in all, and where it has
// more. Size is that of the whole; a value that fits is given as it is.
func Sample(v any, most int) (shown any, size int, more []More) {
	if v == nil || small(v) {
		return v, 0, nil
	}
	if size = len(flow.CompactJSON(v)); size <= most {
		return v, size, nil
	}
	s := sampler{left: most}
	return s.value("", v), size, s.more
}

type sampler struct {
	left int // bytes, about: each list, object and entry of them counts one besides what it holds
	more []More
}

func (s *sampler) value(pointer string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return s.object(pointer, v)
	case []any:
		return s.list(pointer, v)
	case string:
		return s.text(pointer, v)
	}
	s.left -= 8
	return v
}

func (s *sampler) object(pointer string, v map[string]any) any {
	s.left--
	names := slices.Sorted(maps.Keys(v))
	shown := make(map[string]any, min(len(names), sampleEntries))
	for _, name := range names {
		if len(shown) == sampleEntries || s.left <= 0 {
			s.more = append(s.more, More{pointer, len(names) - len(shown), "fields"})
			break
		}
		s.left -= len(name) + 1
		shown[name] = s.value(flow.Join(pointer, name), v[name])
	}
	return shown
}

func (s *sampler) list(pointer string, v []any) any {
	s.left--
	shown := make([]any, 0, min(len(v), sampleEntries))
	for i, item := range v {
		if i == sampleEntries || s.left <= 0 {
			s.more = append(s.more, More{pointer, len(v) - i, "items"})
			break
		}
		s.left--
		shown = append(shown, s.value(flow.Join(pointer, strconv.Itoa(i)), item))
	}
	return shown
}

func (s *sampler) text(pointer, v string) any {
	if len(v) > sampleText {
		cut := sampleText
		for !utf8.RuneStart(v[cut]) {
			cut--
		}
		s.more = append(s.more, More{pointer, utf8.RuneCountInString(v[cut:]), "characters"})
		v = v[:cut]
	}
	s.left -= len(v)
	return v
}
