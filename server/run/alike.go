package run

import "strings"

// Hidden stands where a secret was taken out of what a run was told, before that was
// kept: a replay sees it in the secret's place.
const Hidden = "•••"

// Alike says whether two values are the same JSON, but for secrets that a replay of the
// one did not see.
func Alike(a, b any) bool {
	if Same(a, b) {
		return true
	}
	list, more := Differences(a, b, 0)
	return len(list) == 0 && !more
}

// hides says whether one of two texts is the other with secrets taken out.
func hides(a, b any) bool {
	x, isText := a.(string)
	y, both := b.(string)
	return isText && both && (fits(x, y) || fits(y, x))
}

// fits says whether a text is a hidden one whose secrets are there.
func fits(hidden, text string) bool {
	parts := strings.Split(hidden, Hidden)
	rest, begins := strings.CutPrefix(text, parts[0])
	if !begins || len(parts) == 1 {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, last)
}
