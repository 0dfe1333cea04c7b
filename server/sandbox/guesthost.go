package sandbox

import (
	"context"
	"encoding/binary"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// hostFunction is one function that guests may import. The stack holds its
// parameters, then its result.
type hostFunction struct {
	name      string
	signature string
	// run is nil for the engine's host_call, which needs more; see [hostCall].
	run func(g *guestCall, mem api.Memory, stack []uint64)
}

// v1 are the functions of the module drawbridge_v1.
var v1 = append([]hostFunction{
	{abi.HostLog, "iii->", func(g *guestCall, mem api.Memory, s []uint64) {
		if text, ok := mem.Read(uint32(s[1]), uint32(s[2])); ok {
			g.charge(len(text))
			g.log(byte(min(uint32(s[0]), 3)), text)
		}
	}},
	{abi.HostProgress, "ii->", func(g *guestCall, mem api.Memory, s []uint64) {
		if text, ok := mem.Read(uint32(s[0]), uint32(s[1])); ok && g.count() {
			g.charge(len(text))
			g.progress(text)
		}
	}},
	{abi.HostNow, "->I", func(g *guestCall, _ api.Memory, s []uint64) { s[0] = uint64(g.clock.wall()) }},
	{abi.HostRandom, "ii->i", func(g *guestCall, mem api.Memory, s []uint64) {
		p, ok := mem.Read(uint32(s[0]), uint32(s[1]))
		if !ok {
			s[0] = errno(abi.ErrnoBadCall)
			return
		}
		g.charge(len(p))
		s[0] = errno(g.fill(p))
	}},
	{abi.HostBlobOpen, "ii->I", func(g *guestCall, mem api.Memory, s []uint64) {
		id, ok := mem.Read(uint32(s[0]), uint32(s[1]))
		if !ok || len(id) > 128 {
			s[0] = api.EncodeI64(int64(abi.ErrnoBadCall))
			return
		}
		n, _ := g.ask(hostBlobOpen, id)
		s[0] = api.EncodeI64(n)
	}},
	{abi.HostBlobRead, "iIii->i", blobRead},
	{abi.HostBlobWrite, "iii->i", blobWrite},
	{abi.HostBlobClose, "i->i", func(g *guestCall, _ api.Memory, s []uint64) {
		n, body := g.ask(hostBlobClose, le32(s[0]))
		s[0] = g.keep(n, body)
	}},
	{abi.HostTake, "ii->i", take},
}, named()...)

// named are the functions that take JSON and leave JSON for take.
func named() []hostFunction {
	var list []hostFunction
	for i, name := range namedHosts {
		list = append(list, hostFunction{name, "ii->i", func(g *guestCall, mem api.Memory, s []uint64) {
			request, ok := mem.Read(uint32(s[0]), uint32(s[1]))
			if !ok || len(request) > abi.MaxInput {
				s[0] = errno(abi.ErrnoBadCall)
				return
			}
			g.charge(len(request))
			n, body := g.ask(hostFirstNamed+byte(i), request)
			s[0] = g.keep(n, body)
		}})
	}
	return list
}

// callFuel is what a host call costs beside the bytes that it works on: some of what
// a microsecond of the guest's own does.
const callFuel = 500

// charge takes the cost of work of so many bytes from the guest's fuel, which work
// outside of the guest doesn't lower. Without it a guest could have the host work
// for minutes between two ticks.
func (g *guestCall) charge(bytes int) {
	if g.fuel != nil {
		g.fuel.Set(uint64(int64(g.fuel.Get()) - int64(bytes)))
	}
}

// returned is called after each host call. It stops a guest whose time ended while
// the host worked for it, and which might not come to a tick for long.
func (g *guestCall) returned() {
	g.charge(callFuel)
	g.overspent = g.overspent || g.spent > g.budget
	if (g.overspent || g.ctx.Err() != nil) && !g.mayUnwind() {
		panic(sys.NewExitError(exitStopped))
	}
}

// count reports whether one more host call is within the limit.
func (g *guestCall) count() bool {
	g.calls++
	return g.calls <= abi.MaxHostCalls
}

// keep holds what a host call yielded for take, and answers its length.
func (g *guestCall) keep(n int64, body []byte) uint64 {
	if n > 0 {
		g.pending = append([]byte(nil), body...)
		n = int64(len(body))
	}
	return api.EncodeI32(int32(n))
}

func take(g *guestCall, mem api.Memory, s []uint64) {
	if uint64(uint32(s[1])) < uint64(len(g.pending)) || !mem.Write(uint32(s[0]), g.pending) {
		s[0] = errno(abi.ErrnoBadCall)
		return
	}
	s[0] = api.EncodeI32(int32(len(g.pending)))
	g.pending = nil
}

func blobRead(g *guestCall, mem api.Memory, s []uint64) {
	size := min(uint32(s[3]), maxPiece)
	if _, ok := mem.Read(uint32(s[2]), size); !ok {
		s[0] = errno(abi.ErrnoBadCall)
		return
	}
	args := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(le32(s[0]), s[1]), size)
	g.charge(int(size))
	n, body := g.ask(hostBlobRead, args)
	if n > 0 && (len(body) > int(size) || !mem.Write(uint32(s[2]), body)) {
		n = int64(abi.ErrnoIO)
	}
	s[0] = api.EncodeI32(int32(n))
}

func blobWrite(g *guestCall, mem api.Memory, s []uint64) {
	p, ok := mem.Read(uint32(s[1]), uint32(s[2]))
	if !ok || len(p) > maxPiece {
		s[0] = errno(abi.ErrnoBadCall)
		return
	}
	g.charge(len(p))
	n, _ := g.ask(hostBlobWrite, le32(s[0]), p)
	s[0] = api.EncodeI32(int32(n))
}

func errno(e abi.Errno) uint64 { return api.EncodeI32(int32(e)) }

func le32(v uint64) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }

// hostSignature answers the signature of a function that guests may import.
func hostSignature(module, name string) (string, bool) {
	for _, f := range hostModules[module] {
		if f.name == name {
			return f.signature, true
		}
	}
	return "", false
}

var hostModules = map[string][]hostFunction{abi.Version: v1, "wasi_snapshot_preview1": wasi, scriptModule: scriptEnv}

// addHosts makes the host modules known to the runtime.
func (m *machine) addHosts(ctx context.Context) error {
	for module, functions := range hostModules {
		b := m.runtime.NewHostModuleBuilder(module)
		for _, f := range functions {
			params, results := types(f.signature)
			run := f.run
			if run == nil {
				b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(hostCall), params, results).Export(f.name)
				continue
			}
			b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, mod api.Module, stack []uint64) {
				g := current(ctx)
				run(g, mod.Memory(), stack)
				g.returned()
			}), params, results).Export(f.name)
		}
		if _, err := b.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// types reads what signature writes.
func types(signature string) (params, results []api.ValueType) {
	at := &params
	for _, c := range signature {
		switch c {
		case 'i':
			*at = append(*at, api.ValueTypeI32)
		case 'I':
			*at = append(*at, api.ValueTypeI64)
		case '>':
			at = &results
		}
	}
	return params, results
}
