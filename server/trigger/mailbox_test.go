package trigger_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// post is a store, a starter and all else that a mailbox needs.
type post struct {
	target *trigger.Target
	box    *flow.Mailbox

	mu       sync.Mutex
	position trigger.Position
	health   []trigger.Health
	held     string
	runs     map[string]string // subject by key
	repeated int
	receipts []trigger.Receipt
	moved    chan struct{} // told of each advance
}

func newPost(t *testing.T, server *fakeIMAP) *post {
	t.Helper()
	at := server.listener.Addr().(*net.TCPAddr)
	with := map[string]any{"host": "127.0.0.1", "port": int64(at.Port), "tls": "none", "interval": "1s", "after": "seen"}
	d := &flow.Document{ID: "f", Name: "Mails", Credentials: map[string]flow.Credential{"box": {Type: catalog.CredentialIMAP}}, Nodes: []flow.Node{{ID: "n", Type: flow.TypeMailbox, Credential: "box", With: with}}}
	target, err := trigger.NewTarget(d, "n", "digest", 1)
	if err != nil {
		t.Fatal(err)
	}
	box, err := flow.ParseMailbox(with)
	if err != nil {
		t.Fatal(err)
	}
	return &post{target: target, box: box, runs: map[string]string{}, moved: make(chan struct{}, 1000)}
}

func (p *post) watch() flow.Watch { return flow.Watch{Flow: "f", Node: "n", Place: p.box.Place("box")} }

func (p *post) FreeMailboxes(context.Context) ([]flow.Watch, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != "" {
		return nil, nil
	}
	return []flow.Watch{p.watch()}, nil
}

func (p *post) HoldMailbox(_ context.Context, w flow.Watch, owner string, _ time.Duration) (trigger.Mailbox, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != "" && p.held != owner {
		return trigger.Mailbox{}, trigger.ErrNotHeld
	}
	p.held = owner
	return trigger.Mailbox{Watch: w, Activated: time.Unix(0, 0), Position: p.position}, nil
}

func (p *post) AdvanceMailbox(_ context.Context, _ flow.Watch, _ string, to trigger.Position) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.position = to
	p.moved <- struct{}{}
	return nil
}

func (p *post) ReportMailbox(_ context.Context, _ flow.Watch, _ string, h trigger.Health) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.health = append(p.health, h)
	return nil
}

func (p *post) LeaveMailbox(context.Context, flow.Watch, string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = ""
	return nil
}

func (p *post) Watched(context.Context, string, string) (trigger.Watched, error) {
	return trigger.Watched{Target: p.target, Mailbox: p.box}, nil
}

func (p *post) Start(_ context.Context, s trigger.Start) (trigger.Started, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, known := p.runs[s.IngestKey]
	if !known {
		headers, _ := s.Data["headers"].(map[string]any)
		p.runs[s.IngestKey] = fmt.Sprint(headers["subject"])
	}
	return trigger.Started{ID: s.IngestKey, Duplicate: known}, nil
}

func (p *post) Secret(context.Context, string, string) (vault.Opened, error) {
	return vault.Opened{
		Credential: vault.Credential{Type: catalog.CredentialIMAP, Fields: map[string]string{"username": "u"}},
		Values:     map[string]vault.Secret{"password": vault.NewSecret("p")},
	}, nil
}

func (p *post) DialMail(ctx context.Context, m *flow.Mailbox, _ *vault.Opened) (net.Conn, *tls.Config, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", m.Host, m.Port))
	return conn, nil, err
}

func (p *post) Keep(_ context.Context, r trigger.Receipt) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.receipts = append(p.receipts, r)
	return nil
}

func (p *post) Note(r trigger.Receipt) { _ = p.Keep(context.Background(), r) } //nolint:forbidigo // of a fake

func (p *post) Repeated(string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.repeated++
}

