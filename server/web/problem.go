package web

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	inventory "github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/inbox"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/transfer"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
	"github.com/drawbridge-soar/drawbridge/server/vault"
	"github.com/drawbridge-soar/drawbridge/server/views"
)

// Problem is how every error is answered: RFC 9457 with all problems found.
type Problem struct {
	Type     string        `json:"type" example:"about:blank"`
	Title    string        `json:"title"`
	Status   int           `json:"status"`
	Detail   string        `json:"detail"`
	Problems []ItemProblem `json:"problems"`
	// Of what somebody else changed since: one of Flow, Samples, Credential, Powers, User, Case, Indicator and View is set.
	Yours      int64       `json:"yours,omitempty" doc:"The revision that the change was made from"`
	Current    int64       `json:"current,omitempty" doc:"The revision that it is at"`
	Flow       Document    `json:"flow,omitempty" doc:"The draft as it is"`
	Samples    []Sample    `json:"samples,omitzero" doc:"The flow's samples as they are"`
	Credential *Credential `json:"credential,omitempty" doc:"The credential as it is"`
	Powers     *Powers     `json:"powers,omitempty" doc:"What the connector may do as it is"`
	User       *UserItem   `json:"user,omitempty" doc:"The user as they are"`
	Case       *Case       `json:"case,omitempty" doc:"The case as it is"`
	Indicator  *Indicator  `json:"indicator,omitempty" doc:"The indicator as it is"`
	View       *View       `json:"view,omitempty" doc:"The saved view as it is"`
	UpdatedBy  string      `json:"updatedBy,omitempty"`
	UpdatedAt  time.Time   `json:"updatedAt,omitzero"`
	// UsedBy is why a connector can't be removed.
	UsedBy []FlowUse `json:"usedBy,omitempty" doc:"The flows that use it"`

	retry time.Duration
}

// ItemProblem is one thing that is wrong, with its place.
type ItemProblem struct {
	Code     string        `json:"code"`
	Severity flow.Severity `json:"severity" enum:"error,warning"`
	Pointer  string        `json:"pointer"`
	Node     string        `json:"node,omitempty"`
	Line     int           `json:"line,omitempty"`
	Column   int           `json:"column,omitempty"`
	Message  string        `json:"message"`
	Fix      string        `json:"fix,omitempty"`
}

func itemProblems(list flow.Problems) []ItemProblem {
	out := make([]ItemProblem, len(list))
	for i, p := range list {
		out[i] = ItemProblem(p)
	}
	return out
}

// Error implements the error interface.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements [huma.StatusError].
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements [huma.ContentTypeFilter].
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Problems: []ItemProblem{}}
}

func problemAt(status int, code, pointer, detail string) *Problem {
	p := problem(status, detail)
	p.Problems = []ItemProblem{{Code: code, Severity: flow.SeverityError, Pointer: pointer, Message: detail}}
	return p
}

