package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

var (
	workloads   = []string{"w1", "w2", "w3"}
	connections = []int{1, 16, 64}
)

// compareNodeRED measures the workloads over HTTP. Both servers run at the same time;
// one at a time is driven.
func compareNodeRED(ctx context.Context, o *options, folder string, r *report) error {
	l, err := newLoad(folder)
	if err != nil {
		return err
	}
	theirs, err := newNodeRED(ctx, o.cache, filepath.Join(folder, "node-red"))
	if err != nil {
		return err
	}
	ours, err := newDrawbridge(ctx, o.binary, filepath.Join(folder, "drawbridge"))
	if err != nil {
		return err
	}
	defer theirs.stop()
	defer ours.stop()
	r.peer(theirs.version)
	kinds := []string{"core"}
	if err := prepare(ctx, o, ours, r, &kinds); err != nil {
		return err
	}
	if _, err := theirs.start(ctx); err != nil {
		return err
	}
	for round := range o.rounds {
		if err := starts(ctx, ours, theirs, r); err != nil {
			return err
		}
		for _, kind := range kinds {
			for _, w := range workloads {
				for _, n := range connections {
					if kind != "core" && n != 16 {
						continue
					}
					say("round %d of %d: %s %s at %d", round+1, o.rounds, w, kind, n)
					if err := r.beside(ctx, l, o.length, kind, w, n, ours, theirs); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// prepare publishes the flows and has all that is compiled once be compiled.
func prepare(ctx context.Context, o *options, ours *drawbridge, r *report, kinds *[]string) error {
	connectors := filepath.Join(ours.data, "..", "connectors")
	if err := buildConnector(ctx, o.binary, o.connector, connectors); err != nil {
		r.note("The transforms as actions in Rust were not measured: " + err.Error())
	} else {
		ours.connectors = connectors
		*kinds = append(*kinds, "Rust")
	}
	if _, err := ours.start(ctx); err != nil {
		return err
	}
	for _, w := range workloads {
		if err := ours.publish(ctx, w, filepath.Join("..", w+".flow.json")); err != nil {
			return err
		}
		if ours.connectors == "" {
			continue
		}
		if err := ours.publish(ctx, "Rust-"+w, filepath.Join("flows", "rust-"+w+".flow.json")); err != nil {
			return err
		}
		if err := same(ctx, ours.url("Rust-"+w), w); err != nil {
			return err
		}
	}
	return nil
}

// starts measures start and memory: each is stopped and started anew, and looked at once
// it has answered and come to rest.
func starts(ctx context.Context, ours *drawbridge, theirs *nodeRED, r *report) error {
	for _, s := range []struct {
		name  string
		stop  func()
		start func(context.Context) (float64, error)
		pid   func() int
	}{{"ours", ours.stop, ours.start, ours.pid}, {"theirs", theirs.stop, theirs.start, theirs.pid}} {
		s.stop()
		took, err := s.start(ctx)
		if err != nil {
			return err
		}
		select {
		case <-time.After(3 * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
		pss, rss := memory(s.pid())
		r.add("start", s.name, sample{p50: took})
		r.add("pss", s.name, sample{p50: pss})
		r.add("rss", s.name, sample{p50: rss})
	}
	return nil
}

// beside measures one figure of ours and, where it is of core nodes, of theirs.
func (r *report) beside(ctx context.Context, l *load, length time.Duration, kind, w string, n int, ours *drawbridge, theirs *nodeRED) error {
	name := w
	if kind != "core" {
		name = kind + "-" + w
	}
	if err := errors.Join(same(ctx, ours.url(name), w), same(ctx, theirs.url(w), w)); err != nil {
		return err
	}
	mine, err := l.measure(ctx, ours.url(name), w, n, length, ours.pid())
	if err != nil {
		return err
	}
	yours, err := l.measure(ctx, theirs.url(w), w, n, length, theirs.pid())
	if err != nil {
		return err
	}
	key := figure(w, kind, n)
	r.add(key, "ours", mine)
	r.add(key, "theirs", yours)
	return nil
}

// chains are how many steps the chains have that are compared with DBOS.
var chains = []int{3, 10}

const chainsAtOnce = 16

// compareDBOS measures durable chains without HTTP on one PostgreSQL, each round in a
// database of its own.
func compareDBOS(ctx context.Context, o *options, folder string, r *report) error {
	p, err := startPostgres(ctx, filepath.Join(folder, "postgres"))
	if err != nil {
		return err
	}
	defer p.stop()
	r.peer("DBOS Transact for Go " + dbosVersion() + " on " + p.version(ctx))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	seconds := strconv.Itoa(int(o.length.Seconds()))
	n := 0
	for round := range o.rounds {
		for _, steps := range chains {
			say("round %d of %d: chains of %d on PostgreSQL", round+1, o.rounds, steps)
			for _, who := range []string{"ours", "theirs"} {
				n++
				address, err := p.fresh(ctx, n)
				if err != nil {
					return err
				}
				cmd := exec.CommandContext(ctx, self, "dbos", address, strconv.Itoa(steps), strconv.Itoa(chainsAtOnce), seconds)
				if who == "ours" {
					cmd = exec.CommandContext(ctx, o.binary, "bench", "chain", "--json", "--database", address, "--steps", strconv.Itoa(steps), "--concurrency", strconv.Itoa(chainsAtOnce), "--seconds", seconds)
					cmd.Dir = folder
				}
				s, err := p.watch(cmd)
				if err != nil {
					return err
				}
				r.add(chainFigure(steps), who, s)
				if err := p.drop(ctx, n); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// watch runs a client of the database; the processor time is of both.
func (p *postgres) watch(cmd *exec.Cmd) (sample, error) {
	before := cpuSeconds(p.pid())
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			err = fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		return sample{}, err
	}
	used := cpuSeconds(p.pid()) - before + cmd.ProcessState.UserTime().Seconds() + cmd.ProcessState.SystemTime().Seconds()
	var f figures
	if err := json.Unmarshal(out, &f); err != nil || f.Runs == 0 {
		return sample{}, fmt.Errorf("%s says: %s", filepath.Base(cmd.Path), out)
	}
	return sample{float64(f.Runs) / f.Seconds, used / float64(f.Runs) * 1000, f.P50, f.P99}, nil
}

// ready says whether a server answers at all.
func ready(ctx context.Context, listen string) error {
	return request(ctx, http.MethodGet, "http://"+listen+"/readyz", "", "", nil, nil)
}
