package web

import (
	"context"
	"net/http"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// UserItem is a user as a list shows them.
type UserItem struct {
	User
	State     auth.State `json:"state" enum:"invited,active,reset,disabled" doc:"reset: has to choose a new password by a link"`
	CreatedAt time.Time  `json:"createdAt"`
	Revision  int64      `json:"revision" doc:"Give it as If-Match of a change"`
	// What only those are told who manage users.
	LastSeenAt    time.Time `json:"lastSeenAt,omitzero" doc:"For those who manage users"`
	LinkExpiresAt time.Time `json:"linkExpiresAt,omitzero" doc:"When their one-time link runs out, where there is one; for those who manage users"`
}

// SetupLink is a one-time link, which is shown this once.
type SetupLink struct {
	Path      string    `json:"path" doc:"Behind the server's address; whoever opens it chooses the user's password"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Invitation is a user with the link by which they choose a password.
type Invitation struct {
	User UserItem  `json:"user"`
	Link SetupLink `json:"link"`
}

type inviteUser struct {
	Body struct {
		Name string    `json:"name" maxLength:"200"`
		Role auth.Role `json:"role" enum:"viewer,analyst,responder,author,admin"`
	}
}

type changeUser struct {
	ByID
	UserMatch
	Body struct {
		Role     auth.Role `json:"role" enum:"viewer,analyst,responder,author,admin"`
		Disabled bool      `json:"disabled"`
	}
}

type linkUser struct {
	ByID
	UserMatch
}

// UserMatch says which revision of a user a change was made from.
type UserMatch struct {
	IfMatch string `header:"If-Match" doc:"The revision that this was decided on; without it, whatever others changed meanwhile"`
}

type oneUser struct {
	ETag string `header:"ETag"`
	Body UserItem
}

func (s *Server) userRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/users", id: "listUsers", summary: "List users"}, s.users)
	route(s, needs(auth.UserManage), operation{method: "POST", path: "/users", id: "inviteUser", summary: "Invite a user: they choose a password by a one-time link", status: 201, errors: []int{409, 422}}, s.inviteUser)
	route(s, needs(auth.UserManage), operation{method: "GET", path: "/users/{id}", id: "getUser", summary: "A user", errors: []int{404}}, s.user)
	route(s, needs(auth.UserManage), operation{method: "PUT", path: "/users/{id}", id: "changeUser", summary: "Give a user a role, disable or enable them", errors: []int{404, 409, 422}}, s.changeUser)
	route(s, needs(auth.UserManage), operation{method: "DELETE", path: "/users/{id}", id: "removeUser", summary: "Remove a user who never logged in", status: 204, errors: []int{404, 409}}, s.removeUser)
	route(s, needs(auth.UserManage), operation{method: "POST", path: "/users/{id}/link", id: "linkUser", summary: "Give a user a new one-time link: the former one, the password and all sessions end at once", status: 201, errors: []int{404, 409}}, s.linkUser)
}

func userItem(u *auth.User) UserItem {
	return UserItem{
		User: userOf(u), State: u.State(), CreatedAt: u.Created, Revision: u.Revision,
		LastSeenAt: u.LastSeen, LinkExpiresAt: u.LinkExpires,
	}
}

func (s *Server) users(ctx context.Context, _ *none) (*body[List[UserItem]], error) {
	users, err := s.Auth.Users(ctx)
	if err != nil {
		return nil, err
	}
	all := auth.Can(identityFrom(ctx).Actor, auth.UserManage)
	list := List[UserItem]{Items: make([]UserItem, len(users))}
	for i := range users {
		list.Items[i] = userItem(&users[i])
		if !all {
			list.Items[i].LastSeenAt, list.Items[i].LinkExpiresAt = time.Time{}, time.Time{}
		}
	}
	return answer(list), nil
}

func (s *Server) user(ctx context.Context, in *ByID) (*oneUser, error) {
	u, err := s.Auth.User(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneUser{etag(u.Revision), userItem(&u)}, nil
}

func invitation(in *auth.Invitation) *body[Invitation] {
	return answer(Invitation{userItem(&in.User), SetupLink{"/setup?token=" + in.Token, in.Expires}})
}

func (s *Server) inviteUser(ctx context.Context, in *inviteUser) (*body[Invitation], error) {
	made, err := s.Auth.Invite(ctx, in.Body.Name, in.Body.Role)
	if err != nil {
		return nil, err
	}
	return invitation(&made), nil
}

func (s *Server) linkUser(ctx context.Context, in *linkUser) (*body[Invitation], error) {
	base, err := ifMatchGiven(in.IfMatch, 0)
	if err != nil {
		return nil, err
	}
	made, keys, err := s.Auth.NewLink(ctx, in.ID, base)
	if err != nil {
		return nil, err
	}
	s.closeKeys(keys)
	return invitation(&made), nil
}

func (s *Server) changeUser(ctx context.Context, in *changeUser) (*oneUser, error) {
	base, err := ifMatchGiven(in.IfMatch, 0)
	if err != nil {
		return nil, err
	}
	u, keys, err := s.Auth.ChangeUser(ctx, in.ID, base, in.Body.Role, in.Body.Disabled)
	if err != nil {
		return nil, err
	}
	s.closeKeys(keys)
	return &oneUser{etag(u.Revision), userItem(&u)}, nil
}

func (s *Server) removeUser(ctx context.Context, in *ByID) (*none, error) {
	return &none{}, s.Auth.RemoveUser(ctx, in.ID)
}

// closeKeys closes the sockets of sessions and tokens that are no longer good.
func (s *Server) closeKeys(keys []string) {
	for _, key := range keys {
		s.Live.CloseKey(key)
	}
}

// userChanged answers who changes a user that another changed first, with what they
// are now.
func userChanged(c *auth.ChangedError) *Problem {
	p := problem(http.StatusConflict, c.Error())
	now := userItem(&c.Current)
	p.Yours, p.Current, p.User, p.UpdatedBy, p.UpdatedAt = c.Yours, c.Current.Revision, &now, c.Current.UpdatedBy, c.Current.Updated
	return p
}
