// Package run is the pure state of one run: a plan made from a flow, the events
// of its journal, and Apply, which folds an event into the state and says what
// is to be done next. It does no I/O, reads no clock and starts no goroutine.
package run

import (
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// none is the index of no node: the root's container.
const none = -1

// Plan is a flow prepared for running. It is immutable and shared by runs.
type Plan struct {
	Document *flow.Document
	Nodes    []Node
	byID     map[string]int
	root     body
}

// Node is one node of a plan. Its index is that of the document's node.
type Node struct {
	*flow.Node
	Index    int
	parent   int // index of the container, or none
	in       []link
	out      []link
	body     *body // of a container
	slot     int   // place among its body's nodes
	handled  bool  // an edge leaves its error port
	failFast bool
	repeats  bool // passes follow one another until a condition holds
}

// BodySize is how many nodes lie directly in a container.
func (n *Node) BodySize() int {
	if n.body == nil {
		return 0
	}
	return len(n.body.nodes)
}

// link is one edge.
type link struct {
	from, to int
	port     string
}

// body is what runs in one pass: the root's nodes or a container's.
type body struct {
	nodes []int
	ends  []int // nodes whose output nobody in the body uses
}

// NewPlan prepares a document that [flow.Validate] found no error in.
func NewPlan(d *flow.Document) *Plan {
	p := &Plan{Document: d, Nodes: make([]Node, len(d.Nodes)), byID: make(map[string]int, len(d.Nodes))}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		p.byID[n.ID] = i
		p.Nodes[i] = Node{Node: n, Index: i, parent: none, failFast: true}
		if flow.IsContainer(n.Type) {
			p.Nodes[i].body = &body{}
			p.Nodes[i].failFast = n.With["onItemError"] != "keep"
			p.Nodes[i].repeats = n.Type == flow.TypeRepeat
		}
	}
	p.place()
	p.join()
	p.findEnds(&p.root)
	for i := range p.Nodes {
		if b := p.Nodes[i].body; b != nil {
			p.findEnds(b)
		}
	}
	return p
}

// place puts each node into its body.
func (p *Plan) place() {
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if n.Type == flow.TypeNote {
			continue
		}
		into := &p.root
		if at, known := p.byID[n.Parent]; n.Parent != "" && known {
			n.parent = at
			into = p.Nodes[at].body
		}
		n.slot = len(into.nodes)
		into.nodes = append(into.nodes, i)
	}
}

func (p *Plan) join() {
	for _, e := range p.Document.Edges {
		id, port := e.Port()
		from, okFrom := p.byID[id]
		to, okTo := p.byID[e.To]
		if !okFrom || !okTo {
			continue
		}
		l := link{from: from, to: to, port: port}
		p.Nodes[from].out = append(p.Nodes[from].out, l)
		p.Nodes[to].in = append(p.Nodes[to].in, l)
		if port == flow.PortError {
			p.Nodes[from].handled = true
		}
	}
}

func (p *Plan) findEnds(b *body) {
	for _, i := range b.nodes {
		end := true
		for _, l := range p.Nodes[i].out {
			end = end && l.port == flow.PortError
		}
		if end {
			b.ends = append(b.ends, i)
		}
	}
}

// Lookup finds a node by id.
func (p *Plan) Lookup(id string) (*Node, bool) {
	i, ok := p.byID[id]
	if !ok {
		return nil, false
	}
	return &p.Nodes[i], true
}

// hasTriggers says whether the flow is started by triggers alone.
func (p *Plan) hasTriggers() bool {
	for _, i := range p.root.nodes {
		if flow.IsTrigger(p.Nodes[i].Type) {
			return true
		}
	}
	return false
}
