package egress_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// anyError is in no words of ours: how a handshake ends is the system's to say.
const anyError = "any"

// TestLines opens streams for triggers: only where the credential may be sent, and
// only into networks that it names.
func TestLines(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	port := server.Addr().(*net.TCPAddr).Port
	here := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for name, c := range map[string]struct {
		host, hosts, networks string
		usual                 int
		tls, plain            bool
		says                  string
	}{
		"granted":                          {"127.0.0.1", here, "127.0.0.1/32", 143, false, true, ""},
		"the usual port needs no name":     {"127.0.0.1", "127.0.0.1", "127.0.0.1/32", port, false, true, ""},
		"to be encrypted later":            {"127.0.0.1", here, "127.0.0.1/32", 143, false, false, ""},
		"another port than the usual":      {"127.0.0.1", "127.0.0.1", "127.0.0.1/32", 143, false, true, "may not be sent to"},
		"another host":                     {"127.0.0.1", "mail.example.com", "127.0.0.1/32", 143, false, true, "may not be sent to"},
		"no network":                       {"127.0.0.1", here, "", 143, false, true, "this machine"},
		"a network around isn't enough":    {"127.0.0.1", here, "126.0.0.0/7", 143, false, true, "this machine"},
		"an address in disguise":           {"2130706433", "2130706433", "127.0.0.1/32", port, false, true, "name of one host"},
		"a network that is none":           {"127.0.0.1", here, "127.0.0.1/99", 143, false, true, "networks of the credential"},
		"a server that speaks no TLS":      {"127.0.0.1", here, "127.0.0.1/32", 143, true, false, anyError},
		"unencrypted outside of a network": {"192.0.2.7", "192.0.2.7", "10.0.0.0/8", port, false, true, "private or special network"},
		"everything is no network":         {"127.0.0.1", here, "0.0.0.0/0", 143, false, true, "is everything"},
	} {
		t.Run(name, func(t *testing.T) {
			credential := &vault.Opened{Credential: vault.Credential{Name: "box", Hosts: []string{c.hosts}, Fields: map[string]string{"networks": c.networks}}}
			l := egress.Lines{}
			conn, config, err := l.Open(t.Context(), egress.Line{Host: c.host, Port: port, Usual: c.usual, TLS: c.tls, Plain: c.plain, Credential: credential})
			if err == nil {
				defer conn.Close()
			}
			switch {
			case c.says == "" && (err != nil || config.ServerName != c.host):
				t.Errorf("refused: %v", err)
			case c.says != "" && (err == nil || c.says != anyError && !strings.Contains(err.Error(), c.says)):
				t.Errorf("%v, want an error with %q", err, c.says)
			}
		})
	}
}
