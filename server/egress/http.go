package egress

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Bounds of one request.
const (
	maxRedirects    = 3
	maxResponse     = 8 << 20 // bytes after decompression
	maxHeaderBytes  = 64 << 10
	maxHeaderFields = 100
	maxURL          = 16 << 10
	maxShown        = 300  // bytes of an address or an outcome in records
	maxMethod       = 20   // and of a method
	maxMessage      = 1000 // bytes of an error
)

// forbiddenHeaders are those of the connection, which the broker makes itself.
var forbiddenHeaders = map[string]bool{
	"host": true, "connection": true, "content-length": true, "transfer-encoding": true, "te": true, "trailer": true, "upgrade": true,
	"keep-alive": true, "proxy-authorization": true, "proxy-connection": true, "expect": true,
}

// hidingHeaders ask for answers in which the redactor couldn't find an echo: packed
// by the guest's own wish, or in parts.
var hidingHeaders = map[string]bool{"accept-encoding": true, "range": true, "if-range": true}

// client makes the HTTP transport of one connector's networks. Connections aren't
// shared between connectors: an idle one would carry another's grant.
func (o *Options) client(networks []catalog.Network) *http.Transport {
	g := &guard{networks: networks, resolve: o.Resolve, reroutes: o.Reroutes}
	return &http.Transport{
		Proxy: nil, // of the environment is none of a flow's
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return g.dial(ctx, network, address)
		},
		TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
		ForceAttemptHTTP2: true, TLSHandshakeTimeout: dialWithin, MaxIdleConnsPerHost: 4, MaxIdleConns: 32, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// http answers one request of a guest. What is refused or fails is in the answer,
// with its reason; the error is for requests that can't be read.
func (s *session) http(ctx context.Context, raw []byte) ([]byte, error) {
	var in abi.HTTPRequest
	if err := decodeRequest(raw, &in); err != nil {
		return nil, err
	}
	began := time.Now()
	out, err := s.request(ctx, &in)
	record := Record{Function: abi.HostHTTP, What: cut(method(in.Method), maxMethod) + " " + s.shownURL(in.URL), Duration: time.Since(began)}
	if err != nil {
		out = &abi.HTTPResponse{Error: s.explain(ctx, err)}
		record.Outcome = cut(unsent(err, s.sent)+out.Error.Code+": "+out.Error.Message, maxShown)
		record.Reached = s.sent || reached(err)
	} else {
		record.Reached = true
		record.Outcome = strconv.Itoa(out.Status) + ", " + strconv.Itoa(len(out.Body)+len(out.BodyBase64)/4*3) + " bytes"
	}
	s.records = append(s.records, record)
	return json.Marshal(out)
}

// reached says whether an error came after something may have gone out.
func reached(err error) bool {
	var refused *Refusal
	var name *net.DNSError
	var dial *net.OpError
	return !errors.As(err, &refused) && !errors.As(err, &name) && (!errors.As(err, &dial) || dial.Op != "dial")
}

// unsent begins the outcome of what was refused before anything went out.
func unsent(err error, sent bool) string {
	var refused *Refusal
	if !sent && errors.As(err, &refused) {
		return "refused, "
	}
	return ""
}

// method is what the guest asks for in upper case, known or not.
func method(given string) string {
	upper := func(c rune) rune {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A' // and no other letter: ſ would become S
		}
		return c
	}
	return strings.Map(upper, cmp.Or(given, http.MethodGet))
}

