package trigger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// HoldFor is how long a webhook's request is held for the answer of core.respond.
const HoldFor = 30 * time.Second

// maxKey is the longest idempotency key that is taken, in bytes.
const maxKey = 255

// Errors of [Hooks.Deliver]. Others are the Starter's.
var (
	// ErrNoHook says that a token starts nothing: it is unknown, its flow isn't
	// published, or its trigger is disabled. Nobody is told which.
	ErrNoHook = errors.New("there is no such webhook")
	// ErrMediaType says that a body is of a kind that isn't read.
	ErrMediaType = errors.New("send application/json, or a mail as message/rfc822")
	// ErrKey says that an idempotency key can't be used.
	ErrKey = fmt.Errorf("an Idempotency-Key has at most %d bytes", maxKey)
)

// BodyError says that a body isn't JSON, and where.
type BodyError struct{ Err error }

// Error implements the error interface.
func (e *BodyError) Error() string { return "the body isn't JSON: " + e.Err.Error() }

// Target is what a webhook's token starts: one trigger of one published version.
// It is immutable, and shared by all deliveries.
type Target struct {
	Flow     string
	FlowName string
	Node     string
	Version  int
	Digest   string
	// Check finds what is wrong with an input.
	Check func(input any) flow.Problems
	// Responds says that the flow has a core.respond, whose answer is waited for.
	Responds bool
	// Hook says whom a webhook believes.
	Hook *flow.Hook
	// Alias is the flow's credential that the trigger uses, of the type Credential;
	// both are empty where it uses none.
	Alias      string
	Credential string
	// Rule says which events start nothing, and which are one.
	Rule Rule
}

// NewTarget prepares a target for a document.
func NewTarget(d *flow.Document, node, digest string, version int) (*Target, error) {
	schema, err := check.InputSchema(d)
	if err != nil {
		return nil, err
	}
	t := &Target{Flow: d.ID, FlowName: d.Name, Node: node, Version: version, Digest: digest, Check: func(input any) flow.Problems { return check.Input(schema, input) }}
	for i := range d.Nodes {
		t.Responds = t.Responds || d.Nodes[i].Type == "core.respond" && !d.Nodes[i].Disabled
	}
	n := d.Node(node)
	if n == nil {
		return t, nil
	}
	if t.Rule, err = newRule(d, n); err != nil {
		return nil, err
	}
	if n.Type == flow.TypeMailbox {
		t.Alias, t.Credential = n.Credential, catalog.CredentialIMAP
	}
	if n.Type != flow.TypeWebhook {
		return t, nil
	}
	if t.Hook, err = flow.ParseHook(n.With); err != nil {
		return nil, err
	}
	if t.Credential = check.CredentialOfHook(t.Hook.Verify); t.Credential != "" {
		t.Alias = n.Credential
	}
	return t, nil
}

// Start asks for a run of a target.
type Start struct {
	Target    *Target
	Data      map[string]any
	IngestKey string
	// dropped says that a rule leaves the event out.
	dropped bool
}

// Started is a run that was accepted durably.
type Started struct {
	ID string
	// Duplicate says that the ingest key was known and nothing was started.
	Duplicate bool
	// Responded is closed once the run's answer is durable, or it ended without one.
	Responded <-chan struct{}
	// Response gives the answer, after that; nil where the run gave none.
	Response func() *run.Response
}

// Starter begins runs and knows those that it began.
type Starter interface {
	// Target finds what a token starts, or says [ErrNoHook].
	Target(ctx context.Context, token string) (*Target, error)
	// Start begins a run, and returns once it is durable.
	Start(ctx context.Context, s Start) (Started, error)
	// Response reads the answer that a run gave from its journal; nil where none.
	Response(ctx context.Context, runID string) (*run.Response, error)
}

