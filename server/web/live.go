package web

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/live"
)

// topics says which permission a kind of topic needs, and saying that one edits.
var topics = map[string]auth.Permission{"run": auth.RunRead, "flow": auth.FlowRead, "inbox": auth.RunRead, "case": auth.CaseRead, "cases": auth.CaseRead, live.AlertsTopic: auth.CaseRead, "edit": auth.FlowWrite}

// upgrader has checked nothing: [Server.live] does, before the connection is taken.
var upgrader = websocket.Upgrader{
	HandshakeTimeout: 10 * time.Second, ReadBufferSize: 2 << 10, WriteBufferSize: 4 << 10,
	CheckOrigin: func(*http.Request) bool { return true },
}

func (s *Server) liveRoutes() {
	// Who has no session is told so by a close code, because a page can't read the
	// status of an upgrade that failed.
	s.page(public, http.MethodGet, apiPrefix+"/live", s.live)
}

// live makes a request a socket. fasthttp gives up the connection without
// answering, and gorilla's upgrader takes it over.
func (s *Server) live(c *fiber.Ctx) error {
	if !strings.EqualFold(c.Get(fiber.HeaderUpgrade), "websocket") {
		return problem(http.StatusUpgradeRequired, "this is a WebSocket")
	}
	if c.Get(fiber.HeaderOrigin) != "" && !originIsHost(c) {
		return crossOrigin()
	}
	id, err := s.identify(c)
	if err != nil && !errors.Is(err, auth.ErrDenied) {
		return err
	}
	if id.Cookie && c.Get(fiber.HeaderOrigin) == "" {
		return crossOrigin() // a browser names its origin
	}
	request, base, denied := upgradeRequest(c), c.UserContext(), err != nil
	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(func(conn net.Conn) { s.socket(base, conn, request, id, denied) })
	return nil
}

func (s *Server) socket(ctx context.Context, conn net.Conn, request *http.Request, id auth.Identity, denied bool) {
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return
	}
	socket, err := upgrader.Upgrade(&taken{conn: conn, header: http.Header{}}, request, nil)
	if err != nil {
		return // gorilla has answered
	}
	if denied {
		live.Refuse(socket, live.CloseNoSession, "log in")
		return
	}
	s.Live.Serve(ctx, socket, live.Peer{
		Key:   id.Key,
		User:  id.Actor.Person(),
		Name:  id.Actor.Name,
		May:   func(kind string) bool { return auth.Can(id.Actor, topics[kind]) },
		Valid: func(ctx context.Context) bool { return s.Auth.Valid(ctx, id) },
	})
}

// upgradeRequest copies what gorilla reads of a request, which fasthttp will reuse.
func upgradeRequest(c *fiber.Ctx) *http.Request {
	header := http.Header{}
	for key, value := range c.Request().Header.All() {
		header.Add(string(key), string(value))
	}
	return &http.Request{
		Method: http.MethodGet, Host: string(c.Request().Host()), Header: header, URL: &url.URL{Path: c.Path()},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// taken is a connection that fasthttp gave up, as net/http would hand it over.
type taken struct {
	conn   net.Conn
	header http.Header
}

// Hijack implements [http.Hijacker].
func (t *taken) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return t.conn, bufio.NewReadWriter(bufio.NewReaderSize(t.conn, 2<<10), bufio.NewWriterSize(t.conn, 4<<10)), nil
}

// Header implements [http.ResponseWriter].
func (t *taken) Header() http.Header { return t.header }

// Write implements [http.ResponseWriter].
func (t *taken) Write(p []byte) (int, error) { return t.conn.Write(p) }

// WriteHeader implements [http.ResponseWriter].
func (t *taken) WriteHeader(status int) {
	_, _ = t.conn.Write([]byte("HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status) + "\r\nConnection: close\r\n\r\n"))
}
