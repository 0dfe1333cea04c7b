package sandbox

import (
	"cmp"
	"context"
	"slices"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// CompileAhead compiles what the catalog's connectors are made of and no start before has
// compiled, one module after the other: first the engine of all connectors in
// JavaScript, which is ready in less than a second, then the others by their size, of
// which one in Go may take several.
// Calls don't wait for it: they have their own compiled first, or share what is under way.
// What can't be compiled is told, and its calls will fail by it.
func (s *Sandbox) CompileAhead(ctx context.Context) {
	var modules []*catalog.Module
	seen := map[string]bool{}
	for _, c := range s.opts.Catalog.Connectors() {
		if m := c.Module; !seen[m.Compiled] {
			seen[m.Compiled] = true
			modules = append(modules, m)
		}
	}
	rank := func(m *catalog.Module) int {
		if m.Compiled != m.Digest {
			return 0 // the engine
		}
		return m.Size
	}
	slices.SortStableFunc(modules, func(a, b *catalog.Module) int { return cmp.Compare(rank(a), rank(b)) })
	for _, m := range modules {
		if err := s.compiled.ensure(ctx, m); err != nil {
			if ctx.Err() != nil || s.isClosed() {
				return
			}
			s.opts.Logger.Warn("a connector can't be compiled before it is called", "connector", m.Connectors[0].Manifest.ID, "error", err)
		}
	}
}
