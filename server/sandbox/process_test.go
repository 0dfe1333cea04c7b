package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func broker(r rig) egress.Broker { return egress.New(egress.Options{Blobs: r.blobs}) }

func TestKilledChildIsReplaced(t *testing.T) {
	r := start(t)
	invoke(t, r, call("echo", `{}`))
	pid := r.Stats().PIDs[0]
	failed := make(chan *abi.Error, 1)
	go func() {
		c := call("loop", `{}`)
		c.Timeout = 20 * time.Second
		res, _ := r.Invoke(t.Context(), c)
		failed <- res.Error
	}()
	// A call that the child has not begun goes on in the next one.
	before := childCPU(t, pid)
	await(t, "the loop runs", func() bool { return childCPU(t, pid) > before+100*time.Millisecond })
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	// The next call may meet the dead child before its end is known.
	if res := invoke(t, r, call("echo", `{"again":true}`)); res.Error != nil {
		t.Errorf("the call after: %v", res.Error)
	}
	if e := <-failed; e == nil || e.Code != abi.CodeCrashed || !e.Retryable || !strings.Contains(e.Message, "died") {
		t.Errorf("the call in flight: %+v", e)
	}
	if now := r.Stats().PIDs; len(now) != 1 || now[0] == pid {
		t.Errorf("children %v, the killed one was %d", now, pid)
	}
	await(t, "the end is counted", func() bool { return childOf(r).Crashed == 1 })
	if c := childOf(r); c.Started != 2 || !c.Alive || c.Last.Reason != "signal: killed" {
		t.Errorf("%+v", c)
	}
}

// childOf tells of the child that runs the test's guest.
func childOf(r rig) sandbox.ChildState {
	con, err := r.catalog.Connector("guest", "")
	if err != nil {
		return sandbox.ChildState{}
	}
	return r.Child(con.Module)
}

func TestChildHasNothingOfTheServer(t *testing.T) {
	t.Setenv("DRAWBRIDGE_CANARY", "secret")
	secret, err := os.CreateTemp(t.TempDir(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	r := start(t)
	invoke(t, r, call("echo", `{}`))
	proc := fmt.Sprintf("/proc/%d/", r.Stats().PIDs[0])
	env, err := os.ReadFile(proc + "environ")
	if err != nil || strings.Contains(string(env), "CANARY") || strings.Contains(string(env), "PATH=") {
		t.Errorf("the child's environment: %q, %v", env, err)
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"NoNewPrivs:\t1", "Seccomp:\t2"} {
		if sandbox.HasSeccomp() && !strings.Contains(string(status), line) {
			t.Errorf("the child's status has no %q", line)
		}
	}
	fds, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, _ := os.Readlink(proc + "fd/" + fd.Name()); strings.HasPrefix(to, "/") && to != "/dev/null" && !strings.HasPrefix(to, "/memfd:image") && !strings.HasSuffix(to, "/pagemap") {
			t.Errorf("the child holds %s", to)
		}
	}
}

func TestIdleChildStops(t *testing.T) {
	r := start(t, func(o *sandbox.Options) { o.Idle = 50 * time.Millisecond })
	invoke(t, r, call("echo", `{}`))
	await(t, "the child is gone", func() bool { return r.Stats().Children == 0 })
	if res := invoke(t, r, call("echo", `{}`)); res.Error != nil {
		t.Errorf("the call after: %v", res.Error)
	}
	if c := childOf(r); c.Crashed != 0 || c.Started != 2 {
		t.Errorf("an idle child that was stopped: %+v", c)
	}
}

func TestCancelStopsTheGuest(t *testing.T) {
	r := start(t)
	invoke(t, r, call("echo", `{}`))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := r.Invoke(ctx, call("loop", `{}`))
		done <- err
	}()
	await(t, "the loop runs", func() bool { return r.Stats().Calls == 1 })
	stalls := watchStalls()
	began := time.Now()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || time.Since(began) > stalls.bound() {
		t.Errorf("canceled: %v after %s", err, time.Since(began))
	}
	if res := invoke(t, r, call("echo", `{}`)); res.Error != nil {
		t.Error(res.Error)
	}
}

