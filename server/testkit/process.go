//go:build unix

package testkit

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// nobody is who servers run as where the tests run as root.
const nobody = 65534

// servant is the user and group that servers run as.
func servant() (uid, gid int) {
	if os.Geteuid() == 0 {
		return nobody, nobody
	}
	return os.Geteuid(), os.Getegid()
}

// OpenFolder is a folder that goes with the test and that servers may write to as
// whoever they run as. Its path is short, because sockets lie there.
func OpenFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "kit") //nolint:usetesting // the test's own folder has a longer path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // the server is another user
		t.Fatal(err)
	}
	own(t, folder)
	return folder
}

// own gives a file or folder to who servers run as.
func own(t testing.TB, name string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(name, nobody, nobody); err != nil {
		t.Fatal(err)
	}
}

// FreePort is a port of this machine that nothing listened at a moment ago. It is for
// servers that can't be told to choose one.
func FreePort(t testing.TB) int {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // it only told a number
	return listener.Addr().(*net.TCPAddr).Port
}

// program finds a server of a Debian package; the test is skipped in short mode, and
// fails where the program is missing.
func program(t testing.TB, name, debian string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a real server is for the whole suite")
	}
	for _, folder := range []string{"", "/usr/sbin/", "/usr/bin/"} {
		if path, err := exec.LookPath(folder + name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is not installed: run make deps, or install it (Debian: apt-get install %s)", name, debian)
	return ""
}

// said collects what a server prints.
type said struct {
	sync.Mutex
	bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.Buffer.Write(p)
}

func (s *said) String() string {
	s.Lock()
	defer s.Unlock()
	return s.Buffer.String()
}

// run starts a server as nobody special, and waits until it answers. It ends with the
// test, by its own number.
func run(t testing.TB, ready func(output string) bool, path string, args ...string) {
	t.Helper()
	output := &said{}
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // a server of the test's own choice, stopped below
	cmd.Stdout, cmd.Stderr, cmd.Dir = output, output, "/"
	cmd.Env = append(os.Environ(), "HOME=/")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
	})
	deadline := time.After(30 * time.Second)
	for !ready(output.String()) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ended:
			t.Fatalf("%s ended: %s", filepath.Base(path), output)
		case <-deadline:
			t.Fatalf("%s doesn't answer: %s", filepath.Base(path), output)
		}
	}
}

// listens says whether something takes connections at a port of this machine.
func listens(port int) func(string) bool {
	return func(string) bool {
		conn, err := net.DialTimeout("tcp", Loopback(port), time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}
}

// write writes a configuration that any server may read.
func write(t testing.TB, folder, name, text string) string {
	t.Helper()
	file := filepath.Join(folder, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	own(t, file)
	return file
}
