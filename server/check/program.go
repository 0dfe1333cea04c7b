// Package check validates a document against what is installed and compiles its
// expressions: what passes can be run.
package check

import (
	"context"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// defaultBackoff is the pause before the first retry where a node names none.
const defaultBackoff = time.Second

// Types finds what a node can be. A [catalog.Catalog] is one.
type Types interface {
	NodeType(typ string, pins map[string]string) (catalog.NodeType, error)
}

// Program is a document compiled once per version. It is immutable.
type Program struct {
	Document *flow.Document
	// Nodes stand at the same index as the document's.
	Nodes  []Node
	Output *expr.Value
}

// Node is one node with its type and its compiled parameters.
type Node struct {
	Type catalog.NodeType
	With *expr.Value
	// Script is that of core.code: text, in which nothing is a template.
	Script string
	// Timeout is of one attempt; 0 is none.
	Timeout time.Duration
	Backoff time.Duration
}

// maxProblems is how many problems are found before the rest of a document is left: nobody
// mends more at once, and finding the place of each costs.
const maxProblems = 1000

// Document finds the problems of a document that decoded, all that a person can look at. It is
// pure: it runs nothing of the flow. Where ctx ends it, or there are too many, it says so by
// one more problem.
func Document(ctx context.Context, d *flow.Document, types Types) flow.Problems {
	c := newChecker(d, types, true)
	c.stop = func() bool { return ctx.Err() != nil || len(c.problems) >= maxProblems }
	_, problems := c.compile()
	switch {
	case ctx.Err() != nil:
		problems = append(problems, stopped)
	case len(problems) >= maxProblems:
		problems = append(problems, flow.Problem{Code: codeMany, Severity: flow.SeverityError, Message: fmt.Sprintf("the flow has %d problems or more: %s", maxProblems, c.left()), Fix: "mend these first"})
	}
	return problems
}

// Codes of problems that say that a check did not come to its end.
const (
	codeStopped = "check.stopped"
	codeMany    = "check.many"
)

var stopped = flow.Problem{Code: codeStopped, Severity: flow.SeverityError, Message: "the flow could not be checked to its end in the time that a check has: its expressions are too many, or too large", Fix: "let flows of its own have parts of it, or shorten its expressions"}

// Unfinished says whether a problem is that the check did not come to its end: there may be more.
func Unfinished(p flow.Problem) bool {
	return p.Code == codeStopped || p.Code == codeMany
}

// left says what of the document was not looked at to its end.
func (c *checker) left() string {
	nodes, wires := len(c.doc.Nodes), len(c.doc.Edges)
	return fmt.Sprintf("%d of its %d nodes and %d of its %d wires were not looked at to their end", nodes-c.nodes, nodes, wires-c.wires, wires)
}

// Compile makes a program; it is nil where a problem is an error. Problems of
// the document's structure are not looked for again: [flow.Decode] gave them. What only
// would fail in its run, and on one of its ways, is left to the run: what was published
// once goes on, whatever is looked for since. Where ctx ends it, one more problem says so.
func Compile(ctx context.Context, d *flow.Document, types Types) (*Program, flow.Problems) {
	c := newChecker(d, types, false)
	c.stop = func() bool { return ctx.Err() != nil }
	program, problems := c.compile()
	if ctx.Err() != nil {
		problems = append(problems, stopped)
	}
	if problems.Failed() {
		return nil, problems
	}
	return program, problems
}

// Sketch makes a program of a document that is being edited: nodes that have an error are
// empty in it, and so are those that were not come to before ctx ended.
func Sketch(ctx context.Context, d *flow.Document, types Types) *Program {
	c := newChecker(d, types, false)
	c.stop = func() bool { return ctx.Err() != nil || len(c.problems) >= maxProblems }
	for i := 0; i < len(d.Nodes) && !c.stop(); i++ {
		c.node(i)
	}
	for _, p := range c.problems {
		if i, known := c.index[p.Node]; known && p.Severity == flow.SeverityError {
			c.program.Nodes[i] = Node{}
		}
	}
	return c.program
}

func newChecker(d *flow.Document, types Types, foresee bool) *checker {
	c := &checker{doc: d, types: types, foresee: foresee, stop: func() bool { return false }, index: map[string]int{}, program: &Program{Document: d, Nodes: make([]Node, len(d.Nodes))}}
	for i := range d.Nodes {
		c.index[d.Nodes[i].ID] = i
	}
	c.reach()
	return c
}

func (c *checker) compile() (*Program, flow.Problems) {
	for i := 0; i < len(c.doc.Nodes) && !c.stop(); i++ {
		if c.node(i); !c.stop() {
			c.nodes++
		}
	}
	for i := 0; i < len(c.doc.Edges) && !c.stop(); i++ {
		if c.edge(i); !c.stop() {
			c.wires++
		}
	}
	c.output()
	c.input()
	c.unreachable()
	c.problems.Sort()
	return c.program, c.problems
}

type checker struct {
	foresee  bool        // what would fail in the run is looked for, too
	stop     func() bool // says that the rest is left
	doc      *flow.Document
	types    Types
	index    map[string]int
	program  *Program
	problems flow.Problems
	// nodes and wires are how many of them were looked at to their end.
	nodes, wires int
	// before holds, for each node, the nodes that may have run before it.
	before []bitset
}

func (c *checker) report(code, pointer, node, message, fix string) {
	c.place(flow.Problem{Code: code, Severity: flow.SeverityError, Pointer: pointer, Node: node, Message: message, Fix: fix}, 0)
}

func (c *checker) place(p flow.Problem, offset int) {
	c.problems = append(c.problems, c.doc.Place(p, offset))
}
