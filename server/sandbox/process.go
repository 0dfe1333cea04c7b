package sandbox

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// ChildArg is the argument that makes the program a sandbox child.
const ChildArg = "sandbox"

// stopTimeout is how long a child may take to end by itself.
const stopTimeout = 2 * time.Second

// process is one running child.
type process struct {
	cmd     *exec.Cmd
	pid     int
	control *net.UnixConn
	stderr  tail
	gone    chan struct{} // closed when the child has ended
	killed  atomic.Bool
	asked   atomic.Bool // to end
	stuck   atomic.Bool // in a call that didn't stop
}

func (p *process) dead() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// startProcess starts a child. The thread that starts it stays with it to its
// end, because the kernel kills the child when that thread ends.
func (s *Sandbox) startProcess(name string, h hello) (*process, error) {
	control, theirs, err := socketPair(unix.SOCK_SEQPACKET)
	if err != nil {
		return nil, err
	}
	p := &process{control: control, gone: make(chan struct{})}
	p.cmd = command(theirs, h.DataLimit, &p.stderr)
	started := make(chan error, 1)
	s.work.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		_ = theirs.Close() // the child has its own
		started <- err
		if err == nil {
			s.await(name, p)
		}
	})
	if err := <-started; err != nil {
		_ = control.Close() // nobody is at the other end
		return nil, fmt.Errorf("start a sandbox child: %w", err)
	}
	p.pid = p.cmd.Process.Pid
	if err := sendHello(control, h); err != nil {
		p.kill()
		return nil, fmt.Errorf("greet a sandbox child: %w", err)
	}
	return p, nil
}

func command(control *os.File, data uint64, stderr *tail) *exec.Cmd {
	cmd := exec.Command(programPath, ChildArg)
	cmd.Args[0] = "drawbridge"
	cmd.Dir = "/"
	// Nothing of the server's environment is passed on. A soft limit below the
	// hard one lets the collector work before the kernel refuses. The processors
	// are given, so that Go's runtime needn't hold files of the control group.
	cmd.Env = []string{
		fmt.Sprintf("GOMEMLIMIT=%d", data/4*3), fmt.Sprintf("GOMAXPROCS=%d", runtime.GOMAXPROCS(0)), "GODEBUG=containermaxprocs=0,updatemaxprocs=0", "GOTRACEBACK=single",
	}
	cmd.ExtraFiles = []*os.File{control}
	cmd.Stderr = stderr
	cmd.SysProcAttr = childAttributes()
	return cmd
}

// await waits for the child's end and says why it ended if nobody asked it to.
func (s *Sandbox) await(name string, p *process) {
	err := p.cmd.Wait()
	_ = p.control.Close() // may be closed already: that is how a child is stopped
	close(p.gone)
	if !p.asked.Load() {
		s.fell(name, p) // not before: who waits for the end may hold the group
	}
	if err != nil && !p.killed.Load() {
		s.opts.Logger.Error("a sandbox child ended by itself", "child", name, "pid", p.cmd.Process.Pid, "state", p.cmd.ProcessState.String(), "stderr", p.stderr.String())
	}
}

// fell tells the group of a child that it ended unasked. The compiler has none.
func (s *Sandbox) fell(name string, p *process) {
	s.mu.Lock()
	g := s.groups[name]
	s.mu.Unlock()
	switch {
	case g == nil:
	case p.stuck.Load():
		g.fell("a call in it could not be stopped")
	default:
		g.fell(p.cmd.ProcessState.String())
	}
}

// end asks the child to end and kills it if it does not.
func (p *process) end() {
	p.asked.Store(true)
	_ = p.control.Close() // its end of file is the request
	select {
	case <-p.gone:
	case <-time.After(stopTimeout):
		p.kill()
		<-p.gone
	}
}

func (p *process) kill() {
	p.killed.Store(true)
	_ = p.cmd.Process.Kill() // it may have ended just now
}

// tail keeps the beginning of what a child wrote before it died: Go's own
// report of a fault begins with the reason.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const maxTail = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p[:min(len(p), maxTail-len(t.buf))]...)
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.buf))
}
