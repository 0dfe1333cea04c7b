package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// connectors installs connectors into the store and the catalog.
type connectors struct {
	store   *store.Store
	catalog *catalog.Catalog
	grants  *catalog.Grants
	health  *health

	mu sync.Mutex // held while one is installed or removed
}

// load adds what was installed before to the catalog. A file that can't be read
// is left out and said: the server starts without it.
func (c *connectors) load(ctx context.Context, failed func(digest string, err error)) error {
	list, err := c.store.InstalledConnectors(ctx)
	if err != nil {
		return err
	}
	for _, i := range list {
		file, err := c.store.ConnectorFile(ctx, i.Digest)
		if err == nil {
			_, err = c.catalog.Add(file)
		}
		if err != nil {
			failed(i.Digest, err)
		}
	}
	return nil
}

// reload makes the catalog and the grants what they are in the store, where other
// servers may have changed them.
func (c *connectors) reload(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	list, err := c.store.InstalledConnectors(ctx)
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, i := range list {
		kept[i.Digest] = true
		if c.catalog.ByDigest(i.Digest) != nil {
			continue
		}
		file, err := c.store.ConnectorFile(ctx, i.Digest)
		if err != nil {
			return err
		}
		if _, err := c.catalog.Add(file); err != nil {
			return fmt.Errorf("connector %s: %w", i.Name, err)
		}
	}
	for _, con := range c.catalog.Connectors() {
		if m := con.Module; !m.Bundled && !kept[m.Digest] && c.catalog.ByDigest(m.Digest) != nil {
			c.catalog.Remove(m.Digest)
			c.health.forget(m)
		}
	}
	return c.grants.Reload(ctx)
}

// Install implements [web.Connectors].
func (c *connectors) Install(ctx context.Context, name string, file []byte, by string) (*catalog.Module, error) {
	m, err := catalog.ReadModule(func() ([]byte, error) { return file, nil })
	if err != nil {
		return nil, &web.RefusedError{Reasons: []string{err.Error()}}
	}
	code, err := m.Code()
	if err != nil {
		return nil, err
	}
	if reasons := sandbox.Refusals(code); len(reasons) > 0 {
		return nil, &web.RefusedError{Reasons: reasons}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	versions := map[string]string{}
	for _, con := range m.Connectors {
		versions[con.Manifest.ID] = con.Manifest.Version
		if have, err := c.catalog.Connector(con.Manifest.ID, ""); err == nil && have.Module.Bundled && have.Module.Digest != m.Digest {
			return nil, &web.RefusedError{Reasons: []string{fmt.Sprintf("connector %s came with the server: give yours another id", con.Manifest.ID)}}
		}
		if have, err := c.catalog.Connector(con.Manifest.ID, con.Manifest.Version); err == nil && have.Module.Digest != m.Digest {
			return nil, &web.RefusedError{Reasons: []string{fmt.Sprintf("connector %s %s is installed with other bytes: raise its version", con.Manifest.ID, con.Manifest.Version)}}
		}
	}
	if have := c.catalog.ByDigest(m.Digest); have != nil {
		return have, nil
	}
	if err := c.store.InstallConnector(ctx, store.Installed{Digest: m.Digest, Name: name, Size: int64(len(file)), At: time.Now(), By: by}, versions, file); err != nil {
		var other *store.OtherBytesError
		if errors.As(err, &other) {
			return nil, &web.RefusedError{Reasons: []string{other.Error()}}
		}
		return nil, err
	}
	return c.catalog.Add(file)
}

// Remove implements [web.Connectors].
func (c *connectors) Remove(ctx context.Context, m *catalog.Module) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var gone []string
	for _, con := range m.Connectors {
		if !slices.ContainsFunc(c.catalog.Connectors(), func(o *catalog.Connector) bool {
			return o.Manifest.ID == con.Manifest.ID && o.Module.Digest != m.Digest
		}) {
			gone = append(gone, con.Manifest.ID)
		}
	}
	if err := c.store.RemoveConnector(ctx, m.Digest, gone...); err != nil {
		return err
	}
	c.catalog.Remove(m.Digest)
	c.grants.Forget(m.Digest, gone...)
	c.health.forget(m)
	return nil
}
