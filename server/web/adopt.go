package web

import (
	"context"
	"net/http"
	"sync"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Adopted is the answer to a flow that was made of one that ships.
type Adopted struct {
	Created
	Added []AddedFlow `json:"added" nullable:"false" doc:"The flows that ship which it calls, itself or through others, and that weren't here; under their own ids"`
}

// AddedFlow is a flow that ships and was added to the server.
type AddedFlow struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int    `json:"version" doc:"0 where it isn't published yet"`
	Why     string `json:"why,omitzero" required:"false" doc:"What has to be done before it can be published"`
}

type adopt struct {
	Name string `path:"name" maxLength:"200" doc:"Of the flow in the library, such as contain-host"`
	Body *struct {
		Name   string `json:"name,omitempty" maxLength:"200" doc:"Another name than it ships with"`
		Itself bool   `json:"itself,omitempty" doc:"It keeps its id, so that flows which call it find it; refused where that is taken. Otherwise it is a copy with an id of its own"`
	}
}

type adoptedFlow struct {
	ETag string `header:"ETag"`
	Body Adopted
}

// adopt makes a flow of one that ships. Flows that it calls come along: without them it
// would fail in its first run.
func (s *Server) adopt(ctx context.Context, in *adopt) (*adoptedFlow, error) {
	ships, err := shipped()
	if err != nil {
		return nil, err
	}
	id, known := ships.ids[in.Name]
	if !known {
		return nil, problem(http.StatusNotFound, "no flow of this name ships with the server: see the library")
	}
	who := identityFrom(ctx).Actor
	a := library.Adoption{Shipped: ships.flows[id], Find: ships.find, Publish: auth.Can(who, auth.FlowPublish), Author: who.Name}
	if in.Body != nil {
		a.Name, a.Itself = in.Body.Name, in.Body.Itself
	}
	made, err := s.Library.Adopt(ctx, &a)
	if err != nil {
		return nil, err
	}
	added := make([]AddedFlow, len(made.Added))
	for i, f := range made.Added {
		added[i] = AddedFlow(f)
	}
	if len(added) > 0 {
		s.Published()
	}
	return &adoptedFlow{etag(made.Draft.Revision), Adopted{Created{made.Draft.ID, made.Draft.Revision}, added}}, nil
}

// shippedFlows are the flows of the library by their ids, and these by the names of their files.
type shippedFlows struct {
	flows map[string]library.Shipped
	ids   map[string]string
}

func (f *shippedFlows) find(id string) (library.Shipped, bool) {
	one, found := f.flows[id]
	return one, found
}

// shipped reads them once, as the list of the library does.
var shipped = sync.OnceValues(func() (*shippedFlows, error) {
	list, err := libraryFlows()
	if err != nil {
		return nil, err
	}
	all := &shippedFlows{map[string]library.Shipped{}, map[string]string{}}
	for _, f := range list {
		d, problems := flow.Decode(f.Flow)
		if d == nil {
			return nil, problems
		}
		samples := make([]library.Sample, len(f.Samples))
		for i, sample := range f.Samples {
			samples[i] = library.Sample{Name: sample.Name, Trigger: sample.Trigger, Input: sample.Input.V}
		}
		all.flows[d.ID], all.ids[f.Name] = library.Shipped{Document: d, Samples: samples}, d.ID
	}
	return all, nil
})
