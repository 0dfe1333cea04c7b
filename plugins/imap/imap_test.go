package imap

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// house is a mail server, and who may log in there.
type house struct {
	*testkit.Mailserver
	t    *testing.T
	root *testkit.Authority
}

func newHouse(t *testing.T) *house {
	t.Helper()
	root := testkit.NewAuthority(t)
	return &house{testkit.NewMailserver(t, root.Issue(t, testkit.Leaf{})), t, root}
}

func (h *house) guest(port int, password string) *testkit.Guest {
	g := testkit.NewGuest(h.t, false).LogsInto(port, credential, "alice", password)
	g.Consents(Connector())
	g.Believed = h.root.Pool()
	return g
}

func (h *house) run(action string, input map[string]any) *sdktest.Result {
	h.t.Helper()
	input["host"], input["port"], input["encryption"] = "127.0.0.1", h.Plain, "starttls"
	return h.guest(h.Plain, testkit.MailPassword).Run(Connector(), action, input)
}

func mail(n int, subject, body string) string {
	return strings.ReplaceAll(fmt.Sprintf("Message-ID: <mail-%d@example.net>\nDate: Mon, 02 Mar 2026 08:00:00 +0000\nFrom: =?utf-8?q?B=C3=BCro?= <billing@example.net>\nTo: owner@corp.example\nSubject: %s\n\n%s\n", n, subject, body), "\n", "\r\n")
}

func TestMailbox(t *testing.T) {
	h := newHouse(t)
	for i := range 3 {
		h.Put(t, "alice", fmt.Sprintf("1772438400.%d.host", i), mail(i, fmt.Sprintf("Invoice %d", i), "Please pay at once."))
	}
	odd := mail(7, "=?utf-8?q?Pr=C3=BCfung?= (urgent) \"now\" {5}", strings.Repeat("A line with (brackets) and {12}\r\n* 1 FETCH (UID 1)\r\nd1 OK done\r\n", 3000))
	h.Put(t, "alice", "1772438500.7.host", odd)
	t.Run("search", func(t *testing.T) { h.search(t) })
	t.Run("fetch", func(t *testing.T) { h.fetch(t, odd) })
	t.Run("flags", func(t *testing.T) { h.flags(t) })
	t.Run("move", func(t *testing.T) { h.move(t) })
	t.Run("implicit", func(t *testing.T) {
		var out SearchOutput
		h.guest(h.Secure, testkit.MailPassword).Run(Connector(), "search", map[string]any{"host": "127.0.0.1", "port": h.Secure}).Into(&out)
		if out.Count != 4 {
			t.Errorf("%+v", out)
		}
	})
	t.Run("refusals", func(t *testing.T) { h.refusals(t) })
}

