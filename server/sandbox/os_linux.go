package sandbox

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// programPath is the running program itself, even when its file was replaced
// since: server and child must be of one build.
const programPath = "/proc/self/exe"

func cloexecPair(kind int) ([2]int, error) {
	return unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
}

// childAttributes make the child die with the thread that started it, and keep
// a terminal's signals from it: the server stops it in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// limitSelf bounds the private memory and, unless it is 0, the processor time of
// this process, and forbids core dumps,
// which would hold the data of calls.
func limitSelf(data uint64, cpu time.Duration) error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	if seconds := uint64(cpu.Seconds()); seconds > 0 {
		if err := unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: seconds, Max: seconds}); err != nil {
			return err
		}
	}
	if data == 0 {
		return nil
	}
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: data, Max: data})
}

// threadCPU is the processor time that this thread has used.
func threadCPU() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
