package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

const sound = `{"output":{"ok":true}}`

// load installs a module made by hand and says why it can't be loaded.
func load(t *testing.T, code []byte) error {
	t.Helper()
	r := startWith(t, [][]byte{connector(t, code, manifest("guest"))})
	return r.Load(t.Context(), "guest", "")
}

func TestLoadExplainsRefusals(t *testing.T) {
	shell := fn{[]byte{i32}, []byte{i32}, nil}
	refused := guest(sound)
	delete(refused.exports, "drawbridge_alloc")
	noMemory := guest(sound)
	noMemory.noMem = true
	large := guest(sound)
	large.pages = 1000 // the guest's actions declare up to 1024
	tooLarge := guest(sound)
	tooLarge.pages = 1025
	for name, tt := range map[string]struct {
		code []byte
		says string // empty: it loads
	}{
		"sound":            {guest(sound).bytes(), ""},
		"large memory":     {large.bytes(), ""},
		"too large memory": {tooLarge.bytes(), "1025 pages"},
		"foreign import":   {mod{imports: []imported{{"env", "system", shell}}, pages: 1, exports: guest(sound).exports}.bytes(), "it imports env.system, which the sandbox doesn't give"},
		"unknown function": {mod{imports: []imported{{"drawbridge_v1", "exec", shell}}, pages: 1, exports: guest(sound).exports}.bytes(), "it imports drawbridge_v1.exec"},
		"unknown WASI":     {mod{imports: []imported{{"wasi_snapshot_preview1", "sock_open", shell}}, pages: 1, exports: guest(sound).exports}.bytes(), "wasi_snapshot_preview1.sock_open"},
		"wrong signature":  {mod{imports: []imported{{"drawbridge_v1", "now", shell}}, pages: 1, exports: guest(sound).exports}.bytes(), "it imports drawbridge_v1.now as i->i, it is ->I"},
		"unused WASI":      {mod{imports: []imported{{"wasi_snapshot_preview1", "fd_close", shell}}, pages: 2, exports: guest(sound).exports}.bytes(), ""},
		"missing export":   {refused.bytes(), "it doesn't export drawbridge_alloc"},
		"no memory export": {noMemory.bytes(), `it doesn't export its memory as "memory"`},
		"wrong export":     {guest(sound).with("drawbridge_run", shell).bytes(), "invalid"},
		"wrong type":       {guest(sound).with("drawbridge_run", fn{[]byte{i64}, []byte{i64}, constI64(0)}).bytes(), "it exports drawbridge_run as I->I, it must be i->I"},
		"no code":          {append([]byte{0, 'a', 's', 'm', 1, 0, 0, 0}, 10, 3, 1, 0xff, 0xff), "can't be loaded"},
		"traps at start":   {guest(sound).with("_initialize", fn{code: []byte{opUnreachable}}).bytes(), "crashed while starting: unreachable"},
		"buffer traps":     {guest(sound).with("drawbridge_buf", fn{nil, []byte{i64}, []byte{opUnreachable}}).bytes(), "crashed while starting"},
	} {
		t.Run(name, func(t *testing.T) {
			err := load(t, tt.code)
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

func TestForgedPlacesAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		m    mod
		code string
	}{
		"answer outside":    {guest(sound).with("drawbridge_run", fn{[]byte{i32}, []byte{i64}, constI64(0x7fffffff<<32 | 100)}), abi.CodeInternal},
		"answer at the end": {guest(sound).with("drawbridge_run", fn{[]byte{i32}, []byte{i64}, constI64(131071<<32 | 2)}), abi.CodeInternal},
		"answer of 4 GiB":   {guest(sound).with("drawbridge_run", fn{[]byte{i32}, []byte{i64}, constI64(0xffffffff)}), abi.CodeTooLarge},
		"empty answer":      {guest(sound).with("drawbridge_run", fn{[]byte{i32}, []byte{i64}, constI64(0)}), abi.CodeInternal},
		"buffer outside":    {guest(sound).with("drawbridge_buf", fn{nil, []byte{i64}, constI64(0x7fffffff<<32 | 4096)}), abi.CodeInternal},
		"no room":           {guest(sound).with("drawbridge_buf", fn{nil, []byte{i64}, constI64(0)}), abi.CodeCrashed},
		"empty object":      {guest(`{}`), abi.CodeInternal},
		"error of no code":  {guest(`{"error":{"message":"x"}}`), abi.CodeInternal},
		"trap":              {guest(sound).with("drawbridge_run", fn{[]byte{i32}, []byte{i64}, []byte{opUnreachable}}), abi.CodeCrashed},
	} {
		t.Run(name, func(t *testing.T) {
			r := startWith(t, [][]byte{connector(t, tt.m.bytes(), manifest("guest"))})
			for range 2 {
				if e := invoke(t, r, call("echo", `{}`)).Error; e == nil || e.Code != tt.code {
					t.Errorf("%v, want %s", e, tt.code)
				}
			}
		})
	}
}

// TestForgedRoomIsRefused sends a request that is larger than the guest's buffer to
// guests that give no sound place for it.
func TestForgedRoomIsRefused(t *testing.T) {
	const end = 2 << 16
	place := func(at int64) fn { return fn{[]byte{i32}, []byte{i32}, sleb([]byte{opI32Const}, at)} }
	room := func(at int64) mod { return guest(sound).with("drawbridge_alloc", place(at)) }
	answer := func(packed int64) mod {
		return room(65536).with("drawbridge_run_at", fn{[]byte{i32, i32}, []byte{i64}, constI64(packed)})
	}
	for name, tt := range map[string]struct {
		m    mod
		code string
	}{
		"none":              {room(0), abi.CodeCrashed},
		"at the end":        {room(end), abi.CodeCrashed},
		"over the end":      {room(end - 100), abi.CodeCrashed},
		"far outside":       {room(-65536), abi.CodeCrashed},
		"the last byte":     {room(-1), abi.CodeCrashed},
		"a trap":            {guest(sound).with("drawbridge_alloc", fn{[]byte{i32}, []byte{i32}, []byte{opUnreachable}}), abi.CodeCrashed},
		"an endless loop":   {guest(sound).with("drawbridge_alloc", fn{[]byte{i32}, []byte{i32}, []byte{opLoop, voidBlock, opBr, 0, opEnd, opUnreachable}}), abi.CodeTimeout},
		"an answer outside": {answer(0x7fffffff<<32 | 100), abi.CodeInternal},
		"an answer of 1 GB": {answer(1 << 30), abi.CodeTooLarge},
		"an answer of all":  {answer(-1), abi.CodeTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r := startWith(t, [][]byte{connector(t, tt.m.bytes(), manifest("guest"))})
			c := call("echo", `{"plain":"`+strings.Repeat("x", 8<<10)+`"}`)
			c.Timeout = 500 * time.Millisecond
			for range 2 {
				if e := invoke(t, r, c).Error; e == nil || e.Code != tt.code || strings.Contains(e.Message, "process died") {
					t.Errorf("%v, want %s", e, tt.code)
				}
			}
		})
	}
}

func TestLoopAtStartIsStopped(t *testing.T) {
	loop := []byte{opLoop, voidBlock, opBr, 0, opEnd}
	r := startWith(t, [][]byte{connector(t, guest(sound).with("_initialize", fn{code: loop}).bytes(), manifest("guest"))})
	c := call("echo", `{}`)
	if e := invoke(t, r, c).Error; e == nil || e.Code != abi.CodeTimeout || !strings.Contains(e.Message, "processor time while starting") {
		t.Errorf("%+v", e)
	}
}

// TestRecursionIsStopped holds for a guest whose stack is the runtime's, where
// a limit of memory does not help.
func TestRecursionIsStopped(t *testing.T) {
	m := guest(sound)
	// Functions are numbered by name: alloc 0, buf 1, run 2, run_at 3.
	recurse := []byte{opI32Const, 0, opCall, 2, opDrop}
	m = m.with("drawbridge_run", fn{[]byte{i32}, []byte{i64}, append(recurse, constI64(0)...)})
	r := startWith(t, [][]byte{connector(t, m.bytes(), manifest("guest"))})
	c := call("echo", `{}`)
	c.Timeout = 5 * time.Second
	stalls := watchStalls()
	began := time.Now()
	e := invoke(t, r, c).Error
	if e == nil || e.Code != abi.CodeCrashed && e.Code != abi.CodeTimeout || time.Since(began) > c.Timeout+stalls.bound() {
		t.Errorf("%+v after %s", e, time.Since(began))
	}
	t.Logf("%s after %s", e.Message, time.Since(began))
}

func TestSmallestConnectorAnswers(t *testing.T) {
	r := startWith(t, [][]byte{connector(t, guest(sound).bytes(), manifest("guest"))})
	if res := invoke(t, r, call("echo", `{"x":1}`)); string(res.Output) != `{"ok":true}` {
		t.Errorf("%s %v", res.Output, res.Error)
	}
}
