package tls

import (
	"bufio"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

const (
	// handshakeTime is the part of inspect's time that the handshake has.
	handshakeTime = 10 * time.Second
	// maxAgreement bounds what an endpoint may send before the encryption, in bytes.
	maxAgreement = 64 << 10
)

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
	peer, err := handshake(c, in, name)
	if err != nil {
		return InspectOutput{}, err
	}
	chain, err := certificates(peer)
	if err != nil {
		return InspectOutput{}, err
	}
	now := c.Now()
	out := InspectOutput{Host: in.Host, Port: in.Port, Protocol: peer.Version, Cipher: peer.Cipher, ALPN: peer.ALPN, DaysLeft: math.MaxInt}
	for _, cert := range chain {
		d := describe(cert, now)
		out.Certificates, out.DaysLeft = append(out.Certificates, d), min(out.DaysLeft, d.DaysLeft)
	}
	v := verdict{chain: chain, name: name, now: now, warnDays: in.WarnDays}
	v.look(peer.Version)
	if len(roots) > 0 {
		v.byRoots(roots)
	} else {
		v.byHost(peer.Untrusted)
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

// handshake has the host take whatever certificate comes.
func handshake(c *sdk.Context, in InspectInput, name string) (*abi.Peer, error) {
	conn, err := c.DialTLS(abi.TLSStart, in.Host, in.Port, handshakeTime)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // nothing was left to be said
	_ = conn.SetDeadline(c.Now().Add(handshakeTime))
	conn.SetLimit(maxAgreement)
	if err := startTLS(conn, in.StartTLS); err != nil {
		return nil, err
	}
	return conn.Inspect(strings.ToLower(name))
}

// certificates reads what an endpoint showed.
func certificates(peer *abi.Peer) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for n, text := range peer.Certificates {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		cert, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, sdk.Fail("bad_certificate", "the endpoint's certificate %d can't be read: %v", n+1, err)
		}
		chain = append(chain, cert)
	}
	if len(chain) == 0 {
		return nil, sdk.Fail("no_certificate", "the endpoint shows no certificate")
	}
	return chain, nil
}

// explain tells why an endpoint doesn't come to agree on an encryption.
func explain(err error, place string, tooMuch bool) error {
	var lost *sdk.NetError
	switch {
	case tooMuch, errors.As(err, &lost) && lost.Fault.Code == abi.CodeTooLarge:
		return sdk.Fail(abi.CodeNoTLS, "%s sends more than an agreement to encrypt has: it may not speak that protocol there", place)
	case errors.As(err, &lost):
		return lost
	}
	return sdk.Unavailable("%s closed the connection before the encryption: it may not speak that protocol there", place)
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
