package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// User is somebody who may log in.
type User struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Role auth.Role `json:"role" enum:"viewer,analyst,responder,author,admin"`
}

// Me is who asked, and what they may do.
type Me struct {
	User
	Permissions []auth.Permission `json:"permissions"`
}

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"Cursor of the next page; empty on the last"`
}

type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{v} }

type none struct{}

// Connection gives a handler where its request came from.
type Connection struct {
	from    auth.Origin
	secure  bool
	foreign bool
}

// Resolve implements [huma.Resolver].
func (n *Connection) Resolve(ctx huma.Context) []error {
	c := humafiber.Unwrap(ctx)
	n.from, n.secure, n.foreign = auth.Origin{Address: address(c), Agent: c.Get(fiber.HeaderUserAgent)}, c.Secure(), foreign(c)
	return nil
}

type credentials struct {
	Connection
	Body struct {
		Name     string `json:"name" maxLength:"200"`
		Password string `json:"password" maxLength:"1024"`
	}
}

type setup struct {
	Connection
	Body struct {
		Token    string `json:"token" maxLength:"200" doc:"Of the one-time link"`
		Password string `json:"password" maxLength:"1024"`
	}
}

type setupLink struct {
	Connection
	Body struct {
		Token string `json:"token" maxLength:"200" doc:"Of the one-time link"`
	}
}

// LinkOwner is whose password a one-time link sets.
type LinkOwner struct {
	Name      string    `json:"name"`
	Role      auth.Role `json:"role" enum:"viewer,analyst,responder,author,admin"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// LoggedIn is the answer to a log-in.
type LoggedIn struct {
	User User `json:"user"`
}

type loggedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      LoggedIn
}

type loggedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) sessionRoutes() {
	route(s, public, operation{method: "POST", path: "/setup", id: "setUp", summary: "Set one's password by a one-time link, and log in", errors: []int{404, 410, 422, 429}}, s.setUp)
	// It is a POST, so that the link's secret stands in no address, and uses nothing up.
	route(s, public, operation{method: "POST", path: "/setup/link", id: "setupLink", summary: "Whose a one-time link is, without using it", errors: []int{404, 410, 422, 429}}, s.setupLink)
	route(s, public, operation{method: "POST", path: "/session", id: "logIn", summary: "Log in", errors: []int{422, 429}}, s.logIn)
	route(s, signedIn, operation{method: "DELETE", path: "/session", id: "logOut", summary: "Log out", status: 204}, s.logOut)
	route(s, signedIn, operation{method: "GET", path: "/me", id: "me", summary: "Who is asking"}, s.me)
}

func (s *Server) logIn(ctx context.Context, in *credentials) (*loggedIn, error) {
	if in.foreign {
		return nil, crossOrigin()
	}
	login, err := s.Auth.Login(ctx, in.Body.Name, in.Body.Password, in.from)
	if err != nil {
		return nil, err
	}
	return s.welcome(login, in.secure), nil
}

func (s *Server) setUp(ctx context.Context, in *setup) (*loggedIn, error) {
	if in.foreign {
		return nil, crossOrigin()
	}
	login, err := s.Auth.SetUp(ctx, in.Body.Token, in.Body.Password, in.from)
	if err != nil {
		return nil, err
	}
	return s.welcome(login, in.secure), nil
}

func (s *Server) setupLink(ctx context.Context, in *setupLink) (*body[LinkOwner], error) {
	if in.foreign {
		return nil, crossOrigin()
	}
	u, err := s.Auth.Setup(ctx, in.Body.Token, in.from)
	if err != nil {
		return nil, err
	}
	return answer(LinkOwner{u.Name, u.Role, u.LinkExpires}), nil
}

func (s *Server) welcome(l auth.Login, secure bool) *loggedIn {
	return &loggedIn{SetCookie: s.sessionCookie(l.Cookie, l.Expires, secure), Body: LoggedIn{userOf(&l.User)}}
}

func userOf(u *auth.User) User { return User{u.ID, u.Name, u.Role} }

func (s *Server) logOut(ctx context.Context, in *struct{ Connection }) (*loggedOut, error) {
	id := identityFrom(ctx)
	if err := s.Auth.Logout(ctx, id); err != nil {
		return nil, err
	}
	s.Live.CloseKey(id.Key)
	gone := s.sessionCookie("", time.Unix(1, 0), in.secure) //nolint:gosec // the attributes are those of sessionCookie
	gone.MaxAge = -1
	return &loggedOut{gone}, nil
}

func (s *Server) me(ctx context.Context, _ *none) (*body[Me], error) {
	a := identityFrom(ctx).Actor
	return answer(Me{User{a.ID, a.Name, a.Role}, a.Role.Permissions()}), nil
}
