package sandbox_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// pristineCalls is how many calls of each module are made; SOAK sets it.
func pristineCalls(t *testing.T) int64 {
	t.Helper()
	if n, err := strconv.ParseInt(os.Getenv("SOAK"), 10, 64); err == nil {
		return n
	}
	return 2000
}

// TestPristine mixes calls that count, allocate, grow, panic, exit and never end,
// eight at once: each answers what a fresh instance answers, and what every so
// many leave behind is the image, byte for byte.
func TestPristine(t *testing.T) {
	code, err := guestWasm()
	if err != nil {
		t.Fatal(err)
	}
	b, err := sandbox.NewBare(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(t.Context())
	const short = 30 * time.Millisecond
	kinds := []string{"echo", "count", "grow", "count", "echo", "grow", "zero", "count", "panic", "exit", "outside", "count", "hog", "recurse", "loop"}
	want := map[string]string{}
	for _, kind := range kinds {
		answer, err := b.Fresh(t.Context(), abi.DefaultPages, short*10, request(kind))
		want[kind] = outcome(answer, err)
	}
	if want["count"] != `{"output":1}` || want["grow"] != `{"output":[1,1,5]}` || want["zero"] != `{"output":0}` || !strings.Contains(want["exit"], "code 3") {
		t.Fatalf("fresh instances answer %v", want)
	}
	calls := pristineCalls(t)
	var next, looks atomic.Int64
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for n := next.Add(1); n <= calls; n = next.Add(1) {
				kind := kinds[n%int64(len(kinds))]
				if kind == "loop" && n%5 != 0 || kind == "hog" && n%3 != 0 {
					kind = "count" // the slow ones are few
				}
				answer, looked, intact, err := b.Run(t.Context(), abi.DefaultPages, timeoutOf(kind, short), request(kind), n%97 == 0)
				if got := outcome(answer, err); got != want[kind] {
					t.Errorf("call %d, %s: %s, a fresh instance: %s", n, kind, got, want[kind])
					return
				}
				if looked {
					looks.Add(1)
					if !intact {
						t.Errorf("call %d, %s: its instance isn't as the image", n, kind)
						return
					}
				}
			}
		})
	}
	workers.Wait()
	if looks.Load() == 0 {
		t.Error("nobody looked")
	}
}

// timeoutOf lets only that call run into its deadline which never ends.
func timeoutOf(kind string, short time.Duration) time.Duration {
	if kind == "loop" {
		return short
	}
	return time.Minute
}

func request(action string) []byte {
	return fmt.Appendf(nil, `{"action":%q,"input":{"a":1},"run":{"id":"r"}}`, action)
}

func outcome(answer string, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return answer
}
