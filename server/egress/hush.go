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
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Hush takes out of what is kept of calls what lets whoever reads it in: tokens and
// cookies that answers gave. What it took out it takes out of the requests that
// follow as well, just as the guest would make them where it is told what stands for
// the secret, so that the kept call can be replayed.
//
// Who answers chooses what is taken for a secret, and may mean harm by it: so only what
// looks like a token is looked for, and only within values. Methods, hosts, names and
// whatever else gives a text its structure stay as they are. The zero value knows no
// secret. Several may use one.
type Hush struct {
	mu      sync.Mutex
	tokens  []string // the newest last
	cookies []string // apart, because a balancer of load gives one with each answer

	// While something is kept:
	forms []form // of what is known, the longest first
	learn bool   // what is read is an answer
	fresh bool   // it told a secret that the forms lack
}

// Bounds of a Hush: past them the oldest secrets are forgotten.
const (
	maxTokens  = 48
	maxCookies = 16
	// minSecret is the shortest secret that is looked for elsewhere: shorter texts
	// stand there by chance.
	minSecret = 16
	maxSecret = 4096
)

// tokenShape is what looks like a token. Neither spaces nor colons, commas or brackets
// are part of one, so that no address and no structure of JSON is taken for it.
var tokenShape = regexp.MustCompile(`^[A-Za-z0-9._~+/=&<>"-]+$`)

func looksLikeToken(s string) bool {
	return len(s) >= minSecret && len(s) <= maxSecret && tokenShape.MatchString(s)
}

var signedJSON = regexp.MustCompile(`^(eyJ[\w-]*\.[\w-]+\.)[\w-]+$`)

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
	keep := func(raw json.RawMessage) json.RawMessage {
		switch function {
		case abi.HostHTTP:
			return h.http(raw)
		case abi.HostKVGet:
			return h.kept(request, raw)
		case abi.HostSign:
			return h.hushed(raw)
		case abi.HostNetRead:
			var out abi.NetResponse
			return changed(raw, &out, func() bool { return set(&out.Data, h.coded(out.Data)) })
		}
		return raw
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.begin(true)()
	raw = keep(raw)
	if h.again() {
		raw = keep(raw)
	}
	return raw
}

// Request is a request of a function as it is kept, which [RedactRequest] gave.
func (h *Hush) Request(function string, shown json.RawMessage) json.RawMessage {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.begin(false)()
	if len(h.forms) == 0 {
		return shown
	}
	switch function {
	case abi.HostHTTP:
		var in abi.HTTPRequest
		return changed(shown, &in, func() bool {
			c := set(&in.URL, h.address(in.URL))
			return anyOf(c, h.headers(in.Headers), set(&in.Body, h.body(in.Body, 1)), set(&in.BodyBase64, h.coded(in.BodyBase64)))
		})
	case abi.HostSign:
		var in abi.SignRequest
		return changed(shown, &in, func() bool {
			c := set(&in.URL, h.address(in.URL))
			if claims := h.body(string(in.Claims), 1); claims != string(in.Claims) {
				c, in.Claims = true, json.RawMessage(claims)
			}
			return anyOf(c, set(&in.Body, h.body(in.Body, 1)), set(&in.BodyBase64, h.coded(in.BodyBase64)), set(&in.Certificate, h.text(in.Certificate)))
		})
	case abi.HostNetWrite:
		var in abi.NetRequest
		return changed(shown, &in, func() bool { return set(&in.Data, h.coded(in.Data)) })
	}
	return shown
}

// Text takes the secrets that are known out of a text for people, which may name
// addresses.
func (h *Hush) Text(s string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.begin(false)()
	if len(h.forms) == 0 {
		return s
	}
	words := strings.Split(s, " ")
	for i, word := range words {
		if strings.Contains(word, "://") {
			words[i] = h.address(word)
		} else {
			words[i] = h.text(word)
		}
	}
	return strings.Join(words, " ")
}

// Value takes secrets out of what was made of answers.
func (h *Hush) Value(v any) any {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.begin(true)()
	v = h.value("", v, false)
	if h.again() {
		v = h.value("", v, false)
	}
	return v
}

