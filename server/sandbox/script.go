package sandbox

import (
	"context"
	"errors"
	"io/fs"
	"runtime/debug"
	"sync"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sync/errgroup"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/quickjs"
	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// A connector in JavaScript is the engine, which is the same for all, and a
// script. The engine doesn't speak the ABI of connectors: this package drives it
// by its own exports, in the child, under the same fuel and limits as any guest.
// The image is taken after the script was loaded, so that a call begins with the
// connector's objects made.

// script is what a module in JavaScript has beside the engine.
type script struct {
	source    []byte
	mapping   []byte            // of the file; read into sourceMap
	checks    map[string]*check // by checkKey
	sourceMap *sourceMap
	state     scriptState
}

// scriptState is where things lie in the memory of every instance on the image.
type scriptState struct {
	run, pump  uint32 // functions of the script
	call, text uint32 // more of them; 0 where the script has none
	context    uint32
	name       uint32 // of what is parsed
	yes, no    uint32
	cells      uint32 // room for a few pointers and lengths
	buffer     uint32 // room for a request of scriptBuffer bytes
	plain      plainLayout
}

// engine is the compiled engine of a child. It stays as long as the child.
type engine struct {
	mu       sync.Mutex
	compiled wazero.CompiledModule
	layout   *wasm.Layout
}

// readScript answers the script of a file; nil where it has none.
func readScript(file []byte) (*script, error) {
	sections, err := wasm.CustomSections(file, abi.ScriptSection)
	if err != nil {
		return nil, fail(failRefused, "can't be loaded: %v", err)
	}
	var s *script
	var mapping []byte
	for _, section := range sections {
		switch {
		case section.Name == abi.ScriptMapSection:
			mapping = section.Data
		case section.Name == abi.ScriptSection && s != nil:
			return nil, fail(failRefused, "can't be loaded: it has two sections %s", abi.ScriptSection)
		case section.Name == abi.ScriptSection:
			s = &script{source: section.Data}
		}
	}
	if s == nil {
		return nil, nil
	}
	if !isEngine(file) {
		return nil, fail(failRefused, "can't be loaded: it is a script with another engine than this server's (quickjs-wasi %s): build it again with this version's drawbridge plugin build", quickjs.Version)
	}
	s.mapping = mapping
	return s, nil
}

// readMap reads the map of a script that was read.
func (s *script) readMap() (err error) {
	if s.sourceMap, err = readSourceMap(s.mapping); err != nil {
		return fail(failRefused, "can't be loaded: section %s: %v", abi.ScriptMapSection, err)
	}
	s.mapping = nil // the file lies in a buffer that is used again
	return nil
}

// isEngine says whether a file is the JavaScript engine, but for sections of
// Drawbridge's own.
func isEngine(file []byte) bool {
	bare, err := wasm.StripOwn(file)
	return err == nil && quickjs.Sum(bare) == quickjs.Digest
}

// imports answers what a file may import: the functions of env are for the engine
// alone, by its digest.
func imports(file []byte) func(module, name string) (string, bool) {
	engine := sync.OnceValue(func() bool { return isEngine(file) }) // it goes through the whole file
	return func(module, name string) (string, bool) {
		if module == scriptModule && !engine() {
			return "", false
		}
		return hostSignature(module, name)
	}
}

// compileScript makes a module of a script on the engine, which is compiled once.
func (m *machine) compileScript(ctx context.Context, mod *module, file []byte, s *script) error {
	var mapped errgroup.Group
	mapped.Go(s.readMap) // it takes as long as making the engine ready
	layout, err := m.compileEngine(ctx, mod, file)
	if err = errors.Join(mapped.Wait(), err); err != nil {
		return err
	}
	mod.script = s
	s.source = append([]byte(nil), s.source...) // the file lies in a buffer that is used again
	return m.start(ctx, mod, layout)
}

func (m *machine) compileEngine(ctx context.Context, mod *module, file []byte) (*wasm.Layout, error) {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	if m.engine.compiled == nil {
		code, layout, err := instrument(file)
		if err != nil {
			return nil, err
		}
		compiled, err := m.runtime.CompileModule(ctx, code)
		if errors.Is(err, fs.ErrPermission) {
			return nil, fail(failUncompiled, "isn't compiled")
		}
		if err != nil {
			return nil, fail(failRefused, "can't be loaded: %v", err)
		}
		m.engine.compiled, m.engine.layout = compiled, layout
		debug.FreeOSMemory() // as of other modules
	}
	mod.compiled = m.engine.compiled
	return m.engine.layout, nil
}
