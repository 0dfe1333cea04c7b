package flow

import "strings"

// Call is a place where a step of a document names another flow.
type Call struct {
	// Node is the step's place among the nodes.
	Node int
	// Key is the parameter: flow of a step that calls, notify of one that asks people.
	Key  string
	Flow string
	// Version is the one that is pinned; 0 is the newest.
	Version int
}

// Calls lists where a document names other flows by their ids, those of disabled steps as
// well. One that a template gives is known only in a run, and isn't listed.
func (d *Document) Calls() (list []Call) {
	for i := range d.Nodes {
		n := &d.Nodes[i]
		key := "flow"
		switch n.Type {
		case TypeCall:
		case TypeApproval, TypeForm:
			key = "notify"
		default:
			continue
		}
		id, _ := n.With[key].(string)
		if id == "" || id == d.ID || strings.Contains(id, "{{") {
			continue
		}
		list = append(list, Call{Node: i, Key: key, Flow: id, Version: pinned(n.With["version"])})
	}
	return list
}

func pinned(version any) int {
	switch v := version.(type) {
	case int64:
		return int(v)
	case float64:
		return int(v)
	}
	return 0
}
