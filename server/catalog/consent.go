package catalog

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
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
	// Revision counts the decisions on a connector, on any of its versions. It stands
	// in the record with an empty digest.
	Revision int64
}

// Decision is what an admin decides on a connector.
type Decision struct {
	// Consent to what it asks for; false refuses it.
	Consent bool
	// Extra is what all versions may do besides.
	Extra Grant
	// Base is the revision that the admin saw, or AnyRevision.
	Base int64
	By   string
	At   time.Time
}

// AnyRevision decides whatever others decided meanwhile.
const AnyRevision = -1

// DecidedError says that somebody else decided since.
type DecidedError struct{ Base, Current int64 }

// Error implements the error interface.
func (e *DecidedError) Error() string {
	return fmt.Sprintf("what the connector may do is at revision %d, your change was made from %d", e.Current, e.Base)
}

// Standing says in one word whether a connector may run.
type Standing string

// The standings of a connector.
const (
	StandingBundled   Standing = "bundled"   // it came with the server
	StandingConsented Standing = "consented" // an admin consented, to it or to one that asked for as much
	StandingAsks      Standing = "asks"      // nobody decided yet
	StandingMore      Standing = "more"      // it asks for more than a version that was consented to
	StandingRefused   Standing = "refused"   // an admin refused it, or took consent back
)

// GrantStore keeps decisions.
type GrantStore interface {
	Grants(ctx context.Context) ([]GrantRecord, error)
	// SaveGrants keeps decisions, all or none. It fails with a [*DecidedError] where a
	// revision isn't the next one.
	SaveGrants(ctx context.Context, records ...GrantRecord) error
}

// Grants knows what connectors may do. It is safe for concurrent use.
type Grants struct {
	catalog *Catalog
	store   GrantStore

	mu      sync.RWMutex
	records map[grantKey]GrantRecord
	// deciding is held from reading a revision until the next one is kept.
	deciding sync.Mutex
}

type grantKey struct{ connector, digest string }

// NewGrants reads the decisions that were made.
func NewGrants(ctx context.Context, c *Catalog, s GrantStore) (*Grants, error) {
	g := &Grants{catalog: c, store: s}
	return g, g.Reload(ctx)
}

