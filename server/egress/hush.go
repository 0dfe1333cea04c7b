package egress

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Hush takes out of what is kept of calls what lets whoever reads it in: tokens and
// cookies that answers gave. What it took out it takes out of the requests that
// follow as well, just as the guest would make them where it is told what stands for
// the secret, so that the kept call can be replayed. The zero value knows no secret. Several
// may use one.
type Hush struct {
	mu       sync.Mutex
	known    map[string]bool
	forms    []form
	replacer *strings.Replacer // of the forms; nil is not made yet
}

// Bounds of a Hush.
const (
	// minEcho is the shortest secret that is looked for in requests: shorter texts
	// stand there by chance.
	minEcho = 12
	// maxHushed is how many secrets are remembered.
	maxHushed = 200
)

// hushedHeaders are those whose values let one in. Those that [SecretName] suspects are
// more, such as the token of a page, without which nothing could be replayed.
var hushedHeaders = map[string]bool{
	"set-cookie": true, "set-cookie2": true, "authorization": true, "proxy-authorization": true, "x-auth-token": true, "x-subject-token": true,
}

// Tokens as RFC 6749 and OpenID Connect name them, in JSON and in forms.
var (
	tokenName  = regexp.MustCompile(`(?i)^(?:access|refresh|id)_?token$`)
	tokenJSON  = regexp.MustCompile(`(?i)("(?:access|refresh|id)_?token"\s*:\s*)("(?:[^"\\]|\\.)*")`)
	tokenForm  = regexp.MustCompile(`(?i)((?:^|&)(?:access|refresh|id)_?token=)([^&\s]+)`)
	formText   = regexp.MustCompile(`^[\w.~%+*=&-]+\s*$`)
	cookies    = regexp.MustCompile(`((?:^|,)\s*[^=;,\s]+=)([^;,]+)`) // several may be joined
	signedJSON = regexp.MustCompile(`^(eyJ[\w-]*\.[\w-]+\.)[\w-]+$`)
)

// standIn is what a guest is told in place of a secret. A signed token keeps its claims,
// which a guest may read; without the signature nobody takes it.
func standIn(secret string) string {
	if m := signedJSON.FindStringSubmatch(secret); m != nil {
		return m[1] + redacted
	}
	return redacted
}

// Answer is the answer to a request as it is kept.
func (h *Hush) Answer(function string, request, raw json.RawMessage) json.RawMessage {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch function {
	case abi.HostHTTP:
		raw = h.http(raw)
	case abi.HostKVGet:
		var in abi.KVRequest
		var out abi.KVResponse
		if json.Unmarshal(request, &in) != nil || json.Unmarshal(raw, &out) != nil || out.Value == nil {
			return raw
		}
		value := h.body(*out.Value)
		if SecretName(in.Key) && value == *out.Value {
			value = h.note(value)
		}
		if value != *out.Value {
			out.Value = &value
			raw = encodePlain(out)
		}
	}
	return json.RawMessage(h.text(string(raw)))
}

// Request is a request of a function as it is kept, which [RedactRequest] gave.
func (h *Hush) Request(function string, shown json.RawMessage) json.RawMessage {
	h.mu.Lock()
	defer h.mu.Unlock()
	var in abi.HTTPRequest
	if function == abi.HostHTTP && len(h.forms) > 0 && json.Unmarshal(shown, &in) == nil && in.BodyBase64 != "" {
		if body, err := base64.StdEncoding.DecodeString(in.BodyBase64); err == nil {
			in.BodyBase64 = in64(base64.StdEncoding)(h.text(string(body)))
			shown = encodePlain(in)
		}
	}
	return json.RawMessage(h.text(string(shown)))
}

func (h *Hush) http(raw json.RawMessage) json.RawMessage {
	var out abi.HTTPResponse
	if !suspect(raw) || json.Unmarshal(raw, &out) != nil {
		return raw
	}
	body := h.body(out.Body)
	changed := body != out.Body
	out.Body = body
	for name, values := range out.Headers {
		for i := range values {
			if kept := h.header(name, values[i]); kept != values[i] {
				values[i], changed = kept, true
			}
		}
	}
	if !changed {
		return raw
	}
	return encodePlain(out)
}

