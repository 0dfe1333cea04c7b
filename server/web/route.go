package web

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Access says who may use a route. Its zero value is none: a route without one
// can't be registered.
type Access struct {
	kind       accessKind
	permission auth.Permission
}

type accessKind int

const (
	accessNone accessKind = iota
	accessPublic
	accessSignedIn
	accessPermission
)

var (
	// public routes are for everybody: log-in, health, webhooks, the page itself.
	public = Access{kind: accessPublic}
	// signedIn routes are for everybody with a session or token.
	signedIn = Access{kind: accessSignedIn}
)

// needs asks for a permission.
func needs(p auth.Permission) Access { return Access{accessPermission, p} }

// Permits says whether a role may use the route; "" is nobody who logged in.
func (a Access) Permits(r auth.Role) bool {
	switch a.kind {
	case accessPublic:
		return true
	case accessSignedIn:
		return r != ""
	case accessPermission:
		return auth.Can(auth.Actor{Role: r}, a.permission)
	case accessNone:
	}
	return false
}

// Route is one registered route.
type Route struct {
	Method string
	Path   string
	Access Access
}

// Routes lists every route that was registered.
func (s *Server) Routes() []Route { return s.routes }

// record notes a route. Forgetting to say who may use it stops the start.
func (s *Server) record(method, path string, a Access) {
	if a.kind == accessNone {
		panic("web: route " + method + " " + path + " has no permission")
	}
	s.routes = append(s.routes, Route{method, path, a})
}

// apiPrefix is where the API lies.
const apiPrefix = "/api/v1"

// operation describes one call of the API.
type operation struct {
	method, path, id, summary string
	// status of success; 0 is 200, or 204 without a body.
	status int
	// limit is the most bytes of a body; 0 is 1 MiB.
	limit int64
	// media is the kind of the body; empty is JSON.
	media string
	// stream has the handler read the body as it comes.
	stream bool
	// errors are the statuses that it answers beside 401, 403 and 500.
	errors []int
}

// route registers one call of the API. It is the only way to.
func route[I, O any](s *Server, a Access, o operation, handler func(context.Context, *I) (*O, error)) {
	path := apiPrefix + o.path
	s.record(o.method, path, a)
	op := huma.Operation{
		Method: o.method, Path: path, OperationID: o.id, Summary: o.summary, DefaultStatus: o.status,
		MaxBodyBytes: 1<<20 + 1, Errors: append([]int{http.StatusUnauthorized, http.StatusForbidden}, o.errors...),
		Middlewares:      huma.Middlewares{s.guard(a), s.mediaType(o.stream || has[I]("Body") || has[I]("RawBody"), o.media)},
		SkipValidateBody: !has[I]("Body"), // a file is read as it is, with places
		Tags:             []string{strings.Split(o.path, "/")[1]},
	}
	if o.limit > 0 {
		op.MaxBodyBytes = o.limit + 1 // huma refuses a body of exactly the limit
	}
	if o.stream {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{o.media: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	}
	if a.kind != accessPublic {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err == nil {
			return out, nil
		}
		return nil, s.answerable(err)
	})
	s.describeFile(o.method, path, optionalFile[I]())
}

// optionalFile says whether a request may come without the file that it takes.
func optionalFile[I any]() bool {
	f, ok := reflect.TypeFor[I]().FieldByName("RawBody")
	return ok && f.Tag.Get("required") == "false"
}

// describeFile says of a body that is read as it is that it is a flow file.
func (s *Server) describeFile(method, path string, optional bool) {
	item := s.api.OpenAPI().Paths[path]
	op := map[string]*huma.Operation{"POST": item.Post, "PUT": item.Put}[method]
	if op == nil || op.RequestBody == nil {
		return
	}
	if optional {
		op.RequestBody.Required = false // which huma doesn't read off the field
	}
	if media := op.RequestBody.Content["application/json"]; media != nil && media.Schema.Format == "binary" {
		media.Schema = Document{}.Schema(s.api.OpenAPI().Components.Schemas)
	}
}

// answerable maps an error to what huma answers.
func (s *Server) answerable(err error) error {
	p := s.explain(err)
	if p.retry == 0 {
		return p
	}
	return huma.ErrorWithHeaders(p, http.Header{fiber.HeaderRetryAfter: {retryAfter(p.retry)}})
}

func has[I any](field string) bool {
	_, found := reflect.TypeFor[I]().FieldByName(field)
	return found
}

// guard lets a request through that may use the route, in the name of who it is from.
func (s *Server) guard(a Access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		id, err := s.authorize(humafiber.Unwrap(ctx), a)
		if err != nil {
			s.write(ctx, s.explain(err))
			return
		}
		next(huma.WithContext(wholeBody{ctx}, withIdentity(ctx.Context(), id)))
	}
}

// mediaType refuses bodies of another kind than the route's: one kind per route.
func (s *Server) mediaType(body bool, want string) func(huma.Context, func(huma.Context)) {
	if want == "" {
		want = fiber.MIMEApplicationJSON
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		if given := ctx.Header(fiber.HeaderContentType); body && given != "" && !isKind(given, want) {
			s.write(ctx, problem(http.StatusUnsupportedMediaType, "send "+want))
			return
		}
		next(ctx)
	}
}

func isKind(contentType, want string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == want
}

func (s *Server) write(ctx huma.Context, p *Problem) {
	if p.retry > 0 {
		ctx.SetHeader(fiber.HeaderRetryAfter, retryAfter(p.retry))
	}
	ctx.SetHeader(fiber.HeaderContentType, p.ContentType(""))
	ctx.SetStatus(p.Status)
	if err := json.NewEncoder(ctx.BodyWriter()).Encode(p); err != nil {
		s.Logger.Warn("an answer wasn't written", "error", err)
	}
}

// page registers a route that isn't a call of the API.
func (s *Server) page(a Access, method, path string, handler fiber.Handler) {
	s.record(method, path, a)
	s.app.Add(method, path, func(c *fiber.Ctx) error {
		id, err := s.authorize(c, a)
		if err != nil {
			return err
		}
		c.SetUserContext(withIdentity(c.UserContext(), id))
		return handler(c)
	})
}

// newAPI makes the huma API over a Fiber app.
func newAPI(app *fiber.App, version, cookie string) huma.API {
	huma.NewError = newHumaError
	c := huma.DefaultConfig("Drawbridge", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema in bodies
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookie},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	json := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	c.Formats = map[string]huma.Format{"application/json": json, "json": json}
	return humafiber.New(app, c)
}

// unmarshal reads JSON as strictly as flow files are read, and says at which line
// and column it isn't: encoding/json takes the last of duplicate keys. Huma reads
// each body first into any, to hold it against the schema.
func unmarshal(data []byte, into any) error {
	if _, first := into.(*any); first {
		if err := flow.CheckValue(data); err != nil {
			return err
		}
	}
	return json.Unmarshal(data, into)
}

// parsePlace reads the place that [flow.SyntaxError] put into a message, because
// huma keeps only the text of errors.
func parsePlace(message string) (flow.SyntaxError, bool) {
	var e flow.SyntaxError
	if _, err := fmt.Sscanf(message, "line %d, column %d:", &e.Line, &e.Column); err != nil {
		return e, false
	}
	return e, true
}
