package ssh

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// double is a server of SSH that does what a test says, which OpenSSH doesn't.
type double struct {
	*testing.T
	config *ssh.ServerConfig
	print  string
	// exec has the command's channel.
	exec func(ssh.Channel, net.Conn)
}

func newDouble(t *testing.T, config *ssh.ServerConfig, exec func(ssh.Channel, net.Conn)) *double {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config.AddHostKey(key)
	return &double{t, config, ssh.FingerprintSHA256(key.PublicKey()), exec}
}

func (d *double) talk(conn net.Conn) {
	_, channels, requests, err := ssh.NewServerConn(conn, d.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, asked, err := c.Accept()
		if err != nil {
			return
		}
		for r := range asked {
			_ = r.Reply(r.Type == "exec", nil)
			if r.Type == "exec" {
				go ssh.DiscardRequests(asked)
				d.exec(channel, conn)
				break
			}
		}
	}
}

func lets() *ssh.ServerConfig {
	return &ssh.ServerConfig{PasswordCallback: func(_ ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) {
		if string(given) != "the-password" {
			return nil, errors.New("no")
		}
		return nil, nil
	}}
}

// ends is a command that writes a bit and ends well.
func ends(c ssh.Channel, _ net.Conn) {
	_, _ = io.WriteString(c, "done")
	_, _ = c.SendRequest("exit-status", false, []byte{0, 0, 0, 0})
	_ = c.Close()
}

// against runs an action at a port, by a password.
func against(t *testing.T, port int, print, password, action string, values ...any) (*sdktest.Result, time.Duration) {
	t.Helper()
	g := testkit.NewGuest(t, false).LogsInto(port, byPassword, "operator", password)
	g.Consents(Connector())
	g.Credential.Fields["hostKeys"] = print
	in := map[string]any{"host": "127.0.0.1", "port": port}
	if action != "check" {
		in["command"], in["seconds"], in["values"] = "uptime", 3, values
	}
	began := time.Now()
	return g.Run(Connector(), action, in), time.Since(began)
}

// TestOddWordsAreForShellsOfPosix sends words that must be quoted to no machine that may read
// them otherwise, and plain ones to all but Windows.
func TestOddWordsAreForShellsOfPosix(t *testing.T) {
	for name, tt := range map[string]struct{ server, value, code string }{
		"OpenSSH":            {"SSH-2.0-OpenSSH_9.2p1", "a b", ""},
		"Dropbear":           {"SSH-2.0-dropbear_2022.83", "a b", ""},
		"an appliance":       {"SSH-2.0-ROSSSH", "a;b", "not_posix"},
		"an appliance, tame": {"SSH-2.0-ROSSSH", "10.0.0.7", ""},
		"Bitvise":            {"SSH-2.0-9.31 FlowSsh: Bitvise SSH Server (WinSSHD) 9.31", "10.0.0.7", "not_posix"},
	} {
		t.Run(name, func(t *testing.T) {
			config := lets()
			config.ServerVersion = tt.server
			d := newDouble(t, config, ends)
			got, _ := against(t, testkit.Peer(t, d.talk), d.print, "the-password", "run", tt.value)
			if tt.code == "" && got.Error != nil || tt.code != "" && (got.Error == nil || got.Error.Code != tt.code) {
				t.Errorf("%+v", got.Error)
			}
		})
	}
}

