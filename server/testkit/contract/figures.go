package contract

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// OpenBundled makes a bench of the connectors that come with the server, all of which one
// process runs, and loads each of them.
func OpenBundled(t testing.TB, files fs.FS) *Bench {
	t.Helper()
	b := Bundled(t, files, "")
	before := endedCPU(t)
	for _, c := range b.Catalog.Connectors() {
		if err := b.sandbox.Load(t.Context(), c.Manifest.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	after := endedCPU(t)
	b.compiled = CPUTime{User: after.User - before.User, System: after.System - before.System}
	return b
}

// Bundled makes a bench of the connectors that come with the server. What it compiles is
// kept in the cache folder; without one nothing is compiled.
func Bundled(t testing.TB, files fs.FS, cache string) *Bench {
	t.Helper()
	b := &Bench{Catalog: catalog.New()}
	if err := b.Catalog.Load(files); err != nil {
		t.Fatal(err)
	}
	b.open(t, cache)
	return b
}

// CPUTime is the CPU time of processes: their own, and the kernel's for them, which is mostly
// for memory that they touch the first time, and differs much between machines.
type CPUTime struct{ User, System time.Duration }

// CompileCPU is the CPU time of the processes that compiled the connectors.
func (b *Bench) CompileCPU() CPUTime { return b.compiled }

// endedCPU is the CPU time of all processes that this one started and that have ended.
func endedCPU(t testing.TB) CPUTime {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		t.Fatal(err)
	}
	return CPUTime{User: time.Duration(u.Utime.Nano()), System: time.Duration(u.Stime.Nano())}
}

// CPU is the run time of the processes that run connectors.
func (b *Bench) CPU(t testing.TB) time.Duration {
	t.Helper()
	var total time.Duration
	for _, pid := range b.sandbox.Stats().PIDs {
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			var ns int64
			raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, thread.Name()))
			if err != nil {
				continue // it has ended
			}
			if _, err := fmt.Sscan(string(raw), &ns); err == nil {
				total += time.Duration(ns)
			}
		}
	}
	return total
}

// Resident is how many bytes of memory those processes hold of their own, and in all with
// the pages of the program's file, which they share with the server.
func (b *Bench) Resident(t testing.TB) (own, all int64) {
	t.Helper()
	for _, pid := range b.sandbox.Stats().PIDs {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			var name string
			var kib int64
			if _, err := fmt.Sscan(line, &name, &kib); err != nil {
				continue // not a number
			}
			switch name {
			case "RssAnon:", "RssShmem:":
				own += kib << 10
				all += kib << 10
			case "RssFile:":
				all += kib << 10
			}
		}
	}
	if own == 0 {
		t.Fatal("this system doesn't tell a process's own memory from that of its file")
	}
	return own, all
}
