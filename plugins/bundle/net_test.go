package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/imap"
	"github.com/drawbridge-soar/drawbridge/plugins/ldap"
	"github.com/drawbridge-soar/drawbridge/plugins/smtp"
	"github.com/drawbridge-soar/drawbridge/plugins/ssh"
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// inSandbox runs the bundle where it belongs, before the real broker.
func inSandbox(t *testing.T, g *testkit.Guest) *sandbox.Sandbox {
	t.Helper()
	manifest, err := exec.CommandContext(t.Context(), "go", "run", ".", "-manifest").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := catalog.AppendSection(build(t), abi.ManifestSection, bytes.TrimSpace(manifest))
	if err != nil {
		t.Fatal(err)
	}
	c := catalog.New()
	if _, err := c.Add(file); err != nil {
		t.Fatal(err)
	}
	blobs, err := egress.NewFolderBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	s, err := sandbox.New(sandbox.Options{Catalog: c, Blobs: blobs, Broker: egress.New(g.Options(blobs))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// login is the credential that a connector declares.
func login(c *sdk.Connector) abi.CredentialOf { return c.Manifest().Credentials[0] }

// byPassword is the one of a connector's credentials that is a password.
func byPassword(c *sdk.Connector) abi.CredentialOf {
	list := c.Manifest().Credentials
	return list[slices.IndexFunc(list, func(t abi.CredentialOf) bool { return strings.HasSuffix(t.Type, ".password") })]
}

// TestNetworkInTheSandbox has the connectors that speak protocols talk to real servers
// from within WebAssembly.
func TestNetworkInTheSandbox(t *testing.T) {
	root := testkit.NewAuthority(t)
	pair := root.Issue(t, testkit.Leaf{})
	web, names := testkit.OpenSSLServer(t, pair), testkit.NewNamed(t)
	mail, box, people := testkit.NewExim(t, pair, false), testkit.NewMailserver(t, pair), testkit.NewDirectory(t, pair, 5200)
	box.Put(t, "alice", "1772438400.1.host", "From: a@example.com\r\nSubject: One\r\n\r\nHello.\r\n")
	shell := testkit.NewSshd(t)
	g := testkit.NewGuest(t, true, web, names)
	g.Granted.Net = append(g.Granted.Net, catalog.NetRule{Host: catalog.AnyHost, TLS: true})
	g.Believed = root.Pool()
	s := inSandbox(t, g)
	for _, tt := range []struct {
		connector, action string
		port              int
		input             map[string]any
		credential        abi.CredentialOf
		user, password    string
		want              string
	}{
		{connector: "tls", action: "inspect", port: web, input: map[string]any{}, want: `"state":"valid"`},
		{connector: "dns", action: "lookup", port: names, input: map[string]any{"server": "127.0.0.1", "name": "mail.corp.example"}, want: "2001:db8::2"},
		{"smtp", "send", mail.Plain, map[string]any{"from": "soc@example.com", "to": []string{"a@corp.example"}, "subject": "Hi", "text": "Hello"}, login(smtp.Connector()), "alice", testkit.MailPassword, "250 OK"},
		{"ldap", "search", people.Secure, map[string]any{"base": "dc=corp,dc=example", "filter": "(objectClass=person)", "attributes": []string{"uid"}, "limit": 20000}, login(ldap.Connector()), testkit.DirectoryAdmin, testkit.DirectoryPassword, `"count":5201`},
		{"ldap", "disable", people.Plain, map[string]any{"base": "dc=corp,dc=example", "user": "user00007", "encryption": "starttls"}, login(ldap.Connector()), testkit.DirectoryAdmin, testkit.DirectoryPassword, `"changed":true`},
		{"ssh", "run", shell.Port, map[string]any{"command": "printf", "arguments": []string{"%s."}, "values": []string{"$(id); 'x"}}, byPassword(ssh.Connector()), testkit.ShellUser, testkit.ShellPassword, `"stdout":"$(id); 'x."`},
		{"imap", "search", box.Plain, map[string]any{"encryption": "starttls"}, login(imap.Connector()), "alice", testkit.MailPassword, `"subject":"One"`},
	} {
		t.Run(tt.connector+"."+tt.action, func(t *testing.T) {
			g.Type = abi.CredentialOf{}
			if tt.user != "" {
				g.LogsInto(tt.port, tt.credential, tt.user, tt.password)
				g.Credential.Fields["hostKeys"] = shell.KnownHost
			}
			if tt.connector != "dns" {
				tt.input["host"] = "127.0.0.1"
			}
			tt.input["port"] = tt.port
			raw, _ := json.Marshal(tt.input)
			began := time.Now()
			got, err := s.Invoke(t.Context(), sandbox.Call{RunID: "r", StepKey: "s", Attempt: 1, Key: "k", Connector: tt.connector, Action: tt.action, Input: raw, Credential: g.Handed()})
			if err != nil || got.Error != nil || !strings.Contains(string(got.Output), tt.want) {
				t.Fatalf("%v %v %.500s", err, got.Error, got.Output)
			}
			t.Logf("%d bytes in %s, of which %s with the start", len(got.Output), got.Duration.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
			tape, _ := json.Marshal(got.Tape)
			if tt.password != "" && strings.Contains(string(tape), tt.password) {
				t.Error("the password is in the recording")
			}
		})
	}
}
