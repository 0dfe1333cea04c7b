package smtp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/email"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// office is a mail server, and somebody who may log in there.
type office struct {
	*testkit.Exim
	t    *testing.T
	root *testkit.Authority
}

func newOffice(t *testing.T, login bool) *office {
	t.Helper()
	root := testkit.NewAuthority(t)
	return &office{testkit.NewExim(t, root.Issue(t, testkit.Leaf{}), login), t, root}
}

// guest is one call with a password.
func (o *office) guest(port int, password string) *testkit.Guest {
	g := testkit.NewGuest(o.t, false).LogsInto(port, credential, "alice", password)
	g.Consents(Connector())
	g.Believed = o.root.Pool()
	return g
}

func mailTo(port int, to ...string) map[string]any {
	return map[string]any{"host": "127.0.0.1", "port": port, "from": "SOC <soc@example.com>", "to": to, "subject": "Hello", "text": "A mail."}
}

func with(m map[string]any, more ...any) map[string]any {
	for i := 0; i < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}

func TestSend(t *testing.T) {
	o := newOffice(t, false)
	for name, tt := range map[string]struct {
		port  int
		input map[string]any
	}{
		"starttls": {o.Plain, mailTo(o.Plain, "first@corp.example")},
		"implicit": {o.Secure, with(mailTo(o.Secure, "second@corp.example"), "encryption", "implicit")},
	} {
		t.Run(name, func(t *testing.T) {
			var out SendOutput
			g := o.guest(tt.port, testkit.MailPassword)
			g.Run(Connector(), "send", tt.input).Into(&out)
			person, _, _ := strings.Cut(out.Accepted[0], "@")
			got := o.Mails(t, person, 1)[0]
			if !strings.Contains(got, "Message-ID: "+out.MessageID) || !strings.Contains(got, "\n\nA mail.") || !strings.Contains(out.Answer, "250 OK") {
				t.Errorf("%+v\n%s", out, got)
			}
			for _, r := range g.Records {
				if strings.Contains(fmt.Sprint(r), testkit.MailPassword) {
					t.Errorf("the password is in the record %+v", r)
				}
			}
		})
	}
}

// TestWhole sends everything that a mail may have, and reads it again.
func TestWhole(t *testing.T) {
	o := newOffice(t, true)
	g := o.guest(o.Plain, testkit.MailPassword)
	lines := ".\r\n..\r\nBegins with dots\r\n.\r\nFrom here on: Grüße, " + strings.Repeat("long ", 100)
	blob := make([]byte, 90_000)
	for i := range blob {
		blob[i] = byte(i * i)
	}
	var out SendOutput
	g.Run(Connector(), "send", with(mailTo(o.Plain, "Jürgen Ä <whole@corp.example>", "more@bücher.example"),
		"cc", []string{"copy@corp.example"}, "bcc", []string{"hidden@corp.example", "whole@corp.example"}, "replyTo", []string{"case-17@example.com"},
		"subject", "Prüfung: "+strings.Repeat("sehr lang ", 20), "text", lines, "html", "<p>Grüße <img src=\"cid:logo\"></p>",
		"attachments", []any{
			map[string]any{"name": "Übersicht \"2\".bin", "content": g.PutBlob(blob)},
			map[string]any{"name": "logo.png", "contentId": "logo", "type": "image/png", "content": base64.StdEncoding.EncodeToString([]byte("\x89PNG"))},
		}, "headers", map[string]string{"In-Reply-To": "<a@example.com>", "x-case": "Fall Nr. 17 – größer"})).Into(&out)
	if len(out.Accepted) != 4 || out.Size < len(blob) {
		t.Fatalf("%+v", out)
	}
	raw := o.Mails(t, "whole", 1)[0]
	o.Mails(t, "hidden", 1)
	if strings.Contains(raw, "Bcc") || strings.Contains(raw[:strings.Index(raw, "MIME-Version")], "hidden@") {
		t.Errorf("who is hidden stands there:\n%.2000s", raw)
	}
	mail := email.Parse([]byte(raw)).Mail
	text, _ := json.Marshal(mail)
	for _, want := range []string{"Prüfung: sehr lang", "Jürgen Ä", "more@xn--bcher-kva.example", "case-17@example.com", "Begins with dots", "Grüße, long long", "Übersicht", "logo.png"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q isn't there: %.3000s", want, text)
		}
	}
	var found struct {
		Attachments []struct {
			Name, SHA256 string
			Size         int
		}
	}
	_ = json.Unmarshal(text, &found)
	if len(found.Attachments) != 2 || found.Attachments[1].Size != len(blob) && found.Attachments[0].Size != len(blob) {
		t.Errorf("attachments %+v", found.Attachments)
	}
	if !strings.Contains(raw, "X-Case: =?utf-8?q?") || !strings.Contains(mail.Text, "\n..\nBegins") && !strings.Contains(mail.Text, "..\r\nBegins") {
		t.Errorf("%.1500s", raw)
	}
}

