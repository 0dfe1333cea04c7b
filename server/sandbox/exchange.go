package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// exchange is the server's side of one call.
type exchange struct {
	sandbox   *Sandbox
	call      Call
	connector *catalog.Connector
	action    *catalog.Action
	timeout   time.Duration
	probe     bool
	input     []byte
	blobs     []string // that the input names
	clock     int64    // what the guest's clock is set to by an answer; 0 leaves it
	request   []byte

	until     time.Time      // when the guest's time is over
	session   egress.Session // opened by the first host call
	preparing int
	logBytes  int
	taping    taping
	answered  bool // the guest gave an answer of its own
	result    Result
}

// run sends the call on a slot and serves it until its answer. It reports
// whether the slot can take another call.
func (x *exchange) run(ctx context.Context, sl *slot) (usable bool, err error) {
	sl.seq++
	h, err := x.header(sl.seq)
	if err != nil {
		return true, err
	}
	st := sl.stream
	at := st.begin(kindCall)
	st.out = h.append(st.out)
	name := x.connector.Manifest.ID
	st.out = append(append(st.out, byte(len(name))), name...)
	st.out = append(st.out, x.request...)
	st.end(at)
	if err := x.allow(ctx, sl); err != nil {
		return false, fmt.Errorf("%w: %w", errNotSent, err)
	}
	if err := st.send(); err != nil {
		return false, fmt.Errorf("%w: %w", errNotSent, err)
	}
	undisturbed := context.AfterFunc(ctx, func() { sl.cancel(sl.seq) })
	usable, err = x.serve(ctx, sl)
	if x.session != nil {
		if err := x.session.Close(); err != nil {
			x.sandbox.opts.Logger.Warn("what a call left open can't be given up", "run", x.call.RunID, "step", x.call.StepKey, "action", x.name(), "error", err)
		}
	}
	return undisturbed() && usable, err
}

// allow begins the guest's time.
func (x *exchange) allow(ctx context.Context, sl *slot) error {
	x.until = time.Now().Add(x.timeout)
	return sl.extend(ctx, x.timeout)
}

// extend sets how long to wait for the child. A caller who is gone waits for
// no more than the child's last word.
func (sl *slot) extend(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		d = 0
	}
	return sl.conn.SetReadDeadline(time.Now().Add(d + grace))
}

func (sl *slot) cancel(seq uint64) {
	_ = sendCancel(sl.child.control, sl.id, seq)       // a dead child needs no word
	_ = sl.conn.SetReadDeadline(time.Now().Add(grace)) // a closed slot needs no deadline
}

// serve reads frames until the call is over.
func (x *exchange) serve(ctx context.Context, sl *slot) (bool, error) {
	for untouched := true; ; untouched = false {
		kind, body, err := sl.stream.read()
		if untouched && errors.Is(err, syscall.ECONNRESET) {
			// The kernel resets a socket that dies with unread bytes in it: the
			// child never saw the whole request.
			return false, fmt.Errorf("%w: %w", errNotSent, err)
		}
		if err != nil {
			return false, x.broken(ctx, sl, err)
		}
		switch kind {
		case kindAnswer:
			return true, x.answerOf(body)
		case kindFailure:
			return true, x.failure(body)
		case kindLog:
			x.log(body)
		case kindHost:
			err = x.host(ctx, sl.stream, body)
		case kindNeed, kindLoading, kindStarted:
			err = x.prepare(ctx, sl, kind)
		default:
			err = fmt.Errorf("frame of unknown kind %d", kind)
		}
		if err != nil {
			return false, x.broken(ctx, sl, err)
		}
	}
}

// maxPreparing bounds what a child may say before the guest runs: each gives it
// more time.
const maxPreparing = 8

// prepare gives the child what it needs before the guest runs.
func (x *exchange) prepare(ctx context.Context, sl *slot, kind byte) error {
	if x.preparing++; x.preparing > maxPreparing {
		return errors.New("it prepares without an end")
	}
	switch kind {
	case kindNeed:
		return x.sendModule(ctx, sl)
	case kindLoading:
		return sl.extend(ctx, loadTimeout)
	}
	return x.allow(ctx, sl)
}

func (x *exchange) sendModule(ctx context.Context, sl *slot) error {
	code, err := x.connector.Module.Code()
	if err != nil {
		return &abi.Error{Code: abi.CodeInternal, Message: "the connector's file can't be read: " + err.Error()}
	}
	if err := sl.extend(ctx, loadTimeout); err != nil {
		return err
	}
	if err := sl.stream.frame(kindModule, code); err != nil {
		return err
	}
	go debug.FreeOSMemory() // the unpacked module, which isn't needed again until a child loads it anew
	return nil
}

// broken explains why a slot broke before the answer.
func (x *exchange) broken(ctx context.Context, sl *slot, err error) error {
	var fault *abi.Error
	var timeout net.Error
	switch {
	case errors.As(err, &fault):
		return fault
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &abi.Error{Code: abi.CodeTimeout, Message: fmt.Sprintf("%s did not answer within %s and was given up", x.name(), x.timeout), Retryable: true}
	}
	why := sl.child.stderr.String()
	if why, _, _ = strings.Cut(why, "\n"); why != "" {
		why = ": " + why
	}
	return &abi.Error{Code: abi.CodeCrashed, Message: fmt.Sprintf("the sandbox process died while %s ran%s; it is started again with the next call", x.name(), why), Retryable: true}
}

func (x *exchange) name() string {
	if x.probe {
		return "connector " + x.connector.Manifest.ID
	}
	return x.connector.Manifest.ID + "." + x.call.Action
}

// failure makes an error of what the child reports.
func (x *exchange) failure(body []byte) error {
	if len(body) == 0 {
		return errors.New("empty failure frame")
	}
	e := &abi.Error{Code: abi.CodeInternal}
	switch body[0] {
	case failCrashed:
		e.Code = abi.CodeCrashed
	case failTimeout:
		e.Code, e.Retryable = abi.CodeTimeout, true
	case failTooLarge:
		e.Code = abi.CodeTooLarge
	case failCanceled:
		return context.Canceled
	case failUncompiled:
		return errUncompiled
	}
	e.Message = x.name() + " " + cleanLine(string(body[1:min(len(body), 4096)]))
	return e
}

// log keeps a line, within the limits that the child should have kept itself.
func (x *exchange) log(body []byte) {
	const fixed = 1 + 8
	if len(body) < fixed || len(body) > fixed+abi.MaxLogLine || x.logBytes+len(body) > abi.MaxLogBytes+64<<10 {
		return
	}
	x.logBytes += len(body)
	at := int64(binary.LittleEndian.Uint64(body[1:]))
	x.result.Logs = append(x.result.Logs, LogLine{Level: levelName(body[0]), At: time.Unix(0, at).UTC(), Message: cleanLine(string(body[fixed:]))})
}
