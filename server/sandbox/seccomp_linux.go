//go:build amd64 || arm64

package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// plain are the system calls that Go's runtime, its poller and the runtime of
// WebAssembly make, whatever their arguments.
var plain = append([]uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_CLOSE, unix.SYS_LSEEK, unix.SYS_FSTAT,
	unix.SYS_MMAP, unix.SYS_MPROTECT, unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_BRK, unix.SYS_MINCORE, unix.SYS_MEMFD_CREATE, unix.SYS_FTRUNCATE,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETRANDOM, unix.SYS_GETRUSAGE, unix.SYS_FUTEX, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_MEMBARRIER,
	unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SHUTDOWN, unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME, unix.SYS_GETSOCKOPT, unix.SYS_SETSOCKOPT,
	unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EVENTFD2, unix.SYS_PIPE2, unix.SYS_FCNTL, unix.SYS_PRCTL,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}, machinePlain...)

// What the folder of compiled code takes besides openat.
var (
	reading   = append([]uint32{unix.SYS_STATX, unix.SYS_GETDENTS64, unix.SYS_READLINKAT}, machineReading...)
	compiling = append([]uint32{unix.SYS_OPENAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT2, unix.SYS_FSYNC, unix.SYS_MKDIRAT}, machineCompiling...)
)

// test is a condition on the lower half of one argument; the upper is no part of
// what any of them mean.
type test struct {
	argument uint32
	jump     bpf.JumpTest
	value    uint32
}

// conditional are system calls that are allowed with some arguments.
type conditional struct {
	call  uint32
	tests []test // all of them hold
}

func conditions() []conditional {
	return []conditional{
		// Threads, and no processes.
		{unix.SYS_CLONE, []test{{0, bpf.JumpBitsSet, unix.CLONE_THREAD}}},
		// Signals to itself: Go's runtime interrupts its threads by them.
		{unix.SYS_TGKILL, []test{{0, bpf.JumpEqual, uint32(os.Getpid())}}},
		// Which of its pages were written to.
		{unix.SYS_IOCTL, []test{{1, bpf.JumpEqual, pagemapScan}}},
		// Its own limits, to look at.
		{unix.SYS_PRLIMIT64, []test{{0, bpf.JumpEqual, 0}, {2, bpf.JumpEqual, 0}}},
	}
}

// Offsets in struct seccomp_data of linux/seccomp.h.
const (
	dataCall = 0
	dataArch = 4
	dataArgs = 16
)

const (
	retAllow = 0x7fff0000
	retErrno = 0x00050000
	retKill  = 0x80000000
)

// filterCalls lets this process make no other system calls than those it needs,
// on all its threads, for good. The program is written out here: in the library
// that was tried, a call that fails the test of its arguments is taken for
// another whose number one of them equals.
func filterCalls(files, writes bool) error {
	allowed, asked := plain, conditions()
	if files {
		allowed = append(allowed, reading...)
	}
	switch {
	case files && writes:
		allowed = append(allowed, compiling...)
	case files:
		const changes = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC
		asked = append(asked, conditional{unix.SYS_OPENAT, []test{{2, bpf.JumpBitsNotSet, changes}}})
	}
	raw, err := bpf.Assemble(program(allowed, asked))
	if err != nil {
		return fmt.Errorf("assemble the filter of system calls: %w", err)
	}
	runtime.LockOSThread() // the kernel wants both of the same thread
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const setModeFilter, allThreads = 1, 1
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, setModeFilter, allThreads, uintptr(unsafe.Pointer(&prog))); errno != 0 { //nolint:gosec // the kernel wants an address
		return fmt.Errorf("filter its own system calls: %w", errno)
	}
	return nil
}

// program answers each call by its number, and loads the number anew before it is
// compared, because the tests of arguments take its place.
func program(allowed []uint32, asked []conditional) []bpf.Instruction {
	list := []bpf.Instruction{
		bpf.LoadAbsolute{Off: dataArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: machineArch, SkipTrue: 1},
		bpf.RetConstant{Val: retKill},
		bpf.LoadAbsolute{Off: dataCall, Size: 4},
	}
	for _, call := range allowed {
		list = append(list, bpf.JumpIf{Cond: bpf.JumpEqual, Val: call, SkipFalse: 1}, bpf.RetConstant{Val: retAllow})
	}
	// Its flags can't be looked at; libraries then fall back to clone.
	list = append(list, bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SYS_CLONE3, SkipFalse: 1}, bpf.RetConstant{Val: retErrno | uint32(unix.ENOSYS)})
	for _, c := range asked {
		rest := uint8(2*len(c.tests) + 1) // to the next call
		list = append(list, bpf.LoadAbsolute{Off: dataCall, Size: 4}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: c.call, SkipFalse: rest})
		for _, t := range c.tests {
			rest -= 2
			list = append(list, bpf.LoadAbsolute{Off: dataArgs + 8*t.argument, Size: 4}, bpf.JumpIf{Cond: t.jump, Val: t.value, SkipFalse: rest})
		}
		list = append(list, bpf.RetConstant{Val: retAllow})
	}
	return append(list, bpf.RetConstant{Val: retErrno | uint32(unix.EPERM)})
}

// HasSeccomp says whether the kernel can filter a process's system calls.
func HasSeccomp() bool {
	const getActionAvailable = 2
	action := uint32(retErrno)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, getActionAvailable, 0, uintptr(unsafe.Pointer(&action))) //nolint:gosec // the kernel wants an address
	return errno == 0
}
