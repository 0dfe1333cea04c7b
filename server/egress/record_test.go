package egress_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// TestRecordsHoldNoQueries fails in every way that can speak of an address, with
// what may be a secret in each of its parts.
func TestRecordsHoldNoQueries(t *testing.T) {
	w := newWorld(t)
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hangup":
			panic(http.ErrAbortHandler)
		case "/lead":
			out.Header().Set("Location", "ftp://example.com/?apikey=HUSH")
			out.WriteHeader(302)
		case "/mislead":
			out.Header().Set("Location", "https://example.com:x/%zz?apikey=HUSH")
			out.WriteHeader(302)
		}
	}
	unreachable := w.options.Resolve
	for _, raw := range []string{
		w.url("/hangup?apikey=HUSH"), w.url("/lead?apikey=HUSH"), w.url("/mislead?apikey=HUSH"), w.url("/%zz?apikey=HUSH"), w.url("/ \x7f?apikey=HUSH"),
		"ftp://example.com/?apikey=HUSH", "https://EXAMPLE.com/?apikey=HUSH", "https://example.com:99999/?apikey=HUSH", "https://u:HUSH@example.com/",
		"https://u:HUSH@EXAMPLE.com:x/", "https://example.com/#HUSH", "https://example.org/?apikey=HUSH", w.url("/down?apikey=HUSH"),
	} {
		w.options.Resolve = unreachable
		if strings.Contains(raw, "down") {
			w.options.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no resolver") }
		}
		got, records := w.session(abi.HTTPRequest{URL: raw})
		if got.Error == nil && got.Status != 302 {
			t.Errorf("%s: %+v", raw, got)
		}
		if text := fmt.Sprint(got.Error, records); strings.Contains(text, "HUSH") {
			t.Errorf("%s: %s", raw, text)
		}
	}
}

// TestRecordsAreShort bounds what a guest can make the log say, after secrets were
// taken out: a cut must not halve one.
func TestRecordsAreShort(t *testing.T) {
	w := newWorld(t)
	w.holds("bearer", canary)
	w.grant.Networks = nil
	for _, in := range []abi.HTTPRequest{
		{URL: "https://" + strings.Repeat("é", 8000)},
		{URL: w.url("/" + strings.Repeat("x", 15000))},
		{URL: "ftp://example.com/" + strings.Repeat("é", 4000)},
		{URL: w.url("/"), Method: strings.Repeat("M", 10_000)},
		{URL: w.url("/"), Timeout: strings.Repeat("1", 10_000)},
		{URL: w.url("/"), Headers: abi.Headers{strings.Repeat("a b", 5000): {"x"}}},
	} {
		in.Credential = egress.CredentialHandle
		got, records := w.session(in)
		if r := records[0]; got.Error == nil || len(r.What) > 400 || len(r.Outcome) > 300 || !utf8.ValidString(r.What+r.Outcome) {
			t.Errorf("%d and %d bytes: %.100s, %.100s", len(r.What), len(r.Outcome), r.What, r.Outcome)
		}
	}
	s := egress.New(w.options).Begin(w.caller)
	defer s.Close()
	_, _ = s.Do(t.Context(), abi.HostNetOpen, []byte(`{"host":"`+strings.Repeat("x", 20_000)+`","port":1}`))
	if r := s.Records()[0]; len(r.What) > 300 || len(r.Outcome) > 300 {
		t.Errorf("a stream: %d and %d bytes", len(r.What), len(r.Outcome))
	}
	for pad := range 400 {
		text := "ftp://example.com/" + strings.Repeat("x", pad) + "canary-8c1d/+="
		w.answer = func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Location", text+"%20x")
			out.WriteHeader(302)
		}
		w.grant.Networks = newWorld(t).grant.Networks
		got, records := w.session(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle})
		if text := fmt.Sprint(got.Error, records); strings.Contains(text, "canar") {
			t.Fatalf("%d: %s", pad, text)
		}
	}
}
