package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Bounds of the line that says what a question is about.
const (
	mostAbout      = 3  // values
	mostAboutText  = 80 // characters of each
	mostAboutItems = 3  // of a list
)

// about tells the first known values of a question in a line, as JSON, so that none of them
// can pass for another.
func about(q *Question) string {
	a := &abouter{}
	switch {
	case q.Show.V != nil:
		a.visit("", "", q.Show.V)
	case len(q.Then) > 0:
		a.open = q.Then[0].Open
		a.visit("", "", q.Then[0].With.V)
	}
	return strings.Join(a.said, " · ")
}

type abouter struct {
	said []string
	open []string
}

func (a *abouter) visit(pointer, label string, v any) {
	if len(a.said) == mostAbout || v == nil || slices.Contains(a.open, pointer) {
		return
	}
	if object, is := v.(map[string]any); is {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			a.visit(flow.Join(pointer, key), strings.TrimPrefix(label+"."+quotedKey(key), "."), object[key])
		}
		return
	}
	more := 0
	if list, is := v.([]any); is {
		if len(list) == 0 || slices.ContainsFunc(list[:min(len(list), mostAboutItems)], branches) {
			return
		}
		v, more = list[:min(len(list), mostAboutItems)], max(len(list)-mostAboutItems, 0)
	}
	text := shortened(string(flow.CompactJSON(v)))
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if label = shortened(label); label != "" {
		label += ": "
	}
	a.said = append(a.said, label+text)
}

// quotedKey gives a key as it is called, in quotes where it could pass for something else.
func quotedKey(key string) string {
	if key == "" || strings.ContainsAny(key, ` .:·"`) {
		return string(flow.CompactJSON(key))
	}
	return key
}

func branches(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

func shortened(text string) string {
	if letters := []rune(text); len(letters) > mostAboutText {
		return string(letters[:mostAboutText]) + "…"
	}
	return text
}
