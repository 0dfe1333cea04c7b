//go:build unix && !linux

package testkit

import "syscall"

// endWithParent does nothing where the system can't.
func endWithParent(*syscall.SysProcAttr) {}
