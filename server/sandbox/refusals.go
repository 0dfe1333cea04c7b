package sandbox

import (
	"github.com/drawbridge-soar/drawbridge/server/wasm"
)

// Refusals says everything that speaks against running a module's code, without
// compiling it; none means that it may be tried.
func Refusals(code []byte) []string {
	parsed, err := wasm.Parse(code)
	if err != nil {
		return []string{err.Error()}
	}
	var list []string
	for _, p := range wasm.Check(parsed, wasm.Policy{Import: imports(code)}) {
		list = append(list, p.String())
	}
	return list
}
