package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/designer"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/bus"
	"github.com/drawbridge-soar/drawbridge/server/dashboard"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/transfer"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// DefaultListen is where a server listens unless it is told otherwise.
const DefaultListen = "127.0.0.1:8080"

// defaultKeepCalls is how long runs can be replayed unless a server is told otherwise.
const defaultKeepCalls = 30 * 24 * time.Hour

// How long each part of a stop may take.
const (
	drainWithin  = 10 * time.Second
	finishWithin = 20 * time.Second
)

// Serve runs a server until ctx ends, and stops it in order.
func Serve(ctx context.Context, c ServeConfig) error {
	s, err := OpenServer(ctx, c)
	if err != nil {
		return err
	}
	return s.Run(ctx, c.Listening)
}

// Run takes requests until ctx ends, and stops in order. Listening is told the
// address once requests are taken; nil is nobody.
func (s *Server) Run(ctx context.Context, listening func(addr net.Addr)) error {
	served := make(chan error, 1)
	go func() { served <- s.web.Serve(s.listener) }()
	if listening != nil {
		listening(s.listener.Addr())
	}
	s.background.Go(func() { s.Sandbox.CompileAhead(ctx) })
	defer roomForGarbage()()
	// Reading the connectors took memory that isn't needed again.
	go debug.FreeOSMemory()
	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
	}
	return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
}

// Server is a core with everything that answers the outside.
type Server struct {
	*Core
	Auth *auth.Service
	// Web answers requests.
	web     *web.Server
	metrics *web.Metrics
	hub     *live.Hub
	replays *replayer
	jobs    *replayJobs
	ledger  *trigger.Ledger
	// CaseEvents starts what waits for events of cases.
	CaseEvents *trigger.Cases
	caseTeller *caseTeller
	learnt     prompted  // of indicators and assets, for the scores of alerts
	follower   *follower // nil where nobody else works on the database
	bus        *bus.Bus  // nil where nobody is told
	listener   net.Listener
	release    func() error
	cancel     context.CancelFunc
	// background are what works until cancel.
	background sync.WaitGroup
}

