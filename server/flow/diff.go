package flow

import (
	"encoding/json"
	"reflect"
	"strconv"
)

// ChangeKind says what happened to a part of a document.
type ChangeKind string

// Kinds of [Change].
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
	Moved   ChangeKind = "moved" // only how it lies on the canvas differs
)

// Change is one difference between two documents, node by node.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// What is node, edge, note, group or flow.
	What string `json:"what"`
	// ID is the node's, note's or group's id, "from -> to" of an edge, or the flow's key.
	ID     string        `json:"id"`
	Name   string        `json:"name,omitempty"`
	Fields []FieldChange `json:"fields,omitempty"`
}

// FieldChange is one value inside a changed part; the pointer is relative to it.
// Before or After is null where the value was absent.
type FieldChange struct {
	Pointer string `json:"pointer"`
	Before  any    `json:"before"`
	After   any    `json:"after"`
}

// Diff lists what turns a into b: flow settings, nodes, edges, notes, groups, each in
// the order of b, what is gone last.
func Diff(a, b *Document) []Change {
	changes := diffSettings(a, b)
	changes = append(changes, diffParts("node", a.Nodes, b.Nodes, Node.key)...)
	changes = append(changes, diffParts("edge", a.Edges, b.Edges, Edge.key)...)
	changes = append(changes, diffParts("note", a.Notes, b.Notes, Note.key)...)
	changes = append(changes, diffParts("group", a.Groups, b.Groups, Group.key)...)
	return changes
}

func (n Node) key() (id, name string)  { return n.ID, n.Name }
func (n Note) key() (id, name string)  { return n.ID, "" }
func (g Group) key() (id, name string) { return g.ID, g.Name }
func (e Edge) key() (id, name string) {
	from, port := e.Port()
	return from + "." + port + " -> " + e.To, ""
}

func diffSettings(a, b *Document) []Change {
	var changes []Change
	strip := func(d *Document) map[string]any {
		head := *d
		head.Nodes, head.Edges, head.Notes, head.Groups = nil, nil, nil, nil
		root := treeOf(Encode(&head))
		delete(root, "nodes")
		delete(root, "edges")
		return root
	}
	before, after := strip(a), strip(b)
	keys := map[string]any{}
	for k := range before {
		keys[k] = nil
	}
	for k := range after {
		keys[k] = nil
	}
	for _, key := range sortedKeys(keys) {
		if fields := diffValues("", before[key], after[key], nil); len(fields) > 0 {
			changes = append(changes, Change{Kind: Changed, What: "flow", ID: key, Fields: fields})
		}
	}
	return changes
}

func treeOf(data []byte) map[string]any {
	root, _, fault := parseJSON(string(data))
	if fault != nil {
		return map[string]any{}
	}
	tree, _ := root.plain().(map[string]any)
	return tree
}

func diffParts[T any](what string, a, b []T, key func(T) (string, string)) []Change {
	var changes []Change
	old := make(map[string]T, len(a))
	for _, part := range a {
		id, _ := key(part)
		old[id] = part
	}
	kept := map[string]bool{}
	for _, part := range b {
		id, name := key(part)
		before, known := old[id]
		if !known {
			changes = append(changes, Change{Kind: Added, What: what, ID: id, Name: name})
			continue
		}
		kept[id] = true
		if fields := diffValues("", treeOfPart(before), treeOfPart(part), nil); len(fields) > 0 && what != "edge" {
			changes = append(changes, Change{Kind: kindOf(what, fields), What: what, ID: id, Name: name, Fields: fields})
		}
	}
	for _, part := range a {
		if id, name := key(part); !kept[id] {
			changes = append(changes, Change{Kind: Removed, What: what, ID: id, Name: name})
		}
	}
	return changes
}

func treeOfPart(part any) map[string]any {
	w := &writer{}
	switch part := part.(type) {
	case Node:
		w.node(part)
	case Edge:
		w.edge(part)
	case Note:
		w.note(part)
	case Group:
		w.group(part)
	}
	return treeOf(w.Bytes())
}

// layout are the keys that say where and how a part is drawn, and nothing of what it does.
var layout = map[string]bool{"/position": true, "/size": true, "/collapsed": true}

func kindOf(what string, fields []FieldChange) ChangeKind {
	if what == "group" {
		return Moved // all of it is layout
	}
	for _, f := range fields {
		if !layout[f.Pointer] {
			return Changed
		}
	}
	return Moved
}

func diffValues(pointer string, a, b any, into []FieldChange) []FieldChange {
	if reflect.DeepEqual(a, b) {
		return into
	}
	left, leftObject := a.(map[string]any)
	right, rightObject := b.(map[string]any)
	if !leftObject || !rightObject {
		return append(into, FieldChange{Pointer: pointer, Before: a, After: b})
	}
	keys := map[string]any{}
	for k := range left {
		keys[k] = nil
	}
	for k := range right {
		keys[k] = nil
	}
	for _, key := range sortedKeys(keys) {
		into = diffValues(Join(pointer, key), left[key], right[key], into)
	}
	return into
}

// String gives the command line's form of a change.
func (c Change) String() string {
	mark := map[ChangeKind]string{Added: "+", Removed: "-", Changed: "~", Moved: ">"}[c.Kind]
	text := mark + " " + c.What + " " + c.ID
	if c.Name != "" {
		text += " " + strconv.Quote(c.Name)
	}
	for _, f := range c.Fields {
		before, _ := json.Marshal(f.Before)
		after, _ := json.Marshal(f.After)
		text += "\n    " + f.Pointer + ": " + string(before) + " -> " + string(after)
	}
	return text
}
