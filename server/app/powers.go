package app

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Powers are what a run without a server is given: what connectors may do besides
// what the bundled ones ask for, and what the aliases of credentials mean.
type Powers struct {
	// Grants are by the id of the connector.
	Grants map[string]catalog.Grant
	// Credentials are by alias.
	Credentials map[string]GivenCredential
	// CA is a file of certificates (PEM) that are believed besides the system's.
	CA string
	// HTTP sends requests in place of the network; nil is the network.
	HTTP http.RoundTripper
	// KV are values that connectors keep from before, by connector and key.
	KV map[string]map[string]string
}

// GivenCredential is a credential as a file gives it.
type GivenCredential struct {
	Type   string            `json:"type"`
	Hosts  []string          `json:"hosts"`
	Fields map[string]string `json:"fields"`
}

// givenCredentials answer for the aliases of every flow.
type givenCredentials map[string]vault.Opened

func giveCredentials(given map[string]GivenCredential, c *catalog.Catalog) (givenCredentials, error) {
	out := givenCredentials{}
	for alias, g := range given {
		t, known := c.CredentialType(g.Type)
		if !known {
			return nil, fmt.Errorf("credential %s: no connector here uses the type %q", alias, g.Type)
		}
		if err := t.Check(g.Fields); err != nil {
			return nil, fmt.Errorf("credential %s: %w", alias, err)
		}
		opened := vault.Opened{
			Credential: vault.Credential{ID: alias, Name: alias, Type: g.Type, Fields: map[string]string{}},
			Values:     map[string]vault.Secret{},
		}
		for _, host := range g.Hosts { // they are compared in lower case
			opened.Hosts = append(opened.Hosts, strings.ToLower(strings.TrimSpace(host)))
		}
		for field, value := range g.Fields {
			if t.IsSecret(field) {
				opened.Values[field] = vault.NewSecret(value)
			} else {
				opened.Fields[field] = value
			}
		}
		out[alias] = opened
	}
	return out, nil
}

// Bound implements bindings.
func (g givenCredentials) Bound(_ context.Context, _, alias string) (vault.Credential, error) {
	opened, ok := g[alias]
	if !ok {
		return vault.Credential{}, vault.ErrNotFound
	}
	return opened.Credential, nil
}

// Open implements [egress.Vault].
func (g givenCredentials) Open(_ context.Context, id string) (vault.Opened, error) {
	opened, ok := g[id]
	if !ok {
		return vault.Opened{}, vault.ErrNotFound
	}
	return opened, nil
}

// credentialSource is where calls get their credentials from.
type credentialSource interface {
	bindings
	Open(ctx context.Context, id string) (vault.Opened, error)
}

// Broker makes a broker for one connector file outside a server: it is granted
// what is given and, with consent, what its manifest asks for. The file's one
// credential is called as [egress.CredentialHandle].
func (p Powers) Broker(c *catalog.Catalog, blobs egress.Blobs, consent bool) (egress.Broker, *egress.Credential, error) {
	roots, err := believed(p.CA)
	if err != nil {
		return nil, nil, err
	}
	given, err := giveCredentials(p.Credentials, c)
	if err != nil {
		return nil, nil, err
	}
	broker := egress.New(egress.Options{
		Blobs: blobs, Grants: fixedGrants{p.Grants, c, consent}, Vault: given, KV: newMemoryKV(p.KV), RootCAs: roots, HTTP: p.HTTP,
		GrantBy: p.grantBy(),
	})
	for _, opened := range given {
		t, _ := c.CredentialType(opened.Type) // it was found before
		return broker, &egress.Credential{ID: opened.ID, Type: t.CredentialOf, Hosts: opened.Hosts, Fields: opened.Fields}, nil
	}
	return broker, nil, nil
}

// grantBy is that of [egress.Options].
func (p Powers) grantBy() string {
	if p.HTTP != nil {
		return `let its manifest ask for it, or put %s into the "grant" of the case`
	}
	return "give --consent if its manifest asks for it, or put %s into the file of --grants, below the connector's id"
}

// fixedGrants are those of a file.
type fixedGrants struct {
	given   map[string]catalog.Grant
	catalog *catalog.Catalog
	consent bool
}

// Grant implements [egress.Grants].
func (g fixedGrants) Grant(connector, version, _ string) catalog.Grant {
	grant := g.given[connector]
	if con, err := g.catalog.Connector(connector, version); err == nil && g.consent {
		grant = catalog.Asked(con.Manifest.Capabilities).With(grant)
	}
	return grant
}
