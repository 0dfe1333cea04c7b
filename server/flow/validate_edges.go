package flow

import (
	"slices"
	"strconv"
	"strings"
)

func (v *validator) edges() {
	seen := map[Edge]bool{}
	for i, e := range v.doc.Edges {
		at := Join("/edges", strconv.Itoa(i))
		from, port := e.Port()
		source, okFrom := v.nodes[from]
		target, okTo := v.nodes[e.To]
		if !okFrom {
			v.report("edge.unknown_node", Join(at, "from"), "", "the node "+strconv.Quote(from)+" does not exist", "remove the edge, or name an existing node")
		}
		if !okTo {
			v.report("edge.unknown_node", Join(at, "to"), "", "the node "+strconv.Quote(e.To)+" does not exist", "remove the edge, or name an existing node")
		}
		if !idPattern.MatchString(port) {
			v.report("edge.port", Join(at, "from"), from, strconv.Quote(port)+" is not a port", "use lower-case letters, digits and _")
		}
		key := Edge{From: from + "." + port, To: e.To}
		if seen[key] {
			v.report("edge.duplicate", at, from, "this edge stands twice", "remove one of them")
		}
		seen[key] = true
		if okFrom && okTo {
			v.joins(i, at, &v.doc.Nodes[source], &v.doc.Nodes[target])
		}
	}
}

// joins checks an edge between two nodes that exist.
func (v *validator) joins(i int, at string, from, to *Node) {
	switch {
	case from == to:
		v.report("edge.cycle", at, from.ID, strconv.Quote(from.ID)+" is joined to itself", "loops are containers: use "+TypeForeach+" or "+TypeRepeat)
	case from.Parent != to.Parent:
		v.report("edge.container", at, to.ID, "the edge crosses the wall of a container", "join nodes of the same container; outside sees the container's output")
	case IsTrigger(to.Type):
		v.report("edge.trigger", at, to.ID, "a trigger has no input", "remove the edge")
	case to.Type == TypeNote || from.Type == TypeNote:
		v.report("edge.note", at, from.ID, "a note takes no part in the run", "remove the edge")
	case from.Type == TypeStop && !strings.HasSuffix(v.doc.Edges[i].From, "."+PortError):
		v.report("edge.port", at, from.ID, TypeStop+" ends the run: nothing follows it", "remove the edge")
	}
}

// cycles reports each cycle once, at an edge that closes it.
func (v *validator) cycles() {
	const (
		open = 1
		done = 2
	)
	next := map[string][]int{}
	for i, e := range v.doc.Edges {
		from, _ := e.Port()
		if from != e.To {
			next[from] = append(next[from], i)
		}
	}
	state := map[string]int{}
	var path []string
	var visit func(id string)
	visit = func(id string) {
		state[id], path = open, append(path, id)
		for _, i := range next[id] {
			to := v.doc.Edges[i].To
			switch state[to] {
			case 0:
				visit(to)
			case open:
				loop := append(slices.Clone(path[slices.Index(path, to):]), to)
				v.report("edge.cycle", Join("/edges", strconv.Itoa(i)), to, "the edges go in a circle: "+strings.Join(loop, " -> "),
					"remove one, or put the nodes into "+TypeForeach+" or "+TypeRepeat)
			}
		}
		state[id], path = done, path[:len(path)-1]
	}
	for i := range v.doc.Nodes {
		if state[v.doc.Nodes[i].ID] == 0 {
			visit(v.doc.Nodes[i].ID)
		}
	}
}
