package flow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether a problem stops a flow from being published.
type Severity string

// Severities of a [Problem].
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is one thing that is wrong with a document, with its place and, where
// one is known, its fix. It is what the command line prints and HTTP answers.
type Problem struct {
	// Code is a stable name such as json.syntax or edge.cycle.
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Pointer is the RFC 6901 pointer of the value at fault.
	Pointer string `json:"pointer"`
	// Node is the id of the node at fault, if it lies in one.
	Node string `json:"node,omitempty"`
	// Line and Column count from 1, Column in characters; 0 where the document has no text.
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// String gives the command line's form without the file: line:column: message.
func (p Problem) String() string {
	text := p.Message
	if p.Fix != "" {
		text += " (" + p.Fix + ")"
	}
	if p.Severity == SeverityWarning {
		text = "warning: " + text
	}
	if p.Line == 0 {
		return text
	}
	return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, text)
}

// Problems is a list of problems that is also an error.
type Problems []Problem

// Error joins all problems, a line each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Failed says whether any problem is an error.
func (ps Problems) Failed() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == SeverityError })
}

// Sort orders problems by their place in the text, then by pointer and code.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Code, b.Code))
	})
}

// lossy are the codes of problems that stand for something the document can't
// hold: storing it would lose that.
var lossy = map[string]bool{
	"json.syntax": true, "json.duplicate": true, "json.utf8": true, "number.range": true, "key.unknown": true, "type.wrong": true,
	"format.missing": true, "format.unknown": true, "format.newer": true,
	"limit.size": true, "limit.depth": true, "limit.nodes": true, "limit.edges": true, "flow.id": true,
}

// Lossy says whether the file holds something that its document doesn't.
func (ps Problems) Lossy() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return lossy[p.Code] })
}
