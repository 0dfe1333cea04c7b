package sandbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func TestInvokeAnswers(t *testing.T) {
	r := start(t)
	res := invoke(t, r, call("echo", `{"a":[1,"é"]}`))
	if string(res.Output) != `{"a":[1,"é"]}` || res.Duration <= 0 {
		t.Errorf("echo: %s in %s", res.Output, res.Duration)
	}
	var about struct {
		Run struct {
			ID, Step, Key string
			Attempt       int
			DryRun        bool
		}
		Env       []string
		Args      int
		Now, Wall int64
	}
	c := call("about", `{}`)
	c.DryRun, c.Key = true, "k\"\n1"
	if err := json.Unmarshal(invoke(t, r, c).Output, &about); err != nil {
		t.Fatal(err)
	}
	if about.Run.ID != "r1" || about.Run.Step != "each.0.step" || about.Run.Attempt != 2 || about.Run.Key != c.Key || !about.Run.DryRun {
		t.Errorf("the guest was told %+v", about.Run)
	}
	if len(about.Env) > 0 || about.Args > 0 {
		t.Errorf("the guest sees the environment %v, %d arguments", about.Env, about.Args)
	}
	if d := time.Since(time.Unix(0, about.Now)); d < 0 || d > time.Minute || about.Wall < about.Now {
		t.Errorf("the guest's clocks: %d, %d", about.Now, about.Wall)
	}
}

// TestFailures holds what becomes of every way to fail. After each the guest
// must answer again.
func TestFailures(t *testing.T) {
	r := start(t)
	for _, tt := range []struct {
		action, code, says string
		retryable          bool
	}{
		{"panic", abi.CodeCrashed, "panic: boom", false},
		{"exit", abi.CodeCrashed, "code 3", false},
		{"hog", abi.CodeCrashed, "ran out of memory: it may have 384 pages (24 MiB)", false},
		{"recurse", abi.CodeCrashed, "called itself too deeply", false},
		{"giant", abi.CodeTooLarge, "the limit is 8388608", false},
		{"outside", abi.CodeInternal, "outside its memory", false},
		{"garbage", abi.CodeInternal, "not JSON", false},
		{"both", abi.CodeInternal, "both an output and an error", false},
		{"error", abi.CodeRateLimited, "slow down", true},
		{"absent", abi.CodeUnknownCall, `no action "absent"`, false},
	} {
		t.Run(tt.action, func(t *testing.T) {
			e := invoke(t, r, call(tt.action, `{}`)).Error
			if e == nil || e.Code != tt.code || !strings.Contains(e.Message, tt.says) || e.Retryable != tt.retryable {
				t.Errorf("error %+v, want %s with %q, retryable %v", e, tt.code, tt.says, tt.retryable)
			}
			if res := invoke(t, r, call("echo", `{}`)); res.Error != nil {
				t.Errorf("afterwards: %v", res.Error)
			}
		})
	}
	if st := r.Stats(); st.Children != 1 {
		t.Errorf("%d children after faults of the guest alone", st.Children)
	}
}

func TestDeadlineIsKept(t *testing.T) {
	r := start(t)
	invoke(t, r, call("echo", `{}`)) // compiled from here on
	for _, action := range []string{"loop", "sleep"} {
		c := call(action, `{}`)
		c.Timeout = 300 * time.Millisecond
		stalls := watchStalls()
		began := time.Now()
		e := invoke(t, r, c).Error
		if over := time.Since(began) - c.Timeout; e == nil || e.Code != abi.CodeTimeout || over > stalls.bound() || over < 0 {
			t.Errorf("%s: %v, %s over its deadline", action, e, over)
		}
	}
	if res := invoke(t, r, call("nap", `{}`)); string(res.Output) != `"rested"` {
		t.Errorf("a short sleep: %s %v", res.Output, res.Error)
	}
}

