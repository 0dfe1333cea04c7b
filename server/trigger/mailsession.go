package trigger

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// maxMail is the longest mail that starts a run, in bytes: as long as a webhook's body.
const maxMail = 32 << 20

// Bounds of what a server may send: a mail with its frame, and everything else.
const (
	mailBudget = maxMail + 1<<20
	talkBudget = 16 << 20
)

var (
	errGone   = errors.New("the flow watches this mailbox no more")
	errBudget = errors.New("the mail server sends more than was asked for")
)

// loginError says that the server refused the log-in.
type loginError struct{ err error }

func (e *loginError) Error() string { return "the mail server refuses the log-in: " + e.err.Error() }

// watcher watches one mailbox.
type watcher struct {
	*Mailboxes
	box      Mailbox
	what     Watched
	log      *slog.Logger
	reported time.Time
	// tries counts how often one mail could not be read in a row.
	tries   map[uint32]int
	warning string
}

// session is one connection.
type session struct {
	*watcher
	conn    *metered
	config  *tls.Config
	secret  vault.Opened
	client  *imapclient.Client
	caps    imap.CapSet
	changed chan struct{}
	stalled atomic.Bool
}

// metered bounds what is read from a connection: a server that goes on for ever
// must not fill the memory.
type metered struct {
	net.Conn
	left atomic.Int64
}

// Read implements io.Reader.
func (m *metered) Read(p []byte) (int, error) {
	left := m.left.Load()
	if left <= 0 {
		return 0, errBudget
	}
	n, err := m.Conn.Read(p[:min(int64(len(p)), left)])
	m.left.Add(int64(-n))
	return n, err
}

// connect opens the mailbox and watches it until the connection or what is watched
// ends; the latter is no error.
func (w *watcher) connect(ctx context.Context) error {
	what, err := w.Starter.Watched(ctx, w.box.Flow, w.box.Node)
	if errors.Is(err, ErrNoHook) {
		return errGone
	}
	if err != nil {
		return err
	}
	if what.Mailbox.Place(what.Target.Alias) != w.box.Place {
		return errGone // it is watched anew, from its own begin
	}
	w.what = what
	s := &session{watcher: w, changed: make(chan struct{}, 1)}
	if err := s.dial(ctx); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()
	defer s.conn.Close() //nolint:errcheck // whatever it says, it is over
	if err := s.open(); err != nil {
		return err
	}
	selected, err := s.choose()
	if err != nil {
		return err
	}
	if err := s.begin(ctx, selected); err != nil {
		return err
	}
	for {
		if err := s.look(ctx); err != nil {
			return err
		}
		s.well(ctx)
		if err := s.wait(ctx); err != nil {
			return err
		}
		now, err := w.Starter.Watched(ctx, w.box.Flow, w.box.Node)
		if err == nil && now.Target.Digest == w.what.Target.Digest {
			continue
		}
		return nil // it is looked at again what is watched
	}
}

// within gives the server a time for an answer. One that lets it pass is cut off.
func (s *session) within(d time.Duration, budget int64, do func() error) error {
	s.conn.left.Store(budget)
	timer := time.AfterFunc(d, func() {
		s.stalled.Store(true)
		_ = s.conn.Close()
	})
	err := do()
	timer.Stop()
	switch {
	case err == nil:
		return nil
	case s.stalled.Load():
		return fmt.Errorf("the mail server did not answer within %s", d)
	case s.conn.left.Load() <= 0:
		return errBudget
	}
	return err
}

// dial opens a connection with the credential that the flow's alias means now.
func (s *session) dial(ctx context.Context) (err error) {
	s.secret, err = s.Secrets.Secret(ctx, s.box.Flow, s.what.Target.Alias)
	if errors.Is(err, ErrNoHook) || err == nil && s.secret.Type != s.what.Target.Credential {
		return fmt.Errorf("the flow's credential %q means none on this server: an admin binds it in the flow's settings", s.what.Target.Alias)
	}
	if err != nil {
		return err
	}
	conn, config, err := s.Dialer.DialMail(ctx, s.what.Mailbox, &s.secret)
	if err != nil {
		return fmt.Errorf("the mail server can't be reached: %w", err)
	}
	s.conn, s.config = &metered{Conn: conn}, config
	return nil
}

