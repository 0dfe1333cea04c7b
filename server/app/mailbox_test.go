//go:build unix

package app_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

const mailboxID = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c42"

// watchMails publishes a flow that watches a mail server's mailbox.
func (h *house) watchMails(port int, with string) {
	h.t.Helper()
	text := strings.Replace(string(file(h.t, "mailbox")), `"port": 1,`, fmt.Sprintf(`"port": %d,%s`, port, with), 1)
	h.do(call{"POST", "/flows", auth.Author, []byte(text), nil}).want(201)
	h.keep(mailboxID, "box", "trigger.imap", fmt.Sprintf("127.0.0.1:%d", port), map[string]any{"username": "alice", "password": mailPassword, "networks": "127.0.0.1/32"})
	h.do(call{"POST", "/flows/" + mailboxID + "/publish", auth.Author, nil, nil}).want(200)
}

// until waits for a number of runs, and gives their subjects with how often each is there.
func (h *house) until(runs int) map[string]int {
	h.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; <-time.After(20 * time.Millisecond) {
		subjects := map[string]int{}
		cursor, ended := "", 0
		for {
			page := h.do(call{"GET", "/runs?limit=100&cursor=" + cursor, auth.Author, nil, nil}).want(200)
			for _, item := range page["items"].([]any) {
				if item.(map[string]any)["state"] == "succeeded" {
					ended++
				}
				subjects[item.(map[string]any)["id"].(string)]++
			}
			if cursor, _ = page["next"].(string); cursor == "" {
				break
			}
		}
		if ended >= runs {
			return h.subjects(subjects)
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("%d of %d runs ended", ended, runs)
		}
	}
}

func (h *house) subjects(ids map[string]int) map[string]int {
	h.t.Helper()
	found := map[string]int{}
	for id := range ids {
		run := h.do(call{"GET", "/runs/" + id, auth.Author, nil, nil}).want(200)
		output, _ := run["output"].(map[string]any)
		found[fmt.Sprint(output["subject"])]++
	}
	return found
}

// TestMailsSurviveKills delivers 200 mails, each three times, by way of other hops,
// to a real mail server, and kills the server that watches it twice: 200 runs, and
// each mail is moved.
func TestMailsSurviveKills(t *testing.T) {
	const mails = 200
	d := startDovecot(t)
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	p := startProcess(t, h.data, "--ca", d.ca)
	h.base = p.base
	secret, err := app.CreateToken(t.Context(), app.Location{Data: h.data}, "mails", auth.Admin)
	if err != nil {
		t.Fatal(err)
	}
	h.tokens[auth.Author], h.tokens[auth.Admin] = secret, secret
	h.watchMails(d.secure, `"after": "move", "moveTo": "Done",`)

	var senders sync.WaitGroup
	for sender := range 4 {
		client := d.person()
		senders.Go(func() {
			for n := sender; n < mails; n += 4 {
				for hop := range 3 {
					if err := put(client, mail(n, fmt.Sprintf("hop-%d", hop))); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for _, at := range []int{40, 110} {
		h.until(at)
		p.kill()
		p = startProcess(t, h.data, "--ca", d.ca)
		h.base = p.base
	}
	senders.Wait()
	h.until(mails)
	waitFor(t, "all mails to be moved", func() bool { all, _ := d.count("INBOX", ""); return all == 0 })
	if all, _ := d.count("Done", ""); all != 3*mails {
		t.Errorf("%d mails were moved, want %d", all, 3*mails)
	}
	got := h.until(mails)
	if len(got) != mails {
		t.Errorf("%d mails have runs, want %d", len(got), mails)
	}
	for subject, times := range got {
		if times != 1 {
			t.Errorf("%s has %d runs", subject, times)
		}
	}
}

// TestMailboxIsNumberedAnew takes the numbers of the mails away from the server: who
// had a run has no other, and what comes then has its own.
func TestMailboxIsNumberedAnew(t *testing.T) {
	d := startDovecot(t)
	before := d.person()
	old := strings.Replace(mail(99, "a"), "Alert 99", "From before", 1)
	if err := put(before, old); err != nil {
		t.Fatal(err)
	}
	<-time.After(1100 * time.Millisecond) // mail servers count in seconds
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	s, err := app.OpenServer(t.Context(), app.ServeConfig{Data: h.data, Listen: "127.0.0.1:0", AdminPassword: password, CA: d.ca, Cache: compiledIn(t), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.base = s, "http://"+s.Addr().String()
	t.Cleanup(h.run(t))
	for _, role := range auth.Roles {
		if _, h.tokens[role], err = s.Auth.CreateToken(t.Context(), string(role), role); err != nil {
			t.Fatal(err)
		}
	}
	h.watchMails(d.plain, `"tls": "startTLS", "after": "flag",`)
	for n := range 5 {
		if err := put(before, mail(n, "a")); err != nil {
			t.Fatal(err)
		}
	}
	if err := put(before, strings.Replace(mail(77, "a"), "Alert 77", "[test] Alert", 1)); err != nil {
		t.Fatal(err)
	}
	if err := put(before, strings.Replace(mail(3, "a"), "odd things", "other things", 1)); err != nil {
		t.Fatal(err) // another mail under the same id
	}
	if got := h.until(6); got["From before"] != 0 || got["Alert 3"] != 2 {
		t.Errorf("the runs are of %v", got)
	}

	d.stop()
	for _, pattern := range []string{"dovecot-uidlist*", "dovecot.index*", "dovecot-uidvalidity*"} {
		found, err := filepath.Glob(filepath.Join(d.folder, "mail", "alice", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.start("/usr/sbin/dovecot")
	again := d.person()
	for n := range 3 {
		if err := put(again, mail(10+n, "b")); err != nil {
			t.Fatal(err)
		}
	}
	got := h.until(9)
	if len(got) != 8 || got["Alert 3"] != 2 || got["Alert 12"] != 1 || got["Alert 0"] != 1 {
		t.Errorf("the runs are of %v", got)
	}
	waitFor(t, "the mails to be flagged", func() bool { _, flagged := d.count("INBOX", imap.FlagFlagged); return flagged == 10 })
}
