package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// TestForgedArgumentsAreRefused calls every function that a guest may import with
// pointers, lengths and handles from the edges of what there is: the guest must go
// on and answer as if nothing had been.
func TestForgedArgumentsAreRefused(t *testing.T) {
	edges := []int32{0, 1, 2, 3, 8, 4096, 65536, 131064, 131071, 131072, 131073, 1<<31 - 1, -1 << 31, -65536, -8, -2, -1}
	random := rand.New(rand.NewPCG(7, 7))
	functions := sandbox.HostFunctions()
	names := slices.Sorted(maps.Keys(functions))
	if len(names) < 50 {
		t.Fatalf("only %d functions: %q", len(names), names)
	}
	for part := range slices.Chunk(names, 8) {
		t.Run(strings.Join(part, " "), func(t *testing.T) {
			var imports []wasmtest.Import
			var code []byte
			for index, name := range part {
				module, function, _ := strings.Cut(name, ".")
				params, results, _ := strings.Cut(functions[name], "->")
				imports = append(imports, wasmtest.Import{Module: module, Name: function, Type: wasmtest.Sig(valueTypes(params), valueTypes(results))})
				for range 60 {
					for _, p := range params {
						edge := edges[random.IntN(len(edges))]
						if p == 'I' {
							code = append(code, wasmtest.I64Const(int64(edge)<<(random.IntN(2)*31))...)
						} else {
							code = append(code, wasmtest.I32Const(edge)...)
						}
					}
					code = append(code, wasmtest.Call(uint32(index))...)
					code = append(code, slices.Repeat([]byte{wasmtest.Drop}, len(results))...)
				}
			}
			// The answer is written anew: a function may have been told to write there.
			for i, b := range []byte(wasmtest.Answer) {
				code = append(code, wasmtest.Code(wasmtest.I32Const(int32(i)), wasmtest.I32Const(int32(b)), wasmtest.Access(0x3a, 0))...)
			}
			code = append(code, wasmtest.I64Const(int64(len(wasmtest.Answer)))...)
			r := startWith(t, [][]byte{connector(t, wasmtest.Running(code, imports...).Bytes(), manifest("guest"))})
			for range 2 {
				if res := invoke(t, r, call("echo", `{}`)); string(res.Output) != `{"ok":true}` {
					t.Fatalf("%s, %v", res.Output, res.Error)
				}
			}
			if st := r.Stats(); st.Children != 1 {
				t.Errorf("%d children", st.Children)
			}
		})
	}
}

func valueTypes(signature string) (types []byte) {
	for _, c := range signature {
		types = append(types, map[rune]byte{'i': wasmtest.I32, 'I': wasmtest.I64}[c])
	}
	return types
}

// silentWorld is a frontier whose server takes requests and answers none.
func silentWorld(t *testing.T) (r rig, asks map[string]any, waiting *atomic.Int32) {
	t.Helper()
	f := newFrontier(t)
	waiting = &atomic.Int32{}
	release := make(chan struct{})
	t.Cleanup(func() { close(release) }) // before the server is closed
	f.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		waiting.Add(1)
		select {
		case <-release:
		case <-r.Context().Done():
		}
		waiting.Add(-1)
	})
	silent, err := net.Listen("tcp", "127.0.0.1:0") // never says hello in TLS
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	port := silent.Addr().(*net.TCPAddr).Port
	f.names = func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} }
	f.allow("example.com", f.port(), catalog.Network{Prefix: netip.MustParsePrefix("127.0.0.1/32")})
	f.grant.Net = []catalog.NetRule{{Host: "example.com", Port: port, TLS: true}}
	r = startWith(t, [][]byte{connector(t, reachers["go"](t), reachManifest())}, f.broker)
	return r, map[string]any{
		abi.HostHTTP:    abi.HTTPRequest{URL: fmt.Sprintf("https://example.com:%d/", f.port()), Timeout: "1h"},
		abi.HostNetOpen: abi.NetRequest{Host: "example.com", Port: port, Timeout: "1h"},
	}, waiting
}

