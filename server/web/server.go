// Package web answers HTTP: the API, webhooks, the live socket and the designer.
// It maps errors to answers, and knows nothing of how things are stored.
package web

import (
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	inventory "github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/dashboard"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/inbox"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/transfer"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/vault"
	"github.com/drawbridge-soar/drawbridge/server/views"
)

// Config is what a server is made of; all of it is needed.
type Config struct {
	Auth    *auth.Service
	Library *library.Service
	// Grants knows what connectors may do; Connectors installs them.
	Grants     *catalog.Grants
	Connectors Connectors
	// Credentials are what aliases of flows are bound to.
	Credentials *vault.Credentials
	Catalog     *catalog.Catalog
	Engine      *engine.Engine
	Transfer    *transfer.Service
	Hooks       *trigger.Hooks
	Live        *live.Hub
	Inbox       *inbox.Service
	Cases       *cases.Service
	Intel       *intel.Service
	Alerts      *alerts.Service
	Assets      *inventory.Service
	Dashboard   *dashboard.Service
	Views       *views.Service
	TaskRuns    TaskRuns
	Flows       Flows
	Runs        Runs
	// Replays runs past runs again; Cassettes are what they were told.
	Replays    Replays
	ReplayJobs ReplayJobs
	Cassettes  Cassettes
	Audit      Audit
	// Receipts are what came in, and how triggers do.
	Receipts Receipts
	// Trials run single actions; Health knows how connectors do, and Uses which flows use what.
	Trials  Trials
	Health  Health
	Uses    Uses
	Metrics *Metrics
	// Ready says why the server can't work just now.
	Ready func(ctx context.Context) error
	// Published is called when what webhooks start may have changed.
	Published func()
	// Designer is the built browser app.
	Designer fs.FS
	Version  string
	// Instance is in the name of the cookie: browsers send a host's cookies to
	// each of its ports, and two servers on one host would log each other out.
	Instance string
	Logger   *slog.Logger
}

// Bounds of a connection.
const (
	readWithin = 60 * time.Second
	idleWithin = 90 * time.Second
	maxBody    = 32 << 20
	// readBody is how much of a body is read to refuse it: a connection that is
	// closed before its sender is done loses the answer.
	readBody    = 2 * maxBody
	maxHeader   = 16 << 10
	concurrency = 64 << 10
)

// Server answers HTTP.
type Server struct {
	Config
	app    *fiber.App
	api    huma.API
	assets *assets
	routes []Route
	folds  *folds
	// previews holds the places of those that are evaluated.
	previews chan struct{}
	// tries holds the places of actions that are tried.
	tries chan struct{}
	// uploads and downloads hold the places of files on their way, lingers those of the
	// connections whose sender is let finish.
	uploads, downloads, lingers chan struct{}
	// credentialWrites is held while a credential is changed.
	credentialWrites sync.Mutex
	// stopping is closed when the server stops, for requests that wait.
	stopping chan struct{}
	stop     sync.Once
}

// New makes a server that doesn't listen yet. Requests work under base.
func New(base context.Context, c Config) *Server {
	s := &Server{
		Config: c, assets: newAssets(c.Designer), folds: newFolds(), previews: make(chan struct{}, previewsAtOnce), tries: make(chan struct{}, triesAtOnce),
		uploads: make(chan struct{}, uploadsAtOnce), downloads: make(chan struct{}, downloadsAtOnce), lingers: make(chan struct{}, lingersAtOnce), stopping: make(chan struct{}),
	}
	s.app = fiber.New(fiber.Config{
		Immutable: true, StrictRouting: false, CaseSensitive: true, DisableStartupMessage: true,
		BodyLimit: readBody, StreamRequestBody: true, DisablePreParseMultipartForm: true, ReadBufferSize: maxHeader, ReadTimeout: readWithin, IdleTimeout: idleWithin, Concurrency: concurrency,
		ServerHeader: "", ErrorHandler: s.fail, RequestMethods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
	})
	s.app.Server().NoDefaultServerHeader = true
	s.app.Use(c.Metrics.measure, recover.New(), headers, s.bodies, func(ctx *fiber.Ctx) error {
		ctx.SetUserContext(base)
		return ctx.Next()
	})
	s.api = newAPI(s.app, c.Version, s.cookieName())
	s.sessionRoutes()
	s.accountRoutes()
	s.userRoutes()
	s.flowRoutes()
	s.versionRoutes()
	s.sampleRoutes()
	s.pinRoutes()
	s.runRoutes()
	s.questionRoutes()
	s.caseRoutes()
	s.intelRoutes()
	s.alertRoutes()
	s.assetRoutes()
	s.dashboardRoutes()
	s.viewRoutes()
	s.libraryRoutes()
	s.replayRoutes()
	s.replayJobRoutes()
	s.compareRoutes()
	s.callRoutes()
	s.catalogRoutes()
	s.connectorRoutes()
	s.tryRoutes()
	s.optionRoutes()
	s.connectorHealthRoutes()
	s.useRoutes()
	s.credentialRoutes()
	s.tokenRoutes()
	s.importRoutes()
	s.hookRoutes()
	s.receiptRoutes()
	s.liveRoutes()
	s.healthRoutes()
	s.pageRoutes()
	return s
}

// OpenAPI gives the description of the API as JSON.
func (s *Server) OpenAPI() []byte {
	document, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		panic("web: the API can't be described: " + err.Error()) // it is made of our own types
	}
	return append(document, '\n')
}

// Serve answers requests of a listener until [Server.Shutdown].
func (s *Server) Serve(ln net.Listener) error { return s.app.Listener(ln) }

// Shutdown takes no more requests and waits for those it has, until ctx ends.
// Sockets are the hub's to close.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop.Do(func() { close(s.stopping) })
	return s.app.ShutdownWithContext(ctx)
}
