package web

import (
	"context"
	"strconv"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Version is one published state of a flow.
type Version struct {
	Version int       `json:"version"`
	Message string    `json:"message"`
	Author  string    `json:"author"`
	At      time.Time `json:"at"`
	Digest  string    `json:"digest"`
}

// VersionFlow is a version with its document.
type VersionFlow struct {
	Version
	Flow Document `json:"flow"`
}

// Published is the answer to publishing.
type Published struct {
	Version int               `json:"version"`
	Hooks   map[string]string `json:"hooks" doc:"Addresses of the webhooks, by node"`
}

// Change is one difference between two documents, node by node.
type Change struct {
	Kind   flow.ChangeKind `json:"kind" enum:"added,removed,changed,moved"`
	What   string          `json:"what" enum:"node,edge,note,group,flow"`
	ID     string          `json:"id"`
	Name   string          `json:"name"`
	Fields []FieldChange   `json:"fields"`
}

// FieldChange is one value inside a changed part.
type FieldChange struct {
	Pointer string `json:"pointer"`
	Before  Value  `json:"before"`
	After   Value  `json:"after"`
}

// Changes is the answer to a comparison.
type Changes struct {
	Changes []Change `json:"changes"`
}

func changesOf(list []flow.Change) []Change {
	out := make([]Change, len(list))
	for i, c := range list {
		out[i] = Change{c.Kind, c.What, c.ID, c.Name, make([]FieldChange, len(c.Fields))}
		for k, f := range c.Fields {
			out[i].Fields[k] = FieldChange{f.Pointer, Value{f.Before}, Value{f.After}}
		}
	}
	return out
}

type publish struct {
	ByID
	Body *struct {
		Message string `json:"message,omitempty" maxLength:"2000"`
	}
}

// ByVersion names a version in the path.
type ByVersion struct {
	ByID
	Number int `path:"n" minimum:"1"`
}

type restore struct {
	ByVersion
	IfMatch string `header:"If-Match"`
}

type diff struct {
	ByID
	From string `query:"from" required:"true" doc:"A version's number, or draft"`
	To   string `query:"to" required:"true" doc:"A version's number, or draft"`
}

func (s *Server) versionRoutes() {
	route(s, needs(auth.FlowPublish), operation{method: "POST", path: "/flows/{id}/publish", id: "publishFlow", summary: "Publish the draft as the newest version", errors: []int{404, 409, 422}}, s.publish)
	route(s, needs(auth.FlowPublish), operation{method: "POST", path: "/flows/{id}/halt", id: "haltFlow", summary: "Take the published version off line: none of its triggers starts anything", errors: []int{404}}, s.halt)
	route(s, needs(auth.FlowPublish), operation{method: "POST", path: "/flows/{id}/resume", id: "resumeFlow", summary: "Have the triggers of the published version start runs again", errors: []int{404}}, s.resume)
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/versions", id: "listVersions", summary: "A flow's versions, newest first", errors: []int{404}}, s.versions)
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/versions/{n}", id: "getVersion", summary: "One version with its document", errors: []int{404}}, s.version)
	route(s, needs(auth.FlowWrite), operation{method: "POST", path: "/flows/{id}/versions/{n}/restore", id: "restoreVersion", summary: "Make a version the draft again", errors: []int{404, 409, 428}}, s.restore)
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/diff", id: "diffFlow", summary: "What differs between two versions, node by node", errors: []int{404, 422}}, s.diff)
}

func (s *Server) publish(ctx context.Context, in *publish) (*body[Published], error) {
	message := ""
	if in.Body != nil {
		message = in.Body.Message
	}
	if err := s.bound(ctx, in.ID); err != nil {
		return nil, err
	}
	p, err := s.Library.Publish(ctx, in.ID, message, identityFrom(ctx).Actor.Name)
	if err != nil {
		return nil, err
	}
	s.Published()
	s.Live.FlowChanged(in.ID)
	return answer(Published{p.Version, addresses(p.Hooks)}), nil
}

// Halted says whether a flow's triggers start nothing.
type Halted struct {
	Halted bool `json:"halted"`
}

func (s *Server) halt(ctx context.Context, in *ByID) (*body[Halted], error) {
	return s.setHalted(ctx, in.ID, true)
}

func (s *Server) resume(ctx context.Context, in *ByID) (*body[Halted], error) {
	return s.setHalted(ctx, in.ID, false)
}

func (s *Server) setHalted(ctx context.Context, id string, halted bool) (*body[Halted], error) {
	if err := s.Library.Halt(ctx, id, halted); err != nil {
		return nil, err
	}
	s.Published() // who waits for times and mails looks again
	s.Live.FlowChanged(id)
	return answer(Halted{halted}), nil
}

func versionOf(v library.Version) Version {
	return Version{v.Number, v.Message, v.Author, v.At, v.Digest}
}

func (s *Server) versions(ctx context.Context, in *ByID) (*body[List[Version]], error) {
	versions, err := s.Library.Versions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list := List[Version]{Items: make([]Version, len(versions))}
	for i, v := range versions {
		list.Items[i] = versionOf(v)
	}
	return answer(list), nil
}

func (s *Server) version(ctx context.Context, in *ByVersion) (*body[VersionFlow], error) {
	v, err := s.Library.Version(ctx, in.ID, in.Number)
	if err != nil {
		return nil, err
	}
	return answer(VersionFlow{versionOf(v), Document(v.Content)}), nil
}

func (s *Server) restore(ctx context.Context, in *restore) (*savedFlow, error) {
	base, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	d, problems, err := s.Library.Restore(ctx, in.ID, in.Number, base, identityFrom(ctx).Actor.Name)
	if err != nil {
		return nil, err
	}
	s.Live.FlowChanged(d.ID)
	document, _ := d.Document()
	if problems, err = s.withBindings(ctx, d.ID, document, problems); err != nil {
		return nil, err
	}
	return &savedFlow{etag(d.Revision), Saved{d.Revision, itemProblems(problems)}}, nil
}

func (s *Server) diff(ctx context.Context, in *diff) (*body[Changes], error) {
	from, err := s.state(ctx, in.ID, in.From)
	if err != nil {
		return nil, err
	}
	to, err := s.state(ctx, in.ID, in.To)
	if err != nil {
		return nil, err
	}
	return answer(Changes{changesOf(flow.Diff(from, to))}), nil
}

// state gives a flow's document as it is in a version, or in the draft.
func (s *Server) state(ctx context.Context, id, which string) (*flow.Document, error) {
	if which == "draft" {
		d, err := s.Library.Draft(ctx, id)
		if err != nil {
			return nil, err
		}
		return decode(d.Content)
	}
	n, err := strconv.Atoi(which)
	if err != nil || n < 1 {
		return nil, problem(422, "from and to are a version's number, or draft")
	}
	v, err := s.Library.Version(ctx, id, n)
	if err != nil {
		return nil, err
	}
	return decode(v.Content)
}

func decode(content []byte) (*flow.Document, error) {
	d, problems := flow.Decode(content)
	if d == nil {
		return nil, problems
	}
	return d, nil
}