func (h *house) search(t *testing.T) {
	find := func(input map[string]any) (subjects []string) {
		var out SearchOutput
		h.run("search", input).Into(&out)
		for _, m := range out.Mails {
			subjects = append(subjects, m.Subject)
		}
		return subjects
	}
	odd := `Prüfung (urgent) "now" {5}`
	for name, tt := range map[string]struct {
		input map[string]any
		want  []string
	}{
		"all":           {map[string]any{}, []string{odd, "Invoice 2", "Invoice 1", "Invoice 0"}},
		"newest":        {map[string]any{"limit": 1}, []string{odd}},
		"subject":       {map[string]any{"subject": "invoice 1"}, []string{"Invoice 1"}},
		"international": {map[string]any{"subject": "prüfung"}, []string{odd}},
		"id":            {map[string]any{"messageId": "<mail-2@example.net>"}, []string{"Invoice 2"}},
		"text":          {map[string]any{"text": "pay at once", "from": "billing@"}, []string{"Invoice 2", "Invoice 1", "Invoice 0"}},
		"none":          {map[string]any{"to": "somebody"}, nil},
		"injection":     {map[string]any{"subject": `x" OR ALL "`}, nil},
		"backslash":     {map[string]any{"subject": `x\`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := find(tt.input); !slices.Equal(got, tt.want) {
				t.Errorf("%q", got)
			}
		})
	}
	var out SearchOutput
	h.run("search", map[string]any{"limit": 1}).Into(&out)
	if m := out.Mails[0]; out.Count != 4 || out.Validity == 0 || m.From != "Büro <billing@example.net>" || m.MessageID != "<mail-7@example.net>" || m.Size < 90_000 || m.Received == "" {
		t.Errorf("%+v", out)
	}
	for _, text := range []string{"a\r\nd9 LOGOUT", "a\nb"} {
		if got := h.run("search", map[string]any{"subject": text}); got.Error == nil || got.Error.Code != abi.CodeBadInput {
			t.Errorf("%q: %v", text, got.Error)
		}
	}
}

func (h *house) fetch(t *testing.T, want string) {
	var found SearchOutput
	h.run("search", map[string]any{"messageId": "mail-7@example.net"}).Into(&found)
	got := h.run("fetch", map[string]any{"uid": found.Mails[0].UID, "validity": found.Validity})
	var out struct {
		Raw  map[string]abi.Blob
		Size int
	}
	got.Into(&out)
	if raw := string(got.Host.Blob(out.Raw[abi.BlobKey].ID)); raw != want || out.Size != len(want) {
		t.Errorf("%d bytes of %d", len(raw), len(want))
	}
	h.run("search", map[string]any{"messageId": "mail-7@example.net", "unseen": true}).Into(&found)
	if found.Count != 1 {
		t.Error("to fetch a mail marks it as read")
	}
	if got := h.run("fetch", map[string]any{"uid": 1000}); got.Error == nil || got.Error.Code != "not_found" {
		t.Errorf("none: %v", got.Error)
	}
	if got := h.run("fetch", map[string]any{"uid": 1, "validity": 12}); got.Error == nil || got.Error.Code != "stale" {
		t.Errorf("stale: %v", got.Error)
	}
}

func (h *house) flags(t *testing.T) {
	var out FlagOutput
	h.run("flag", map[string]any{"uids": []int{1, 2, 99}, "flags": []string{"seen", "$Phishing"}}).Into(&out)
	if len(out.Mails) != 2 || !slices.Contains(out.Mails[0].Flags, `\Seen`) || !slices.Contains(out.Mails[1].Flags, "$Phishing") {
		t.Errorf("%+v", out)
	}
	h.run("unflag", map[string]any{"uids": []int{1, 2}, "flags": []string{"seen", "$Phishing"}}).Into(&out)
	if slices.Contains(out.Mails[0].Flags, `\Seen`) || slices.Contains(out.Mails[1].Flags, "$Phishing") {
		t.Errorf("%+v", out)
	}
	for _, f := range []string{"a b", "x)", `\Recent`, "", "a\r\nb"} {
		if got := h.run("flag", map[string]any{"uids": []int{1}, "flags": []string{f}}); got.Error == nil || got.Error.Code != abi.CodeBadInput {
			t.Errorf("%q: %v", f, got.Error)
		}
	}
}

// move moves there and back, as an undo does.
func (h *house) move(t *testing.T) {
	if got := h.run("move", map[string]any{"uids": []int{1}, "to": "Quarantäne"}); got.Error == nil || got.Error.Code != "not_found" {
		t.Fatalf("to nowhere: %v", got.Error)
	}
	h.Folder(t, "alice", encodeFolder("Quarantäne"))
	var folder FoldersOutput
	h.run("folders", map[string]any{}).Into(&folder)
	if !slices.Equal(folder.Folders, []string{"INBOX", "Quarantäne"}) {
		t.Fatalf("%q", folder.Folders)
	}
	var out MoveOutput
	h.run("move", map[string]any{"uids": []int{1, 3, 99}, "to": "Quarantäne"}).Into(&out)
	if out.Moved != 2 || len(out.UIDs) != 2 || out.Validity == 0 {
		t.Fatalf("%+v", out)
	}
	var there SearchOutput
	h.run("search", map[string]any{"folder": "Quarantäne"}).Into(&there)
	if there.Count != 2 || there.Validity != out.Validity {
		t.Errorf("%+v", there)
	}
	h.run("move", map[string]any{"folder": "Quarantäne", "uids": out.UIDs, "validity": out.Validity, "to": "INBOX"}).Into(&out)
	h.run("search", map[string]any{}).Into(&there)
	if out.Moved != 2 || there.Count != 4 {
		t.Errorf("back: %+v, %d", out, there.Count)
	}
	h.run("move", map[string]any{"uids": []int{99}, "to": "Quarantäne"}).Into(&out)
	if out.Moved != 0 {
		t.Errorf("none: %+v", out)
	}
}

func (h *house) refusals(t *testing.T) {
	got := h.guest(h.Plain, "another-password").Run(Connector(), "search", map[string]any{"host": "127.0.0.1", "port": h.Plain, "encryption": "starttls"})
	if got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, `"Service account"`) || strings.Contains(got.Error.Message, "another-password") || !strings.Contains(got.Error.Message, testkit.Loopback(h.Plain)) {
		t.Errorf("wrong password: %v", got.Error)
	}
	if got := h.run("search", map[string]any{"folder": "Nothing"}); got.Error == nil || got.Error.Code != "not_found" {
		t.Errorf("no folder: %v", got.Error)
	}
}

func TestFolderNames(t *testing.T) {
	for name, coded := range map[string]string{"INBOX": "INBOX", "A & B": "A &- B", "Entwürfe": "Entw&APw-rfe", "台北": "&U,BTFw-", "😀x": "&2D3eAA-x"} {
		if got := encodeFolder(name); got != coded || decodeFolder(got) != name {
			t.Errorf("%s: %s, %s", name, got, decodeFolder(got))
		}
	}
}

func TestBadServers(t *testing.T) {
	hi := "* OK hi\r\n"
	for name, tt := range map[string]struct {
		talk func(net.Conn)
		code string
	}{
		"hangs up":     {testkit.Hangs, abi.CodeUnavailable},
		"web server":   {testkit.Says("HTTP/1.1 400 Bad Request\r\n\r\n"), "bad_answer"},
		"bye":          {testkit.Says("* BYE too busy\r\n"), abi.CodeUnavailable},
		"no end":       {testkit.Floods("* OK ", strings.Repeat("a", 10_000)), "bad_answer"},
		"flood":        {testkit.Floods(hi, strings.Repeat("* 1 EXISTS\r\n", 1000)), abi.CodeTooLarge},
		"huge literal": {testkit.Says(hi + "* 1 FETCH {999999999}\r\n"), "bad_answer"},
		"other tag":    {testkit.Says(hi + "x1 OK yes\r\n"), "bad_answer"},
		"parentheses":  {testkit.Says(hi + "d1 OK\r\nd1 OK yes\r\n* SEARCH 1\r\nd2 OK yes\r\n* 1 FETCH " + strings.Repeat("(", 500_000) + "\r\nd3 OK yes\r\nd4 OK yes\r\n"), "bad_answer"},
	} {
		t.Run(name, func(t *testing.T) {
			port := testkit.Peer(t, tt.talk)
			got := testkit.NewGuest(t, true, port).Run(Connector(), "search", map[string]any{"host": "127.0.0.1", "port": port, "encryption": "none"})
			if got.Error == nil || got.Error.Code != tt.code || !strings.Contains(got.Error.Message, testkit.Loopback(port)) {
				t.Errorf("%v %.300s", got.Error, got.Output)
			}
		})
	}
	port := testkit.Peer(t, testkit.Says(hi+"d1 OK yes\r\n* SEARCH 1\r\nd2 OK yes\r\n* 1 FETCH "+strings.Repeat("(", 500_000)+"\r\n* 2 FETCH (UID 1 FLAGS (\r\nd3 OK yes\r\nd4 OK yes\r\n"))
	var out SearchOutput
	testkit.NewGuest(t, true, port).Run(Connector(), "search", map[string]any{"host": "127.0.0.1", "port": port, "encryption": "none"}).Into(&out)
	if len(out.Mails) != 0 {
		t.Errorf("%+v", out)
	}
	if testing.Short() {
		return
	}
	port, began := testkit.Peer(t, testkit.Says("")), time.Now()
	got := testkit.NewGuest(t, true, port).Run(Connector(), "folders", map[string]any{"host": "127.0.0.1", "port": port, "encryption": "none"})
	if got.Error == nil || got.Error.Code != abi.CodeTimeout || time.Since(began) > timeout {
		t.Errorf("stalling: %v after %s", got.Error, time.Since(began))
	}
}
