package main

import (
	"fmt"
	"io/fs"
	"os"
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
	mostPacked   = 4 << 20 // bytes of the files as they are in the program
	mostResident = 120     // MiB of the child with all of them loaded
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
				calls = append(calls, contract.Call{Connector: m.ID, Action: a.ID, Input: a.Examples[0].Input, Credential: credentialsOf(m.ID)[0]})
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
	fmt.Fprintf(os.Stderr, "%d connectors in %.2f MiB (budget %d), child %d MiB (budget %d), compiled with %s of CPU\n",
		len(bench.Catalog.Connectors()), float64(packed)/(1<<20), mostPacked>>20, bench.Resident(b)>>20, mostResident, bench.CompileCPU().Round(10*time.Millisecond))
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

func packedSize(b *testing.B, files fs.FS) int64 {
	b.Helper()
	var total int64
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && slices.ContainsFunc([]string{".wasm", ".zst"}, func(end string) bool { return strings.HasSuffix(e.Name(), end) }) {
			total += info.Size()
		}
	}
	return total
}
