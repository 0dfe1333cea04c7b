package conformance_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// world is what the vectors reach: a server of streams at example.com, by TLS, and
// one credential, which signs.
type world struct {
	listener net.Listener
	roots    *x509.CertPool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate, of example.com
	defer certified.Close()
	w := &world{roots: x509.NewCertPool()}
	w.roots.AddCert(certified.Certificate())
	var err error
	if w.listener, err = tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.listener.Close() })
	go func() {
		for {
			conn, err := w.listener.Accept()
			if err != nil {
				return
			}
			go answer(conn)
		}
	}()
	return w
}

// answer says back the one line that it is told, and to "much" a lot.
func answer(conn net.Conn) {
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	switch {
	case err != nil:
	case line == "much\n":
		_, _ = conn.Write([]byte(strings.Repeat("x", 200_000)))
	default:
		_, _ = conn.Write([]byte("you said " + line))
	}
}

func (w *world) port() int { return w.listener.Addr().(*net.TCPAddr).Port }

func (w *world) broker(blobs egress.Blobs) egress.Broker {
	return egress.New(egress.Options{
		Blobs: blobs, Grants: w, Vault: w, RootCAs: w.roots,
		Now: func() time.Time { return time.Unix(1614265330, 0) },
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
}

// Grant implements [egress.Grants]: an admin granted the server and the network.
func (w *world) Grant(string, string, string) catalog.Grant {
	return catalog.Grant{
		Net:      []catalog.NetRule{{Host: "example.com", Port: w.port(), TLS: true}},
		HTTP:     []catalog.HTTPRule{{Host: "app.threatconnect.com", Methods: []string{"GET", "POST"}}},
		Networks: []catalog.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32"), Ports: []int{w.port()}}},
	}
}

// Open implements [egress.Vault].
func (w *world) Open(context.Context, string) (vault.Opened, error) {
	return vault.Opened{
		Credential: vault.Credential{Name: "Key", Hosts: []string{"app.threatconnect.com"}, Fields: map[string]string{"accessId": "1234"}},
		Values: map[string]vault.Secret{
			"secret": vault.NewSecret(base64.StdEncoding.EncodeToString([]byte("conformance-secret-key"))), "secretKey": vault.NewSecret("top-secret-key"),
		},
	}, nil
}

// credential is the one that a call's node names, as the module declares it.
func (w *world) credential(m *catalog.Module) *egress.Credential {
	return &egress.Credential{ID: "c", Type: m.Connectors[0].Manifest.Credentials[0], Hosts: []string{"app.threatconnect.com"}, Fields: map[string]string{"accessId": "1234"}}
}
