package library

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Published is what publishing gives.
type Published struct {
	Version int
	// Hooks maps the id of each webhook trigger to its token.
	Hooks map[string]string
}

// Publish makes the draft the newest version. A document with errors is refused
// with its problems, a [flow.Problems], as the error.
func (s *Service) Publish(ctx context.Context, id, message, author string) (Published, error) {
	draft, err := s.drafts.Draft(ctx, id)
	if err != nil {
		return Published{}, err
	}
	d, problems, err := s.Check(ctx, draft.Content)
	if err != nil {
		return Published{}, err
	}
	if problems.Failed() {
		return Published{}, problems
	}
	tokens, t := s.triggers(id, d)
	v := Version{Flow: id, Digest: Digest(draft.Content), Message: message, Author: author, At: s.now(), Content: draft.Content}
	number, err := s.versions.InsertVersion(ctx, v, draft.Revision, t)
	return Published{Version: number, Hooks: tokens}, err
}

// triggers gives what starts a version, and the tokens of its webhooks.
func (s *Service) triggers(id string, d *flow.Document) (map[string]string, Triggers) {
	tokens := s.Tokens(id, d)
	t := Triggers{Schedules: s.schedules(id, d), Mailboxes: mailboxes(id, d)}
	for node, token := range tokens {
		t.Hooks = append(t.Hooks, Hook{TokenHash: hash(token), Flow: id, Node: node})
	}
	return tokens, t
}

// Halt takes a published flow off line, so that no trigger of it starts anything, or on
// line again with the triggers of its newest version; [ErrNotFound] where none is
// published. Runs that are at work go on, and it is still started by hand and called.
func (s *Service) Halt(ctx context.Context, id string, halted bool) error {
	v, err := s.Version(ctx, id, 0)
	if err != nil {
		return err
	}
	var t Triggers
	if !halted {
		d, problems := flow.Decode(v.Content)
		if d == nil {
			return problems
		}
		_, t = s.triggers(id, d)
	}
	return s.versions.Halt(ctx, id, halted, t)
}

// schedules gives the first slot of each enabled schedule trigger.
func (s *Service) schedules(id string, d *flow.Document) (list []flow.Slot) {
	for _, n := range d.Triggers() {
		if n.Type != flow.TypeSchedule || n.Disabled {
			continue
		}
		schedule, err := flow.ParseSchedule(n.With)
		if err != nil {
			continue // the check has found none
		}
		at := schedule.Next(s.now())
		list = append(list, flow.Slot{Flow: id, Node: n.ID, At: at, Due: schedule.Moved(at, id, n.ID)})
	}
	return list
}

// mailboxes gives each enabled mailbox trigger.
func mailboxes(id string, d *flow.Document) (list []flow.Watch) {
	for _, n := range d.Triggers() {
		if n.Type != flow.TypeMailbox || n.Disabled {
			continue
		}
		if m, err := flow.ParseMailbox(n.With); err == nil { // the check has found no error
			list = append(list, flow.Watch{Flow: id, Node: n.ID, Place: m.Place(n.Credential)})
		}
	}
	return list
}

// Tokens gives the token of each enabled webhook trigger. A token has 128 bits and
// is derived from the key, so that publishing again gives the same address, and a
// copy of the database none.
func (s *Service) Tokens(id string, d *flow.Document) map[string]string {
	tokens := map[string]string{}
	for _, n := range d.Triggers() {
		if n.Type == flow.TypeWebhook && !n.Disabled {
			mac := hmac.New(sha256.New, s.key)
			mac.Write([]byte("hook/" + id + "/" + n.ID))
			tokens[n.ID] = hex.EncodeToString(mac.Sum(nil)[:16])
		}
	}
	return tokens
}

// Hook finds what a webhook's token starts; [ErrNotFound] where nothing.
func (s *Service) Hook(ctx context.Context, token string) (Hook, error) {
	return s.extras.Hook(ctx, hash(token))
}

// Digest names a document in canonical form: lower-case hex SHA-256.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Versions lists a flow's versions, newest first.
func (s *Service) Versions(ctx context.Context, id string) ([]Version, error) {
	if _, err := s.drafts.Draft(ctx, id); err != nil {
		return nil, err
	}
	return s.versions.Versions(ctx, id)
}

// Version gives one version with its document; number 0 is the newest.
func (s *Service) Version(ctx context.Context, id string, number int) (Version, error) {
	if number == 0 {
		draft, err := s.drafts.Draft(ctx, id)
		if err != nil {
			return Version{}, err
		}
		if number = draft.Version; number == 0 {
			return Version{}, ErrNotFound
		}
	}
	return s.versions.Version(ctx, id, number)
}

// Restore makes a version the draft again, and gives its problems.
func (s *Service) Restore(ctx context.Context, id string, number int, base int64, author string) (Draft, flow.Problems, error) {
	v, err := s.versions.Version(ctx, id, number)
	if err != nil {
		return Draft{}, nil, err
	}
	d, problems, err := s.CheckSoon(ctx, v.Content)
	if err != nil {
		return Draft{}, nil, err
	}
	if d == nil {
		return Draft{}, nil, problems
	}
	draft, err := s.drafts.SaveDraft(ctx, Draft{ID: id, Content: v.Content, Updated: s.now(), UpdatedBy: author}, Summarize(d), base, "flow.restore")
	return draft, problems, err
}

// Pin keeps a document so that a run can be pinned to it, and gives its digest.
func (s *Service) Pin(ctx context.Context, content []byte) (string, error) {
	digest := Digest(content)
	return digest, s.versions.KeepDocument(ctx, digest, content)
}

// Pinned gives a document by its digest.
func (s *Service) Pinned(ctx context.Context, digest string) ([]byte, error) {
	return s.versions.DocumentBy(ctx, digest)
}
