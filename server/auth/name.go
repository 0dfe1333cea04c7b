package auth

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxName is the most characters of a user's name.
const maxName = 64

// FieldError says what is wrong with one field of what somebody gave.
type FieldError struct {
	// Field is the key that it was given under.
	Field string
	// Code is the problem's, such as name.taken.
	Code    string
	Message string
}

// Error implements the error interface.
func (e *FieldError) Error() string { return e.Message }

func badName(format string, args ...any) error {
	return &FieldError{"name", "name", fmt.Sprintf(format, args...)}
}

// NameKey is what a name is known by: two names with the same key are one user's.
func NameKey(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}

// CheckName says what keeps a text from being a user's name. A name stands in the
// audit log and is typed at log-in, so that it has to read as what it is: no blanks,
// nothing invisible, the letters of one script, one way to write it.
func CheckName(name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || !utf8.ValidString(name) {
		return badName("a name has between 1 and %d characters", maxName)
	}
	if !norm.NFKC.IsNormalString(name) {
		return badName("write the name as %q: the one given has characters that only look like these", norm.NFKC.String(name))
	}
	script := ""
	for i, r := range name {
		of, err := nameRune(r, i == 0)
		if err != nil {
			return err
		}
		if of == "" {
			continue
		}
		if script != "" && script != of {
			return badName("the letters of a name are of one script: this one mixes %s and %s, which look alike", script, of)
		}
		script = of
	}
	return nil
}

// nameRune gives the script of a letter; "" of what all scripts share.
func nameRune(r rune, first bool) (string, error) {
	switch {
	case r >= '0' && r <= '9':
		return "", nil
	case !first && strings.ContainsRune(".-_@+'", r):
		return "", nil
	case unicode.IsLetter(r), !first && unicode.IsMark(r):
		return scriptOf(r), nil
	case unicode.IsSpace(r):
		return "", badName("a name has no blanks: write a dot or a hyphen instead")
	case !unicode.IsPrint(r):
		return "", badName("a name has no invisible characters, such as %U", r)
	case first:
		return "", badName("a name begins with a letter or a digit, not with %q", r)
	}
	return "", badName("a name has letters, digits and . - _ @ + ', not %q", r)
}

// together are scripts that one language writes side by side.
var together = map[string]string{"Hiragana": "Han", "Katakana": "Han", "Hangul": "Han", "Bopomofo": "Han"}

func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if !unicode.Is(table, r) {
			continue
		}
		if name == "Common" || name == "Inherited" {
			return ""
		}
		if family := together[name]; family != "" {
			return family
		}
		return name
	}
	return "unknown"
}

// lookalikes maps letters of other scripts, and digits, to the Latin letters that
// they are taken for.
var lookalikes = strings.NewReplacer(
	"0", "o", "1", "l",
	"а", "a", "в", "b", "с", "c", "ԁ", "d", "е", "e", "ё", "e", "һ", "h", "н", "h", "і", "i", "ї", "i", "ј", "j", "к", "k", "м", "m", "о", "o",
	"р", "p", "ѕ", "s", "т", "t", "у", "y", "х", "x", "ԛ", "q", "ԝ", "w", "г", "r", "ӏ", "l", "ո", "n", "ս", "u", "օ", "o",
	"α", "a", "β", "b", "ε", "e", "ι", "i", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x", "η", "n", "ω", "w",
	"ı", "i", "ɑ", "a", "ɡ", "g",
)

// looksLike gives look-alikes the same text: s0c and soc, and a Cyrillic word that
// could be read as it. Accents tell names apart.
func looksLike(name string) string { return lookalikes.Replace(NameKey(name)) }

// free says whether a name can be told from everybody's.
func free(name string, all []User) error {
	for i := range all {
		switch {
		case NameKey(all[i].Name) == NameKey(name):
			return &FieldError{"name", "name.taken", fmt.Sprintf("there is a user called %s", all[i].Name)}
		case looksLike(all[i].Name) == looksLike(name):
			return &FieldError{"name", "name.taken", fmt.Sprintf("there is a user called %s, which looks the same", all[i].Name)}
		}
	}
	return nil
}
