//go:build unix

package app_test

import (
	"strconv"
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

// TestAMailboxOfTwoFlowsIsTold warns whose mails another flow takes as well: of the same
// folder by the same credential, whatever it is called there, published and not stopped.
func TestAMailboxOfTwoFlowsIsTold(t *testing.T) {
	h := open(t, t.TempDir())
	const other = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c43"
	text := strings.Replace(string(file(t, "mailbox")), `"host": "127.0.0.1", "port": 1`, `"host": "mail.example.com"`, 1)
	h.do(call{"POST", "/flows", auth.Author, []byte(text), nil}).want(201)
	credential := h.keep(mailboxID, "box", "trigger.imap", "mail.example.com", map[string]any{"username": "alice", "password": "p"})
	changed := func(pairs ...string) []byte {
		own := []string{mailboxID, other, `"Mails"`, `"Other mails"`, `"box"`, `"post"`, `"host": "mail`, `"search": "unseen", "host": "mail`}
		return []byte(strings.NewReplacer(append(pairs, own...)...).Replace(text))
	}
	h.do(call{"POST", "/flows", auth.Author, changed(), nil}).want(201)
	bind := func(flow, alias, credential string) {
		h.do(call{"PUT", "/flows/" + flow + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{alias: credential}}, nil}).want(200)
	}
	bind(other, "post", credential)
	told := func(flow, by string) {
		t.Helper()
		p := problemOf(h.do(call{"GET", "/flows/" + flow, auth.Viewer, nil, nil}).want(200)["problems"], "trigger.shared", "")
		if by == "" && p != nil || by != "" && (p == nil || p["severity"] != "warning" || p["pointer"] != "/nodes/0" || !strings.Contains(p["message"].(string), `the flow "`+by+`" watches`)) {
			t.Errorf("want one of %q: %v", by, p)
		}
	}
	told(other, "") // nobody watches it yet
	h.do(call{"POST", "/flows/" + mailboxID + "/publish", auth.Author, nil, nil}).want(200)
	told(other, "Mails")
	told(mailboxID, "")
	h.do(call{"POST", "/flows/" + other + "/publish", auth.Author, nil, nil}).want(200) // it may be meant
	told(mailboxID, "Other mails")
	const message = `the flow "Mails" watches this mailbox as well: with both live, each mail starts both; where one marks or moves mails, it starts only the one that looks first`
	p := problemOf(h.do(call{"GET", "/flows/" + other, auth.Viewer, nil, nil}).want(200)["problems"], "trigger.shared", "")
	if p["message"] != message || p["fix"] != "name another folder, or take one of the two off line" || p["node"] != "mail" {
		t.Errorf("%v", p)
	}
	revision := 0
	edit := func(pairs ...string) {
		revision++
		h.do(call{"PUT", "/flows/" + other, auth.Author, changed(pairs...), map[string]string{"If-Match": strconv.Quote(strconv.Itoa(revision))}}).want(200)
	}
	edit(`"host": "mail`, `"mailbox": "Abuse", "host": "mail`)
	told(other, "")
	edit(`"host": "mail`, `"mailbox": "inbox", "host": "mail`)
	told(other, "Mails")
	bind(other, "post", h.do(call{"POST", "/credentials", auth.Admin, map[string]any{"name": "Bob", "type": "trigger.imap", "hosts": []string{"mail.example.com"}, "fields": map[string]any{"username": "bob", "password": "p"}}, nil}).want(201)["id"].(string))
	told(other, "")
	bind(other, "post", credential)
	told(other, "Mails")
	h.do(call{"POST", "/flows/" + mailboxID + "/halt", auth.Author, nil, nil}).want(200)
	told(other, "")
}
