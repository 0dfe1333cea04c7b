//go:build unix

package testkit

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Exim is a mail server that keeps what it is sent in files. It takes mails of at most
// 200 KiB from alice, once she has logged in on an encrypted line. later@ is refused for
// now, nobody@ for good.
type Exim struct {
	// Plain is the port to begin at in plain text, Secure that of TLS from the first byte.
	Plain, Secure int
	folder        string
}

// MailPassword is alice's.
const MailPassword = "mail-pass-of-the-test"

const eximConfig = `
primary_hostname = mail.example.com
exim_user = %[10]d
exim_group = %[11]d
keep_environment =
add_environment =
spool_directory = %[1]s/spool
log_file_path = %[1]s/log/%%slog
pid_file_path = %[1]s/exim.pid
local_interfaces = <; [127.0.0.1]:%[2]d ; [127.0.0.1]:%[3]d
tls_on_connect_ports = %[3]d
tls_advertise_hosts = *
tls_certificate = %[4]s
tls_privatekey = %[5]s
auth_advertise_hosts = ${if def:tls_in_cipher {*}{}}
message_size_limit = 200K
deliver_drop_privilege = true
never_users =
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 50
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
queue_run_max = 0

begin acl
mail:
  deny   senders = forger@example.com
         message = 5.7.1 that address is not yours
  accept
rcpt:
  deny   !authenticated = *
         message = 5.7.0 authentication required
  defer  local_parts = later
         message = 4.2.1 try again later
  deny   local_parts = nobody
         message = 5.1.1 no such user
  accept

begin routers
all:
  driver = accept
  transport = file

begin transports
file:
  driver = appendfile
  file = %[1]s/mail/all
  envelope_to_add
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = %[6]s
  server_prompts = %[7]s
  server_condition = ${if and{{eq{$%[8]s}{alice}}{eq{$%[9]s}{` + MailPassword + `}}}}
  server_set_id = $%[8]s
`

// NewExim starts a mail server whose log-in is PLAIN, or LOGIN.
func NewExim(t testing.TB, pair *Pair, login bool) *Exim {
	t.Helper()
	e := &Exim{Plain: FreePort(t), Secure: FreePort(t), folder: OpenFolder(t)}
	path := program(t, "exim4", "exim4-daemon-light")
	for _, name := range []string{"spool", "log", "mail"} {
		if err := os.Mkdir(filepath.Join(e.folder, name), 0o755); err != nil { //nolint:gosec // the server is another user
			t.Fatal(err)
		}
		own(t, filepath.Join(e.folder, name))
	}
	uid, gid := servant()
	method := []any{"PLAIN", ":", "auth2", "auth3"}
	if login {
		method = []any{"LOGIN", "Username:: : Password::", "auth1", "auth2"}
	}
	config := write(t, e.folder, "exim.conf", fmt.Sprintf(eximConfig, append([]any{e.folder, e.Plain, e.Secure, pair.CertFile, pair.KeyFile}, append(method, uid, gid)...)...))
	run(t, e.greets, path, "-C", config, "-bdf", "-q1h")
	return e
}

func (e *Exim) greets(string) bool {
	conn, err := net.DialTimeout("tcp", Loopback(e.Plain), time.Second)
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // it was only looked at
	greeting := make([]byte, 3)
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	_, err = conn.Read(greeting)
	return err == nil && string(greeting) == "220"
}

// Mails waits until a person got so many mails, and gives them as they lie there.
func (e *Exim) Mails(t testing.TB, person string, count int) []string {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; <-time.After(20 * time.Millisecond) {
		raw, _ := os.ReadFile(filepath.Join(e.folder, "mail", "all"))
		var list []string
		for _, m := range strings.Split("\n"+string(raw), "\nFrom ")[1:] {
			if _, m, _ = strings.Cut(m, "\n"); strings.Contains(m, "Envelope-to: "+person+"@") {
				list = append(list, m)
			}
		}
		if len(list) >= count {
			return list
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(e.folder, "log", "mainlog"))
			t.Fatalf("%s got %d mails: %s", person, len(list), log)
		}
	}
}
