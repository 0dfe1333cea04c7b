package sandbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func worldScript(t *testing.T) rig {
	t.Helper()
	return startWith(t, [][]byte{sdkScript(t, "testdata/worldjs", "script", "random", "date", "timers", "unhandled", "caught", "square", "text", "repeat")})
}

func output(t *testing.T, r rig, action string, into any) sandbox.Result {
	t.Helper()
	res := invoke(t, r, callScript(action, `{}`))
	if res.Error != nil || json.Unmarshal(res.Output, into) != nil {
		t.Fatalf("%s: %s, %v", action, res.Output, res.Error)
	}
	return res
}

// TestScriptsDrawAnew sees that what Math.random gives isn't in the image, from
// which each call begins.
func TestScriptsDrawAnew(t *testing.T) {
	r := worldScript(t)
	seen := map[float64]bool{}
	for range 20 {
		var got struct{ Drawn []float64 }
		output(t, r, "random", &got)
		for _, x := range got.Drawn[:2] {
			if seen[x] || x < 0 || x >= 1 || x == got.Drawn[2] {
				t.Fatalf("%v was drawn, after %v", got.Drawn, seen)
			}
			seen[x] = true
		}
	}
}

// TestScriptsKnowTheTime sees one clock wherever a script looks, in UTC.
func TestScriptsKnowTheTime(t *testing.T) {
	r := worldScript(t)
	before := time.Now().UnixMilli()
	var got struct {
		Now, Date, Ctx, Zone int64
		Text                 string
	}
	output(t, r, "date", &got)
	after := time.Now().UnixMilli()
	for _, at := range []int64{got.Now, got.Date, got.Ctx} {
		if at < before-1 || at > after+1 {
			t.Errorf("%+v is not between %d and %d", got, before, after)
		}
	}
	if got.Zone != 0 || !strings.Contains(got.Text, "GMT+0000") {
		t.Errorf("the zone is %d, %s", got.Zone, got.Text)
	}
}

// TestScriptTimersRunInTheirOrder sees timers run by when they are due, after what
// can run at once.
func TestScriptTimersRunInTheirOrder(t *testing.T) {
	var got struct {
		Order  []string
		Waited int64
	}
	output(t, worldScript(t), "timers", &got)
	if want := []string{"soon", "every", "ten", "every", "twenty"}; !slices.Equal(got.Order, want) || got.Waited < 20 {
		t.Errorf("%v after %d ms, want %v", got.Order, got.Waited, want)
	}
}

// TestUnhandledRejectionsAreTold sees in the log what nobody waited for, and not
// what somebody looked at in the end.
func TestUnhandledRejectionsAreTold(t *testing.T) {
	r := worldScript(t)
	for range 2 {
		var got struct{ Done bool }
		res := output(t, r, "unhandled", &got)
		var log strings.Builder
		for _, l := range res.Logs {
			log.WriteString(l.Message + "\n")
		}
		for _, want := range []string{"nothing handled it: Error: nobody looks at index.ts:", "nothing handled it: TypeError: nor at this at ", "nothing handled it: a text"} {
			if strings.Count(log.String(), want) != 1 {
				t.Errorf("the log lacks %q:\n%s", want, &log)
			}
		}
		if strings.Contains(log.String(), "somebody") || strings.Count(log.String(), "nothing handled it") != 3 {
			t.Errorf("the log says too much:\n%s", &log)
		}
	}
}

// TestHandledRejectionsTakeNoRoom sees that a script may throw and catch without
// end, but for its time.
func TestHandledRejectionsTakeNoRoom(t *testing.T) {
	var got int
	output(t, worldScript(t), "caught", &got)
	if got != 20_000 {
		t.Errorf("%d", got)
	}
}

// TestScriptsGrowNothingWithoutEnd sees a clear error where a value gets larger
// than there is room or time for.
func TestScriptsGrowNothingWithoutEnd(t *testing.T) {
	r := worldScript(t)
	for action, want := range map[string]struct{ code, says string }{
		"square": {abi.CodeInternal, "RangeError: BigInt is too large"},
		"text":   {abi.CodeInternal, "InternalError: string too long"},
		"repeat": {abi.CodeInternal, "RangeError: invalid string length"},
	} {
		res := invoke(t, r, callScript(action, `{}`))
		if res.Error == nil || res.Error.Code != want.code || !strings.Contains(res.Error.Message, want.says) || !strings.Contains(res.Error.Message, "index.ts:") {
			t.Errorf("%s: %s %v, want %v", action, res.Output, res.Error, want)
		}
	}
}

// TestListsAreNotToldForEver sees a script end that never tells the text of what it
// answers, which the sandbox asks it for.
func TestListsAreNotToldForEver(t *testing.T) {
	script := `const host = drawbridgeHost; const wide = [Array.from({length: 60000}, (_, i) => i).concat(() => 1)];
		host.pump = () => undefined; host.run = () => wide; host.text = () => wide;`
	b, err := sandbox.NewBare(t.Context(), scriptCode(t, script))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(t.Context())
	began := time.Now()
	answer, _, _, err := b.Run(t.Context(), abi.DefaultPages, 100*time.Millisecond, []byte(`{}`), false)
	if err == nil || !strings.Contains(err.Error(), "did not end within its time") {
		t.Errorf("%.100s, %v", answer, err)
	}
	t.Logf("it ended after %v", time.Since(began)) // most of it is unwinding
}