// OpenServer opens everything and listens, but takes no requests yet. Runs that a
// former process left are taken up.
func OpenServer(ctx context.Context, c ServeConfig) (*Server, error) {
	if c.Listen == "" {
		c.Listen = DefaultListen
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Notices == nil {
		c.Notices = io.Discard
	}
	if c.KeepCalls == 0 {
		c.KeepCalls = defaultKeepCalls
	}
	s := &Server{learnt: newPrompted()}
	if err := s.open(ctx, c); err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *Server) open(ctx context.Context, c ServeConfig) error {
	var err error
	if s.release, err = lock(c.Data); err != nil {
		return err
	}
	if err := checkShared(c); err != nil {
		return err
	}
	watch := &observers{}
	s.metrics = s.measures()
	if s.Core, err = OpenCore(ctx, CoreConfig{
		Data: c.Data, Database: c.Database, Keys: c.Keys, Cache: c.Cache, Reroutes: c.Reroutes, Clock: c.Clock, Connectors: c.Connectors, CA: c.CA, LeastKeep: c.LeastKeep, FileLimit: c.FileLimit, Tape: true, Lease: c.Lease, Observe: watch.observe,
		Elsewhere: func(id string) { s.bus.Signaled(id) }, Changed: func() { s.bus.Changed() },
		Committed: func(c store.Commit) { s.metrics.Committed(c.Rows, c.Took, c.Failed) }, Called: s.metrics.Called, CaseChanged: s.caseChanged, IntelChanged: s.intelChanged, AlertChanged: s.alertChanged, AssetsChanged: func(context.Context) { s.learnt.tell() }, Logger: c.Logger,
	}); err != nil {
		return err
	}
	if c.Instance != "" {
		s.Instance = c.Instance
	}
	if s.Auth, err = auth.New(s.Store, s.Store, s.Store, s.Store, time.Now); err != nil {
		return err
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.Library.People(func(name string) bool {
		_, err := s.Store.UserByName(base, name)
		return !errors.Is(err, auth.ErrNotFound)
	})
	replayed := &observers{}
	if s.replays, err = newReplayer(base, s.Core, replayed.observe); err != nil {
		return err
	}
	s.jobs = newReplayJobs(s.replays)
	replayed.set(func(e engine.Committed) { s.hub.Observe(e.Record.ID, e.Record.Flow, e.Events) })
	hooks := newRunner(s.Core)
	s.compose(base, c, watch, hooks)
	if err := s.join(ctx, c, hooks); err != nil {
		return err
	}
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen); err != nil {
		return fmt.Errorf("listening on %s: %w: name another address with --listen", c.Listen, err)
	}
	if err := s.prepare(ctx, c); err != nil {
		return err
	}
	if err := s.Store.VoidLeases(ctx); err != nil {
		return err
	}
	if err := s.Engine.Open(ctx); err != nil {
		return err
	}
	s.background.Go(func() { s.teller(c.Logger).Run(base) })
	s.background.Go(func() { s.caseTeller.run(base) })
	s.background.Go(func() { rescoring{s.Intel, c.Logger}.run(base) })
	s.background.Go(func() {
		s.learnt.run(base, s.Alerts.Reconsider, func(err error) {
			c.Logger.Warn("alerts of which something was learnt were not scored anew; trying again", "error", err)
		})
	})
	s.background.Go(func() { s.scheduler(c.Logger).Run(base) })
	s.background.Go(func() { s.tapes.forget(base, c.KeepCalls) })
	s.background.Go(func() { s.housekeeper(c.Keep).Run(base) })
	s.background.Go(func() { s.jobs.Run(base) })
	s.background.Go(func() { s.ledger.Run(base) })
	mailboxes, err := s.mailboxes(newRunner(s.Core), s.ledger, c)
	if err != nil {
		return err
	}
	s.background.Go(func() { mailboxes.Run(base) })
	if s.follower != nil {
		s.background.Go(func() { s.follower.run(base) })
	}
	return nil
}

// measures counts what the parts do that are opened later.
func (s *Server) measures() *web.Metrics {
	return web.NewMetrics(web.Gauges{
		Active: func() int { return s.Engine.Active() }, Sockets: func() int { return s.hub.Sockets() }, InDoubt: func() int { return s.Store.InDoubt() },
		Load: func(ctx context.Context) (web.Load, error) {
			load, err := s.Store.CountLoad(ctx)
			return web.Load(load), err
		},
	})
}

// housekeeper removes what is past its time, and counts it.
func (s *Server) housekeeper(keep time.Duration) *housekeeper {
	h := newHousekeeper(s.Core, keep)
	h.swept = func(d Swept) {
		s.metrics.Removed(web.Removed{Runs: d.Runs, JournalRows: d.Journal, Cassettes: d.Cassettes, Blobs: int64(d.Blobs.Removed), BlobBytes: d.Blobs.Bytes})
	}
	return h
}

// scheduler starts runs by the clock.
func (s *Server) scheduler(log *slog.Logger) *trigger.Scheduler {
	return &trigger.Scheduler{Slots: s.Store, Starter: newRunner(s.Core), Receipts: s.ledger, Now: time.Now, Logger: log}
}

// compose makes the parts that answer, and tells the engine's observer of them.
func (s *Server) compose(base context.Context, c ServeConfig, watch *observers, hooks *runner) {
	from := &source{store: s.Store}
	s.hub = live.NewHub(from)
	s.ledger = trigger.NewLedger(s.Store, c.Logger)
	s.CaseEvents = &trigger.Cases{Starter: hooks, Receipts: s.ledger}
	s.caseTeller = newCaseTeller(s.Core, s.CaseEvents)
	s.web = web.New(base, web.Config{
		Auth: s.Auth, Library: s.Library, Credentials: s.Credentials, Grants: s.Grants, Connectors: s.connectors(), Catalog: s.Catalog, Engine: s.Engine,
		Transfer: transfer.New(s.Library, s.Store, s.Catalog, time.Now), Hooks: trigger.NewHooks(hooks, hooks, s.ledger, trigger.HoldFor), Live: s.hub, Inbox: s.Inbox, Cases: s.Cases, Intel: s.Intel, Alerts: s.Alerts, Assets: s.Assets, Views: s.Views, Dashboard: dashboard.NewService(s.Store, time.Now), TaskRuns: &taskRuns{core: s.Core},
		Flows: s.Flows, Runs: records{s.Store}, Replays: s.replays, ReplayJobs: s.jobs, Cassettes: s.replays, Audit: records{s.Store}, Receipts: s.Store, Trials: trials{s.invoker(), s.Store}, Health: watched{s.health, s.Sandbox}, Uses: s.Store, Metrics: s.metrics, Ready: s.ready, Published: hooks.forget,
		Designer: designer.FS, Version: c.Version, Instance: s.Instance, Logger: c.Logger,
	})
	from.web = s.web
	watch.set(func(e engine.Committed) {
		s.metrics.Observe(e.Status, e.Events)
		logRuns(base, c.Logger, e)
		s.tapes.observe(e)
		topics := live.Topics(e.Record.ID, e.Record.Flow, e.Events)
		if e.Asked {
			s.hub.InboxChanged()
			topics = append(topics, "inbox")
		}
		s.hub.Observe(e.Record.ID, e.Record.Flow, e.Events)
		s.bus.Moved(topics...)
	})
}

// prepare makes the first admin and the sample flows.
func (s *Server) prepare(ctx context.Context, c ServeConfig) error {
	if err := s.admin(ctx, c); err != nil {
		return err
	}
	if !c.Sample {
		return nil
	}
	return errors.Join(installSamples(ctx, s.Library), installTemplates(ctx, s.Cases))
}

func (s *Server) admin(ctx context.Context, c ServeConfig) error {
	admin, pending, err := s.Auth.Admin(ctx)
	if err != nil || !pending {
		return err
	}
	if c.AdminPassword != "" {
		if err := s.Auth.SetPassword(ctx, admin, c.AdminPassword); err != nil {
			return fmt.Errorf("DRAWBRIDGE_ADMIN_PASSWORD: %w", err)
		}
		return nil
	}
	token, err := s.Auth.BeginSetup(ctx, admin)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Notices, "Set the password of %s at this address, once, within a day:\n\n    http://%s/setup?token=%s\n\n", admin.Name, reachable(s.listener.Addr()), token)
	return err
}

