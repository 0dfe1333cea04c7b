package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

func TestManifestIsPrintedNatively(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "run", ".", "-manifest").Output()
	if err != nil {
		t.Fatal(err)
	}
	var manifests []abi.Manifest
	if err := json.Unmarshal(out, &manifests); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"email", "ioc", "http", "archive"} {
		if !slices.ContainsFunc(manifests, func(m abi.Manifest) bool { return m.ID == id && m.ABI == abi.Version }) {
			t.Errorf("%s isn't among the %d manifests", id, len(manifests))
		}
	}
}

// module is the compiled bundle under a host with an empty blob store: small,
// but with the real calling convention.
type module struct {
	api.Module
	blob []byte
}

func build(t testing.TB) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the WebAssembly module; not in short mode")
	}
	out := filepath.Join(t.TempDir(), "bundle.wasm")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out)
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if message, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, message)
	}
	code, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func start(t testing.TB, code []byte) *module {
	t.Helper()
	m, ctx := &module{}, t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(abi.MaxPages))
	t.Cleanup(func() { _ = r.Close(context.WithoutCancel(ctx)) })
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		t.Fatal(err)
	}
	host := r.NewHostModuleBuilder(abi.Version)
	export := func(name string, f any) { host = host.NewFunctionBuilder().WithFunc(f).Export(name) }
	export(abi.HostLog, func(_ context.Context, mod api.Module, level, p, n uint32) {
		line, _ := mod.Memory().Read(p, n)
		t.Logf("log %d: %s", level, line)
	})
	export(abi.HostProgress, func(context.Context, api.Module, uint32, uint32) {})
	export(abi.HostNow, func() int64 { return time.Unix(1700000000, 0).UnixNano() })
	export(abi.HostRandom, func(_, _ uint32) int32 { return 0 })
	export(abi.HostBlobOpen, func(_, _ uint32) int64 { return 1 })
	export(abi.HostBlobRead, func(_ context.Context, mod api.Module, _ uint32, off int64, p, n uint32) int32 {
		chunk := m.blob[min(int(off), len(m.blob)):min(int(off)+int(n), len(m.blob))]
		mod.Memory().Write(p, chunk)
		return int32(len(chunk))
	})
	export(abi.HostBlobWrite, func(_, _, _ uint32) int32 { return int32(abi.ErrnoLimit) })
	export(abi.HostBlobClose, func(uint32) int32 { return 0 })
	export(abi.HostTake, func(_, _ uint32) int32 { return 0 })
	for _, name := range []string{abi.HostHTTP, abi.HostKVGet, abi.HostKVPut, abi.HostNetOpen, abi.HostNetRead, abi.HostNetWrite, abi.HostNetClose, abi.HostSign} {
		export(name, func(_, _ uint32) int32 { return int32(abi.ErrnoDenied) })
	}
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	mod, err := r.InstantiateWithConfig(ctx, code, wazero.NewModuleConfig().WithStderr(os.Stderr).WithStartFunctions(abi.ExportInitialize))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("compiled %d KB and initialised in %s", len(code)>>10, time.Since(began).Round(time.Millisecond))
	m.Module = mod
	return m
}

