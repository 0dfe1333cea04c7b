package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func (h *house) login() *http.Cookie {
	h.t.Helper()
	r := h.do(call{"POST", "/session", "", map[string]any{"name": "admin", "password": password}, nil})
	r.want(200)
	cookies := (&http.Response{Header: r.header}).Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Path != "/" {
		h.t.Fatalf("%+v", cookies)
	}
	return cookies[0]
}

func TestSession(t *testing.T) {
	h := open(t, t.TempDir())
	for _, wrong := range []map[string]any{{"name": "admin", "password": "wrong password"}, {"name": "nobody", "password": password}} {
		r := h.do(call{"POST", "/session", "", wrong, nil})
		if got := r.want(401)["detail"]; got != "the name or the password is wrong" || r.header.Get("Set-Cookie") != "" {
			t.Errorf("%v: %v", wrong, got)
		}
	}
	first, second := h.login(), h.login()
	if first.Value == second.Value {
		t.Error("two log-ins share a cookie")
	}
	with := func(extra ...string) map[string]string {
		header := map[string]string{"Cookie": first.Name + "=" + first.Value}
		for i := 0; i < len(extra); i += 2 {
			header[extra[i]] = extra[i+1]
		}
		return header
	}
	if me := h.do(call{"GET", "/me", "", nil, with()}).want(200); me["name"] != "admin" || len(me["permissions"].([]any)) != len(auth.Admin.Permissions()) {
		t.Errorf("%v", me)
	}
	flow := file(t, "quiet")
	for name, header := range map[string]map[string]string{
		"neither":        with(),
		"another site":   with("Sec-Fetch-Site", "cross-site", "Origin", h.base),
		"same site only": with("Sec-Fetch-Site", "same-site"),
		"another origin": with("Origin", "http://evil.example"),
		"null":           with("Origin", "null"),
	} {
		if r := h.do(call{"POST", "/flows", "", flow, header}); r.status != 403 {
			t.Errorf("a write with a cookie, %s, answers %d", name, r.status)
		}
	}
	h.do(call{"POST", "/session", "", map[string]any{"name": "admin", "password": password}, map[string]string{"Origin": "http://evil.example"}}).want(403)
	h.do(call{"POST", "/flows", "", flow, with("Origin", h.base)}).want(201)
	h.do(call{"DELETE", "/session", "", nil, with("Sec-Fetch-Site", "same-origin")}).want(204)
	h.do(call{"GET", "/me", "", nil, with()}).want(401)
	h.do(call{"GET", "/me", "", nil, map[string]string{"Cookie": second.Name + "=" + second.Value}}).want(200)
}

func TestLoginIsLimited(t *testing.T) {
	h := open(t, t.TempDir())
	var last *reply
	for range 11 {
		last = h.do(call{"POST", "/session", "", map[string]any{"name": "admin", "password": "wrong password"}, nil})
	}
	last.want(429)
	if last.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	h.do(call{"POST", "/session", "", map[string]any{"name": "somebody", "password": "wrong password"}, nil}).want(401)
}

func TestSetup(t *testing.T) {
	var notices strings.Builder
	s, err := app.OpenServer(t.Context(), app.ServeConfig{Data: t.TempDir(), Listen: "127.0.0.1:0", Cache: compiledIn(t), Notices: &notices})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, server: s, base: "http://" + s.Addr().String()}
	t.Cleanup(h.run(t))
	_, token, _ := strings.Cut(notices.String(), "/setup?token=")
	token = strings.TrimSpace(token)
	h.do(call{"POST", "/session", "", map[string]any{"name": "admin", "password": ""}, nil}).want(401)
	h.do(call{"POST", "/setup", "", map[string]any{"token": "x" + token, "password": password}, nil}).want(404)
	h.do(call{"POST", "/setup", "", map[string]any{"token": token, "password": "short"}, nil}).want(422)
	if user := h.do(call{"POST", "/setup", "", map[string]any{"token": token, "password": password}, nil}).want(200)["user"]; user.(map[string]any)["role"] != "admin" {
		t.Errorf("%v", user)
	}
	h.do(call{"POST", "/setup", "", map[string]any{"token": token, "password": "another password"}, nil}).want(410)
	h.login()
}

// TestTwoServersOnOneHost are told apart by their cookies, which browsers send to
// each port of a host.
func TestTwoServersOnOneHost(t *testing.T) {
	one, other := open(t, t.TempDir()), open(t, t.TempDir())
	first, second := one.login(), other.login()
	if first.Name == second.Name {
		t.Fatalf("both are called %s", first.Name)
	}
	both := map[string]string{"Cookie": first.Name + "=" + first.Value + "; " + second.Name + "=" + second.Value}
	one.do(call{"GET", "/me", "", nil, both}).want(200)
	other.do(call{"GET", "/me", "", nil, both}).want(200)
}
