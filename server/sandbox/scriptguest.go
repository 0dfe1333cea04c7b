package sandbox

import (
	"context"
	_ "embed" // the prelude

	"github.com/tetratelabs/wazero/api"
)

//go:embed prelude.js
var prelude []byte

// Sizes of a script's world.
const (
	scriptBuffer = 64 << 10
	// scriptStack is how much of its stack of 1 MiB the engine lets a script use
	// before it throws a RangeError, which the script can catch: some 680 calls of a
	// small function. At 850 the stack of [wasm.DefaultStack] is used up, which ends
	// the call.
	scriptStack = 160 << 10
	// scriptOwn is what the engine needs of the memory beside what scripts allocate.
	scriptOwn = 3 << 20
	// scriptGC is how much a call may allocate before the collector looks for
	// cycles. It touches every object, and would make each of their pages the
	// instance's own.
	scriptGC = 6 << 20
)

// scriptGuest drives the engine in one instance.
type scriptGuest struct {
	script *script
	mod    api.Module
	memory api.Memory
	stack  [8]uint64
	out    []byte // the last answer

	unhandled []rejection

	newString, newNumber, newBytes, call, isString, isException, isNull, stringAt,
	freeString, free, runJob, exception, property, bufferOf, bytesAt, malloc, mfree, parse api.Function
}

func newScriptGuest(mod api.Module, s *script) *scriptGuest {
	g := &scriptGuest{script: s, mod: mod, memory: mod.Memory()}
	for _, e := range []struct {
		f    *api.Function
		name string
	}{
		{&g.newString, "qjs_new_string"},
		{&g.newNumber, "qjs_new_number"},
		{&g.newBytes, "qjs_new_uint8_array"},
		{&g.call, "JS_Call"},
		{&g.isString, "qjs_is_string"},
		{&g.isException, "qjs_is_exception"},
		{&g.isNull, "qjs_is_null"},
		{&g.stringAt, "qjs_get_string_len"},
		{&g.freeString, "qjs_free_cstring"},
		{&g.free, "qjs_free_value"},
		{&g.runJob, "qjs_execute_pending_job"},
		{&g.exception, "qjs_get_exception"},
		{&g.property, "qjs_get_prop_string"},
		{&g.bufferOf, "qjs_get_typed_array_buffer"},
		{&g.bytesAt, "qjs_get_array_buffer"},
		{&g.malloc, "wasm_malloc"},
		{&g.mfree, "wasm_free"},
		{&g.parse, "JS_ParseJSON"},
	} {
		*e.f = mod.ExportedFunction(e.name)
	}
	return g
}

// do calls an export and answers its result, if it has one.
func (s *scriptGuest) do(ctx context.Context, f api.Function, args ...uint64) (uint32, error) {
	copy(s.stack[:], args)
	if err := f.CallWithStack(ctx, s.stack[:]); err != nil {
		return 0, err
	}
	return uint32(s.stack[0]), nil
}

// named calls an export that is needed once.
func (s *scriptGuest) named(ctx context.Context, name string, args ...uint64) (uint32, error) {
	return s.do(ctx, s.mod.ExportedFunction(name), args...)
}

// Places in the cells.
const (
	cellArguments = 0
	cellLength    = 32
	cellOffset    = 36
	cellElement   = 40
	cellValue     = 48
	cellResult    = 56
	cellsSize     = 64
)

// function calls a function of the script. What it answers holds until the next. The
// engine's own call takes memory for each value that goes in and out.
func (s *scriptGuest) function(ctx context.Context, f uint32, args ...uint32) (uint32, error) {
	cells := s.script.state.cells
	for i, a := range args {
		v, _ := s.memory.ReadUint64Le(a)
		s.memory.WriteUint64Le(cells+cellArguments+uint32(8*i), v)
	}
	callee, _ := s.memory.ReadUint64Le(f)
	copy(s.stack[:], []uint64{uint64(s.script.state.context), callee, tagUndefined << 32, uint64(len(args)), uint64(cells + cellArguments)})
	if err := s.call.CallWithStack(ctx, s.stack[:]); err != nil {
		return 0, err
	}
	if tag(s.stack[0]) == tagException {
		return 0, s.thrown(ctx)
	}
	s.memory.WriteUint64Le(cells+cellResult, s.stack[0])
	return cells + cellResult, nil
}

// eval runs a text of code as a script.
func (s *scriptGuest) eval(ctx context.Context, code []byte, name string) error {
	at, err := s.place(ctx, code)
	if err != nil {
		return err
	}
	called, err := s.place(ctx, []byte(name))
	if err != nil {
		return err
	}
	value, err := s.named(ctx, "qjs_eval", uint64(at), uint64(len(code)), uint64(called), 0)
	if err == nil {
		err = s.check(ctx, value)
	}
	if err == nil {
		_, err = s.do(ctx, s.mfree, uint64(at))
	}
	return err
}

// settle runs what waits, until the script has its answer. The script's functions
// answer the text of it, or a list of the one value to be answered, or undefined
// where it isn't there yet.
func (s *scriptGuest) settle(ctx context.Context, g *guestCall, value uint32) ([]byte, error) {
	for {
		if v, _ := s.memory.ReadUint64Le(value); tag(v) == tagObject && s.script.state.text != 0 && !g.asked {
			p, cost, ok := s.plainAnswer(v)
			if g.charge(cost); ok {
				return p, nil
			}
			var err error
			if value, err = s.function(ctx, s.script.state.text, value); err != nil {
				return nil, err
			}
		}
		p, _, ok, err := s.read(ctx, value)
		if err != nil {
			return nil, err
		}
		if g.asked {
			return nil, &errThrown{text: "interrupted"}
		}
		if ok {
			return p, nil
		}
		if err := s.jobs(ctx, g); err != nil {
			return nil, err
		}
		if value, err = s.function(ctx, s.script.state.pump); err != nil {
			return nil, err
		}
	}
}

// jobs runs the jobs of promises until there are none.
func (s *scriptGuest) jobs(ctx context.Context, g *guestCall) error {
	for {
		n, err := s.do(ctx, s.runJob)
		switch {
		case err != nil:
			return err
		case int32(n) < 0:
			return s.thrown(ctx)
		case n == 0:
			return nil
		case g.asked:
			return &errThrown{text: "interrupted"}
		}
	}
}
