package openapi

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of names. An id that has more is cut at a word.
const (
	maxActionID    = 56 // with room for a number that tells it from another
	maxConnectorID = 40
	maxName        = 80
)

// reserved are words that name no connector.
var reserved = map[string]bool{"core": true, "trigger": true, "case": true, "task": true, "intel": true, "http": true, "email": true, "ioc": true, "text": true}

var (
	humps    = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)
	unwanted = regexp.MustCompile(`[^a-z0-9]+`)
	accents  = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ê", "e", "á", "a", "à", "a", "â", "a",
		"ç", "c", "ñ", "n", "í", "i", "ó", "o", "ô", "o", "ú", "u", "å", "a", "ø", "o", "æ", "ae")
)

// snake makes an id of any name: words in lower case, joined by _. It may be empty.
func snake(name string, most int) string {
	for range 2 { // overlapping humps
		name = humps.ReplaceAllString(name, "${1}${3}_${2}${4}")
	}
	id := unwanted.ReplaceAllString(accents.Replace(strings.ToLower(name)), "_")
	id = strings.Trim(id, "_")
	for len(id) > most {
		cut := strings.LastIndexByte(id[:most+1], '_')
		if cut < most/2 {
			return strings.Trim(id[:most], "_")
		}
		id = id[:cut]
	}
	return id
}

// identifier makes an id that begins with a letter, of the first name that gives one.
func identifier(most int, prefix string, names ...string) string {
	for _, name := range names {
		id := snake(name, most)
		if id == "" || !strings.ContainsFunc(id, unicode.IsLetter) {
			continue
		}
		if id[0] >= '0' && id[0] <= '9' {
			id = snake(prefix+"_"+id, most)
		}
		return id
	}
	return prefix
}

// unique tells an id from those that are taken.
func unique(id string, taken map[string]bool) string {
	out := id
	for n := 2; taken[out]; n++ {
		out = id + "_" + strconv.Itoa(n)
	}
	taken[out] = true
	return out
}

// sentence makes a name that people read of an id: "list_users" is List users.
func sentence(id string) string {
	text := strings.ReplaceAll(id, "_", " ")
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}

// oneLine makes a single line of a text.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

var numbers = regexp.MustCompile(`\d+`)

// version makes a semantic version of whatever a document calls its own.
func version(given string) string {
	if regexp.MustCompile(`^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$`).MatchString(given) {
		return given
	}
	parts := []uint64{0, 0, 0}
	found := numbers.FindAllString(given, 3)
	for i, n := range found {
		parts[i], _ = strconv.ParseUint(n[:min(len(n), 9)], 10, 64)
	}
	if len(found) == 0 {
		parts[0] = 1
	}
	return fmt.Sprintf("%d.%d.%d", parts[0], parts[1], parts[2])
}