// Delivery is one request to a webhook.
type Delivery struct {
	ContentType string
	Body        []byte
	// Headers and Query are what expressions read.
	Headers, Query map[string]any
	// Header gives a header of the request, of those too that expressions don't read.
	Header func(name string) string
	// From is where the request came from, for receipts.
	From string
	// Key is the sender's idempotency key; empty is none.
	Key string
	At  time.Time
	// Until ends the wait for an answer early: the run stays accepted.
	Until <-chan struct{}
}

// Answer is what the sender of a webhook is told.
type Answer struct {
	// RunID is empty where a rule left the event out.
	RunID string
	// Response is what core.respond gave; nil says that the run was accepted.
	Response *run.Response
}

// Secrets opens what webhooks are verified by.
type Secrets interface {
	// Secret gives the credential that a flow's alias means here, at each request anew,
	// so that a binding that was taken back holds at once; or [ErrNoHook].
	Secret(ctx context.Context, flow, alias string) (vault.Opened, error)
}

// Hooks takes deliveries.
type Hooks struct {
	starter  Starter
	secrets  Secrets
	receipts Receipts
	hold     time.Duration
}

// NewHooks makes the taker of deliveries; hold is [HoldFor] but in tests.
func NewHooks(s Starter, secrets Secrets, r Receipts, hold time.Duration) *Hooks {
	return &Hooks{starter: s, secrets: secrets, receipts: r, hold: hold}
}

// Deliver starts the run that a delivery asks for and waits for its answer where
// the flow gives one. An answer is given only for a run that is durable.
func (h *Hooks) Deliver(ctx context.Context, token string, d Delivery) (Answer, error) {
	begun := time.Now()
	target, replay, err := h.admit(ctx, token, &d)
	if errors.Is(err, ErrNoHook) {
		h.conceal(ctx, begun, &d)
	}
	if err != nil {
		return Answer{}, err
	}
	start, err := target.request(ctx, &d, replay)
	if err != nil {
		h.refused(ctx, target, &d, err)
		return Answer{}, err
	}
	if start.dropped {
		r := target.receipt("webhook", ReceiptDropped, "rule", "the trigger's rule leaves it out", d.At)
		r.Subject = d.From
		return Answer{}, h.receipts.Keep(ctx, r)
	}
	started, err := h.starter.Start(ctx, start)
	if err != nil {
		return Answer{}, err
	}
	if started.Duplicate {
		h.receipts.Repeated(started.ID)
	}
	return h.answer(ctx, target, started, d.Until)
}

// admit finds what a token starts and whether the sender is who may start it. Who
// isn't is told [ErrNoHook], as if there were nothing. Nothing of the body is read
// before.
func (h *Hooks) admit(ctx context.Context, token string, d *Delivery) (target *Target, replay string, err error) {
	if target, err = h.starter.Target(ctx, token); err != nil || target.Credential == "" {
		return target, "", err
	}
	secret, err := h.secrets.Secret(ctx, target.Flow, target.Alias)
	if err != nil {
		return nil, "", err
	}
	if secret.Type != target.Credential {
		return nil, "", ErrNoHook
	}
	replay, ok := verify(target.Hook, &secret, d)
	if !ok {
		r := target.receipt("webhook", ReceiptFailed, "unverified", "the request doesn't show whom it is from, as "+target.Hook.Verify+" asks for", d.At)
		r.Subject = d.From
		h.receipts.Note(r)
		return nil, "", ErrNoHook
	}
	return target, replay, nil
}

// refused notes why a request that came from the right place started nothing.
func (h *Hooks) refused(ctx context.Context, t *Target, d *Delivery, err error) {
	code := "refused"
	var problems flow.Problems
	var key *KeyError
	var body *BodyError
	switch {
	case ctx.Err() != nil:
		return // it was the server that gave up
	case errors.As(err, &problems):
		code = "input.invalid"
		err = errors.New(problems[0].Message)
	case errors.As(err, &key):
		code = "webhook.key"
	case errors.As(err, &body):
		code = "json.syntax"
	}
	r := t.receipt("webhook", ReceiptFailed, code, err.Error(), d.At)
	r.Subject = d.From
	h.receipts.Note(r)
}

