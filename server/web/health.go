package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func (s *Server) healthRoutes() {
	s.page(public, http.MethodGet, "/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	s.page(public, http.MethodGet, "/readyz", func(c *fiber.Ctx) error {
		if err := s.Ready(c.UserContext()); err != nil {
			s.Logger.Warn("not ready", "error", err)
			return problem(http.StatusServiceUnavailable, "not ready: the log says why")
		}
		return c.SendString("ready\n")
	})
	metrics := adaptor.HTTPHandler(promhttp.HandlerFor(s.Metrics.Registry, promhttp.HandlerOpts{}))
	s.page(public, http.MethodGet, "/metrics", func(c *fiber.Ctx) error {
		if local(c) {
			return metrics(c)
		}
		if _, err := s.authorize(c, needs(auth.RunRead)); err != nil {
			return err
		}
		return metrics(c)
	})
}

// local says whether a request comes from this machine itself, and not through a proxy on it.
func local(c *fiber.Ctx) bool {
	return c.Context().RemoteIP().IsLoopback() && c.Get(fiber.HeaderXForwardedFor) == "" && c.Get("Forwarded") == "" && c.Get(fiber.HeaderVia) == ""
}
