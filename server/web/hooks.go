package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// headerRun names the run that a webhook's answer is of.
const headerRun = "X-Drawbridge-Run"

// private are request headers that flows don't see: they are for this server, or
// for a proxy before it.
var private = map[string]bool{"authorization": true, "cookie": true, "proxy-authorization": true}

// reserved are response headers that a flow may not set: those of the connection,
// of sessions, and of what browsers may do with the answer.
var reserved = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-authenticate": true, "proxy-authorization": true, "te": true, "trailer": true,
	"transfer-encoding": true, "upgrade": true, "content-length": true, "host": true, "date": true, "server": true,
	"set-cookie": true, "set-cookie2": true, "clear-site-data": true, "strict-transport-security": true, "content-security-policy": true,
	"content-security-policy-report-only": true, "x-content-type-options": true, "x-frame-options": true, "referrer-policy": true,
	"service-worker-allowed": true, "alt-svc": true, "x-drawbridge-run": true,
}

func (s *Server) hookRoutes() {
	s.page(public, http.MethodPost, "/hooks/:token", s.hook)
	// A browser that opens an address is told what it is for, whatever the token.
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		s.page(public, method, "/hooks/:token", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderAllow, http.MethodPost)
			return problem(http.StatusMethodNotAllowed, "webhooks are sent by POST")
		})
	}
}

func (s *Server) hook(c *fiber.Ctx) error {
	answer, err := s.Hooks.Deliver(c.UserContext(), c.Params("token"), trigger.Delivery{
		ContentType: c.Get(fiber.HeaderContentType), Body: c.Request().Body(), Headers: hookHeaders(c), Query: hookQuery(c),
		Header: func(name string) string { return c.Get(name) }, From: c.IP(),
		Key: c.Get("Idempotency-Key"), At: time.Now(), Until: s.stopping,
	})
	if err != nil {
		return err
	}
	if answer.RunID == "" {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Status(http.StatusAccepted).SendString(`{"dropped":true}`)
	}
	c.Set(headerRun, answer.RunID)
	if answer.Response == nil {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Status(http.StatusAccepted).SendString(`{"id":"` + answer.RunID + `"}`)
	}
	return respond(c, answer.Response)
}

// hookHeaders gives a request's headers as expressions read them: names in lower case.
func hookHeaders(c *fiber.Ctx) map[string]any {
	headers := map[string]any{}
	for key, value := range c.Request().Header.All() {
		name := strings.ToLower(string(key))
		if private[name] {
			continue
		}
		if before, twice := headers[name].(string); twice {
			headers[name] = before + ", " + string(value)
			continue
		}
		headers[name] = string(value)
	}
	return headers
}

// hookQuery gives a request's query: a text, or a list where a name comes twice.
func hookQuery(c *fiber.Ctx) map[string]any {
	query := map[string]any{}
	for key, value := range c.Context().QueryArgs().All() {
		name, text := string(key), any(string(value))
		switch before := query[name].(type) {
		case nil:
			query[name] = text
		case []any:
			query[name] = append(before, text)
		default:
			query[name] = []any{before, text}
		}
	}
	return query
}

// respond sends what core.respond gave. A text with a content type of its own is
// sent as it is; everything else is JSON.
func respond(c *fiber.Ctx, r *run.Response) error {
	typed := false
	for name, value := range r.Headers {
		lower := strings.ToLower(name)
		if reserved[lower] || strings.HasPrefix(lower, "access-control-") || !validHeader(name, value) {
			continue
		}
		if lower == "content-type" {
			typed = true
		}
		c.Set(name, value)
	}
	status := r.Status
	if status < 200 || status > 599 {
		status = http.StatusOK
	}
	c.Status(status)
	if text, ok := r.Body.(string); ok && typed {
		return c.SendString(text)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	if status == http.StatusNoContent || status == http.StatusNotModified {
		return nil
	}
	return c.Send(flow.CompactJSON(r.Body))
}

// validHeader keeps line breaks and other control characters out of a response.
func validHeader(name, value string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return name != ""
}
