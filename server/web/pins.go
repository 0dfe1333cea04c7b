package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Pin is an output that was given beforehand for a node of a draft.
type Pin struct {
	Node      string    `json:"node"`
	Output    Value     `json:"output"`
	Port      string    `json:"port,omitempty" doc:"The way out that is taken; empty is out"`
	UpdatedAt time.Time `json:"updatedAt"`
	UpdatedBy string    `json:"updatedBy"`
}

// PinOf names a node of a flow by its path.
type PinOf struct {
	ByID
	Node string `path:"node" maxLength:"100"`
}

type savePin struct {
	PinOf
	Body struct {
		Output Value  `json:"output" doc:"As a run shows it: secrets are masked there already, and do not belong here"`
		Port   string `json:"port,omitempty" maxLength:"100" doc:"Of a node with several ways out: the one that is taken"`
	}
}

// maxPinBody is a little above what a pin may hold, so that the answer says what is too large.
const maxPinBody = 2 * library.MaxPins

func (s *Server) pinRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/pins", id: "listPins", summary: "The pinned outputs of a flow's draft", errors: []int{404}}, s.pins)
	route(s, needs(auth.FlowWrite), operation{method: "PUT", path: "/flows/{id}/pins/{node}", id: "savePin", summary: "Pin a node's output, for runs of the draft that ask for pins", limit: maxPinBody, errors: []int{404, 413, 415, 422}}, s.savePin)
	route(s, needs(auth.FlowWrite), operation{method: "DELETE", path: "/flows/{id}/pins/{node}", id: "deletePin", summary: "Unpin a node's output", status: 204, errors: []int{404}}, s.deletePin)
}

func (s *Server) pins(ctx context.Context, in *ByID) (*body[List[Pin]], error) {
	pins, err := s.Library.Pins(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list := List[Pin]{Items: make([]Pin, len(pins))}
	for i := range pins {
		list.Items[i] = pinItem(&pins[i])
	}
	return answer(list), nil
}

func pinItem(p *library.Pin) Pin {
	return Pin{Node: p.Node, Output: Value{p.Output}, Port: p.Port, UpdatedAt: p.At, UpdatedBy: p.By}
}

func (s *Server) savePin(ctx context.Context, in *savePin) (*body[Pin], error) {
	typ, err := s.pinnable(ctx, in)
	if err != nil {
		return nil, err
	}
	saved, err := s.Library.SavePin(ctx, in.ID, library.Pin{Node: in.Node, Type: typ, Port: in.Body.Port, Output: in.Body.Output.V}, identityFrom(ctx).Actor.Name)
	return answer(pinItem(&saved)), err
}

// pinnable gives the type of the draft's node, or says why it can't have a pin.
func (s *Server) pinnable(ctx context.Context, in *savePin) (string, error) {
	draft, err := s.Library.Draft(ctx, in.ID)
	if err != nil {
		return "", err
	}
	d, err := decode(draft.Content)
	if err != nil {
		return "", err
	}
	n := d.Node(in.Node)
	if n == nil {
		return "", problem(http.StatusNotFound, "the draft has no node "+strconv.Quote(in.Node)+": save it first")
	}
	t, err := s.Catalog.NodeType(n.Type, d.Connectors)
	if err != nil {
		return "", problemAt(http.StatusUnprocessableEntity, "pin.type", "/output", err.Error())
	}
	if err := engine.CheckPin(n, t, run.Pin{Port: in.Body.Port}); err != nil {
		return "", problemAt(http.StatusUnprocessableEntity, "pin.port", "/port", err.Error())
	}
	return n.Type, nil
}

func (s *Server) deletePin(ctx context.Context, in *PinOf) (*struct{}, error) {
	return nil, s.Library.DeletePin(ctx, in.ID, in.Node)
}
