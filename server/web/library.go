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
}

func (s *Server) libraryRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/library", id: "listLibrary", summary: "The flows that ship with the server, as its help shows them"}, s.library)
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
		list[i] = LibraryFlow{strings.TrimSuffix(path.Base(name), flowSuffix), Document(content)}
	}
	return list, nil
})
