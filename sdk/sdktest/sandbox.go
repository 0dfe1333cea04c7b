package sdktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// The sandbox runs connectors in a process of the running program, which in a
// test is the test itself, started once more.
func init() { sandbox.ChildIfAsked() }

// Sandbox answers a runner that sends calls to a connector file in the real
// sandbox. The file is what `drawbridge plugin build` leaves:
//
//	in := sdktest.Sandbox(t, "reputation.wasm")
//	sdktest.Examples(t, reputation.Connector(), sdktest.Through(in))
//
// Blobs, the log and progress are the test host's; the clock and random bytes
// are the sandbox's own. Configuration and credentials can't be given yet.
func Sandbox(t testing.TB, file string) Runner {
	t.Helper()
	raw, err := catalog.ReadFile(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		t.Fatalf("read the connector: %v", err)
	}
	c := catalog.New()
	if _, err := c.Add(raw); err != nil {
		t.Fatalf("%s is no sound connector: %v", file, err)
	}
	r := &sandboxRunner{}
	r.sandbox, err = sandbox.New(sandbox.Options{Catalog: c, Blobs: r, Broker: egress.New(egress.Options{Blobs: r})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.sandbox.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// sandboxRunner is also the sandbox's blob store: that of the call's host.
type sandboxRunner struct {
	sandbox *sandbox.Sandbox
	calls   sync.Mutex // one at a time, because a test's host isn't concurrent
	host    sdk.Host
}

// Run implements [Runner].
func (r *sandboxRunner) Run(ctx context.Context, request []byte, host sdk.Host) ([]byte, error) {
	var q abi.Request
	if err := json.Unmarshal(request, &q); err != nil {
		return nil, err
	}
	if len(q.Config) > 0 || q.Credential != nil {
		return nil, errors.New("the sandbox takes neither configuration nor credentials in a test: run this one natively")
	}
	r.calls.Lock()
	defer r.calls.Unlock()
	r.host = host
	res, err := r.sandbox.Invoke(ctx, sandbox.Call{
		RunID: q.Run.ID, StepKey: q.Run.Step, Attempt: q.Run.Attempt, Key: q.Run.Key, DryRun: q.Run.DryRun,
		Connector: q.Connector, Action: q.Action, Input: q.Input,
	})
	if err != nil {
		return nil, err
	}
	for _, l := range res.Logs {
		forward(host, l)
	}
	return json.Marshal(abi.Answer{Output: res.Output, Error: res.Error})
}

func forward(host sdk.Host, l sandbox.LogLine) {
	for level := sdk.LevelDebug; level <= sdk.LevelError; level++ {
		if level.String() == l.Level {
			host.Log(level, l.Message)
			return
		}
	}
	host.Progress(l.Message)
}

// Open implements egress.Blobs.
func (r *sandboxRunner) Open(_ context.Context, id string) (egress.BlobReader, error) {
	b, err := r.host.OpenBlob(id)
	if errors.Is(err, sdk.ErrBlobNotFound) {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	if err != nil {
		return nil, err
	}
	size, err := io.Copy(io.Discard, io.NewSectionReader(b, 0, 1<<40))
	return hostReader{b, size}, err
}

// Create implements egress.Blobs.
func (r *sandboxRunner) Create(context.Context) (egress.BlobWriter, error) {
	w, err := r.host.CreateBlob()
	return hostWriter{w}, err
}

type hostReader struct {
	sdk.BlobReader
	size int64
}

func (r hostReader) Size() int64 { return r.size }

type hostWriter struct{ sdk.BlobWriter }

// Abort leaves what was written to the test's host, which goes with the test.
func (hostWriter) Abort() error { return nil }
