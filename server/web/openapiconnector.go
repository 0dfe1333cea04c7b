package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/openapi"
)

// OpenAPIPlan is the connector that an OpenAPI document would make.
type OpenAPIPlan struct {
	ID          string             `json:"id"`
	Version     string             `json:"version"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	Operations  []OpenAPIOperation `json:"operations"`
	Asked       []catalog.Want     `json:"asked" doc:"What it asks for with all operations"`
	LeftOut     []openapi.Note     `json:"leftOut" doc:"Operations that become no action, and why"`
	Notes       []openapi.Note     `json:"notes" doc:"What was changed or guessed"`
}

// OpenAPIOperation is one operation that becomes an action.
type OpenAPIOperation struct {
	Operation   string   `json:"operation" doc:"METHOD /path"`
	Action      string   `json:"action"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Effect      string   `json:"effect" enum:"none,read,write,destructive"`
	Tags        []string `json:"tags"`
}

// maxOpenAPIBody leaves room for a document's escapes.
const maxOpenAPIBody = 2 * openapi.MaxDocument

type planOpenAPI struct {
	Body struct {
		Name     string `json:"name" maxLength:"200" doc:"Of the file, for people"`
		Document string `json:"document" doc:"An OpenAPI 3 document, JSON or YAML"`
	}
}

type installOpenAPI struct {
	Body struct {
		Name       string   `json:"name" maxLength:"200" doc:"Of the file, for people"`
		Document   string   `json:"document" doc:"An OpenAPI 3 document, JSON or YAML"`
		Version    string   `json:"version,omitempty" maxLength:"64" doc:"Of the connector; the document's if it is left out"`
		Operations []string `json:"operations" minItems:"1" maxItems:"1000" doc:"Those to take, as the plan names them"`
	}
}

func (s *Server) openAPIRoutes() {
	route(s, needs(auth.ConnectorManage), operation{method: "POST", path: "/connectors/openapi/plan", id: "planOpenAPIConnector", summary: "Say which connector an OpenAPI document makes; nothing is kept", limit: maxOpenAPIBody, errors: []int{413, 415, 422}}, s.planOpenAPI)
	route(s, needs(auth.ConnectorManage), operation{method: "POST", path: "/connectors/openapi", id: "installOpenAPIConnector", summary: "Make a connector of operations of an OpenAPI document and install it; it runs once an admin consents to it", status: 201, limit: maxOpenAPIBody, errors: []int{409, 413, 415, 422}}, s.installOpenAPI)
}

func (s *Server) planOpenAPI(_ context.Context, in *planOpenAPI) (*body[OpenAPIPlan], error) {
	r, err := openapi.Convert([]byte(in.Body.Document), openapi.Options{File: in.Body.Name})
	if err != nil {
		return nil, openAPIProblem(err)
	}
	m := r.Manifest
	out := OpenAPIPlan{ID: m.ID, Version: m.Version, Name: m.Name, Description: m.Description, Asked: nonNil(catalog.WantsOf(m)), LeftOut: r.Report.LeftOut, Notes: r.Report.Notes}
	for i, a := range m.Actions { // they are in one order
		made := r.Actions[i]
		out.Operations = append(out.Operations, OpenAPIOperation{made.Operation, a.ID, a.Name, a.Description, string(a.Effect), nonNil(made.Tags)})
	}
	return answer(out), nil
}

func (s *Server) installOpenAPI(ctx context.Context, in *installOpenAPI) (*body[Installed], error) {
	r, err := openapi.Convert([]byte(in.Body.Document), openapi.Options{File: in.Body.Name, Only: in.Body.Operations, Version: in.Body.Version})
	if err != nil {
		return nil, openAPIProblem(err)
	}
	file, err := r.Build()
	if err != nil {
		return nil, openAPIProblem(err)
	}
	return s.install(ctx, in.Body.Name, file)
}

// openAPIProblem names each fault of a document with its place.
func openAPIProblem(err error) error {
	p := problem(http.StatusUnprocessableEntity, "no connector can be made of the document: see the list")
	list := []error{err}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		list = joined.Unwrap()
	}
	for _, one := range list {
		item := ItemProblem{Code: "openapi.document", Severity: flow.SeverityError, Message: one.Error()}
		var fault *openapi.Fault
		if errors.As(one, &fault) {
			item.Line, item.Column, item.Message = fault.Line, fault.Column, fault.Message
		}
		p.Problems = append(p.Problems, item)
	}
	return p
}
