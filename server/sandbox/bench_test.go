package sandbox_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// cpu answers the CPU time of this process and of its sandbox children.
func cpu(b *testing.B, pids []int) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	total := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	for _, pid := range pids {
		total += childCPU(b, pid)
	}
	return total
}

// childCPU sums the run time of a child's threads, in nanoseconds.
func childCPU(b testing.TB, pid int) time.Duration {
	b.Helper()
	dir := fmt.Sprintf("/proc/%d/task", pid)
	tasks, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	var total time.Duration
	for _, task := range tasks {
		raw, err := os.ReadFile(dir + "/" + task.Name() + "/schedstat")
		if err != nil {
			continue // the thread has ended
		}
		var ns int64
		if _, err := fmt.Sscan(string(raw), &ns); err == nil {
			total += time.Duration(ns)
		}
	}
	return total
}

// BenchmarkInvoke measures a call with 1 KB of JSON: tiny answers a constant,
// so that its cost is the trip alone; go echoes it without decoding.
func BenchmarkInvoke(b *testing.B) {
	input := `{"text":"` + strings.Repeat("x", 1000) + `"}`
	tiny := guest(`{"output":` + input + `}`).bytes()
	code, err := guestWasm()
	if err != nil {
		b.Fatal(err)
	}
	for _, g := range []struct {
		name string
		code []byte
	}{{"tiny", tiny}, {"go", code}} {
		for _, at := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/%d", g.name, at), func(b *testing.B) {
				r := startWith(b, [][]byte{connector(b, g.code, manifest("guest"))})
				measure(b, r, call("echo", input), at)
			})
		}
	}
}

func measure(b *testing.B, r rig, c sandbox.Call, at int) {
	b.Helper()
	var warm sync.WaitGroup
	for range at {
		warm.Go(func() {
			for range 20 {
				_, _ = r.Invoke(b.Context(), c)
			}
		})
	}
	warm.Wait()
	pids := r.Stats().PIDs
	runtime.GC()
	before := cpu(b, pids)
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var work sync.WaitGroup
	for range at {
		work.Go(func() {
			for left.Add(-1) >= 0 {
				if res, err := r.Invoke(b.Context(), c); err != nil || res.Error != nil {
					b.Error(err, res.Error)
					return
				}
			}
		})
	}
	work.Wait()
	b.StopTimer()
	b.ReportMetric(float64(cpu(b, pids)-before)/float64(b.N)/1e3, "cpu-µs/op")
}
