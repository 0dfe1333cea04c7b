package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// browser is somebody who is logged in.
type browser struct {
	h      *house
	cookie *http.Cookie
}

func (b *browser) do(method, path string, body any, header ...string) *reply {
	b.h.t.Helper()
	with := map[string]string{"Cookie": b.cookie.Name + "=" + b.cookie.Value, "Sec-Fetch-Site": "same-origin", "User-Agent": "Browser/1"}
	for i := 0; i < len(header); i += 2 {
		with[header[i]] = header[i+1]
	}
	return b.h.do(call{method, path, "", body, with})
}

func (h *house) enter(path string, body map[string]any) *browser {
	h.t.Helper()
	r := h.do(call{"POST", path, "", body, nil})
	r.want(200)
	return &browser{h, (&http.Response{Header: r.header}).Cookies()[0]}
}

// invite gives somebody's id and the secret of their link.
func (h *house) invite(name string, role auth.Role) (id, token string) {
	h.t.Helper()
	made := h.do(call{"POST", "/users", auth.Admin, map[string]any{"name": name, "role": role}, nil}).want(201)
	token, found := strings.CutPrefix(made["link"].(map[string]any)["path"].(string), "/setup?token=")
	if !found {
		h.t.Fatalf("%v", made)
	}
	return made["user"].(map[string]any)["id"].(string), token
}

// join gives somebody who was invited and has set their password.
func (h *house) join(name string, role auth.Role) (id string, b *browser) {
	h.t.Helper()
	id, token := h.invite(name, role)
	return id, h.enter("/setup", map[string]any{"token": token, "password": password})
}

func (h *house) userState(id string) any {
	h.t.Helper()
	return h.do(call{"GET", "/users/" + id, auth.Admin, nil, nil}).want(200)["state"]
}

func pointers(p map[string]any) string {
	var all []string
	for _, one := range p["problems"].([]any) {
		all = append(all, one.(map[string]any)["pointer"].(string))
	}
	return strings.Join(all, " ")
}

// TestPeople follows one user from the invitation to the end.
func TestPeople(t *testing.T) {
	h := open(t, t.TempDir())
	id, token := h.invite("nightshift", auth.Author)
	if p := h.do(call{"POST", "/users", auth.Admin, map[string]any{"name": "Nightshift", "role": "viewer"}, nil}).want(409); pointers(p) != "/name" {
		t.Errorf("%v", p)
	}
	if p := h.do(call{"POST", "/users", auth.Admin, map[string]any{"name": "a b", "role": "viewer"}, nil}).want(422); pointers(p) != "/name" {
		t.Errorf("%v", p)
	}
	// Whatever looks at the link uses nothing up.
	for range 2 {
		h.do(call{"GET", "///setup?token=" + token, "", nil, nil})
		if who := h.do(call{"POST", "/setup/link", "", map[string]any{"token": token}, nil}).want(200); who["name"] != "nightshift" || who["role"] != "author" {
			t.Errorf("%v", who)
		}
	}
	h.do(call{"POST", "/setup/link", "", map[string]any{"token": "x"}, nil}).want(410)
	if p := h.do(call{"POST", "/setup", "", map[string]any{"token": token, "password": "nightshift2026"}, nil}).want(422); pointers(p) != "/password" {
		t.Errorf("%v", p)
	}
	nightshift := h.enter("/setup", map[string]any{"token": token, "password": password})
	h.do(call{"POST", "/setup", "", map[string]any{"token": token, "password": password}, nil}).want(410)
	if me := nightshift.do("GET", "/me", nil).want(200); me["name"] != "nightshift" || me["role"] != "author" {
		t.Errorf("%v", me)
	}
	h.do(call{"DELETE", "/users/" + id, auth.Admin, nil, nil}).want(409)

	r := h.do(call{"GET", "/users/" + id, auth.Admin, nil, nil})
	revision := r.header.Get("ETag")
	r.want(200)
	viewer := map[string]any{"role": "viewer", "disabled": false}
	changed := h.do(call{"PUT", "/users/" + id, auth.Admin, viewer, map[string]string{"If-Match": revision}}).want(200)
	if p := h.do(call{"PUT", "/users/" + id, auth.Admin, map[string]any{"role": "admin", "disabled": false}, map[string]string{"If-Match": revision}}).want(409); p["user"].(map[string]any)["role"] != "viewer" || p["current"] != changed["revision"] || p["updatedBy"] != "admin" {
		t.Errorf("%v", p)
	}
	nightshift.do("GET", "/me", nil).want(401) // who may do less logs in again

	nightshift = h.enter("/session", map[string]any{"name": "NIGHTSHIFT", "password": password})
	linked := h.do(call{"POST", "/users/" + id + "/link", auth.Admin, nil, nil}).want(201)
	nightshift.do("GET", "/me", nil).want(401)
	if h.userState(id) != "reset" {
		t.Errorf("%v", h.userState(id))
	}
	_, token, _ = strings.Cut(linked["link"].(map[string]any)["path"].(string), "=")
	h.enter("/setup", map[string]any{"token": token, "password": "another horse battery"})

	h.do(call{"PUT", "/users/" + id, auth.Admin, map[string]any{"role": "viewer", "disabled": true}, nil}).want(200)
	h.do(call{"POST", "/session", "", map[string]any{"name": "nightshift", "password": "another horse battery"}, nil}).want(401)
	late, _ := h.invite("late", auth.Viewer)
	h.do(call{"DELETE", "/users/" + late, auth.Admin, nil, nil}).want(204)
	h.do(call{"GET", "/users/" + late, auth.Admin, nil, nil}).want(404)
	h.invite("late", auth.Viewer) // the name is free again
	h.auditSays(map[string]string{"user.create": "nightshift", "user.setup": "expires", "user.role": `"was"`, "user.disable": "nightshift", "user.delete": "late", "user.password": "", "session.create": ""}, token, password, "another horse", "argon2")
}

