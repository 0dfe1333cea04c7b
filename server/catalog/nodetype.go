package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Kinds of node types.
const (
	KindCore    = "core"
	KindTrigger = "trigger"
	KindAction  = "action"
)

// NodeType is something that can be placed in a flow. The designer builds its
// palette and its forms from it, the validator its checks.
type NodeType struct {
	// Type is what a node's "type" says, such as core.if or email.parse.
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Category    string `json:"category"`
	// Icon is a lucide name, or the text of an SVG picture.
	Icon string `json:"icon"`
	Kind string `json:"kind"`
	// Connector and Version are empty for core nodes and triggers.
	Connector  string     `json:"connector,omitempty"`
	Version    string     `json:"version,omitempty"`
	Effect     abi.Effect `json:"effect"`
	Idempotent bool       `json:"idempotent"`
	// Input is the JSON Schema of "with". It describes values after templates
	// were evaluated. A property marked "x-expression": true takes one CEL
	// expression in {{ }}, and its type is what the expression must yield; one
	// marked "x-scope": "item" is evaluated once per item. "x-decision" and "x-fields"
	// ask the designer for the form of a decision table, and of fields with free names;
	// "x-labels" says what the values of an enum are called there, and "x-schema": true
	// marks a JSON Schema, which is written and not picked from data.
	Input json.RawMessage `json:"input"`
	// Output is the JSON Schema of steps.<id>.output.
	Output json.RawMessage `json:"output"`
	// Ports are the names an edge may leave from, the default one first.
	Ports []string `json:"ports"`
	// DynamicPorts names the field of "with" whose items give further ports by
	// their "port" field; empty where there are none.
	DynamicPorts string `json:"dynamicPorts,omitempty"`
	// Container says that other nodes may name this one as their parent.
	Container bool          `json:"container"`
	Examples  []abi.Example `json:"examples"`
	// Timeout is the default deadline of one attempt; 0 is none.
	Timeout time.Duration `json:"-"`
	// MemoryPages is the most linear memory of a call; 0 outside the sandbox.
	MemoryPages uint32 `json:"-"`

	input *jsonschema.Schema
}

// Schema is the compiled form of Input.
func (n NodeType) Schema() *jsonschema.Schema { return n.input }

// UnknownError says that a connector, a version, an action or a built-in node
// type is not there.
type UnknownError struct {
	Type      string   // the node type asked for, if one was
	Connector string   // empty for a built-in type
	Version   string   // the version asked for; empty is the latest
	Have      []string // the versions or actions there are
}

// Error implements the error interface.
func (e *UnknownError) Error() string {
	have := strings.Join(e.Have, ", ")
	switch {
	case e.Connector == "":
		return fmt.Sprintf("there is no node type %s in this version of Drawbridge: use one of %s", e.Type, have)
	case len(e.Have) == 0:
		return fmt.Sprintf("connector %s is not installed: install it, or use another", e.Connector)
	case e.Type != "":
		return fmt.Sprintf("connector %s %s has no action %s: use one of %s", e.Connector, e.Version, e.Type, have)
	}
	return fmt.Sprintf("version %s of connector %s is not installed: install it, or use one of %s", e.Version, e.Connector, have)
}

// NodeType answers a node type by its name. The pins are the flow's
// "connectors", id to version; a connector that isn't pinned is taken in its
// latest version. The error is an [*UnknownError].
func (c *Catalog) NodeType(typ string, pins map[string]string) (NodeType, error) {
	first, action, _ := strings.Cut(typ, ".")
	if n, ok := builtIn(typ); ok {
		return n, nil
	}
	if slices.Contains(reserved, first) || action == "" {
		return NodeType{}, &UnknownError{Type: typ, Have: builtInNames()}
	}
	con, err := c.Connector(first, pins[first])
	if err != nil {
		return NodeType{}, err
	}
	if a := con.Action(action); a != nil {
		return actionType(con, a), nil
	}
	var have []string
	for _, a := range con.Manifest.Actions {
		have = append(have, first+"."+a.ID)
	}
	return NodeType{}, &UnknownError{Type: typ, Connector: first, Version: con.Manifest.Version, Have: have}
}

// NodeTypes answers everything that can be placed: triggers, core nodes, then
// the actions of the latest version of each connector by its id.
func (c *Catalog) NodeTypes() []NodeType {
	all := slices.Clone(builtIns())
	last := ""
	for _, con := range c.Connectors() {
		if con.Manifest.ID == last {
			continue
		}
		last = con.Manifest.ID
		con, _ = c.Connector(last, "")
		for _, a := range con.Manifest.Actions {
			all = append(all, actionType(con, con.Action(a.ID)))
		}
	}
	return all
}

// AllNodeTypes answers what [Catalog.NodeTypes] does, and the actions of every other
// version of each connector, the newest first.
func (c *Catalog) AllNodeTypes() []NodeType {
	all := slices.Clone(builtIns())
	for _, con := range c.Connectors() {
		for _, a := range con.Manifest.Actions {
			all = append(all, actionType(con, con.Action(a.ID)))
		}
	}
	return all
}

func actionType(con *Connector, a *Action) NodeType {
	m := con.Manifest
	n := NodeType{
		Type: m.ID + "." + a.ID, Name: a.Name, Description: a.Description,
		Category: m.Category, Icon: m.Icon, Kind: KindAction, Connector: m.ID, Version: m.Version,
		Effect: a.Effect, Idempotent: a.Idempotent, Input: a.Input, Output: a.Output,
		Ports: []string{"out", "error"}, Examples: a.Examples, Timeout: a.Timeout, MemoryPages: a.Pages,
		input: a.InputSchema,
	}
	if n.Category == "" {
		n.Category = m.Name
	}
	if n.Icon == "" {
		n.Icon = "plug"
	}
	if n.Examples == nil {
		n.Examples = []abi.Example{}
	}
	return n
}
