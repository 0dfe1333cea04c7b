package egress

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// Names of what lets one in, in JSON, forms and addresses.
var (
	// tokenName is as RFC 6749 and OpenID Connect name tokens: whatever they are, they
	// are secret.
	tokenName = regexp.MustCompile(`(?i)^(?:access|refresh|id)_?token$`)
	// sessionName is often of something else, such as a page: it is a secret where it
	// looks like a token.
	sessionName = regexp.MustCompile(`(?i)^(?:token|session_?token|session_?id|x-amz-security-token)$`)

	// What isn't JSON may hold some, or be XML.
	fieldText   = regexp.MustCompile(`("([\w-]+)"\s*:\s*)("(?:[^"\\]|\\.)*")`)
	elementText = regexp.MustCompile(`(<(?:\w+:)?([\w-]+)(?:\s[^<>]*)?>\s*)([^<>\s]+)`)
	pairText    = regexp.MustCompile(`((?:^|[?&#])([\w-]+)=)([^?&#\s"'<>]+)`)
	formText    = regexp.MustCompile(`^[\w.~%+*=&:;,/@!$'()-]*=[\w.~%+*=&:;,/@!$'()-]*\s*$`)

	cookieStart = regexp.MustCompile(`(?:^|,)\s*[^=;,\s]*=`) // several may be joined
)

// hushedHeaders are those whose values let one in. Those that [SecretName] suspects are
// more, such as the token of a page, without which nothing could be replayed.
var hushedHeaders = map[string]bool{
	"authorization": true, "proxy-authorization": true, "x-auth-token": true, "x-subject-token": true,
}

// hidden are the ways in which a guest may write what it was told in a secret's place.
var hidden = strings.NewReplacer(
	"%E2%80%A2", "•", "%e2%80%a2", "•", `\\u2022`, "•",
	base64.StdEncoding.EncodeToString([]byte(redacted)), redacted, hex.EncodeToString([]byte(redacted)), redacted,
)

// tells says whether what bears a name is a secret.
func (h *Hush) tells(name, value string) bool {
	return h.learn && value != "" && (tokenName.MatchString(name) || sessionName.MatchString(name) && looksLikeToken(value))
}

// body is a text of which it isn't known what it is. JSON within JSON is read so many
// levels deep.
func (h *Hush) body(text string, levels int) string {
	switch {
	case isJSON(text):
		return h.json(text, levels)
	case formText.MatchString(text):
		return h.form(h.named(pairText, text, looksLikeToken)) // or an address
	case h.learn:
		text = h.fields(text)
	}
	return h.text(text)
}

func isJSON(text string) bool {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	return trimmed != "" && strings.IndexByte(`{["`, trimmed[0]) >= 0 && json.Valid([]byte(trimmed))
}

// json takes secrets out of the texts in a document, and leaves all else, names and the
// space between included, as it is.
func (h *Hush) json(text string, levels int) string {
	var b strings.Builder
	name := ""
	for {
		at := strings.IndexByte(text, '"')
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := at + literalEnd(text[at:])
		literal := text[at:end]
		b.WriteString(text[:at])
		text = text[end:]
		if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), ":") {
			_ = json.Unmarshal([]byte(literal), &name) // it is known to be JSON
			b.WriteString(literal)
			continue
		}
		b.WriteString(h.literal(name, literal, levels))
		name = ""
	}
}

// literalEnd is where the text between quotes ends with which s begins.
func literalEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

func (h *Hush) literal(name, literal string, levels int) string {
	var value string
	if json.Unmarshal([]byte(literal), &value) != nil {
		return literal
	}
	kept := h.field(name, value, levels)
	if kept == value {
		return literal
	}
	return string(encodePlain(kept))
}

// field is a value that bears a name.
func (h *Hush) field(name, value string, levels int) string {
	switch {
	case h.tells(name, value):
		return h.token(value)
	case levels > 0 && isJSON(value):
		return h.body(value, levels-1)
	case h.learn && strings.Contains(value, "="):
		value = h.named(pairText, value, looksLikeToken)
	}
	return h.text(value)
}

// fields takes what is told to be a token out of a text that is no document.
func (h *Hush) fields(text string) string {
	text = fieldText.ReplaceAllStringFunc(text, func(field string) string {
		m := fieldText.FindStringSubmatch(field)
		var secret string
		if json.Unmarshal([]byte(m[3]), &secret) != nil || !h.tells(m[2], secret) {
			return field
		}
		return m[1] + string(encodePlain(h.token(secret)))
	})
	text = h.named(pairText, text, looksLikeToken)
	return h.named(elementText, text, looksLikeToken)
}

