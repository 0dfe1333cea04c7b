package flow

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

var (
	idPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	typePattern = regexp.MustCompile(`^[a-z][a-z0-9_-]*\.[a-zA-Z][a-zA-Z0-9_]*$`)
	// reserved are words of the expression language, which steps.<id> can't spell.
	reserved = []string{"in", "true", "false", "null"}
)

// Validate checks what the document alone can tell: ids, references between its
// parts, containers, cycles and limits. What needs a catalog or expressions is
// package check's.
func Validate(d *Document) Problems {
	v := &validator{doc: d, nodes: map[string]int{}}
	v.header()
	for i := range d.Nodes {
		v.identify(i)
	}
	for i := range d.Nodes {
		v.node(i)
	}
	v.notes()
	v.groups()
	v.edges()
	v.cycles()
	return v.problems
}

type validator struct {
	doc      *Document
	nodes    map[string]int
	problems Problems
}

func (v *validator) report(code, pointer, node, message, fix string) {
	v.problems = append(v.problems, v.doc.Place(Problem{
		Code: code, Severity: SeverityError,
		Pointer: pointer, Node: node, Message: message, Fix: fix,
	}, 0))
}

func (v *validator) header() {
	d := v.doc
	if _, err := uuid.Parse(d.ID); d.ID != "" && (err != nil || len(d.ID) != 36) {
		v.report("flow.id", "/id", "", strconv.Quote(d.ID)+" is not a UUID", "remove the key and import the file: it gets a new one")
	}
	if d.ID == "" {
		v.report("flow.id_missing", "", "", "the flow has no id, so links to it can't survive an import", "import the file: it gets one")
		v.problems[len(v.problems)-1].Severity = SeverityWarning
	}
	if strings.TrimSpace(d.Name) == "" {
		v.report("flow.name", "/name", "", "the flow has no name", "give it one")
	}
	if len(d.Nodes) > MaxNodes {
		v.report("limit.nodes", "/nodes", "", fmt.Sprintf("the flow has %d nodes, at most %d are allowed", len(d.Nodes), MaxNodes), "move a part into a flow of its own")
	}
	if len(d.Edges) > MaxEdges {
		v.report("limit.edges", "/edges", "", fmt.Sprintf("the flow has %d edges, at most %d are allowed", len(d.Edges), MaxEdges), "move a part into a flow of its own")
	}
	v.limits()
	switch d.Input.(type) {
	case nil, map[string]any, bool:
	default:
		v.report("type.wrong", "/input", "", "the input is described by a JSON Schema: an object", "")
	}
}

func (v *validator) identify(i int) {
	n, at := &v.doc.Nodes[i], v.pointer(i, "id")
	switch {
	case n.ID == "":
		return // reported as missing, or of the wrong type
	case !idPattern.MatchString(n.ID):
		v.report("node.id", at, n.ID, strconv.Quote(n.ID)+" is not a node id", "use lower-case letters, digits and _, a letter first, at most 63")
	case slices.Contains(reserved, n.ID):
		v.report("node.id", at, n.ID, strconv.Quote(n.ID)+" is a word of the expression language", "choose another id")
	}
	if first, twice := v.nodes[n.ID]; twice {
		v.report("node.duplicate", at, n.ID, fmt.Sprintf("the id %q is taken by node %d of the list", n.ID, first+1), "give one of them another id")
		return
	}
	v.nodes[n.ID] = i
}

func (v *validator) pointer(i int, key ...string) string {
	return Join("/nodes", append([]string{strconv.Itoa(i)}, key...)...)
}

func (v *validator) node(i int) {
	n := &v.doc.Nodes[i]
	if n.Type != "" && !typePattern.MatchString(n.Type) {
		v.report("node.type", v.pointer(i, "type"), n.ID, strconv.Quote(n.Type)+" is not a node type", "a type is connector.action, such as email.parse")
	}
	v.choice(i, "join", n.Join, "all", "first")
	v.choice(i, "onError", n.OnError, "fail", "continue")
	v.duration(i, n.Timeout, "timeout")
	if r := n.Retry; r != nil {
		v.duration(i, r.Backoff, "retry", "backoff")
		if r.Attempts < 1 || r.Attempts > 100 {
			v.report("node.retry", v.pointer(i, "retry", "attempts"), n.ID, "attempts must be from 1 to 100, the first included", "")
		}
		if IsContainer(n.Type) {
			v.report("node.retry", v.pointer(i, "retry"), n.ID, "a container has no retry of its own", "put retry on the nodes inside")
		}
	}
	if _, known := v.doc.Credentials[n.Credential]; n.Credential != "" && !known {
		v.report("credential.unknown", v.pointer(i, "credential"), n.ID, "the alias "+strconv.Quote(n.Credential)+" is not among the flow's credentials", "declare it under credentials with its type")
	}
	if n.Collapsed && !IsContainer(n.Type) {
		v.report("node.collapsed", v.pointer(i, "collapsed"), n.ID, "only a container can be collapsed", "remove the key")
	}
	v.parent(n.ID, n.Parent, v.pointer(i, "parent"))
	if n.Parent != "" && IsTrigger(n.Type) {
		v.report("parent.trigger", v.pointer(i, "parent"), n.ID, "a trigger can't lie in a container", "move it out")
	}
}

func (v *validator) choice(i int, key, got string, allowed ...string) {
	if got != "" && !slices.Contains(allowed, got) {
		v.report("node."+strings.ToLower(key), v.pointer(i, key), v.doc.Nodes[i].ID, strconv.Quote(got)+" is not known here", "use "+strings.Join(allowed, " or "))
	}
}

func (v *validator) duration(i int, s string, key ...string) {
	if s == "" {
		return
	}
	if _, err := ParseDuration(s); err != nil {
		v.report("duration", v.pointer(i, key...), v.doc.Nodes[i].ID, err.Error(), "")
	}
}

// parent checks that the chain of containers above a node exists, ends and isn't
// too deep.
func (v *validator) parent(id, parent, pointer string) {
	seen := map[string]bool{id: true}
	for depth := 1; parent != ""; depth++ {
		at, known := v.nodes[parent]
		switch {
		case !known:
			v.report("parent.unknown", pointer, id, "the container "+strconv.Quote(parent)+" does not exist", "name a container node, or remove parent")
		case !IsContainer(v.doc.Nodes[at].Type):
			v.report("parent.kind", pointer, id, strconv.Quote(parent)+" is no container", "only "+TypeForeach+" and "+TypeRepeat+" hold nodes")
		case seen[parent]:
			v.report("parent.cycle", pointer, id, "the container "+strconv.Quote(parent)+" lies within itself", "remove one parent")
		case depth > MaxContainers:
			v.report("limit.containers", pointer, id, fmt.Sprintf("containers are nested deeper than %d", MaxContainers), "move the inner part into a flow of its own")
		default:
			seen[parent] = true
			parent = v.doc.Nodes[at].Parent
			continue
		}
		return
	}
}
