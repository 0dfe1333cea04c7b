//go:build unix

package app_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestAMailboxOutOfItsCredentialsHostsIsTold warns, before anybody publishes it, that the
// credential of a mailbox will not be sent to its mail server; and says of a parameter
// that stops a mailbox what mends it, by the labels of the form.
func TestAMailboxOutOfItsCredentialsHostsIsTold(t *testing.T) {
	h := open(t, t.TempDir())
	text := strings.Replace(string(file(t, "mailbox")), `"host": "127.0.0.1", "port": 1`, `"host": "mail.example.com"`, 1)
	h.do(call{"POST", "/flows", auth.Author, []byte(text), nil}).want(201)
	h.keep(mailboxID, "box", "trigger.imap", "mail.example.org:993", map[string]any{"username": "alice", "password": "p"})
	path := "/flows/" + mailboxID
	told := func(code, word string) map[string]any {
		return problemOf(h.do(call{"GET", path, auth.Viewer, nil, nil}).want(200)["problems"], code, word)
	}
	p := told("credential.host", "may not be sent to mail.example.com:993")
	if p == nil || p["severity"] != "warning" || p["pointer"] != "/nodes/0/credential" || p["fix"] != "an admin adds that host to it" {
		t.Errorf("%v", p)
	}
	h.do(call{"POST", path + "/publish", auth.Author, nil, nil}).want(200)
	moved := strings.Replace(text, `"host": "mail.example.com"`, `"host": "mail.example.org", "after": "seen", "moveTo": "Done"`, 1)
	h.do(call{"PUT", path, auth.Author, []byte(moved), map[string]string{"If-Match": `"1"`}}).want(200)
	if p := told("mailbox.invalid", "no mail is moved"); p == nil || p["fix"] != `empty "Move to", or choose "move" in "Afterwards"` {
		t.Errorf("%v", p)
	}
	h.do(call{"PUT", path, auth.Author, []byte(strings.Replace(moved, `, "moveTo": "Done"`, "", 1)), map[string]string{"If-Match": `"2"`}}).want(200)
	if p := told("credential.host", ""); p != nil {
		t.Errorf("it is named, with the usual port: %v", p)
	}
}
