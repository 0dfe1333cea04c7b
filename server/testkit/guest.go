package testkit

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Guest is the host of an action that a test runs natively, in front of the real
// broker: what the action reaches is what it was granted, and its credential's secrets
// go past it. It implements sdk.Host, and egress.Grants and egress.Vault for the broker.
type Guest struct {
	*sdktest.Host
	// Granted is what the connector may do; this machine's own address is granted besides.
	Granted catalog.Grant
	// Type is how the connector declares the step's credential. Without one there is none.
	Type abi.CredentialOf
	// Credential are its name, hosts and fields that aren't secret.
	Credential vault.Credential
	Secrets    map[string]string
	// Believed is who signs the other side's certificate.
	Believed *x509.CertPool
	// Records are what the broker did.
	Records []egress.Record

	t       testing.TB
	session egress.Session
}

// NewGuest makes a guest that may open streams to ports of this machine: encrypted ones,
// and others where plain says so.
func NewGuest(t testing.TB, plain bool, ports ...int) *Guest {
	t.Helper()
	g := &Guest{Host: sdktest.NewHost(), t: t}
	for _, p := range ports {
		g.Granted.Net = append(g.Granted.Net, catalog.NetRule{Host: "127.0.0.1", Port: p, TLS: !plain})
	}
	return g
}

// LogsInto gives the step a credential that may be sent to a port of this machine.
func (g *Guest) LogsInto(port int, typ abi.CredentialOf, user, password string) *Guest {
	g.Type = typ
	g.Credential = vault.Credential{Name: "Service account", Type: typ.Type, Hosts: []string{Loopback(port)}, Fields: map[string]string{"username": user}}
	g.Secrets = map[string]string{"password": password}
	return g
}

// Consents grants what a connector's manifest asks for.
func (g *Guest) Consents(c *sdk.Connector) {
	g.Granted = catalog.Asked(c.Manifest().Capabilities).With(g.Granted)
}

// Loopback is the address of a port of this machine.
func Loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Run runs an action as one call.
func (g *Guest) Run(c *sdk.Connector, action string, input any) *sdktest.Result {
	g.t.Helper()
	g.begin()
	defer g.session.Close() //nolint:errcheck // whatever the action left open
	options := []sdktest.Option{sdktest.WithHost(g.Host), sdktest.Through(native{g, c})}
	if g.Type.Type != "" {
		options = append(options, sdktest.WithCredential(abi.Credential{Handle: egress.CredentialHandle, Fields: g.Credential.Fields}))
	}
	return sdktest.Run(g.t, c, action, input, options...)
}

// native runs a connector's code in this process.
type native struct {
	guest     *Guest
	connector *sdk.Connector
}

// Run implements sdktest.Runner.
func (n native) Run(_ context.Context, request []byte, _ sdk.Host) ([]byte, error) {
	return sdk.Handle(n.guest, request, n.connector), nil
}

// Now answers the system's clock, because certificates and deadlines go by it.
func (g *Guest) Now() time.Time { return time.Now() }

// Call asks the broker.
func (g *Guest) Call(function string, request []byte) ([]byte, error) {
	answer, err := g.session.Do(g.t.Context(), function, request)
	g.Records = append(g.Records, g.session.Records()...)
	var refused *egress.Refusal
	if errors.As(err, &refused) {
		return nil, &abi.Error{Code: abi.CodeDenied, Message: refused.Reason}
	}
	return answer, err
}

func (g *Guest) begin() {
	caller := egress.Caller{Connector: "tested", Version: "1.0.0", Credential: g.Handed()}
	g.session = egress.New(g.Options(nil)).Begin(caller)
}

// Options are those of a broker that grants what the guest was granted.
func (g *Guest) Options(blobs egress.Blobs) egress.Options {
	g.Granted.Networks = []catalog.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}}
	return egress.Options{Grants: g, Vault: g, RootCAs: g.Believed, Blobs: blobs}
}

// Handed is the step's credential as a call gets it; nil where there is none.
func (g *Guest) Handed() *egress.Credential {
	if g.Type.Type == "" {
		return nil
	}
	return &egress.Credential{ID: "one", Type: g.Type, Hosts: g.Credential.Hosts, Fields: g.Credential.Fields}
}

// Grant implements egress.Grants.
func (g *Guest) Grant(string, string, string) catalog.Grant { return g.Granted }

// Open implements egress.Vault.
func (g *Guest) Open(context.Context, string) (vault.Opened, error) {
	out := vault.Opened{Credential: g.Credential, Values: map[string]vault.Secret{}}
	for name, value := range g.Secrets {
		out.Values[name] = vault.NewSecret(value)
	}
	return out, nil
}
