//go:build unix

// Package lab is a small company on loopback for Drawbridge to be tried in: a directory
// with people, a mailbox that suspicious mails are forwarded to, a mail server, DNS,
// TLS endpoints whose certificates run out, and stand-ins of other makers' systems, with
// a server that has the library's flows, credentials, grants and templates for all of it.
// Nothing in it reaches past this machine.
package lab

import (
	"crypto/tls"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
	"github.com/drawbridge-soar/drawbridge/server/testkit/contract"
)

// Options are how a lab is opened; the zero value is a lab for a test.
type Options struct {
	// Listen is the server's address; empty is any free one of loopback.
	Listen string
	// Clock is what runs go by; nil is the machine's.
	Clock engine.Clock
	// People are how many the directory has; 0 are 60.
	People int
}

// Lab is the company, and the server that guards it.
type Lab struct {
	// URL is the server's, such as http://127.0.0.1:8080.
	URL string
	// AlertHook is where the flow Alert triage takes alerts.
	AlertHook string
	Directory *testkit.Directory
	Mailbox   *testkit.Mailserver
	Mails     *testkit.Exim
	World     *contract.World
	Endpoints map[string]*Endpoint // by host

	authority *testkit.Authority
	options   Options
	server    *app.Server
	tokens    map[auth.Role]string
	of        testing.TB // as long as which it lasts
}

// Names of the company's hosts.
const (
	directoryHost = "ldap.corp.example"
	mailboxHost   = "imap.corp.example"
	mailHost      = "smtp.corp.example"
	namesHost     = "ns.corp.example"
	notebook      = "10.1.2.17" // NB-017, of which the EDR has an alert
)

// Password is that of admin and of the people of the lab: analyst, responder and author.
const Password = "lab-of-the-company"

// Abuse is the mailbox that suspicious mails are forwarded to.
const Abuse = "abuse"

// Open starts it all, for as long as t lasts.
func Open(t testing.TB, o Options) *Lab {
	t.Helper()
	if o.People == 0 {
		o.People = 60
	}
	l := &Lab{of: t, authority: testkit.NewAuthority(t), options: o, Endpoints: map[string]*Endpoint{}, tokens: map[auth.Role]string{}}
	names := []string{directoryHost, mailboxHost, mailHost, namesHost, "localhost"}
	for _, s := range contract.Services() {
		names = append(names, s.Hosts...)
	}
	pair := l.authority.Issue(t, testkit.Leaf{Names: names})
	l.Directory = testkit.NewDirectory(t, pair, o.People)
	l.Mailbox = testkit.NewMailserver(t, pair)
	l.Mailbox.Folder(t, Abuse, "Triaged")
	l.Mails = testkit.NewExim(t, pair, false)
	certificate, err := tls.LoadX509KeyPair(pair.CertFile, pair.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	l.World = contract.NewWorldAs(t, certificate)
	for host, days := range map[string]int{"www.corp.example": 200, "shop.corp.example": 20, "old.corp.example": -2} {
		l.Endpoints[host] = l.endpoint(t, host, days)
	}
	l.open(t, pair, testkit.NewNamed(t))
	l.furnish(t)
	return l
}

// open starts the server, for whom the company's names lead to loopback.
func (l *Lab) open(t testing.TB, pair *testkit.Pair, names int) {
	t.Helper()
	local := func(port int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
	}
	leads := egress.Reroutes{
		directoryHost + ":389": local(l.Directory.Plain), directoryHost + ":636": local(l.Directory.Secure),
		mailboxHost + ":993": local(l.Mailbox.Secure), mailHost + ":587": local(l.Mails.Plain), mailHost + ":465": local(l.Mails.Secure),
		namesHost + ":53": local(names),
		notebook + ":443": local(testkit.FreePort(t)), // it does not answer
	}
	world := netip.MustParseAddrPort(l.World.Address())
	for _, s := range contract.Services() {
		for _, host := range s.Hosts {
			if _, _, err := net.SplitHostPort(host); err != nil {
				host = net.JoinHostPort(host, "443")
			}
			leads[host] = world
		}
		for _, c := range s.Credentials {
			for _, host := range c.Hosts {
				if _, _, err := net.SplitHostPort(host); err == nil {
					leads[host] = world
				}
			}
		}
	}
	for host, e := range l.Endpoints {
		leads[host+":443"] = local(e.port)
	}
	listen := l.options.Listen
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	if at, err := netip.ParseAddrPort(listen); err != nil || !at.Addr().IsLoopback() {
		t.Fatalf("%q is no address of this machine alone, such as 127.0.0.1:8080: the lab's passwords are known to all", listen)
	}
	config := app.ServeConfig{
		Data: t.TempDir(), Listen: listen, AdminPassword: Password, CA: pair.RootFile, Sample: true, Reroutes: leads, Clock: l.options.Clock,
		Cache: compiled(t), Notices: os.Stderr,
	}
	if l.options.Clock != nil {
		config.Lease = 100 * 365 * 24 * time.Hour // of one server alone, whose time is not everybody's
	}
	s, err := app.OpenServer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	l.server, l.URL = s, "http://"+s.Addr().String()
	ready, done := make(chan struct{}), make(chan error, 1)
	ctx, cancel := contextFor(t)
	go func() { done <- s.Run(ctx, func(net.Addr) { close(ready) }) }()
	<-ready
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server stopped with %v", err)
		}
	})
	for _, role := range auth.Roles {
		_, secret, err := s.Auth.CreateToken(t.Context(), "lab "+string(role), role)
		if err != nil {
			t.Fatal(err)
		}
		l.tokens[role] = secret
	}
	for _, role := range []auth.Role{auth.Analyst, auth.Responder, auth.Author} {
		l.person(t, role)
	}
}

