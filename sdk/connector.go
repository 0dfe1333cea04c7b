package sdk

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"time"
	"unsafe"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Info says who a connector is and what it asks for.
type Info struct {
	ID           string // lower case, the part of a node's type before the dot
	Version      string // semantic version
	Name         string
	Description  string
	Icon         string // the text of an SVG picture, or a lucide icon's name
	Category     string
	Publisher    string
	License      string // an SPDX expression
	Credentials  []abi.CredentialOf
	Capabilities abi.Capabilities
}

// ActionInfo describes one action to people and to the engine.
type ActionInfo struct {
	Name        string
	Description string
	// Effect defaults to none.
	Effect     abi.Effect
	Idempotent bool
	Inverse    string
	// Timeout is the default deadline of a call; zero leaves it to the host.
	Timeout time.Duration
	// MemoryPages asks for more memory than the default, in pages of 64 KiB.
	MemoryPages uint32
	Examples    []Example
}

// Example is one call of an action with what it answers. Package sdktest runs
// examples as tests: each field of Output, or of Error, must be in the answer.
type Example struct {
	Name   string
	Input  any // anything that encodes to JSON
	Output any
	Error  *abi.Error
}

// Action is one thing a connector can do; make it with [Act].
type Action struct {
	id     string
	info   ActionInfo
	input  *schema
	output *schema
	run    func(*Context, json.RawMessage) (answer []byte, err error)
}

// Act makes an action from a function over two structs. Schema and decoding
// follow from their fields and tags.
func Act[In, Out any](id string, info ActionInfo, run func(*Context, In) (Out, error)) Action {
	in, out := reflect.TypeFor[In](), reflect.TypeFor[Out]()
	readBy, writeBy := planOf(in), planOf(out)
	return Action{
		id: id, info: info, input: schemaOf(in, true), output: schemaOf(out, false),
		run: func(c *Context, raw json.RawMessage) ([]byte, error) {
			var input In
			if err := decodeInput(c.host, raw, unsafe.Pointer(&input), readBy); err != nil {
				return nil, err
			}
			output, err := run(c, input)
			if err != nil {
				return nil, err
			}
			return encodeOutput(unsafe.Pointer(&output), writeBy, len(raw))
		},
	}
}

// Connector is a named set of actions.
type Connector struct {
	info    Info
	actions []Action
}

var (
	connectorID = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	actionID    = regexp.MustCompile(`^[a-z][A-Za-z0-9_]{0,62}$`)
)

// NewConnector checks and joins the parts of a connector. It panics on a
// mistake in the declaration, which the author sees at the first run.
func NewConnector(info Info, actions ...Action) *Connector {
	if !connectorID.MatchString(info.ID) {
		panic(fmt.Sprintf("sdk: connector id %q: use lower-case letters, digits, - and _", info.ID))
	}
	if info.Version == "" || len(actions) == 0 {
		panic("sdk: connector " + info.ID + ": give a version and at least one action")
	}
	seen := map[string]bool{}
	for _, a := range actions {
		if !actionID.MatchString(a.id) || seen[a.id] {
			panic(fmt.Sprintf("sdk: connector %s: action id %q is malformed or given twice", info.ID, a.id))
		}
		if a.info.MemoryPages > abi.MaxPages {
			panic(fmt.Sprintf("sdk: action %s.%s: at most %d pages of memory", info.ID, a.id, abi.MaxPages))
		}
		seen[a.id] = true
	}
	return &Connector{info: info, actions: actions}
}

// ID is the connector's name in node types.
func (c *Connector) ID() string { return c.info.ID }

func (c *Connector) action(id string) *Action {
	for i := range c.actions {
		if c.actions[i].id == id {
			return &c.actions[i]
		}
	}
	return nil
}

// Manifest describes the connector to the host. It panics where an example
// does not encode to JSON.
func (c *Connector) Manifest() abi.Manifest {
	m := abi.Manifest{
		ID: c.info.ID, Version: c.info.Version, ABI: abi.Version, Name: c.info.Name,
		Description: c.info.Description, Icon: c.info.Icon, Category: c.info.Category,
		Publisher: c.info.Publisher, License: c.info.License,
		Credentials: c.info.Credentials, Capabilities: c.info.Capabilities,
	}
	for i := range c.actions {
		m.Actions = append(m.Actions, c.actions[i].manifest())
	}
	return m
}

func (a *Action) manifest() abi.Action {
	out := abi.Action{
		ID: a.id, Name: a.info.Name, Description: a.info.Description,
		Input: mustJSON(a.input), Output: mustJSON(a.output),
		Effect: a.info.Effect, Idempotent: a.info.Idempotent, Inverse: a.info.Inverse,
		MemoryPages: a.info.MemoryPages,
	}
	if out.Effect == "" {
		out.Effect = abi.EffectNone
	}
	if a.info.Timeout > 0 {
		out.Timeout = a.info.Timeout.String()
	}
	for _, e := range a.info.Examples {
		example := abi.Example{Name: e.Name, Input: mustJSON(e.Input), Error: e.Error}
		if e.Output != nil {
			example.Output = mustJSON(e.Output)
		}
		out.Examples = append(out.Examples, example)
	}
	return out
}

func mustJSON(v any) json.RawMessage {
	b, err := marshal(v)
	if err != nil {
		panic("sdk: manifest: " + err.Error())
	}
	return b
}
