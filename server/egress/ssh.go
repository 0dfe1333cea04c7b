package egress

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of connections by SSH.
const (
	loginWithin = 20 * time.Second // from the first byte; many servers wait before they refuse
	maxCommand  = 64 << 10
	farewell    = 200 * time.Millisecond
)

// shell is a connection on which the host speaks SSH, as it speaks TLS on others: so
// the guest sees neither the secret nor a server that isn't the one.
type shell struct {
	client                      *ssh.Client
	server, hostKey, credential string
	session                     *ssh.Session // nil until a command runs
	output                      *output
}

// logsIn makes the way into a server of the call's credential. Whatever of it is wrong
// is said before anybody is called.
func (s *session) logsIn(ctx context.Context, in *abi.NetRequest) (*ssh.ClientConfig, error) {
	if err := s.mayLogIn(in, abi.LoginSSH, true); err != nil {
		return nil, err
	}
	a, err := s.openCredential(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	place := net.JoinHostPort(in.Host, strconv.Itoa(in.Port))
	if err := a.goesTo(place); err != nil {
		return nil, err
	}
	fails := func(err error) error {
		return refuse(abi.ErrnoDenied, "the credential %q can't log in at %s: %s", a.credential.Name, place, reason(err))
	}
	known, err := readHostKeys(a.field("hostKeys"), in.Host, in.Port)
	if err != nil {
		return nil, fails(err)
	}
	methods, err := a.answers()
	if err != nil {
		return nil, fails(err)
	}
	return &ssh.ClientConfig{
		User: a.field("username"), Auth: methods, HostKeyAlgorithms: known.algorithms, ClientVersion: "SSH-2.0-Drawbridge",
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if known.holds(key) {
				return nil
			}
			return refuse(abi.ErrnoDenied, "%s shows the host key %s, which the credential %q doesn't name: somebody may be in between. If the server's administrators confirm it, an admin adds %s to the credential's host keys",
				place, shownKey(key), a.credential.Name, ssh.FingerprintSHA256(key))
		},
	}, nil
}

func shownKey(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }

// openShell shakes hands, compares the server's key, and logs in.
func (s *session) openShell(ctx context.Context, st *stream, way *ssh.ClientConfig) error {
	ctx, cancel := context.WithTimeout(ctx, loginWithin)
	defer cancel()
	// What is tried goes by this copy, because the library's errors don't always hold
	// what a callback said.
	sh, config := &shell{credential: s.opened.credential.Name}, *way
	var unknown error
	config.HostKeyCallback = func(name string, at net.Addr, key ssh.PublicKey) error {
		unknown = way.HostKeyCallback(name, at, key)
		sh.hostKey = shownKey(key)
		return unknown
	}
	err := cutOff(ctx, st.Conn, func() error {
		conn, channels, requests, err := ssh.NewClientConn(st.Conn, st.place(), &config)
		if err == nil {
			sh.client, sh.server = ssh.NewClient(conn, channels, requests), shownServer(conn.ServerVersion())
		}
		return err
	})
	var apart *ssh.AlgorithmNegotiationError
	switch {
	case err == nil:
		st.shell, st.mask = sh, newMask(s.opened, s.opened.keyLines()...)
		return nil
	case unknown != nil:
		return unknown
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &apart):
		return refuse(abi.ErrnoDenied, "%s has no algorithm in common with what the credential %q and this version take: %v", st.place(), sh.credential, apart)
	case strings.Contains(err.Error(), "unable to authenticate"), errors.Is(err, errAsksMore):
		return refuse(abi.ErrnoDenied, "%s refuses the log-in of %s with the credential %q: an admin looks at its user and its secret, and at what the server takes (%v)", st.place(), config.User, sh.credential, err)
	case strings.Contains(err.Error(), "version string"):
		return refuse(abi.ErrnoBadCall, "%s doesn't speak SSH there: look at the port", st.place())
	case closedEarly(err):
		return errors.New("the other side closed the connection before anybody was logged in")
	}
	return err
}

// shownServer is what a server calls itself, in signs that can be shown.
func shownServer(version []byte) string {
	return cut(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(version)), 255)
}

// cutOff does something on a connection, which ends with the time there is.
func cutOff(ctx context.Context, conn net.Conn, do func() error) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err := do()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	return err
}

// tells tells a guest where it was led.
func (st *stream) tells(out *abi.NetResponse) {
	if st != nil && st.shell != nil {
		out.Server, out.HostKey, out.Credential = st.shell.server, st.shell.hostKey, st.shell.credential
	}
}

// named says what is opened.
func (s *session) named(in *abi.NetRequest) string {
	place := net.JoinHostPort(in.Host, strconv.Itoa(in.Port))
	switch {
	case in.ServerName != "" && in.ServerName != in.Host:
		return place + " as " + in.ServerName
	case in.Command == "", in.TLS == abi.TLSInspect: // in which none runs
		return place
	}
	return place + " runs " + s.opened.redacted(in.Command)
}

func (a *applied) redacted(text string) string {
	if a == nil {
		return text
	}
	return a.redact.text(text)
}

// startCommand runs a command, the only one of its connection.
func (s *session) startCommand(ctx context.Context, in *abi.NetRequest) error {
	st, err := s.find(in.Handle)
	if err != nil {
		return err
	}
	input, err := written(in)
	switch sh := st.shell; {
	case err != nil:
		return err
	case sh == nil || sh.session != nil:
		return refuse(abi.ErrnoBadCall, "a command runs on a connection by %s, and one alone", abi.TLSShell)
	case len(in.Command) > maxCommand || strings.ContainsRune(in.Command, 0):
		return refuse(abi.ErrnoBadCall, "a command has at most %d bytes, none of them NUL", maxCommand)
	case in.Host != "" || in.Port != 0 || in.TLS != "" || in.Credential != "":
		return refuse(abi.ErrnoBadCall, "a command is given with the handle of a connection alone")
	}
	err = cutOff(ctx, st.Conn, func() error { return st.shell.start(in.Command, input, st.mask) })
	var missing *ssh.ExitMissingError
	switch {
	case err == nil, ctx.Err() != nil:
		return err
	case closedEarly(err), errors.As(err, &missing):
		return errors.New("the other side closed the connection before the command began")
	}
	return refuse(abi.ErrnoDenied, "%s lets nobody run a command with the credential %q: %v", st.place(), st.shell.credential, err)
}

// Close ends what runs, and the connection.
func (st *stream) Close() error {
	if st.shell != nil {
		_ = st.SetDeadline(time.Now().Add(farewell)) // a server that takes nothing is left alone
		return st.shell.end()
	}
	return st.Conn.Close()
}
