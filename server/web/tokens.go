package web

import (
	"context"
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TokenItem is a line of the list of API tokens.
type TokenItem struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Role       auth.Role `json:"role"`
	CreatedAt  time.Time `json:"createdAt"`
	CreatedBy  string    `json:"createdBy"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"`
	Stopped    bool      `json:"stopped" doc:"Who made it is disabled, so that it is refused until they are enabled"`
}

// NewToken is a token with its secret, which is shown this once.
type NewToken struct {
	ID    string `json:"id"`
	Token string `json:"token"`
}

// AuditItem is one row of the audit log.
type AuditItem struct {
	ID        int64           `json:"id"`
	At        time.Time       `json:"at"`
	Actor     string          `json:"actor"`
	ActorKind string          `json:"actorKind" enum:"user,token,system"`
	Action    string          `json:"action"`
	Object    string          `json:"object"`
	ObjectID  string          `json:"objectId"`
	Detail    json.RawMessage `json:"detail"`
}

// Audit is the log of who changed what.
type Audit interface {
	Audit(ctx context.Context, cursor string, limit int) (list []AuditItem, next string, err error)
}

// Page is which part of a list is asked for.
type Page struct {
	Cursor string `query:"cursor" maxLength:"200"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type createToken struct {
	Body struct {
		Name string    `json:"name"`
		Role auth.Role `json:"role" enum:"viewer,analyst,responder,author,admin"`
	}
}

// ByID names an object in the path.
type ByID struct {
	ID string `path:"id" maxLength:"100"`
}

func (s *Server) tokenRoutes() {
	route(s, needs(auth.TokenManage), operation{method: "GET", path: "/tokens", id: "listTokens", summary: "List API tokens"}, s.tokens)
	route(s, needs(auth.TokenManage), operation{method: "POST", path: "/tokens", id: "createToken", summary: "Make an API token", status: 201, errors: []int{422}}, s.createToken)
	route(s, needs(auth.TokenManage), operation{method: "DELETE", path: "/tokens/{id}", id: "deleteToken", summary: "End an API token", status: 204, errors: []int{404}}, s.deleteToken)
	route(s, needs(auth.AuditRead), operation{method: "GET", path: "/audit", id: "listAudit", summary: "Who changed what, newest first"}, s.audit)
}

func (s *Server) tokens(ctx context.Context, _ *none) (*body[List[TokenItem]], error) {
	tokens, err := s.Auth.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	users, err := s.Auth.Users(ctx)
	if err != nil {
		return nil, err
	}
	disabled := map[string]bool{}
	for i := range users {
		disabled[users[i].ID] = users[i].Disabled
	}
	list := List[TokenItem]{Items: make([]TokenItem, len(tokens))}
	for i := range tokens {
		t := &tokens[i]
		list.Items[i] = TokenItem{t.ID, t.Name, t.Role, t.Created, t.CreatedBy, t.LastUsed, disabled[t.UserID]}
	}
	return answer(list), nil
}

func (s *Server) createToken(ctx context.Context, in *createToken) (*body[NewToken], error) {
	t, secret, err := s.Auth.CreateToken(ctx, in.Body.Name, in.Body.Role)
	if err != nil {
		return nil, err
	}
	return answer(NewToken{t.ID, secret}), nil
}

func (s *Server) deleteToken(ctx context.Context, in *ByID) (*none, error) {
	if err := s.Auth.DeleteToken(ctx, in.ID); err != nil {
		return nil, err
	}
	s.Live.CloseKey(in.ID)
	return &none{}, nil
}

func (s *Server) audit(ctx context.Context, in *Page) (*body[List[AuditItem]], error) {
	items, next, err := s.Audit.Audit(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return answer(List[AuditItem]{nonNil(items), next}), nil
}

// nonNil makes a missing list an empty one, as it is in JSON.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
