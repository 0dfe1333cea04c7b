package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (v *validator) notes() {
	seen := map[string]bool{}
	for i, n := range v.doc.Notes {
		at := Join("/notes", strconv.Itoa(i))
		if n.ID != "" && (!idPattern.MatchString(n.ID) || seen[n.ID]) {
			v.report("note.id", Join(at, "id"), "", "the note's id "+strconv.Quote(n.ID)+" is taken or malformed", "use lower-case letters, digits and _, a letter first, and each once")
		}
		seen[n.ID] = true
		v.parent("", n.Parent, Join(at, "parent"))
	}
}

// groups checks that each node is in one group at most, and the nodes of a group in one container.
func (v *validator) groups() {
	taken := map[string]bool{}
	for _, n := range v.doc.Notes {
		taken[n.ID] = true
	}
	grouped := map[string]bool{}
	for i := range v.doc.Groups {
		g, at := &v.doc.Groups[i], Join("/groups", strconv.Itoa(i))
		_, node := v.nodes[g.ID]
		if g.ID != "" && (!idPattern.MatchString(g.ID) || taken[g.ID] || node) {
			v.report("group.id", Join(at, "id"), "", "the group's id "+strconv.Quote(g.ID)+" is taken or malformed", "use lower-case letters, digits and _, a letter first, and each once, also among nodes and notes")
		}
		taken[g.ID] = true
		if strings.TrimSpace(g.Name) == "" {
			v.report("group.name", Join(at, "name"), "", "the group has no name", "give it one")
		}
		if g.Color != "" && !slices.Contains(GroupColors, g.Color) {
			v.report("group.color", Join(at, "color"), "", strconv.Quote(g.Color)+" is not a colour of groups", "use "+strings.Join(GroupColors, ", ")+", or leave it out")
		}
		if len(g.Nodes) == 0 {
			v.report("group.empty", Join(at, "nodes"), "", "the group has no nodes", "name some, or remove it")
		}
		v.members(g, Join(at, "nodes"), grouped)
	}
}

func (v *validator) members(g *Group, at string, grouped map[string]bool) {
	first := ""
	for i, id := range g.Nodes {
		place := Join(at, strconv.Itoa(i))
		index, known := v.nodes[id]
		if !known {
			v.report("group.unknown_node", place, "", "the node "+strconv.Quote(id)+" does not exist", "remove it from the group, or name an existing node")
			continue
		}
		if grouped[id] {
			v.report("group.twice", place, id, fmt.Sprintf("the node %q is in a group already", id), "a node is in one group at most")
		}
		grouped[id] = true
		if first == "" {
			first = id
		}
		if v.doc.Nodes[index].Parent != v.doc.Nodes[v.nodes[first]].Parent {
			v.report("group.parent", place, id, fmt.Sprintf("the nodes %q and %q lie in different containers", first, id), "group nodes of one container")
		}
	}
}
