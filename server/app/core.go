// Package app puts the parts together: what is opened in which order, and
// closed in the reverse.
package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins"
	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/inbox"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/vault"
	"github.com/drawbridge-soar/drawbridge/server/views"
)

// CoreConfig says where a core lies and who hears of its events.
type CoreConfig struct {
	// Data is the folder of the database, the blobs and the key.
	Data string
	// Database is the address of a PostgreSQL database, which other servers may share;
	// empty is SQLite inside Data.
	Database string
	// Keys is the folder of the keys; empty is Data.
	Keys string
	// Cache is the folder of compiled connectors; empty is inside Data.
	Cache string
	// Connectors is a folder with further .wasm files; empty is none.
	Connectors string
	// CA is a file of certificates (PEM) that connectors' requests believe besides
	// the system's; empty is none.
	CA string
	// Given are credentials that stand in for those of the store; nil are none.
	Given map[string]GivenCredential
	// Reroutes is that of [egress.Options].
	Reroutes egress.Reroutes
	// Clock is what runs go by; nil is the machine's.
	Clock engine.Clock
	// GrantBy is that of [egress.Options].
	GrantBy string
	// LeastKeep is how long the runs of every flow are kept at least; 0 is no bound.
	LeastKeep time.Duration
	// FileLimit is how many bytes a file has at most that is attached to a case; 0 is
	// [cases.DefaultFileLimit].
	FileLimit int64
	// Tape keeps what steps are told from outside.
	Tape    bool
	Observe engine.Observer
	// Elsewhere and Lease are those of [engine.Config], Changed is that of [store.Options].
	Elsewhere func(runID string)
	Lease     time.Duration
	Changed   func()
	// Committed is that of [store.Options].
	Committed func(store.Commit)
	Called    Called
	// CaseChanged is told of each case that changed; nil is nobody. It must not block.
	CaseChanged func(id string)
	// IntelChanged is told of cases that have indicators which changed; nil is nobody. It
	// must not block.
	IntelChanged func(cases []string)
	// AlertChanged is the same for alerts.
	AlertChanged func(id string)
	// AssetsChanged is told that assets did, or their findings; where it is nil, alerts about
	// these are scored anew before the change is answered.
	AssetsChanged func(ctx context.Context)
	Logger        *slog.Logger
}

// Core is what runs flows: store, connectors, sandbox and engine. The server is
// built on it, and so are the headless commands.
type Core struct {
	Store   *store.Store
	Catalog *catalog.Catalog
	Sandbox *sandbox.Sandbox
	Library *library.Service
	Flows   *Flows
	Engine  *engine.Engine
	Inbox   *inbox.Service
	Cases   *cases.Service
	Intel   *intel.Service
	Alerts  *alerts.Service
	Assets  *assets.Service
	Views   *views.Service
	Logger  *slog.Logger
	// Grants knows what connectors may do.
	Grants *catalog.Grants
	// Vault seals what Credentials keeps.
	Vault       *vault.Vault
	Credentials *vault.Credentials
	// secrets are where calls get their credentials from: Credentials, or given ones.
	secrets credentialSource
	// health remembers how calls went.
	health *health
	// tapes keeps what steps are told from outside; nil in a throwaway core.
	tapes *cassettes
	// called is told how calls went; nil is nobody.
	called Called
	// installed installs connectors.
	installed *connectors
	// Instance tells this server from others: it is derived from the key.
	Instance string
}

// OpenCore opens a core. Its engine takes up no runs before [engine.Engine.Open].
func OpenCore(ctx context.Context, c CoreConfig) (*Core, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	core := &Core{Logger: c.Logger, health: newHealth(), called: c.Called}
	if err := core.open(ctx, c); err != nil {
		return nil, errors.Join(err, core.Close(ctx))
	}
	return core, nil
}

