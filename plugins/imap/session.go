package imap

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of what a server may send: in one call, in one line, and as one literal.
const (
	maxTalk    = 4 << 20
	maxMail    = 30 << 20 // and with a mail in it
	maxLine    = 1 << 20
	maxLiteral = 25 << 20
)

// session is one connection to a mailbox. The library's client needs goroutines, which
// a guest that waits for its host has no use for; this one sends a command and reads
// until its answer.
type session struct {
	place    string
	conn     *sdk.Conn
	read     *bufio.Reader
	tag      int
	validity int
}

// patience is how long a server may be silent until the log-in is done.
const patience = 10 * time.Second

// leave is how long is waited for a server's goodbye.
const leave = time.Second

// literal is a text in a command that may hold anything.
type literal string

func open(c *sdk.Context, at Server) (*session, error) {
	conn, err := c.DialTLS(at.Encryption, at.Host, at.Port, timeout/2)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(c.Now().Add(timeout - spare))
	conn.SetLimit(maxTalk)
	s := &session{place: conn.RemoteAddr().String(), conn: conn, read: bufio.NewReaderSize(conn, 64<<10)}
	conn.SetTimeout(patience)
	if err := s.begin(c, at.Encryption == abi.TLSStart); err != nil {
		_ = conn.Close()
		return nil, err
	}
	conn.SetTimeout(0)
	return s, nil
}

func (s *session) begin(c *sdk.Context, encrypt bool) error {
	greeting, err := s.response()
	if err != nil {
		return err
	}
	switch {
	case greeting.tag != "*":
		return s.garbled("it greets by " + strconv.Quote(shown(greeting.tag+" "+greeting.text)))
	case greeting.is("BYE"):
		return sdk.Unavailable("%s takes no connection now: %s", s.place, shown(greeting.text))
	case !greeting.is("OK") && !greeting.is("PREAUTH"):
		return s.refused("the connection", greeting.text)
	}
	if encrypt {
		if _, err := s.do("STARTTLS"); err != nil {
			return err
		}
		if s.read.Buffered() > 0 {
			return sdk.Fail("bad_answer", "%s sends more than its agreement before the encryption", s.place)
		}
		if err := s.conn.StartTLS(); err != nil {
			return s.conn.Lost(err)
		}
	}
	if c.Credential == nil || greeting.is("PREAUTH") {
		return nil
	}
	return s.login(c)
}

// login has the host log in, once the server asks for it.
func (s *session) login(c *sdk.Context) error {
	tag, err := s.send("AUTHENTICATE PLAIN")
	if err != nil {
		return err
	}
	answer, _, err := s.await(tag)
	if err != nil {
		return err
	}
	if answer.tag != "+" {
		return s.refused("a log-in by user and password", answer.text)
	}
	name, err := s.conn.Login(abi.LoginIMAPPlain, c.Credential)
	if err != nil {
		return s.conn.Lost(err)
	}
	if answer, _, err = s.await(tag); err != nil {
		return err
	}
	if !answer.is("OK") {
		return sdk.Denied("%s refuses the log-in with the credential %q: %s; an admin looks at its user and password", s.place, name, shown(answer.text))
	}
	return nil
}

// send writes a command whose parts are texts as they are, and literals.
func (s *session) send(parts ...any) (string, error) {
	s.tag++
	tag := "d" + strconv.Itoa(s.tag)
	line := tag
	for _, p := range parts {
		text, isLiteral := p.(literal)
		switch {
		case !isLiteral:
			line += " " + fmt.Sprint(p)
		case plain(string(text)):
			line += ` "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(string(text)) + `"`
		default:
			if _, err := io.WriteString(s.conn, line+" {"+strconv.Itoa(len(text))+"}\r\n"); err != nil {
				return "", s.conn.Lost(err)
			}
			answer, _, err := s.await(tag)
			if err != nil {
				return "", err
			}
			if answer.tag != "+" {
				return "", s.refused("the command", answer.text)
			}
			line = string(text)
		}
	}
	if _, err := io.WriteString(s.conn, line+"\r\n"); err != nil {
		return "", s.conn.Lost(err)
	}
	return tag, nil
}

// plain says whether a text can stand between quotes.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > 0x7e })
}

// do sends a command and answers what came before the server said that it was done.
func (s *session) do(parts ...any) ([]response, error) {
	tag, err := s.send(parts...)
	if err != nil {
		return nil, err
	}
	answer, list, err := s.await(tag)
	if err != nil {
		return nil, err
	}
	if !answer.is("OK") {
		return nil, s.refused(fmt.Sprint(parts[0]), answer.text)
	}
	return append(list, answer), nil
}

// await reads until the answer to a command, or a question about it.
func (s *session) await(tag string) (response, []response, error) {
	var list []response
	for {
		r, err := s.response()
		switch {
		case err != nil:
			return r, nil, err
		case r.tag == tag || r.tag == "+":
			return r, list, nil
		case r.tag != "*":
			return r, nil, s.garbled("a line of another command")
		case r.is("BYE"):
			return r, nil, sdk.Unavailable("%s ends the connection: %s", s.place, shown(r.text))
		}
		list = append(list, r)
	}
}

func (s *session) garbled(what string) error {
	return sdk.Fail("bad_answer", "%s doesn't speak IMAP there: %s; look at the port and the encryption", s.place, what)
}

// refused makes an error of what a server says no by.
func (s *session) refused(what, text string) error {
	code := "imap_no"
	switch {
	case strings.Contains(text, "[NONEXISTENT]") || strings.Contains(text, "[TRYCREATE]") || strings.Contains(text, "doesn't exist"):
		code = "not_found"
	case strings.Contains(text, "[UNAVAILABLE]") || strings.Contains(text, "[INUSE]") || strings.Contains(text, "[LIMIT]"):
		return sdk.Unavailable("%s can't do %s now: %s", s.place, what, shown(text))
	case strings.Contains(text, "[NOPERM]") || strings.Contains(text, "[PRIVACYREQUIRED]") || strings.Contains(text, "[AUTHENTICATIONFAILED]"):
		code = abi.CodeDenied
	}
	return sdk.Fail(code, "%s refuses %s: %s", s.place, what, shown(text))
}

func shown(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

// choose opens a folder, to read or also to write.
func (s *session) choose(folder string, validity int, write bool) error {
	command := "EXAMINE"
	if write {
		command = "SELECT"
	}
	list, err := s.do(command, literal(encodeFolder(folder)))
	if err != nil {
		return err
	}
	for _, r := range list {
		if n, ok := r.code("UIDVALIDITY"); ok && len(n) == 1 {
			s.validity = n[0]
		}
	}
	if validity != 0 && validity != s.validity {
		return sdk.Fail("stale", "the numbers of mails in %q were given anew since (validity %d, now %d): search again", folder, validity, s.validity)
	}
	return nil
}

func (s *session) close() {
	s.conn.SetTimeout(leave)
	_, _ = s.do("LOGOUT") // what was to be done is done
	_ = s.conn.Close()
}
