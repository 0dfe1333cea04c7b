package web

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// NamedID is the name of a flow or a case whose id stands among values.
type NamedID struct {
	ID     string `json:"id"`
	Kind   string `json:"kind" enum:"flow,case"`
	Name   string `json:"name" doc:"Of a flow, or the title of a case"`
	Number int64  `json:"number,omitempty" doc:"Of a case"`
}

// Bounds of looking for ids.
const (
	mostNamed  = 50 // of one question
	namedDepth = 16
)

var anyID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// name tells the names of the flows and cases whose ids stand in what questions show, as
// far as who reads may see them: by one look for all.
func (s *Server) name(ctx context.Context, questions ...*Question) error {
	who := identityFrom(ctx).Actor
	of, all := make([][]string, len(questions)), map[string]bool{}
	for i, q := range questions {
		found := map[string]bool{}
		gatherIDs(q.Show.V, found, 0)
		for k := range q.Then {
			gatherIDs(q.Then[k].With.V, found, 0)
		}
		of[i] = slices.Sorted(maps.Keys(found))
		for _, id := range of[i] {
			all[id] = true
		}
	}
	if len(all) == 0 {
		return nil
	}
	known := map[string]NamedID{}
	ids := slices.Sorted(maps.Keys(all))
	if auth.Can(who, auth.FlowRead) {
		heads, err := s.Library.Heads(ctx, ids)
		if err != nil {
			return err
		}
		for id, h := range heads {
			known[id] = NamedID{ID: id, Kind: "flow", Name: h.Name}
		}
	}
	if auth.Can(who, auth.CaseRead) {
		names, err := s.Cases.CaseNames(ctx, ids)
		if err != nil {
			return err
		}
		for id, c := range names {
			known[id] = NamedID{ID: id, Kind: "case", Name: c.Title, Number: c.Number}
		}
	}
	for i, q := range questions {
		for _, id := range of[i] {
			if n, is := known[id]; is {
				q.Names = append(q.Names, n)
			}
		}
	}
	return nil
}

// gatherIDs finds the texts of a value that look like an id.
func gatherIDs(v any, found map[string]bool, depth int) {
	if len(found) == mostNamed || depth == namedDepth {
		return
	}
	switch v := v.(type) {
	case string:
		if anyID.MatchString(v) {
			found[v] = true
		}
	case []any:
		for _, item := range v {
			gatherIDs(item, found, depth+1)
		}
	case map[string]any:
		for _, item := range v {
			gatherIDs(item, found, depth+1)
		}
	}
}