func (s *session) request(ctx context.Context, in *abi.HTTPRequest) (*abi.HTTPResponse, error) {
	s.sent = false
	if !slices.Contains(catalog.Methods, method(in.Method)) {
		return nil, refuse(abi.ErrnoBadCall, "the method %q is none of %s", in.Method, strings.Join(catalog.Methods, ", "))
	}
	ctx, cancel, err := within(ctx, in.Timeout)
	if err != nil {
		return nil, err
	}
	defer cancel()
	credential, err := s.openCredential(ctx, in.Credential)
	if err != nil {
		return nil, err
	}
	body, err := s.requestBody(ctx, in.Body, in.BodyBase64, in.BodyBlob)
	if err != nil {
		return nil, err
	}
	target, err := readURL(in.URL)
	if err != nil {
		return nil, err
	}
	hop := &hop{method: method(in.Method), target: target, headers: in.Headers, body: body, credential: credential}
	for redirects := 0; ; redirects++ {
		response, err := s.send(ctx, hop)
		if err != nil {
			return nil, err
		}
		s.sent = true
		next := hop.redirect(response)
		if next == nil || in.Redirect == "manual" {
			return s.answer(response, hop)
		}
		_ = response.Body.Close() // nobody reads it
		if redirects == maxRedirects {
			return nil, refuse(abi.ErrnoDenied, "%s redirects more than %d times", hop.target.Host, maxRedirects)
		}
		if hop, err = hop.follow(next, response.StatusCode); err != nil {
			return nil, err
		}
	}
}

func within(ctx context.Context, timeout string) (context.Context, context.CancelFunc, error) {
	if timeout == "" {
		return ctx, func() {}, nil
	}
	d, err := time.ParseDuration(timeout)
	if err != nil || d <= 0 {
		return nil, nil, refuse(abi.ErrnoBadCall, "the timeout %q is no duration such as 10s", timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	return ctx, cancel, nil
}

// requestBody is the body of a request, which is given as text, as base64, or as the
// id of a blob.
func (s *session) requestBody(ctx context.Context, text, inBase64, blob string) ([]byte, error) {
	given := 0
	for _, part := range []string{text, inBase64, blob} {
		if part != "" {
			given++
		}
	}
	switch {
	case given > 1:
		return nil, refuse(abi.ErrnoBadCall, "the request has more than one body: give body, bodyBase64 or bodyBlob")
	case inBase64 != "":
		body, err := base64.StdEncoding.DecodeString(inBase64)
		if err != nil {
			return nil, refuse(abi.ErrnoBadCall, "bodyBase64 is not base64: %v", err)
		}
		return body, nil
	case blob != "":
		return s.loadBlob(ctx, blob)
	}
	return []byte(text), nil
}

// readURL reads an absolute URL in the one way that it can be meant.
func readURL(raw string) (*url.URL, error) {
	bad := func(why string) (*url.URL, error) {
		return nil, refuse(abi.ErrnoBadCall, "the address %q %s", withoutSecrets(raw), why)
	}
	if len(raw) > maxURL {
		return bad("is too long")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, refuse(abi.ErrnoBadCall, "the address can't be read: %s", reason(err))
	case u.Scheme != "https" && u.Scheme != "http":
		return bad("must begin with https:// (or http://, where that is granted)")
	case u.Opaque != "":
		return bad("has no host")
	case u.User != nil:
		return bad("holds a name or password: use a credential")
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return bad("has a fragment, which is no part of a request")
	case !catalog.ExactHost(u.Hostname()):
		return bad("doesn't name its host exactly: in lower case, in ASCII, without a dot at its end, an address in its usual form")
	}
	if p := u.Port(); p != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != p {
			return bad("has no right port")
		}
	}
	return u, nil
}

// hop is one request of a chain of redirects.
type hop struct {
	method     string
	target     *url.URL
	headers    abi.Headers
	body       []byte
	credential *applied // nil where there is none, and after a change of origin
}

// permit holds one hop against what is granted, and its credential against what
// that may be used for.
func (s *session) permit(h *hop) error {
	if err := s.authorise(h); err != nil || h.credential == nil {
		return err
	}
	c := &h.credential.credential
	if !h.credential.covers(h.target) {
		return refuse(abi.ErrnoDenied, "the credential %s may not be sent to %s: an admin names its hosts (%s)", c.Name, h.target.Host, strings.Join(c.Hosts, ", "))
	}
	if h.target.Scheme != "https" && !s.sendsHTTP(h) {
		return refuse(abi.ErrnoDenied, "the credential %s may not be sent to http://%s, which is unencrypted: %s", c.Name, h.target.Host, s.broker.options.exactly(h.target))
	}
	return nil
}

func (s *session) setHeaders(r *http.Request, headers abi.Headers) error {
	if len(headers) > maxHeaderFields {
		return refuse(abi.ErrnoBadCall, "the request has more than %d header fields", maxHeaderFields)
	}
	r.Header.Set("User-Agent", "Drawbridge")
	for name, values := range headers {
		if forbiddenHeaders[strings.ToLower(name)] {
			return refuse(abi.ErrnoBadCall, "the header %q is made by the server", name)
		}
		if s.opened != nil && hidingHeaders[strings.ToLower(name)] {
			return refuse(abi.ErrnoBadCall, "the header %q can't be sent with a credential: its echo couldn't be taken out of the answer", name)
		}
		if !validHeaderName(name) {
			return refuse(abi.ErrnoBadCall, "%q is no header", name)
		}
		r.Header.Del(name)
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n\x00") {
				return refuse(abi.ErrnoBadCall, "the header %q holds a line break", name)
			}
			r.Header.Add(name, v)
		}
	}
	return nil
}

