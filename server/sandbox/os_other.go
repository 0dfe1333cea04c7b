//go:build unix && !linux

package sandbox

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var programPath = func() string {
	path, _ := os.Executable()
	return path
}()

func cloexecPair(kind int) ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, kind, 0)
	if err == nil {
		unix.CloseOnExec(fds[0])
		unix.CloseOnExec(fds[1])
	}
	return fds, err
}

// childAttributes keep a terminal's signals from the child. It ends by itself
// when the control socket does.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func limitSelf(uint64, time.Duration) error { return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }

// threadCPU is the time that passes: this system doesn't tell a thread's own.
func threadCPU() time.Duration { return time.Since(processStart) }

// HasLandlock says whether the system can confine a process to folders.
func HasLandlock() bool { return false }

// harden does nothing where the system has nothing for it.
func harden(string, bool) error { return nil }
