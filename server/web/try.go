package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Trials run one action outside of any flow, in the sandbox and under the same
// grants as a step of one.
type Trials interface {
	// Try notes who tries what, and runs it. The error is the server's own.
	Try(ctx context.Context, t Trial) (Tried, error)
}

// Trial is one action to be tried.
type Trial struct {
	Connector *catalog.Connector
	Action    *catalog.Action
	// Input fits the action's schema.
	Input any
	// Credential is of a type that the connector declares, or nil.
	Credential *vault.Credential
}

// Tried is what became of it.
type Tried struct {
	Output Value      `json:"output" doc:"null where it failed"`
	Error  *TryError  `json:"error" doc:"null where it succeeded"`
	Logs   []LogLine  `json:"logs"`
	Calls  []HostCall `json:"calls" doc:"The requests and streams that the server made for it, without secrets"`
	TookMs int64      `json:"tookMs"`
}

// TryError is why an action failed.
type TryError struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	Retryable bool   `json:"retryable"`
	Details   *Value `json:"details,omitempty"`
}

// HostCall is one request or stream of an action.
type HostCall struct {
	Function string `json:"function" enum:"http,net_open,sign"`
	Method   string `json:"method,omitempty" doc:"Of a request"`
	Address  string `json:"address" doc:"Without its query"`
	Host     string `json:"host"`
	Status   int    `json:"status,omitempty" doc:"Of a request that was answered"`
	Outcome  string `json:"outcome" doc:"Status and size, or the reason why not"`
	Refused  bool   `json:"refused,omitempty" doc:"It was refused before anything was sent"`
	TookMs   int64  `json:"tookMs"`
}

type tryAction struct {
	ConnectorVersion
	Action string `path:"action" maxLength:"100"`
	Body   struct {
		Input      Value  `json:"input,omitempty" doc:"Fits the action's schema; default an empty object"`
		Credential string `json:"credential,omitempty" maxLength:"100" doc:"The id of a credential of a type that the connector declares"`
		Confirm    bool   `json:"confirm,omitempty" doc:"True where the action may change things outside"`
	}
}

// Bounds of trials.
const (
	// triesAtOnce leaves the sandbox to the runs.
	triesAtOnce = 4
	// tryPlaceWithin is how long to wait for a place among them.
	tryPlaceWithin = 2 * time.Second
	// tryGrace is for starting the connector, besides the action's own time.
	tryGrace = 30 * time.Second
	// maxTryInput is a little above what an action may be given.
	maxTryInput = abi.MaxInput + 64<<10
)

func (s *Server) tryRoutes() {
	route(s, needs(auth.ConnectorTry), operation{method: "POST", path: "/connectors/{name}/versions/{v}/actions/{action}/run", id: "tryAction", summary: "Run one action, outside of any flow", limit: maxTryInput, errors: []int{404, 409, 413, 415, 422, 503}}, s.tryAction)
}

func (s *Server) tryAction(ctx context.Context, in *tryAction) (*body[Tried], error) {
	t, err := s.trial(ctx, in)
	if err != nil {
		return nil, err
	}
	if effectful(t.Action) && !in.Body.Confirm {
		return nil, problemAt(http.StatusConflict, "action.confirm", "/confirm", consequence(t)+": send confirm: true")
	}
	done, err := s.tryPlace(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, t.Action.Timeout+tryGrace)
	defer cancel()
	if !effectful(t.Action) {
		// Whoever stops the server doesn't wait for what only reads.
		go func() {
			select {
			case <-s.stopping:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	out, err := s.Trials.Try(ctx, t)
	out.Logs, out.Calls = nonNil(out.Logs), nonNil(out.Calls)
	return answer(out), err
}

// trial reads what is to be tried, and refuses all that a flow couldn't do either.
func (s *Server) trial(ctx context.Context, in *tryAction) (Trial, error) {
	con, err := s.installed(in.ConnectorVersion)
	if err != nil {
		return Trial{}, err
	}
	action := con.Action(in.Action)
	if action == nil {
		return Trial{}, problem(http.StatusNotFound, "connector "+in.Name+" "+in.Version+" has no action "+strconv.Quote(in.Action))
	}
	if !s.Grants.Consented(con) {
		return Trial{}, problemAt(http.StatusConflict, "connector.consent", "", "no admin has consented to what the connector asks for, so that none of its actions runs")
	}
	input := in.Body.Input.V
	if input == nil {
		input = map[string]any{}
	}
	if problems := check.ActionInput(action, input); problems.Failed() {
		return Trial{}, problems
	}
	t := Trial{Connector: con, Action: action, Input: input}
	if in.Body.Credential != "" {
		t.Credential, err = s.tryCredential(ctx, con, in.Body.Credential)
	}
	return t, err
}

// tryCredential finds a credential that the connector takes and whoever asks may
// use. What an admin bound to a flow, an author could use in a draft of that flow;
// any other is for those who could bind it.
func (s *Server) tryCredential(ctx context.Context, con *catalog.Connector, id string) (*vault.Credential, error) {
	refuse := func(status int, code, why string) error { return problemAt(status, code, "/credential", why) }
	c, err := s.Credentials.Get(ctx, id)
	if errors.Is(err, vault.ErrNotFound) {
		return nil, refuse(http.StatusUnprocessableEntity, "credential.unknown", "there is no credential "+id)
	}
	if err != nil {
		return nil, err
	}
	var types []string
	for _, declared := range con.Manifest.Credentials {
		types = append(types, declared.Type)
	}
	if !slices.Contains(types, c.Type) {
		why := "connector " + con.Manifest.ID + " uses no credentials"
		if len(types) > 0 {
			why = "connector " + con.Manifest.ID + " uses credentials of the type " + strings.Join(types, ", ") + "; " + c.Name + " is of " + c.Type
		}
		return nil, refuse(http.StatusUnprocessableEntity, "credential.type", why)
	}
	if auth.Can(identityFrom(ctx).Actor, auth.CredentialManage) {
		return &c, nil
	}
	bound, err := s.Uses.BoundCredentials(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(bound, id) {
		return nil, refuse(http.StatusForbidden, "credential.denied", "no admin has bound "+c.Name+" to a flow, so that only an admin may use it")
	}
	return &c, nil
}

// tryPlace waits for a place among those who try at once.
func (s *Server) tryPlace(ctx context.Context) (done func(), err error) {
	return s.place(ctx, s.tries, tryPlaceWithin, "too many actions are being tried at once: try again in a moment")
}

// place waits for one of a few places, or says that there are none; done gives it back.
func (s *Server) place(ctx context.Context, places chan struct{}, within time.Duration, none string) (done func(), err error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.stopping:
	case <-timer.C:
	}
	busy := problem(http.StatusServiceUnavailable, none)
	busy.retry = within
	return nil, busy
}

func effectful(a *catalog.Action) bool {
	return a.Effect == abi.EffectWrite || a.Effect == abi.EffectDestructive
}

// consequence says in plain words what running an action with effects means.
func consequence(t Trial) string {
	name := t.Action.Name
	if name == "" {
		name = t.Action.ID
	}
	text := strconv.Quote(name) + " of " + t.Connector.Manifest.ID + " changes things outside, for real"
	if t.Action.Effect == abi.EffectDestructive {
		text = strconv.Quote(name) + " of " + t.Connector.Manifest.ID + " is destructive, and runs for real"
	}
	if t.Credential != nil {
		text += ", with the credential " + t.Credential.Name + " at " + strings.Join(t.Credential.Hosts, ", ")
	}
	if t.Action.Inverse != "" {
		text += "; it can be undone by " + t.Action.Inverse
	}
	return text
}
