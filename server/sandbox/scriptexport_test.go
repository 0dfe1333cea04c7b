package sandbox

import (
	"context"
	"time"
)

// Script is an instance of a script, for tests that look at its values.
type Script struct {
	*scriptGuest
	ctx context.Context //nolint:containedctx // the test's
	g   *guestCall
}

// Script answers an instance, which has fuel and time for a test.
func (b *Bare) Script(ctx context.Context) (*Script, func(), error) {
	inst, err := b.m.instance(ctx, b.mod)
	if err != nil {
		return nil, nil, err
	}
	g := &guestCall{start: time.Now(), budget: time.Minute, fuel: inst.fuel, driver: inst.script}
	ctx = g.context(ctx)
	inst.linear.limit = 256 * pageSize
	g.begin()
	return &Script{inst.script, ctx, g}, func() { inst.close(ctx) }, nil
}

// Value answers the value of a JavaScript expression, by its handle.
func (s *Script) Value(code string) (uint32, error) {
	at, err := s.place(s.ctx, []byte("("+code+")"))
	if err != nil {
		return 0, err
	}
	name, err := s.place(s.ctx, []byte("test.js"))
	if err != nil {
		return 0, err
	}
	value, err := s.named(s.ctx, "qjs_eval", uint64(at), uint64(len(code)+2), uint64(name), 0)
	if err != nil {
		return 0, err
	}
	return value, s.check(s.ctx, value)
}

// Text is Value of an expression that is a text.
func (s *Script) Text(code string) (string, error) {
	value, err := s.Value(code)
	if err != nil {
		return "", err
	}
	p, _, _, err := s.read(s.ctx, value)
	return string(p), err
}

// Plain answers how a list is written as an answer without the engine; ok is
// false where the engine must.
func (s *Script) Plain(list uint32) (text string, ok bool) {
	v, _ := s.memory.ReadUint64Le(list)
	p, _, ok := s.plainAnswer(v)
	return string(p), ok
}

// Checked says whether a request fits as Fits does, and what the guest paid for it.
func (s *Script) Checked(request []byte) (fits bool, fuel int64) {
	before := s.g.fuel.Get()
	fits = s.fitting(s.g, request) == s.script.state.yes
	return fits, int64(before - s.g.fuel.Get())
}

// Fits says whether a request fits what the script says of its actions.
func (b *Bare) Fits(request []byte) bool { return fits(request, b.mod.script.checks) }

// Unchecked makes the script look at all inputs itself.
func (b *Bare) Unchecked() { b.mod.script.checks = nil }
