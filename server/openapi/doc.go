// Package openapi makes connectors of OpenAPI documents, versions 3.0 and 3.1, in
// JSON or YAML: a manifest, whose actions are the document's operations, and a
// table by which the runtime in the SDK for JavaScript (sdk/js/src/openapi.ts)
// sends their requests.
//
// Documents of real services are wrong in many ways. What can be understood is
// converted, what can't is left out, and the [Report] says both with the line. Only
// a document that is no OpenAPI 3 document, or of which nothing is left, is an
// error.
package openapi

import (
	"fmt"
	"strings"
)

// Bounds of a document.
const (
	// MaxDocument is the most bytes of a document.
	MaxDocument = 16 << 20
	// MaxOperations is the most operations that one connector is made of.
	MaxOperations = 1000
	maxNodes      = 1 << 19 // values of a document, aliases counted as often as they are used
	maxNesting    = 200     // of lists and objects
	maxRefs       = 32      // references that lead to references
)

// Place is where something stands in a file, from 1; 0 is nowhere.
type Place struct {
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// Fault is something wrong in a document or an overlay.
type Fault struct {
	File string `json:"file,omitempty"`
	Place
	Message string `json:"message"`
}

// Error implements the error interface: file:line:column: message.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
	}
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", f.Line, f.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	return b.String() + f.Message
}

// Note says what became of a part of a document other than as it stands there.
type Note struct {
	Place
	// Operation is METHOD /path, or empty where it is about the whole.
	Operation string `json:"operation,omitempty"`
	Message   string `json:"message"`
}

// Report says what became of a document.
type Report struct {
	// Operations counts those of the document, of whatever fate.
	Operations int `json:"operations"`
	// Converted counts those that became actions.
	Converted int `json:"converted"`
	// LeftOut are operations that became none, and why.
	LeftOut []Note `json:"leftOut"`
	// Notes are what was changed or guessed.
	Notes []Note `json:"notes"`
}
