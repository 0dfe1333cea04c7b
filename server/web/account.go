package web

import (
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// SessionItem is one of one's own log-ins.
type SessionItem struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"createdAt"`
	LastSeenAt time.Time `json:"lastSeenAt"`
	ExpiresAt  time.Time `json:"expiresAt" doc:"When it ends however much it is used"`
	Address    string    `json:"address" doc:"Where it was begun; a proxy's where one stands before the server"`
	Agent      string    `json:"agent" doc:"What the browser called itself"`
	Current    bool      `json:"current" doc:"It is the one that asks"`
}

type changePassword struct {
	Connection
	Body struct {
		Current  string `json:"current" maxLength:"1024"`
		Password string `json:"password" maxLength:"1024"`
	}
}

func (s *Server) accountRoutes() {
	route(s, signedIn, operation{method: "PUT", path: "/me/password", id: "changePassword", summary: "Change one's own password; one's other sessions end", status: 204, errors: []int{409, 422, 429}}, s.changePassword)
	route(s, signedIn, operation{method: "GET", path: "/me/sessions", id: "listSessions", summary: "Where one is logged in; a token is nowhere"}, s.sessions)
	route(s, signedIn, operation{method: "DELETE", path: "/me/sessions", id: "endOtherSessions", summary: "End all of one's sessions but this one", status: 204, errors: []int{409}}, s.endOtherSessions)
	route(s, signedIn, operation{method: "DELETE", path: "/me/sessions/{id}", id: "endSession", summary: "End one of one's own sessions", status: 204, errors: []int{404, 409}}, s.endSession)
}

func (s *Server) changePassword(ctx context.Context, in *changePassword) (*none, error) {
	ended, err := s.Auth.ChangePassword(ctx, identityFrom(ctx), in.Body.Current, in.Body.Password, in.from.Address)
	s.closeKeys(ended)
	return &none{}, err
}

func (s *Server) sessions(ctx context.Context, _ *none) (*body[List[SessionItem]], error) {
	id := identityFrom(ctx)
	sessions, err := s.Auth.Sessions(ctx, id)
	if err != nil {
		return nil, err
	}
	list := List[SessionItem]{Items: make([]SessionItem, len(sessions))}
	for i := range sessions {
		list.Items[i] = sessionItem(&sessions[i], id.Key)
	}
	return answer(list), nil
}

func sessionItem(n *auth.Session, key string) SessionItem {
	return SessionItem{n.ID, n.Created, n.LastSeen, n.Expires, n.Address, n.Agent, n.Hash == key}
}

func (s *Server) endSession(ctx context.Context, in *ByID) (*none, error) {
	key, err := s.Auth.EndSession(ctx, identityFrom(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	s.closeKeys([]string{key})
	return &none{}, nil
}

func (s *Server) endOtherSessions(ctx context.Context, _ *none) (*none, error) {
	ended, err := s.Auth.EndOtherSessions(ctx, identityFrom(ctx))
	s.closeKeys(ended)
	return &none{}, err
}
