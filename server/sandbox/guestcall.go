package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// guestCall is what the host functions know of the call that runs.
type guestCall struct {
	slot  *childSlot      // nil while a module is initialised: it may ask for nothing then
	ctx   context.Context //nolint:containedctx // the call's own, for host functions that wait
	start time.Time
	wall  int64 // Unix nanoseconds at start
	seed  [32]byte
	clock guestClock

	random    *rand.ChaCha8
	drawn     int
	logged    int
	calls     int
	lines     [2][]byte // unfinished lines of standard output and error
	panicText string
	example   string // that a module is warmed up with
	pending   []byte // what take answers
	broken    error  // the slot broke under a host call

	driver  *scriptGuest // of a connector in JavaScript
	asked   bool         // that the script should end, by an exception it can't catch
	askedAt time.Time

	fuel      api.MutableGlobal
	budget    time.Duration // of the processor
	spent     time.Duration
	sinceCPU  time.Duration
	sinceWall time.Time
	overspent bool
}

type guestKey struct{}

// guestContext carries the call to the host functions without the allocation
// and the search of context.WithValue.
type guestContext struct {
	context.Context
	call *guestCall
}

// Value implements context.Context.
func (c *guestContext) Value(key any) any {
	if _, ok := key.(guestKey); ok {
		return c.call
	}
	return c.Context.Value(key)
}

func (g *guestCall) context(ctx context.Context) context.Context {
	g.ctx = ctx
	return &guestContext{ctx, g}
}

// current answers the call that a host function runs for.
func current(ctx context.Context) *guestCall { return ctx.Value(guestKey{}).(*guestCall) } //nolint:forcetypeassert // every instance runs in such a context

// fill gives random bytes made from the call's seed.
func (g *guestCall) fill(p []byte) abi.Errno {
	if g.drawn += len(p); g.drawn > abi.MaxRandomBytes {
		return abi.ErrnoLimit
	}
	if g.random == nil {
		g.random = rand.NewChaCha8(g.seed)
	}
	_, _ = g.random.Read(p) // never fails
	return 0
}

// log sends lines on their way; they leave with the next frame that matters.
func (g *guestCall) log(level byte, text []byte) {
	for line := range bytes.Lines(text) {
		if g.logged > abi.MaxLogBytes {
			return
		}
		g.logLine(level, line)
	}
}

func (g *guestCall) logLine(level byte, line []byte) {
	if g.logged > abi.MaxLogBytes || g.slot == nil {
		return
	}
	text := cleanLine(string(line[:min(len(line), abi.MaxLogLine)]))
	if g.logged += len(text) + 32; g.logged > abi.MaxLogBytes {
		level, text = 2, "the log's limit of 1 MiB a call is reached: further lines are left out"
	}
	s := g.slot.stream
	at := s.begin(kindLog)
	s.out = append(s.out, level)
	s.out = binary.LittleEndian.AppendUint64(s.out, uint64(g.wall+int64(time.Since(g.start))))
	s.out = append(s.out, text...)
	s.end(at)
	if len(s.out) >= flushAt || level == levelProgress {
		g.sent(s.send())
	}
}

func (g *guestCall) sent(err error) {
	if err != nil && g.broken == nil {
		g.broken = err
	}
}

// write takes what the guest prints: 0 is standard output, 1 standard error.
// Toolchains print a panic in pieces, so that lines are put together first.
func (g *guestCall) write(which int, p []byte) {
	g.charge(len(p))
	if g.logged > abi.MaxLogBytes && len(p) > abi.MaxLogLine {
		return // no line that says why the guest dies is so long
	}
	buf := append(g.lines[which], p...)
	for {
		i := bytes.IndexByte(buf, '\n')
		if i < 0 && len(buf) < abi.MaxLogLine {
			break
		}
		if i < 0 {
			i = len(buf) - 1
		}
		g.printed(which, buf[:i])
		buf = buf[i+1:]
	}
	g.lines[which] = append(g.lines[which][:0], buf...)
}

// printed logs a line that was printed and remembers one that says why the
// guest is about to die.
func (g *guestCall) printed(which int, line []byte) {
	text := string(line)
	if which == 1 && g.panicText == "" && (strings.HasPrefix(text, "panic: ") || strings.HasPrefix(text, "fatal error: ") || strings.HasPrefix(text, "memory allocation of ") || strings.Contains(text, "panicked at")) {
		g.panicText = cleanLine(text[:min(len(text), 500)])
	}
	g.log(byte(1+which), line)
}

func (g *guestCall) flushLines() {
	for which, line := range g.lines {
		if len(line) > 0 {
			g.printed(which, line)
		}
		g.lines[which] = nil
	}
}

func (g *guestCall) panicLine() string {
	g.flushLines()
	return g.panicText
}

// ask sends a host call to the server and answers its result and bytes, which
// hold until the next frame is read.
func (g *guestCall) ask(function byte, args ...[]byte) (int64, []byte) {
	if g.slot == nil {
		return int64(abi.ErrnoDenied), nil
	}
	if g.broken != nil {
		return int64(abi.ErrnoIO), nil
	}
	g.pause()
	defer g.resume()
	s := g.slot.stream
	at := s.begin(kindHost)
	s.out = append(s.out, function)
	for _, a := range args {
		s.out = append(s.out, a...)
	}
	s.end(at)
	if err := s.send(); err != nil {
		g.sent(err)
		return int64(abi.ErrnoIO), nil
	}
	kind, body, err := s.read()
	if err != nil || kind != kindReply || len(body) < replyHeader {
		g.sent(fail(failInternal, "lost its server in a host call: frame %d, %v", kind, err))
		return int64(abi.ErrnoIO), nil
	}
	g.clock.set(int64(binary.LittleEndian.Uint64(body[8:])))
	return int64(binary.LittleEndian.Uint64(body)), body[replyHeader:]
}
