package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Uses knows which flows use what.
type Uses interface {
	// BoundCredentials lists the ids of the credentials that a flow is bound to.
	BoundCredentials(ctx context.Context) ([]string, error)
	// UsesOf gives the uses of documents that name an action of a connector and of
	// which reads says that they use it.
	UsesOf(ctx context.Context, connector string, reads func(content []byte) bool) ([]library.Use, error)
	// CallsOf likewise gives the uses of documents that name a flow.
	CallsOf(ctx context.Context, id string, reads func(content []byte) bool) ([]library.Use, error)
	// RunsOf counts the runs of a flow that are kept, and those of them that go on.
	RunsOf(ctx context.Context, id string) (kept, active int, err error)
}

// FlowUse says where a flow uses a connector.
type FlowUse struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Deleted  bool   `json:"deleted,omitempty" doc:"The flow is gone, and runs of it go on"`
	Draft    bool   `json:"draft" doc:"Its draft does"`
	Live     bool   `json:"live" doc:"Its newest published version does, which webhooks start"`
	Versions []int  `json:"versions" doc:"The published versions that do, newest first"`
	Runs     int    `json:"runs" doc:"Runs in flight that do"`
}

// holds says whether a use keeps the connector from being removed. A version that was
// replaced and that no run is pinned to does not.
func (u *FlowUse) holds() bool { return u.Draft || u.Live || u.Runs > 0 }

func (s *Server) useRoutes() {
	route(s, needs(auth.ConnectorRead), operation{method: "GET", path: "/connectors/{name}/versions/{v}/flows", id: "listConnectorFlows", summary: "The flows whose draft, versions or runs in flight use a connector", errors: []int{404}}, s.connectorFlows)
}

func (s *Server) connectorFlows(ctx context.Context, in *ConnectorVersion) (*body[List[FlowUse]], error) {
	con, err := s.installed(*in)
	if err != nil {
		return nil, err
	}
	list, err := s.flowUses(ctx, con)
	return answer(List[FlowUse]{Items: list}), err
}

// usersOf lists the flows that keep a module from being removed: those that use any
// of its connectors in a draft, in a version that is live, or in a run in flight.
func (s *Server) usersOf(ctx context.Context, m *catalog.Module) ([]FlowUse, error) {
	list, err := s.flowUses(ctx, m.Connectors...)
	return slices.DeleteFunc(list, func(u FlowUse) bool { return !u.holds() }), err
}

// flowUses lists the flows that use one of some connectors, by name.
func (s *Server) flowUses(ctx context.Context, connectors ...*catalog.Connector) ([]FlowUse, error) {
	found := map[string]*FlowUse{}
	noted := map[string]bool{} // a document may use several connectors of one module
	for _, con := range connectors {
		uses, err := s.Uses.UsesOf(ctx, con.Manifest.ID, func(content []byte) bool { return s.reads(content, con) })
		if err != nil {
			return nil, err
		}
		for _, u := range uses {
			key := fmt.Sprint(u.Kind, " ", u.Flow, " ", u.Version, " ", u.Digest)
			if !noted[key] {
				noted[key] = true
				note(found, u)
			}
		}
	}
	list := []FlowUse{}
	for _, u := range found {
		slices.SortFunc(u.Versions, func(a, b int) int { return cmp.Compare(b, a) })
		u.Versions = slices.Compact(u.Versions)
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b FlowUse) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return list, nil
}

func note(found map[string]*FlowUse, u library.Use) {
	f := found[u.Flow]
	if f == nil {
		f = &FlowUse{ID: u.Flow, Name: u.Name, Versions: []int{}}
		found[u.Flow] = f
	}
	switch u.Kind {
	case library.UseDraft:
		f.Draft = true
	case library.UseVersion:
		f.Versions, f.Live = append(f.Versions, u.Version), f.Live || u.Newest
	case library.UseRun:
		f.Runs, f.Deleted = f.Runs+u.Runs, u.Deleted
	}
}

// reads says whether a node of a document is an action of a connector, in the version
// that the document names, or the newest where it names none.
func (s *Server) reads(content []byte, con *catalog.Connector) bool {
	d, _ := flow.Decode(content)
	if d == nil {
		return false
	}
	id := con.Manifest.ID
	used, err := s.Catalog.Connector(id, d.Connectors[id])
	if err != nil || used.Module.Digest != con.Module.Digest {
		return false
	}
	return slices.ContainsFunc(d.Nodes, func(n flow.Node) bool { return strings.HasPrefix(n.Type, id+".") })
}
