package conformance_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/conformance"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.ChildIfAsked()
	os.Exit(m.Run())
}

// languages are the folders of the connector, with what builds it; where the
// toolchain isn't there its test is left out.
var languages = []struct {
	folder string
	build  func(program, folder, out string) error
}{
	{"go", byCommand},
	{"js", byCommand},
	{"rust", byRust},
	{"c", byClang},
}

// TestConformance builds the connector in each language by the real command and
// runs all vectors through the real sandbox.
func TestConformance(t *testing.T) {
	program := filepath.Join(t.TempDir(), "drawbridge")
	if err := command("go", "build", "-o", program, "../../server/cmd/drawbridge"); err != nil {
		t.Fatal(err)
	}
	vectors, err := conformance.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		t.Run(l.folder, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "conformance.wasm")
			err := l.build(program, l.folder, file)
			if missing := (errMissing{}); errors.As(err, &missing) {
				t.Skip(missing)
			}
			if err != nil {
				t.Fatal(err)
			}
			b := open(t, file)
			for _, v := range vectors {
				t.Run(v.Name, func(t *testing.T) { b.check(t, v) })
			}
		})
	}
}

// TestExampleInC builds the example of sdk/c and runs what its manifest shows.
func TestExampleInC(t *testing.T) {
	file := filepath.Join(t.TempDir(), "example.wasm")
	err := byClang("", "../c", file)
	if missing := (errMissing{}); errors.As(err, &missing) {
		t.Skip(missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, file)
	action := b.module.Connectors[0].Manifest.Actions[0]
	for _, e := range action.Examples {
		res, err := b.sandbox.Invoke(t.Context(), sandbox.Call{RunID: "run", StepKey: "step", Attempt: 1, Key: "key", Connector: "luhn", Action: action.ID, Input: e.Input})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range e.Differences(res.Output, res.Error) {
			t.Errorf("%s: %s", e.Name, d)
		}
	}
}

// bench is a sandbox with the connector in it.
type bench struct {
	sandbox *sandbox.Sandbox
	blobs   *egress.FolderBlobs
	module  *catalog.Module
	world   *world
}

func open(t *testing.T, file string) *bench {
	t.Helper()
	raw, err := catalog.ReadFile(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	c := catalog.New()
	b := &bench{}
	if b.module, err = c.Add(raw); err != nil {
		t.Fatal(err)
	}
	if b.blobs, err = egress.NewFolderBlobs(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	b.world = newWorld(t)
	b.sandbox, err = sandbox.New(sandbox.Options{Catalog: c, Blobs: b.blobs, Broker: b.world.broker(b.blobs)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.sandbox.Close(); err != nil {
			t.Error(err)
		}
		_ = b.blobs.Close()
	})
	return b
}

func (b *bench) check(t *testing.T, v conformance.Vector) {
	t.Helper()
	seen := map[string]bool{}
	for range max(v.Repeat, 1) {
		before := time.Now().Truncate(time.Millisecond)
		call := sandbox.Call{
			RunID: "run", StepKey: "step", Attempt: 2, Key: "key", Connector: "conformance", Action: v.Action, Input: input(t, v.Input, b.world.port()),
		}
		if v.Credential {
			call.Credential = b.world.credential(b.module)
		}
		res, err := b.sandbox.Invoke(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, v, res)
		if v.Error != nil || res.Error != nil {
			continue
		}
		if v.Distinct && seen[string(res.Output)] {
			t.Errorf("a second time %s", res.Output)
		}
		seen[string(res.Output)] = true
		b.output(t, v, res.Output, before)
	}
}

// compare looks at what an example can say, and at the log.
func compare(t *testing.T, v conformance.Vector, res sandbox.Result) {
	t.Helper()
	example := abi.Example{Output: v.Output}
	if v.Error != nil {
		example.Error = &abi.Error{}
		if err := json.Unmarshal(v.Error, example.Error); err != nil {
			t.Fatal(err)
		}
		example.Error.RetryAfter = duration(t, example.Error.RetryAfter)
	}
	if res.Error != nil {
		res.Error.RetryAfter = duration(t, res.Error.RetryAfter)
	}
	for _, d := range example.Differences(res.Output, res.Error) {
		t.Error(d)
	}
	if res.Error != nil && v.Pointers != nil {
		if got := pointers(t, res.Error.Details); !slices.Equal(got, v.Pointers) {
			t.Errorf("problems at %q, want %q", got, v.Pointers)
		}
	}
	if v.Log == nil {
		return
	}
	var lines []conformance.Line
	for _, l := range res.Logs {
		lines = append(lines, conformance.Line{Level: l.Level, Message: l.Message})
	}
	if !slices.Equal(lines, v.Log) {
		t.Errorf("log %v, want %v", lines, v.Log)
	}
}

func duration(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Error(err)
	}
	return d.String()
}

func pointers(t *testing.T, details json.RawMessage) []string {
	t.Helper()
	var d struct {
		Problems []struct{ Pointer, Message string }
	}
	if err := json.Unmarshal(details, &d); err != nil {
		t.Errorf("details %s: %v", details, err)
	}
	var list []string
	for _, p := range d.Problems {
		if p.Message == "" {
			t.Errorf("no message at %s", p.Pointer)
		}
		list = append(list, p.Pointer)
	}
	slices.Sort(list)
	return list
}

// output looks at what an example can't say.
func (b *bench) output(t *testing.T, v conformance.Vector, raw json.RawMessage, before time.Time) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	for name, want := range v.Lengths {
		var text string
		if err := json.Unmarshal(fields[name], &text); err != nil || len(text) != want {
			t.Errorf("%s has %d bytes, want %d (%v)", name, len(text), want, err)
		}
	}
	for name, want := range v.Blobs {
		if got := b.blob(t, fields[name]); got != want {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
	if v.Now == "" {
		return
	}
	var ms int64
	if err := json.Unmarshal(fields[v.Now], &ms); err != nil {
		t.Fatal(err)
	}
	if at := time.UnixMilli(ms); at.Before(before) || at.After(time.Now()) {
		t.Errorf("%s is %v, the call was after %v", v.Now, at, before)
	}
}

func (b *bench) blob(t *testing.T, raw json.RawMessage) conformance.Blob {
	t.Helper()
	var ref map[string]abi.Blob
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatalf("%.100s: %v", raw, err)
	}
	blob := ref[abi.BlobKey]
	r, err := b.blobs.Open(t.Context(), blob.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(r, 0, r.Size()))
	if err != nil || n != blob.Size {
		t.Errorf("the reference says %d bytes, there are %d (%v)", blob.Size, n, err)
	}
	return conformance.Blob{Size: n, SHA256: hex.EncodeToString(h.Sum(nil)), MediaType: blob.MediaType}
}

// input writes out the long texts and the port of an input.
func input(t *testing.T, raw json.RawMessage, port int) json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		if bytes.Contains(value, []byte("$port")) {
			fields[name] = json.RawMessage(strconv.Itoa(port))
		}
		if !bytes.Contains(value, []byte("$repeat")) {
			continue
		}
		var long map[string]struct {
			Text  string
			Times int
		}
		if err := json.Unmarshal(value, &long); err != nil {
			t.Fatal(err)
		}
		r := long["$repeat"]
		fields[name], _ = json.Marshal(strings.Repeat(r.Text, r.Times))
	}
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