// named takes out what a pattern finds: what stands before, its name, and itself.
func (h *Hush) named(pattern *regexp.Regexp, text string, where func(string) bool) string {
	return pattern.ReplaceAllStringFunc(text, func(found string) string {
		m := pattern.FindStringSubmatch(found)
		secret, err := url.QueryUnescape(m[3])
		if err != nil || strings.Contains(m[3], "+") {
			secret = m[3]
		}
		if !where(secret) || !h.tells(m[2], secret) {
			return found
		}
		return m[1] + h.token(secret)
	})
}

// form is what forms and queries are: names and values.
func (h *Hush) form(text string) string {
	parts := strings.Split(text, "&")
	for i := range parts {
		parts[i] = h.pair(parts[i])
	}
	return strings.Join(parts, "&")
}

func (h *Hush) pair(pair string) string {
	name, value, given := strings.Cut(pair, "=")
	trimmed := strings.TrimSpace(value)
	if !given || strings.Trim(trimmed, "=") == "" { // no pair, perhaps the end of base64
		return h.text(pair)
	}
	plain, err := url.QueryUnescape(trimmed)
	if err != nil {
		plain = trimmed
	}
	if h.tells(name, plain) {
		return name + "=" + h.token(plain)
	}
	if kept := h.text(value); kept != value {
		return name + "=" + kept
	}
	if kept := h.text(plain); kept != plain {
		return name + "=" + hidden.Replace(url.QueryEscape(kept))
	}
	return pair
}

// address takes secrets out of the query and the fragment of an address, and out of its
// path where one is all that stands between two slashes.
func (h *Hush) address(address string) string {
	path, rest := address, ""
	if at := strings.IndexAny(address, "?#"); at >= 0 {
		path, rest = address[:at], address[at:]
	}
	var b strings.Builder
	b.WriteString(h.path(path))
	for rest != "" {
		end := len(rest)
		if next := strings.IndexAny(rest[1:], "?&#"); next >= 0 {
			end = 1 + next
		}
		b.WriteString(rest[:1] + h.pair(rest[1:end]))
		rest = rest[end:]
	}
	return b.String()
}

func (h *Hush) path(path string) string {
	from := 0
	if at := strings.Index(path, "://"); at >= 0 {
		from = at + len("://")
	}
	slash := strings.IndexByte(path[from:], '/')
	if slash < 0 {
		return path
	}
	from += slash
	segments := strings.Split(path[from:], "/")
	for i, segment := range segments {
		for _, f := range h.forms {
			if segment == f.text {
				segments[i] = f.instead
			}
		}
	}
	return path[:from] + strings.Join(segments, "/")
}

func (h *Hush) headers(headers map[string][]string) (differs bool) {
	for name, values := range headers {
		for i := range values {
			differs = set(&values[i], h.header(name, values[i])) || differs
		}
	}
	return differs
}

func (h *Hush) header(name, value string) string {
	name = strings.ToLower(name)
	switch {
	case value == "":
		return value
	case strings.HasSuffix(name, "location"):
		return h.address(value)
	case strings.HasPrefix(name, "content-"), strings.HasPrefix(name, "accept"):
		return value // they say how to read the rest
	case !h.learn:
		return h.text(value)
	case name == "set-cookie", name == "set-cookie2":
		return h.setCookies(value)
	case hushedHeaders[name]:
		if _, secret, scheme := strings.Cut(value, " "); scheme {
			value = secret
		}
		h.token(value)
		return redacted
	case h.tells(name, value):
		return h.token(value)
	}
	return h.text(value)
}

// setCookies keeps the names of cookies and their attributes.
func (h *Hush) setCookies(value string) string {
	starts := cookieStart.FindAllStringIndex(value, -1)
	if len(starts) == 0 || starts[0][0] != 0 { // it has no name
		starts = append([][]int{{0, 0}}, starts...)
	}
	var b strings.Builder
	for i, start := range starts {
		end := len(value)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		secret, attributes, more := strings.Cut(value[start[1]:end], ";")
		b.WriteString(value[start[0]:start[1]])
		if secret != "" {
			b.WriteString(h.cookie(secret))
		}
		if more {
			b.WriteString(";" + attributes)
		}
	}
	return b.String()
}
