package wasm_test

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// BenchmarkInstrumented measures what stopping a guest costs: without any means,
// with fuel, and with wazero's own WithCloseOnContextDone. The three run by
// turns, so that the ratios hold on a noisy machine; they are of CPU time. An i32
// for the fuel and reading the global again in the place of a local made no
// difference; of calls, most of the cost is the count of the stack.
//
//	go test -run XXX -bench Instrumented ./server/wasm
func BenchmarkInstrumented(b *testing.B) {
	echo, err := echoModule()
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		code []byte
		call func(b *testing.B, g *guest)
	}{
		{"loop", wasmtest.Arithmetic(), func(b *testing.B, g *guest) { callWith(b, g, "run", 100_000) }},
		{"calls", wasmtest.Fibonacci(), func(b *testing.B, g *guest) { callWith(b, g, "run", 18) }},
		{"memory", wasmtest.Sieve(), func(b *testing.B, g *guest) { callWith(b, g, "run", 60_000) }},
		{"json", echo, callEcho},
	} {
		b.Run(c.name, func(b *testing.B) { compare(b, c.code, c.call) })
	}
}

func compare(b *testing.B, code []byte, call func(*testing.B, *guest)) {
	fueled, _ := instrument(b, code)
	var guests [3]*guest
	for i, v := range []struct {
		code []byte
		cfg  wazero.RuntimeConfig
	}{
		{code, wazero.NewRuntimeConfigCompiler()},
		{fueled, wazero.NewRuntimeConfigCompiler()},
		{code, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true)},
	} {
		g, err := instantiate(b, v.code, v.cfg, 0)
		if err != nil {
			b.Fatal(err)
		}
		guests[i] = g
		call(b, g)
	}
	var spent [3]time.Duration
	b.ResetTimer()
	for range b.N {
		for i, g := range guests {
			before := cpu(b)
			for range 10 {
				call(b, g)
			}
			spent[i] += cpu(b) - before
		}
	}
	per := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(10*b.N) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(per(spent[0]), "µs/plain")
	b.ReportMetric(float64(spent[1])/float64(spent[0]), "fuel/plain")
	b.ReportMetric(float64(spent[2])/float64(spent[0]), "done/plain")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func callWith(b *testing.B, g *guest, name string, arg uint64) uint64 {
	res, err := g.ExportedFunction(name).Call(b.Context(), arg)
	if err != nil {
		b.Fatal(err)
	}
	return res[0]
}

// echoRequest is a call with 1 KB of JSON.
var echoRequest = func() []byte {
	var items []string
	for i := range 8 {
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"indicator-%d","tags":["ioc","mail","phishing"],"score":%d.5}`, i, i, i))
	}
	return []byte(`{"action":"echo","input":{"text":"` + strings.Repeat("text ", 80) + `","items":[` + strings.Join(items, ",") + `]},"run":{"id":"r","step":"s","attempt":1,"key":"k","dryRun":false}}`)
}()

func callEcho(b *testing.B, g *guest) {
	ctx := b.Context()
	res, err := g.ExportedFunction("drawbridge_buf").Call(ctx)
	if err != nil {
		b.Fatal(err)
	}
	g.Memory().Write(uint32(res[0]>>32), echoRequest)
	out := callWith(b, g, "drawbridge_run", uint64(len(echoRequest)))
	answer, ok := g.Memory().Read(uint32(out>>32), uint32(out))
	if !ok || !bytes.HasPrefix(answer, []byte(`{"output":`)) {
		b.Fatalf("answered %s", answer)
	}
}
