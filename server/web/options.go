package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Option is a value that a parameter may be given.
type Option struct {
	Value Value  `json:"value"`
	Label string `json:"label"`
}

// Options are the values that a connector lists for a parameter.
type Options struct {
	Items     []Option `json:"items"`
	Truncated bool     `json:"truncated,omitempty" doc:"There are more"`
}

type listOptions struct {
	ByID
	Body struct {
		Node    string `json:"node" maxLength:"100"`
		Pointer string `json:"pointer" maxLength:"1000" doc:"Of the parameter in the node's with, such as /board"`
	}
}

// Bounds of a list of values.
const (
	// optionsWithin is how long an action may list, besides its start.
	optionsWithin = 20 * time.Second
	maxOptions    = 1000
)

func (s *Server) optionRoutes() {
	route(s, needs(auth.FlowWrite), operation{method: "POST", path: "/flows/{id}/options", id: "listOptions", summary: "The values that a connector lists for a parameter of a node of the draft", errors: []int{404, 409, 422, 503}}, s.options)
}

// options runs the action that lists a parameter's values, with the credential of the
// draft's node and under the same grants as its step.
func (s *Server) options(ctx context.Context, in *listOptions) (*body[Options], error) {
	t, o, err := s.lister(ctx, in)
	if err != nil {
		return nil, err
	}
	done, err := s.tryPlace(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, min(t.Action.Timeout, optionsWithin)+tryGrace)
	defer cancel()
	tried, err := s.Trials.Try(ctx, t)
	if err != nil {
		return nil, err
	}
	if e := tried.Error; e != nil {
		return nil, problemAt(http.StatusUnprocessableEntity, "options.failed", in.Body.Pointer, t.Action.Name+" failed: "+e.Message+" ("+e.Code+")")
	}
	list, ok := listIn(tried.Output.V)
	if !ok {
		return nil, problemAt(http.StatusUnprocessableEntity, "options.shape", in.Body.Pointer, t.Action.Name+" gave no list: its connector is at fault")
	}
	return answer(optionsIn(list, o)), nil
}

// lister says what lists the values of a parameter, and refuses all that a step of the
// draft couldn't do either.
func (s *Server) lister(ctx context.Context, in *listOptions) (Trial, *catalog.Options, error) {
	draft, err := s.Library.Draft(ctx, in.ID)
	if err != nil {
		return Trial{}, nil, err
	}
	d, err := decode(draft.Content)
	if err != nil {
		return Trial{}, nil, err
	}
	n := d.Node(in.Body.Node)
	if n == nil {
		return Trial{}, nil, problem(http.StatusNotFound, "the draft has no node "+strconv.Quote(in.Body.Node)+": save it first")
	}
	con, o, err := s.optionsOf(d, n, in.Body.Pointer)
	if err != nil {
		return Trial{}, nil, err
	}
	if !s.Grants.Consented(con) {
		return Trial{}, nil, problemAt(http.StatusConflict, "connector.consent", "", "no admin has consented to what the connector asks for, so that none of its actions runs")
	}
	t := Trial{Connector: con, Action: con.Action(o.Action)}
	if t.Input, err = optionsInput(o, n, in.Body.Pointer); err != nil {
		return Trial{}, nil, err
	}
	if problems := check.ActionInput(t.Action, t.Input); problems.Failed() {
		return Trial{}, nil, problems
	}
	t.Credential, err = s.credentialOf(ctx, d, n)
	return t, o, err
}

func (s *Server) optionsOf(d *flow.Document, n *flow.Node, pointer string) (*catalog.Connector, *catalog.Options, error) {
	none := problem(http.StatusNotFound, "nothing lists the values of "+strconv.Quote(pointer)+" of "+n.Type)
	t, err := s.Catalog.NodeType(n.Type, d.Connectors)
	if err != nil || t.Kind != catalog.KindAction {
		return nil, nil, none
	}
	con, err := s.Catalog.Connector(t.Connector, t.Version)
	if err != nil {
		return nil, nil, none
	}
	action := con.Action(strings.TrimPrefix(n.Type, t.Connector+"."))
	if action == nil {
		return nil, nil, none
	}
	o := action.Options(pointer)
	if o == nil {
		return nil, nil, none
	}
	return con, o, nil
}

// optionsInput makes the input of the action that lists, of what the node says itself.
func optionsInput(o *catalog.Options, n *flow.Node, pointer string) (any, error) {
	input := map[string]any{}
	for name, v := range o.With {
		param, is := catalog.Parameter(v)
		if !is {
			input[name] = v
			continue
		}
		given, there := n.With[param]
		if text, _ := given.(string); !there || given == "" || strings.Contains(text, "{{") {
			why := "choose " + strconv.Quote(param) + " first: what can be chosen here depends on it"
			if there && given != "" {
				why = strconv.Quote(param) + " is an expression, so that what can be chosen here isn't known before a run: type the value, or make it an expression as well"
			}
			return nil, problemAt(http.StatusUnprocessableEntity, "options.needs", pointer, why)
		}
		input[name] = given
	}
	return input, nil
}

// credentialOf gives the credential that an admin bound to a node's alias, or nil.
func (s *Server) credentialOf(ctx context.Context, d *flow.Document, n *flow.Node) (*vault.Credential, error) {
	if n.Credential == "" {
		return nil, nil
	}
	c, err := s.Credentials.Bound(ctx, d.ID, n.Credential)
	if errors.Is(err, vault.ErrNotFound) || err == nil && c.Type != d.Credentials[n.Credential].Type {
		return nil, problemAt(http.StatusUnprocessableEntity, "credential.unbound", "/credential", "the credential "+strconv.Quote(n.Credential)+" means none of its type on this server: an admin binds it in the flow's settings")
	}
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// listIn finds the list of an output: itself, or the one member that is a list.
func listIn(output any) (list []any, ok bool) {
	if list, ok = output.([]any); ok {
		return list, true
	}
	fields, _ := output.(map[string]any)
	for _, v := range fields {
		if found, is := v.([]any); is {
			if ok {
				return nil, false
			}
			list, ok = found, true
		}
	}
	return list, ok
}

// optionsIn gives the values of a list's items, each once.
func optionsIn(list []any, o *catalog.Options) Options {
	out := Options{Items: []Option{}}
	seen := map[string]bool{}
	for _, item := range list {
		value, label := item, any(nil)
		if fields, is := item.(map[string]any); is {
			value, label = fields[o.Value], fields[o.Label]
		}
		switch value.(type) {
		case string, int64, float64, bool:
		default:
			continue // nothing that a parameter could be given by choosing
		}
		text := fmt.Sprint(value)
		if seen[text] {
			continue
		}
		if len(out.Items) == maxOptions {
			out.Truncated = true
			break
		}
		seen[text] = true
		if label == nil || label == "" {
			label = value
		}
		out.Items = append(out.Items, Option{Value{value}, fmt.Sprint(label)})
	}
	return out
}
