package sandbox

import (
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// group is the place of one child: it starts it, starts it again after it died,
// and keeps its slots.
type group struct {
	sandbox *Sandbox
	name    string

	mu       sync.Mutex
	child    *process
	free     []*slot
	busy     int
	awaited  int // calls whose module is being compiled
	lastSlot uint32
	lastUse  time.Time
	closed   bool
	started  int // children in all
	crashed  int // those of them that ended unasked
	crash    Crash
}

// slot is one socket to a child, used by one call at a time.
type slot struct {
	id     uint32
	seq    uint64
	child  *process
	conn   *net.UnixConn
	stream *stream
}

// take answers a free slot of a living child, and starts a child if there is
// none.
func (g *group) take() (*slot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	sl, err := g.tryTake()
	if err != nil && g.child != nil {
		// The child died a moment ago: its end is not known yet, its socket is.
		g.child.kill()
		<-g.child.gone
		sl, err = g.tryTake()
	}
	if err == nil {
		g.busy++
	}
	return sl, err
}

func (g *group) tryTake() (*slot, error) {
	if g.closed {
		return nil, ErrClosed
	}
	if g.child != nil && g.child.dead() {
		g.drop()
	}
	if err := g.start(); err != nil {
		return nil, err
	}
	return g.freeSlot()
}

// begin starts a child if there is none, for a call that will want it, and keeps it from
// being stopped as unused until that call is done. Where it can't be started, the call is
// told when it takes a slot.
func (g *group) begin() (done func()) {
	g.mu.Lock()
	g.awaited++
	g.mu.Unlock()
	if entered, err := g.sandbox.enter(); err == nil {
		go func() {
			defer entered()
			g.mu.Lock()
			defer g.mu.Unlock()
			if !g.closed {
				_ = g.start()
			}
		}()
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.awaited--
	}
}

// start starts a child if there is none.
func (g *group) start() error {
	if g.child != nil {
		return nil
	}
	p, err := g.sandbox.startProcess(g.name, g.sandbox.hello())
	if err != nil {
		return err
	}
	g.child = p
	g.started++
	return nil
}

// hello is what a child that runs modules is told.
func (s *Sandbox) hello() hello {
	return hello{Cache: s.opts.CacheDir, Idle: s.opts.Idle, InstanceIdle: min(instanceIdle, s.opts.Idle), DataLimit: s.opts.DataLimit}
}

// freeSlot takes the slot used last, whose buffers are warm, or opens one.
func (g *group) freeSlot() (*slot, error) {
	if n := len(g.free); n > 0 {
		sl := g.free[n-1]
		g.free = g.free[:n-1]
		return sl, nil
	}
	ours, theirs, err := socketPair(unix.SOCK_STREAM)
	if err != nil {
		return nil, err
	}
	defer theirs.Close() //nolint:errcheck // the child has its own
	g.lastSlot++
	if err := sendSlot(g.child.control, g.lastSlot, theirs); err != nil {
		_ = ours.Close() // nobody is at the other end
		return nil, err
	}
	return &slot{id: g.lastSlot, child: g.child, conn: ours, stream: newStream(ours, maxFrame)}, nil
}

// put gives a slot back; one that isn't usable is closed, and what runs in it
// must end soon.
func (g *group) put(sl *slot, usable bool) {
	g.mu.Lock()
	g.busy--
	g.lastUse = time.Now()
	keep := usable && sl.child == g.child && !g.closed
	if keep {
		g.free = append(g.free, sl)
	}
	g.mu.Unlock()
	if !keep {
		g.sandbox.work.Go(func() { sl.abandon() })
	}
}

// abandon closes a slot. A child that doesn't let go of it within a while has
// a guest that can't be stopped otherwise, and is killed.
func (sl *slot) abandon() {
	conn := sl.conn
	defer conn.Close() //nolint:errcheck // its work is done
	if sl.child.dead() || conn.CloseWrite() != nil || conn.SetReadDeadline(time.Now().Add(stopTimeout)) != nil {
		return
	}
	buf := make([]byte, 4096)
	for {
		_, err := conn.Read(buf)
		if ne, ok := err.(net.Error); ok && ne.Timeout() { //nolint:errorlint // net answers it unwrapped
			sl.child.stuck.Store(true)
			sl.child.kill()
		}
		if err != nil {
			return
		}
	}
}

// drop forgets a child and its free slots.
func (g *group) drop() {
	for _, sl := range g.free {
		_ = sl.conn.Close() // nobody is at the other end
	}
	g.child, g.free = nil, nil
}

// fell counts a child that ended unasked.
func (g *group) fell(why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.crashed++
	g.crash = Crash{time.Now(), why}
}

// ChildState is the process that runs a connector, without its number.
type ChildState struct {
	// Shared says that it runs other connectors too.
	Shared bool
	// Alive is false before the first call and after a while without any.
	Alive bool
	// Started counts processes since the sandbox was opened, Crashed those of them
	// that ended unasked.
	Started int
	Crashed int
	// Last is the newest crash.
	Last Crash
}

// Crash is the end of a process that nobody asked to end.
type Crash struct {
	At     time.Time
	Reason string
}

// Child answers what is known of the process that runs a module.
func (s *Sandbox) Child(m *catalog.Module) ChildState {
	c := ChildState{Shared: m.Bundled}
	s.mu.Lock()
	g := s.groups[groupOf(m)]
	s.mu.Unlock()
	if g == nil {
		return c
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c.Alive = g.child != nil && !g.child.dead()
	c.Started, c.Crashed, c.Last = g.started, g.crashed, g.crash
	return c
}

// stopIdle stops the child if it was not used since.
func (g *group) stopIdle(since time.Time) {
	g.mu.Lock()
	p := g.child
	if p == nil || g.busy+g.awaited > 0 || g.lastUse.After(since) {
		g.mu.Unlock()
		return
	}
	g.drop()
	g.mu.Unlock()
	p.end()
}

func (g *group) close() {
	g.mu.Lock()
	p := g.child
	g.closed = true
	if p != nil {
		g.drop()
	}
	g.mu.Unlock()
	if p != nil {
		p.end()
	}
}
