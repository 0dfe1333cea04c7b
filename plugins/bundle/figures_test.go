package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/testkit/contract"
)

// Budgets of the bundled connectors together.
const (
	mostPacked   = 4_000_000   // bytes of the files as they are in the program
	mostResident = 120_000_000 // bytes of the child's own with all of them loaded
	mostCPU      = 6 * time.Second
)

// BenchmarkConnectors prints what each connector costs the sandbox's process: the CPU of a
// warm call of the first example of each action, which goes from pristine memory to an
// answer, without what the server does beside it. Connectors that open streams are refused
// them here: theirs is the way to the refusal. At its end stand the sums.
//
//	go test ./plugins/bundle -run '^$' -bench Connectors -benchtime 200x
func BenchmarkConnectors(b *testing.B) {
	files, err := fs.Sub(plugins.Dist, "dist")
	if err != nil {
		b.Fatal(err)
	}
	bench := contract.OpenBundled(b, files)
	world := contract.NewWorld(b)
	var table []string
	for _, c := range bench.Catalog.Connectors() {
		m := c.Manifest
		var calls []contract.Call
		for _, a := range m.Actions {
			if len(a.Examples) > 0 {
				calls = append(calls, contract.Call{Connector: m.ID, Action: a.ID, Input: a.Examples[0].Input, Credential: credentialsOf(m.ID, a.ID)[0]})
			}
		}
		b.Run(m.ID, func(b *testing.B) {
			for range 3 { // the slots fill up
				for _, call := range calls {
					bench.Run(b, world, call)
				}
			}
			before := bench.CPU(b)
			b.ResetTimer()
			for i := range b.N {
				bench.Run(b, world, calls[i%len(calls)])
			}
			b.StopTimer()
			each := float64((bench.CPU(b) - before).Nanoseconds()) / float64(b.N) / 1e3
			b.ReportMetric(each, "child-µs/call")
			if b.N > 1 {
				table = append(table, fmt.Sprintf("%-12s %-10s %2d actions %7.0f µs", m.ID, languageOf(m), len(m.Actions), each))
			}
		})
	}
	packed := packedSize(b, files)
	for _, line := range table {
		fmt.Fprintln(os.Stderr, line)
	}
	own, all := bench.Resident(b)
	compiled := bench.CompileCPU()
	fmt.Fprintf(os.Stderr, "%d connectors in %.2f MB (budget %.0f); the child has %.1f MB of its own (budget %.0f) and %.1f with the program's file; compiled with %s of CPU (budget %s), of it %s in the kernel\n",
		len(bench.Catalog.Connectors()), float64(packed)/1e6, mostPacked/1e6, float64(own)/1e6, mostResident/1e6, float64(all)/1e6,
		(compiled.User + compiled.System).Round(10*time.Millisecond), mostCPU, compiled.System.Round(10*time.Millisecond))
}

// languageOf says what a connector is written in.
func languageOf(m abi.Manifest) string {
	if m.ID == "text" {
		return "Rust"
	}
	raw, err := os.ReadFile("scripts/index.ts")
	if err == nil && strings.Contains(string(raw), "../../"+m.ID+"/index.ts") {
		return "TypeScript"
	}
	return "Go"
}

func packedSize(t testing.TB, files fs.FS) int64 {
	t.Helper()
	var total int64
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && slices.ContainsFunc([]string{".wasm", ".zst"}, func(end string) bool { return strings.HasSuffix(e.Name(), end) }) {
			total += info.Size()
		}
	}
	return total
}

// BenchmarkFirstCall is how long the first call of a connector takes after a start, by the
// language that it is written in: what the process compiles and begins until it answers.
// "Anew" is with nothing compiled, "again" is each start after one that compiled.
// JavaScript is to answer within 500 ms.
//
//	go test ./plugins/bundle -run '^$' -bench FirstCall -benchtime 5x
func BenchmarkFirstCall(b *testing.B) {
	files, err := fs.Sub(plugins.Dist, "dist")
	if err != nil {
		b.Fatal(err)
	}
	world := contract.NewWorld(b)
	for _, c := range []struct{ language, connector string }{{"TypeScript", "risk"}, {"Rust", "text"}, {"Go", "hash"}} {
		first := func(b *testing.B, cache string) {
			bench := contract.Bundled(b, files, cache)
			con, err := bench.Catalog.Connector(c.connector, "")
			if err != nil {
				b.Fatal(err)
			}
			action := con.Manifest.Actions[0]
			b.StartTimer()
			answer := bench.Run(b, world, contract.Call{Connector: c.connector, Action: action.ID, Input: action.Examples[0].Input})
			b.StopTimer()
			if answer.Error != nil {
				b.Fatal(answer.Error)
			}
		}
		b.Run(c.language+"/anew", func(b *testing.B) {
			b.StopTimer()
			for range b.N {
				first(b, "")
			}
		})
		b.Run(c.language+"/again", func(b *testing.B) {
			b.StopTimer()
			cache := filepath.Join(b.TempDir(), "compiled")
			first(b, cache)
			b.ResetTimer()
			for range b.N {
				first(b, cache)
			}
		})
	}
}
