package sandbox_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// hardenedArg makes this test binary a process that hardens itself and tries
// everything it shouldn't be able to.
const hardenedArg = "hardened"

func init() {
	if len(os.Args) == 4 && os.Args[1] == hardenedArg {
		os.Exit(runHardened(os.Args[2], os.Args[3]))
	}
}

// TestHardenedProcess holds what a child may not do any more, whatever code it
// came to run.
func TestHardenedProcess(t *testing.T) {
	if !sandbox.HasSeccomp() {
		t.Skip("this kernel filters no system calls")
	}
	for _, role := range []string{"run", "compile"} {
		t.Run(role, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "code"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), self, hardenedArg, role, folder).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := strings.TrimSpace(string(out)); got != "" {
				t.Errorf("it could:\n%s", got)
			}
			if _, err := os.Stat(filepath.Join(folder, "made")); (err == nil) != (role == "compile") {
				t.Errorf("a file in its folder: %v", err)
			}
		})
	}
}

// runHardened is the process. It prints what it could do and shouldn't, and what
// it couldn't and should.
func runHardened(role, folder string) int {
	compile := role == "compile"
	if err := sandbox.Harden(folder, compile); err != nil {
		fmt.Println(err)
		return 1
	}
	for name, try := range forbidden(folder) {
		if err := try(); err == nil {
			fmt.Println(name)
		}
	}
	if _, err := os.ReadFile(filepath.Join(folder, "code")); err != nil && sandbox.HasLandlock() {
		fmt.Println("it can't read its own folder:", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "made"), nil, 0o600); err == nil != compile {
		fmt.Println("writing to its folder:", err)
	}
	done := make(chan error)
	go func() { // on a thread that is begun after
		runtime.LockOSThread()
		_, err := os.Open("/etc/passwd")
		done <- err
	}()
	if <-done == nil {
		fmt.Println("another thread opens files")
	}
	return 0
}

func forbidden(folder string) map[string]func() error {
	call := func(number uintptr, args ...uintptr) func() error {
		return func() error {
			var a [6]uintptr
			copy(a[:], args)
			if _, _, errno := unix.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5]); errno != 0 {
				return errno
			}
			return nil
		}
	}
	path := append([]byte("/etc/passwd"), 0)
	file := uintptr(unsafe.Pointer(&path[0]))
	fork := func(flags, stack uintptr) func() error {
		return func() error {
			pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, flags, stack, 0, 0, 0, 0)
			if errno != 0 {
				return errno
			}
			if pid == 0 {
				unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
			}
			return nil
		}
	}
	tries := map[string]func() error{
		"read a file":         func() error { _, err := os.ReadFile("/etc/passwd"); return err },
		"read /proc":          func() error { _, err := os.ReadFile("/proc/self/environ"); return err },
		"list a folder":       func() error { _, err := os.ReadDir("/"); return err },
		"write outside":       func() error { return os.WriteFile(filepath.Join(filepath.Dir(folder), "x"), nil, 0o600) },
		"climb out":           func() error { _, err := os.ReadFile(folder + "/../../../../../../etc/passwd"); return err },
		"dial TCP":            func() error { _, err := net.Dial("tcp", "127.0.0.1:1"); return reachedNet(err) },
		"dial UDP":            func() error { _, err := net.Dial("udp", "127.0.0.1:1"); return err },
		"a socket pair":       func() error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err },
		"run a program":       func() error { return exec.Command("/bin/true").Run() },
		"fork":                fork(uintptr(unix.SIGCHLD), 0),
		"fork as vfork":       call(58), // SYS_VFORK of amd64
		"signal another":      func() error { return unix.Kill(os.Getppid(), 0) },
		"signal by tgkill":    func() error { return unix.Tgkill(os.Getppid(), os.Getppid(), 0) },
		"trace":               call(unix.SYS_PTRACE, unix.PTRACE_TRACEME),
		"io_uring":            call(unix.SYS_IO_URING_SETUP, 1, file),
		"openat2":             call(unix.SYS_OPENAT2, 0, file),
		"a user namespace":    call(unix.SYS_UNSHARE, unix.CLONE_NEWUSER),
		"mount":               call(unix.SYS_MOUNT, file, file),
		"change its user":     call(unix.SYS_SETUID, 0),
		"read another's data": call(unix.SYS_PROCESS_VM_READV, uintptr(os.Getppid())),
		"pidfd_open":          call(unix.SYS_PIDFD_OPEN, uintptr(os.Getpid()), 0),
		"bpf":                 call(unix.SYS_BPF, 0, file, 8),
		"keys":                call(unix.SYS_KEYCTL, 0, 0),
		"userfaultfd":         call(unix.SYS_USERFAULTFD, 0),
		"perf events":         call(unix.SYS_PERF_EVENT_OPEN, file),
		"raise its limits":    func() error { return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) },
		"terminal ioctl":      call(unix.SYS_IOCTL, 0, unix.TIOCGWINSZ, file),
		"change modes":        func() error { return os.Chmod(folder, 0o777) },
		"truncate":            func() error { return os.Truncate(filepath.Join(folder, "code"), 0) },
	}
	// A filter must not take an argument for the number of another call.
	for flags := range uintptr(450) {
		if flags&unix.CLONE_THREAD == 0 {
			tries[fmt.Sprint("fork with flags ", flags)] = fork(flags&^0x100, 0xc0606610) // of no shared memory
		}
	}
	return tries
}

// reachedNet tells a refusal of the network's other end from one of the kernel.
func reachedNet(err error) error {
	if errors.Is(err, unix.ECONNREFUSED) {
		return nil
	}
	return err
}
