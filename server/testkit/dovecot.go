//go:build unix

package testkit

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
)

// Mailserver is a Dovecot that lets everybody in by [MailPassword], over encrypted lines.
type Mailserver struct {
	// Plain is the port to begin at in plain text, Secure that of TLS from the first byte.
	Plain, Secure int
	folder        string
}

const mailserverConfig = `
protocols = imap
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = /dev/stderr
listen = 127.0.0.1
ssl = required
ssl_cert = <%[2]s
ssl_key = <%[3]s
mail_location = maildir:%[1]s/mail/%%u
mail_max_userip_connections = 100
first_valid_uid = 1
auth_failure_delay = 0
default_internal_user = %[4]s
default_login_user = %[4]s
default_internal_group = %[5]s
passdb {
  driver = static
  args = password=` + MailPassword + `
}
userdb {
  driver = static
  args = uid=%[6]d gid=%[7]d home=%[1]s/mail
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[8]d
  }
  inet_listener imaps {
    port = %[9]d
  }
}
service anvil {
  chroot =
}
`

// NewMailserver starts a Dovecot.
func NewMailserver(t testing.TB, pair *Pair) *Mailserver {
	t.Helper()
	path := program(t, "dovecot", "dovecot-imapd")
	m := &Mailserver{FreePort(t), FreePort(t), OpenFolder(t)}
	for _, name := range []string{"run", "state", "mail"} {
		if err := os.Mkdir(filepath.Join(m.folder, name), 0o755); err != nil { //nolint:gosec // the server is another user
			t.Fatal(err)
		}
		own(t, filepath.Join(m.folder, name))
	}
	uid, gid := servant()
	who, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroupId(strconv.Itoa(gid))
	if err != nil {
		t.Fatal(err)
	}
	config := write(t, m.folder, "dovecot.conf", fmt.Sprintf(mailserverConfig, m.folder, pair.CertFile, pair.KeyFile, who.Username, group.Name, uid, gid, m.Plain, m.Secure))
	run(t, listens(m.Secure), path, "-F", "-c", config)
	return m
}

// Put delivers a mail into a person's inbox.
func (m *Mailserver) Put(t testing.TB, person, name, mail string) {
	t.Helper()
	box := filepath.Join(m.folder, "mail", person)
	for _, folder := range []string{"", "cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(box, folder), 0o755); err != nil { //nolint:gosec // as above
			t.Fatal(err)
		}
		own(t, filepath.Join(box, folder))
	}
	write(t, filepath.Join(box, "new"), name, mail)
}

// Folder makes a folder of a person's mailbox, by its name as it lies there.
func (m *Mailserver) Folder(t testing.TB, person, name string) {
	t.Helper()
	for _, folder := range []string{"", "cur", "new", "tmp"} {
		path := filepath.Join(m.folder, "mail", person, "."+name, folder)
		if err := os.MkdirAll(path, 0o755); err != nil { //nolint:gosec // as above
			t.Fatal(err)
		}
		own(t, path)
	}
}
