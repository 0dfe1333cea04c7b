package egress

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// shownURL is a URL without what may be secret in it.
func (s *session) shownURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "an address that can't be read"
	}
	u.User, u.Fragment = nil, ""
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	text := u.Redacted()
	if s.opened != nil {
		text = s.opened.redact.text(text)
	}
	return cut(text, maxShown)
}

// cut shortens a text to some bytes. It comes after the redactor, which wouldn't
// find half a secret.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len("…")], "") + "…"
}

// explain makes the guest's error of whatever went wrong.
func (s *session) explain(ctx context.Context, err error) *abi.Error {
	var refusal *Refusal
	var fault *abi.Error
	var dns *net.DNSError
	out := &abi.Error{Code: abi.CodeUnavailable, Message: reason(err), Retryable: true}
	switch {
	case errors.As(err, &refusal):
		out = &abi.Error{Code: codeOf(refusal.Errno), Message: refusal.Reason}
	case errors.As(err, &fault):
		out = &abi.Error{Code: fault.Code, Message: fault.Message, Retryable: fault.Retryable}
	case errors.Is(ctx.Err(), context.Canceled):
		out = &abi.Error{Code: abi.CodeTimeout, Message: "the call was stopped before the other side answered", Retryable: true}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		out = &abi.Error{Code: abi.CodeTimeout, Message: "the other side did not answer in time", Retryable: true}
	case errors.As(err, &dns):
		out.Message = "the name " + dns.Name + " can't be found: " + dns.Err
		out.Retryable = !dns.IsNotFound
	}
	if s.opened != nil {
		out.Message = s.opened.redact.text(out.Message)
	}
	out.Message = cut(out.Message, maxMessage)
	return out
}

// reason is an error without the address that it is about, whose query may be secret.
func reason(err error) string {
	var about *url.Error
	if errors.As(err, &about) {
		return about.Err.Error()
	}
	return err.Error()
}

func codeOf(e abi.Errno) string {
	switch e {
	case abi.ErrnoTooLarge:
		return abi.CodeTooLarge
	case abi.ErrnoBadCall:
		return abi.CodeBadInput
	case abi.ErrnoDenied, abi.ErrnoNotFound, abi.ErrnoLimit, abi.ErrnoIO:
	}
	return abi.CodeDenied
}

// withoutSecrets leaves out of an address, which may not be one, where secrets are
// put: names and passwords, the query and the fragment.
func withoutSecrets(raw string) string {
	raw, _, _ = strings.Cut(raw, "?")
	raw, _, _ = strings.Cut(raw, "#")
	scheme, rest, found := strings.Cut(raw, "://")
	if !found {
		return raw
	}
	host, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + "/" + path
}
