package ssh

import (
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of a command.
const (
	maxWords = 1000
	maxLine  = 60 << 10
)

// plainSigns are those beside letters and digits that no shell makes anything of.
const plainSigns = "-_./:,@"

// line makes the text that the shell there splits into exactly these words. There is no
// other way to a command, and so nothing that comes from outside is read by that shell.
func line(in RunInput) (string, error) {
	switch {
	case in.Command == "":
		return "", sdk.BadInput("/command", "is empty: name a program")
	case in.Command[0] == '-':
		return "", sdk.BadInput("/command", "begins with a dash, so that the shell there may take it for an option: name a program")
	case strings.ContainsFunc(in.Command, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", sdk.BadInput("/command", "holds a line break or another control character: it is the name or path of one program; options belong into arguments")
	case len(in.Arguments)+len(in.Values) > maxWords:
		return "", sdk.BadInput("/arguments", "and values are %d, at most %d are sent", len(in.Arguments)+len(in.Values), maxWords)
	}
	words := []string{quote(in.Command)}
	for i, word := range in.Arguments {
		if strings.ContainsRune(word, 0) {
			return "", sdk.BadInput("/arguments/"+strconv.Itoa(i), "holds a NUL, which no argument can")
		}
		words = append(words, quote(word))
	}
	for i, word := range in.Values {
		at := "/values/" + strconv.Itoa(i)
		switch {
		case strings.ContainsRune(word, 0):
			return "", sdk.BadInput(at, "holds a NUL, which no argument can")
		case strings.HasPrefix(word, "-"):
			return "", sdk.BadInput(at, "begins with a dash, so that the program may take it for an option: what you chose yourself belongs into arguments")
		}
		words = append(words, quote(word))
	}
	text := strings.Join(words, " ")
	if len(text) > maxLine {
		return "", sdk.TooLarge("the command has %d KiB with its arguments, at most %d are sent: give more as standard input", len(text)>>10, maxLine>>10)
	}
	return text, nil
}

// quote writes a word for shells of POSIX (IEEE 1003.1, 2.2), and so that fish reads the
// same: there a backslash counts between single quotes too, so it stands outside.
func quote(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	var b strings.Builder
	open := false
	toggle := func(want bool) {
		if open != want {
			b.WriteByte('\'')
			open = want
		}
	}
	for _, r := range word {
		if r == '\'' || r == '\\' {
			toggle(false)
			b.WriteByte('\\')
		} else {
			toggle(true)
		}
		b.WriteRune(r)
	}
	toggle(false)
	if word == "" {
		return "''"
	}
	return b.String()
}

func plain(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(plainSigns, r)
}
