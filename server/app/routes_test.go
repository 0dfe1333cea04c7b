package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestRoutesOfEachRole asks for every route in every role: who may not gets 401
// or 403 and nothing else, who may gets neither.
func TestRoutesOfEachRole(t *testing.T) {
	h := open(t, t.TempDir())
	routes := h.server.Routes()
	if len(routes) < 35 {
		t.Fatalf("only %d routes are registered", len(routes))
	}
	roles := append([]auth.Role{""}, auth.Roles...)
	for _, r := range routes {
		if strings.HasPrefix(r.Path, "/hooks") || strings.HasSuffix(r.Path, "/live") || strings.HasSuffix(r.Path, "*") {
			continue // tested on their own
		}
		path := strings.NewReplacer("{id}", "0197a6c2-7d1e-7c3a-9a60-000000000000", "{n}", "1", "{key}", "a", "{name}", "none", "{v}", "1.0.0", "{action}", "a", "{node}", "a").Replace(r.Path)
		for _, role := range roles {
			c := call{r.Method, "//" + path, role, nil, nil}
			if r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH" {
				c.body = []byte("{}")
			}
			got := h.do(c).status
			denied := got == http.StatusUnauthorized || got == http.StatusForbidden
			switch {
			case role == "" && !r.Access.Permits("") && got != http.StatusUnauthorized:
				t.Errorf("%s %s with no session answers %d", r.Method, r.Path, got)
			case role != "" && !r.Access.Permits(role) && got != http.StatusForbidden:
				t.Errorf("%s %s as %s answers %d, want 403", r.Method, r.Path, role, got)
			case r.Access.Permits(role) && denied && r.Path != "/api/v1/session":
				t.Errorf("%s %s as %q answers %d", r.Method, r.Path, role, got)
			case got >= 500:
				t.Errorf("%s %s as %q answers %d", r.Method, r.Path, role, got)
			}
		}
	}
}

// TestOutsider sees only what is for everybody.
func TestOutsider(t *testing.T) {
	h := open(t, t.TempDir())
	public := map[string]bool{}
	for _, r := range h.server.Routes() {
		if r.Access.Permits("") {
			public[r.Method+" "+r.Path] = true
		}
	}
	want := []string{
		"POST /api/v1/setup", "POST /api/v1/setup/link", "POST /api/v1/session", "POST /api/v1/answer", "POST /api/v1/answer/decide", "POST /hooks/:token", "GET /hooks/:token", "PUT /hooks/:token", "PATCH /hooks/:token", "DELETE /hooks/:token", "GET /api/v1/live", "GET /healthz", "GET /readyz",
		"GET /metrics", "GET /schema/flow.v1.json", "GET /api/v1/openapi.json", "GET /assets/*", "GET /*",
	}
	for _, route := range want {
		delete(public, route)
	}
	if len(public) > 0 {
		t.Errorf("these are public and should not be: %v", public)
	}
	through := call{"GET", "///metrics", "", nil, map[string]string{"X-Forwarded-For": "203.0.113.9"}}
	h.do(through).want(401)
	if got := h.do(call{"GET", "///healthz", "", nil, nil}); got.status != 200 || got.header.Get("Server") != "" {
		t.Errorf("%d, Server %q", got.status, got.header.Get("Server"))
	}
}