// TestEveryCallBeginsAnew runs calls that leave something behind.
func TestEveryCallBeginsAnew(t *testing.T) {
	code, err := guestWasm()
	if err != nil {
		t.Fatal(err)
	}
	r := startWith(t, [][]byte{connector(t, code, manifest("guest"), manifest("other"))})
	for n, action := range strings.Fields("count count grow count grow panic count exit grow count hog count grow") {
		c := call(action, `{}`)
		if n%2 == 1 {
			c.Connector = "other" // of the same module
		}
		res := invoke(t, r, c)
		if want := map[string]string{"count": "1", "grow": "[1,1,5]"}[action]; want != "" && string(res.Output) != want {
			t.Errorf("call %d, %s: %s %v, want %s", n, action, res.Output, res.Error, want)
		}
	}
	c := call("about", `{}`)
	c.Connector = "other"
	if res := invoke(t, r, c); !strings.Contains(string(res.Output), `"connector":"other"`) {
		t.Errorf("the request names no connector: %s", res.Output)
	}
}

func TestLogs(t *testing.T) {
	r := start(t)
	var got []string
	for _, l := range invoke(t, r, call("log", `{}`)).Logs {
		if l.At.IsZero() {
			t.Errorf("%q has no time", l.Message)
		}
		got = append(got, l.Level+" "+l.Message)
	}
	want := []string{"warn plain", "warn two", "warn lines", "warn red [31mtext", "info printed", "progress half way"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("logs %q, want %q", got, want)
	}
}

func TestLogFloodIsCut(t *testing.T) {
	r := start(t)
	res := invoke(t, r, call("flood", `{}`))
	total := 0
	for _, l := range res.Logs {
		if len(l.Message) > abi.MaxLogLine {
			t.Errorf("a line of %d bytes", len(l.Message))
		}
		total += len(l.Message)
	}
	last := res.Logs[len(res.Logs)-1]
	if total > abi.MaxLogBytes || total < abi.MaxLogBytes/2 || !strings.Contains(last.Message, "left out") {
		t.Errorf("%d bytes in %d lines, the last %q", total, len(res.Logs), last.Message)
	}
}

func TestPowersAreRefused(t *testing.T) {
	r := start(t)
	res := invoke(t, r, call("http", `{}`))
	if !strings.Contains(string(res.Output), `\"code\":\"denied\"`) {
		t.Errorf("http answered %s", res.Output)
	}
	if n := len(res.Logs); n != 1 || res.Logs[0].Level != "call" || !strings.Contains(res.Logs[0].Message, "GET https://example.com -> refused, denied") {
		t.Errorf("the record of the call: %+v", res.Logs)
	}
	res = invoke(t, r, call("forge", `{}`))
	if string(res.Output) != "[-2,-2,-2,-2,-5,-2]" {
		t.Errorf("forged calls answered %s (%v)", res.Output, res.Error)
	}
	res = invoke(t, r, call("files", `{}`))
	if s := string(res.Output); strings.Contains(s, "nil") || !strings.Contains(s, "/etc/passwd") {
		t.Errorf("files: %s", s)
	}
	a, b := invoke(t, r, call("random", `{}`)), invoke(t, r, call("random", `{}`))
	if string(a.Output) == string(b.Output) {
		t.Error("two calls drew the same random bytes")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r := start(t)
	o := sandbox.Options{Catalog: r.catalog, Blobs: r.blobs, Broker: nil}
	if _, err := sandbox.New(o); err == nil {
		t.Error("a sandbox without a broker")
	}
	if _, err := sandbox.New(sandbox.Options{Catalog: r.catalog, Blobs: r.blobs, Broker: broker(r), CacheDir: dir}); err == nil || !strings.Contains(err.Error(), "0700") {
		t.Errorf("an open cache folder: %v", err)
	}
	if _, err := sandbox.New(sandbox.Options{Catalog: r.catalog, Blobs: r.blobs, Broker: broker(r), Slots: 33}); err == nil {
		t.Error("33 slots")
	}
}
