package ldap

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

const people = 5200

// directory is a slapd, and who may log in there.
type directory struct {
	*testkit.Directory
	t    *testing.T
	root *testkit.Authority
}

func newDirectory(t *testing.T) *directory {
	t.Helper()
	root := testkit.NewAuthority(t)
	return &directory{testkit.NewDirectory(t, root.Issue(t, testkit.Leaf{}), people), t, root}
}

// run runs an action as somebody.
func (d *directory) run(who, password, action string, port int, input map[string]any) *sdktest.Result {
	d.t.Helper()
	g := testkit.NewGuest(d.t, false).LogsInto(port, credential, who, password)
	g.Consents(Connector())
	g.Believed = d.root.Pool()
	at := map[string]any{"host": "127.0.0.1", "port": port, "base": "dc=corp,dc=example"}
	if port == d.Plain {
		at["encryption"] = "starttls"
	}
	for k, v := range input {
		at[k] = v
	}
	return g.Run(Connector(), action, at)
}

func (d *directory) admin(action string, input map[string]any) *sdktest.Result {
	d.t.Helper()
	return d.run(testkit.DirectoryAdmin, testkit.DirectoryPassword, action, d.Plain, input)
}

func dn(n int) string { return fmt.Sprintf("uid=user%05d,ou=people,dc=corp,dc=example", n) }

func TestDirectory(t *testing.T) {
	d := newDirectory(t)
	t.Run("search", func(t *testing.T) { search(t, d) })
	t.Run("injection", func(t *testing.T) { injection(t, d) })
	t.Run("people", func(t *testing.T) { find3(t, d) })
	t.Run("groups", func(t *testing.T) { ofGroups(t, d) })
	t.Run("changes", func(t *testing.T) { changes(t, d) })
	t.Run("refusals", func(t *testing.T) { refusals(t, d) })
}

func search(t *testing.T, d *directory) {
	for _, port := range []int{d.Plain, d.Secure} {
		began := time.Now()
		var out SearchOutput
		d.run("cn=reader,dc=corp,dc=example", testkit.DirectoryPassword, "search", port, map[string]any{"filter": "(objectClass=person)", "attributes": []string{"uid", "mail"}, "limit": 20000}).Into(&out)
		seen := map[string]bool{}
		for _, e := range out.Entries {
			seen[e.DN] = true
		}
		if out.Truncated || out.Count != people+1 || len(seen) != people+1 || !seen[dn(people-1)] {
			t.Errorf("%d entries, %d of them different, truncated %v", out.Count, len(seen), out.Truncated)
		}
		t.Logf("%d entries in %s", out.Count, time.Since(began).Round(time.Millisecond))
	}
	var out SearchOutput
	d.admin("search", map[string]any{"filter": "(objectClass=person)", "limit": 1500}).Into(&out)
	if !out.Truncated || out.Count != 1500 {
		t.Errorf("limited: %d, %v", out.Count, out.Truncated)
	}
	d.admin("search", map[string]any{"base": dn(7), "scope": "base", "filter": "(objectClass=*)"}).Into(&out)
	if out.Count != 1 || out.Entries[0].Attributes["objectSid"][0] != "S-1-5-21-4007457000-3156933261-1733861242-500" && !strings.HasPrefix(out.Entries[0].Attributes["objectSid"][0], "S-1-5-21-") {
		t.Errorf("one: %+v", out)
	}
}

// injection gives what would be part of a filter as a value.
func injection(t *testing.T, d *directory) {
	for _, value := range []string{"*", "user00001)(uid=*", "*)(objectClass=*))(|(uid=*", "\\2a", "user0000\x001", "(", ")"} {
		var out SearchOutput
		d.admin("search", map[string]any{"filter": "(uid={u})", "values": map[string]string{"u": value}}).Into(&out)
		if out.Count != 0 {
			t.Errorf("%q finds %d", value, out.Count)
		}
		if got := d.admin("user", map[string]any{"user": value}); got.Error == nil || got.Error.Code != "not_found" {
			t.Errorf("%q: %v %s", value, got.Error, got.Output)
		}
	}
}

func find3(t *testing.T, d *directory) {
	for _, name := range []string{"user00042", "USER00042", "user00042@corp.example", dn(42)} {
		var out User
		d.admin("user", map[string]any{"user": name}).Into(&out)
		if out.DN != dn(42) || out.Name != "Person 42" || out.Manager != dn(4) || out.Disabled || out.PasswordExpired {
			t.Errorf("%s: %+v", name, out)
		}
	}
	var out ManagerOutput
	d.admin("manager", map[string]any{"user": "user00042"}).Into(&out)
	if out.Manager == nil || out.Manager.DN != dn(4) || out.Manager.Login != "user00004" {
		t.Errorf("manager %+v", out.Manager)
	}
	if got := d.admin("user", map[string]any{"user": "nobody"}); got.Error == nil || got.Error.Code != "not_found" {
		t.Errorf("nobody: %v", got.Error)
	}
}

func ofGroups(t *testing.T, d *directory) {
	var out GroupsOutput
	d.admin("groups", map[string]any{"user": "user00042", "nested": true}).Into(&out)
	var names []string
	for _, g := range out.Groups {
		names = append(names, g.Name)
	}
	if !slices.Equal(names, []string{"admins", "all (old)*", "sales", "staff"}) || !out.Groups[3].Nested {
		t.Errorf("%+v", out.Groups)
	}
	d.admin("groups", map[string]any{"user": "user00001"}).Into(&out)
	if len(out.Groups) != 1 {
		t.Errorf("%+v", out.Groups)
	}
}

