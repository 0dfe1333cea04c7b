package sandbox

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// limit bounds what the script may allocate in a memory of so many pages, so that
// the engine has what it needs to say that there is no more.
func (s *scriptGuest) limit(ctx context.Context, pages uint32) error {
	_, err := s.named(ctx, "qjs_set_memory_limit", max(uint64(pages)*pageSize, 2*scriptOwn)-scriptOwn)
	return err
}

// load makes the script's world: the engine, then the host's functions, then the
// script. It answers the host's object.
func (s *scriptGuest) load(ctx context.Context, g *guestCall) (host uint32, err error) {
	if status, err := s.named(ctx, "qjs_init"); err != nil || status != 0 {
		return 0, fmt.Errorf("the engine can't start: %d, %w", status, err)
	}
	for _, setting := range []struct {
		name  string
		value uint64
	}{{"qjs_set_max_stack_size", scriptStack}, {"qjs_set_interrupt_handler", 1}, {"qjs_set_promise_rejection_handler", 1}, {"qjs_set_gc_threshold", scriptGC}} {
		if _, err := s.named(ctx, setting.name, setting.value); err != nil {
			return 0, err
		}
	}
	if err := s.limit(ctx, abi.DefaultPages); err != nil {
		return 0, err
	}
	st := &s.script.state
	room, err := s.place(ctx, make([]byte, cellsSize+scriptBuffer))
	if err != nil {
		return 0, err
	}
	st.cells, st.buffer = room, room+cellsSize // on one page
	for _, value := range []struct {
		at   *uint32
		name string
	}{{&st.yes, "qjs_get_true"}, {&st.no, "qjs_get_false"}} {
		if *value.at, err = s.named(ctx, value.name); err != nil {
			return 0, err
		}
	}
	if st.context, err = s.named(ctx, "qjs_get_context_ptr"); err != nil {
		return 0, err
	}
	if st.name, err = s.place(ctx, []byte("request.json")); err != nil {
		return 0, err
	}
	if err := s.learn(ctx); err != nil {
		return 0, err
	}
	host, err = s.hostObject(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.eval(ctx, prelude, "prelude.js"); err != nil {
		return 0, err
	}
	if err := s.eval(ctx, s.script.source, scriptName); err != nil {
		return 0, err
	}
	if err := s.jobs(ctx, g); err != nil {
		return 0, err
	}
	if err := s.entries(ctx, host); err != nil {
		return 0, err
	}
	if err := s.inputs(ctx, g, host); err != nil {
		return 0, err
	}
	return host, nil
}

// hostObject makes the global that the script finds the host's functions in.
func (s *scriptGuest) hostObject(ctx context.Context) (uint32, error) {
	object, err := s.named(ctx, "qjs_new_object")
	if err != nil {
		return 0, err
	}
	set := func(object uint32, key string, value uint32) error {
		name, err := s.place(ctx, []byte(key))
		if err == nil {
			_, err = s.named(ctx, "qjs_set_prop_string", uint64(object), uint64(name), uint64(value))
		}
		return err
	}
	for _, h := range scriptHosts {
		at, err := s.place(ctx, []byte(h.name))
		if err != nil {
			return 0, err
		}
		f, err := s.named(ctx, "qjs_new_host_function", uint64(at), uint64(len(h.name)), 0)
		if err == nil {
			err = set(object, h.name, f)
		}
		if err != nil {
			return 0, err
		}
	}
	global, err := s.named(ctx, "qjs_get_global")
	if err == nil {
		err = set(global, scriptHostObject, object)
	}
	return object, err
}

// scriptHostObject is the global by which a script finds the host's functions,
// and in which it leaves its own: run(text of a request) and pump(), which answer
// as settle says, and, if it likes, call(request, fits), instead of run where the
// request is sound, text(list), the text of an answer that is a list, inputs(), what
// scriptChecks reads, and warm(n).
const scriptHostObject = "drawbridgeHost"

func (s *scriptGuest) entries(ctx context.Context, host uint32) error {
	// In order: each takes memory, and all instances of a script share the places.
	for _, entry := range []struct {
		key  string
		into *uint32
	}{{"run", &s.script.state.run}, {"pump", &s.script.state.pump}, {"call", &s.script.state.call}, {"text", &s.script.state.text}} {
		f, err := s.member(ctx, host, entry.key)
		if err != nil {
			return err
		}
		is, err := s.named(ctx, "qjs_is_function", uint64(f))
		if err != nil {
			return err
		}
		if is == 0 && (entry.key == "call" || entry.key == "text") {
			continue
		}
		if is == 0 {
			return &errThrown{text: "the script left no function " + scriptHostObject + "." + entry.key + ": build it with drawbridge plugin build"}
		}
		*entry.into = f
	}
	return nil
}

func (s *scriptGuest) member(ctx context.Context, object uint32, key string) (uint32, error) {
	name, err := s.place(ctx, []byte(key))
	if err != nil {
		return 0, err
	}
	return s.do(ctx, s.property, uint64(object), uint64(name))
}

// inputs learns the schemas of the script's actions.
func (s *scriptGuest) inputs(ctx context.Context, g *guestCall, host uint32) error {
	f, err := s.member(ctx, host, "inputs")
	if err != nil {
		return err
	}
	if is, err := s.named(ctx, "qjs_is_function", uint64(f)); err != nil || is == 0 {
		return err
	}
	value, err := s.function(ctx, f)
	if err != nil {
		return err
	}
	text, _, ok, err := s.read(ctx, value)
	if err != nil || !ok {
		return err
	}
	if len(text) > maxChecks {
		return fail(failRefused, "can't be loaded: the schemas of its actions' inputs have %d bytes, the limit is %d: make them smaller", len(text), maxChecks)
	}
	g.charge(len(text))
	if s.script.checks == nil { // of all instances of the script
		s.script.checks = scriptChecks(text)
	}
	return nil
}

// warm runs the examples that the script has for it, numbered from 0, until it
// answers null. What comes out is no matter.
func (s *scriptGuest) warm(ctx context.Context, g *guestCall, host uint32) error {
	f, err := s.member(ctx, host, "warm")
	if err != nil {
		return err
	}
	if is, err := s.named(ctx, "qjs_is_function", uint64(f)); err != nil || is == 0 {
		return err
	}
	for n := range maxWarm {
		number, err := s.do(ctx, s.newNumber, api.EncodeF64(float64(n)))
		if err != nil {
			return err
		}
		value, err := s.function(ctx, f, number)
		if err != nil {
			return err
		}
		if is, err := s.do(ctx, s.isNull, uint64(value)); err != nil || is != 0 {
			return err
		}
		if _, err := s.settle(ctx, g, value); err != nil {
			return err
		}
	}
	return nil
}

// maxWarm bounds the examples that are run.
const maxWarm = 256
