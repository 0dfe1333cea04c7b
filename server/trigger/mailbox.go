package trigger

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// ErrNotHeld says that another replica watches a mailbox, or nobody any more.
var ErrNotHeld = errors.New("the mailbox is watched elsewhere")

// Mailbox is a watched mailbox with how far it was read.
type Mailbox struct {
	flow.Watch
	Activated time.Time
	Position  Position
	Health    Health
}

// WatchedBy is a mailbox that a flow watches by a credential.
type WatchedBy struct {
	Flow         string // its name
	Place, Alias string
}

// Position is the last mail that was dealt with, in one numbering of a mailbox.
// Validity is 0 before the first look.
type Position struct{ Validity, Last uint32 }

// States of a [Mailbox].
const (
	MailboxWatching = "watching"
	MailboxFailing  = "failing"
)

// Health is how the watching goes.
type Health struct {
	State    string // empty before the first look
	Message  string // what is wrong
	Failures int    // in a row
	Looked   time.Time
	Next     time.Time // when it is tried again
}

// FailingSince is since when a mailbox is not watched: when all was last well, or else
// since it was to be watched. It is zero where it isn't failing.
func (m *Mailbox) FailingSince() time.Time {
	switch {
	case m.Health.State != MailboxFailing:
		return time.Time{}
	case m.Health.Looked.After(m.Activated):
		return m.Health.Looked
	}
	return m.Activated
}

// MailboxStore keeps mailboxes and who watches them: one replica at a time.
type MailboxStore interface {
	// FreeMailboxes lists those that nobody watches.
	FreeMailboxes(ctx context.Context) ([]flow.Watch, error)
	// HoldMailbox takes a mailbox, or keeps it, for a while; or says [ErrNotHeld].
	HoldMailbox(ctx context.Context, w flow.Watch, owner string, lease time.Duration) (Mailbox, error)
	// AdvanceMailbox keeps a position, or says [ErrNotHeld].
	AdvanceMailbox(ctx context.Context, w flow.Watch, owner string, p Position) error
	// ReportMailbox keeps how it goes, or says [ErrNotHeld].
	ReportMailbox(ctx context.Context, w flow.Watch, owner string, h Health) error
	LeaveMailbox(ctx context.Context, w flow.Watch, owner string) error
}

// Watched is what the mails of a mailbox start.
type Watched struct {
	Target  *Target
	Mailbox *flow.Mailbox
}

// MailStarter begins the runs of mails.
type MailStarter interface {
	// Watched finds what the mails of a flow's trigger start, or says [ErrNoHook].
	Watched(ctx context.Context, flow, node string) (Watched, error)
	Start(ctx context.Context, s Start) (Started, error)
}

// Dialer opens connections to mail servers. They are encrypted where the mailbox
// says implicit; of startTLS the configuration is for later.
type Dialer interface {
	DialMail(ctx context.Context, m *flow.Mailbox, credential *vault.Opened) (net.Conn, *tls.Config, error)
}

// Mailboxes watches mailboxes. Several may work on one store.
type Mailboxes struct {
	Store    MailboxStore
	Starter  MailStarter
	Secrets  Secrets
	Dialer   Dialer
	Receipts Receipts
	Logger   *slog.Logger

	// How long a server is waited for, the shortest and the longest pause after a
	// failure, and how often is looked for mailboxes that nobody watches; 0 is the usual.
	Patience, Pause, LongPause, Sweep time.Duration

	owner string
	mu    sync.Mutex
	mine  map[flow.Watch]bool
	wg    sync.WaitGroup
}

// mailLease is how long a mailbox stays this replica's without renewal.
const mailLease = 30 * time.Second

func (m *Mailboxes) defaults() {
	m.owner, m.mine = uuid.NewString(), map[flow.Watch]bool{}
	for _, d := range []struct {
		of    *time.Duration
		usual time.Duration
	}{{&m.Patience, 30 * time.Second}, {&m.Pause, time.Second}, {&m.LongPause, 5 * time.Minute}, {&m.Sweep, time.Second}} {
		if *d.of == 0 {
			*d.of = d.usual
		}
	}
}

