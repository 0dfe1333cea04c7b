//go:build unix

package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
	"github.com/drawbridge-soar/drawbridge/server/testkit/contract"
)

// contextFor is a context that outlives t's own by its clean-up.
func contextFor(t testing.TB) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(t.Context()))
}

// Call asks the server's API as somebody of a role, and gives the answer. Anything but a
// status below 300 ends the test.
func (l *Lab) Call(t testing.TB, as auth.Role, method, path string, body any) map[string]any {
	t.Helper()
	status, answer := l.Try(t, as, method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

// Try is [Lab.Call] for answers of any status.
func (l *Lab) Try(t testing.TB, as auth.Role, method, path string, body any) (int, map[string]any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, l.URL+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+l.tokens[as])
	r.Header.Set("Content-Type", "application/json")
	if id, is := strings.CutPrefix(path, "/flows/"); is && method == http.MethodPut && !strings.Contains(id, "/") {
		r.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(l.Call(t, as, "GET", path, nil)["revision"])))
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // it is read whole
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]any{}
	if len(content) > 0 {
		if err := json.Unmarshal(content, &answer); err != nil {
			t.Fatalf("%s %s: %s", method, path, content)
		}
	}
	return res.StatusCode, answer
}

// Items are the items of a list of the API, of its first page.
func (l *Lab) Items(t testing.TB, as auth.Role, path string) []map[string]any {
	t.Helper()
	list, _ := l.Call(t, as, "GET", path, nil)["items"].([]any)
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i], _ = list[i].(map[string]any)
	}
	return out
}

// furnish keeps the company's credentials, grants connectors what it has, and makes the
// library's flows its own: what an admin and an author do on the first day.
func (l *Lab) furnish(t testing.TB) {
	t.Helper()
	kept := map[string]string{}
	for kind, c := range l.credentials() {
		made := l.Call(t, auth.Admin, "POST", "/credentials", map[string]any{"name": "Lab: " + kind, "type": kind, "hosts": c.Hosts, "fields": c.Fields})
		kept[kind], _ = made["id"].(string)
	}
	for _, c := range l.Items(t, auth.Admin, "/connectors?limit=200") {
		l.grant(t, fmt.Sprint(c["id"]), fmt.Sprint(c["version"]))
	}
	flows := l.Items(t, auth.Admin, "/flows?limit=200")
	// Those that others call are published first.
	calls := map[string]int{}
	documents := map[string]map[string]any{}
	for _, f := range flows {
		id := fmt.Sprint(f["id"])
		documents[id], _ = l.Call(t, auth.Author, "GET", "/flows/"+id, nil)["flow"].(map[string]any)
	}
	var depth func(id string) int
	depth = func(id string) int {
		if n, known := calls[id]; known {
			return n
		}
		calls[id] = 0
		for _, called := range calledBy(documents[id]) {
			calls[id] = max(calls[id], 1+depth(called))
		}
		return calls[id]
	}
	order := slices.SortedFunc(maps.Keys(documents), func(a, b string) int { return depth(a) - depth(b) })
	for _, id := range order {
		l.adapt(t, id, documents[id], kept)
	}
}

