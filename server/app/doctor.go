package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/bus"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// Finding is one thing that was looked at.
type Finding struct {
	// Name is what was looked at: machine, data folder, store, connectors, sandbox.
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Detail says what was found or, where it isn't right, what to do.
	Detail string `json:"detail"`
}

// Examined is what is looked at.
type Examined struct {
	Location
	// NATS is the address of the server's NATS; empty is none.
	NATS string
	// Connectors is a folder with further .wasm files; empty is none.
	Connectors string
}

// Examine checks the machine, where a server keeps its data, what it talks to others by,
// and the sandbox by running one action. It changes nothing there.
func Examine(ctx context.Context, e Examined) []Finding {
	findings := []Finding{machine(), dataFolder(e.Data), storeOf(ctx, e.Location)}
	if e.NATS != "" {
		findings = append(findings, natsOf(e.NATS))
	}
	return append(findings, sandboxOf(ctx, e.Connectors))
}

func found(name, format string, args ...any) Finding {
	return Finding{name, true, fmt.Sprintf(format, args...)}
}

func missing(name string, err error, advice string) Finding {
	return Finding{name, false, err.Error() + ": " + advice}
}

func machine() Finding {
	if runtime.GOOS != "linux" {
		return Finding{"machine", false, runtime.GOOS + " has no Landlock and no seccomp: connectors are confined by WebAssembly alone. Use Linux where it matters"}
	}
	var lacks []string
	if !sandbox.HasSeccomp() {
		lacks = append(lacks, "seccomp")
	}
	if !sandbox.HasLandlock() {
		lacks = append(lacks, "Landlock (Linux 5.13 or later, and landlock among its security modules)")
	}
	if len(lacks) > 0 {
		return Finding{"machine", false, "the kernel lacks " + strings.Join(lacks, " and ") + ": connectors are less confined than they could be"}
	}
	return found("machine", "%s/%s with %d processors, seccomp and Landlock, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

func dataFolder(data string) Finding {
	const name = "data folder"
	info, err := os.Stat(data)
	if errors.Is(err, os.ErrNotExist) {
		return found(name, "%s is not there yet: the server makes it", data)
	}
	if err != nil {
		return missing(name, err, "let the server's user read it")
	}
	if !info.IsDir() {
		return Finding{name, false, data + " is no folder: name another with --data"}
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return Finding{name, false, fmt.Sprintf("%s can be read by others (%v): chmod 700 it", data, info.Mode().Perm())}
	}
	probe, err := os.CreateTemp(data, "doctor-")
	if err != nil {
		return missing(name, err, "let the server's user write to it")
	}
	if err := errors.Join(probe.Sync(), probe.Close(), os.Remove(probe.Name())); err != nil {
		return missing(name, err, "make room on its disk")
	}
	return found(name, "%s can be written", data)
}

func natsOf(address string) Finding {
	const name = "nats"
	if err := bus.Probe(address); err != nil {
		return missing(name, err, "servers hear of one another's changes a second later without it. Start it, or mend --nats")
	}
	return found(name, "NATS answers")
}

func storeOf(ctx context.Context, at Location) Finding {
	const name = "store"
	if at.Database != "" {
		return databaseOf(ctx, at.Database)
	}
	if _, err := os.Stat(filepath.Join(at.Data, store.FileName)); err != nil {
		return found(name, "no database yet: the server makes it")
	}
	s, err := at.open(ctx)
	if err != nil {
		return missing(name, err, "restore it from a backup, or start the server of its version")
	}
	err = errors.Join(s.Check(ctx), s.Close())
	if err != nil {
		return missing(name, err, "stop the server and restore it from a backup")
	}
	return found(name, "the database is sound")
}

func databaseOf(ctx context.Context, address string) Finding {
	const name = "store"
	version, err := store.Probe(ctx, address)
	if err != nil {
		return missing(name, err, "start the database, or mend --database")
	}
	return found(name, "PostgreSQL %s answers, and commits are durable", version)
}

// sandboxOf runs one example of a bundled action, as the server would.
func sandboxOf(ctx context.Context, connectors string) Finding {
	const name = "sandbox"
	h, err := OpenHeadless(ctx, connectors, Powers{})
	if err != nil {
		return missing(name, err, "see the message")
	}
	defer h.Close(ctx) //nolint:errcheck // its folder is temporary
	for _, c := range h.core.Catalog.Connectors() {
		for _, a := range c.Manifest.Actions {
			if a.Effect != "none" || len(a.Examples) == 0 {
				continue
			}
			return h.trial(ctx, c.Manifest.ID, c.Manifest.Version, a.ID, a.Examples[0].Input)
		}
	}
	return Finding{name, false, "no connector is installed: build with make build, or name a folder with --connectors"}
}

func (h *Headless) trial(ctx context.Context, connector, version, action string, example []byte) Finding {
	const name = "sandbox"
	input, err := flow.ParseValue(example)
	if err != nil {
		return missing(name, err, "mend the connector's example")
	}
	begun := time.Now()
	result := h.core.invoker().Invoke(ctx, engine.Call{
		RunID: "doctor", Step: "doctor", Attempt: 1, Key: "doctor", Type: connector + "." + action,
		Connector: connector, Version: version, Input: input, Timeout: time.Minute,
	})
	if result.Error != nil {
		return Finding{name, false, fmt.Sprintf("%s.%s answered %s: %s", connector, action, result.Error.Code, result.Error.Message)}
	}
	return found(name, "%s.%s %s ran in %v", connector, action, version, time.Since(begun).Round(time.Millisecond))
}
