package smtp

import (
	"bufio"
	"errors"
	"io"
	"net/textproto"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// maxRecipients bounds those of one mail; many servers take fewer.
const maxRecipients = 500

// chunk is how much of a mail is written at once.
const chunk = 256 << 10

func send(c *sdk.Context, in SendInput) (SendOutput, error) {
	m, err := compose(c, in)
	if err != nil {
		return SendOutput{}, err
	}
	size := counter(0)
	if err := m.write(&size); err != nil {
		return SendOutput{}, err
	}
	s, err := open(c, in.Server, sendTimeout)
	if err != nil {
		return SendOutput{}, err
	}
	defer s.quit()
	if most := s.maxSize(); most > 0 && int(size) > most {
		return SendOutput{}, sdk.TooLarge("the mail has %d bytes, %s takes at most %d: attach less, or link to it", size, s.place, most)
	}
	out := SendOutput{MessageID: m.id, Accepted: []string{}, Refused: []Refused{}, Size: int(size)}
	if err := s.envelope(m, in.Partial, &out); err != nil {
		return out, err
	}
	a, err := s.data(m)
	if err != nil {
		return out, err
	}
	out.Answer = a.String()
	return out, nil
}

// counter counts what is written to it.
type counter int

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// envelope names sender and recipients.
func (s *session) envelope(m *message, partial bool, out *SendOutput) error {
	a, err := s.command("MAIL FROM:<" + m.envelope + ">")
	if err != nil {
		return err
	}
	if a.code != 250 {
		return s.refused("the sender "+m.envelope, a)
	}
	var last answer
	for _, to := range m.recipients {
		if a, err = s.command("RCPT TO:<" + to + ">"); err != nil {
			return err
		}
		if a.code == 250 || a.code == 251 {
			out.Accepted = append(out.Accepted, to)
			continue
		}
		last = a
		out.Refused = append(out.Refused, Refused{to, a.code, shown(a.text), a.code/100 == 4})
		if !partial {
			return s.refused("the recipient "+to+", and so the mail is sent to nobody", a)
		}
	}
	if len(out.Accepted) == 0 {
		return s.refused("each recipient, of which the last is "+m.recipients[len(m.recipients)-1], last)
	}
	return nil
}

// data sends the mail. Once its end was written, only the server's answer tells
// whether it was taken.
func (s *session) data(m *message) (answer, error) {
	a, err := s.command("DATA")
	if err != nil {
		return a, err
	}
	if a.code != 354 {
		return a, s.refused("the mail", a)
	}
	buffered := bufio.NewWriterSize(s.conn, chunk)
	dots := textproto.NewWriter(buffered).DotWriter()
	if err := m.write(dots); err != nil {
		_ = s.conn.Close() // without its end the mail isn't taken
		return a, s.cut(err)
	}
	if err := errors.Join(dots.Close(), buffered.Flush()); err != nil {
		return a, s.cut(err)
	}
	if a, err = s.answer(); err != nil {
		return a, sdk.Fail("unknown", "%s didn't say whether it took the mail %s, so that it may have been sent: %v", s.place, m.id, err)
	}
	if a.code != 250 {
		return a, s.refused("the mail", a)
	}
	return a, nil
}

// cut explains a mail that couldn't be written to its end.
func (s *session) cut(err error) error {
	var lost *sdk.NetError
	if errors.As(err, &lost) || errors.Is(err, io.ErrShortWrite) {
		return s.lost(err)
	}
	return err
}
