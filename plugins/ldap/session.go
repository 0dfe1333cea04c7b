package ldap

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of what a directory may send, in one message and in one call.
const (
	maxMessage = 8 << 20
	maxTalk    = 40 << 20
)

func init() { ber.MaxPacketLengthBytes = maxMessage }

// sequence is what every message begins with.
const sequence = 0x30

// patience is how long a server may be silent until the log-in is done.
const patience = 10 * time.Second

// startTLS asks for encryption with the message id 1, byte for byte as the host lets it
// pass before a stream is encrypted.
const startTLS = "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"

// session is one connection to a directory. The library's own needs goroutines, which
// a guest that waits for its host has no use for: filters and controls are the
// library's, the exchange is one message after the other.
type session struct {
	place string
	conn  *sdk.Conn
	read  *bufio.Reader
	id    int64
	now   time.Time
}

// open connects, encrypts, and binds where the step has a credential.
func open(c *sdk.Context, at Server, timeout time.Duration) (*session, error) {
	if _, err := ldap.ParseDN(at.Base); err != nil || at.Base == "" {
		return nil, sdk.BadInput("/base", "must be a DN such as dc=corp,dc=example")
	}
	conn, err := c.DialTLS(at.Encryption, at.Host, at.Port, timeout/2)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(c.Now().Add(timeout - spare))
	conn.SetLimit(maxTalk)
	s := &session{place: conn.RemoteAddr().String(), conn: conn, read: bufio.NewReaderSize(conn, 64<<10), id: 2, now: c.Now()}
	conn.SetTimeout(patience)
	if err := s.begin(c, at.Encryption == abi.TLSStart); err != nil {
		_ = conn.Close()
		return nil, err
	}
	conn.SetTimeout(0)
	return s, nil
}

func (s *session) begin(c *sdk.Context, encrypt bool) error {
	if encrypt {
		if _, err := io.WriteString(s.conn, startTLS); err != nil {
			return s.lost(err)
		}
		answer, err := s.receive(1, ldap.ApplicationExtendedResponse)
		if err != nil {
			return err
		}
		if r := resultOf(answer); r.code != 0 {
			return sdk.Fail("no_starttls", "%s begins no encryption: %s; choose implicit for a port that is encrypted from the first byte, mostly 636", s.place, r)
		}
		if s.read.Buffered() > 0 {
			return sdk.Fail("bad_answer", "%s sends more than its agreement before the encryption", s.place)
		}
		if err := s.conn.StartTLS(); err != nil {
			return s.lost(err)
		}
	}
	if c.Credential == nil {
		return nil
	}
	name, err := s.conn.Login(abi.LoginLDAPSimple, c.Credential)
	if err != nil {
		return s.lost(err)
	}
	answer, err := s.receive(2, ldap.ApplicationBindResponse)
	if err != nil {
		return err
	}
	switch r := resultOf(answer); r.code {
	case 0:
		return nil
	case ldap.LDAPResultInvalidCredentials:
		return sdk.Denied("%s refuses the log-in with the credential %q: %s; an admin looks at its bind DN and password", s.place, name, r)
	default:
		return s.failed("the log-in with the credential "+name, r)
	}
}

// ask sends a request and gives its message id.
func (s *session) ask(request *ber.Packet, controls ...ldap.Control) (int64, error) {
	s.id++
	message := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, s.id, ""))
	message.AppendChild(request)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c.Encode())
		}
		message.AppendChild(list)
	}
	if _, err := s.conn.Write(message.Bytes()); err != nil {
		return 0, s.lost(err)
	}
	return s.id, nil
}

// receive reads one message, which must be an answer to that request and of one of the kinds.
func (s *session) receive(id int64, kinds ...ber.Tag) (*ber.Packet, error) {
	bad := sdk.Fail("bad_answer", "%s doesn't speak LDAP there: look at the port and the encryption", s.place)
	if first, err := s.read.Peek(1); err == nil && first[0] != sequence {
		return nil, bad // what else begins there may never end
	}
	message, err := ber.ReadPacket(s.read)
	if err != nil {
		return nil, s.lost(err)
	}
	if message.ClassType != ber.ClassUniversal || message.Tag != ber.TagSequence || len(message.Children) < 2 {
		return nil, bad
	}
	got, ok := message.Children[0].Value.(int64)
	op := message.Children[1]
	if !ok || op.ClassType != ber.ClassApplication {
		return nil, bad
	}
	if got == 0 { // the server gives notice (RFC 4511, 4.4.1)
		return nil, sdk.Unavailable("%s ends the connection: %s", s.place, resultOf(message))
	}
	for _, k := range kinds {
		if got == id && op.Tag == k {
			return message, nil
		}
	}
	return nil, sdk.Fail("bad_answer", "%s answers what wasn't asked", s.place)
}

// lost explains a connection that gives no answer.
func (s *session) lost(err error) error {
	var known *abi.Error
	if lost := s.conn.Lost(err); errors.As(lost, &known) {
		return lost
	}
	return sdk.Fail("bad_answer", "%s doesn't speak LDAP there: %v; look at the port and the encryption", s.place, err)
}

// result is how a request went.
type result struct {
	code uint16
	text string
}

func (r result) String() string {
	name := ldap.LDAPResultCodeMap[r.code]
	if r.text == "" {
		return name
	}
	return name + " (" + r.text + ")"
}

func resultOf(message *ber.Packet) result {
	op := message.Children[1]
	if len(op.Children) < 3 {
		return result{code: ldap.LDAPResultOther, text: "an answer without a result"}
	}
	code, ok := op.Children[0].Value.(int64)
	if !ok || code < 0 || code > 0xffff {
		return result{code: ldap.LDAPResultOther, text: "an answer without a result"}
	}
	text, _ := op.Children[2].Value.(string)
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return result{uint16(code), text}
}

// failed makes an error of a result that isn't a success.
func (s *session) failed(what string, r result) error {
	switch r.code {
	case ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired, ldap.LDAPResultInvalidCredentials:
		return sdk.Denied("%s refuses %s: %s; the account of the step's credential lacks the right to it, or the line its encryption", s.place, what, r)
	case ldap.LDAPResultBusy, ldap.LDAPResultUnavailable, ldap.LDAPResultTimeLimitExceeded, ldap.LDAPResultOperationsError:
		return sdk.Unavailable("%s can't do %s now: %s", s.place, what, r)
	case ldap.LDAPResultNoSuchObject:
		return sdk.Fail("not_found", "%s has no such entry for %s: %s", s.place, what, r)
	}
	return sdk.Fail("ldap_"+itoa(int(r.code)), "%s refuses %s: %s", s.place, what, r)
}

func (s *session) close() {
	// It takes its leave, which has no answer (RFC 4511, 4.3).
	_, _ = s.ask(ber.Encode(ber.ClassApplication, ber.TypePrimitive, ldap.ApplicationUnbindRequest, nil, ""))
	_ = s.conn.Close()
}