// statuses maps the errors that say everything themselves.
var statuses = []struct {
	err    error
	status int
}{
	{library.ErrNotFound, http.StatusNotFound},
	{library.ErrExists, http.StatusConflict},
	{library.ErrBusy, http.StatusServiceUnavailable},
	{library.ErrNoPin, http.StatusNotFound},
	{engine.ErrNotFound, http.StatusNotFound},
	{engine.ErrSlow, http.StatusServiceUnavailable},
	{engine.ErrUnavailable, http.StatusServiceUnavailable},
	{engine.ErrClosed, http.StatusServiceUnavailable},
	{engine.ErrFull, http.StatusTooManyRequests},
	{ErrGoesOn, http.StatusConflict},
	{auth.ErrNotFound, http.StatusNotFound},
	{auth.ErrDenied, http.StatusUnauthorized},
	{auth.ErrSetupUsed, http.StatusGone},
	{auth.ErrSetupWrong, http.StatusNotFound},
	{auth.ErrSelf, http.StatusConflict},
	{auth.ErrOwnLink, http.StatusConflict},
	{auth.ErrLastAdmin, http.StatusConflict},
	{auth.ErrSeen, http.StatusConflict},
	{auth.ErrDisabled, http.StatusConflict},
	{auth.ErrNoPerson, http.StatusConflict},
	{inbox.ErrNotFound, http.StatusNotFound},
	{inventory.ErrNotFound, http.StatusNotFound},
	{alerts.ErrNotFound, http.StatusNotFound},
	{alerts.ErrCased, http.StatusConflict},
	{cases.ErrNotFound, http.StatusNotFound},
	{cases.ErrMerged, http.StatusConflict},
	{cases.ErrNoAttachment, http.StatusNotFound},
	{cases.ErrBroken, http.StatusBadRequest},
	{cases.ErrNoTask, http.StatusNotFound},
	{cases.ErrNoTemplate, http.StatusNotFound},
	{cases.ErrTemplateChanged, http.StatusConflict},
	{cases.ErrFull, http.StatusUnprocessableEntity},
	{intel.ErrNotFound, http.StatusNotFound},
	{intel.ErrNoAllow, http.StatusNotFound},
	{intel.ErrFull, http.StatusUnprocessableEntity},
	{trigger.ErrNoHook, http.StatusNotFound},
	{trigger.ErrMediaType, http.StatusUnsupportedMediaType},
	{trigger.ErrKey, http.StatusBadRequest},
	{transfer.ErrNotFound, http.StatusNotFound},
	{transfer.ErrChanged, http.StatusConflict},
	{transfer.ErrUsed, http.StatusConflict},
	{transfer.ErrState, http.StatusConflict},
	{transfer.ErrFormat, http.StatusUnprocessableEntity},
	{vault.ErrNotFound, http.StatusNotFound},
	{vault.ErrExists, http.StatusConflict},
	{vault.ErrChanged, http.StatusConflict},
	{views.ErrNotFound, http.StatusNotFound},
	{views.ErrNotYours, http.StatusForbidden},
	{views.ErrKept, http.StatusForbidden},
	{views.ErrFull, http.StatusUnprocessableEntity},
}

// problemOf is the map of errors to answers. What it doesn't know is a fault of
// the server; the caller logs it, and the client is told nothing of it.
func problemOf(err error) *Problem {
	var known *Problem
	if errors.As(err, &known) {
		return known
	}
	var problems flow.Problems
	if errors.As(err, &problems) {
		p := problem(http.StatusUnprocessableEntity, "it has problems: see the list")
		p.Problems = itemProblems(problems)
		if malformed(problems) {
			p.Status, p.Title, p.Detail = http.StatusBadRequest, http.StatusText(http.StatusBadRequest), "the body isn't JSON"
		}
		return p
	}
	if p := asRefusal(err); p != nil {
		return p
	}
	if p := caseProblem(err); p != nil {
		return p
	}
	if p := intelProblem(err); p != nil {
		return p
	}
	if p := alertProblem(err); p != nil {
		return p
	}
	if p := special(err); p != nil {
		return p
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			p := problem(s.status, s.err.Error())
			if s.status == http.StatusServiceUnavailable || s.status == http.StatusTooManyRequests {
				p.retry = time.Second
			}
			return p
		}
	}
	return problem(http.StatusInternalServerError, "the server met a fault: its log says more")
}

// malformed says whether a document couldn't even be read as JSON.
func malformed(list flow.Problems) bool {
	return len(list) > 0 && list[0].Code == "json.syntax"
}

