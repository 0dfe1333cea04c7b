package sandbox

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// errNotSent says that a request did not reach its child, so that it may be
// sent to another.
var errNotSent = errors.New("the request was not sent")

// errUncompiled says that a child found no code where it should be.
var errUncompiled = errors.New("the module's compiled code is gone")

// Invoke runs one action once. What goes wrong with the action or its connector
// stands in the result; the error is ctx's own, or [ErrClosed].
func (s *Sandbox) Invoke(ctx context.Context, c Call) (Result, error) {
	con, action, fault := s.find(c)
	if fault != nil {
		return Result{Error: fault}, nil
	}
	x := &exchange{sandbox: s, call: c, connector: con, action: action, timeout: c.Timeout}
	if x.timeout <= 0 {
		x.timeout = action.Timeout
	}
	var err error
	if x.input, x.blobs, err = s.prepare(ctx, action, c.Input); err != nil {
		return finish(ctx, Result{}, err)
	}
	if x.request, err = appendRequest(nil, x); err != nil {
		return finish(ctx, Result{}, err)
	}
	err = s.run(ctx, x)
	return x.taped(finish(ctx, x.result, err))
}

// Load starts a connector without running an action, and answers why it can't
// be started.
func (s *Sandbox) Load(ctx context.Context, connector, version string) error {
	_, err := s.Start(ctx, connector, version)
	return err
}

// Start is Load, with what was logged on the way: a warning where the connector
// can't be warmed up.
func (s *Sandbox) Start(ctx context.Context, connector, version string) ([]LogLine, error) {
	con, err := s.opts.Catalog.Connector(connector, version)
	if err != nil {
		return nil, err
	}
	pages := uint32(abi.DefaultPages)
	for _, a := range con.Manifest.Actions {
		pages = max(pages, a.MemoryPages)
	}
	x := &exchange{sandbox: s, connector: con, action: &catalog.Action{Pages: pages}, timeout: catalog.DefaultTimeout, probe: true}
	err = s.run(ctx, x)
	r, err := finish(ctx, x.result, err)
	if err == nil && r.Error != nil {
		return r.Logs, r.Error
	}
	return r.Logs, err
}

func (s *Sandbox) find(c Call) (*catalog.Connector, *catalog.Action, *abi.Error) {
	con, err := s.opts.Catalog.Connector(c.Connector, c.Version)
	if err != nil {
		return nil, nil, &abi.Error{Code: abi.CodeUnknownCall, Message: err.Error()}
	}
	a := con.Action(c.Action)
	if a == nil {
		return nil, nil, &abi.Error{Code: abi.CodeUnknownCall, Message: fmt.Sprintf("connector %s %s has no action %q", c.Connector, con.Manifest.Version, c.Action)}
	}
	return con, a, nil
}

// finish sorts an error into the result or the answer to the caller.
func finish(ctx context.Context, r Result, err error) (Result, error) {
	var fault *abi.Error
	switch {
	case err == nil:
		return r, nil
	case ctx.Err() != nil:
		return r, context.Cause(ctx)
	case errors.Is(err, ErrClosed):
		return r, ErrClosed
	case errors.As(err, &fault):
		r.Output, r.Error = nil, fault
	default:
		r.Output, r.Error = nil, &abi.Error{Code: abi.CodeUnavailable, Message: "the sandbox can't run now: " + err.Error(), Retryable: true}
	}
	return r, nil
}

// run waits for a slot of the connector and runs the call in it.
func (s *Sandbox) run(ctx context.Context, x *exchange) error {
	lane := s.lane(x.connector.Manifest.ID)
	select {
	case lane <- struct{}{}:
		defer func() { <-lane }()
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stop:
		return ErrClosed
	}
	g, err := s.group(x.connector.Module)
	if err != nil {
		return err
	}
	if !s.compiled.isReady(x.connector.Module) {
		defer g.begin()() // while it is compiled
	}
	for again := false; ; again = true {
		if err := s.ensureCompiled(ctx, x); err != nil {
			return err
		}
		err := s.try(ctx, g, x)
		switch {
		case again:
			return err
		case errors.Is(err, errNotSent):
		case errors.Is(err, errUncompiled):
			s.compiled.forget(x.connector.Module.Compiled)
		default:
			return err
		}
	}
}

// ensureCompiled has the call's module compiled before it is sent to a child.
func (s *Sandbox) ensureCompiled(ctx context.Context, x *exchange) error {
	err := s.compiled.ensure(ctx, x.connector.Module)
	var f *failure
	if errors.As(err, &f) {
		return x.failure(append([]byte{f.code}, f.message...))
	}
	return err
}

func (s *Sandbox) try(ctx context.Context, g *group, x *exchange) error {
	sl, err := g.take()
	if err != nil {
		return err
	}
	started := time.Now()
	usable, err := x.run(ctx, sl)
	x.result.Duration = time.Since(started)
	g.put(sl, usable)
	if errors.Is(err, errNotSent) {
		sl.child.kill() // its socket is closed: it is dead or beyond hope
		<-sl.child.gone
	}
	if err != nil && s.isClosed() {
		return ErrClosed
	}
	return err
}

func (s *Sandbox) isClosed() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

// header makes the fixed part of a call's frame. Clock and seed come from here,
// so that what a guest sees of time and chance is in the server's hands.
func (x *exchange) header(seq uint64) (callHeader, error) {
	if err := x.taping.begin(x.call.Replay); err != nil {
		return callHeader{}, err
	}
	h := callHeader{Seq: seq, Wall: x.taping.tape.Wall, Timeout: int64(x.timeout), Pages: x.action.Pages, Probe: x.probe, Seed: x.taping.seed}
	_, err := hex.Decode(h.Digest[:], []byte(x.connector.Module.Digest))
	return h, err
}
