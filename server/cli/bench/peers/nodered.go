package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Node-RED's flows are the workloads as its users write them: function nodes, and for
// the fan-out split and join.
//
//go:embed nodered.flows.json
var nodeREDFlows []byte

//go:embed nodered.settings.cjs
var nodeREDSettings []byte

// The packages of npm that are compared with. Node-RED 5 wants a newer Node than many
// systems have: npm's package node brings one.
var packages = []string{"node-red@5", "node@26"}

// nodeRED is a Node-RED.
type nodeRED struct {
	process
	folder  string
	modules string
	version string
}

// newNodeRED installs what is compared with into the cache, unless it is there.
func newNodeRED(ctx context.Context, cache, folder string) (*nodeRED, error) {
	n := &nodeRED{folder: folder, modules: filepath.Join(cache, "node_modules")}
	if _, err := os.Stat(filepath.Join(n.modules, "node-red", "red.js")); err != nil {
		say("installing %s into %s", strings.Join(packages, " and "), cache)
		args := append([]string{"install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", cache}, packages...)
		if out, err := exec.CommandContext(ctx, "npm", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("npm: %w: %s", err, out)
		}
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "settings.cjs"), nodeREDSettings, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "flows.json"), nodeREDFlows, 0o600); err != nil {
		return nil, err
	}
	var err error
	if n.listen, err = freeAddress(); err != nil {
		return nil, err
	}
	node, err := exec.CommandContext(ctx, n.node(), "--version").Output()
	if err != nil {
		return nil, err
	}
	n.version = "Node-RED " + packageVersion(filepath.Join(n.modules, "node-red")) + " on Node " + strings.TrimSpace(string(node))
	return n, nil
}

func (n *nodeRED) node() string { return filepath.Join(n.modules, "node", "bin", "node") }

// start gives how long it takes to the first answer.
func (n *nodeRED) start(ctx context.Context) (float64, error) {
	_, port, _ := strings.Cut(n.listen, ":")
	n.cmd = exec.CommandContext(ctx, n.node(), filepath.Join(n.modules, "node-red", "red.js"), "--userDir", n.folder, "--settings", filepath.Join(n.folder, "settings.cjs"))
	n.cmd.Dir = n.folder
	n.cmd.Env = append(os.Environ(), "PORT="+port, "NODE_ENV=production")
	return started(ctx, n.cmd, func() error { return same(ctx, n.url("w1"), "w1") })
}

func (n *nodeRED) url(workload string) string { return "http://" + n.listen + "/" + workload }
