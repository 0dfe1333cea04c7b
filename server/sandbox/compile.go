package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sync/singleflight"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Bounds of compiling one module.
const (
	compileWithin = 2 * time.Minute
	compileCPU    = 90 * time.Second
	compileData   = 2 << 30 // bytes of memory
	// spaceWithin is how long calls wait for room on a full disk, which is looked for
	// each spaceEvery.
	spaceWithin = 10 * time.Minute
	spaceEvery  = 500 * time.Millisecond
)

// errTooMuch is joined to why a child ended that compiled.
var errTooMuch = errors.New("compiling takes too much")

// instrumentation counts the forms that [wasm.Instrument] has given modules. A
// start after it was raised compiles anew.
const instrumentation = 1

// compiled is the folder of compiled code: native code, which is run unchecked.
// Modules are compiled by children of their own, one each, which see nothing of
// the folder but an empty one in it: what comes out is moved to its place
// here. The children that run modules only read.
type compiled struct {
	sandbox *Sandbox
	folder  string
	// engine is the folder within that the runtime's version has for itself.
	engine  string
	flights singleflight.Group

	mu    sync.Mutex
	ready map[string]bool // by digest
}

// mark says where a module's code lies. It is kept beside the code.
type mark struct {
	File string `json:"file"`
}

func openCompiled(s *Sandbox, folder string) (*compiled, error) {
	c := &compiled{sandbox: s, folder: folder, ready: map[string]bool{}}
	cache, err := wazero.NewCompilationCacheWithDir(folder)
	if err != nil {
		return nil, err
	}
	if err := cache.Close(context.Background()); err != nil { //nolint:forbidigo // it has compiled nothing
		return nil, err
	}
	c.engine, err = engineFolder(folder)
	return c, err
}