// request is the start that a delivery asks for.
func (t *Target) request(ctx context.Context, d *Delivery, replay string) (Start, error) {
	if len(d.Key) > maxKey {
		return Start{}, ErrKey
	}
	input, err := ReadBody(d.ContentType, d.Body)
	if err != nil {
		return Start{}, err
	}
	if problems := append(foreign("", input), t.Check(input)...); problems.Failed() {
		return Start{}, problems
	}
	data := Data("webhook", input, d.Headers, d.Query, d.At)
	if t.Rule.Drops(ctx, data) {
		return Start{dropped: true}, nil
	}
	key, err := t.key(ctx, d, data, replay)
	return Start{Target: t, IngestKey: key, Data: data}, err
}

// key names the event that a delivery tells of, so that it starts one run however
// often it is sent. What a sender can't change without the secret goes before the
// header that anybody could change; "" is no name.
func (t *Target) key(ctx context.Context, d *Delivery, data map[string]any, replay string) (string, error) {
	place := t.Flow + "/" + t.Node + "/"
	signed := t.Hook != nil && t.Hook.Signature.Signed != ""
	switch own, err := t.Rule.Key(ctx, data, signed); {
	case err != nil:
		return "", err
	case own != "":
		return "hookkey/" + place + own, nil
	case replay != "":
		return "hookid/" + place + replay, nil
	case d.Key != "":
		return "hook/" + place + d.Key, nil
	}
	return "", nil
}

// answer waits for the run's answer. That of a repeated delivery is read from the
// journal, because its run may have ended long ago, in another process.
func (h *Hooks) answer(ctx context.Context, target *Target, s Started, until <-chan struct{}) (Answer, error) {
	accepted := Answer{RunID: s.ID}
	if !target.Responds {
		return accepted, nil
	}
	timer := time.NewTimer(h.hold)
	defer timer.Stop()
	select {
	case <-s.Responded:
	case <-timer.C:
		return accepted, nil
	case <-until:
		return accepted, nil
	case <-ctx.Done():
		return accepted, nil // the run is accepted, whatever becomes of the request
	}
	if !s.Duplicate {
		return Answer{s.ID, s.Response()}, nil
	}
	response, err := h.starter.Response(ctx, s.ID)
	return Answer{s.ID, response}, err
}

// maxText is how long a mail may be in bytes to be given as text too: in JSON a
// control character takes six bytes, and the input is kept.
const maxText = 4 << 20

// Mail is the input that a mail is: {"raw": text} and, where the mail isn't UTF-8,
// its bytes as rawBase64 besides. So a flow that knows only raw gets what can be
// read, and one that knows both gets all of it. Of a large mail there is rawBase64
// alone.
func Mail(mail []byte) map[string]any {
	if len(mail) > maxText {
		return map[string]any{"rawBase64": base64.StdEncoding.EncodeToString(mail)}
	}
	if utf8.Valid(mail) {
		return map[string]any{"raw": string(mail)}
	}
	return map[string]any{"raw": strings.ToValidUTF8(string(mail), "\ufffd"), "rawBase64": base64.StdEncoding.EncodeToString(mail)}
}

// ReadBody reads a body by its content type: JSON as it is, a mail as [Mail] says.
// No body is null.
func ReadBody(contentType string, body []byte) (any, error) {
	if len(body) == 0 {
		return nil, nil
	}
	kind, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
		return nil, ErrMediaType
	case kind == "application/json", strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"):
		value, err := flow.ParseValue(body)
		if err != nil {
			return nil, &BodyError{err}
		}
		return value, nil
	case kind == "message/rfc822":
		return Mail(body), nil
	}
	return nil, ErrMediaType
}