// Run watches until the context ends, and returns when all is left.
func (m *Mailboxes) Run(ctx context.Context) {
	m.defaults()
	defer m.wg.Wait()
	tick := time.NewTicker(m.Sweep)
	defer tick.Stop()
	for {
		free, err := m.Store.FreeMailboxes(ctx)
		if err != nil && ctx.Err() == nil {
			m.Logger.Warn("mailboxes not looked for; trying again", "error", err)
		}
		for _, w := range free {
			m.watch(ctx, w)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// watch begins to watch a mailbox unless it is being watched here.
func (m *Mailboxes) watch(ctx context.Context, w flow.Watch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mine[w] {
		return
	}
	m.mine[w] = true
	m.wg.Go(func() {
		defer func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.mine, w)
		}()
		m.hold(ctx, w)
	})
}

// hold takes a mailbox, keeps it while it is watched, and gives it back.
func (m *Mailboxes) hold(ctx context.Context, w flow.Watch) {
	box, err := m.Store.HoldMailbox(ctx, w, m.owner, mailLease)
	if err != nil || box.Watch != w {
		return // somebody was faster, or the flow was published anew: the next sweep sees
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var renewing sync.WaitGroup
	renewing.Go(func() { m.renew(ctx, w, cancel) })
	m.follow(ctx, &watcher{Mailboxes: m, box: box, tries: map[uint32]int{}, log: m.Logger.With("flow", w.Flow, "trigger", w.Node)})
	cancel()
	renewing.Wait()
	if err := m.Store.LeaveMailbox(context.WithoutCancel(ctx), w, m.owner); err != nil {
		m.Logger.Warn("a mailbox was not given back; its lease ends by itself", "error", err)
	}
}

// renew keeps the lease, and ends the watching where it is lost: nobody must be
// told to believe that it still is this replica's.
func (m *Mailboxes) renew(ctx context.Context, w flow.Watch, cancel func()) {
	tick := time.NewTicker(mailLease / 4)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch _, err := m.Store.HoldMailbox(ctx, w, m.owner, mailLease); {
		case err == nil:
			renewed = time.Now()
		case errors.Is(err, ErrNotHeld), time.Since(renewed) > mailLease*2/3:
			cancel()
			return
		}
	}
}

// follow connects to a mailbox again and again, with pauses that grow while it fails.
func (m *Mailboxes) follow(ctx context.Context, w *watcher) {
	for ctx.Err() == nil {
		err := w.connect(ctx)
		switch {
		case err == nil, ctx.Err() != nil:
			continue // what is watched has changed, or nothing is any more
		case errors.Is(err, errGone), errors.Is(err, ErrNotHeld):
			return
		}
		w.failed(ctx, err)
		timer := time.NewTimer(time.Until(w.box.Health.Next))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// failed counts a failure and says when it is tried again: after twice as long each
// time, up to a bound, by chance somewhat sooner or later, so that many mailboxes of
// one server don't come back in step.
func (w *watcher) failed(ctx context.Context, err error) {
	h := &w.box.Health
	pause := w.Pause << min(h.Failures, 20)
	var refused *loginError
	if errors.As(err, &refused) {
		pause = max(pause, 60*w.Pause) // a server may lock an account that is tried too often
	}
	pause = min(pause, w.LongPause)
	pause = pause/2 + rand.N(pause) //nolint:gosec // nothing depends on its being unknown
	h.State, h.Message, h.Failures, h.Next = MailboxFailing, short(err.Error()), h.Failures+1, time.Now().Add(pause)
	w.log.Warn("the mailbox is not watched; trying again", "error", err, "after", pause.String())
	w.report(ctx)
}

func (w *watcher) report(ctx context.Context) {
	w.reported = time.Now()
	if err := w.Store.ReportMailbox(ctx, w.box.Watch, w.owner, w.box.Health); err != nil && ctx.Err() == nil {
		w.log.Warn("how a mailbox does was not kept", "error", err)
	}
}