func calledBy(document map[string]any) (ids []string) {
	nodes, _ := document["nodes"].([]any)
	for _, n := range nodes {
		node, _ := n.(map[string]any)
		with, _ := node["with"].(map[string]any)
		if id, ok := with["flow"].(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// credentials are what the company's systems let somebody in by, by their types.
func (l *Lab) credentials() map[string]app.GivenCredential {
	out := map[string]app.GivenCredential{
		"ldap.bind":    {Hosts: []string{directoryHost + ":636"}, Fields: map[string]string{"username": testkit.DirectoryAdmin, "password": testkit.DirectoryPassword}},
		"smtp.login":   {Hosts: []string{mailHost + ":465"}, Fields: map[string]string{"username": "alice", "password": testkit.MailPassword}},
		"trigger.imap": {Hosts: []string{mailboxHost}, Fields: map[string]string{"username": Abuse, "password": testkit.MailPassword}},
	}
	for _, s := range contract.Services() {
		for _, c := range s.Credentials {
			if !strings.HasPrefix(c.Type, "http.") || c.Type == "http.bearer" { // of the many ways of one service, one
				out[c.Type] = c
			}
		}
	}
	return out
}

// grant lets a connector reach what the company has of its kind.
func (l *Lab) grant(t testing.TB, id, version string) {
	t.Helper()
	granted := map[string]any{}
	if s, known := contract.Services()[id]; known {
		var rules []any
		for _, host := range s.Hosts {
			rules = append(rules, map[string]any{"scheme": "https", "host": host})
			for _, c := range s.Credentials {
				for _, place := range c.Hosts {
					if name, port, err := net.SplitHostPort(place); err == nil && name == host {
						number, _ := strconv.Atoi(port)
						rules = append(rules, map[string]any{"scheme": "https", "host": host, "port": number})
					}
				}
			}
		}
		granted["http"] = rules
	}
	streams := map[string][]any{
		"ldap": {line(directoryHost, 636)}, "smtp": {line(mailHost, 465)}, "imap": {line(mailboxHost, 993)}, "dns": {bare(namesHost, 53)},
	}
	streams["ping"] = []any{bare(notebook, 443)}
	for host := range l.Endpoints {
		streams["tls"] = append(streams["tls"], line(host, 443))
		streams["ping"] = append(streams["ping"], bare(host, 443))
	}
	if rules := streams[id]; rules != nil {
		granted["net"] = rules
	}
	l.Call(t, auth.Admin, "PUT", "/connectors/"+id+"/versions/"+version+"/grants", map[string]any{"consent": true, "grant": granted})
}

func line(host string, port int) map[string]any {
	return map[string]any{"host": host, "port": port, "tls": true}
}

// bare is a stream in plain text, or of which nothing but its opening matters.
func bare(host string, port int) map[string]any {
	return map[string]any{"host": host, "port": port, "tls": false}
}

// variables are what flows of the library call their surroundings, and what those are
// here.
var variables = map[string]any{
	"directoryHost": directoryHost, "directoryPort": 636, "directoryEncryption": "implicit", "directoryBase": "dc=corp,dc=example", "directoryKind": "openldap",
	"mailHost": mailHost, "mailPort": 465, "mailEncryption": "implicit", "from": "soc@corp.example", "project": "SEC",
	"mailboxes": []string{"reporter@corp.example"}, "buckets": []string{"open-bucket", "half-bucket"}, "closeAtOnce": []string{},
	"isolateFrom": 0, "auditChannel": "#soc", "restartUrl": "https://api.example.com/v1/tickets",
	"endpoints": []any{
		map[string]any{"host": "www.corp.example", "port": 443, "owner": "user00041"},
		map[string]any{"host": "shop.corp.example", "port": 443, "owner": "user00042"},
		map[string]any{"host": "old.corp.example", "port": 443, "owner": "user00043"},
	},
}

// adapt makes a flow the company's own: its variables, the mailbox, its credentials.
// What can be published is.
func (l *Lab) adapt(t testing.TB, id string, document map[string]any, kept map[string]string) {
	t.Helper()
	changed := false
	vars, _ := document["vars"].(map[string]any)
	for name := range vars {
		if value, ours := variables[name]; ours {
			vars[name], changed = value, true
		}
	}
	nodes, _ := document["nodes"].([]any)
	for _, n := range nodes {
		node, _ := n.(map[string]any)
		if with, _ := node["with"].(map[string]any); node["type"] == "trigger.mailbox" {
			with["host"], with["interval"], changed = mailboxHost, "10s", true
		}
	}
	if changed {
		l.Call(t, auth.Author, "PUT", "/flows/"+id, document)
	}
	bindings := map[string]any{}
	aliases, _ := document["credentials"].(map[string]any)
	for alias, c := range aliases {
		declared, _ := c.(map[string]any)
		credential := kept[fmt.Sprint(declared["type"])]
		if credential == "" {
			return // nothing of the kind is in the lab: the flow stays a draft
		}
		bindings[alias] = credential
	}
	l.Call(t, auth.Admin, "PUT", "/flows/"+id+"/credentials", map[string]any{"bindings": bindings})
	if slices.Contains(plain, fmt.Sprint(document["name"])) {
		return // another of the same mailbox takes its mails
	}
	status, answer := l.Try(t, auth.Author, "POST", "/flows/"+id+"/publish", map[string]any{"message": "Adapted to the lab"})
	if status >= 300 {
		t.Errorf("%v can't be published: %d %v", document["name"], status, answer)
	}
	if hooks, _ := answer["hooks"].(map[string]any); document["name"] == "Alert triage" {
		l.AlertHook = l.URL + fmt.Sprint(hooks["hook"])
	}
}

// plain are flows that a larger one of the library does the work of as well.
var plain = []string{"Abuse mailbox"}

// person makes somebody of a role, whose name is the role's.
func (l *Lab) person(t testing.TB, role auth.Role) {
	t.Helper()
	made := l.Call(t, auth.Admin, "POST", "/users", map[string]any{"name": string(role), "role": role})
	id, _ := made["user"].(map[string]any)["id"].(string)
	u, err := l.server.Auth.User(t.Context(), id)
	if err == nil {
		err = l.server.Auth.SetPassword(t.Context(), u, Password)
	}
	if err != nil {
		t.Fatal(err)
	}
}
