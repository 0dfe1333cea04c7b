package web

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// bound refuses to publish a flow whose nodes use credentials that nobody has
// granted to it, or call flows that aren't here: each of its runs would fail there.
func (s *Server) bound(ctx context.Context, id string) error {
	draft, err := s.Library.Draft(ctx, id)
	if err != nil {
		return err
	}
	d, _ := flow.Decode(draft.Content)
	bound, err := s.boundTo(ctx, id, d)
	if err != nil {
		return err
	}
	problems := unbound(d, bound, flow.SeverityError)
	uncalled, err := s.uncalled(ctx, d, flow.SeverityError)
	if err != nil {
		return err
	}
	if problems = append(problems, uncalled...); problems.Failed() {
		problems.Sort()
		return problems
	}
	return nil
}

// withBindings adds to the problems of a draft what publishing it would refuse, and the
// triggers that can't do their work. A draft may name what an admin binds later, and what
// is out of reach may come back, so that these are warnings.
func (s *Server) withBindings(ctx context.Context, id string, d *flow.Document, problems flow.Problems) (flow.Problems, error) {
	bound, err := s.boundTo(ctx, id, d)
	if err != nil {
		return problems, err
	}
	more := unbound(d, bound, flow.SeverityWarning)
	called, err := s.uncalled(ctx, d, flow.SeverityWarning)
	if err != nil {
		return problems, err
	}
	hosts := uncovered(d, bound)
	shared, err := s.sharedMailboxes(ctx, id, d, bound)
	if err != nil {
		return problems, err
	}
	out, err := s.outOfReach(ctx, id, d)
	// Of a mailbox whose credential may not go there, that it can't be watched says no more.
	out = slices.DeleteFunc(out, func(p flow.Problem) bool {
		return slices.ContainsFunc(hosts, func(h flow.Problem) bool { return h.Node == p.Node })
	})
	more = slices.Concat(more, called, hosts, shared, out)
	if len(more) > 0 {
		problems = append(problems, more...)
		problems.Sort()
	}
	return problems, err
}

// unbound finds the nodes whose credential means none on this server, or one of
// another type than the flow says.
func unbound(d *flow.Document, bound map[string]vault.Credential, severity flow.Severity) (problems flow.Problems) {
	if d == nil {
		return nil // what is wrong with it otherwise is said elsewhere
	}
	for i, n := range d.Nodes {
		declared, known := d.Credentials[n.Credential]
		if n.Credential == "" || n.Disabled || !known {
			continue
		}
		p := flow.Problem{Severity: severity, Pointer: flow.Join("/nodes", strconv.Itoa(i), "credential"), Node: n.ID}
		switch found, is := bound[n.Credential]; {
		case !is:
			p.Code, p.Fix = "credential.unbound", "an admin binds it in the flow's settings"
			p.Message = "the credential " + strconv.Quote(n.Credential) + " means none on this server"
		case found.Type != declared.Type:
			p.Code, p.Fix = "credential.type", "an admin binds it to another in the flow's settings"
			p.Message = "the credential " + strconv.Quote(n.Credential) + " must be of the type " + declared.Type + ", it is bound to one of " + found.Type
		default:
			continue
		}
		problems = append(problems, p)
	}
	return problems
}

// boundTo gives what each alias of a flow is bound to, where its draft names any.
func (s *Server) boundTo(ctx context.Context, id string, d *flow.Document) (map[string]vault.Credential, error) {
	if d == nil || len(d.Credentials) == 0 {
		return nil, nil
	}
	list, err := s.Credentials.Bindings(ctx, id)
	if err != nil {
		return nil, err
	}
	to := make(map[string]vault.Credential, len(list))
	for _, b := range list {
		c, err := s.Credentials.Get(ctx, b.Credential)
		if errors.Is(err, vault.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		to[b.Alias] = c
	}
	return to, nil
}

// watchedBy lists the mailboxes that a draft is to watch.
func watchedBy(d *flow.Document) func(yield func(at int, m *flow.Mailbox) bool) {
	return func(yield func(int, *flow.Mailbox) bool) {
		if d == nil {
			return
		}
		for i, n := range d.Nodes {
			if n.Type != flow.TypeMailbox || n.Disabled {
				continue
			}
			m, err := flow.ParseMailbox(n.With)
			if err != nil {
				continue // the check of the flow says so
			}
			if !yield(i, m) {
				return
			}
		}
	}
}

// uncovered finds the mailboxes whose credential doesn't name their mail server: it will
// not be sent there, so that nothing is watched. An admin may name it at any time.
func uncovered(d *flow.Document, bound map[string]vault.Credential) (problems flow.Problems) {
	for i, m := range watchedBy(d) {
		c, is := bound[d.Nodes[i].Credential]
		if !is || vault.Covers(c.Hosts, m.Host, m.Port, flow.UsualPort(m.TLS)) {
			continue
		}
		problems = append(problems, flow.Problem{
			Code: "credential.host", Severity: flow.SeverityWarning, Pointer: flow.Join("/nodes", strconv.Itoa(i), "credential"), Node: d.Nodes[i].ID,
			Message: "the credential " + c.Name + " may not be sent to " + net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) + ": no mail starts a run",
			Fix:     "an admin adds that host to it",
		})
	}
	return problems
}

// sharedMailboxes finds the mailboxes that another published flow watches as well, by the
// same credential.
func (s *Server) sharedMailboxes(ctx context.Context, id string, d *flow.Document, bound map[string]vault.Credential) (problems flow.Problems, err error) {
	for i, m := range watchedBy(d) {
		own, is := bound[d.Nodes[i].Credential]
		if !is {
			continue
		}
		others, err := s.Receipts.WatchedBy(ctx, own.ID, id)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(others, func(o trigger.WatchedBy) bool { return m.SameFolder(o.Place, o.Alias) })
		if at < 0 {
			continue
		}
		problems = append(problems, flow.Problem{
			Code: "trigger.shared", Severity: flow.SeverityWarning, Pointer: flow.Join("/nodes", strconv.Itoa(i)), Node: d.Nodes[i].ID,
			Message: "the flow " + strconv.Quote(others[at].Flow) + " watches this mailbox as well: with both live, each mail starts both; where one marks or moves mails, it starts only the one that looks first",
			Fix:     "name another folder, or take one of the two off line",
		})
	}
	return problems, nil
}

// outOfReach finds the mailboxes of a draft that the published version watches as well,
// and can't: publishing it anew mends nothing.
func (s *Server) outOfReach(ctx context.Context, id string, d *flow.Document) (problems flow.Problems, err error) {
	boxes, err := s.Receipts.FailingMailboxes(ctx, []string{id})
	if err != nil || len(boxes) == 0 {
		return nil, err
	}
	for i, m := range watchedBy(d) {
		n := &d.Nodes[i]
		for b := range boxes {
			if boxes[b].Watch != (flow.Watch{Flow: id, Node: n.ID, Place: m.Place(n.Credential)}) {
				continue
			}
			problems = append(problems, flow.Problem{
				Code: "trigger.failing", Severity: flow.SeverityWarning, Pointer: flow.Join("/nodes", strconv.Itoa(i)), Node: n.ID,
				Message: "the mailbox can't be watched: " + boxes[b].Health.Message,
				Fix:     "see that the server can be reached and the login holds; until then no mail starts a run",
			})
		}
	}
	return problems, nil
}
