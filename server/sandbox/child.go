package sandbox

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tetratelabs/wazero/experimental"
)

// controlFD is where a child finds its control socket.
const controlFD = 3

// ChildIfAsked runs the sandbox child and ends the process if the program was
// started as one. A test binary that uses the sandbox calls it first thing in
// TestMain, because the sandbox starts the running program again.
func ChildIfAsked() {
	if len(os.Args) == 2 && os.Args[1] == ChildArg {
		os.Exit(Child())
	}
}

// Child is the main function of a sandbox child. It answers the exit code when
// the server lets go of the control socket.
func Child() int {
	run := runChild
	if readsScript() {
		run = func(context.Context) error { return scriptChild() }
	}
	err := run(context.Background()) //nolint:forbidigo // a process's main function
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "sandbox child:", err)
	return 1
}

func runChild(ctx context.Context) error {
	control, err := unixConn(os.NewFile(controlFD, "control"))
	if err != nil {
		return fmt.Errorf("there is no control socket: the server starts this itself, it isn't run by hand: %w", err)
	}
	buf := make([]byte, maxControl)
	msg, _, err := receive(control, buf)
	if err != nil {
		return err
	}
	var h hello
	if msg[0] != controlHello || json.Unmarshal(msg[1:], &h) != nil {
		return errors.New("the first message is not a hello: server and child are of different builds")
	}
	if err := limitSelf(h.DataLimit, h.CPU); err != nil {
		return fmt.Errorf("set own limits: %w", err)
	}
	if h.Compile > 0 {
		seldomCollect()
		ctx = experimental.WithCompilationWorkers(ctx, h.Compile)
	}
	machine, err := newMachine(ctx, h)
	if err != nil {
		return err
	}
	if err := harden(h.Cache, h.Compile > 0); err != nil {
		return err
	}
	go machine.tidy(ctx)
	c := &child{ctx: ctx, machine: machine, compile: h.Compile > 0, slots: map[uint32]*childSlot{}}
	return c.listen(control, buf)
}

// seldomCollect has a process that compiles one module and ends leave more garbage than
// others: each collection goes through what the compiler builds and keeps. The limit is
// below compileData, so that no module fails for garbage.
func seldomCollect() {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(compileData / 2)
}

// child is the process on the other side: it takes slots and cancels from the
// control socket.
type child struct {
	ctx     context.Context //nolint:containedctx // the process's own
	machine *machine
	compile bool

	mu    sync.Mutex
	slots map[uint32]*childSlot
}

func (c *child) listen(control *net.UnixConn, buf []byte) error {
	for {
		msg, file, err := receive(control, buf)
		if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case msg[0] == controlSlot && len(msg) == 5 && file != nil:
			if err := c.open(binary.LittleEndian.Uint32(msg[1:]), file); err != nil {
				return err
			}
		case msg[0] == controlCancel && len(msg) == 13:
			c.cancel(binary.LittleEndian.Uint32(msg[1:]), binary.LittleEndian.Uint64(msg[5:]))
		default:
			return fmt.Errorf("control message %q of %d bytes", msg[0], len(msg))
		}
	}
}

// open serves a slot. It reads by way of the poller: reads that block their
// threads were a little cheaper at one call at a time, and half as dear again at
// sixteen.
func (c *child) open(id uint32, f *os.File) error {
	conn, err := unixConn(f)
	if err != nil {
		return err
	}
	s := &childSlot{stream: newStream(conn, maxChildFrame), machine: c.machine}
	c.mu.Lock()
	c.slots[id] = s
	c.mu.Unlock()
	go func() {
		if c.compile {
			s.serveCompile(c.ctx)
		} else {
			s.serve(c.ctx)
		}
		_ = conn.Close() // the server has closed its end
		c.mu.Lock()
		delete(c.slots, id)
		c.mu.Unlock()
	}()
	return nil
}

func (c *child) cancel(id uint32, seq uint64) {
	c.mu.Lock()
	s := c.slots[id]
	c.mu.Unlock()
	if s != nil {
		s.cancelCall(seq)
	}
}

// tidy closes what was not used for a while.
func (m *machine) tidy(ctx context.Context) {
	t := time.NewTicker(max(m.instanceIdle/2, time.Millisecond))
	defer t.Stop()
	for now := range t.C {
		m.dropIdle(ctx, now)
	}
}
