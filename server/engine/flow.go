package engine

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Flow is a document prepared for running. It is immutable and shared.
type Flow struct {
	Program *check.Program
	Plan    *run.Plan
	Digest  string
	info    map[string]any
	limits  limits
}

// NewFlow prepares a compiled program.
func NewFlow(p *check.Program) *Flow {
	d := p.Document
	f := &Flow{
		Program: p, Plan: run.NewPlan(d), Digest: Digest(d),
		info: map[string]any{"id": d.ID, "name": d.Name},
	}
	if l := d.Limits; l != nil {
		f.limits.concurrency, f.limits.queue = l.Concurrency, l.Queue
		if timeout, err := flow.ParseDuration(l.Timeout); err == nil {
			f.limits.timeout = timeout
		}
	}
	return f
}

// Digest names a document by its canonical bytes: lower-case hex SHA-256.
func Digest(d *flow.Document) string {
	sum := sha256.Sum256(flow.Encode(d))
	return hex.EncodeToString(sum[:])
}

// lets are the actions with effects outside that follow where an approval is given.
func (f *Flow) lets(index int) []AskedFor {
	d := f.Program.Document
	var found []AskedFor
	seen := map[string]bool{}
	todo := f.after(d.Nodes[index].ID, "approved")
	// What follows the loops that it lies in comes after it too.
	for parent := d.Nodes[index].Parent; parent != ""; {
		todo = append(todo, f.after(parent, "")...)
		outer := d.Node(parent)
		if outer == nil {
			break
		}
		parent = outer.Parent
	}
	for len(todo) > 0 {
		id := todo[0]
		todo = todo[1:]
		if seen[id] {
			continue
		}
		seen[id] = true
		n, known := f.Plan.Lookup(id)
		if !known || n.Disabled {
			continue
		}
		typ := &f.Program.Nodes[n.Index].Type
		effect := string(typ.Effect)
		if n.Type == flow.TypeCall {
			effect = "write" // what the called flow does, it says itself
		}
		if effect == "write" || effect == "destructive" {
			found = append(found, AskedFor{Node: id, Name: n.Name, Type: n.Type, Effect: effect})
		}
		todo = append(todo, f.after(id, "")...)
		for i := range d.Nodes {
			if d.Nodes[i].Parent == id {
				todo = append(todo, d.Nodes[i].ID)
			}
		}
	}
	return found
}

// after lists the nodes that edges of a port lead to; all of a node's where it is "".
func (f *Flow) after(id, port string) (to []string) {
	for _, e := range f.Program.Document.Edges {
		if from, p := e.Port(); from == id && (port == "" || p == port) {
			to = append(to, e.To)
		}
	}
	return to
}

// key is a step's idempotency key: the same for every attempt and after every restart.
func key(runID, step string) string {
	sum := sha256.Sum256([]byte(runID + "/" + step))
	return hex.EncodeToString(sum[:16])
}
