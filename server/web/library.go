package web

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/drawbridge-soar/drawbridge/flows"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// LibraryFlow is a flow that ships with the server.
type LibraryFlow struct {
	Name string   `json:"name" doc:"Of its file, such as contain-host"`
	Flow Document `json:"flow"`
	// Samples are kept with a flow that is made from it.
	Samples []Sample `json:"samples" doc:"Events to try it with"`
}

func (s *Server) libraryRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/library", id: "listLibrary", summary: "The flows that ship with the server, as its help shows them"}, s.library)
	route(s, needs(auth.FlowWrite), operation{method: "POST", path: "/library/{name}/flows", id: "adoptFlow", summary: "Make a flow of one that ships, and add those that it calls, all or nothing", status: 201, errors: []int{404, 409, 422}}, s.adopt)
}

func (s *Server) library(context.Context, *none) (*body[List[LibraryFlow]], error) {
	found, err := libraryFlows()
	return answer(List[LibraryFlow]{Items: found}), err
}

const flowSuffix = ".flow.json"

// libraryFlows reads them once: they are part of the program.
var libraryFlows = sync.OnceValues(func() ([]LibraryFlow, error) {
	names, err := fs.Glob(flows.Library, "library/*"+flowSuffix)
	if err != nil {
		return nil, err
	}
	list := make([]LibraryFlow, len(names))
	for i, name := range names {
		content, err := flows.Library.ReadFile(name)
		if err != nil {
			return nil, err
		}
		short := strings.TrimSuffix(path.Base(name), flowSuffix)
		samples, err := librarySamples(short)
		if err != nil {
			return nil, err
		}
		list[i] = LibraryFlow{short, Document(content), samples}
	}
	return list, nil
})

func librarySamples(flow string) ([]Sample, error) {
	known, err := flows.Samples(flow)
	samples := make([]Sample, len(known))
	for i, s := range known {
		samples[i] = Sample{Name: s.Name, Input: Value{s.Input}}
	}
	return samples, err
}
