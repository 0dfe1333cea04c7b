package egress

import (
	"context"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// maxPreamble bounds what a guest may write before it logs in.
const maxPreamble = 4 << 10

// ldapStartTLS asks for encryption, with the message id 1 (RFC 4511, 4.14).
const ldapStartTLS = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"

// linesBeforeTLS are the commands of SMTP and of IMAP on the way to an encryption.
var linesBeforeTLS = regexp.MustCompile(`^(?i:(?:(?:(?:EHLO|HELO) [!-~]{1,255}|STARTTLS)\r\n)*|(?:[A-Z0-9]{1,16} (?:CAPABILITY|STARTTLS)\r\n)*)$`)

// beforeTLS says whether something may stand in a stream before an encryption. By it
// no guest gets around that its streams are encrypted.
func beforeTLS(written []byte) bool {
	return linesBeforeTLS.Match(written) || string(written) == ldapStartTLS
}

// login is one way to log in: what may stand before it, all of it, and what is written.
// A secret that came into a stream at another place could end up in a mail, or as the
// value of an entry, where a guest would read it.
type login struct {
	before func([]byte) bool
	write  func(user, password string) ([]byte, error)
}

var logins = map[string]login{
	abi.LoginSMTPPlain: {regexp.MustCompile(`^(?i:(?:(?:EHLO|HELO) [!-~]{1,255}|STARTTLS)\r\n)*(?i:AUTH PLAIN)\r\n$`).Match, saslPlain},
	abi.LoginSMTPLogin: {regexp.MustCompile(`^(?i:(?:(?:EHLO|HELO) [!-~]{1,255}|STARTTLS)\r\n)*(?i:AUTH LOGIN)\r\n[A-Za-z0-9+/]+={0,2}\r\n$`).Match, saslLogin},
	abi.LoginIMAPPlain: {regexp.MustCompile(`^(?i:[A-Z0-9]{1,16} (?:CAPABILITY|STARTTLS)\r\n)*(?i:[A-Z0-9]{1,16} AUTHENTICATE PLAIN)\r\n$`).Match, saslPlain},
	// The message after the encryption, if there was one.
	abi.LoginLDAPSimple: {func(written []byte) bool { return len(written) == 0 || string(written) == ldapStartTLS }, ldapBind},
}

// note keeps what a guest writes, and refuses what may not stand there.
func (st *stream) note(raw []byte) error {
	switch {
	case st.loggedIn || st.overrun:
	case len(st.written)+len(raw) > maxPreamble:
		// What isn't looked at any more may be anything: nothing follows on it.
		st.overrun, st.written = true, nil
	default:
		st.written = append(st.written, raw...)
	}
	if st.bound && !st.secured && (st.overrun || !beforeTLS(st.written)) {
		return refuse(abi.ErrnoDenied, "the stream to %s is granted as an encrypted one: nothing but the way there may be written before it is", st.place())
	}
	return nil
}

// login makes what logs the call's credential in.
func (s *session) login(ctx context.Context, st *stream, in *abi.NetRequest) ([]byte, string, error) {
	way, known := logins[in.Login]
	if err := s.mayLogIn(in, in.Login, known); err != nil {
		return nil, "", err
	}
	switch {
	case st.loggedIn:
		return nil, "", refuse(abi.ErrnoBadCall, "the stream to %s was logged in on already: open another", st.place())
	case st.overrun || !way.before(st.written):
		return nil, "", refuse(abi.ErrnoDenied, "%s is no place for a log-in by %s: something else was written to the stream before", st.place(), in.Login)
	}
	a, err := s.openCredential(ctx, in.Credential)
	if err != nil {
		return nil, "", err
	}
	name := a.credential.Name
	if err := a.goesTo(st.place()); err != nil {
		return nil, "", err
	}
	switch {
	case !st.secured && (st.bound || !st.near):
		return nil, "", refuse(abi.ErrnoDenied, "the credential %s may not be sent to %s unencrypted: choose an encryption; without one an admin has to grant both the stream without TLS and the network it is in", name, st.place())
	}
	user, password := a.field("username"), a.field("password")
	if user == "" || password == "" {
		// A bind without a password succeeds as nobody.
		return nil, "", refuse(abi.ErrnoDenied, "the credential %s has no user or no password", name)
	}
	raw, err := way.write(user, password)
	if err != nil {
		return nil, "", refuse(abi.ErrnoDenied, "the credential %s can't be written as %s asks for it", name, in.Login)
	}
	st.loggedIn, st.written = true, nil
	st.mask = newMask(a, strings.TrimSpace(string(raw)))
	return raw, name, nil
}

// mayLogIn says whether the call's credential may be used in a way that is asked for.
func (s *session) mayLogIn(in *abi.NetRequest, way string, known bool) error {
	switch c := s.caller.Credential; {
	case c == nil || in.Credential != CredentialHandle:
		return refuse(abi.ErrnoDenied, "the step names no credential to log in with: choose one in the node's settings")
	case !slices.Contains(c.Type.Login, way) || !known:
		return refuse(abi.ErrnoDenied, "connector %s may not log in by %q with credentials of the type %s: its manifest doesn't ask for it", s.caller.Connector, cut(way, maxMethod), c.Type.Type)
	}
	return nil
}

// goesTo says whether a credential may be sent to a host and port.
func (a *applied) goesTo(place string) error {
	if slices.Contains(a.credential.Hosts, place) {
		return nil
	}
	return refuse(abi.ErrnoDenied, "the credential %s may not be sent to %s: an admin names its hosts (%s)", a.credential.Name, place, strings.Join(a.credential.Hosts, ", "))
}

// saslPlain is the message of SASL's PLAIN as a line of base64 (RFC 4616).
func saslPlain(user, password string) ([]byte, error) {
	if strings.ContainsRune(user+password, 0) {
		return nil, errNUL
	}
	return []byte(base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password)) + "\r\n"), nil
}

var errNUL = refuse(abi.ErrnoDenied, "it holds a NUL")

// saslLogin is the second answer of the older LOGIN.
func saslLogin(_, password string) ([]byte, error) {
	return []byte(base64.StdEncoding.EncodeToString([]byte(password)) + "\r\n"), nil
}

// ldapBind is a simple bind of version 3 with the message id 2.
func ldapBind(user, password string) ([]byte, error) {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(2)
		b.AddASN1(asn1.Tag(0).Constructed()|0x40, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(3)
			b.AddASN1OctetString([]byte(user))
			b.AddASN1(asn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes([]byte(password)) })
		})
	})
	return b.Bytes()
}
