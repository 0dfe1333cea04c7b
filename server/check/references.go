package check

import (
	"fmt"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// reach finds, for each node, which nodes of its own container may have run
// before it: those that edges lead from.
func (c *checker) reach() {
	next := make([][]int, len(c.doc.Nodes))
	for _, e := range c.doc.Edges {
		id, _ := e.Port()
		from, okFrom := c.index[id]
		to, okTo := c.index[e.To]
		if okFrom && okTo && from != to {
			next[to] = append(next[to], from)
		}
	}
	c.before = make([]bitset, len(c.doc.Nodes))
	for i := range c.doc.Nodes {
		c.ancestors(i, next)
	}
}

// bitset is a set of node indexes: 2,000 nodes with 2,000 ancestors each must
// stay small.
type bitset []uint64

func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bitset) add(i int)      { b[i/64] |= 1 << (i % 64) }

func (c *checker) ancestors(i int, previous [][]int) bitset {
	if c.before[i] != nil {
		return c.before[i]
	}
	found := make(bitset, len(c.doc.Nodes)/64+1)
	c.before[i] = found // set first: a cycle, reported elsewhere, ends here
	for _, p := range previous[i] {
		found.add(p)
		for word, bits := range c.ancestors(p, previous) {
			found[word] |= bits
		}
	}
	return found
}

// references checks that each step an expression reads can have run before.
func (c *checker) references(i int, at string, n *Node) {
	node := &c.doc.Nodes[i]
	n.With.Templates(func(pointer string, t *expr.Template) {
		perItem := flow.IsContainer(node.Type) && (pointer == "/result" || pointer == "/until")
		for _, ref := range t.References() {
			if ref.Step == "" {
				c.loopVariable(ref, at+"/with"+pointer, t, node, perItem)
				continue
			}
			if message := c.unreadable(i, ref.Step, perItem); message != "" {
				c.refer(at+"/with"+pointer, node.ID, t, ref, message)
			}
		}
	})
}

func (c *checker) loopVariable(ref expr.Reference, pointer string, t *expr.Template, node *flow.Node, perItem bool) {
	switch ref.Name {
	case "item", "index", "attempt":
	default:
		return
	}
	if node != nil && (node.Parent != "" || perItem) {
		return
	}
	id := ""
	if node != nil {
		id = node.ID
	}
	c.refer(pointer, id, t, ref, ref.Name+" exists only inside a container")
}

func (c *checker) refer(pointer, node string, t *expr.Template, ref expr.Reference, message string) {
	fault := expr.NewReferenceError(t, ref, message)
	c.place(flow.Problem{Code: expr.CodeReference, Severity: flow.SeverityError, Pointer: pointer, Node: node, Message: fault.Error()}, ref.Offset)
}

// unreadable says why node i can't read a step, or "".
func (c *checker) unreadable(i int, step string, perItem bool) string {
	target, known := c.index[step]
	if !known {
		return "the step " + strconv.Quote(step) + " does not exist"
	}
	node := &c.doc.Nodes[i]
	parent := c.doc.Nodes[target].Parent
	if perItem && parent == node.ID {
		return ""
	}
	if target == i {
		return "a step can't read itself"
	}
	for from, depth := i, 0; depth <= flow.MaxContainers; depth++ {
		at := &c.doc.Nodes[from]
		if at.Parent == parent {
			switch {
			case from == target:
				return fmt.Sprintf("the container %q has not ended while its nodes run", step)
			case c.before[from].has(target):
				return ""
			}
			return fmt.Sprintf("the step %q can't have run before this one: no edges lead from it to here", step)
		}
		up, inside := c.index[at.Parent]
		if !inside {
			break
		}
		from = up
	}
	return fmt.Sprintf("the step %q lies in a container: outside sees only the output of %q", step, parent)
}

// unreachable warns of nodes that no trigger leads to.
func (c *checker) unreachable() {
	if len(c.doc.Triggers()) == 0 {
		return
	}
	for i := range c.doc.Nodes {
		n := &c.doc.Nodes[i]
		if n.Parent != "" || flow.IsTrigger(n.Type) || n.Type == flow.TypeNote || c.triggered(i) {
			continue
		}
		c.problems = append(c.problems, c.doc.Place(flow.Problem{
			Code: "node.unreachable", Severity: flow.SeverityWarning,
			Pointer: flow.Join("/nodes", strconv.Itoa(i)), Node: n.ID, Message: "no trigger leads to " + strconv.Quote(n.ID) + ": it never runs", Fix: "join it, or remove it",
		}, 0))
	}
}

func (c *checker) triggered(i int) bool {
	for p := range c.doc.Nodes {
		if flow.IsTrigger(c.doc.Nodes[p].Type) && c.before[i].has(p) {
			return true
		}
	}
	return false
}
