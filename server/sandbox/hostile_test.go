package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// TestHostileModules sends the whole corpus through the real sandbox: each module
// is refused or stopped with a reason, in time, while calls of a sound connector
// beside it go on.
func TestHostileModules(t *testing.T) {
	neighbour := start(t)
	invoke(t, neighbour, call("echo", `{}`)) // compiled from here on
	stop := make(chan struct{})
	var calls atomic.Int64
	var beside sync.WaitGroup
	beside.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			res, err := neighbour.Invoke(t.Context(), call("echo", `{}`))
			if err != nil || res.Error != nil {
				t.Errorf("a call beside: %v %v", err, res.Error)
				return
			}
			calls.Add(1)
		}
	})
	for _, list := range [][]wasmtest.Case{wasmtest.Malformed(), wasmtest.Forbidden(), wasmtest.Misbehaving()} {
		for _, c := range list {
			t.Run(c.Name, func(t *testing.T) { hostile(t, c) })
		}
	}
	close(stop)
	beside.Wait()
	if calls.Load() < 100 {
		t.Errorf("only %d calls were answered beside", calls.Load())
	}
}

func hostile(t *testing.T, c wasmtest.Case) {
	code := c.Bytes()
	if reasons := sandbox.Refusals(code); len(reasons) > 0 != (c.Parse+c.Check != "") || len(reasons) > 0 && !strings.Contains(strings.Join(reasons, "\n"), c.Parse+c.Check) {
		t.Errorf("refusals %v, want %q", reasons, c.Parse+c.Check)
	}
	if c.Name == "too large" || len(code) < 8 {
		return // the catalog takes no such file
	}
	r := startWith(t, nil)
	file, err := signed(code)
	if err == nil {
		_, err = r.catalog.Add(file)
	}
	if err != nil {
		if c.Parse == "" {
			t.Errorf("the catalog refuses it: %v", err)
		}
		return
	}
	k := call("echo", `{"a":1}`)
	if k.Timeout = 10 * time.Second; c.Run == wasmtest.Endless {
		k.Timeout = 400 * time.Millisecond // it takes it all
	}
	stalls := watchStalls()
	began := time.Now()
	res := invoke(t, r, k)
	took, most := time.Since(began), k.Timeout+stalls.bound()
	ok := false
	switch c.Run {
	case wasmtest.Refused:
		ok = res.Error != nil && strings.Contains(res.Error.Message, "can't be loaded")
	case wasmtest.Answers:
		ok = res.Error == nil
	case wasmtest.Endless:
		ok = res.Error != nil && res.Error.Code == abi.CodeTimeout
	case wasmtest.Overflows:
		ok = res.Error != nil && strings.Contains(res.Error.Message, "too deeply")
	case wasmtest.Traps:
		ok = res.Error != nil && res.Error.Code == abi.CodeCrashed
	case wasmtest.Giant:
		ok = res.Error != nil && (res.Error.Code == abi.CodeTooLarge || res.Error.Code == abi.CodeInternal)
	}
	// The server would kill the child of a guest that isn't stopped by it in time.
	ended := func() bool { return res.Error != nil && strings.Contains(res.Error.Message, "given up") }
	for n := 0; n < 10 && ended(); n++ { // or the machine is very busy
		res = invoke(t, r, k)
	}
	if ended() {
		t.Errorf("it was the server that ended it: %v", res.Error)
	}
	if !ok {
		t.Errorf("output %s, error %v, want outcome %d", res.Output, res.Error, c.Run)
	}
	if c.Run == wasmtest.Endless && res.Duration > most {
		t.Errorf("stopped after %v (%v in all), its time was %v", res.Duration, took, k.Timeout)
	}
	if rss := childMemory(t, r); rss > 400<<20 {
		t.Errorf("its child takes %d MiB", rss>>20)
	}
}

// signed puts the guest's manifest into code that may be no module.
func signed(code []byte) ([]byte, error) {
	raw, err := json.Marshal(manifest("guest"))
	if err != nil {
		return nil, err
	}
	return catalog.AppendSection(code, abi.ManifestSection, raw)
}

// childMemory is the resident memory of a sandbox's children in bytes.
func childMemory(t *testing.T, r rig) int64 {
	t.Helper()
	var total int64
	for _, pid := range r.Stats().PIDs {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		var size, resident int64
		if err != nil {
			continue // it has ended
		}
		if _, err := fmt.Sscan(string(raw), &size, &resident); err == nil {
			total += resident * int64(os.Getpagesize())
		}
	}
	return total
}