// changes disables, enables and expires in both ways, and looks at the directory itself.
func changes(t *testing.T, d *directory) {
	attribute := func(n int, name string) string {
		var out SearchOutput
		d.admin("search", map[string]any{"base": dn(n), "scope": "base", "attributes": []string{name}}).Into(&out)
		return out.Entries[0].first(name)
	}
	logsIn := func(n int) bool {
		return d.run(dn(n), "first-password", "search", d.Plain, map[string]any{"base": dn(n), "scope": "base", "attributes": []string{"uid"}}).Error == nil
	}
	change := func(action, kind string, n int) ChangeOutput {
		t.Helper()
		var out ChangeOutput
		d.admin(action, map[string]any{"user": dn(n), "kind": kind}).Into(&out)
		return out
	}
	if out := change("disable", "active_directory", 100); !out.Changed || !out.User.Disabled || attribute(100, "userAccountControl") != "514" {
		t.Errorf("disable: %+v", out)
	}
	if out := change("disable", "active_directory", 100); out.Changed || !out.User.Disabled {
		t.Errorf("again: %+v", out)
	}
	if out := change("enable", "active_directory", 100); !out.Changed || out.User.Disabled || attribute(100, "userAccountControl") != "512" {
		t.Errorf("enable: %+v", out)
	}
	if out := change("expire_password", "active_directory", 100); !out.Changed || !out.User.PasswordExpired || attribute(100, "pwdLastSet") != "0" {
		t.Errorf("expire: %+v", out)
	}
	if !logsIn(101) {
		t.Fatal("user 101 can't log in")
	}
	if out := change("disable", "openldap", 101); !out.Changed || !out.User.Disabled || logsIn(101) {
		t.Errorf("disable by ppolicy: %+v", out)
	}
	if out := change("enable", "openldap", 101); !out.Changed || out.User.Disabled || !logsIn(101) {
		t.Errorf("enable by ppolicy: %+v", out)
	}
	if out := change("expire_password", "openldap", 102); !out.Changed || !out.User.PasswordExpired || logsIn(102) {
		t.Errorf("expire by ppolicy: %+v", out)
	}
	got := d.run("cn=reader,dc=corp,dc=example", testkit.DirectoryPassword, "disable", d.Plain, map[string]any{"user": dn(103)})
	if got.Error == nil || got.Error.Code != abi.CodeDenied || attribute(103, "userAccountControl") != "512" {
		t.Errorf("who may not: %v", got.Error)
	}
}

func refusals(t *testing.T, d *directory) {
	got := d.run(testkit.DirectoryAdmin, "another-password", "user", d.Plain, map[string]any{"user": "user00001"})
	if got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, `"Service account"`) || strings.Contains(got.Error.Message, "another-password") {
		t.Errorf("wrong password: %v", got.Error)
	}
	got = d.admin("search", map[string]any{"base": "dc=other,dc=example"})
	if got.Error == nil || !strings.Contains(got.Error.Message, testkit.Loopback(d.Plain)) {
		t.Errorf("another base: %v", got.Error)
	}
	got = d.admin("user", map[string]any{"user": "user00001", "encryption": "implicit"})
	if got.Error == nil || !strings.Contains(got.Error.Message, testkit.Loopback(d.Plain)) {
		t.Errorf("another encryption: %v", got.Error)
	}
	got = d.admin("user", map[string]any{"user": "user00001", "encryption": "none"})
	if got.Error == nil || got.Error.Code != abi.CodeDenied {
		t.Errorf("no encryption: %v", got.Error)
	}
}

// TestBadServers are those that don't do what directories do.
func TestBadServers(t *testing.T) {
	entry := "\x30\x84\x00\x00\x00\x13\x02\x01\x03\x64\x84\x00\x00\x00\x0a\x04\x04dc=a\x30\x84\x00\x00\x00\x00"
	for name, tt := range map[string]struct {
		talk func(net.Conn)
		code string
	}{
		"hangs up":   {testkit.Hangs, abi.CodeUnavailable},
		"web server": {testkit.Says("HTTP/1.1 400 Bad Request\r\n\r\n"), "bad_answer"},
		"huge":       {testkit.Says("\x30\x84\x7f\xff\xff\xff"), "bad_answer"},
		"nested":     {testkit.Says(strings.Repeat("\x30\x80", 200_000)), "bad_answer"},
		"other id":   {testkit.Says("\x30\x0c\x02\x01\x09\x65\x07\x0a\x01\x00\x04\x00\x04\x00"), "bad_answer"},
		"garbage":    {testkit.Says("\x30\x05\x02\x01\x03\x65\x00"), "ldap_80"},
		"flood":      {testkit.Floods("", strings.Repeat(entry, 1000)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			port := testkit.Peer(t, tt.talk)
			got := testkit.NewGuest(t, true, port).Run(Connector(), "search", map[string]any{"host": "127.0.0.1", "port": port, "base": "dc=a", "encryption": "none"})
			if got.Error == nil || tt.code != "" && got.Error.Code != tt.code || !strings.Contains(got.Error.Message, testkit.Loopback(port)) {
				t.Errorf("%v %.300s", got.Error, got.Output)
			}
		})
	}
	if testing.Short() {
		return
	}
	port, began := testkit.Peer(t, testkit.Says("")), time.Now()
	got := testkit.NewGuest(t, true, port).Run(Connector(), "user", map[string]any{"host": "127.0.0.1", "port": port, "base": "dc=a", "encryption": "starttls", "user": "a"})
	if got.Error == nil || got.Error.Code != abi.CodeTimeout || !strings.Contains(got.Error.Message, testkit.Loopback(port)) || time.Since(began) > actionTimeout {
		t.Errorf("stalling: %v after %s", got.Error, time.Since(began))
	}
}
