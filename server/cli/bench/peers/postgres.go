package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNoPostgres says that this machine has no PostgreSQL.
var errNoPostgres = errors.New("PostgreSQL is not installed (Debian: apt-get install postgresql)")

// postgres is a cluster of its own, as it is installed: it makes each commit durable.
type postgres struct {
	process
	bin, folder, port string
}

func startPostgres(ctx context.Context, folder string) (*postgres, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.Sort(found)
	if cache, err := os.UserCacheDir(); err == nil && len(found) == 0 {
		found, _ = filepath.Glob(filepath.Join(cache, "drawbridge/postgres/usr/lib/postgresql/*/bin/initdb"))
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return nil, errNoPostgres
	}
	p := &postgres{bin: filepath.Dir(found[len(found)-1]), folder: folder}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // it refuses to run as root
		for at := folder; at != "/" && at != "."; at = filepath.Dir(at) {
			info, err := os.Stat(at)
			if err != nil || info.Mode().Perm()&0o001 != 0 || at == folder {
				continue
			}
			if err := os.Chmod(at, info.Mode().Perm()|0o001); err != nil { // only what this program made lies closed
				return nil, err
			}
		}
		if err := os.Chown(folder, nobody, nobody); err != nil {
			return nil, err
		}
	}
	if out, err := p.command(ctx, "initdb", "-D", p.data(), "-U", "bench", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-instructions").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, p.port, _ = strings.Cut(listen, ":")
	p.cmd = p.command(ctx, "postgres", "-D", p.data(), "-p", p.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200")
	_, err = started(ctx, p.cmd, func() error { return p.do(ctx, "SELECT 1") })
	return p, err
}

// nobody is who PostgreSQL runs as where this is root.
const nobody = 65534

func (p *postgres) data() string { return filepath.Join(p.folder, "data") }

func (p *postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	cmd.Dir = p.folder
	cmd.Env = []string{"PATH=" + p.bin + ":/usr/bin:/bin", "LC_ALL=C"}
	if root, _, _ := strings.Cut(p.bin, "usr/lib/postgresql"); root != "/" {
		libraries, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu"))
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+strings.Join(libraries, ":"))
	}
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func (p *postgres) address(database string) string {
	return "postgres://bench@127.0.0.1:" + p.port + "/" + database + "?sslmode=disable"
}

func (p *postgres) do(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, p.address("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing hangs on it
	_, err = conn.Exec(ctx, statement)
	return err
}

func (p *postgres) version(ctx context.Context) string {
	out, err := p.command(ctx, "postgres", "--version").Output()
	if err != nil {
		return "PostgreSQL"
	}
	fields := strings.Fields(string(out))
	return "PostgreSQL " + fields[min(2, len(fields)-1)]
}

// fresh makes an empty database.
func (p *postgres) fresh(ctx context.Context, n int) (string, error) {
	name := "round" + strconv.Itoa(n)
	return p.address(name), p.do(ctx, "CREATE DATABASE "+name)
}

// drop removes a database and has what it left be written.
func (p *postgres) drop(ctx context.Context, n int) error {
	return errors.Join(p.do(ctx, "DROP DATABASE round"+strconv.Itoa(n)+" WITH (FORCE)"), p.do(ctx, "CHECKPOINT"))
}