func validHeaderName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	return name != "" && len(name) <= 200
}

// redirect gives where a response leads, or nil.
func (h *hop) redirect(r *http.Response) *url.URL {
	switch r.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	location := r.Header.Get("Location")
	if location == "" {
		return nil
	}
	next, err := h.target.Parse(location)
	if err != nil {
		return nil // the guest sees the response
	}
	next.Fragment = ""
	return next
}

// follow makes the next hop. The credential and what the guest set as its own
// authorisation stay behind where the origin changes.
func (h *hop) follow(next *url.URL, status int) (*hop, error) {
	target, err := readURL(next.String())
	if err != nil {
		return nil, err
	}
	out := &hop{method: h.method, target: target, headers: h.headers, body: h.body, credential: h.credential}
	if status == http.StatusSeeOther || (status == http.StatusMovedPermanently || status == http.StatusFound) && h.method == http.MethodPost {
		out.method, out.body = http.MethodGet, nil
	}
	if target.Scheme != h.target.Scheme || target.Host != h.target.Host {
		out.credential, out.headers = nil, abi.Headers{}
		for name, values := range h.headers {
			if !slices.Contains([]string{"authorization", "cookie"}, strings.ToLower(name)) {
				out.headers[name] = values
			}
		}
	}
	return out, nil
}

// answer reads a response whole.
func (s *session) answer(r *http.Response, h *hop) (*abi.HTTPResponse, error) {
	defer r.Body.Close() //nolint:errcheck // only read from
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxResponse {
		return nil, refuse(abi.ErrnoTooLarge, "%s answered more than %d MiB", h.target.Host, maxResponse>>20)
	}
	clean := func(text string) string { return text }
	if s.opened != nil {
		if err := readable(r, len(body)); err != nil {
			return nil, err
		}
		clean = s.opened.redact.text
	}
	out := &abi.HTTPResponse{Status: r.StatusCode, Headers: abi.Headers{}, URL: clean(h.target.String())}
	for name, values := range r.Header {
		lower := strings.ToLower(name)
		if s.opened != nil && s.opened.redact.inName(lower) {
			lower = redacted
		}
		for _, v := range values {
			out.Headers[lower] = append(out.Headers[lower], clean(strings.ToValidUTF8(v, "�")))
		}
	}
	text := clean(string(body))
	if utf8.ValidString(text) {
		out.Body = text
	} else {
		out.BodyBase64 = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return out, nil
}

// readable refuses answers in which an echo couldn't be found. What the transport
// has unpacked no longer says how it was packed.
func readable(r *http.Response, size int) error {
	if r.StatusCode == http.StatusPartialContent {
		return refuse(abi.ErrnoDenied, "%s answered with a part (206), which isn't taken where a credential was sent: its echo couldn't be taken out", r.Request.URL.Host)
	}
	coding := strings.Join(r.Header.Values("Content-Encoding"), ", ")
	if size > 0 && coding != "" && !strings.EqualFold(coding, "identity") {
		return refuse(abi.ErrnoDenied, "%s answered in the encoding %q, which isn't taken where a credential was sent: its echo couldn't be taken out", r.Request.URL.Host, coding)
	}
	return nil
}