func (core *Core) open(ctx context.Context, c CoreConfig) error {
	var err error
	if core.Catalog, err = OpenCatalog(c.Connectors); err != nil {
		return err
	}
	if core.Store, err = store.Open(ctx, store.Options{Folder: c.Data, Database: c.Database, Changed: c.Changed, Committed: c.Committed, Logger: c.Logger}); err != nil {
		return err
	}
	key, err := core.openKeys(ctx, c)
	if err != nil {
		return err
	}
	core.Credentials = vault.NewCredentials(core.Vault, core.Store, time.Now)
	core.secrets = core.Credentials
	if c.Given != nil {
		if core.secrets, err = giveCredentials(c.Given, core.Catalog); err != nil {
			return err
		}
	}
	if core.Library, err = library.New(core.Store, core.Store, core.Store, core.Catalog, key, time.Now); err != nil {
		return err
	}
	core.Library.LeastKeep(c.LeastKeep)
	if err := core.connectors().load(ctx, func(digest string, err error) {
		c.Logger.Error("an installed connector can't be loaded", "digest", digest, "error", err)
	}); err != nil {
		return err
	}
	if core.Grants, err = catalog.NewGrants(ctx, core.Catalog, core.Store); err != nil {
		return err
	}
	core.Flows = NewFlows(core.Library, core.Catalog)
	if core.Store.Shared() {
		core.Flows.refresh = core.connectors().reload
	}
	cache := c.Cache
	if cache == "" {
		cache = filepath.Join(c.Data, "compiled")
	}
	blobs := blobs{core.Store.Blobs()}
	roots, err := believed(c.CA)
	if err != nil {
		return err
	}
	broker := witness{egress.New(egress.Options{
		Blobs: blobs, Grants: core.Grants, Vault: core.secrets, KV: core.Store, RootCAs: roots, Reroutes: c.Reroutes, GrantBy: c.GrantBy,
	})}
	core.Sandbox, err = sandbox.New(sandbox.Options{ //nolint:contextcheck // what it closes without one is an empty cache
		Catalog: core.Catalog, Blobs: blobs, Broker: broker, CacheDir: cache, Logger: c.Logger,
	})
	if err != nil {
		return err
	}
	core.Inbox = inbox.New(core.Store, core.Store, func(id string) { core.Engine.Told(id) }, time.Now)
	if c.CaseChanged == nil {
		c.CaseChanged = func(string) {}
	}
	core.Cases = cases.NewService(core.Store, core.Store, time.Now, c.CaseChanged)
	core.Cases.KeepFiles(core.Store.CaseFiles(), c.FileLimit)
	core.openIntel(c)
	if c.AlertChanged == nil {
		c.AlertChanged = func(string) {}
	}
	core.Views = views.NewService(core.Store, time.Now)
	if c.AssetsChanged == nil {
		c.AssetsChanged = func(ctx context.Context) { core.reconsider(context.WithoutCancel(ctx)) }
	}
	core.Assets = assets.NewService(core.Store, time.Now, c.AssetsChanged)
	core.Cases.Know(estate{core.Assets})
	core.Alerts = alerts.NewService(alerts.Config{Store: core.Store, Cases: core.Cases, Scorer: scorer{core.Intel, core.Store}, Estate: estate{core.Assets}, Now: time.Now, Changed: c.AlertChanged})
	if c.Tape {
		core.tapes = newCassettes(core.Store, c.Logger)
	}
	park := time.Duration(0)
	if c.Clock == nil {
		c.Clock = clock{}
	} else {
		park = -1 // a parked run is due by the database's time
	}
	core.Engine, err = engine.New(context.WithoutCancel(ctx), engine.Config{
		Journal: core.Store, Signals: core.Store,
		Invoker: core.invoker(), People: core.Inbox, Flows: core.Flows, Callees: callees{flows: core.Flows}, Clock: c.Clock, Park: park, Observe: c.Observe,
		Elsewhere: c.Elsewhere, Lease: c.Lease, Logger: c.Logger,
	})
	return err
}

// connectors are those of the store, once the grants are read.
func (core *Core) connectors() *connectors {
	if core.installed == nil {
		core.installed = &connectors{store: core.Store, catalog: core.Catalog, health: core.health}
	}
	core.installed.grants = core.Grants
	return core.installed
}

// believed adds the certificates of a file to the system's; nil are the system's.
func believed(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the file of certificates: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	if !roots.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("the file %s holds no certificate in PEM", file)
	}
	return roots, nil
}

// invoker calls the sandbox with the credentials that are bound here.
func (core *Core) invoker() invoker {
	return invoker{core.Sandbox, core.Catalog, core.Grants, core.secrets, core.health, core.tapes, core.called, core.workspace()}
}

// Close stops what was opened, last first. Runs that go on are left to the next start.
func (core *Core) Close(ctx context.Context) error {
	var errs []error
	if core.Engine != nil {
		errs = append(errs, core.Engine.Close(ctx))
	}
	if core.Sandbox != nil {
		errs = append(errs, core.Sandbox.Close())
	}
	if core.Store != nil {
		errs = append(errs, core.Store.Close())
	}
	return errors.Join(errs...)
}

// OpenCatalog reads the bundled connectors, and those of a folder unless it is "".
func OpenCatalog(folder string) (*catalog.Catalog, error) {
	bundled, err := fs.Sub(plugins.Dist, "dist")
	if err != nil {
		return nil, err
	}
	c := catalog.New()
	c.ReadScripts(scriptReader.Check)
	if err := c.Load(bundled); err != nil {
		return nil, fmt.Errorf("bundled connectors: %w", err)
	}
	if folder == "" {
		return c, nil
	}
	if err := c.Load(os.DirFS(folder)); err != nil {
		return nil, fmt.Errorf("connectors in %s: %w", folder, err)
	}
	return c, nil
}

type clock struct{}

// Now implements [engine.Clock].
func (clock) Now() time.Time { return time.Now() }

// AfterFunc implements [engine.Clock].
func (clock) AfterFunc(d time.Duration, f func()) func() {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}