func (m *module) call(t testing.TB, name string, args ...uint64) uint64 {
	t.Helper()
	out, err := m.ExportedFunction(name).Call(t.Context(), args...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(out) == 0 {
		return 0
	}
	return out[0]
}

func (m *module) run(t testing.TB, connector, action string, input any) abi.Answer {
	t.Helper()
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	request, err := json.Marshal(abi.Request{Connector: connector, Action: action, Input: raw, Run: abi.Run{Attempt: 1}})
	if err != nil {
		t.Fatal(err)
	}
	buffer := m.call(t, abi.ExportBuf)
	var result uint64
	if n := uint64(len(request)); n <= buffer&0xffffffff {
		m.Memory().Write(uint32(buffer>>32), request)
		result = m.call(t, abi.ExportRun, n)
	} else {
		at := m.call(t, abi.ExportAlloc, n)
		m.Memory().Write(uint32(at), request)
		result = m.call(t, abi.ExportRunAt, at, n)
	}
	bytes, ok := m.Memory().Read(uint32(result>>32), uint32(result))
	if !ok {
		t.Fatal("the answer lies outside memory")
	}
	var answer abi.Answer
	if err := json.Unmarshal(bytes, &answer); err != nil {
		t.Fatalf("the answer is not JSON: %v", err)
	}
	return answer
}

func TestModuleKeepsToTheABI(t *testing.T) {
	m := start(t, build(t))
	var exports []string
	for name := range m.ExportedFunctionDefinitions() {
		exports = append(exports, name)
	}
	slices.Sort(exports)
	want := []string{abi.ExportInitialize, abi.ExportAlloc, abi.ExportBuf, abi.ExportRun, abi.ExportRunAt, abi.ExportWarm}
	slices.Sort(want)
	if !slices.Equal(exports, want) {
		t.Errorf("exports %v, want %v", exports, want)
	}
	m.call(t, abi.ExportWarm)
	began := time.Now()
	answer := m.run(t, "email", "parse", map[string]string{"raw": "From: a@b.example\nSubject: hi\n\nhello"})
	t.Logf("a small mail took %s", time.Since(began))
	if answer.Error != nil || !strings.Contains(string(answer.Output), `"subject":"hi"`) {
		t.Fatalf("answer %s %v", answer.Output, answer.Error)
	}
	long := strings.Repeat("see hxxp://evil[.]com/x ", 10000)
	answer = m.run(t, "ioc", "extract", map[string]string{"text": long})
	if answer.Error != nil || !strings.Contains(string(answer.Output), `"count":10000`) {
		t.Fatalf("a request above the buffer: %.200s %v", answer.Output, answer.Error)
	}
	if answer = m.run(t, "email", "none", nil); answer.Error == nil || answer.Error.Code != abi.CodeUnknownCall {
		t.Fatalf("an unknown action answered %v", answer.Error)
	}
}

// TestLargeMailsFitIntoMemory parses a mail of 25 MB within what the action may
// use: a large attachment, a large page, and a mail inside a mail, in base64.
func TestLargeMailsFitIntoMemory(t *testing.T) {
	code := build(t)
	line := strings.Repeat("QUJD", 19) + "\r\n"
	mails := map[string]string{
		"attachment": "From: a@b.example\r\nSubject: big\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello http://a.example/\r\n" +
			"--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat(line, 320_000) + "--x--\r\n",
		"page": "From: a@b.example\r\nSubject: big\r\nContent-Type: text/html; charset=koi8-r\r\n\r\n" +
			strings.Repeat("<p>word \xc1\xc2\xd7 <a href=\"http://a.example/x\">link</a></p>\r\n", 400_000),
		"word": "From: a@b.example\r\nSubject: big\r\nContent-Type: text/html\r\n\r\n<a href=http://a.example/>x</a><img src='data:" + strings.Repeat("A", 24<<20) + "'>",
	}
	mails["wrapped"] = "From: w@b.example\r\nSubject: report\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte(mails["attachment"][:18<<20]))
	mails["elements"] = "From: a@b.example\r\nSubject: big\r\nContent-Type: text/html\r\n\r\n<a href=http://a.example/>x</a>" +
		strings.Repeat("<tr><td style='color:red'>some words in a cell</td></tr>\r\n", 430_000)
	mails["plain"] = "From: a@b.example\r\nSubject: big\r\n\r\nhttp://a.example/ " + strings.Repeat("some words on a line\r\n", 1_100_000)
	for name, mail := range mails {
		t.Run(name, func(t *testing.T) {
			m := start(t, code)
			m.call(t, abi.ExportWarm)
			m.blob = []byte(mail)
			began := time.Now()
			answer := m.run(t, "email", "parse", map[string]any{"raw": map[string]any{abi.BlobKey: abi.Blob{ID: "0", Size: int64(len(mail))}}})
			t.Logf("%d MB took %s, memory %d MB", len(mail)>>20, time.Since(began).Round(time.Millisecond), m.Memory().Size()>>20)
			if answer.Error != nil || !strings.Contains(string(answer.Output), `"subject":"big"`) || !strings.Contains(string(answer.Output), "http://a.example/") {
				t.Fatalf("answer %.300s %v", answer.Output, answer.Error)
			}
		})
	}
}