// TestMailServersThatFail lets five mails lie at servers that drop, stall and lie:
// each mail has one run, or a receipt that says why it has none.
func TestMailServersThatFail(t *testing.T) {
	large := strings.Repeat("x", 33<<20)
	for name, c := range map[string]struct {
		fault  func(c *fakeConn, verb, rest string) bool
		change func(f *fakeIMAP)
		lost   string // the subject of the mail that has a receipt instead
		code   string
		says   string // of the mailbox's health, once
	}{
		"an honest one": {},
		"drops in the middle of a mail": {fault: func(c *fakeConn, verb, rest string) bool {
			if verb != "BODY" || uidOf(rest) != 3 || c.number > 3 {
				return false
			}
			c.say("* 3 FETCH (UID 3 BODY[]<0> {40}\r\nMessage-ID: <3@x>")
			_ = c.Close()
			return true
		}, says: "EOF"},
		"says good bye": {fault: func(c *fakeConn, verb, _ string) bool {
			if verb != "BODY" || c.number > 2 {
				return false
			}
			c.say("* BYE too busy")
			_ = c.Close()
			return true
		}},
		"doesn't greet": {fault: func(c *fakeConn, verb, _ string) bool { return verb == "GREETING" && c.number < 3 }, says: "did not answer"},
		"stalls":        {fault: func(c *fakeConn, verb, rest string) bool { return verb == "BODY" && uidOf(rest) == 2 && c.number == 1 }, says: "did not answer"},
		"drips": {fault: func(c *fakeConn, verb, _ string) bool {
			if verb != "NOOP" || c.number > 1 {
				return false
			}
			c.server.wg.Go(func() {
				for {
					if _, err := c.Write([]byte("a")); err != nil {
						return
					}
					<-time.After(5 * time.Millisecond)
				}
			})
			return true
		}, says: "did not answer"},
		"never ends a line": {fault: func(c *fakeConn, verb, _ string) bool {
			if verb != "NOOP" || c.number > 1 {
				return false
			}
			c.server.wg.Go(func() {
				for chunk := []byte(strings.Repeat("a", 1<<16)); ; {
					if _, err := c.Write(chunk); err != nil {
						return
					}
				}
			})
			return true
		}},
		"sends garbage": {fault: func(c *fakeConn, verb, _ string) bool {
			if c.number > 1 || !strings.HasPrefix(verb, "E") && !strings.HasPrefix(verb, "S") {
				return false
			}
			_, _ = c.Write([]byte("\x00\xff{99999999999999999999}\r\n* (((((((((\r\n"))
			return true
		}},
		"refuses the log-in": {fault: func(c *fakeConn, verb, _ string) bool {
			if verb != "LOGIN" || c.number > 1 {
				return false
			}
			c.say("%s NO [AUTHENTICATIONFAILED] wrong", c.tag)
			return true
		}, says: "refuses the log-in"},
		"has no such folder": {fault: func(c *fakeConn, verb, _ string) bool {
			if verb != "SELECT" || c.number > 1 {
				return false
			}
			c.say("%s NO unknown", c.tag)
			return true
		}, says: "can't be opened"},
		"lists mails twice, and others": {fault: func(c *fakeConn, verb, _ string) bool {
			if verb == "UID FETCH" || verb == "FETCH" {
				c.list(0)
				c.say(`* 9 FETCH (FLAGS ())`)
			}
			return false
		}},
		"gives another mail than the one asked for": {fault: func(c *fakeConn, verb, rest string) bool {
			if verb != "BODY" || uidOf(rest) != 2 || c.number > 2 {
				return false
			}
			c.body(4)
			c.say("%s OK", c.tag)
			return true
		}, says: "doesn't give it"},
		"lists a mail and never gives it": {fault: func(c *fakeConn, verb, rest string) bool {
			if verb != "BODY" || uidOf(rest) != 3 {
				return false
			}
			c.say("%s OK", c.tag)
			return true
		}, lost: "3", code: "mail.unreadable"},
		"numbers anew at each connection, and drops it": {fault: func(c *fakeConn, verb, rest string) bool {
			if verb == "SELECT" {
				c.server.validity++
			}
			if verb == "BODY" && uidOf(rest) == c.number+1 {
				_ = c.Close()
				return true
			}
			return false
		}},
		"numbers backwards": {fault: func(c *fakeConn, verb, _ string) bool {
			if verb == "NOOP" && c.number == 1 && len(c.server.mails) == 5 {
				return false
			}
			if verb == "UID STORE" && c.number == 1 && len(c.server.flagged) == 2 {
				for i := range c.server.mails { // as after a backup was played in
					c.server.mails[i].uid = i + 1
				}
				_ = c.Close()
				return true
			}
			return false
		}, change: func(f *fakeIMAP) {
			for i := range f.mails {
				f.mails[i].uid += 100
			}
		}},
		"has a mail that is too large":                   {change: func(f *fakeIMAP) { f.mails[1].size = 40 << 20 }, lost: "2", code: "mail.large"},
		"has a mail that is larger than it says":         {change: func(f *fakeIMAP) { f.mails[1].raw, f.mails[1].size = large, 0 }, lost: "2", code: "mail.large"},
		"doesn't let mails be marked, and goes on":       {fault: refuseStore, says: "refuses what comes after"},
		"offers another log-in than the one that it has": {fault: func(c *fakeConn, verb, _ string) bool { return verb == "CAPABILITY" && c.capabilities() }, says: "no password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startIMAP(t, 5)
			server.fault = c.fault
			if c.change != nil {
				c.change(server)
			}
			p := newPost(t, server)
			p.run(t, server, 5, c.lost)
			p.mu.Lock()
			defer p.mu.Unlock()
			var subjects []string
			for _, s := range p.runs {
				subjects = append(subjects, s)
			}
			slices.Sort(subjects)
			want := slices.DeleteFunc([]string{"1", "2", "3", "4", "5"}, func(s string) bool { return s == c.lost })
			if !slices.Equal(subjects, want) {
				t.Errorf("the runs are of %v, want %v", subjects, want)
			}
			if c.lost != "" && (len(p.receipts) != 1 || p.receipts[0].Code != c.code || p.receipts[0].State != trigger.ReceiptFailed) {
				t.Errorf("the receipts are %+v", p.receipts)
			}
			if c.lost == "" && len(p.receipts) > 0 {
				t.Errorf("there are receipts: %+v", p.receipts)
			}
			if c.says != "" && !slices.ContainsFunc(p.health, func(h trigger.Health) bool { return strings.Contains(h.Message, c.says) }) {
				t.Errorf("nobody is told %q: %+v", c.says, p.health)
			}
			if last := p.health[len(p.health)-1]; last.State != trigger.MailboxWatching || last.Looked.IsZero() {
				t.Errorf("in the end it is %+v", last)
			}
		})
	}
}

