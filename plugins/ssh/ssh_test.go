package ssh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

var byKey, byPassword = credentials[0], credentials[1]

// machine is an sshd, and a guest that may log in there by its key.
type machine struct {
	*testkit.Sshd
	t *testing.T
}

// guest may log in, with what a test changes.
func (m *machine) guest(change func(*testkit.Guest)) *testkit.Guest {
	m.t.Helper()
	g := testkit.NewGuest(m.t, false).LogsInto(m.Port, byKey, testkit.ShellUser, "")
	g.Consents(Connector())
	g.Secrets = map[string]string{"privateKey": m.Key}
	g.Credential.Fields["hostKeys"] = m.KnownHost
	if change != nil {
		change(g)
	}
	return g
}

// run runs a command of one program.
func (m *machine) run(change func(*testkit.Guest), action string, input map[string]any) *sdktest.Result {
	m.t.Helper()
	at := map[string]any{"host": "127.0.0.1", "port": m.Port}
	for k, v := range input {
		at[k] = v
	}
	return m.guest(change).Run(Connector(), action, at)
}

func (m *machine) output(input map[string]any) RunOutput {
	m.t.Helper()
	var out RunOutput
	m.run(nil, "run", input).Into(&out)
	return out
}

func script(text string) map[string]any {
	return map[string]any{"command": "sh", "arguments": []string{"-c", text}}
}

func TestSshd(t *testing.T) {
	m := &machine{testkit.NewSshd(t), t}
	t.Run("output", func(t *testing.T) { outputs(t, m) })
	t.Run("injection", func(t *testing.T) { injection(t, m) })
	t.Run("bounds", func(t *testing.T) { bounds(t, m) })
	t.Run("log-ins", func(t *testing.T) { logins(t, m) })
	t.Run("host keys", func(t *testing.T) { keys(t, m) })
	t.Run("secrets", func(t *testing.T) { secrets(t, m) })
}

func outputs(t *testing.T, m *machine) {
	out := m.output(map[string]any{"command": "cat", "arguments": []string{"-"}, "input": "from outside\n"})
	if !out.OK || out.ExitCode != 0 || out.Stdout != "from outside\n" || out.Stderr != "" || out.HostKey != "ssh-ed25519 "+m.Fingerprint {
		t.Errorf("cat: %+v", out)
	}
	out = m.output(script("echo out; echo wrong >&2; exit 3"))
	if out.OK || out.ExitCode != 3 || out.Stdout != "out\n" || out.Stderr != "wrong\n" {
		t.Errorf("exit: %+v", out)
	}
	out = m.output(script("kill -9 $PPID"))
	if out.OK || out.Signal != "KILL" || out.ExitCode != 137 {
		t.Errorf("killed: %+v", out)
	}
	out = m.output(map[string]any{"command": "/no/such/program"})
	if out.OK || out.ExitCode != 127 || !strings.Contains(out.Stderr, "not found") {
		t.Errorf("no program: %+v", out)
	}
	out = m.output(script(`printf 'a\377b'`))
	if out.Stdout != "a�b" {
		t.Errorf("bytes: %q", out.Stdout)
	}
	// A command that doesn't read what it is given.
	out = m.output(map[string]any{"command": "true", "input": strings.Repeat("x", 1<<20)})
	if !out.OK {
		t.Errorf("unread: %+v", out)
	}
	var found CheckOutput
	m.run(nil, "check", nil).Into(&found)
	if !strings.HasPrefix(found.Server, "SSH-2.0-OpenSSH") || found.HostKey != "ssh-ed25519 "+m.Fingerprint {
		t.Errorf("check: %+v", found)
	}
}

// injection gives what a shell would run as values: the words must come out as they
// were, and nothing must have been made.
func injection(t *testing.T, m *machine) {
	canary := filepath.Join(testkit.OpenFolder(t), "canary")
	words := nasty()
	for _, way := range []string{"; touch %s", "$(touch %s)", "`touch %s`", "'; touch %s; '", "\\'; touch %s; #", "\n touch %s\n", "| touch %s", "&& touch %s", "> %s"} {
		words = append(words, strings.ReplaceAll(way, "%s", canary))
	}
	words = append(words, words[0]) // so that it doesn't end there
	values := []string{}
	for _, word := range words {
		if !strings.HasPrefix(word, "-") {
			values = append(values, word)
		}
	}
	out := m.output(map[string]any{"command": "printf", "arguments": []string{"%s\n.\n"}, "values": values})
	if out.Stdout != strings.Join(values, "\n.\n")+"\n.\n" || !out.OK {
		t.Errorf("the words came as %.2000q", out.Stdout)
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("something of the values was run")
	}
}

func bounds(t *testing.T, m *machine) {
	out := m.output(script("head -c 1000000 /dev/zero | tr '\\0' x"))
	if len(out.Stdout) != 1_000_000 {
		t.Errorf("%d bytes", len(out.Stdout))
	}
	began := time.Now()
	got := m.run(nil, "run", script("head -c 100000000 /dev/zero"))
	if got.Error == nil || got.Error.Code != abi.CodeTooLarge || got.Error.Retryable || time.Since(began) > 20*time.Second {
		t.Errorf("a flood: %v after %s", got.Error, time.Since(began))
	}
	began = time.Now()
	got = m.run(nil, "run", map[string]any{"command": "sleep", "arguments": []string{"60"}, "seconds": 1})
	if got.Error == nil || got.Error.Code != abi.CodeTimeout || got.Error.Retryable || !strings.Contains(got.Error.Message, "isn't known") || time.Since(began) > 10*time.Second {
		t.Errorf("too long: %v after %s", got.Error, time.Since(began))
	}
	if got = m.run(nil, "read", map[string]any{"command": "sleep", "arguments": []string{"60"}, "seconds": 1}); got.Error == nil || !got.Error.Retryable {
		t.Errorf("read: %v", got.Error)
	}
	if got = m.run(nil, "run", map[string]any{"command": "cat", "input": strings.Repeat("x", 1<<20+1)}); got.Error == nil || got.Error.Code != abi.CodeTooLarge {
		t.Errorf("input: %v", got.Error)
	}
	got = m.run(nil, "run", script("kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); sleep 5"))
	if got.Error == nil || got.Error.Code != abi.CodeUnavailable || got.Error.Retryable || !strings.Contains(got.Error.Message, testkit.Loopback(m.Port)) {
		t.Errorf("cut: %v %s", got.Error, got.Output)
	}
}

