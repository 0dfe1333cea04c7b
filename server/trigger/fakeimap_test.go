package trigger_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fakeIMAP is a mail server that lies where it is told to.
type fakeIMAP struct {
	t        *testing.T
	listener net.Listener
	wg       sync.WaitGroup

	mu          sync.Mutex
	mails       []fakeMail
	validity    int
	connections int
	flagged     map[int]int
	// fault answers in the place of the server, where it says so. It may close the
	// connection.
	fault func(c *fakeConn, verb, rest string) (done bool)
}

type fakeMail struct {
	uid  int
	raw  string
	size int // what the list says; 0 is the truth
}

// fakeConn is one connection; its number counts from 1.
type fakeConn struct {
	net.Conn
	server *fakeIMAP
	number int
	tag    string
}

func startIMAP(t *testing.T, mails int) *fakeIMAP {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeIMAP{t: t, listener: listener, validity: 7, flagged: map[int]int{}}
	for n := range mails {
		f.mails = append(f.mails, fakeMail{uid: n + 1, raw: fmt.Sprintf("Message-ID: <%d@x>\r\nSubject: %d\r\n\r\nbody %d\r\n", n+1, n+1, n+1)})
	}
	f.wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.connections++
			c := &fakeConn{Conn: conn, server: f, number: f.connections}
			f.mu.Unlock()
			f.wg.Go(c.serve)
		}
	})
	return f
}

func (f *fakeIMAP) stop() {
	_ = f.listener.Close()
	f.wg.Wait()
}

func (c *fakeConn) say(format string, args ...any) { _, _ = fmt.Fprintf(c, format+"\r\n", args...) }

func (c *fakeConn) serve() {
	defer c.Close()
	if c.faulty("GREETING", "") {
		_, _ = io.Copy(io.Discard, c) // until the other side has enough
		return
	}
	c.say("* OK fake")
	lines := bufio.NewReader(c)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.SplitN(strings.TrimRight(line, "\r\n"), " ", 3)
		if len(words) < 2 {
			return
		}
		c.tag = words[0]
		verb, rest := strings.ToUpper(words[1]), ""
		if len(words) == 3 {
			rest = words[2]
		}
		if verb == "UID" {
			more, args, _ := strings.Cut(rest, " ")
			verb, rest = "UID "+more, args
		}
		if verb == "UID FETCH" && strings.Contains(rest, "BODY.PEEK") {
			verb = "BODY"
		}
		if !c.faulty(verb, rest) {
			c.answer(verb, rest)
		}
	}
}

func (c *fakeConn) faulty(verb, rest string) bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.server.fault != nil && c.server.fault(c, verb, rest)
}

func (c *fakeConn) answer(verb, rest string) {
	f := c.server
	f.mu.Lock()
	defer f.mu.Unlock()
	switch verb {
	case "CAPABILITY":
		c.say("* CAPABILITY IMAP4rev1")
	case "SELECT", "EXAMINE":
		c.say("* %d EXISTS", len(f.mails))
		c.say("* OK [UIDVALIDITY %d] ok", f.validity)
		c.say("* OK [UIDNEXT %d] ok", len(f.mails)+1)
	case "FETCH", "UID FETCH":
		c.list(0)
	case "BODY":
		c.body(uidOf(rest))
	case "UID STORE":
		f.flagged[uidOf(rest)]++
	}
	c.say("%s OK done", c.tag)
}

// list tells of all mails from a UID on. A server may tell of more than it was asked.
func (c *fakeConn) list(from int) {
	for i, m := range c.server.mails {
		if m.uid >= from {
			c.say(`* %d FETCH (UID %d FLAGS () INTERNALDATE "02-Mar-2126 08:00:00 +0000" RFC822.SIZE %d)`, i+1, m.uid, max(m.size, len(m.raw)))
		}
	}
}

func (c *fakeConn) body(uid int) {
	for i, m := range c.server.mails {
		if m.uid == uid {
			c.say("* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)", i+1, uid, len(m.raw), m.raw)
		}
	}
}

func uidOf(rest string) int {
	first, _, _ := strings.Cut(rest, " ")
	uid, _ := strconv.Atoi(first)
	return uid
}
