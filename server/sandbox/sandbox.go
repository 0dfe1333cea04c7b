package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// ErrClosed is answered after Close.
var ErrClosed = errors.New("the sandbox is closed")

// Options configure a sandbox. Catalog, Blobs and Broker are required.
type Options struct {
	Catalog *catalog.Catalog
	// Blobs takes large inputs; the broker serves them to the guest.
	Blobs  egress.Blobs
	Broker egress.Broker
	// CacheDir keeps compiled code between starts. It is native code that is
	// run unchecked, so that the folder must be this user's alone (0700); it is
	// made if absent. Empty keeps it as long as the sandbox is open.
	CacheDir string
	// Idle is how long a connector that isn't called stays loaded, and a child
	// without calls stays up; 0 is 5 minutes.
	Idle time.Duration
	// Slots is how many calls of one connector run at once; 0 is 32, the most.
	Slots int
	// DataLimit bounds the private memory of one child in bytes; 0 is 2 GiB.
	DataLimit uint64
	Logger    *slog.Logger
}

const (
	maxSlots         = 32
	defaultIdle      = 5 * time.Minute
	defaultDataLimit = 2 << 30
	instanceIdle     = 30 * time.Second
	// loadTimeout bounds the compiling of a connector, which without a cache
	// takes seconds for a large one.
	loadTimeout = 2 * time.Minute
	// grace is what the server waits beyond a deadline for a child's own word.
	grace = 200 * time.Millisecond
)

// Sandbox runs actions. It is safe for concurrent use.
type Sandbox struct {
	opts     Options
	compiled *compiled
	ownCache bool // the folder of compiled code goes with the sandbox
	stop     chan struct{}
	work     sync.WaitGroup // children, abandoned slots, the reaper

	mu     sync.Mutex
	closed bool
	groups map[string]*group        // by child
	lanes  map[string]chan struct{} // by connector: its slots in use
}

// New makes a sandbox. Children start with the first calls. Close it when done.
func New(o Options) (*Sandbox, error) {
	if o.Catalog == nil || o.Blobs == nil || o.Broker == nil {
		return nil, errors.New("sandbox: Catalog, Blobs and Broker must be set")
	}
	if o.Slots == 0 {
		o.Slots = maxSlots
	}
	if o.Slots < 0 || o.Slots > maxSlots {
		return nil, fmt.Errorf("sandbox: Slots is %d, it must be 1 to %d", o.Slots, maxSlots)
	}
	if o.Idle == 0 {
		o.Idle = defaultIdle
	}
	if o.DataLimit == 0 {
		o.DataLimit = defaultDataLimit
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Sandbox{opts: o, stop: make(chan struct{}), groups: map[string]*group{}, lanes: map[string]chan struct{}{}}
	if err := s.openCache(); err != nil {
		return nil, fmt.Errorf("sandbox: CacheDir: %w", err)
	}
	s.work.Go(s.reap)
	return s, nil
}

// openCache opens the folder of compiled code, or a temporary one.
func (s *Sandbox) openCache() error {
	dir := s.opts.CacheDir
	if dir == "" {
		temporary, err := os.MkdirTemp("", "drawbridge-compiled-")
		if err != nil {
			return err
		}
		dir, s.ownCache = temporary, true
	}
	if err := privateDir(dir); err != nil {
		return err
	}
	absolute, err := filepath.Abs(dir) // a child's working folder is another
	if err != nil {
		return err
	}
	s.opts.CacheDir = absolute
	s.compiled, err = openCompiled(s, absolute)
	if err != nil {
		return err
	}
	return s.compiled.tidy()
}

// privateDir makes a folder if it isn't there, and refuses one that others can
// enter.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if mode := info.Mode(); !mode.IsDir() || mode.Perm()&0o077 != 0 {
		return &fs.PathError{Op: "use", Path: dir, Err: fmt.Errorf("its mode is %v: others could plant code in it, make it 0700", mode.Perm())}
	}
	return nil
}

// lane answers the slots of a connector.
func (s *Sandbox) lane(connector string) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[connector]
	if l == nil {
		l = make(chan struct{}, s.opts.Slots)
		s.lanes[connector] = l
	}
	return l
}

// group answers the place of the child that runs a module: one for all that
// came with the server, one for each other.
func (s *Sandbox) group(m *catalog.Module) (*group, error) {
	key := groupOf(m)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	g := s.groups[key]
	if g == nil {
		g = &group{sandbox: s, name: key}
		s.groups[key] = g
	}
	return g, nil
}

// groupOf names the child that runs a module.
func groupOf(m *catalog.Module) string {
	if m.Connectors[0].Manifest.ID == catalog.CodeConnector {
		return catalog.CodeConnector // what authors of flows write is apart from connectors
	}
	if m.Bundled {
		return "bundled"
	}
	return m.Digest
}

// enter counts work that Close waits for; it answers what ends it.
func (s *Sandbox) enter() (done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.work.Add(1)
	return s.work.Done, nil
}

// Stats counts what is running.
type Stats struct {
	Children int   `json:"children"`
	Slots    int   `json:"slots"`
	Calls    int   `json:"calls"`
	PIDs     []int `json:"pids"`
}

// Stats answers what is running now.
func (s *Sandbox) Stats() Stats {
	var st Stats
	for _, g := range s.all() {
		g.mu.Lock()
		if p := g.child; p != nil && !p.dead() {
			st.Children++
			st.PIDs = append(st.PIDs, p.pid)
			st.Slots += len(g.free) + g.busy
			st.Calls += g.busy
		}
		g.mu.Unlock()
	}
	return st
}

func (s *Sandbox) all() []*group {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*group, 0, len(s.groups))
	for _, g := range s.groups {
		list = append(list, g)
	}
	return list
}

// reap stops children that were idle.
func (s *Sandbox) reap() {
	t := time.NewTicker(max(s.opts.Idle/4, time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-t.C:
			for _, g := range s.all() {
				g.stopIdle(now.Add(-s.opts.Idle))
			}
		}
	}
}

// Close stops all children, which fails the calls in flight, and waits for
// them. It may be called again.
func (s *Sandbox) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		close(s.stop)
	}
	for _, g := range s.all() {
		g.close()
	}
	s.work.Wait()
	if s.ownCache {
		return os.RemoveAll(s.opts.CacheDir)
	}
	return nil
}
