package ssh

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// nasty are words that a shell would make something of.
func nasty() []string {
	list := []string{
		"", " ", "'", "\\", "\"", "''", "\\'", "'\\''", "a b", "a\nb", "\n", "$(touch x)", "`touch x`", "; touch x", "| sh", "&", "&& x", "> x", "< x", "*", "?", "[a]", "~", "~root", "{a,b}", "!!", "!x",
		"$HOME", "${HOME}", "$'x'", "#", "a#b", "%self", "=ls", "a=b", "-x", "--", "\t", "é", "→", "\x01", "\x1b[0m", "\\\n", "'; touch x #", "\\'; touch x #", "\\", "; touch x #", "^a^b", "\r\n", "x\\", "'x\\'",
	}
	for b := 1; b < 128; b++ {
		list = append(list, string(rune(b)), "a"+string(rune(b))+"b", string(rune(b))+"'", "\\"+string(rune(b)))
	}
	return list
}

// harmless is a shell whose words, if a fault in the quoting ran them, would find nothing
// to run and a home of their own: what shells make of them is tried for real.
func harmless(t testing.TB, path string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=/nonexistent", "HOME=" + cmd.Dir}
	return cmd
}

// TestShellsReadWords has real shells split what is written for them.
func TestShellsReadWords(t *testing.T) {
	tried := 0
	for _, shell := range []string{"sh", "dash", "bash", "zsh", "ksh", "fish", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		tried++
		args := []string{"-c"}
		if shell == "busybox" {
			args = []string{"sh", "-c"}
		}
		text, err := line(RunInput{Command: "printf", Arguments: append([]string{`%s\0`}, nasty()...)})
		if err != nil {
			t.Fatal(err)
		}
		got, err := harmless(t, path, append(args, text)...).Output()
		if want := strings.Join(nasty(), "\x00") + "\x00"; err != nil || string(got) != want {
			t.Errorf("%s (%v) reads %.300q", shell, err, firstDifference(got, want))
		}
	}
	if tried == 0 {
		t.Error("there is no shell here")
	}
}

func firstDifference(got []byte, want string) []string {
	a, b := bytes.Split(got, []byte{0}), strings.Split(want, "\x00")
	for i := range min(len(a), len(b)) {
		if string(a[i]) != b[i] {
			return []string{string(a[i]), b[i]}
		}
	}
	return nil
}

func FuzzQuote(f *testing.F) {
	for _, word := range nasty()[:40] { // each starts a shell
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		if strings.ContainsRune(word, 0) {
			t.Skip()
		}
		got, err := harmless(t, "/bin/sh", "-c", "printf %s "+quote(word)).Output()
		if want := strings.ToValidUTF8(word, "�"); err != nil || strings.ToValidUTF8(string(got), "�") != want {
			t.Errorf("%q is written as %s and read as %q: %v", word, quote(word), got, err)
		}
	})
}

func TestWordsThatAreRefused(t *testing.T) {
	for name, in := range map[string]RunInput{
		"/command":     {Command: "a\nb"},
		"/command is":  {},
		"/command beg": {Command: "-c"},
		"/values/1":    {Command: "a", Values: []string{"b", "-rf"}},
		"/values/0":    {Command: "a", Values: []string{"b\x00c"}},
		"/arguments/0": {Command: "a", Arguments: []string{"b\x00c"}},
		"KiB":          {Command: "a", Arguments: []string{strings.Repeat("x", 70<<10)}},
		"1001":         {Command: "a", Arguments: make([]string, 1001)},
	} {
		if text, err := line(in); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
}