func refuseStore(c *fakeConn, verb, _ string) bool {
	if verb != "UID STORE" {
		return false
	}
	c.say("%s NO read-only", c.tag)
	return true
}

// capabilities tells the first connection that no password is taken.
func (c *fakeConn) capabilities() bool {
	if c.number > 1 {
		return false
	}
	c.say("* CAPABILITY IMAP4rev1 LOGINDISABLED")
	c.say("%s OK", c.tag)
	return true
}

// run watches until all mails are dealt with and the mailbox is well.
func (p *post) run(t *testing.T, server *fakeIMAP, mails int, lost string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	m := &trigger.Mailboxes{
		Store: p, Starter: p, Secrets: p, Dialer: p, Receipts: p, Logger: slog.New(slog.DiscardHandler),
		Patience: 400 * time.Millisecond, Pause: time.Millisecond, LongPause: 20 * time.Millisecond, Sweep: 5 * time.Millisecond,
	}
	done := make(chan struct{})
	go func() { m.Run(ctx); close(done) }()
	defer func() { cancel(); <-done; server.stop() }()
	if lost != "" {
		mails--
	}
	for deadline := time.Now().Add(60 * time.Second); ; {
		p.mu.Lock()
		ready := len(p.runs) >= mails && len(p.health) > 0 && p.health[len(p.health)-1].State == trigger.MailboxWatching && (lost == "" || len(p.receipts) > 0)
		p.mu.Unlock()
		if ready {
			return
		}
		if time.Now().After(deadline) {
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Fatalf("waited in vain: %d runs, at %+v, health %+v", len(p.runs), p.position, p.health[max(len(p.health)-1, 0):])
		}
		select {
		case <-p.moved:
		case <-time.After(10 * time.Millisecond):
		}
	}
}
