package tls

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Parts of the time that inspect has.
const (
	handshakeTime = 10 * time.Second
	trustTime     = 6 * time.Second
)

func itoa(n int) string { return strconv.Itoa(n) }

// maxHandshake bounds what an endpoint may send until the handshake is over.
const maxHandshake = 1 << 20

func inspect(c *sdk.Context, in InspectInput) (InspectOutput, error) {
	var roots []*x509.Certificate
	if in.Roots != "" {
		var err error
		if roots, err = readCertificates("/roots", []byte(in.Roots)); err != nil {
			return InspectOutput{}, err
		}
	}
	name := in.ServerName
	if name == "" {
		name = in.Host
	}
	state, err := handshake(c, in, name)
	if err != nil {
		return InspectOutput{}, err
	}
	now := c.Now()
	out := InspectOutput{
		Host: in.Host, Port: in.Port, Protocol: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		ALPN: state.NegotiatedProtocol, DaysLeft: math.MaxInt,
	}
	chain := state.PeerCertificates
	for _, cert := range chain {
		d := describe(cert, now)
		out.Certificates, out.DaysLeft = append(out.Certificates, d), min(out.DaysLeft, d.DaysLeft)
	}
	v := verdict{chain: chain, name: name, now: now, warnDays: in.WarnDays}
	v.look(state.Version)
	if len(roots) > 0 {
		v.byRoots(roots)
	} else {
		v.byHost(c, in, name)
	}
	if in.Revocation {
		r := revocation(c, chain)
		out.Revocation = &r
		v.revocation(r)
	}
	out.Problems, out.Trusted = v.problems, v.trusted
	out.State = v.state()
	out.Valid = out.State == "valid" || out.State == "expiring"
	return out, nil
}

// handshake takes whatever certificate comes.
func handshake(c *sdk.Context, in InspectInput, name string) (tls.ConnectionState, error) {
	conn, err := c.DialTLS(abi.TLSNone, in.Host, in.Port, handshakeTime)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close() //nolint:errcheck // nothing was left to be said
	_ = conn.SetDeadline(c.Now().Add(handshakeTime))
	conn.SetLimit(maxHandshake)
	if err := startTLS(conn, in.StartTLS); err != nil {
		return tls.ConnectionState{}, err
	}
	config := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // to see what is wrong with a certificate is what this is for
		MinVersion:         tls.VersionTLS10, NextProtos: []string{"h2", "http/1.1"}, CipherSuites: allSuites(), Time: c.Now,
	}
	if net.ParseIP(name) == nil {
		config.ServerName = name
	}
	if in.StartTLS != "none" {
		config.NextProtos = nil
	}
	client := tls.Client(conn, config)
	if err := client.Handshake(); err != nil {
		return tls.ConnectionState{}, explain(err, conn.RemoteAddr().String(), false)
	}
	state := client.ConnectionState()
	if len(state.PeerCertificates) == 0 {
		return state, sdk.Fail("no_certificate", "%s shows no certificate", conn.RemoteAddr())
	}
	return state, nil
}

// allSuites are also those that nobody should use any more: an old endpoint is to be
// looked at, not believed.
func allSuites() []uint16 {
	var list []uint16
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		list = append(list, s.ID)
	}
	return list
}

func explain(err error, place string, tooMuch bool) error {
	var lost *sdk.NetError
	var garbled tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case tooMuch, errors.As(err, &lost) && lost.Fault.Code == abi.CodeTooLarge:
		return sdk.Fail("no_tls", "%s sends more than a handshake has: it may not speak TLS there", place)
	case errors.As(err, &lost):
		return lost
	case errors.As(err, &garbled):
		return sdk.Fail("no_tls", "%s doesn't speak TLS there: look at the port, or choose the protocol in startTLS", place)
	case errors.As(err, &alert):
		return sdk.Fail("handshake_failed", "%s refuses the handshake: %v", place, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return sdk.Unavailable("%s closed the connection within the handshake: it may not speak TLS there", place)
	}
	return sdk.Fail("handshake_failed", "%s: the handshake fails: %v", place, err)
}

// startTLS speaks what stands before the encryption.
func startTLS(conn *sdk.Conn, protocol string) error {
	if protocol == "none" || protocol == "" {
		return nil
	}
	// One byte at a time would cost a call each; what follows the answer is only sent
	// after the handshake began.
	r := bufio.NewReaderSize(conn, 4<<10)
	place := conn.RemoteAddr().String()
	answers := func(send, want string) error {
		if send != "" {
			if _, err := io.WriteString(conn, send+"\r\n"); err != nil {
				return err
			}
		}
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return explain(err, place, errors.Is(err, bufio.ErrBufferFull))
			}
			text := strings.TrimRight(string(line), "\r\n")
			if protocol == "smtp" && len(text) > 3 && text[3] == '-' || protocol == "imap" && want != "*" && strings.HasPrefix(text, "*") {
				continue
			}
			if !strings.HasPrefix(text, want) {
				return sdk.Fail("no_starttls", "%s doesn't begin an encryption: it answers %.200q", place, text)
			}
			return nil
		}
	}
	steps := [][2]string{{"", "220"}, {"EHLO drawbridge.invalid", "250"}, {"STARTTLS", "220"}}
	if protocol == "imap" {
		steps = [][2]string{{"", "*"}, {"a STARTTLS", "a OK"}}
	}
	for _, s := range steps {
		if err := answers(s[0], s[1]); err != nil {
			return err
		}
	}
	if r.Buffered() > 0 {
		return sdk.Fail("no_starttls", "%s sends more than its agreement before the encryption", place)
	}
	return nil
}
