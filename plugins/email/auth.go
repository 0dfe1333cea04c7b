package email

import (
	"strings"
)

// maxAuthDetails bounds the results that are kept.
const maxAuthDetails = 100

// authentication collects the results that receiving servers wrote into the
// header. The newest field stands first and is the nearest to the reader, so it
// is the one that counts; a sealed chain (ARC) counts where no other says anything.
func (m *message) authentication() Authentication {
	out := Authentication{Details: []AuthResult{}}
	for _, name := range []string{"Authentication-Results", "Received-SPF", "ARC-Authentication-Results", "X-Original-Authentication-Results"} {
		for _, value := range m.header.all(name) {
			results := readAuth(name, guess(value, m.hints()))
			out.settle(results)
			if len(out.Details) < maxAuthDetails {
				out.Details = append(out.Details, results...)
			}
		}
	}
	return out
}

// settle fills the summary from one field, where no earlier field did.
func (a *Authentication) settle(results []AuthResult) {
	for _, slot := range []struct {
		method string
		value  *string
	}{{"spf", &a.SPF}, {"dkim", &a.DKIM}, {"dmarc", &a.DMARC}} {
		if *slot.value != "" {
			continue
		}
		for _, r := range results {
			// Of several signatures one that holds is enough.
			if r.Method == slot.method && (*slot.value == "" || r.Result == "pass") {
				*slot.value = r.Result
			}
		}
	}
}

func readAuth(header, value string) []AuthResult {
	if header == "Received-SPF" {
		return []AuthResult{readReceivedSPF(value)}
	}
	var out []AuthResult
	server := ""
	for i, clause := range splitClauses(value) {
		text, comments := stripComments(clause)
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		method, result, ok := strings.Cut(words[0], "=")
		if !ok || !isMethod(method) {
			if i <= 1 && !strings.Contains(words[0], "=") {
				server = words[0]
			}
			continue
		}
		if result == "" && len(words) > 1 {
			result, words = words[1], words[1:]
		}
		method, _, _ = strings.Cut(strings.ToLower(method), "/")
		out = append(out, AuthResult{
			Method: method, Result: strings.ToLower(strings.Trim(result, `"`)), Domain: authDomain(words[1:]),
			Detail: clip(oneLine(strings.Join(append(words[1:], comments...), " ")), 1024), Server: server, Header: header,
		})
	}
	return out
}

func isMethod(s string) bool {
	switch name, _, _ := strings.Cut(strings.ToLower(s), "/"); name {
	case "spf", "dkim", "dmarc", "arc", "compauth", "dkim-adsp", "iprev", "auth", "bimi", "domainkeys", "sender-id", "dara":
		return true
	}
	return false
}

// authDomain picks the domain that was checked from "ptype.property=value".
func authDomain(words []string) string {
	found := map[string]string{}
	for _, w := range words {
		if key, value, ok := strings.Cut(w, "="); ok {
			value = strings.Trim(value, `"<>;`)
			value = value[strings.LastIndexByte(value, '@')+1:]
			if key = strings.ToLower(key); found[key] == "" {
				found[key] = strings.ToLower(value)
			}
		}
	}
	for _, key := range []string{"header.d", "header.from", "smtp.mailfrom", "smtp.mail", "header.i", "smtp.helo", "policy.iprev"} {
		if found[key] != "" {
			return found[key]
		}
	}
	return ""
}

// readReceivedSPF reads "fail (why) client-ip=…; envelope-from=…".
func readReceivedSPF(value string) AuthResult {
	text, comments := stripComments(value)
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ';' })
	out := AuthResult{Method: "spf", Header: "Received-SPF", Detail: clip(oneLine(strings.Join(append(words, comments...), " ")), 1024)}
	if len(words) == 0 {
		return out
	}
	out.Result = strings.ToLower(words[0])
	for _, key := range []string{"envelope-from", "domain", "identity", "helo"} {
		for _, w := range words[1:] {
			k, v, ok := strings.Cut(w, "=")
			if ok && out.Domain == "" && strings.EqualFold(k, key) && key != "identity" {
				v = strings.Trim(v, `"<>`)
				out.Domain = strings.ToLower(v[strings.LastIndexByte(v, '@')+1:])
			}
		}
	}
	return out
}

// splitClauses splits at semicolons outside comments and quotes.
func splitClauses(s string) []string {
	var out []string
	start, depth, quoted := 0, 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case c == ';' && depth == 0:
			out, start = append(out, s[start:i]), i+1
		}
	}
	return append(out, s[start:])
}

// stripComments takes (comments) out of a field's text.
func stripComments(s string) (text string, comments []string) {
	var out strings.Builder
	depth, start := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '(':
			if depth == 0 {
				start = i
			}
			depth++
		case c == ')' && depth > 0:
			if depth--; depth == 0 {
				comments = append(comments, s[start:i+1])
				out.WriteByte(' ')
			}
		case depth == 0:
			out.WriteByte(c)
		}
	}
	if depth > 0 {
		comments = append(comments, s[start:])
	}
	return out.String(), comments
}
