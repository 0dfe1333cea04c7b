package catalog

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// GrantRecord is one decision of an admin: the consent to what the module of a
// digest asks for or, with an empty digest, what all versions may do besides.
type GrantRecord struct {
	Connector string
	Digest    string
	Asked     abi.Capabilities
	Extra     Grant
	At        time.Time
	By        string
}

// GrantStore keeps decisions.
type GrantStore interface {
	Grants(ctx context.Context) ([]GrantRecord, error)
	SaveGrant(ctx context.Context, r GrantRecord) error
	// DeleteGrant takes a decision back; none is no error.
	DeleteGrant(ctx context.Context, connector, digest string) error
}

// Grants knows what connectors may do. It is safe for concurrent use.
type Grants struct {
	catalog *Catalog
	store   GrantStore

	mu      sync.RWMutex
	records map[grantKey]GrantRecord
}

type grantKey struct{ connector, digest string }

// NewGrants reads the decisions that were made.
func NewGrants(ctx context.Context, c *Catalog, s GrantStore) (*Grants, error) {
	list, err := s.Grants(ctx)
	if err != nil {
		return nil, err
	}
	g := &Grants{catalog: c, store: s, records: map[grantKey]GrantRecord{}}
	for _, r := range list {
		g.records[grantKey{r.Connector, r.Digest}] = r
	}
	return g, nil
}

// Grant is what the connector of a digest may do now.
func (g *Grants) Grant(connector, version, digest string) Grant {
	con, err := g.catalog.Connector(connector, version)
	if err != nil || con.Module.Digest != digest || !g.Consented(con) {
		return Grant{}
	}
	return Asked(con.Manifest.Capabilities).With(g.Extra(connector))
}

// Extra is what an admin lets all versions of a connector do besides what they ask for.
func (g *Grants) Extra(connector string) Grant {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.records[grantKey{connector, ""}].Extra
}

// Consented says whether a connector may run: it came with the server, an admin
// consented to it, or it asks for no more than a version that one consented to.
func (g *Grants) Consented(con *Connector) bool {
	if con.Module.Bundled {
		return true
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	for key, r := range g.records {
		if key.connector == con.Manifest.ID && key.digest != "" && (key.digest == con.Module.Digest || len(wider(r.Asked, con.Manifest.Capabilities)) == 0) {
			return true
		}
	}
	return false
}

// Wants says in plain words what a connector asks for, and which of that no
// version that was consented to asked for.
func (g *Grants) Wants(con *Connector) (all, fresh []Want) {
	all = wants(con.Manifest.Capabilities)
	if g.Consented(con) {
		return all, nil
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	fresh = all
	for key, r := range g.records {
		if key.connector == con.Manifest.ID && key.digest != "" {
			if more := wider(r.Asked, con.Manifest.Capabilities); len(more) < len(fresh) {
				fresh = more
			}
		}
	}
	return all, fresh
}

// Consent records that an admin consents to what a connector asks for.
func (g *Grants) Consent(ctx context.Context, con *Connector, by string, at time.Time) error {
	return g.save(ctx, GrantRecord{Connector: con.Manifest.ID, Digest: con.Module.Digest, Asked: con.Manifest.Capabilities, At: at, By: by})
}

// Withdraw takes the consent to a connector back.
func (g *Grants) Withdraw(ctx context.Context, con *Connector) error {
	if err := g.store.DeleteGrant(ctx, con.Manifest.ID, con.Module.Digest); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.records, grantKey{con.Manifest.ID, con.Module.Digest})
	return nil
}

// SetExtra says what all versions of a connector may do besides.
func (g *Grants) SetExtra(ctx context.Context, connector string, extra Grant, by string, at time.Time) error {
	if err := extra.Check(); err != nil {
		return err
	}
	return g.save(ctx, GrantRecord{Connector: connector, Extra: extra, At: at, By: by})
}

func (g *Grants) save(ctx context.Context, r GrantRecord) error {
	if err := g.store.SaveGrant(ctx, r); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.records[grantKey{r.Connector, r.Digest}] = r
	return nil
}

// Want is one power that a connector asks for, in plain words.
type Want struct {
	Sentence string `json:"sentence"`
	Reason   string `json:"reason"`
	// Risk is high for what goes beyond requests to one host.
	Risk string `json:"risk"`
}

func wants(c abi.Capabilities) []Want {
	var list []Want
	for _, h := range c.HTTP {
		risk := "usual"
		if h.Host == AnyHost {
			risk = "high"
		}
		list = append(list, Want{"can " + HTTPRule{Host: h.Host, Methods: h.Methods}.Sentence(), h.Reason, risk})
	}
	for _, n := range c.Net {
		secured := ""
		if !n.TLS {
			secured = ", unencrypted"
		}
		list = append(list, Want{"can open a stream to " + n.Host + ":" + strconv.Itoa(n.Port) + secured, n.Reason, "high"})
	}
	if c.KV {
		list = append(list, Want{"can keep small values between its calls", "", "usual"})
	}
	return list
}

// wider lists what the second asks for and the first didn't.
func wider(before, after abi.Capabilities) []Want {
	more := abi.Capabilities{KV: after.KV && !before.KV}
	for _, h := range after.HTTP {
		covered := slices.ContainsFunc(before.HTTP, func(b abi.HTTPCapability) bool {
			return b.Host == h.Host && (len(b.Methods) == 0 || len(h.Methods) > 0 && !slices.ContainsFunc(h.Methods, func(m string) bool { return !slices.Contains(b.Methods, m) }))
		})
		if !covered {
			more.HTTP = append(more.HTTP, h)
		}
	}
	for _, n := range after.Net {
		covered := slices.ContainsFunc(before.Net, func(b abi.NetCapability) bool {
			return b.Host == n.Host && b.Port == n.Port && (b.TLS == n.TLS || n.TLS)
		})
		if !covered {
			more.Net = append(more.Net, n)
		}
	}
	return wants(more)
}
