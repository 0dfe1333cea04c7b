package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// way is one way to run a call, to be compared with others.
type way struct {
	name  string
	calls int // in a row, before the next way has its turn
	run   func() error
}

// compare runs ways in turns, so that what else the machine does falls on all of
// them alike, and answers the median CPU time of a call of each, in µs.
func compare(b *testing.B, ways []way) map[string]float64 {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	spent := map[string][]float64{}
	for b.Loop() {
		for _, w := range ways {
			before := threadTime(b)
			for range w.calls {
				if err := w.run(); err != nil {
					b.Fatal(w.name, err)
				}
			}
			spent[w.name] = append(spent[w.name], float64(threadTime(b)-before)/1e3/float64(w.calls))
		}
	}
	medians := map[string]float64{}
	for name, all := range spent {
		slices.Sort(all)
		medians[name] = all[len(all)/2]
		b.ReportMetric(medians[name], name+"-µs")
	}
	b.ReportMetric(0, "ns/op")
	return medians
}

// threadTime is the CPU time of this thread.
func threadTime(b *testing.B) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// BenchmarkCall compares calls with 1 KB of JSON in this process, without the
// trip to a child: pristine as it is, warm on an instance that is never put back,
// and fresh on an instance that is made for it; reset puts back what the call
// wrote.
func BenchmarkCall(b *testing.B) {
	input := echoInput(b)
	b.Run("go", func(b *testing.B) { fourWays(b, codecGuest(b), callOf("echo", input)) })
	b.Run("go/encoding-json", func(b *testing.B) { fourWays(b, codecGuest(b), callOf("echo_standard", input)) })
	b.Run("c", func(b *testing.B) { fourWays(b, compileC(b, "testdata/walkc", "walk.c"), callOf("echo", input)) })
	text, err := os.ReadFile("../../plugins/text/text.wasm")
	if err != nil {
		b.Fatal(err)
	}
	pick := fmt.Appendf(nil, `{"data":%s,"fields":{"text":"text","names":"items[*].name"}}`, input)
	b.Run("rust/pick", func(b *testing.B) { fourWays(b, text, callOf("pick", pick)) })
	lines := fmt.Appendf(nil, `{"text":%q}`, strings.Repeat("x", 1000))
	b.Run("rust/lines", func(b *testing.B) { fourWays(b, text, callOf("lines", lines)) })
	b.Run("javascript", func(b *testing.B) { fourWays(b, echoScript(b), callOf("echo", input)) })
}

func callOf(action string, input []byte) []byte {
	return fmt.Appendf(nil, `{"action":%q,"input":%s,"run":{"id":"r","step":"s","attempt":1,"key":"k"}}`, action, input)
}

// fourWays compares one request pristine, warm and fresh.
func fourWays(b *testing.B, code, input []byte) {
	bare, err := sandbox.NewBare(b.Context(), code)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close(b.Context())
	pristine := pristineWay(b, bare, input)
	reset, end, err := bare.Reset(b.Context(), input)
	if err != nil {
		b.Fatal(err)
	}
	defer end()
	is := compare(b, []way{pristine, warmWay(b, bare, input), {"reset", 20, reset}, {"fresh", 1, func() error {
		_, err := bare.Fresh(b.Context(), abi.DefaultPages, time.Minute, input)
		return err
	}}})
	b.ReportMetric(is["pristine"]/is["warm"], "pristine/warm")
	b.ReportMetric(is["fresh"]/is["pristine"], "fresh/pristine")
	b.ReportMetric(idleMemory(b, bare, input), "KiB/instance")
}

func pristineWay(b *testing.B, bare *sandbox.Bare, input []byte) way {
	b.Helper()
	answer, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false)
	if err != nil || !strings.HasPrefix(answer, `{"output":`) {
		b.Fatalf("it answers %s, %v", answer, err)
	}
	return way{"pristine", 20, func() error {
		_, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false)
		return err
	}}
}

// warmWay takes a new instance now and then: some guests free nothing, because an
// image takes the place of their memory.
func warmWay(b *testing.B, bare *sandbox.Bare, input []byte) way {
	const calls = 500
	var warm func([]byte) error
	end, n := func() {}, 0
	b.Cleanup(func() { end() })
	return way{"warm", 20, func() (err error) {
		if n%calls == 0 {
			end()
			if warm, end, err = bare.Warm(b.Context()); err != nil {
				return err
			}
		}
		n++
		return warm(input)
	}}
}

// BenchmarkJSON compares the SDKs' ways to read and write 1 KB. inside is the
// SDK's codec against encoding/json within one call; a call in JavaScript is held
// against one in Go by encoding/json.
func BenchmarkJSON(b *testing.B) {
	input := echoInput(b)
	guest, script := open(b, codecGuest(b)), open(b, echoScript(b))
	const times = 20
	repeated := func(action string) way {
		request := callOf(action, fmt.Appendf(nil, `{"times":%d,"request":%s}`, times, callOf("echo", input)))
		w := pristineWay(b, guest, request)
		return way{action, 1, w.run}
	}
	call := func(name, action string, bare *sandbox.Bare) way {
		w := pristineWay(b, bare, callOf(action, input))
		return way{name, w.calls, w.run}
	}
	is := compare(b, []way{
		repeated("lean"), repeated("standard"), call("javascript", "echo", script), call("javascript-async", "later", script),
		call("go", "echo", guest), call("go-standard", "echo_standard", guest),
	})
	b.ReportMetric(is["lean"]/is["standard"], "lean/standard")
	b.ReportMetric(is["javascript"]/is["go-standard"], "javascript/go-standard")
}

func open(b *testing.B, code []byte) *sandbox.Bare {
	b.Helper()
	bare, err := sandbox.NewBare(b.Context(), code)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { bare.Close(b.Context()) })
	return bare
}

// codecGuest is testdata/codec.
func codecGuest(b *testing.B) []byte {
	b.Helper()
	out := filepath.Join(b.TempDir(), "codec.wasm")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/codec")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	code, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	return code
}

// echoInput is 1 KB as flows have it: texts with escapes, numbers and lists.
func echoInput(b *testing.B) []byte {
	b.Helper()
	var items []map[string]any
	for i := range 8 {
		items = append(items, map[string]any{"id": i, "name": "host-" + strings.Repeat("x", 20), "tags": []string{"edr", "windows", "finance"}, "score": float64(i) * 1.25})
	}
	input, err := json.Marshal(map[string]any{"text": strings.Repeat("An alert \"of\" the EDR. ", 10), "items": items})
	if err != nil {
		b.Fatal(err)
	}
	return input
}

// idleMemory answers what the system gives an instance that was put back after a
// call, with the tables of its pages.
func idleMemory(b *testing.B, bare *sandbox.Bare, input []byte) float64 {
	b.Helper()
	const instances = 100
	runtime.GC()
	debug.FreeOSMemory()
	before := resident(b)
	for range instances {
		reset, end, err := bare.Reset(b.Context(), input)
		if err != nil {
			b.Fatal(err)
		}
		defer end()
		if err := reset(); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	return float64(resident(b)-before) / instances
}

// resident is the memory of this process that isn't shared with a file, and its
// tables, in KiB.
func resident(b *testing.B) int {
	b.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	sum := 0
	for line := range strings.Lines(string(raw)) {
		name, rest, _ := strings.Cut(line, ":")
		var n int
		if _, err := fmt.Sscan(rest, &n); err == nil && (name == "RssAnon" || name == "VmPTE") {
			sum += n
		}
	}
	return sum
}
