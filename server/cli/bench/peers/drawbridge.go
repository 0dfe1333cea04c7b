package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// drawbridge is a server of the program that is compared.
type drawbridge struct {
	process
	binary, data string
	connectors   string // a folder of further ones; empty is none
	token        string
	hooks        map[string]string
}

func newDrawbridge(ctx context.Context, binary, folder string) (*drawbridge, error) {
	d := &drawbridge{binary: binary, data: folder, hooks: map[string]string{}}
	var err error
	if d.listen, err = freeAddress(); err != nil {
		return nil, err
	}
	out, err := d.command(ctx, "token", "create", "--name", "peers", "--role", "admin").Output()
	if err != nil {
		return nil, fmt.Errorf("making a token: %w", err)
	}
	lines := strings.Fields(string(out))
	if len(lines) == 0 {
		return nil, fmt.Errorf("token create printed nothing")
	}
	d.token = lines[len(lines)-1]
	return d, nil
}

func (d *drawbridge) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, d.binary, append(args, "--data", d.data)...)
	cmd.Env = append(os.Environ(), "DRAWBRIDGE_ADMIN_PASSWORD=bench-only-password")
	return cmd
}

// start gives how long it takes to the first answer: of a workload, once there is one.
func (d *drawbridge) start(ctx context.Context) (float64, error) {
	args := []string{"serve", "--listen", d.listen}
	if d.connectors != "" {
		args = append(args, "--connectors", d.connectors)
	}
	d.cmd = d.command(ctx, args...)
	return started(ctx, d.cmd, func() error {
		if d.hooks["w1"] == "" {
			return ready(ctx, d.listen)
		}
		return same(ctx, d.url("w1"), "w1")
	})
}

func (d *drawbridge) url(name string) string { return "http://" + d.listen + d.hooks[name] }

// publish makes a flow of a file reachable by a name.
func (d *drawbridge) publish(ctx context.Context, name, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	api := "http://" + d.listen + "/api/v1/flows"
	var made struct{ ID string }
	if err := request(ctx, http.MethodPost, api, d.token, "application/json", content, &made); err != nil {
		return err
	}
	var published struct{ Hooks map[string]string }
	if err := request(ctx, http.MethodPost, api+"/"+made.ID+"/publish", d.token, "application/json", []byte(`{"message":"bench"}`), &published); err != nil {
		return err
	}
	for _, hook := range published.Hooks {
		d.hooks[name] = hook
	}
	return nil
}

// buildConnector compiles the connector in Rust into a folder; an error says that this
// machine can't.
func buildConnector(ctx context.Context, binary, source, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, binary, "plugin", "build", source, "--out", filepath.Join(folder, "bench.wasm"))
	if told, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("it wasn't built: %w: %s", err, told)
	}
	return nil
}
