//go:build unix

package lab

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
)

// keeper stands in for a test where the lab is started to be used: what would end with
// the test ends with [Keep].
type keeper struct {
	testing.TB // of what isn't here nothing is used

	ctx    context.Context //nolint:containedctx // it is that of a test
	out    io.Writer
	failed bool
	after  []func()
}

// Keep starts a lab and gives it to use until that returns; then all of it ends. Failed
// says that a part did not start or end as it should, which was printed.
func Keep(ctx context.Context, out io.Writer, o Options, use func(*Lab)) (failed bool) {
	testing.Init() // the parts of the lab ask for flags of tests
	_ = flag.CommandLine.Parse(nil)
	k := &keeper{ctx: ctx, out: out}
	done := make(chan struct{})
	go func() { //nolint:contextcheck // the lab has it of the keeper; what is fatal to a test ends its goroutine
		defer close(done)
		defer k.end()
		use(Open(k, o))
	}()
	<-done
	return k.failed
}

func (k *keeper) end() {
	for len(k.after) > 0 {
		last := k.after[len(k.after)-1]
		k.after = k.after[:len(k.after)-1]
		last()
	}
}

func (k *keeper) Helper()                  {}
func (k *keeper) Context() context.Context { return k.ctx }
func (k *keeper) Cleanup(f func())         { k.after = append(k.after, f) }
func (k *keeper) Log(args ...any)          { _, _ = fmt.Fprintln(k.out, args...) }
func (k *keeper) Logf(format string, args ...any) {
	_, _ = fmt.Fprintf(k.out, format+"\n", args...)
}
func (k *keeper) Failed() bool { return k.failed }

func (k *keeper) Error(args ...any) {
	k.failed = true
	k.Log(args...)
}

func (k *keeper) Errorf(format string, args ...any) {
	k.failed = true
	k.Logf(format, args...)
}

func (k *keeper) Fatal(args ...any) {
	k.Error(args...)
	runtime.Goexit()
}

func (k *keeper) Fatalf(format string, args ...any) {
	k.Errorf(format, args...)
	runtime.Goexit()
}

func (k *keeper) TempDir() string {
	folder, err := os.MkdirTemp("", "drawbridge-lab-")
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}
