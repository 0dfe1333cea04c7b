//go:build unix

package testkit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a cluster that lives as long as the test process, at most.
type Postgres struct {
	bin, folder string
	port        int
	databases   int

	mu   sync.Mutex
	proc *exec.Cmd
	done chan struct{}
}

var shared struct {
	sync.Mutex
	cluster *Postgres
	err     error
}

// Database gives the address of an empty database in the cluster of this process,
// which it starts where it isn't running. Where PostgreSQL isn't installed, the test
// fails, or is skipped in short mode.
func Database(t testing.TB) string {
	t.Helper()
	return Cluster(t).Fresh(t)
}

// Cluster is the one of this process. A test that stops it starts it again.
func Cluster(t testing.TB) *Postgres {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = newPostgres(context.WithoutCancel(t.Context()))
	}
	if errors.Is(shared.err, errMissing) && testing.Short() {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.cluster
}

// Close ends what was started. TestMain of a package that uses this calls it.
func Close() {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		shared.cluster.Stop()
		_ = os.RemoveAll(shared.cluster.folder)
		shared.cluster = nil
	}
}

var errMissing = errors.New("PostgreSQL is not installed: run make deps, or install it (Debian: apt-get install postgresql)")

// binaries finds the folder of postgres and initdb: what is on the path, what Debian
// installs, and what make deps puts into the cache.
func binaries() (string, error) {
	var candidates []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(path))
		}
	}
	roots := []string{"/"}
	if cache, err := os.UserCacheDir(); err == nil {
		roots = append(roots, filepath.Join(cache, "drawbridge", "postgres"))
	}
	for _, root := range roots {
		found, _ := filepath.Glob(filepath.Join(root, "usr/lib/postgresql/*/bin"))
		slices.Reverse(found) // the newest first
		candidates = append(candidates, found...)
	}
	for _, bin := range candidates {
		if _, err := os.Stat(filepath.Join(bin, "initdb")); err == nil {
			return bin, nil
		}
	}
	return "", errMissing
}

func newPostgres(ctx context.Context) (*Postgres, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	removeLeft()
	p := &Postgres{bin: bin, folder: filepath.Join(os.TempDir(), folderPrefix+strconv.Itoa(os.Getpid()))}
	if err := os.Mkdir(p.folder, 0o700); err != nil {
		return nil, err
	}
	if p.port, err = freePort(ctx); err != nil {
		return nil, err
	}
	if as := account(); as != nil {
		if err := os.Chown(p.folder, int(as.Uid), int(as.Gid)); err != nil {
			return nil, err
		}
	}
	init := p.command(ctx, "initdb", "-D", filepath.Join(p.folder, "data"), "-U", "drawbridge", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-instructions")
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return p, p.Start(ctx)
}

const folderPrefix = "drawbridge-postgres-"

// removeLeft removes what test processes left that were killed.
func removeLeft() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	for _, folder := range left {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(folder), folderPrefix))
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(folder)
		}
	}
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// account is who the server runs as: it refuses to run as root.
func account() *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534} // nobody
}

func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...) //nolint:gosec // of the folder that binaries found
	c.Dir = p.folder
	// Unpacked into the cache, it brings its libraries along.
	c.Env = []string{"PATH=" + p.bin + ":/usr/bin:/bin", "LC_ALL=C"}
	if root, _, _ := strings.Cut(p.bin, "usr/lib/postgresql"); root != "/" {
		libraries, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
		c.Env = append(c.Env, "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	}
	// It ends with this process, however that ends.
	c.SysProcAttr = &syscall.SysProcAttr{Credential: account()}
	endWithParent(c.SysProcAttr)
	return c
}

// Start starts the server and waits until it answers.
func (p *Postgres) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(filepath.Join(p.folder, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	p.proc = p.command(context.WithoutCancel(ctx), "postgres", "-D", filepath.Join(p.folder, "data"), "-p", strconv.Itoa(p.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "shared_buffers=64MB")
	p.proc.Stdout, p.proc.Stderr = log, log
	p.done = make(chan struct{})
	started := make(chan error)
	go func() {
		// What is to happen at the end of the parent happens at the end of its thread.
		runtime.LockOSThread()
		defer close(p.done)
		defer log.Close() //nolint:errcheck // for people only
		if err := p.proc.Start(); err != nil {
			started <- err
			return
		}
		close(started)
		_ = p.proc.Wait()
	}()
	if err := <-started; err != nil {
		return err
	}
	return p.ready(ctx)
}

func (p *Postgres) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, p.address("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-p.done:
			log, _ := os.ReadFile(filepath.Join(p.folder, "log"))
			return fmt.Errorf("postgres didn't start: %s", log)
		case <-ctx.Done():
			return err
		}
	}
}

// Stop ends the server at once, as a crash would: it recovers at the next start.
func (p *Postgres) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc != nil && p.proc.Process != nil {
		_ = p.proc.Process.Signal(syscall.SIGQUIT)
		<-p.done
	}
	p.proc = nil
}

func (p *Postgres) address(database string) string {
	return fmt.Sprintf("postgres://drawbridge@127.0.0.1:%d/%s?sslmode=disable", p.port, database)
}

// Fresh makes an empty database and gives its address.
func (p *Postgres) Fresh(t testing.TB) string {
	t.Helper()
	p.mu.Lock()
	p.databases++
	name := fmt.Sprintf("test%d", p.databases)
	p.mu.Unlock()
	p.do(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { p.do(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return p.address(name)
}

func (p *Postgres) do(t testing.TB, statement string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, p.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing hangs on it
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
