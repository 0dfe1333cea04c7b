package sandbox_test

import (
	"strings"
	"testing"
)

// TestFailingWarmUpTakesNothingDown runs modules whose warming up ends badly: they
// start without it, and the call that started them says so.
func TestFailingWarmUpTakesNothingDown(t *testing.T) {
	for name, tt := range map[string]struct {
		code []byte
		says string
	}{
		"loops": {[]byte{opLoop, voidBlock, opBr, 0, opEnd}, "while warming"}, // by its processor time, or by its deadline where others have the processor
		"traps": {[]byte{opUnreachable}, "crashed while warming up: unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			r := startWith(t, [][]byte{connector(t, guest(sound).with("drawbridge_warm", fn{code: tt.code}).bytes(), manifest("guest"))})
			first, second := invoke(t, r, call("echo", `{}`)), invoke(t, r, call("echo", `{}`))
			if string(first.Output) != `{"ok":true}` || string(second.Output) != `{"ok":true}` {
				t.Errorf("%+v, %+v", first, second)
			}
			if len(first.Logs) != 1 || first.Logs[0].Level != "warn" || !strings.Contains(first.Logs[0].Message, tt.says) {
				t.Errorf("the first call logged %+v, want %q", first.Logs, tt.says)
			}
			if len(second.Logs) != 0 {
				t.Errorf("the second call logged %+v", second.Logs)
			}
		})
	}
}