// Reload reads the decisions anew, which other servers may have made.
func (g *Grants) Reload(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	list, err := g.store.Grants(ctx)
	if err != nil {
		return err
	}
	g.records = make(map[grantKey]GrantRecord, len(list))
	for _, r := range list {
		g.records[grantKey{r.Connector, r.Digest}] = r
	}
	return nil
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

// Revision counts the decisions on a connector.
func (g *Grants) Revision(connector string) int64 {
	return g.record(connector, "").Revision
}

func (g *Grants) record(connector, digest string) GrantRecord {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.records[grantKey{connector, digest}]
}

// Decided tells who made the newest decision on a connector, and when.
func (g *Grants) Decided(connector string) (by string, at time.Time) {
	r := g.record(connector, "")
	return r.By, r.At
}

// Standing says whether a connector may run, and if not, why.
func (g *Grants) Standing(con *Connector) Standing {
	switch all, fresh := g.Wants(con); {
	case con.Module.Bundled:
		return StandingBundled
	case g.Consented(con):
		return StandingConsented
	case g.record(con.Manifest.ID, con.Module.Digest).Refused:
		return StandingRefused
	case len(fresh) < len(all):
		return StandingMore
	}
	return StandingAsks
}

// Decide records an admin's decision. It fails with a [*DecidedError] where somebody
// else decided since.
func (g *Grants) Decide(ctx context.Context, con *Connector, d Decision) error {
	if err := d.Extra.Check(); err != nil {
		return err
	}
	g.deciding.Lock()
	defer g.deciding.Unlock()
	id := con.Manifest.ID
	current := g.Revision(id)
	if d.Base != AnyRevision && d.Base != current {
		return &DecidedError{d.Base, current}
	}
	records := []GrantRecord{{Connector: id, Extra: d.Extra, At: d.At, By: d.By, Revision: current + 1}}
	if !con.Module.Bundled {
		records = append(records, GrantRecord{Connector: id, Digest: con.Module.Digest, Asked: AskOf(con.Manifest), Refused: !d.Consent, At: d.At, By: d.By})
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

// WantsOf says in plain words what a manifest asks for.
func WantsOf(m abi.Manifest) []Want { return wants(AskOf(m)) }

func wants(c Ask) []Want {
	var list []Want
	for _, h := range c.HTTP {
		risk := "usual"
		if h.Host == AnyHost {
			risk = "high"
		}
		list = append(list, Want{"can " + askedRule(h).Sentence() + onceGranted(h.Host), h.Reason, risk})
	}
	for _, n := range c.Net {
		secured := ", encrypted (TLS)"
		if !n.TLS {
			secured = ", unencrypted (no TLS)"
		}
		where := n.Host + ":" + strconv.Itoa(n.Port)
		if n.Host == AnyHost {
			where = "the hosts and ports that you name"
		}
		list = append(list, Want{"can open a stream to " + where + secured + onceGranted(n.Host), n.Reason, "high"})
	}
	if c.KV {
		list = append(list, Want{"can keep small values between its calls", "", "usual"})
	}
	for _, cred := range c.Credentials {
		if cred.Apply == applyLogin {
			list = append(list, Want{"can log in with credentials of the type " + cred.Type + ", in the way of " + strings.Join(cred.Login, ", "), "", "usual"})
		} else if cred.Apply != applyNone {
			list = append(list, Want{"can have credentials of the type " + cred.Type + " sent as " + appliedAs(cred), "", "usual"})
		}
		for _, name := range cred.Sign {
			scheme, _ := FindSignScheme(name) // the manifest was checked
			risk := "usual"
			if scheme.Token {
				risk = "high"
			}
			list = append(list, Want{"signs " + scheme.Signs + saying(scheme, cred) + ", with credentials of the type " + cred.Type, "", risk})
		}
	}
	return list
}

// saying are the claims that a connector writes into tokens.
func saying(s SignScheme, c abi.CredentialOf) string {
	if s.Name != abi.SignJWT || len(c.Claims) == 0 {
		return ""
	}
	return ", in which it says " + strings.Join(c.Claims, ", ")
}

// onceGranted says of a place in a private network, or on this machine itself, that
// consent alone doesn't reach it.
func onceGranted(host string) string {
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	own := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if own || err == nil && (addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()) {
		return "; it reaches that only once an admin grants the network besides"
	}
	return ""
}

// appliedAs says how a credential gets into a request.
func appliedAs(c abi.CredentialOf) string {
	switch c.Apply {
	case "bearer":
		return "a bearer token"
	case "basic":
		return "name and password"
	case "header", "query", "form":
		what := map[string]string{"header": "header", "query": "query parameter", "form": "form field"}[c.Apply]
		if strings.Contains(c.Name, "{") {
			return "a " + what + " that the credential names"
		}
		return "the " + what + " " + c.Name
	case "sigv4":
		return "a signature for AWS"
	case "oauth2ClientCredentials":
		from := "the address that the credential names"
		if c.Value != "" && c.Value != "{tokenUrl}" {
			from = c.Value
		}
		return "access tokens that the server fetches from " + from
	}
	return c.Apply
}

// wider lists what the second asks for and the first didn't.
func wider(before, after Ask) []Want {
	more := Ask{Capabilities: abi.Capabilities{KV: after.KV && !before.KV}}
	for _, h := range after.HTTP {
		if !slices.ContainsFunc(before.HTTP, func(b abi.HTTPCapability) bool { return covers(b, h) }) {
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
			return b.Type == c.Type && b.Apply == c.Apply && b.Name == c.Name && b.Value == c.Value &&
				within(c.Sign, b.Sign) && within(c.Login, b.Login) && within(c.Claims, b.Claims)
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
