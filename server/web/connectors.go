package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Connectors installs connectors and removes them.
type Connectors interface {
	// Install checks a connector's file, keeps it and adds it to the catalog.
	Install(ctx context.Context, name string, file []byte, by string) (*catalog.Module, error)
	Remove(ctx context.Context, m *catalog.Module) error
}

// RefusedError says why a connector's file can't be installed.
type RefusedError struct{ Reasons []string }

// Error implements the error interface.
func (e *RefusedError) Error() string { return strings.Join(e.Reasons, "\n") }

// Powers are what a connector asks for and what it may do.
type Powers struct {
	Consented bool             `json:"consented" doc:"Without consent none of its actions runs"`
	Standing  catalog.Standing `json:"standing" enum:"bundled,consented,asks,more,refused" doc:"Why it may run, or not: asks where nobody decided, more where it asks for more than a version that was consented to"`
	// Revision counts the decisions on the connector, on any of its versions.
	Revision int64 `json:"revision" doc:"Give it as If-Match of a change"`
	// Asked is everything that the manifest asks for; Fresh what is new against
	// the versions that were consented to.
	Asked []catalog.Want `json:"asked"`
	Fresh []catalog.Want `json:"fresh" doc:"What no version asked for that was consented to"`
	Grant catalog.Grant  `json:"grant" doc:"What an admin lets all versions do besides"`
}

// Installed is what installing a file gives.
type Installed struct {
	Digest     string             `json:"digest"`
	Connectors []InstalledVersion `json:"connectors"`
}

// InstalledVersion is one connector of an installed file.
type InstalledVersion struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Powers  Powers `json:"powers"`
}

type installConnector struct {
	Name    string `query:"name" maxLength:"200" doc:"Of the file, for people"`
	RawBody []byte `contentType:"application/wasm"`
}

type onePowers struct {
	ETag string `header:"ETag"`
	Body Powers
}

type savePowers struct {
	ConnectorVersion
	IfMatch string `header:"If-Match" doc:"The revision that the change was made from; without it, whatever others decided meanwhile"`
	Body    struct {
		Consent bool          `json:"consent"`
		Grant   catalog.Grant `json:"grant"`
	}
}

func (s *Server) connectorRoutes() {
	s.openAPIRoutes()
	route(s, needs(auth.ConnectorManage), operation{method: "POST", path: "/connectors", id: "installConnector", summary: "Install a connector; it runs once an admin consents to it", status: 201, limit: catalog.MaxFile, media: "application/wasm", errors: []int{409, 413, 415, 422}}, s.installConnector)
	route(s, needs(auth.ConnectorManage), operation{method: "DELETE", path: "/connectors/{name}/versions/{v}", id: "removeConnector", summary: "Remove a connector that no flow uses", status: 204, errors: []int{404, 409}}, s.removeConnector)
	route(s, needs(auth.ConnectorRead), operation{method: "GET", path: "/connectors/{name}/versions/{v}/grants", id: "getGrants", summary: "What a connector asks for and may do", errors: []int{404}}, s.powers)
	route(s, needs(auth.ConnectorManage), operation{method: "PUT", path: "/connectors/{name}/versions/{v}/grants", id: "saveGrants", summary: "Consent to a connector, and grant it more", errors: []int{404, 409, 422}}, s.savePowers)
}

func (s *Server) installConnector(ctx context.Context, in *installConnector) (*body[Installed], error) {
	return s.install(ctx, in.Name, in.RawBody)
}

// install keeps a connector's file, and answers what it asks for.
func (s *Server) install(ctx context.Context, name string, file []byte) (*body[Installed], error) {
	m, err := s.Connectors.Install(ctx, name, file, identityFrom(ctx).Actor.Name)
	var refused *RefusedError
	if errors.As(err, &refused) {
		p := problem(http.StatusUnprocessableEntity, "the file can't be installed: see the list")
		for _, reason := range refused.Reasons {
			p.Problems = append(p.Problems, ItemProblem{Code: "connector.refused", Severity: flow.SeverityError, Message: reason})
		}
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	out := Installed{Digest: m.Digest}
	for _, con := range m.Connectors {
		out.Connectors = append(out.Connectors, InstalledVersion{con.Manifest.ID, con.Manifest.Version, s.powersOf(con)})
	}
	return answer(out), nil
}

func (s *Server) powersOf(con *catalog.Connector) Powers {
	asked, fresh := s.Grants.Wants(con)
	return Powers{s.Grants.Consented(con), s.Grants.Standing(con), s.Grants.Revision(con.Manifest.ID), nonNil(asked), nonNil(fresh), s.Grants.Extra(con.Manifest.ID)}
}

func (s *Server) showPowers(con *catalog.Connector) *onePowers {
	p := s.powersOf(con)
	return &onePowers{etag(p.Revision), p}
}

func (s *Server) installed(in ConnectorVersion) (*catalog.Connector, error) {
	con, err := s.Catalog.Connector(in.Name, in.Version)
	if err != nil {
		return nil, problem(http.StatusNotFound, err.Error())
	}
	return con, nil
}

func (s *Server) powers(_ context.Context, in *ConnectorVersion) (*onePowers, error) {
	con, err := s.installed(*in)
	if err != nil {
		return nil, err
	}
	return s.showPowers(con), nil
}

func (s *Server) savePowers(ctx context.Context, in *savePowers) (*onePowers, error) {
	con, err := s.installed(in.ConnectorVersion)
	if err != nil {
		return nil, err
	}
	base, err := ifMatchGiven(in.IfMatch, catalog.AnyRevision)
	if err != nil {
		return nil, err
	}
	if err := in.Body.Grant.Check(); err != nil {
		return nil, problemAt(http.StatusUnprocessableEntity, "grant", "/grant", err.Error())
	}
	err = s.Grants.Decide(ctx, con, catalog.Decision{Consent: in.Body.Consent, Extra: in.Body.Grant, Base: base, By: identityFrom(ctx).Actor.Name, At: time.Now()})
	var decided *catalog.DecidedError
	if errors.As(err, &decided) {
		now := s.powersOf(con)
		p := problem(http.StatusConflict, decided.Error())
		p.Yours, p.Current, p.Powers = decided.Base, decided.Current, &now
		p.UpdatedBy, p.UpdatedAt = s.Grants.Decided(con.Manifest.ID)
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	return s.showPowers(con), nil
}

func (s *Server) removeConnector(ctx context.Context, in *ConnectorVersion) (*none, error) {
	con, err := s.installed(*in)
	if err != nil {
		return nil, err
	}
	if con.Module.Bundled {
		return nil, problem(http.StatusConflict, "the connector came with the server and stays")
	}
	users, err := s.usersOf(ctx, con.Module)
	if err != nil {
		return nil, err
	}
	if len(users) > 0 {
		names := make([]string, len(users))
		for i, u := range users {
			names[i] = u.Name
		}
		p := problem(http.StatusConflict, "the connector is in use: "+strings.Join(names, ", "))
		p.UsedBy = users
		return nil, p
	}
	return &none{}, s.Connectors.Remove(ctx, con.Module)
}
