package testkit

import "syscall"

// endWithParent has a process end when the thread that started it does.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
