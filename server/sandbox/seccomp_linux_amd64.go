package sandbox

import "golang.org/x/sys/unix"

const machineArch = unix.AUDIT_ARCH_X86_64

// These exist on older machines only. A number of the x32 interface has bit 30
// set and equals none of the allowed.
var (
	machinePlain     = []uint32{unix.SYS_EPOLL_WAIT, unix.SYS_ARCH_PRCTL, unix.SYS_GETRLIMIT}
	machineReading   = []uint32{unix.SYS_NEWFSTATAT}
	machineCompiling = []uint32{unix.SYS_RENAMEAT}
)
