//go:build unix

package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// SyslogNG is a server of logs that reads RFC 5424.
type SyslogNG struct {
	// Plain is the port of TCP, Secure that of TLS.
	Plain, Secure int
	folder        string
}

const syslogConfig = `@version: 3.38
options { keep-hostname(yes); use-dns(no); flush-lines(1); };
source s {
  syslog(ip("127.0.0.1") port(%[2]d) transport("tcp"));
  syslog(ip("127.0.0.1") port(%[3]d) transport("tls") tls(key-file("%[4]s") cert-file("%[5]s") peer-verify(optional-untrusted)));
};
destination d { file("%[1]s/got" template("$PRI|$HOST|$PROGRAM|$PID|$MSGID|$SDATA|$MSG\n")); };
log { source(s); destination(d); };
`

// NewSyslogNG starts a server of logs.
func NewSyslogNG(t testing.TB, pair *Pair) *SyslogNG {
	t.Helper()
	path := program(t, "syslog-ng", "syslog-ng-core")
	s := &SyslogNG{FreePort(t), FreePort(t), OpenFolder(t)}
	config := write(t, s.folder, "conf", fmt.Sprintf(syslogConfig, s.folder, s.Plain, s.Secure, pair.KeyFile, pair.CertFile))
	in := func(name string) string { return filepath.Join(s.folder, name) }
	run(t, listens(s.Secure), path, "-F", "--no-caps", "-f", config, "-R", in("persist"), "-p", in("pid"), "-c", in("ctl"))
	return s
}

// Lines waits for so many messages, and gives them as priority, host, program, process,
// kind, data and text with | between them.
func (s *SyslogNG) Lines(t testing.TB, count int) []string {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; <-time.After(20 * time.Millisecond) {
		raw, _ := os.ReadFile(filepath.Join(s.folder, "got"))
		list := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
		if len(raw) > 0 && len(list) >= count {
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d messages: %s", len(list), raw)
		}
	}
}