// compiled is where servers of this user keep compiled connectors.
func compiled(t testing.TB) string {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(user, "drawbridge", "compiled")
}

// Folder makes a folder that lasts as long as the lab.
func (l *Lab) Folder() string { return l.of.TempDir() }

// Report delivers a mail into the abuse mailbox, as somebody forwards it.
func (l *Lab) Report(t testing.TB, name, mail string) {
	t.Helper()
	l.Mailbox.Put(t, Abuse, name, mail)
}

// Endpoint is a TLS server whose certificate can be renewed while it runs.
type Endpoint struct {
	port int
	lab  *Lab
	host string
	show chan tls.Certificate // what it shows; always one
}

func (l *Lab) endpoint(t testing.TB, host string, days int) *Endpoint {
	t.Helper()
	e := &Endpoint{lab: l, host: host, show: make(chan tls.Certificate, 1)}
	e.show <- l.issue(t, host, days)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := <-e.show
		e.show <- c
		return &c, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	e.port, _ = strconv.Atoi(port)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
				_ = conn.(*tls.Conn).Handshake() //nolint:forcetypeassert,noctx // of a tls.Listener; it has a deadline
				_ = conn.Close()
			}()
		}
	}()
	return e
}

// Renew gives it a certificate that is good for so many days from now on.
func (e *Endpoint) Renew(t testing.TB, days int) {
	t.Helper()
	<-e.show
	e.show <- e.lab.issue(t, e.host, days)
}

// issue makes a certificate that ends in so many days of the lab's clock.
func (l *Lab) issue(t testing.TB, host string, days int) tls.Certificate {
	t.Helper()
	now := time.Now()
	if l.options.Clock != nil {
		now = l.options.Clock.Now()
	}
	pair := l.authority.Issue(t, testkit.Leaf{Names: []string{host}, From: now.AddDate(0, 0, -300), Until: now.AddDate(0, 0, days).Add(time.Hour)})
	c, err := tls.LoadX509KeyPair(pair.CertFile, pair.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