func (h *Hush) value(name string, v any, header bool) any {
	switch v := v.(type) {
	case string:
		if header {
			return h.header(name, v)
		}
		return h.field(name, v, 1)
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

func (h *Hush) http(raw json.RawMessage) json.RawMessage {
	if len(h.forms) == 0 && !suspect(raw) {
		return raw
	}
	var out abi.HTTPResponse
	return changed(raw, &out, func() bool {
		c := set(&out.URL, h.address(out.URL))
		return anyOf(c, h.headers(out.Headers), set(&out.Body, h.body(out.Body, 1)))
	})
}

// suspect says whether an answer may tell a secret: most don't, and aren't read.
func suspect(raw []byte) bool {
	for _, sign := range []string{"oken", "OKEN", "ession", "ESSION", "set-cookie", "uthorization"} {
		if bytes.Contains(raw, []byte(sign)) {
			return true
		}
	}
	return false
}

// kept is what a connector kept for itself.
func (h *Hush) kept(request, raw json.RawMessage) json.RawMessage {
	var in abi.KVRequest
	var out abi.KVResponse
	return changed(raw, &out, func() bool {
		if json.Unmarshal(request, &in) != nil || out.Value == nil {
			return false
		}
		value := h.body(*out.Value, 1)
		if SecretName(in.Key) && value == *out.Value && value != "" {
			value = h.token(value)
		}
		return set(out.Value, value)
	})
}

// begin readies what is known; what it gives lets it go.
func (h *Hush) begin(learn bool) func() {
	h.learn, h.fresh, h.forms = learn, false, formsOf(slices.Concat(h.tokens, h.cookies))
	return func() { h.forms = nil }
}

// again says whether to read once more what told a secret, which may name it in front of
// where that was seen.
func (h *Hush) again() bool {
	if !h.fresh {
		return false
	}
	h.begin(false)
	return true
}

func (h *Hush) token(secret string) string { return h.note(&h.tokens, maxTokens, secret) }

func (h *Hush) cookie(secret string) string {
	return h.note(&h.cookies, maxCookies, strings.Trim(secret, `"`))
}

// note remembers a secret and gives what stands for it.
func (h *Hush) note(known *[]string, most int, secret string) string {
	if !looksLikeToken(secret) {
		return standIn(secret)
	}
	list := *known
	if i := slices.Index(list, secret); i >= 0 {
		list = slices.Delete(list, i, i+1)
	} else {
		h.fresh = true
	}
	if len(list) == most {
		list = slices.Delete(list, 0, 1)
	}
	*known = append(list, strings.Clone(secret)) // without the answer around it
	return standIn(secret)
}

// formsOf are the ways in which secrets may be written, the longest first, because one
// may begin with another.
func formsOf(secrets []string) []form {
	var list []form
	for _, secret := range secrets {
		instead := standIn(secret)
		list = append(list, form{secret, instead}, form{url.QueryEscape(secret), instead}, form{url.PathEscape(secret), instead})
		for _, text := range append(codings(secret)[1:], cores(secret)...) {
			list = append(list, form{text, redacted})
		}
	}
	slices.SortStableFunc(list, func(a, b form) int { return len(b.text) - len(a.text) })
	return slices.CompactFunc(list, func(a, b form) bool { return a.text == b.text })
}

// text looks for each form by itself, which takes no longer for texts that are nearly
// one.
func (h *Hush) text(s string) string {
	if len(s) < minSecret {
		return s
	}
	for _, f := range h.forms {
		s = strings.ReplaceAll(s, f.text, f.instead)
	}
	return s
}

// coded is a text in base64. Other bytes stay as they are unless a secret is in them.
func (h *Hush) coded(text string) string {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) < minSecret {
		return text
	}
	plain := string(raw)
	kept := h.text(plain)
	if utf8.ValidString(plain) {
		kept = h.body(plain, 1)
	}
	if kept == plain {
		return text
	}
	return base64.StdEncoding.EncodeToString([]byte(kept))
}

// changed reads a message, has it changed, and leaves it byte for byte where nothing was.
func changed(raw json.RawMessage, into any, change func() bool) json.RawMessage {
	if json.Unmarshal(raw, into) != nil || !change() {
		return raw
	}
	return encodePlain(into)
}

func set(to *string, value string) bool {
	differs := *to != value
	*to = value
	return differs
}

func anyOf(list ...bool) bool { return slices.Contains(list, true) }

// encodePlain writes JSON in which <, > and & stand as they are.
func encodePlain(v any) json.RawMessage {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // what is kept always has a JSON form
	return json.RawMessage(strings.TrimSuffix(b.String(), "\n"))
}

// hushed is the answer to sign as it is kept. Until it runs out a token lets in whoever
// shows it, so its signature is taken out, here and where it is sent.
func (h *Hush) hushed(raw json.RawMessage) json.RawMessage {
	var out abi.SignResponse
	return changed(raw, &out, func() bool {
		m := signedJSON.FindStringSubmatch(out.Signature)
		if m == nil {
			return false
		}
		token, shown := out.Signature, m[1]+redacted
		h.token(strings.TrimPrefix(token, m[1])) // which is short, whatever the token says
		out.Signature = shown
		for name, value := range out.Headers {
			out.Headers[name] = strings.ReplaceAll(value, token, shown)
		}
		return true
	})
}