// reachable names a listener as a browser on this machine reaches it.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
}

func (s *Server) ready(ctx context.Context) error {
	if s.Engine.Closing() {
		return engine.ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return s.Store.Ping(ctx)
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// OpenAPI gives the description of the API as JSON.
func (s *Server) OpenAPI() []byte { return s.web.OpenAPI() }

// Routes lists every route with who may use it.
func (s *Server) Routes() []web.Route { return s.web.Routes() }

// Close stops in order: no new requests, those at hand, sockets, runs, sandbox, store.
func (s *Server) Close(ctx context.Context) error {
	var errs []error
	if s.listener != nil {
		errs = append(errs, ignoreClosed(s.listener.Close()))
	}
	if s.hub != nil {
		s.hub.Close() // sockets are no requests: nobody else ends them
	}
	if s.web != nil {
		drain, cancel := context.WithTimeout(ctx, drainWithin)
		errs = append(errs, ignoreClosed(s.web.Shutdown(drain)))
		cancel()
	}
	if s.cancel != nil {
		s.cancel()
	}
	s.background.Wait()
	if s.replays != nil {
		finish, cancel := context.WithTimeout(ctx, finishWithin)
		errs = append(errs, s.replays.Close(finish))
		cancel()
	}
	if s.Core != nil {
		finish, cancel := context.WithTimeout(ctx, finishWithin)
		errs = append(errs, s.Core.Close(finish))
		cancel()
	}
	s.bus.Close()
	if s.release != nil {
		errs = append(errs, s.release())
	}
	return errors.Join(errs...)
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// observers is told of events before those who want them are made.
type observers struct {
	mu sync.RWMutex
	to func(engine.Committed)
}

func (o *observers) set(to func(engine.Committed)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.to = to
}

func (o *observers) observe(e engine.Committed) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.to != nil {
		o.to(e)
	}
}
