package web

import (
	"context"
	"encoding/json"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// NodeType is something that can be placed in a flow.
type NodeType struct {
	Type         string    `json:"type"`
	Name         string    `json:"name"`
	Description  string    `json:"description"`
	Category     string    `json:"category"`
	Icon         string    `json:"icon" doc:"A lucide name, or the text of an SVG picture"`
	Kind         string    `json:"kind" enum:"core,trigger,action"`
	Connector    string    `json:"connector,omitempty"`
	Version      string    `json:"version,omitempty"`
	Consented    bool      `json:"consented" doc:"Whether it may run: a connector's action does once its version was consented to"`
	Effect       string    `json:"effect" enum:"none,read,write,destructive"`
	Idempotent   bool      `json:"idempotent"`
	Input        Schema    `json:"input" doc:"JSON Schema of with"`
	Output       Schema    `json:"output" doc:"JSON Schema of the output"`
	Ports        []string  `json:"ports"`
	DynamicPorts string    `json:"dynamicPorts,omitempty"`
	Container    bool      `json:"container"`
	Examples     []Example `json:"examples"`
}

// Schema is a JSON Schema as it is.
type Schema = json.RawMessage

// Example is a use of an action.
type Example struct {
	Name   string          `json:"name"`
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output,omitempty"`
	Error  *ExampleError   `json:"error,omitempty" doc:"What it ends with instead of an output"`
}

// ExampleError is the error that an example ends with.
type ExampleError struct {
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
}

// Connector is one installed version of a connector.
type Connector struct {
	ID           string           `json:"id"`
	Version      string           `json:"version"`
	Digest       string           `json:"digest" doc:"SHA-256 of the module"`
	Bundled      bool             `json:"bundled"`
	Standing     catalog.Standing `json:"standing" enum:"bundled,consented,asks,more,refused" doc:"Why it may run, or not: asks where nobody decided, more where it asks for more than a version that was consented to"`
	Name         string           `json:"name"`
	Description  string           `json:"description"`
	Icon         string           `json:"icon"`
	Publisher    string           `json:"publisher"`
	License      string           `json:"license"`
	Capabilities abi.Capabilities `json:"capabilities"`
	// CredentialTypes are the types of credentials that its actions take.
	CredentialTypes []string `json:"credentialTypes"`
	Actions         []Action `json:"actions"`
}

// Action is one thing a connector can do.
type Action struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Input       Schema    `json:"input" doc:"JSON Schema"`
	Output      Schema    `json:"output" doc:"JSON Schema"`
	Effect      string    `json:"effect" enum:"none,read,write,destructive"`
	Idempotent  bool      `json:"idempotent"`
	Inverse     string    `json:"inverse,omitempty" doc:"The action that undoes this one"`
	Timeout     string    `json:"timeout,omitempty"`
	Examples    []Example `json:"examples"`
}

// ConnectorVersion names one version of a connector in the path.
type ConnectorVersion struct {
	Name    string `path:"name" maxLength:"100"`
	Version string `path:"v" maxLength:"100"`
}

func (s *Server) catalogRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/catalog", id: "getCatalog", summary: "Everything that can be placed in a flow"}, s.nodeTypes)
	route(s, needs(auth.ConnectorRead), operation{method: "GET", path: "/connectors", id: "listConnectors", summary: "Installed connectors, the newest version first"}, s.connectors)
	route(s, needs(auth.ConnectorRead), operation{method: "GET", path: "/connectors/{name}/versions/{v}", id: "getConnector", summary: "One version of a connector", errors: []int{404}}, s.connector)
}

type listNodeTypes struct {
	All bool `query:"all" doc:"Also the actions of versions that aren't the newest, which flows may be pinned to; the newest come first"`
}

func (s *Server) nodeTypes(_ context.Context, in *listNodeTypes) (*body[List[NodeType]], error) {
	types := s.Catalog.NodeTypes()
	if in.All {
		types = s.Catalog.AllNodeTypes()
	}
	list := List[NodeType]{Items: make([]NodeType, len(types))}
	for i, t := range types {
		list.Items[i] = NodeType{
			Type: t.Type, Name: t.Name, Description: t.Description, Category: t.Category, Icon: t.Icon, Kind: t.Kind,
			Connector: t.Connector, Version: t.Version, Consented: s.mayRun(t), Effect: string(t.Effect), Idempotent: t.Idempotent, Input: object(t.Input), Output: object(t.Output),
			Ports: nonNil(t.Ports), DynamicPorts: t.DynamicPorts, Container: t.Container, Examples: examplesOf(t.Examples),
		}
	}
	return answer(list), nil
}

// mayRun says whether a node of a type may run: what is built in always does.
func (s *Server) mayRun(t catalog.NodeType) bool {
	if t.Connector == "" {
		return true
	}
	con, err := s.Catalog.Connector(t.Connector, t.Version)
	return err == nil && s.Grants.Consented(con)
}

func examplesOf(list []abi.Example) []Example {
	out := make([]Example, len(list))
	for i, e := range list {
		out[i] = Example{Name: e.Name, Input: object(e.Input), Output: e.Output}
		if e.Error != nil {
			out[i].Error = &ExampleError{e.Error.Code, e.Error.Message}
		}
	}
	return out
}

func actionsOf(list []abi.Action) []Action {
	out := make([]Action, len(list))
	for i, a := range list {
		out[i] = Action{a.ID, a.Name, a.Description, object(a.Input), object(a.Output), string(a.Effect), a.Idempotent, a.Inverse, a.Timeout, examplesOf(a.Examples)}
	}
	return out
}

// object gives a schema that takes anything where there is none.
func object(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

func (s *Server) connectorOf(c *catalog.Connector) Connector {
	m := c.Manifest
	types := []string{}
	for _, declared := range m.Credentials {
		types = append(types, declared.Type)
	}
	return Connector{
		ID: m.ID, Version: m.Version, Digest: c.Module.Digest, Bundled: c.Module.Bundled, Standing: s.Grants.Standing(c), Name: m.Name, Description: m.Description,
		Icon: m.Icon, Publisher: m.Publisher, License: m.License, Capabilities: m.Capabilities, CredentialTypes: types, Actions: actionsOf(m.Actions),
	}
}

func (s *Server) connectors(context.Context, *none) (*body[List[Connector]], error) {
	list := List[Connector]{Items: []Connector{}}
	for _, c := range s.Catalog.Connectors() {
		list.Items = append(list.Items, s.connectorOf(c))
	}
	return answer(list), nil
}

func (s *Server) connector(_ context.Context, in *ConnectorVersion) (*body[Connector], error) {
	c, err := s.Catalog.Connector(in.Name, in.Version)
	if err != nil {
		return nil, problem(404, err.Error())
	}
	return answer(s.connectorOf(c)), nil
}