// TestRefusals are what a mail server says no to.
func TestRefusals(t *testing.T) {
	o := newOffice(t, false)
	plain := o.Plain
	for name, tt := range map[string]struct {
		input     map[string]any
		code      string
		retryable bool
		says      string
	}{
		"later":        {mailTo(plain, "later@corp.example"), "smtp_451", true, "try again later"},
		"no such user": {mailTo(plain, "some@corp.example", "nobody@corp.example"), "smtp_550", false, "no such user"},
		"forged":       {with(mailTo(plain, "some@corp.example"), "from", "forger@example.com"), "smtp_550", false, "not yours"},
		"too large":    {with(mailTo(plain, "some@corp.example"), "text", strings.Repeat("large ", 40_000)), abi.CodeTooLarge, false, "at most 204800"},
		"no grant":     {with(mailTo(plain, "some@corp.example"), "encryption", "none"), abi.CodeDenied, false, "encrypted"},
		"wrong port":   {with(mailTo(plain, "some@corp.example"), "encryption", "implicit"), abi.CodeBadInput, false, "doesn't speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			got := o.guest(plain, testkit.MailPassword).Run(Connector(), "send", tt.input)
			if got.Error == nil || got.Error.Code != tt.code || got.Error.Retryable != tt.retryable || !strings.Contains(got.Error.Message, tt.says) || !strings.Contains(got.Error.Message, testkit.Loopback(plain)) {
				t.Errorf("%v %s", got.Error, got.Output)
			}
		})
	}
	var out SendOutput
	o.guest(plain, testkit.MailPassword).Run(Connector(), "send", with(mailTo(plain, "later@corp.example", "taken@corp.example"), "partial", true)).Into(&out)
	if len(out.Accepted) != 1 || len(out.Refused) != 1 || !out.Refused[0].Temporary || out.Refused[0].Code != 451 {
		t.Errorf("partial: %+v", out)
	}
	o.Mails(t, "taken", 1)
}

// TestWrongPassword names the credential and shows nothing of it.
func TestWrongPassword(t *testing.T) {
	for _, login := range []bool{false, true} {
		o := newOffice(t, login)
		got := o.guest(o.Plain, "another-password").Run(Connector(), "send", mailTo(o.Plain, "some@corp.example"))
		if got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, `"Service account"`) || strings.Contains(got.Error.Message, "another-password") {
			t.Errorf("%v", got.Error)
		}
		g := testkit.NewGuest(t, false, o.Plain)
		g.Believed = o.root.Pool()
		got = g.Run(Connector(), "send", mailTo(o.Plain, "some@corp.example"))
		if got.Error == nil || !strings.Contains(got.Error.Message, "authentication required") {
			t.Errorf("without a credential: %v", got.Error)
		}
	}
}

func TestCheck(t *testing.T) {
	o := newOffice(t, false)
	var out CheckOutput
	o.guest(o.Plain, testkit.MailPassword).Run(Connector(), "check", map[string]any{"host": "127.0.0.1", "port": o.Plain}).Into(&out)
	if !out.LoggedIn || !out.Encrypted || out.MaxSize != 204800 || !strings.Contains(out.Greeting, "mail.example.com") {
		t.Errorf("%+v", out)
	}
	g := o.guest(o.Plain, testkit.MailPassword)
	g.Believed = testkit.NewAuthority(t).Pool()
	got := g.Run(Connector(), "check", map[string]any{"host": "127.0.0.1", "port": o.Plain})
	if got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, "nobody who is believed") {
		t.Errorf("a stranger: %v", got.Error)
	}
}

// TestInjection tries to add lines by every field.
// TestFolding wants lines that are short and none of blanks alone, and the value as it was
// once they are joined.
func TestFolding(t *testing.T) {
	for _, value := range []string{
		strings.Repeat("word ", 40) + "end", strings.Repeat("x", 70) + strings.Repeat(" ", 90) + "y", "a" + strings.Repeat(" ", 100), strings.Repeat("a  ", 60),
		"\ttab\t" + strings.Repeat("b ", 50), "", " ",
	} {
		m := &message{}
		m.field("Subject", value)
		lines := strings.Split(strings.TrimSuffix(m.header.String(), "\r\n"), "\r\n")
		for i, line := range lines {
			if i > 0 && (strings.TrimLeft(line, " \t") == "" || line[0] != ' ' && line[0] != '\t') {
				t.Errorf("%q: line %d is %q", value, i, line)
			}
		}
		if got := strings.Join(lines, ""); got != "Subject: "+value {
			t.Errorf("%q came as %q", value, got)
		}
	}
}