// hidden are the ways in which a guest may write what it was told in a secret's place.
var hidden = strings.NewReplacer("%E2%80%A2", "•", "%e2%80%a2", "•", `\\u2022`, "•", in64(base64.StdEncoding)(redacted), redacted)

// suspect says whether an answer may hold a secret: most don't, and aren't read.
func suspect(raw []byte) bool {
	for _, sign := range []string{"oken", "OKEN", `"set-cookie`, `uthorization"`} {
		if bytes.Contains(raw, []byte(sign)) {
			return true
		}
	}
	return false
}

func (h *Hush) header(name, value string) string {
	name = strings.ToLower(name)
	switch {
	case !hushedHeaders[name] || value == "":
		return value
	case strings.HasPrefix(name, "set-cookie"):
		return cookies.ReplaceAllStringFunc(value, func(cookie string) string {
			m := cookies.FindStringSubmatch(cookie)
			return m[1] + h.note(m[2])
		})
	}
	_, secret, scheme := strings.Cut(value, " ")
	if !scheme {
		secret = value
	}
	h.note(secret)
	return redacted
}

// body takes tokens out of a text, and leaves all else as it is.
func (h *Hush) body(text string) string {
	if !strings.Contains(text, "oken") && !strings.Contains(text, "OKEN") { // most texts
		return text
	}
	text = tokenJSON.ReplaceAllStringFunc(text, func(field string) string {
		m := tokenJSON.FindStringSubmatch(field)
		var secret string
		if json.Unmarshal([]byte(m[2]), &secret) != nil || secret == "" {
			return field
		}
		return m[1] + `"` + h.note(secret) + `"`
	})
	if !tokenForm.MatchString(text) || !formText.MatchString(text) {
		return text
	}
	return tokenForm.ReplaceAllStringFunc(text, func(field string) string {
		m := tokenForm.FindStringSubmatch(field)
		secret, err := url.QueryUnescape(m[2])
		if err != nil {
			return m[1] + redacted
		}
		return m[1] + h.note(secret)
	})
}

// note remembers a secret and gives what stands for it.
func (h *Hush) note(secret string) string {
	instead := standIn(secret)
	if secret == instead || len(secret) < minEcho || h.known[secret] || len(h.known) >= maxHushed {
		return instead
	}
	if h.known == nil {
		h.known = map[string]bool{}
	}
	h.known[secret], h.replacer = true, nil
	for _, code := range []func(string) string{
		inJSON, func(s string) string { return s }, url.QueryEscape, url.PathEscape, in64(base64.StdEncoding), in64(base64.RawURLEncoding),
	} {
		h.forms = append(h.forms, form{code(secret), instead})
	}
	return instead
}

// Text takes the secrets that are known out of a text.
func (h *Hush) Text(s string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text(s)
}

func (h *Hush) text(s string) string {
	if len(h.forms) == 0 {
		return s
	}
	if h.replacer == nil {
		// The longest first, because one may begin with another.
		slices.SortStableFunc(h.forms, func(a, b form) int { return len(b.text) - len(a.text) })
		pairs := make([]string, 0, 2*len(h.forms))
		for _, f := range h.forms {
			pairs = append(pairs, f.text, f.instead)
		}
		h.replacer = strings.NewReplacer(pairs...)
	}
	return h.replacer.Replace(s)
}

// Value takes secrets out of what was made of answers.
func (h *Hush) Value(v any) any {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.value("", v, false)
}

func (h *Hush) value(name string, v any, header bool) any {
	switch v := v.(type) {
	case string:
		switch {
		case header:
			v = h.header(name, v)
		case tokenName.MatchString(name) && v != "":
			v = h.note(v)
		default:
			v = h.body(v)
		}
		return h.text(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = h.value(name, v[i], header)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key := range v {
			out[key] = h.value(key, v[key], strings.EqualFold(name, "headers"))
		}
		return out
	}
	return v
}

func in64(e *base64.Encoding) func(string) string {
	return func(s string) string { return e.EncodeToString([]byte(s)) }
}

// inJSON is a text as it stands between the quotes of JSON.
func inJSON(s string) string {
	raw := encodePlain(s)
	return string(raw[1 : len(raw)-1])
}

// encodePlain writes JSON in which <, > and & stand as they are.
func encodePlain(v any) json.RawMessage {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // answers always have a JSON form
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}
