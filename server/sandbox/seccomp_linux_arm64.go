package sandbox

import "golang.org/x/sys/unix"

const machineArch = unix.AUDIT_ARCH_AARCH64

var (
	machinePlain     = []uint32{unix.SYS_GETRLIMIT}
	machineReading   = []uint32{unix.SYS_FSTATAT}
	machineCompiling = []uint32{unix.SYS_RENAMEAT}
)
