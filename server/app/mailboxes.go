package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Watched implements [trigger.MailStarter].
func (r *runner) Watched(ctx context.Context, id, node string) (trigger.Watched, error) {
	d, n, v, err := r.published(ctx, id, node, flow.TypeMailbox)
	if err != nil {
		return trigger.Watched{}, err
	}
	box, err := flow.ParseMailbox(n.With)
	if err != nil {
		return trigger.Watched{}, err
	}
	target, err := trigger.NewTarget(d, node, v.Digest, v.Number)
	return trigger.Watched{Target: target, Mailbox: box}, err
}

// published finds an enabled trigger of a type in the newest version of a flow, or
// says [trigger.ErrNoHook].
func (r *runner) published(ctx context.Context, id, node, typ string) (*flow.Document, *flow.Node, library.Version, error) {
	v, err := r.core.Library.Version(ctx, id, 0)
	if errors.Is(err, library.ErrNotFound) {
		return nil, nil, v, trigger.ErrNoHook
	}
	if err != nil {
		return nil, nil, v, errors.Join(engine.ErrUnavailable, err)
	}
	d, problems := flow.Decode(v.Content)
	if d == nil {
		return nil, nil, v, problems
	}
	n := d.Node(node)
	if n == nil || n.Type != typ || n.Disabled {
		return nil, nil, v, trigger.ErrNoHook
	}
	return d, n, v, nil
}

// lines lets mailboxes dial.
type lines struct{ egress.Lines }

// DialMail implements [trigger.Dialer].
func (l *lines) DialMail(ctx context.Context, m *flow.Mailbox, credential *vault.Opened) (net.Conn, *tls.Config, error) {
	return l.Open(ctx, egress.Line{
		Host: m.Host, Port: m.Port, Usual: flow.UsualPort(m.TLS), TLS: m.TLS == flow.TLSImplicit, Plain: m.TLS == flow.TLSNone, Credential: credential,
	})
}

// mailboxes watches those of published flows.
func (s *Server) mailboxes(starter *runner, receipts trigger.Receipts, c ServeConfig) (*trigger.Mailboxes, error) {
	roots, err := believed(c.CA)
	if err != nil {
		return nil, err
	}
	return &trigger.Mailboxes{
		Store: s.Store, Starter: starter, Secrets: starter, Dialer: &lines{egress.Lines{RootCAs: roots, Reroutes: c.Reroutes}}, Receipts: receipts, Logger: c.Logger,
	}, nil
}

// Flush writes the receipts that were noted until now.
func (s *Server) Flush(ctx context.Context) error { return s.ledger.Flush(ctx) }