func TestCallsBeyondTheSlotsWait(t *testing.T) {
	r := start(t, func(o *sandbox.Options) { o.Slots = 2 })
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			c := call("sleep", `{}`)
			c.Timeout = 700 * time.Millisecond
			_, _ = r.Invoke(t.Context(), c)
		})
	}
	await(t, "both slots are taken", func() bool { return r.Stats().Calls == 2 })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := r.Invoke(ctx, call("echo", `{}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a third call did not wait: %v", err)
	}
	if res := invoke(t, r, call("echo", `{}`)); res.Error != nil {
		t.Errorf("a third call that waits: %v", res.Error)
	}
	wg.Wait()
}

func TestStalledCallsDontDelayAnotherConnector(t *testing.T) {
	code, err := guestWasm()
	if err != nil {
		t.Fatal(err)
	}
	r := startWith(t, [][]byte{connector(t, code, manifest("guest"), manifest("other"))}, func(o *sandbox.Options) { o.Slots = 2 })
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c := call("sleep", `{}`)
			c.Timeout = time.Minute
			_, _ = r.Invoke(ctx, c)
		})
	}
	await(t, "the slots are taken", func() bool { return r.Stats().Calls == 2 })
	c := call("echo", `{}`)
	c.Connector = "other"
	if res := invoke(t, r, c); res.Error != nil {
		t.Error(res.Error)
	}
	// No clock is asked: the stalled ones hold their slots still.
	if n := r.Stats().Calls; n != 2 {
		t.Errorf("the other connector's call came after %d of 2 stalled ones had ended", 2-n)
	}
	cancel()
	wg.Wait()
}

func TestClosedSandboxSaysSo(t *testing.T) {
	r := start(t)
	failed := make(chan error, 1)
	go func() {
		_, err := r.Invoke(t.Context(), call("loop", `{}`))
		failed <- err
	}()
	await(t, "the loop runs", func() bool { return r.Stats().Calls == 1 })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("the call in flight: %v", err)
	}
	if _, err := r.Invoke(t.Context(), call("echo", `{}`)); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("a call after: %v", err)
	}
}

func TestStoppedChildIsGivenUpAndKilled(t *testing.T) {
	r := start(t)
	invoke(t, r, call("echo", `{}`))
	pid := r.Stats().PIDs[0]
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await(t, "the child is stopped", func() bool {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		return strings.Contains(string(status), "State:\tT")
	})
	c := call("echo", `{}`)
	c.Timeout = 100 * time.Millisecond
	stalls := watchStalls()
	began := time.Now()
	e := invoke(t, r, c).Error
	if over := time.Since(began) - c.Timeout; e == nil || e.Code != abi.CodeTimeout || over > stalls.bound() {
		t.Errorf("%+v, %s over its deadline", e, over)
	}
	await(t, "the child is killed", func() bool { return r.Stats().Children == 0 })
	await(t, "the end is counted", func() bool { return childOf(r).Last.Reason == "a call in it could not be stopped" })
	if res := invoke(t, r, call("echo", `{}`)); res.Error != nil {
		t.Errorf("the call after: %v", res.Error)
	}
}

func TestBundledConnectorsShareAChild(t *testing.T) {
	code, err := guestWasm()
	if err != nil {
		t.Fatal(err)
	}
	r := startWith(t, nil)
	err = r.catalog.Load(fstest.MapFS{
		"a.wasm": {Data: connector(t, code, manifest("guest"))},
		"b.wasm": {Data: connector(t, guest(sound).bytes(), manifest("other"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.catalog.Add(connector(t, code, manifest("third"))); err != nil {
		t.Fatal(err)
	}
	for id, children := range map[string]int{"guest": 1, "other": 1} {
		c := call("echo", `{}`)
		c.Connector = id
		invoke(t, r, c)
		if got := r.Stats().Children; got != children {
			t.Errorf("%d children after %s", got, id)
		}
	}
	c := call("echo", `{}`)
	c.Connector = "third"
	invoke(t, r, c)
	if got := r.Stats().Children; got != 2 {
		t.Errorf("%d children, a third-party connector must have its own", got)
	}
}

// TestHammer mixes sound and faulty calls: each must get its own answer.
func TestHammer(t *testing.T) {
	r := start(t)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for n := range 60 {
				mark := fmt.Sprintf(`{"n":"%d.%d"}`, worker, n)
				res := invoke(t, r, call("echo", mark))
				if string(res.Output) != mark {
					t.Errorf("asked %s, answered %s %v", mark, res.Output, res.Error)
				}
				if n%20 == worker {
					faulty := call([]string{"panic", "exit", "giant", "loop", "outside"}[worker%5], `{}`)
					faulty.Timeout = 2 * time.Second
					if res := invoke(t, r, faulty); res.Error == nil {
						t.Errorf("%s succeeded", faulty.Action)
					}
				}
			}
		})
	}
	wg.Wait()
}