// logins are the ways in, and those that are shut.
func logins(t *testing.T, m *machine) {
	password := func(g *testkit.Guest) {
		g.Type, g.Secrets = byPassword, map[string]string{"password": testkit.ShellPassword}
	}
	with := func(name, value string) func(*testkit.Guest) {
		return func(g *testkit.Guest) { g.Secrets[name] = value }
	}
	for name, tt := range map[string]struct {
		change func(*testkit.Guest)
		says   string // empty is in
	}{
		"key":            {nil, ""},
		"key of Windows": {with("privateKey", strings.ReplaceAll(m.Key, "\n", "\r\n")), ""},
		"locked key": {func(g *testkit.Guest) {
			g.Secrets = map[string]string{"privateKey": m.Locked, "passphrase": testkit.ShellPassphrase}
		}, ""},
		"password":      {password, ""},
		"no passphrase": {with("privateKey", m.Locked), "takes a passphrase"},
		"other phrase": {func(g *testkit.Guest) {
			g.Secrets = map[string]string{"privateKey": m.Locked, "passphrase": "another-phrase"}
		}, "doesn't open"},
		"half a key":     {with("privateKey", m.Key[:len(m.Key)/2]), "can't be read"},
		"other password": {func(g *testkit.Guest) { password(g); g.Secrets["password"] = "another-password" }, "refuses the log-in of operator"},
		"other user":     {func(g *testkit.Guest) { g.Credential.Fields["username"] = "stranger" }, "refuses the log-in of stranger"},
		"another machine": {func(g *testkit.Guest) {
			g.Credential.Hosts = []string{"web1.corp.example:22"}
			g.Granted.Net = append(g.Granted.Net, catalog.NetRule{Host: "127.0.0.1", Port: m.Port, TLS: true})
		}, "an admin names its hosts (web1.corp.example:22)"},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.run(tt.change, "check", nil)
			if tt.says == "" {
				if got.Error != nil {
					t.Errorf("%v", got.Error)
				}
				return
			}
			if got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, tt.says) || name != "another machine" && !strings.Contains(got.Error.Message, `"Service account"`) {
				t.Fatalf("%v %s", got.Error, got.Output)
			}
			for _, secret := range []string{"another-password", "another-phrase", testkit.ShellPassphrase, m.Key[60:100]} {
				if strings.Contains(got.Error.Message, secret) {
					t.Errorf("the error holds a secret: %s", got.Error.Message)
				}
			}
		})
	}
}

// keys are what a credential may know a server by.
func keys(t *testing.T, m *machine) {
	place, key, _ := strings.Cut(strings.TrimSpace(m.KnownHost), " ")
	other := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDW0ueLJQj6jRqlZbOQyPU6Vb3XwMK2sBoVNCQR4IrXH"
	for name, tt := range map[string]struct{ known, says string }{
		"line":            {m.KnownHost, ""},
		"fingerprint":     {m.Fingerprint, ""},
		"with a comment":  {"# of the machine\n\n" + m.Fingerprint + " (ED25519)\r\n", ""},
		"among others":    {place + " " + other + "\nweb1.corp.example " + other + "\n" + m.KnownHost, ""},
		"other key":       {place + " " + other, m.Fingerprint},
		"other print":     {"SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", m.Fingerprint},
		"of another host": {"web1.corp.example " + key, "none of its host keys is of " + place},
		"none":            {"", "names no host key"},
		"a comment":       {"# later", "names no host key"},
		"any":             {"*", "line 1"},
		"any host":        {"* " + key, "stands for several"},
		"hashed":          {"|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= " + key, "hides its host"},
		"signed":          {"@cert-authority " + place + " " + key, "@cert-authority"},
	} {
		t.Run(name, func(t *testing.T) {
			got := m.run(func(g *testkit.Guest) { g.Credential.Fields["hostKeys"] = tt.known }, "check", nil)
			if tt.says == "" && got.Error != nil || tt.says != "" && (got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, tt.says)) {
				t.Errorf("%v %s", got.Error, got.Output)
			}
		})
	}
}

// secrets have a command write what it was logged in with.
func secrets(t *testing.T, m *machine) {
	password := func(g *testkit.Guest) {
		g.Type, g.Secrets = byPassword, map[string]string{"password": testkit.ShellPassword}
	}
	half := len(testkit.ShellPassword) / 2
	text := "printf %s " + testkit.ShellPassword[:half] + "; sleep 1; echo " + testkit.ShellPassword[half:] + "; echo ssh-pass >&2"
	var out RunOutput
	m.run(password, "run", script(text)).Into(&out)
	if out.Stdout != strings.Repeat("*", len(testkit.ShellPassword))+"\n" || out.Stderr != "ssh-pass\n" {
		t.Errorf("%+v", out)
	}
	line := strings.Split(m.Key, "\n")[1]
	m.run(nil, "run", map[string]any{"command": "echo", "values": []string{line}}).Into(&out)
	if out.Stdout != strings.Repeat("*", len(line))+"\n" {
		t.Errorf("a line of the key: %s", out.Stdout)
	}
}