// open logs in.
func (s *session) open() error {
	options := &imapclient.Options{TLSConfig: s.config, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				s.wake()
			}
		},
	}}
	return s.within(s.Patience, talkBudget, func() error {
		if err := s.greet(options); err != nil {
			return err
		}
		// What the library remembers of this is lost now and then where the connection
		// becomes an encrypted one, so that it is asked for here.
		caps, err := s.client.Capability().Wait()
		if err != nil {
			return err
		}
		if caps.Has(imap.CapLoginDisabled) {
			return errors.New("the mail server takes no password on this connection: choose an encryption")
		}
		err = s.client.Login(s.secret.Fields["username"], s.secret.Values["password"].Reveal()).Wait()
		var refused *imap.Error
		if errors.As(err, &refused) {
			return &loginError{errors.New(short(refused.Text))}
		}
		if err == nil {
			s.caps, err = s.client.Capability().Wait() // there are more after a log-in
		}
		return err
	})
}

// greet reads the greeting, and encrypts the connection where that is asked for.
func (s *session) greet(options *imapclient.Options) (err error) {
	if s.what.Mailbox.TLS != flow.TLSStart {
		s.client = imapclient.New(s.conn, options)
		return s.client.WaitGreeting()
	}
	s.client, err = imapclient.NewStartTLS(s.conn, options)
	return err
}

func (s *session) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *session) choose() (data *imap.SelectData, err error) {
	readOnly := s.what.Mailbox.After == flow.AfterNothing
	err = s.within(s.Patience, talkBudget, func() error {
		data, err = s.client.Select(s.what.Mailbox.Folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
		return err
	})
	var refused *imap.Error
	if errors.As(err, &refused) {
		return nil, fmt.Errorf("the folder %q can't be opened: %s", s.what.Mailbox.Folder, short(refused.Text))
	}
	return data, err
}

// begin finds out whether the position holds in this mailbox. Where it doesn't, the
// whole mailbox is looked through: the mails that had runs are known by what they
// are, not by their numbers.
func (s *session) begin(ctx context.Context, d *imap.SelectData) error {
	p := s.box.Position
	if p.Validity != 0 && p.Validity == d.UIDValidity && (d.UIDNext == 0 || uint32(d.UIDNext) > p.Last) {
		return nil
	}
	mails, last, err := s.scan(d.NumMessages)
	if err != nil {
		return err
	}
	s.box.Position = Position{Validity: d.UIDValidity}
	if err := s.takeAll(ctx, mails); err != nil {
		return err
	}
	return s.advance(ctx, max(last, s.box.Position.Last))
}

// well reports that all goes well, now and then.
func (s *session) well(ctx context.Context) {
	h := &s.box.Health
	changed := h.State != MailboxWatching || h.Message != s.warning
	*h = Health{State: MailboxWatching, Message: s.warning, Looked: time.Now()}
	if changed || time.Since(s.reported) > 10*time.Second {
		s.report(ctx)
	}
}

// wait returns when there may be a new mail, or it is time to look.
func (s *session) wait(ctx context.Context) error {
	timer := time.NewTimer(s.what.Mailbox.Interval)
	defer timer.Stop()
	var idle *imapclient.IdleCommand
	if s.caps.Has(imap.CapIdle) {
		err := s.within(s.Patience, talkBudget, func() (err error) {
			idle, err = s.client.Idle()
			return err
		})
		if err != nil {
			return err
		}
	}
	select {
	case <-timer.C:
	case <-s.changed:
	case <-s.client.Closed():
	case <-ctx.Done():
	}
	if idle == nil {
		return ctx.Err()
	}
	return s.within(s.Patience, talkBudget, func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
}

// read gives a mail, or what is wrong with the answer.
func (s *session) read(uid uint32) (mail []byte, err error) {
	found := false
	err = s.within(10*s.Patience, mailBudget, func() error {
		section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: maxMail + 1}}
		command := s.client.Fetch(imap.UIDSetNum(imap.UID(uid)), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		var faults []error
		for data := command.Next(); data != nil; data = command.Next() {
			for item := data.Next(); item != nil; item = data.Next() {
				body, ok := item.(imapclient.FetchItemDataBodySection)
				if !ok || body.Literal == nil || found {
					continue
				}
				var err error
				mail, err = io.ReadAll(io.LimitReader(body.Literal, maxMail+1))
				if err == nil && int64(len(mail)) < min(body.Literal.Size(), maxMail+1) {
					err = io.ErrUnexpectedEOF // what was cut off is no mail
				}
				if err != nil {
					faults = append(faults, err)
				}
				found = true
			}
		}
		return errors.Join(append(faults, command.Close())...)
	})
	if err == nil && !found {
		err = fmt.Errorf("the mail server lists the mail %d and doesn't give it", uid)
	}
	return mail, err
}
