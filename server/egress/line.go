package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Lines opens streams for the server's own triggers, under the rules that hold for
// connectors: the credential names the host, private networks are granted by who
// keeps it, and what is dialed is what was looked at.
type Lines struct {
	// Resolve finds addresses; nil asks the system.
	Resolve Resolver
	// Reroutes are addresses that lead elsewhere; nil are none.
	Reroutes Reroutes
	// RootCAs are who is believed; nil are the system's.
	RootCAs *x509.CertPool
}

// Line is a stream that a trigger asks for.
type Line struct {
	Host string
	Port int
	// Usual is the port that a credential's host means where it names none.
	Usual int
	// TLS encrypts from the first byte. Plain says that nothing ever will: that is for
	// networks that the credential grants.
	TLS, Plain bool
	// Credential says by its hosts where it may be sent, and by its field networks
	// which private networks may be reached.
	Credential *vault.Opened
}

// Open opens a line. The configuration is that of its encryption, for one that is
// encrypted later.
func (l *Lines) Open(ctx context.Context, line Line) (net.Conn, *tls.Config, error) {
	if !catalog.ExactHost(line.Host) {
		return nil, nil, refuse(abi.ErrnoDenied, "%q is not the name of one host", line.Host)
	}
	address := net.JoinHostPort(line.Host, strconv.Itoa(line.Port))
	if !vault.Covers(line.Credential.Hosts, line.Host, line.Port, line.Usual) {
		return nil, nil, refuse(abi.ErrnoDenied, "the credential %s may not be sent to %s: an admin has to name that host in it", line.Credential.Name, address)
	}
	networks, err := catalog.Networks(line.Credential.Fields["networks"])
	if err != nil {
		return nil, nil, refuse(abi.ErrnoDenied, "the networks of the credential %s: %v", line.Credential.Name, err)
	}
	g := &guard{networks: networks, resolve: l.Resolve, reroutes: l.Reroutes}
	if g.resolve == nil {
		g.resolve = systemResolver
	}
	conn, err := g.dial(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	config := &tls.Config{ServerName: line.Host, MinVersion: tls.VersionTLS12, RootCAs: l.RootCAs}
	switch {
	case line.Plain:
		if err := g.private(conn.RemoteAddr()); err != nil {
			return nil, nil, errors.Join(err, conn.Close())
		}
	case line.TLS:
		ctx, cancel := context.WithTimeout(ctx, dialWithin)
		defer cancel()
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, nil, errors.Join(err, conn.Close())
		}
		conn = secured
	}
	return conn, config, nil
}

// private refuses an address outside the networks that were granted.
func (g *guard) private(at net.Addr) error {
	place, err := netip.ParseAddrPort(at.String())
	if err == nil && g.granted(place.Addr().Unmap(), place.Port()) {
		return nil
	}
	return refuse(abi.ErrnoDenied, "%s is not in a network that the credential names: a password is sent unencrypted in private networks only", at)
}
