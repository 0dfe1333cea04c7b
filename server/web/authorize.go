package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

const bearer = "Bearer "

type identityKey struct{}

// withIdentity gives a context in which changes are those of who asked.
func withIdentity(ctx context.Context, id auth.Identity) context.Context {
	if id.Key == "" {
		return ctx
	}
	ctx = library.WithPerson(ctx, id.Actor.Person())
	return auth.WithActor(context.WithValue(ctx, identityKey{}, id), id.Actor)
}

func identityFrom(ctx context.Context) auth.Identity {
	id, _ := ctx.Value(identityKey{}).(auth.Identity)
	return id
}

// authorize says who a request is from, and refuses it where the route isn't theirs.
func (s *Server) authorize(c *fiber.Ctx, a Access) (auth.Identity, error) {
	if a.kind == accessPublic {
		return auth.Identity{}, nil
	}
	id, err := s.identify(c)
	if errors.Is(err, auth.ErrDenied) {
		return id, problem(http.StatusUnauthorized, "log in, or send a token that is still good")
	}
	if err != nil {
		return id, err
	}
	if id.Cookie && unsafe(c.Method()) && !sameOrigin(c) {
		return id, crossOrigin()
	}
	if !a.Permits(id.Actor.Role) {
		return id, problem(http.StatusForbidden, "the role "+string(id.Actor.Role)+" may not do this: it needs "+string(a.permission))
	}
	return id, nil
}

func crossOrigin() *Problem {
	return problem(http.StatusForbidden, "a page of another origin may not do this")
}

func (s *Server) identify(c *fiber.Ctx) (auth.Identity, error) {
	ctx := c.UserContext()
	if given := c.Get(fiber.HeaderAuthorization); given != "" {
		token, ok := strings.CutPrefix(given, bearer)
		if !ok {
			return auth.Identity{}, auth.ErrDenied
		}
		return s.Auth.Bearer(ctx, strings.TrimSpace(token))
	}
	if cookie := c.Cookies(s.cookieName()); cookie != "" {
		return s.Auth.Session(ctx, cookie)
	}
	return auth.Identity{}, auth.ErrDenied
}

func unsafe(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// sameOrigin says whether a browser's request comes from our own page. What
// neither says so nor names its origin isn't taken as such.
func sameOrigin(c *fiber.Ctx) bool {
	switch c.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return originIsHost(c)
	}
	return false
}

func originIsHost(c *fiber.Ctx) bool {
	origin, err := url.Parse(c.Get(fiber.HeaderOrigin))
	return err == nil && (origin.Scheme == "http" || origin.Scheme == "https") && origin.Host != "" &&
		strings.EqualFold(origin.Host, string(c.Request().Host()))
}

// foreign says whether a browser sent a request from another origin's page. It is
// for log-in, where scripts that name no origin are welcome.
func foreign(c *fiber.Ctx) bool {
	if c.Get("Sec-Fetch-Site") == "" && c.Get(fiber.HeaderOrigin) == "" {
		return false
	}
	return !sameOrigin(c)
}

// address is that of the connection: a header could be forged.
func address(c *fiber.Ctx) string {
	host, _, err := net.SplitHostPort(c.Context().RemoteAddr().String())
	if err != nil {
		return c.Context().RemoteAddr().String()
	}
	return host
}

func (s *Server) cookieName() string { return "drawbridge_session_" + s.Instance }

func (s *Server) sessionCookie(value string, expires time.Time, secure bool) http.Cookie {
	//nolint:gosec // Secure follows the connection: a first look at a server on loopback has no TLS
	return http.Cookie{Name: s.cookieName(), Value: value, Path: "/", Expires: expires, HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}
}
