package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/views"
)

// View is what a list is picked and ordered by, under a name.
type View struct {
	ID        string            `json:"id"`
	List      string            `json:"list" enum:"cases,alerts,runs"`
	Name      string            `json:"name"`
	Owner     string            `json:"owner" doc:"Who made it"`
	Mine      bool              `json:"mine" doc:"You made it"`
	Shared    bool              `json:"shared" doc:"All see it"`
	Filter    map[string]string `json:"filter" doc:"What the address of the list says"`
	Revision  int64             `json:"revision" doc:"Give it as If-Match of a change"`
	UpdatedAt time.Time         `json:"updatedAt"`
	UpdatedBy string            `json:"updatedBy"`
}

// Views are those of a list.
type Views struct {
	Items   []View `json:"items" nullable:"false" doc:"Yours and those that are shared, by name"`
	Default string `json:"default" doc:"The id of the one that you begin the list with; empty is none"`
}

// GivenView is a view as people give it.
type GivenView struct {
	Name   string            `json:"name" maxLength:"400"`
	Shared bool              `json:"shared,omitempty"`
	Filter map[string]string `json:"filter,omitempty"`
}

type listViews struct {
	List string `query:"list" enum:"cases,alerts,runs" required:"true"`
}

type makeView struct {
	Body struct {
		List string `json:"list" enum:"cases,alerts,runs"`
		GivenView
	}
}

type changeView struct {
	ByID
	IfMatch string `header:"If-Match" doc:"The revision that the change was made from; without it, whatever others changed meanwhile"`
	Body    GivenView
}

type beginView struct {
	Body struct {
		List string `json:"list" enum:"cases,alerts,runs"`
		View string `json:"view" maxLength:"100" doc:"Its id; empty begins the list as it is"`
	}
}

type oneView struct {
	ETag string `header:"ETag"`
	Body View
}

func (s *Server) viewRoutes() {
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/views", id: "listViews", summary: "Saved views of a list: yours and those that are shared", errors: []int{422}}, s.viewList)
	route(s, needs(auth.CaseRead), operation{method: "POST", path: "/views", id: "makeView", summary: "Save a view; one that is shared takes the role analyst", status: 201, errors: []int{409, 422}}, s.makeView)
	route(s, needs(auth.CaseRead), operation{method: "PUT", path: "/views-default", id: "beginView", summary: "Begin a list with a view, or with none", status: 204, errors: []int{404, 422}}, s.beginView)
	route(s, needs(auth.CaseRead), operation{method: "PUT", path: "/views/{id}", id: "changeView", summary: "Rename, share or save over a view", errors: []int{404, 409, 422}}, s.changeView)
	route(s, needs(auth.CaseRead), operation{method: "DELETE", path: "/views/{id}", id: "removeView", summary: "Forget a view", status: 204, errors: []int{404}}, s.removeView)
}

// viewer is who asks for views. A token's are its maker's.
func viewer(ctx context.Context) views.Person {
	a := identityFrom(ctx).Actor
	id := a.Person()
	if id == "" {
		id = a.ID
	}
	return views.Person{ID: id, Name: a.Name, Shares: auth.Can(a, auth.CaseWork)}
}

func shownView(v *views.View, who views.Person) View {
	filter := v.Filter
	if filter == nil {
		filter = map[string]string{}
	}
	return View{v.ID, v.List, v.Name, v.OwnerName, v.Owner == who.ID, v.Shared, filter, v.Revision, v.Updated, v.UpdatedBy}
}

func (s *Server) viewList(ctx context.Context, in *listViews) (*body[Views], error) {
	who := viewer(ctx)
	list, first, err := s.Views.List(ctx, in.List, who)
	if err != nil {
		return nil, viewProblem(err, who)
	}
	out := Views{Items: make([]View, len(list)), Default: first}
	for i := range list {
		out.Items[i] = shownView(&list[i], who)
	}
	return answer(out), nil
}

func givenView(g *GivenView) views.Input {
	return views.Input{Name: g.Name, Shared: g.Shared, Filter: g.Filter}
}

func (s *Server) makeView(ctx context.Context, in *makeView) (*oneView, error) {
	who := viewer(ctx)
	v, err := s.Views.Make(ctx, in.Body.List, givenView(&in.Body.GivenView), who)
	return &oneView{etag(v.Revision), shownView(&v, who)}, viewProblem(err, who)
}

func (s *Server) changeView(ctx context.Context, in *changeView) (*oneView, error) {
	who := viewer(ctx)
	base, err := ifMatchGiven(in.IfMatch, 0)
	if err != nil {
		return nil, err
	}
	v, err := s.Views.Change(ctx, in.ID, base, givenView(&in.Body), who)
	return &oneView{etag(v.Revision), shownView(&v, who)}, viewProblem(err, who)
}

func (s *Server) removeView(ctx context.Context, in *ByID) (*none, error) {
	who := viewer(ctx)
	return &none{}, viewProblem(s.Views.Remove(ctx, in.ID, who), who)
}

func (s *Server) beginView(ctx context.Context, in *beginView) (*none, error) {
	who := viewer(ctx)
	return &none{}, viewProblem(s.Views.Begin(ctx, in.Body.List, in.Body.View, who), who)
}

// viewProblem says what is wrong with a view; nil where nothing is.
func viewProblem(err error, who views.Person) error {
	var conflict *views.ConflictError
	var invalid *views.InvalidError
	switch {
	case errors.As(err, &conflict):
		p, now := problem(http.StatusConflict, conflict.Error()), shownView(&conflict.Current, who)
		p.Yours, p.Current, p.View, p.UpdatedBy, p.UpdatedAt = conflict.Yours, now.Revision, &now, now.UpdatedBy, now.UpdatedAt
		return p
	case errors.As(err, &invalid):
		return problemAt(http.StatusUnprocessableEntity, "view", invalid.At, invalid.Reason)
	case errors.Is(err, views.ErrTaken):
		return problemAt(http.StatusConflict, "view.name", "/name", err.Error())
	}
	return err
}
