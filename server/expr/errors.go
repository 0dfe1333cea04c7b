package expr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Codes of an [Error].
const (
	CodeSyntax    = "expr.syntax"    // it doesn't parse
	CodeType      = "expr.type"      // an unknown name, function or overload
	CodeReference = "expr.reference" // a step that isn't in scope, or not named in full
	CodeLimit     = "expr.limit"     // too long, deep, dear or large
	CodeEval      = "expr.eval"      // a fault in the data met at run time
	CodeCanceled  = "expr.canceled"
)

var (
	errTooLarge = fmt.Errorf("the result has more than %d MiB", maxBytes>>20)
	errTooLong  = fmt.Errorf("it took longer than %v", maxTime)
)

// Error is a fault in one expression with its place.
type Error struct {
	Code string
	// Message is a sentence; [Error.Error] adds the line at fault with a caret under it.
	Message string
	// Offset is the place in the template's source, in bytes.
	Offset int
	// Pointer is the place of the template within the value evaluated.
	Pointer string
	source  string
}

func newError(code, source string, offset int, message string) *Error {
	return &Error{Code: code, Message: message, Offset: min(max(offset, 0), len(source)), source: source}
}

// Error gives the message, the source line and a caret under the place.
func (e *Error) Error() string {
	line, column := e.lineAt()
	return e.Message + "\n  " + line + "\n  " + strings.Repeat(" ", column) + "^"
}

// lineAt gives the source line at fault, cut to a window of 120 characters, and
// the place in it in characters.
func (e *Error) lineAt() (line string, column int) {
	start := strings.LastIndexByte(e.source[:e.Offset], '\n') + 1
	line = e.source[start:]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	line = strings.ReplaceAll(strings.TrimRight(line, "\r"), "\t", " ")
	column = utf8.RuneCountInString(e.source[start:e.Offset])
	const window = 120
	runes := []rune(line)
	if len(runes) <= window {
		return line, column
	}
	from := max(0, min(column-window/2, len(runes)-window))
	return string(runes[from : from+window]), column - from
}

// Errors is every fault of one template.
type Errors []*Error

// Error joins the faults.
func (es Errors) Error() string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "\n")
}

// within notes, on the way out of a larger value, where in it an error occurred.
func within(err error, key string) error {
	var fault *Error
	if errors.As(err, &fault) {
		fault.Pointer = flow.Join("", key) + fault.Pointer
	}
	return err
}

func itoa(i int) string { return strconv.Itoa(i) }

// NewReferenceError makes the error of a template that reads what it can't.
func NewReferenceError(t *Template, ref Reference, message string) *Error {
	return newError(CodeReference, t.source, ref.Offset, message)
}
