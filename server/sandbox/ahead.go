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
// which one in Go may take several. A call of another module compiles it meanwhile, one of
// the module under way waits for it. What can't be compiled is told, and its calls will
// fail by it; on a full disk nothing more is.
func (s *Sandbox) CompileAhead(ctx context.Context) {
	list := slices.DeleteFunc(s.opts.Catalog.Connectors(), func(c *catalog.Connector) bool {
		newest, err := s.opts.Catalog.Connector(c.Manifest.ID, "")
		return err != nil || newest != c
	})
	slices.SortStableFunc(list, func(a, b *catalog.Connector) int { return cmp.Compare(aheadOrder(a.Module), aheadOrder(b.Module)) })
	done, tried := map[string]bool{}, map[string]bool{}
	for _, c := range list {
		if done[c.Module.Compiled] || tried[c.Module.Digest] {
			continue
		}
		tried[c.Module.Digest] = true
		err := s.compiled.ahead(ctx, c.Module)
		switch {
		case err == nil:
			done[c.Module.Compiled] = true
		case ctx.Err() != nil || s.isClosed():
			return
		default:
			s.opts.Logger.Warn("a connector can't be compiled before it is called", "connector", c.Manifest.ID, "error", err)
			if full(err) {
				return
			}
		}
	}
}

// aheadOrder orders modules: the engine's, which many share, before others by their size.
func aheadOrder(m *catalog.Module) int {
	if m.Compiled != m.Digest {
		return 0
	}
	return m.Size
}
