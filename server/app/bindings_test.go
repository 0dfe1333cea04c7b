package app_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestAnAliasIsBoundAlone binds some aliases of a flow without naming the others, which
// stay, also where the draft no longer has them: a version that is live may.
func TestAnAliasIsBoundAlone(t *testing.T) {
	h := open(t, t.TempDir())
	const path = "/flows/" + mailboxID
	draft := func(aliases ...string) []byte {
		declared := `"box": {"type": "trigger.imap"}`
		for _, a := range aliases {
			declared += fmt.Sprintf(`, %q: {"type": "trigger.imap"}`, a)
		}
		return []byte(strings.Replace(string(file(t, "mailbox")), `"box": {"type": "trigger.imap"}`, declared, 1))
	}
	h.do(call{"POST", "/flows", auth.Author, draft("spam", "abuse"), nil}).want(201)
	var ids []string
	for _, name := range []string{"Alice", "Bob"} {
		made := h.do(call{"POST", "/credentials", auth.Admin, map[string]any{
			"name": name, "type": "trigger.imap", "hosts": []string{"mail.example.com"}, "fields": map[string]any{"username": name, "password": "p"},
		}, nil}).want(201)
		ids = append(ids, made["id"].(string))
	}
	alice, bob := ids[0], ids[1]
	change := func(method string, role auth.Role, bindings map[string]any) *reply {
		return h.do(call{method, path + "/credentials", role, map[string]any{"bindings": bindings}, nil})
	}
	is := func(r *reply, want map[string]any) {
		t.Helper()
		now := h.do(call{"GET", path + "/credentials", auth.Viewer, nil, nil}).want(200)["bindings"]
		if got := r.want(200)["bindings"]; fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(now) != fmt.Sprint(want) {
			t.Errorf("answered %v, kept %v, want %v", got, now, want)
		}
	}
	is(change("PATCH", auth.Admin, map[string]any{"box": alice}), map[string]any{"box": alice})
	is(change("PATCH", auth.Admin, map[string]any{"spam": bob, "abuse": bob}), map[string]any{"box": alice, "spam": bob, "abuse": bob})
	is(change("PATCH", auth.Admin, map[string]any{"box": bob, "spam": nil}), map[string]any{"box": bob, "abuse": bob})
	for alias, to := range map[string]any{"nobody": alice, "gone": nil, "box": "0197a6c2-0000-7000-8000-000000000000"} {
		if r := change("PATCH", auth.Admin, map[string]any{"spam": alice, alias: to}); r.status != 422 || !strings.Contains(string(r.body), "/bindings/"+alias) {
			t.Errorf("%s: %d %s", alias, r.status, r.body)
		}
	}
	change("PATCH", auth.Author, map[string]any{"box": alice}).want(403)
	h.do(call{"PATCH", "/flows/0197a6c2-7d1e-7c3a-9a60-000000000000/credentials", auth.Admin, map[string]any{"bindings": map[string]any{}}, nil}).want(404)
	is(change("PATCH", auth.Admin, map[string]any{}), map[string]any{"box": bob, "abuse": bob})
	edit := func(revision int, aliases ...string) {
		h.do(call{"PUT", path, auth.Author, draft(aliases...), map[string]string{"If-Match": strconv.Quote(strconv.Itoa(revision))}}).want(200)
	}
	edit(1, "spam")
	is(change("PATCH", auth.Admin, map[string]any{"spam": alice}), map[string]any{"box": bob, "abuse": bob, "spam": alice})
	change("PATCH", auth.Admin, map[string]any{"abuse": alice}).want(422)
	is(change("PATCH", auth.Admin, map[string]any{"abuse": nil}), map[string]any{"box": bob, "spam": alice})
	is(change("PUT", auth.Admin, map[string]any{"box": alice}), map[string]any{"box": alice})
	if log := fmt.Sprint(h.do(call{"GET", "/audit?limit=2", auth.Admin, nil, nil}).want(200)["items"]); strings.Count(log, "flow.bind") != 2 || !strings.Contains(log, "spam:"+alice) {
		t.Errorf("%s", log)
	}
}