// auditSays looks for actions with a text each, and that no secret stands anywhere.
func (h *house) auditSays(want map[string]string, secrets ...string) {
	h.t.Helper()
	r := h.do(call{"GET", "/audit?limit=200", auth.Admin, nil, nil})
	for _, one := range r.want(200)["items"].([]any) {
		row := one.(map[string]any)
		if text, wanted := want[row["action"].(string)]; wanted && strings.Contains(string(r.body), text) {
			delete(want, row["action"].(string))
		}
	}
	if len(want) > 0 {
		h.t.Errorf("the audit log doesn't say %v: %s", want, r.body)
	}
	for _, secret := range secrets {
		if strings.Contains(string(r.body), secret) {
			h.t.Errorf("the audit log has %s", secret)
		}
	}
}

// TestDisabledSocketsClose looks at the sockets of a session and of a token.
func TestDisabledSocketsClose(t *testing.T) {
	h := open(t, t.TempDir())
	id, nightshift := h.join("nightshift", auth.Admin)
	secret := nightshift.do("POST", "/tokens", map[string]any{"name": "script", "role": "admin"}).want(201)["token"].(string)
	bySession, _, err := h.dial(http.Header{"Cookie": {nightshift.cookie.Name + "=" + nightshift.cookie.Value}, "Origin": {h.base}})
	if err != nil {
		t.Fatal(err)
	}
	byToken, _, err := h.dial(http.Header{"Authorization": {"Bearer " + secret}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []*listener{bySession, byToken} {
		l.send(map[string]any{"subscribe": "run/none"})
		l.next() // that there is none: the socket is known by now
	}
	h.do(call{"PUT", "/users/" + id, auth.Admin, map[string]any{"role": "admin", "disabled": true}, nil}).want(200)
	for name, l := range map[string]*listener{"session": bySession, "token": byToken} {
		if code := l.closed(); code != 4401 {
			t.Errorf("the socket of the %s is closed with %d", name, code)
		}
	}
	h.do(call{"GET", "/me", "", nil, map[string]string{"Authorization": "Bearer " + secret}}).want(401)
	for _, one := range h.do(call{"GET", "/tokens", auth.Admin, nil, nil}).want(200)["items"].([]any) {
		if token := one.(map[string]any); token["stopped"] != (token["name"] == "script") {
			t.Errorf("%v", token)
		}
	}
}

// TestNobodyLocksAllOut asks as the admins themselves.
func TestNobodyLocksAllOut(t *testing.T) {
	h := open(t, t.TempDir())
	admin := h.enter("/session", map[string]any{"name": "admin", "password": password})
	self := admin.do("GET", "/me", nil).want(200)["id"].(string)
	h.invite("invited", auth.Admin)
	off := map[string]any{"role": "admin", "disabled": true}
	for _, r := range []*reply{
		admin.do("PUT", "/users/"+self, off), admin.do("PUT", "/users/"+self, map[string]any{"role": "author", "disabled": false}),
		admin.do("POST", "/users/"+self+"/link", nil), h.do(call{"PUT", "/users/" + self, auth.Admin, off, nil}),
		h.do(call{"POST", "/users/" + self + "/link", auth.Admin, nil, nil}), h.do(call{"DELETE", "/users/" + self, auth.Admin, nil, nil}),
	} {
		r.want(409)
	}
	_, second := h.join("second", auth.Admin)
	if p := admin.do("PUT", "/users/"+self, off).want(409); !strings.Contains(p["detail"].(string), "can't disable yourself") {
		t.Errorf("%v", p)
	}
	second.do("PUT", "/users/"+self, off).want(200)
	admin.do("GET", "/me", nil).want(401)
}

// TestAccount is what everybody does with their own password and sessions.
func TestAccount(t *testing.T) {
	h := open(t, t.TempDir())
	_, here := h.join("nightshift", auth.Viewer)
	there := h.enter("/session", map[string]any{"name": "nightshift", "password": password})
	list := here.do("GET", "/me/sessions", nil).want(200)["items"].([]any)
	if len(list) != 2 || strings.Contains(string(here.do("GET", "/me/sessions", nil).body), here.cookie.Value) {
		t.Fatalf("%v", list)
	}
	for _, one := range list {
		n := one.(map[string]any)
		if n["address"] != "127.0.0.1" || n["agent"] == "" {
			t.Errorf("%v", n)
		}
		if n["current"] == false {
			here.do("DELETE", "/me/sessions/"+n["id"].(string), nil).want(204)
			here.do("DELETE", "/me/sessions/"+n["id"].(string), nil).want(404)
		}
	}
	there.do("GET", "/me", nil).want(401)

	there = h.enter("/session", map[string]any{"name": "nightshift", "password": password})
	change := func(current, next string) *reply {
		return here.do("PUT", "/me/password", map[string]any{"current": current, "password": next})
	}
	for pointer, r := range map[string]*reply{"/current": change("wrong horse battery", "another horse battery"), "/password": change(password, "password1")} {
		if p := r.want(422); pointers(p) != pointer {
			t.Errorf("%v, want %s", p, pointer)
		}
	}
	here.do("PUT", "/me/password", map[string]any{"current": password, "password": "another horse battery"}, "Sec-Fetch-Site", "cross-site").want(403)
	there.do("GET", "/me", nil).want(200)
	change(password, "another horse battery").want(204)
	here.do("GET", "/me", nil).want(200)
	there.do("GET", "/me", nil).want(401)
	h.do(call{"POST", "/session", "", map[string]any{"name": "nightshift", "password": password}, nil}).want(401)

	there = h.enter("/session", map[string]any{"name": "nightshift", "password": "another horse battery"})
	here.do("DELETE", "/me/sessions", nil).want(204)
	there.do("GET", "/me", nil).want(401)
	here.do("GET", "/me", nil).want(200)

	h.do(call{"PUT", "/me/password", auth.Admin, map[string]any{"current": "x", "password": "y"}, nil}).want(409)
	var last *reply
	for range 12 {
		last = change("wrong horse battery", "third horse battery")
	}
	if last.want(429); last.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// TestUsersOfEachRole says who is told when somebody was last seen.
func TestUsersOfEachRole(t *testing.T) {
	h := open(t, t.TempDir())
	h.join("nightshift", auth.Viewer)
	h.invite("late", auth.Viewer)
	for _, role := range auth.Roles {
		r := h.do(call{"GET", "/users", role, nil, nil})
		if items := r.want(200)["items"].([]any); len(items) != 3 {
			t.Errorf("%s: %s", role, r.body)
		}
		told := strings.Contains(string(r.body), "lastSeenAt") || strings.Contains(string(r.body), "linkExpiresAt")
		if told != (role == auth.Admin) {
			t.Errorf("%s is told %s", role, r.body)
		}
	}
}

// TestPeopleAreForAdmins names who may what, apart from what the routes say of themselves.
func TestPeopleAreForAdmins(t *testing.T) {
	h := open(t, t.TempDir())
	id, _ := h.invite("nightshift", auth.Viewer)
	for _, role := range []auth.Role{"", auth.Viewer, auth.Analyst, auth.Responder, auth.Author} {
		for _, c := range []call{
			{"POST", "/users", role, map[string]any{"name": "late", "role": "admin"}, nil},
			{"GET", "/users/" + id, role, nil, nil},
			{"PUT", "/users/" + id, role, map[string]any{"role": "admin", "disabled": false}, nil},
			{"POST", "/users/" + id + "/link", role, nil, nil},
			{"DELETE", "/users/" + id, role, nil, nil},
		} {
			if got := h.do(c).status; got != map[bool]int{true: 401, false: 403}[role == ""] {
				t.Errorf("%s %s as %q answers %d", c.method, c.path, role, got)
			}
		}
	}
	for _, c := range []call{{"PUT", "/me/password", "", map[string]any{"current": "x", "password": "y"}, nil}, {"GET", "/me/sessions", "", nil, nil}, {"DELETE", "/me/sessions", "", nil, nil}, {"DELETE", "/me/sessions/x", "", nil, nil}, {"GET", "/users", "", nil, nil}} {
		h.do(c).want(401)
	}
	if u := h.do(call{"GET", "/users/" + id, auth.Admin, nil, nil}).want(200); u["role"] != "viewer" || u["state"] != "invited" {
		t.Errorf("%v", u)
	}
}
