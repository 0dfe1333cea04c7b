//go:build unix

package testkit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Who may log in at an [Sshd], with what, and the passphrase of one of the keys.
const (
	ShellUser       = "operator"
	ShellPassword   = "ssh-pass-of-the-test" //nolint:gosec // of a server that lives as long as a test
	ShellPassphrase = "phrase-of-the-test"
)

// Sshd is an OpenSSH server that lets one user in, whose shell is /bin/sh and whose
// rights are those of whoever servers run as.
type Sshd struct {
	Port int
	// KnownHost is its key as known_hosts has it, Fingerprint as people read it.
	KnownHost, Fingerprint string
	// Key logs the user in, Locked as well with its passphrase.
	Key, Locked string
}

const sshdConfig = `
ListenAddress 127.0.0.1
Port %[1]d
HostKey %[2]s/hostkey
PidFile %[2]s/sshd.pid
AuthorizedKeysFile %[2]s/authorized
StrictModes no
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
UseDNS no
LogLevel VERBOSE
`

// NewSshd starts one. Its users aren't the machine's: libnss-wrapper gives it a list of
// its own. More lines of configuration may be given.
func NewSshd(t testing.TB, more ...string) *Sshd {
	t.Helper()
	path, openssl := program(t, "/usr/sbin/sshd", "openssh-server"), program(t, "openssl", "openssl")
	users, _ := filepath.Glob("/usr/lib/*/libnss_wrapper.so")
	if len(users) == 0 {
		t.Fatal("libnss_wrapper.so is not installed: run make deps, or install it (Debian: apt-get install libnss-wrapper)")
	}
	s, folder := &Sshd{Port: FreePort(t)}, OpenFolder(t)
	host, private := newShellKey(t, "")
	s.KnownHost = fmt.Sprintf("[127.0.0.1]:%d %s", s.Port, ssh.MarshalAuthorizedKey(host))
	s.Fingerprint = ssh.FingerprintSHA256(host)
	if err := os.Chmod(write(t, folder, "hostkey", private), 0o600); err != nil {
		t.Fatal(err)
	}
	var mine, locked ssh.PublicKey
	mine, s.Key = newShellKey(t, "")
	locked, s.Locked = newShellKey(t, ShellPassphrase)
	write(t, folder, "authorized", string(ssh.MarshalAuthorizedKey(mine))+string(ssh.MarshalAuthorizedKey(locked)))
	hash, err := exec.Command(openssl, "passwd", "-6", ShellPassword).Output() //nolint:gosec,noctx // the test's own
	if err != nil {
		t.Fatal(err)
	}
	uid, gid := servant()
	passwd := write(t, folder, "passwd", fmt.Sprintf("%s:x:%d:%d:o:%s:/bin/sh\nsshd:x:%[2]d:%[3]d::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\nroot:x:0:0::/root:/bin/sh\n", ShellUser, uid, gid, folder))
	shadow := write(t, folder, "shadow", fmt.Sprintf("%s:%s:19000:0:99999:7:::\n", ShellUser, strings.TrimSpace(string(hash))))
	group := write(t, folder, "group", fmt.Sprintf("servant:x:%d:\n", gid))
	config := write(t, folder, "sshd_config", fmt.Sprintf(sshdConfig, s.Port, folder)+strings.Join(more, "\n")+"\n")
	args := []string{"LD_PRELOAD=" + users[0], "NSS_WRAPPER_PASSWD=" + passwd, "NSS_WRAPPER_SHADOW=" + shadow, "NSS_WRAPPER_GROUP=" + group, path, "-D", "-e", "-f", config}
	// Newer ones shut out who fails to log in a few times, which tests do.
	if lenient := "PerSourcePenalties=no"; exec.Command(path, "-t", "-f", config, "-o", lenient).Run() == nil { //nolint:gosec,noctx // as above
		args = append(args, "-o", lenient)
	}
	run(t, listens(s.Port), "/usr/bin/env", args...)
	return s
}

// newShellKey makes a key and its form in a file, locked where a passphrase is given.
func newShellKey(t testing.TB, phrase string) (ssh.PublicKey, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if phrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(phrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(block))
}
