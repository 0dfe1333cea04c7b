package egress

import (
	"fmt"
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// applyForm is for interfaces that ask for a key in the body of every request, as a field
// of its form.
const applyForm = "form"

// form is the body of a request with the credential as its first field. The guest writes
// the rest; that a part before it can't take the credential into itself is why it is the
// first.
func (a *applied) form(h *hop) ([]byte, error) {
	name, value := a.expand(a.declared.Name), a.value("{value}")
	if name == "" || strings.ContainsAny(name, "\"\r\n\x00") {
		return nil, refuse(abi.ErrnoDenied, "the credential names no form field that can be written")
	}
	kind, parameters, err := mime.ParseMediaType(contentType(h.headers))
	if err != nil {
		kind = ""
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		field := url.QueryEscape(name) + "=" + url.QueryEscape(value)
		if len(h.body) > 0 {
			field += "&"
		}
		return slices.Concat([]byte(field), h.body), nil
	case "multipart/form-data":
		boundary := parameters["boundary"]
		if !strings.HasPrefix(string(h.body), "--"+boundary+"\r\n") || boundary == "" {
			return nil, refuse(abi.ErrnoBadCall, "the body doesn't begin with the boundary that its Content-Type names")
		}
		// What a guest chooses is never compared with the secret: the answer would tell of it.
		// Without a line's end no boundary can stand in it.
		if strings.ContainsAny(value, "\r\n") {
			return nil, refuse(abi.ErrnoDenied, "the credential has a line's end, and goes into no form")
		}
		part := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", boundary, name, value)
		return slices.Concat([]byte(part), h.body), nil
	}
	return nil, refuse(abi.ErrnoBadCall, "the credential goes into a form: send one as application/x-www-form-urlencoded or multipart/form-data")
}

func contentType(headers abi.Headers) string {
	var found []string
	for name, values := range headers {
		if strings.EqualFold(name, "Content-Type") {
			found = append(found, values...)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}