// TestSlowHostCallsEndWithTheCall waits for other sides that never answer: a guest
// can't outlive its time in a host call, whatever time it asks for.
func TestSlowHostCallsEndWithTheCall(t *testing.T) {
	r, asks, waiting := silentWorld(t)
	for function, request := range asks {
		c := asking(t, function, request)
		invoke(t, r, asking(t, abi.HostHTTP, map[string]any{"unknown": 1})) // loaded from here on
		c.Timeout = 300 * time.Millisecond
		stalls := watchStalls()
		began := time.Now()
		res := invoke(t, r, c)
		if over := time.Since(began) - c.Timeout; over > stalls.bound() || over < 0 {
			t.Errorf("%s: %v over its deadline", function, over)
		}
		// The guest may be told in time, and then answers what it was told.
		if e := res.Error; e == nil && !strings.Contains(string(res.Output), `"code":"timeout"`) || e != nil && e.Code != abi.CodeTimeout {
			t.Errorf("%s: %s, %v", function, res.Output, res.Error)
		}
	}
	await(t, "nobody asks the server any more", func() bool { return waiting.Load() == 0 })
}

// TestCallsEndAmidAHostCall takes a guest away while the host works for it, by its
// caller who goes and by the end of its process. The work ends with it, and other
// calls go on.
func TestCallsEndAmidAHostCall(t *testing.T) {
	r, asks, waiting := silentWorld(t)
	for name, end := range map[string]func(cancel context.CancelFunc){
		"canceled": func(cancel context.CancelFunc) { cancel() },
		"killed": func(context.CancelFunc) {
			for _, pid := range r.Stats().PIDs {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		type outcome struct {
			res sandbox.Result
			err error
		}
		done := make(chan outcome, 1)
		c := asking(t, abi.HostHTTP, asks[abi.HostHTTP])
		c.Timeout = 5 * time.Second
		go func() {
			res, err := r.Invoke(ctx, c)
			done <- outcome{res, err}
		}()
		await(t, "the host works for it", func() bool { return waiting.Load() == 1 })
		end(cancel)
		got := <-done
		// The guest may be told in time, and then answers what it was told.
		told := got.err == nil && got.res.Error == nil && strings.Contains(string(got.res.Output), `"error"`)
		if name == "canceled" && !errors.Is(got.err, context.Canceled) && !told || name == "killed" && (got.err != nil || got.res.Error == nil || got.res.Error.Code != abi.CodeCrashed) {
			t.Errorf("%s: %s, %v, %v", name, got.res.Output, got.res.Error, got.err)
		}
		cancel()
		await(t, "the host's work has ended", func() bool { return waiting.Load() == 0 })
		if res := invoke(t, r, asking(t, abi.HostHTTP, map[string]any{"unknown": 1})); string(res.Output) != `{"errno":-2}` {
			t.Errorf("after it was %s: %s %v", name, res.Output, res.Error)
		}
	}
}

// TestMutantsInTheSandbox damages sound connectors and sends what the check lets
// through to the real compiler and the real child. SOAK says how many thousands.
func TestMutantsInTheSandbox(t *testing.T) {
	n := 24
	if s := os.Getenv("SOAK"); s != "" {
		n, _ = strconv.Atoi(s)
		n /= 50
	} else if testing.Short() {
		t.Skip("compiles many modules; not in short mode")
	}
	random := rand.New(rand.NewPCG(3, 4))
	var seeds [][]byte
	for _, c := range append(wasmtest.Toolchains(), wasmtest.Misbehaving()...) {
		if code := c.Bytes(); len(code) < 8<<10 && c.Check == "" {
			seeds = append(seeds, code)
		}
	}
	outcomes := map[string]int{}
	for tried := 0; tried < n; {
		code := wasmtest.Mutate(random, seeds[random.IntN(len(seeds))])
		if len(sandbox.Refusals(code)) > 0 {
			continue
		}
		file, err := signed(code)
		if err != nil {
			continue
		}
		tried++
		r := startWith(t, nil)
		if _, err := r.catalog.Add(file); err != nil {
			continue // a manifest in the wrong place
		}
		c := call("echo", `{}`)
		c.Timeout = 200 * time.Millisecond
		res := invoke(t, r, c)
		if res.Error == nil {
			outcomes["answered"]++
		} else {
			outcomes[res.Error.Code]++
			if strings.Contains(res.Error.Message, "process died") || strings.Contains(res.Error.Message, "given up") {
				t.Errorf("mutant %d: %s\n%x", tried, res.Error.Message, code)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d mutants: %v", n, outcomes)
}
