package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// shared is a folder of this test binary's run: the guest and its compiled code.
var shared string

func TestMain(m *testing.M) {
	sandbox.ChildIfAsked()
	dir, err := os.MkdirTemp("", "sandbox-test")
	if err != nil {
		panic(err)
	}
	shared = dir
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// guestWasm builds the misbehaving connector, once.
var guestWasm = sync.OnceValues(func() ([]byte, error) {
	out := filepath.Join(shared, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the guest: %w\n%s", err, text)
	}
	return os.ReadFile(out)
})

var actions = strings.Fields("echo about count grow zero panic exit loop recurse sleep nap hog giant outside garbage both error log flood http forge files random blob")

func manifest(id string) abi.Manifest {
	m := abi.Manifest{ID: id, Version: "1.0.0", ABI: abi.Version, Name: "Guest", Description: "Misbehaves."}
	input := json.RawMessage(`{"type":"object","properties":{"content":{"$ref":"#/$defs/bytes"},"plain":{"type":"string"}},
		"$defs":{"bytes":{"type":"string","contentEncoding":"base64","contentMediaType":"application/octet-stream"}}}`)
	for _, a := range actions {
		action := abi.Action{ID: a, Name: a, Description: a, Input: input, Output: json.RawMessage(`{}`), Effect: abi.EffectNone}
		if a == "giant" {
			action.MemoryPages = abi.MaxPages
		}
		m.Actions = append(m.Actions, action)
	}
	return m
}

// connector makes a connector file of code and manifests.
func connector(t testing.TB, code []byte, manifests ...abi.Manifest) []byte {
	t.Helper()
	raw, err := json.Marshal(manifests)
	if err != nil {
		t.Fatal(err)
	}
	file, err := catalog.AppendSection(code, abi.ManifestSection, raw)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// rig is a sandbox with its parts.
type rig struct {
	*sandbox.Sandbox
	blobs   *egress.FolderBlobs
	catalog *catalog.Catalog
}

// start makes a sandbox with the guest installed as the connector "guest".
func start(t testing.TB, change ...func(*sandbox.Options)) rig {
	t.Helper()
	code, err := guestWasm()
	if err != nil {
		t.Fatal(err)
	}
	return startWith(t, [][]byte{connector(t, code, manifest("guest"))}, change...)
}

func startWith(t testing.TB, files [][]byte, change ...func(*sandbox.Options)) rig {
	t.Helper()
	blobs, err := egress.NewFolderBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := rig{blobs: blobs, catalog: catalog.New()}
	for _, f := range files {
		if _, err := r.catalog.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	o := sandbox.Options{Catalog: r.catalog, Blobs: blobs, Broker: egress.New(egress.Options{Blobs: blobs}), CacheDir: filepath.Join(shared, "cache")}
	for _, c := range change {
		c(&o)
	}
	if r.Sandbox, err = sandbox.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		_ = blobs.Close()
	})
	return r
}

// call makes a call of the guest.
func call(action, input string) sandbox.Call {
	return sandbox.Call{RunID: "r1", StepKey: "each.0.step", Attempt: 2, Key: "k1", Connector: "guest", Action: action, Input: json.RawMessage(input)}
}

// invoke runs a call that must give a result.
func invoke(t testing.TB, r rig, c sandbox.Call) sandbox.Result {
	t.Helper()
	res, err := r.Invoke(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: %v", c.Action, err)
	}
	if (res.Output == nil) == (res.Error == nil) {
		t.Fatalf("%s: output %s and error %v", c.Action, res.Output, res.Error)
	}
	return res
}

// await polls until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
