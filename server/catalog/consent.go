package catalog

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Ask is what a version of a connector asks an admin to consent to.
type Ask struct {
	abi.Capabilities
	Credentials []abi.CredentialOf `json:"credentials,omitempty"`
	// Effects are what its actions say that they do, by action.
	Effects map[string]string `json:"effects,omitempty"`
}

// AskOf is what a manifest asks for.
func AskOf(m abi.Manifest) Ask {
	a := Ask{m.Capabilities, m.Credentials, map[string]string{}}
	for _, action := range m.Actions {
		a.Effects[action.ID] = string(action.Effect)
		if action.Idempotent {
			a.Effects[action.ID] += ", and can be repeated"
		}
	}
	return a
}

// GrantRecord is one decision of an admin: the consent to what the module of a
// digest asks for, or its refusal, or, with an empty digest, what all versions may
// do besides.
type GrantRecord struct {
	Connector string
	Digest    string
	Asked     Ask
	Refused   bool
	Extra     Grant
	At        time.Time
	By        string
}

// GrantStore keeps decisions.
type GrantStore interface {
	Grants(ctx context.Context) ([]GrantRecord, error)
	// SaveGrants keeps decisions, all or none.
	SaveGrants(ctx context.Context, records ...GrantRecord) error
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
// consented to it, or none decided and it asks for no more than a version that one
// consented to.
func (g *Grants) Consented(con *Connector) bool {
	if con.Module.Bundled {
		return true
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	if r, decided := g.records[grantKey{con.Manifest.ID, con.Module.Digest}]; decided {
		return !r.Refused
	}
	asks := AskOf(con.Manifest)
	for key, r := range g.records {
		if key.connector == con.Manifest.ID && key.digest != "" && !r.Refused && len(wider(r.Asked, asks)) == 0 {
			return true
		}
	}
	return false
}

// Wants says in plain words what a connector asks for, and which of that no
// version that was consented to asked for.
func (g *Grants) Wants(con *Connector) (all, fresh []Want) {
	asks := AskOf(con.Manifest)
	all = wants(asks)
	if g.Consented(con) {
		return all, nil
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	fresh = all
	for key, r := range g.records {
		if key.connector == con.Manifest.ID && key.digest != "" && !r.Refused {
			if more := wider(r.Asked, asks); len(more) < len(fresh) {
				fresh = more
			}
		}
	}
	return all, fresh
}

// Decide records an admin's consent to what a connector asks for, or its refusal,
// and what all versions of it may do besides.
func (g *Grants) Decide(ctx context.Context, con *Connector, consent bool, extra Grant, by string, at time.Time) error {
	if err := extra.Check(); err != nil {
		return err
	}
	records := []GrantRecord{{Connector: con.Manifest.ID, Extra: extra, At: at, By: by}}
	if !con.Module.Bundled {
		records = append(records, GrantRecord{Connector: con.Manifest.ID, Digest: con.Module.Digest, Asked: AskOf(con.Manifest), Refused: !consent, At: at, By: by})
	}
	if err := g.store.SaveGrants(ctx, records...); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range records {
		g.records[grantKey{r.Connector, r.Digest}] = r
	}
	return nil
}

// Forget drops the decisions on a module that was removed, and all others on the
// connectors of which no version is left.
func (g *Grants) Forget(digest string, gone ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	maps.DeleteFunc(g.records, func(key grantKey, _ GrantRecord) bool {
		return key.digest == digest || slices.Contains(gone, key.connector)
	})
}

// CredentialTypes lists the types that connectors declare which may run: what else
// is installed has no say in what is secret.
func (g *Grants) CredentialTypes() []CredentialType { return g.catalog.credentialTypes(g.Consented) }

// CredentialType finds one of [Grants.CredentialTypes] by its name.
func (g *Grants) CredentialType(name string) (CredentialType, bool) {
	return typeNamed(g.CredentialTypes(), name)
}

// Want is one power that a connector asks for, in plain words.
type Want struct {
	Sentence string `json:"sentence"`
	Reason   string `json:"reason"`
	// Risk is high for what goes beyond requests to one host.
	Risk string `json:"risk"`
}

func wants(c Ask) []Want {
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
	for _, cred := range c.Credentials {
		list = append(list, Want{"can have credentials of the type " + cred.Type + " sent as " + appliedAs(cred), "", "usual"})
	}
	return list
}

// appliedAs says how a credential gets into a request.
func appliedAs(c abi.CredentialOf) string {
	switch c.Apply {
	case "bearer":
		return "a bearer token"
	case "basic":
		return "name and password"
	case "header", "query":
		what := map[string]string{"header": "header", "query": "query parameter"}[c.Apply]
		if strings.Contains(c.Name, "{") {
			return "a " + what + " that the credential names"
		}
		return "the " + what + " " + c.Name
	case "sigv4":
		return "a signature for AWS"
	}
	return c.Apply
}

// wider lists what the second asks for and the first didn't.
func wider(before, after Ask) []Want {
	more := Ask{Capabilities: abi.Capabilities{KV: after.KV && !before.KV}}
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
	for _, c := range after.Credentials {
		if !slices.ContainsFunc(before.Credentials, func(b abi.CredentialOf) bool {
			return b.Type == c.Type && b.Apply == c.Apply && b.Name == c.Name && b.Value == c.Value
		}) {
			more.Credentials = append(more.Credentials, c)
		}
	}
	list := wants(more)
	for _, action := range slices.Sorted(maps.Keys(after.Effects)) {
		if was, had := before.Effects[action]; had && was != after.Effects[action] {
			list = append(list, Want{"says that the effect of " + action + " is " + after.Effects[action] + ", where it said " + was, "", "high"})
		}
	}
	return list
}