func special(err error) *Problem {
	var conflict *library.ConflictError
	var limit *auth.LimitError
	var pin *library.PinSizeError
	var body *trigger.BodyError
	var key *trigger.KeyError
	var choice *transfer.ChoiceError
	var invalid *vault.InvalidError
	var field *catalog.FieldError
	var used *vault.InUseError
	var wrong *auth.FieldError
	var changed *auth.ChangedError
	switch {
	case errors.As(err, &invalid):
		return problemAt(http.StatusUnprocessableEntity, "credential."+invalid.Field, "/"+invalid.Field, invalid.Message)
	case errors.As(err, &field):
		return problemAt(http.StatusUnprocessableEntity, "credential.field", "/fields/"+field.Field, field.Message)
	case errors.As(err, &used):
		return problem(http.StatusConflict, used.Error())
	case errors.As(err, &conflict):
		return conflictProblem(conflict)
	case errors.As(err, &pin):
		return problemAt(http.StatusRequestEntityTooLarge, "pin.size", "/output", pin.Error())
	case errors.As(err, &limit):
		p := problem(http.StatusTooManyRequests, limit.Error())
		p.retry = limit.After
		return p
	case errors.As(err, &body):
		return syntaxProblem(body.Err)
	case errors.As(err, &key):
		return problemAt(http.StatusBadRequest, "webhook.key", "", key.Error())
	case errors.As(err, &choice):
		return problemAt(http.StatusUnprocessableEntity, "import.choice", "/choices", choice.Error())
	case errors.As(err, &wrong):
		return problemAt(fieldStatus(wrong), wrong.Code, "/"+wrong.Field, wrong.Message)
	case errors.As(err, &changed):
		return userChanged(changed)
	case errors.Is(err, auth.ErrPassword):
		return problemAt(http.StatusUnprocessableEntity, "password", "/password", auth.ErrPassword.Error())
	case errors.Is(err, auth.ErrName):
		return problemAt(http.StatusUnprocessableEntity, "name", "/name", auth.ErrName.Error())
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p := problem(http.StatusServiceUnavailable, "the server is stopping, or took too long")
		p.retry = time.Second
		return p
	}
	return nil
}

func fieldStatus(e *auth.FieldError) int {
	if e.Code == "name.taken" {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

func conflictProblem(c *library.ConflictError) *Problem {
	p := problem(http.StatusConflict, c.Error())
	p.Yours, p.Current, p.Flow = c.Yours, c.Current.Revision, Document(c.Current.Content)
	p.UpdatedBy, p.UpdatedAt = c.Current.UpdatedBy, c.Current.Updated
	return p
}

// syntaxProblem answers an error of reading JSON, with its line and column.
func syntaxProblem(err error) *Problem {
	p := problemAt(http.StatusBadRequest, "json.syntax", "", "the body isn't JSON: "+err.Error())
	var place *flow.SyntaxError
	if errors.As(err, &place) {
		p.Problems[0].Line, p.Problems[0].Column, p.Problems[0].Message = place.Line, place.Column, place.Message
	}
	return p
}

// newHumaError makes huma answer its own findings, of parameters and bodies, as problems.
func newHumaError(status int, detail string, errs ...error) huma.StatusError {
	p := problem(status, detail)
	for _, err := range errs {
		var found *huma.ErrorDetail
		if !errors.As(err, &found) {
			continue
		}
		item := ItemProblem{Code: "request", Severity: flow.SeverityError, Pointer: found.Location, Message: found.Message}
		if place, ok := parsePlace(found.Message); ok {
			item.Code, item.Pointer, item.Line, item.Column = "json.syntax", "", place.Line, place.Column
			p.Detail = "the body isn't JSON"
		}
		p.Problems = append(p.Problems, item)
	}
	return p
}

// fail is Fiber's error handler: of routes that huma doesn't serve, and of
// requests that no route takes.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	p := s.explain(err)
	if p.retry > 0 {
		c.Set(fiber.HeaderRetryAfter, retryAfter(p.retry))
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, p.ContentType(""))
	return c.Status(p.Status).Send(body)
}

func retryAfter(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// explain maps an error, and logs it where it is the server's fault.
func (s *Server) explain(err error) *Problem {
	var known *fiber.Error
	if errors.As(err, &known) {
		return problem(known.Code, fiberDetail(known))
	}
	if errors.Is(err, fasthttp.ErrBodyTooLarge) {
		return problem(http.StatusRequestEntityTooLarge, tooLarge)
	}
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		s.Logger.Error("a request failed", "error", err)
	}
	return p
}

const tooLarge = "the body has more than 32 MiB, which is the most that is taken"

func fiberDetail(e *fiber.Error) string {
	switch e.Code {
	case http.StatusRequestEntityTooLarge:
		return tooLarge
	case http.StatusNotFound:
		return "there is nothing here"
	}
	return e.Message
}

// NewProblem is an error with its status and code, for the implementations of what
// this package asks for.
func NewProblem(status int, code, detail string) error { return problemAt(status, code, "", detail) }
