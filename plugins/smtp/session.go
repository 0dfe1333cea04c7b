package smtp

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// maxTalk bounds what a server may say in one call.
const maxTalk = 1 << 20

// hello is the name that the server is greeted by: the sandbox knows none of its own.
const hello = "[127.0.0.1]"

// patience is how long a server may be silent until the log-in is done.
const patience = 10 * time.Second

// leave is how long is waited for a server's goodbye.
const leave = time.Second

// session is one connection to a mail server.
type session struct {
	place    string
	conn     *sdk.Conn
	read     *bufio.Reader
	text     *textproto.Reader
	greeting string
	// extensions are by their names; what is behind them is their parameters.
	extensions map[string]string
	encrypted  bool
	credential string // its name, once logged in
}

// answer is what a server says to a command.
type answer struct {
	code int
	text string
}

func (a answer) String() string { return strconv.Itoa(a.code) + " " + shown(a.text) }

// shown makes one short line of what a server says.
func shown(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

// open connects, encrypts, and logs in where the step has a credential.
func open(c *sdk.Context, at Server, timeout time.Duration) (*session, error) {
	conn, err := c.DialTLS(at.Encryption, at.Host, at.Port, timeout/2)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(c.Now().Add(timeout - spare))
	conn.SetLimit(maxTalk)
	s := &session{place: conn.RemoteAddr().String(), conn: conn, encrypted: at.Encryption == "implicit"}
	s.listen()
	conn.SetTimeout(patience)
	if err := s.begin(c, at.Encryption == abi.TLSStart); err != nil {
		_ = conn.Close()
		return nil, err
	}
	conn.SetTimeout(0)
	return s, nil
}

func (s *session) listen() {
	s.read = bufio.NewReader(s.conn)
	s.text = textproto.NewReader(s.read)
}

func (s *session) begin(c *sdk.Context, startTLS bool) error {
	greeting, err := s.answer()
	if err != nil {
		return err
	}
	if greeting.code != 220 {
		return s.refused("the connection", greeting)
	}
	s.greeting = shown(greeting.text)
	if err := s.hello(); err != nil {
		return err
	}
	if startTLS {
		if err := s.encrypt(); err != nil {
			return err
		}
	}
	if c.Credential == nil {
		return nil
	}
	return s.login(c)
}

// command sends a line and reads the answer.
func (s *session) command(line string) (answer, error) {
	if _, err := io.WriteString(s.conn, line+"\r\n"); err != nil {
		return answer{}, s.lost(err)
	}
	return s.answer()
}

func (s *session) answer() (answer, error) {
	code, text, err := s.text.ReadResponse(0)
	if err != nil {
		return answer{}, s.lost(err)
	}
	return answer{code, text}, nil
}

// lost explains a connection that gives no answer.
func (s *session) lost(err error) error {
	var garbled textproto.ProtocolError
	if errors.As(err, &garbled) {
		return sdk.Fail("bad_answer", "%s doesn't speak SMTP there: %s; look at the port and the encryption", s.place, shown(garbled.Error()))
	}
	return s.conn.Lost(err)
}

// refused makes an error of an answer: 4xx may be tried again.
func (s *session) refused(what string, a answer) error {
	e := &abi.Error{Code: "smtp_" + strconv.Itoa(a.code), Message: s.place + " refuses " + what + ": " + a.String(), Retryable: a.code/100 == 4}
	switch {
	case a.code == 552 || a.code == 523:
		e.Code = abi.CodeTooLarge
	case a.code/100 != 4 && a.code/100 != 5:
		e.Code = "bad_answer"
	}
	e.Details, _ = json.Marshal(map[string]any{"code": a.code, "answer": shown(a.text)})
	return e
}

func (s *session) hello() error {
	a, err := s.command("EHLO " + hello)
	if err != nil {
		return err
	}
	s.extensions = map[string]string{}
	if a.code == 500 || a.code == 502 { // it is an old one
		if a, err = s.command("HELO " + hello); err != nil {
			return err
		}
	}
	if a.code != 250 {
		return s.refused("the greeting", a)
	}
	for _, line := range strings.Split(a.text, "\n")[1:] {
		name, parameters, _ := strings.Cut(strings.TrimSpace(line), " ")
		s.extensions[strings.ToUpper(name)] = parameters
	}
	return nil
}

func (s *session) encrypt() error {
	if _, offered := s.extensions["STARTTLS"]; !offered {
		return sdk.Fail("no_starttls", "%s offers no STARTTLS: choose implicit for a port that is encrypted from the first byte, mostly 465", s.place)
	}
	a, err := s.command("STARTTLS")
	if err != nil {
		return err
	}
	if a.code != 220 {
		return s.refused("the encryption", a)
	}
	if s.read.Buffered() > 0 {
		return sdk.Fail("bad_answer", "%s sends more than its agreement before the encryption", s.place)
	}
	if err := s.conn.StartTLS(); err != nil {
		return s.lost(err)
	}
	s.encrypted = true
	s.listen()
	return s.hello()
}

// login has the host log in, by the first way that the server offers as well.
func (s *session) login(c *sdk.Context) error {
	offered := strings.Fields(strings.ToUpper(s.extensions["AUTH"]))
	way := ""
	for _, m := range offered {
		if m == "PLAIN" || m == "LOGIN" && way == "" {
			way = m
		}
	}
	if way == "" {
		return sdk.Fail("no_login", "%s offers no log-in that is known here (PLAIN, LOGIN), but %s: encrypt the line, or leave the credential out",
			s.place, strings.Join(append(offered, "nothing"), ", "))
	}
	a, err := s.command("AUTH " + way)
	if err == nil && a.code == 334 && way == "LOGIN" {
		a, err = s.command(base64.StdEncoding.EncodeToString([]byte(c.Credential.Fields["username"])))
	}
	if err != nil {
		return err
	}
	if a.code != 334 {
		return s.refused("the log-in", a)
	}
	with := abi.LoginSMTPPlain
	if way == "LOGIN" {
		with = abi.LoginSMTPLogin
	}
	name, err := s.conn.Login(with, c.Credential)
	if err != nil {
		return s.lost(err)
	}
	if a, err = s.answer(); err != nil {
		return err
	}
	if a.code/100 != 2 {
		if a.code/100 == 4 {
			return s.refused("the log-in for now", a)
		}
		return sdk.Denied("%s refuses the log-in with the credential %q: %s; an admin looks at its user and password", s.place, name, a)
	}
	s.credential = name
	return nil
}

func (s *session) quit() {
	s.conn.SetTimeout(leave)
	_, _ = s.command("QUIT") // the mail was taken, or refused, before
	_ = s.conn.Close()
}

// maxSize is how large a mail the server takes, 0 where it doesn't say.
func (s *session) maxSize() int {
	n, err := strconv.Atoi(s.extensions["SIZE"])
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func check(c *sdk.Context, in Server) (CheckOutput, error) {
	s, err := open(c, in, checkTimeout)
	if err != nil {
		return CheckOutput{}, err
	}
	defer s.quit()
	out := CheckOutput{Greeting: s.greeting, Extensions: []string{}, MaxSize: s.maxSize(), Encrypted: s.encrypted, LoggedIn: s.credential != ""}
	for name, parameters := range s.extensions {
		out.Extensions = append(out.Extensions, strings.TrimSpace(name+" "+parameters))
	}
	return out, nil
}