func TestInjection(t *testing.T) {
	for name, more := range map[string][]any{
		"from": {"from", "soc@example.com>\r\nRCPT TO:<a@b.example"}, "to": {"to", []string{"a@b.example\r\nDATA"}}, "name": {"to", []string{"\"a\r\nBcc: x@y.example\" <a@b.example>"}},
		"subject": {"subject", "a\nBcc: x@y.example"}, "reply": {"replyTo", []string{"a@b.example\n" + "X: y"}}, "value": {"headers", map[string]string{"X-A": "a\r\nBcc: x@y.example"}},
		"header": {"headers", map[string]string{"X-A: b\r\nBcc": "x@y.example"}}, "known": {"headers", map[string]string{"Bcc": "x@y.example"}}, "structure": {"headers", map[string]string{"Content-Type": "text/html"}},
		"file": {"attachments", []any{map[string]any{"name": "a\r\nX: y", "content": "AA=="}}}, "type": {"attachments", []any{map[string]any{"name": "a", "type": "text/plain\r\nX: y", "content": "AA=="}}},
		"content id": {"attachments", []any{map[string]any{"name": "a", "contentId": "a>\r\nX: y", "content": "AA=="}}}, "envelope": {"envelopeFrom", "a@b.example> SIZE=1"},
		"quoted": {"to", []string{`"a b"@c.example`}}, "international": {"to", []string{"jürgen@c.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := sdktest.Run(t, Connector(), "send", with(mailTo(25, "some@corp.example"), more...))
			if got.Error == nil || got.Error.Code != abi.CodeBadInput {
				t.Errorf("%v %s", got.Error, got.Output)
			}
		})
	}
}

// TestBadServers are those that don't do what servers do.
func TestBadServers(t *testing.T) {
	script := func(lines ...string) func(net.Conn) {
		return func(conn net.Conn) {
			buf := make([]byte, 64<<10)
			for _, line := range lines {
				fmt.Fprint(conn, line)
				_, _ = conn.Read(buf)
			}
			_ = conn.Close()
		}
	}
	hi, taken := "220 hi\r\n", "250 yes\r\n"
	for name, tt := range map[string]struct {
		port int
		code string
		says string
	}{
		"hangs up":      {testkit.Peer(t, testkit.Hangs), abi.CodeUnavailable, ""},
		"web server":    {testkit.Peer(t, testkit.Says("HTTP/1.1 400 Bad Request\r\n\r\n")), "bad_answer", "doesn't speak SMTP"},
		"busy":          {testkit.Peer(t, testkit.Says("421 too busy\r\n")), "smtp_421", "too busy"},
		"flood":         {testkit.Peer(t, testkit.Floods("220-", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")), abi.CodeTooLarge, "more than is taken"},
		"endless lines": {testkit.Peer(t, testkit.Floods("220-hi\r\n", strings.Repeat("220-hi\r\n", 100))), abi.CodeTooLarge, "more than is taken"},
		"within data":   {testkit.Peer(t, script(hi, taken, taken, taken, "354 go\r\n")), "unknown", "may have been sent"},
		"after hello":   {testkit.Peer(t, script(hi, taken)), abi.CodeUnavailable, "closed the connection"},
		"closed":        {testkit.FreePort(t), abi.CodeUnavailable, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			got := testkit.NewGuest(t, true, tt.port).Run(Connector(), "send", with(mailTo(tt.port, "some@corp.example"), "encryption", "none"))
			if got.Error == nil || got.Error.Code != tt.code || !strings.Contains(got.Error.Message, tt.says) || !strings.Contains(got.Error.Message, testkit.Loopback(tt.port)) {
				t.Errorf("%v %s", got.Error, got.Output)
			}
		})
	}
	if testing.Short() {
		return
	}
	port, began := testkit.Peer(t, testkit.Says(hi)), time.Now()
	got := testkit.NewGuest(t, true, port).Run(Connector(), "check", map[string]any{"host": "127.0.0.1", "port": port, "encryption": "none"})
	if got.Error == nil || got.Error.Code != abi.CodeTimeout || !strings.Contains(got.Error.Message, testkit.Loopback(port)) || time.Since(began) > checkTimeout {
		t.Errorf("stalling: %v after %s", got.Error, time.Since(began))
	}
}

// TestPlainLine holds that a password goes over a plain line only where an admin
// granted both the stream and its network.
func TestPlainLine(t *testing.T) {
	said := make(chan string, 1)
	port := testkit.Peer(t, func(conn net.Conn) {
		buf := make([]byte, 4096)
		fmt.Fprint(conn, "220 hi\r\n")
		_, _ = conn.Read(buf)
		fmt.Fprint(conn, "250-hi\r\n250 AUTH PLAIN\r\n")
		_, _ = conn.Read(buf)
		fmt.Fprint(conn, "334 \r\n")
		n, _ := conn.Read(buf)
		said <- string(buf[:n])
		fmt.Fprintf(conn, "535 no such account %s", buf[:n]) // an echo
	})
	g := testkit.NewGuest(t, true, port).LogsInto(port, credential, "alice", "secret-of-alice")
	got := g.Run(Connector(), "check", map[string]any{"host": "127.0.0.1", "port": port, "encryption": "none"})
	if line := <-said; line != base64.StdEncoding.EncodeToString([]byte("\x00alice\x00secret-of-alice"))+"\r\n" {
		t.Errorf("written %q", line)
	}
	if got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, "535 no such account ****") {
		t.Errorf("%v", got.Error)
	}
}