// engineFolder finds the folder that the runtime made for its version.
func engineFolder(folder string) (string, error) {
	fresh, err := os.MkdirTemp(folder, "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh) //nolint:errcheck // a later start's to remove
	cache, err := wazero.NewCompilationCacheWithDir(fresh)
	if err != nil {
		return "", err
	}
	defer cache.Close(context.Background()) //nolint:errcheck,forbidigo // it has compiled nothing
	list, err := os.ReadDir(fresh)
	if err != nil || len(list) != 1 {
		return "", fmt.Errorf("the runtime made %d folders for its code: %w", len(list), err)
	}
	return list[0].Name(), nil
}

func (c *compiled) markFile(digest string) string {
	return filepath.Join(c.folder, fmt.Sprintf("%s-%d-%s.json", digest, instrumentation, c.engine))
}

// ensure has a module compiled unless it is already. A call waits for room on a full disk,
// also where what it waited for didn't.
func (c *compiled) ensure(ctx context.Context, m *catalog.Module) error {
	began := time.Now()
	err := c.once(ctx, m, func() error { return c.compileWithSpace(m) })
	if full(err) && time.Since(began) < spaceWithin {
		err = c.once(ctx, m, func() error { return c.compileWithSpace(m) })
	}
	return err
}

// ahead is ensure for nobody's call: it leaves processors to others, and waits for no room.
func (c *compiled) ahead(ctx context.Context, m *catalog.Module) error {
	return c.once(ctx, m, func() error { return c.compile(m, max(1, compilers()/2)) })
}

// once compiles a module unless it is already, or somebody is at it.
func (c *compiled) once(ctx context.Context, m *catalog.Module, compile func() error) error {
	if c.isReady(m) {
		return nil
	}
	// The flight isn't any one caller's: the first may go away while others wait.
	flight := c.flights.DoChan(m.Compiled, func() (any, error) {
		done, err := c.sandbox.enter()
		if err != nil {
			return nil, err
		}
		defer done()
		if !c.kept(m.Compiled) {
			if err := compile(); err != nil {
				return nil, err
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ready[m.Compiled] = true
		return nil, nil
	})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case result := <-flight:
		return result.Err
	}
}

// isReady says whether a module was found compiled, or was compiled, since the start.
func (c *compiled) isReady(m *catalog.Module) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ready[m.Compiled]
}

// kept says whether an earlier start has compiled the module for this runtime.
func (c *compiled) kept(digest string) bool {
	data, err := os.ReadFile(c.markFile(digest))
	if err != nil {
		return false
	}
	var m mark
	if json.Unmarshal(data, &m) != nil || filepath.Dir(m.File) != c.engine || filepath.Base(m.File) != filepath.Clean(filepath.Base(m.File)) {
		return false
	}
	if _, err = os.Stat(filepath.Join(c.folder, m.File)); err != nil {
		return false
	}
	now := time.Now()
	_ = os.Chtimes(c.markFile(digest), now, now) // at worst it is compiled again in a month
	return true
}

// forget takes back that a module is compiled: a child that runs it says so.
func (c *compiled) forget(digest string) {
	c.mu.Lock()
	delete(c.ready, digest)
	c.mu.Unlock()
	_ = os.Remove(c.markFile(digest)) // it may not be there
}

// compileWithSpace compiles a module and, where the disk is full, waits for room: that
// says nothing of the module, and a run whose alert came in before isn't to fail by it.
func (c *compiled) compileWithSpace(m *catalog.Module) error {
	for began := time.Now(); ; {
		err := c.compile(m, compilers())
		if err == nil || !full(err) && !c.full() || time.Since(began) > spaceWithin {
			return err
		}
		select {
		case <-c.sandbox.stop:
			return ErrClosed
		case <-time.After(spaceEvery):
		}
	}
}

// full says whether nothing can be written where compiled code is kept: then a child may
// end before it can say why.
func (c *compiled) full() bool {
	file, err := os.CreateTemp(c.folder, "room-")
	if err != nil {
		return full(err)
	}
	_, err = file.Write(make([]byte, 64<<10))
	return full(errors.Join(err, file.Close(), os.Remove(file.Name())))
}

// full says whether something failed for lack of room on the disk.
func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// compile compiles one module by so many workers. What takes too much at once is compiled
// by one, so that the number of processors doesn't decide which modules are taken.
func (c *compiled) compile(m *catalog.Module, workers int) error {
	code, err := m.Code()
	if err != nil {
		return fmt.Errorf("the connector's file can't be read: %w", err)
	}
	err = c.compileBy(m.Compiled, code, workers)
	if errors.Is(err, errTooMuch) && workers > 1 {
		err = c.compileBy(m.Compiled, code, 1)
	}
	return err
}

// compileBy runs a child that compiles one module, and keeps what it made.
func (c *compiled) compileBy(digest string, code []byte, workers int) error {
	fresh, err := os.MkdirTemp(c.folder, "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh) //nolint:errcheck // a later start's to remove
	if err := c.runChild(fresh, code, workers); err != nil {
		return err
	}
	return c.keep(digest, fresh)
}

// runChild starts a child on the folder, sends it the code and waits for its word.
func (c *compiled) runChild(folder string, code []byte, workers int) error {
	s := c.sandbox
	p, err := s.startProcess("compile", hello{Cache: folder, Compile: workers, DataLimit: compileData, CPU: compileCPU, Idle: time.Hour, InstanceIdle: time.Hour})
	if err != nil {
		return err
	}
	defer p.end()
	ended := make(chan struct{})
	defer close(ended)
	s.work.Go(func() {
		select {
		case <-s.stop:
			p.kill() // nobody waits for its code any more
		case <-ended:
		}
	})
	g := &group{sandbox: s, name: "compile", child: p}
	sl, err := g.freeSlot()
	if err != nil {
		return err
	}
	defer sl.conn.Close() //nolint:errcheck // its work is done
	if err := sl.conn.SetDeadline(time.Now().Add(compileWithin)); err != nil {
		return err
	}
	if err := sl.stream.frame(kindModule, code); err != nil {
		return err
	}
	kind, body, err := sl.stream.read()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &failure{failRefused, "can't be loaded: compiling it took longer than " + compileWithin.String()}
	case err != nil:
		why, _, _ := strings.Cut(p.stderr.String(), "\n")
		return errors.Join(errTooMuch, &failure{failRefused, "can't be loaded: compiling it takes more memory or time than a module may take: " + why})
	case kind == kindFailure && len(body) > 0 && body[0] == failNoSpace:
		return fmt.Errorf("compiling a connector: %w", syscall.ENOSPC)
	case kind == kindFailure && len(body) > 0:
		return &failure{body[0], string(body[1:])}
	case kind != kindStarted:
		return fmt.Errorf("frame of kind %d where a module was compiled", kind)
	}
	return nil
}

// keep moves the one file that a child made to its place.
func (c *compiled) keep(digest, fresh string) error {
	made, err := os.ReadDir(filepath.Join(fresh, c.engine))
	if err != nil {
		return err
	}
	if len(made) != 1 || !made[0].Type().IsRegular() || strings.HasSuffix(made[0].Name(), ".tmp") {
		return fmt.Errorf("compiling left %d files where one was expected", len(made))
	}
	file := filepath.Join(c.engine, made[0].Name())
	if err := os.Rename(filepath.Join(fresh, file), filepath.Join(c.folder, file)); err != nil {
		return err
	}
	data, err := json.Marshal(mark{file})
	if err != nil {
		return err
	}
	return os.WriteFile(c.markFile(digest), data, 0o600)
}

// maxCompilers bounds how many functions are compiled at once, each of which may take
// hundreds of megabytes of compileData.
const maxCompilers = 4

// compilers is how many functions are compiled at once.
func compilers() int { return min(runtime.GOMAXPROCS(0), maxCompilers) }

// serveCompile is the child's side: it compiles one module into its folder.
func (s *childSlot) serveCompile(ctx context.Context) {
	kind, code, err := s.stream.read()
	if err != nil || kind != kindModule {
		return
	}
	var instrumented []byte
	if _, err = readScript(code); err == nil {
		instrumented, _, err = instrument(code)
	}
	if err == nil {
		var m wazero.CompiledModule
		if m, err = s.machine.runtime.CompileModule(ctx, instrumented); full(err) {
			err = fail(failNoSpace, "can't be kept compiled: %v", err)
		} else if err != nil {
			err = fail(failRefused, "can't be loaded: %v", err)
		} else if err = checkModule(m); err != nil && isEngine(code) {
			err = nil // it has exports of its own
		} else if err != nil {
			err = fail(failRefused, "can't be loaded: %v", err)
		}
	}
	if err != nil {
		_ = s.reply(nil, err) // nobody listens where it fails
		return
	}
	_ = s.stream.frame(kindStarted)
}
