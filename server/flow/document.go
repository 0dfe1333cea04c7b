// Package flow owns the flow file: its types, strict decoding with places,
// structural validation, canonical encoding and node-level difference.
package flow

import "strings"

// Format is the format that this version writes.
const Format = "drawbridge.flow/1"

// Limits of a document.
const (
	MaxBytes      = 4 << 20
	MaxNodes      = 2000
	MaxEdges      = 10000
	MaxDepth      = 64
	MaxContainers = 8 // containers inside one another
	MaxExpression = 8 << 10
)

// Document is one flow. Its zero value isn't valid; [Decode] makes valid ones.
// Numbers inside Input, Vars, With and Output are int64 or float64, objects
// map[string]any, lists []any.
type Document struct {
	Format      string
	ID          string
	Name        string
	Description string
	Labels      []string
	// Connectors maps a connector's id to the version that the flow was made with.
	Connectors map[string]string
	// Credentials maps an alias to what kind of credential it needs.
	Credentials map[string]Credential
	// Input is the JSON Schema of the flow's input; nil takes anything.
	Input any
	Vars  map[string]any
	// Limits bound the flow's runs; nil is no bound but the server's.
	Limits *Limits
	// MinutesSaved is the work of people that one run saves, as its author reckons; 0 is
	// nothing said.
	MinutesSaved int
	Nodes        []Node
	Edges        []Edge
	// Output is the value, with templates, that a finished run gives; nil gives null.
	Output any
	Notes  []Note
	// Groups are frames around nodes on the canvas; they do nothing to a run.
	Groups []Group

	places *places
}

// Credential is an alias's type, such as urlscan.apiKey. It never holds a secret.
type Credential struct {
	Type string
}

// Limits bound the runs of a flow. Zero values are no bound.
type Limits struct {
	// Concurrency is how many runs are at work at once; others wait in a queue. Runs that
	// wait for a time or for people are not counted.
	Concurrency int
	// Queue is how many runs may wait; more are refused. 0 is any number.
	Queue int
	// Timeout is how long a run may take, all waiting included.
	Timeout string
	// Keep is how long ended runs are kept.
	Keep string
}

// Point is a place on the canvas in pixels: x, y.
type Point [2]float64

// Node is one use of an action, a core node or a trigger.
type Node struct {
	ID         string
	Type       string
	Name       string
	Parent     string // id of the container it lies in
	Position   Point
	Size       *Point
	Collapsed  bool // of a container: drawn small, without what lies in it
	Disabled   bool
	Join       string // "" or all, first
	Credential string // alias
	Site       string
	With       map[string]any
	Retry      *Retry
	Timeout    string
	OnError    string // "" or fail, continue
}

// Retry says how often and how far apart a failing node is tried.
type Retry struct {
	Attempts int // the first included
	Backoff  string
	// On lists the error codes to retry; empty means every error that is retryable.
	On []string
}

// Edge joins an output port to the next node. From is "node" or "node.port".
type Edge struct {
	From string
	To   string
}

// Port splits From into node and port; the default port is "out".
func (e Edge) Port() (node, port string) {
	node, port, found := strings.Cut(e.From, ".")
	if !found {
		port = PortOut
	}
	return node, port
}

// Ports that nodes of many types have.
const (
	PortOut   = "out"
	PortError = "error"
)

// Note is a text on the canvas.
type Note struct {
	ID       string
	Text     string
	Position Point
	Size     *Point
	Parent   string
}

// Group is a frame around nodes of one container, or of none; a node is in one at most.
type Group struct {
	ID    string
	Name  string
	Nodes []string // ids
	Color string   // "" or one of [GroupColors]
}

// GroupColors are the colours that a group's frame may have, besides none.
var GroupColors = []string{"blue", "green", "amber", "red", "violet"}

// Node types that the document's own rules know.
const (
	TypeForeach   = "core.foreach"
	TypeRepeat    = "core.repeat"
	TypeStop      = "core.stop"
	TypeWait      = "core.wait"
	TypeCall      = "core.call"
	TypeApproval  = "core.approval"
	TypeForm      = "core.form"
	TypeCode      = "core.code"
	TypeNote      = "core.note" // says something on the canvas; never runs
	TriggerPrefix = "trigger."
)

// IsContainer says whether nodes of a type hold other nodes.
func IsContainer(typ string) bool { return typ == TypeForeach || typ == TypeRepeat }

// IsTrigger says whether nodes of a type start a run.
func IsTrigger(typ string) bool { return strings.HasPrefix(typ, TriggerPrefix) }

// Node finds a node by its id, or nil.
func (d *Document) Node(id string) *Node {
	for i := range d.Nodes {
		if d.Nodes[i].ID == id {
			return &d.Nodes[i]
		}
	}
	return nil
}

// Triggers lists the flow's trigger nodes in file order.
func (d *Document) Triggers() []*Node {
	var found []*Node
	for i := range d.Nodes {
		if IsTrigger(d.Nodes[i].Type) {
			found = append(found, &d.Nodes[i])
		}
	}
	return found
}
