package app

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// witness lets who makes a call see what the broker did for it, as the broker
// records it: without queries and without secrets.
type witness struct{ egress.Broker }

type witnessKey struct{}

// seen is what was done during one call. The call's own goroutine writes it.
type seen struct{ records []egress.Record }

// withSeen gives a context in which a call's requests are kept.
func withSeen(ctx context.Context) (context.Context, *seen) {
	s := &seen{}
	return context.WithValue(ctx, witnessKey{}, s), s
}

// Begin implements [egress.Broker].
func (w witness) Begin(c egress.Caller) egress.Session { return &witnessed{Session: w.Broker.Begin(c)} }

type witnessed struct {
	egress.Session
	to *seen
}

// Do implements [egress.Session].
func (w *witnessed) Do(ctx context.Context, function string, request []byte) ([]byte, error) {
	w.to, _ = ctx.Value(witnessKey{}).(*seen)
	return w.Session.Do(ctx, function, request)
}

// Records implements [egress.Session].
func (w *witnessed) Records() []egress.Record {
	list := w.Session.Records()
	if w.to != nil {
		w.to.records = append(w.to.records, list...)
	}
	return list
}

// hostCalls tells of requests and streams in the parts that a person looks for.
func (s *seen) hostCalls() []web.HostCall {
	out := make([]web.HostCall, len(s.records))
	for i, r := range s.records {
		out[i] = web.HostCall{Function: r.Function, Address: r.What, Host: r.What, Outcome: r.Outcome, Refused: strings.HasPrefix(r.Outcome, "refused, "), TookMs: r.Duration.Milliseconds()}
		method, address, isRequest := strings.Cut(r.What, " ")
		if !isRequest {
			continue
		}
		out[i].Method, out[i].Address, out[i].Host = method, address, ""
		if u, err := url.Parse(address); err == nil {
			out[i].Host = u.Host
		}
		code, _, _ := strings.Cut(r.Outcome, ",")
		if status, err := strconv.Atoi(code); err == nil && http.StatusText(status) != "" {
			out[i].Status = status
		}
	}
	return out
}