// TestOtherServers are those that OpenSSH can't be brought to be.
func TestOtherServers(t *testing.T) {
	windows, keyboard, extra := lets(), &ssh.ServerConfig{}, &ssh.ServerConfig{}
	windows.ServerVersion = "SSH-2.0-OpenSSH_for_Windows_9.5"
	tries := 0
	keyboard.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		tries++
		got, err := ask("", "", []string{"Password: "}, []bool{false})
		if err != nil || len(got) != 1 || got[0] != "the-password" {
			return nil, errors.New("no")
		}
		return nil, nil
	}
	extra.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		_, err := ask("", "", []string{"Name: ", "Password: "}, []bool{true, false})
		return nil, errors.Join(err, errors.New("no"))
	}
	old := lets()
	old.Ciphers = []string{"3des-cbc"}
	for name, tt := range map[string]struct {
		config         *ssh.ServerConfig
		exec           func(ssh.Channel, net.Conn)
		password, code string
		says           string
	}{
		"well":           {lets(), ends, "the-password", "", ""},
		"asks":           {keyboard, ends, "the-password", "", ""},
		"asks, wrong":    {keyboard, ends, "a-wrong-one", abi.CodeDenied, "refuses the log-in"},
		"asks for more":  {extra, ends, "the-password", abi.CodeDenied, "refuses the log-in"},
		"wrong password": {lets(), ends, "a-wrong-one", abi.CodeDenied, "refuses the log-in"},
		"Windows":        {windows, ends, "the-password", "not_posix", "nothing was run"},
		"old ciphers":    {old, ends, "the-password", abi.CodeDenied, "no algorithm in common"},
		"closes":         {lets(), func(_ ssh.Channel, conn net.Conn) { _ = conn.Close() }, "the-password", abi.CodeUnavailable, "isn't known"},
		"half closes":    {lets(), func(c ssh.Channel, _ net.Conn) { _ = c.Close() }, "the-password", abi.CodeUnavailable, "isn't known"},
		"stalls":         {lets(), func(c ssh.Channel, _ net.Conn) { _, _ = io.Copy(io.Discard, c) }, "the-password", abi.CodeTimeout, "isn't known"},
		"floods errors": {lets(), func(c ssh.Channel, _ net.Conn) {
			for {
				if _, err := c.Stderr().Write(make([]byte, 32<<10)); err != nil {
					return
				}
			}
		}, "the-password", abi.CodeTooLarge, "told to stop"},
		"drips": {lets(), func(c ssh.Channel, _ net.Conn) {
			for range 3000 {
				_, _ = io.WriteString(c, "a line\n")
				_, _ = io.WriteString(c.Stderr(), "a line\n")
			}
			ends(c, nil)
		}, "the-password", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDouble(t, tt.config, tt.exec)
			port := testkit.Peer(t, d.talk)
			got, took := against(t, port, d.print, tt.password, "run")
			if tt.code == "" {
				var out RunOutput
				got.Into(&out)
				if !out.OK || !strings.HasSuffix(out.Stdout, "done") {
					t.Errorf("%+v", out)
				}
				return
			}
			if got.Error == nil || got.Error.Code != tt.code || got.Error.Retryable || !strings.Contains(got.Error.Message, tt.says) || strings.Contains(got.Error.Message, tt.password) || took > 15*time.Second {
				t.Errorf("%v after %s: %s", got.Error, took, got.Output)
			}
		})
	}
	if tries != 2 {
		t.Errorf("asked for a password %d times: a wrong one is to be given once", tries)
	}
}

// TestNoServers are those that don't get as far as a log-in.
func TestNoServers(t *testing.T) {
	print := "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
	for name, tt := range map[string]struct {
		talk func(net.Conn)
		code string
	}{
		"hangs up":    {testkit.Hangs, abi.CodeUnavailable},
		"web server":  {func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); _ = c.Close() }, abi.CodeUnavailable},
		"flood":       {testkit.Floods("", strings.Repeat("x", 4096)), abi.CodeBadInput},
		"lines":       {testkit.Floods("", "a line\r\n"), ""},
		"huge":        {testkit.Says("SSH-2.0-x\r\n\x7f\xff\xff\xff\x00"), ""},
		"flood after": {testkit.Floods("SSH-2.0-x\r\n", strings.Repeat("x", 4096)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			port := testkit.Peer(t, tt.talk)
			got, took := against(t, port, print, "the-password", "check")
			if got.Error == nil || tt.code != "" && got.Error.Code != tt.code || !strings.Contains(got.Error.Message, testkit.Loopback(port)) || took > 25*time.Second {
				t.Errorf("%v after %s", got.Error, took)
			}
		})
	}
	if testing.Short() {
		return
	}
	port := testkit.Peer(t, testkit.Says("SSH-2.0-OpenSSH_9.2p1\r\n"))
	got, took := against(t, port, print, "the-password", "check")
	if got.Error == nil || got.Error.Code != abi.CodeTimeout || !got.Error.Retryable || !strings.Contains(got.Error.Message, testkit.Loopback(port)) || took > 28*time.Second {
		t.Errorf("stalling after its name: %v after %s", got.Error, took)
	}
}
