// Package check validates a document against what is installed and compiles its
// expressions: what passes can be run.
package check

import (
	"context"
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

// Document finds every problem of a document that decoded. It is pure: it runs
// nothing of the flow.
func Document(d *flow.Document, types Types) flow.Problems {
	_, problems := compile(d, types, true)
	return problems
}

// Compile makes a program; it is nil where a problem is an error. Problems of
// the document's structure are not looked for again: [flow.Decode] gave them. What only
// would fail in its run, and on one of its ways, is left to the run: what was published
// once goes on, whatever is looked for since.
func Compile(d *flow.Document, types Types) (*Program, flow.Problems) {
	program, problems := compile(d, types, false)
	if problems.Failed() {
		return nil, problems
	}
	return program, problems
}

// Sketch makes a program of a document that is being edited: nodes that have an error are
// empty in it, and so are those that were not come to before ctx ended.
func Sketch(ctx context.Context, d *flow.Document, types Types) *Program {
	c := newChecker(d, types, false)
	for i := 0; i < len(d.Nodes) && ctx.Err() == nil; i++ {
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
	c := &checker{doc: d, types: types, foresee: foresee, index: map[string]int{}, program: &Program{Document: d, Nodes: make([]Node, len(d.Nodes))}}
	for i := range d.Nodes {
		c.index[d.Nodes[i].ID] = i
	}
	c.reach()
	return c
}

func compile(d *flow.Document, types Types, foresee bool) (*Program, flow.Problems) {
	c := newChecker(d, types, foresee)
	for i := range d.Nodes {
		c.node(i)
	}
	for i := range d.Edges {
		c.edge(i)
	}
	c.output()
	c.input()
	c.unreachable()
	c.problems.Sort()
	return c.program, c.problems
}

type checker struct {
	foresee  bool // what would fail in the run is looked for, too
	doc      *flow.Document
	types    Types
	index    map[string]int
	program  *Program
	problems flow.Problems
	// before holds, for each node, the nodes that may have run before it.
	before []bitset
}

func (c *checker) report(code, pointer, node, message, fix string) {
	c.place(flow.Problem{Code: code, Severity: flow.SeverityError, Pointer: pointer, Node: node, Message: message, Fix: fix}, 0)
}

func (c *checker) place(p flow.Problem, offset int) {
	c.problems = append(c.problems, c.doc.Place(p, offset))
}
