package egress

import (
	"bytes"
	"net"
	"time"
)

// settled is how long the begin of what may be a secret is held back for its rest.
const settled = 50 * time.Millisecond

// mask takes secrets out of a stream that they were written to, whatever the pieces
// that it comes or is read in. It puts as many characters there as it takes away,
// because protocols count them.
type mask struct {
	forms [][]byte // the longest first
	ready []byte   // masked, and not yet read
	held  []byte   // the begin of what may be a secret, where the buffer was full
}

// newMask takes out a credential's secrets, and what was written of them.
func newMask(a *applied, written ...string) *mask {
	m := &mask{}
	for _, f := range newRedactor(secretsOf(a.credential), written).forms {
		if len(f.text) >= minRedacted && f.instead == redacted {
			m.forms = append(m.forms, []byte(f.text))
		}
	}
	return m
}

// read waits for something; what may go on as a secret is waited for a moment longer.
func (m *mask) read(conn net.Conn, most int) ([]byte, error) {
	if len(m.ready) == 0 {
		buf := make([]byte, maxReadOnce)
		held := copy(buf, m.held)
		n, err := conn.Read(buf[held:])
		if n == 0 && held == 0 {
			return nil, err
		}
		m.held, n = nil, held+n
		for n < len(buf) && err == nil {
			wait := quiet
			if m.begins(buf[:n]) > 0 {
				wait = settled
			}
			more := readSoon(conn, buf[n:], wait)
			if more == 0 {
				break
			}
			n += more
		}
		m.hide(buf[:n])
		if n == len(buf) {
			n -= m.begins(buf)
			m.held = bytes.Clone(buf[n:])
		}
		m.ready = buf[:n]
	}
	n := min(most, len(m.ready))
	out := m.ready[:n]
	m.ready = m.ready[n:]
	return out, nil
}

// hide masks secrets in place.
func (m *mask) hide(p []byte) {
	for _, form := range m.forms {
		for at := 0; ; {
			found := bytes.Index(p[at:], form)
			if found < 0 {
				break
			}
			at += found
			for i := range form {
				p[at+i] = '*'
			}
			at += len(form)
		}
	}
}

// begins says how many bytes at the end of what was read are the begin of a secret.
func (m *mask) begins(p []byte) int {
	most := 0
	for _, form := range m.forms {
		for n := min(len(form)-1, len(p)); n > 0; n-- {
			if bytes.HasSuffix(p, form[:n]) {
				most = max(most, n)
				break
			}
		}
	}
	return most
}
