//go:build unix

package app_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// dovecot is a real mail server in a folder of its own, on this machine alone.
type dovecot struct {
	t                    *testing.T
	folder, config       string
	ca                   string // file of the certificate that it shows
	plain, secure        int    // ports
	command              *exec.Cmd
	certificate, keyFile string
}

const mailPassword = "mail-pass-of-the-test"

// dovecotConfig is all of its settings. %[6]s is for who runs it as nobody special.
const dovecotConfig = `
protocols = imap
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <%[4]s
ssl_key = <%[5]s
disable_plaintext_auth = no
mail_location = maildir:%[1]s/mail/%%u
mail_max_userip_connections = 100
first_valid_uid = 1
namespace inbox {
  inbox = yes
  mailbox Done {
    auto = create
  }
}
passdb {
  driver = static
  args = password=` + mailPassword + `
}
userdb {
  driver = static
  args = uid=%[7]s gid=%[8]s home=%[1]s/home
}
service imap-login {
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = %[3]d
  }
}
%[6]s`

const dovecotAsNobody = `
default_internal_user = %[1]s
default_login_user = %[1]s
default_internal_group = %[2]s
service imap-login {
  chroot =
}
service anvil {
  chroot =
}
`

// startDovecot starts a mail server; the test is skipped where there is none.
func startDovecot(t *testing.T) *dovecot {
	t.Helper()
	if testing.Short() {
		t.Skip("a real mail server is for the whole suite")
	}
	program, err := exec.LookPath("dovecot")
	if err != nil {
		if program = "/usr/sbin/dovecot"; !exists(program) {
			t.Skip("there is no Dovecot here: make deps installs it")
		}
	}
	// Its sockets lie in the folder, and their paths may have 107 bytes.
	folder, err := os.MkdirTemp("", "dove") //nolint:usetesting // the test's own folder has a longer path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	d := &dovecot{t: t, folder: folder, config: filepath.Join(folder, "dovecot.conf"), plain: freePort(t), secure: freePort(t)}
	d.makeCertificate()
	own, uid, gid := "", "65534", "65534"
	if me, err := user.Current(); err == nil && me.Uid != "0" {
		group, err := user.LookupGroupId(me.Gid)
		if err != nil {
			t.Fatal(err)
		}
		own, uid, gid = fmt.Sprintf(dovecotAsNobody, me.Username, group.Name), me.Uid, me.Gid
	}
	for _, name := range []string{"run", "state", "mail", "home"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if uid == "65534" {
		for _, name := range []string{"mail", "home"} {
			if err := os.Chown(filepath.Join(folder, name), 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := fmt.Sprintf(dovecotConfig, folder, d.plain, d.secure, d.certificate, d.keyFile, own, uid, gid)
	if err := os.WriteFile(d.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(program)
	t.Cleanup(d.stop)
	return d
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func (d *dovecot) makeCertificate() {
	d.t.Helper()
	d.certificate, d.keyFile = filepath.Join(d.folder, "cert.pem"), filepath.Join(d.folder, "key.pem")
	d.ca = d.certificate
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the test's mail server"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		d.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		d.t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{d.certificate: {Type: "CERTIFICATE", Bytes: der}, d.keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
}

// start runs it and waits until it greets.
func (d *dovecot) start(program string) {
	d.t.Helper()
	d.command = exec.Command(program, "-F", "-c", d.config)
	d.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	d.command.Stdout, d.command.Stderr = &said, &said
	if err := d.command.Start(); err != nil {
		d.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(20 * time.Millisecond) {
		client, err := d.dial()
		if err == nil {
			_ = client.Close()
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(d.folder, "log"))
			d.t.Fatalf("Dovecot doesn't start: %v\n%s\n%s", err, said.String(), log)
		}
	}
}

// stop ends it, by its own number.
func (d *dovecot) stop() {
	if d.command == nil {
		return
	}
	_ = syscall.Kill(-d.command.Process.Pid, syscall.SIGTERM) // its children wait for their clients otherwise
	_ = d.command.Wait()
	d.command = nil
}

// dial opens a client of a person's.
func (d *dovecot) dial() (*imapclient.Client, error) {
	roots := x509.NewCertPool()
	cert, err := os.ReadFile(d.ca)
	if err != nil {
		return nil, err
	}
	roots.AppendCertsFromPEM(cert)
	client, err := imapclient.DialTLS(net.JoinHostPort("127.0.0.1", strconv.Itoa(d.secure)), &imapclient.Options{TLSConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}})
	if err != nil {
		return nil, err
	}
	if err := client.Login("alice", mailPassword).Wait(); err != nil {
		_ = client.Close()
		return nil, err
	}
	return client, nil
}

// person is a client of a person's that is closed with the test.
func (d *dovecot) person() *imapclient.Client {
	d.t.Helper()
	client, err := d.dial()
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = client.Close() })
	return client
}

// put delivers a mail.
func put(client *imapclient.Client, mail string) error {
	command := client.Append("INBOX", int64(len(mail)), nil)
	if _, err := command.Write([]byte(mail)); err != nil {
		return err
	}
	if err := command.Close(); err != nil {
		return err
	}
	_, err := command.Wait()
	return err
}

// count says how many mails lie in a folder, and how many of them have a flag.
func (d *dovecot) count(folder string, flag imap.Flag) (all, flagged int) {
	d.t.Helper()
	client, err := d.dial()
	if err != nil {
		d.t.Fatal(err)
	}
	defer client.Close()
	data, err := client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		d.t.Fatal(err)
	}
	if data.NumMessages == 0 {
		return 0, 0
	}
	set := imap.SeqSet{}
	set.AddRange(1, data.NumMessages)
	list, err := client.Fetch(set, &imap.FetchOptions{Flags: true}).Collect()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, m := range list {
		for _, f := range m.Flags {
			if f == flag {
				flagged++
			}
		}
	}
	return len(list), flagged
}

// mail is a mail with a number; hop is what a server on its way wrote.
func mail(n int, hop string) string {
	return strings.ReplaceAll(fmt.Sprintf("Received: from %s by mx.example.com; %s\nMessage-ID: <alert-%d@example.com>\nDate: Mon, 02 Mar 2026 08:00:00 +0000\nFrom: edr@example.com\nTo: soc@example.com\nSubject: Alert %d\n\nHost %d does odd things.\n", hop, hop, n, n, n), "\n", "\r\n")
}
