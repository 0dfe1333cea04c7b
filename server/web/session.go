package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// User is somebody who may log in.
type User struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Role auth.Role `json:"role" enum:"viewer,analyst,responder,author,admin"`
}

// UserItem is a line of the list of users.
type UserItem struct {
	User
	CreatedAt  time.Time `json:"createdAt"`
	LastSeenAt time.Time `json:"lastSeenAt,omitzero"`
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
	address string
	secure  bool
	foreign bool
}

// Resolve implements [huma.Resolver].
func (n *Connection) Resolve(ctx huma.Context) []error {
	c := humafiber.Unwrap(ctx)
	n.address, n.secure, n.foreign = address(c), c.Secure(), foreign(c)
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
	route(s, public, operation{method: "POST", path: "/setup", id: "setUp", summary: "Set the first admin's password by the one-time link", errors: []int{410, 422, 429}}, s.setUp)
	route(s, public, operation{method: "POST", path: "/session", id: "logIn", summary: "Log in", errors: []int{422, 429}}, s.logIn)
	route(s, signedIn, operation{method: "DELETE", path: "/session", id: "logOut", summary: "Log out", status: 204}, s.logOut)
	route(s, signedIn, operation{method: "GET", path: "/me", id: "me", summary: "Who is asking"}, s.me)
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/users", id: "listUsers", summary: "List users"}, s.users)
}

func (s *Server) logIn(ctx context.Context, in *credentials) (*loggedIn, error) {
	if in.foreign {
		return nil, crossOrigin()
	}
	login, err := s.Auth.Login(ctx, in.Body.Name, in.Body.Password, in.address)
	if err != nil {
		return nil, err
	}
	return s.welcome(login, in.secure), nil
}

func (s *Server) setUp(ctx context.Context, in *setup) (*loggedIn, error) {
	if in.foreign {
		return nil, crossOrigin()
	}
	login, err := s.Auth.SetUp(ctx, in.Body.Token, in.Body.Password, in.address)
	if err != nil {
		return nil, err
	}
	return s.welcome(login, in.secure), nil
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

func (s *Server) users(ctx context.Context, _ *none) (*body[List[UserItem]], error) {
	users, err := s.Auth.Users(ctx)
	if err != nil {
		return nil, err
	}
	list := List[UserItem]{Items: make([]UserItem, len(users))}
	for i := range users {
		list.Items[i] = UserItem{userOf(&users[i]), users[i].Created, users[i].LastSeen}
	}
	return answer(list), nil
}
