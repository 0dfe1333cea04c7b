package run

import (
	"regexp"
	"strings"
)

// Hidden stands where a secret was taken out of what a run was told, before that was
// kept: a replay sees it in the secret's place.
const Hidden = "•••"

// Relation is what the run after is to the run before, where two are compared.
type Relation int

// Relations of runs. Only in a [Replay] of the run before a hidden secret is the same as
// what it was, and only where that may have been one.
const (
	Another Relation = iota
	Replay
)

// Alike says whether two values are the same JSON, but for secrets that a replay did not
// see.
func (r Relation) Alike(before, after any) bool {
	if Same(before, after) {
		return true
	}
	list, more := r.Differences(before, after, 0)
	return len(list) == 0 && !more
}

// Where secrets are taken out whatever they are, and what is looked for elsewhere.
var (
	secretPlace = regexp.MustCompile(`(?i)/(?:set-cookie2?|(?:proxy-)?authorization|x-(?:auth|subject)-token|(?:access|refresh|id)_?token)(?:/\d+)?$`)
	secretText  = regexp.MustCompile(`^[A-Za-z0-9._~+/=&<>"%-]{16,}$`)
)

// mayBeSecret says whether a text elsewhere may have been one: no word is, however long.
func mayBeSecret(s string) bool {
	return secretText.MatchString(s) && strings.ContainsAny(s, "0123456789")
}

// hides says whether a value is the one before with secrets taken out.
func (r Relation) hides(pointer string, before, after any) bool {
	text, isText := before.(string)
	hidden, both := after.(string)
	if r != Replay || !isText || !both || !strings.Contains(hidden, Hidden) {
		return false
	}
	may := mayBeSecret
	if secretPlace.MatchString(pointer) {
		may = func(s string) bool { return s != "" }
	}
	return fits(hidden, text, may)
}

// fits says whether a text is a hidden one whose secrets are there.
func fits(hidden, text string, may func(secret string) bool) bool {
	parts := strings.Split(hidden, Hidden)
	rest, begins := strings.CutPrefix(text, parts[0])
	if !begins {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		secret, after, found := strings.Cut(rest, part)
		if !found || !may(secret) && secret != Hidden {
			return false
		}
		rest = after
	}
	secret, ends := strings.CutSuffix(rest, parts[last])
	return ends && (may(secret) || secret == Hidden)
}
