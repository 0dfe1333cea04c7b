package flow

import (
	"fmt"
	"net/textproto"
	"strings"
)

// TypeWebhook is the trigger that a request to an address of its own fires.
const TypeWebhook = TriggerPrefix + "webhook"

// How a webhook's requests show whom they are from.
const (
	VerifyNone     = "none"
	VerifyStandard = "standardWebhooks"
	VerifyBasic    = "basic"
	VerifyBearer   = "bearer"
	VerifyHMAC     = "hmac"
)

// Hook is how a trigger.webhook takes requests.
type Hook struct {
	Verify    string
	Signature Signature
}

// Signature is how a sender signs a request with a shared secret.
type Signature struct {
	Header    string // in canonical form
	Algorithm string // sha256, sha512, sha1
	Encoding  string // hex, base64
	Prefix    string
	Timestamp string // the header of the time in Unix seconds; empty is none
	// Signed is what is signed, with {body}, {timestamp} and, of Standard Webhooks, {id}.
	Signed string
}

// HookError says which parameter of a trigger.webhook is wrong, by its path in with.
type HookError struct{ Field, Message string }

// Error implements the error interface.
func (e *HookError) Error() string { return e.Message }

// ParseHook reads the parameters of a trigger.webhook. The error is a [*HookError].
func ParseHook(with map[string]any) (*Hook, error) {
	h := &Hook{Verify: textOr(with, "verify", VerifyNone)}
	switch h.Verify {
	case VerifyNone, VerifyBasic, VerifyBearer:
	case VerifyStandard:
		h.Signature = Signature{Header: "Webhook-Signature", Algorithm: "sha256", Encoding: "base64", Prefix: "v1,", Timestamp: "Webhook-Timestamp", Signed: "{id}.{timestamp}.{body}"}
	case VerifyHMAC:
		given, _ := with["signature"].(map[string]any)
		s, err := parseSignature(given)
		if err != nil {
			return nil, err
		}
		h.Signature = s
	default:
		return nil, &HookError{"/verify", fmt.Sprintf("%q is no way to verify a request: it is none, standardWebhooks, basic, bearer or hmac", h.Verify)}
	}
	if h.Verify != VerifyHMAC && with["signature"] != nil {
		return nil, &HookError{"/signature", "it says how hmac is done, and verify is " + h.Verify}
	}
	return h, nil
}

func parseSignature(given map[string]any) (Signature, error) {
	s := Signature{
		Header: textOr(given, "header", ""), Algorithm: textOr(given, "algorithm", "sha256"), Encoding: textOr(given, "encoding", "hex"),
		Prefix: textOr(given, "prefix", ""), Timestamp: textOr(given, "timestampHeader", ""), Signed: textOr(given, "signed", ""),
	}
	if s.Header == "" { // as GitHub does
		s.Header = "X-Hub-Signature-256"
		if _, named := given["prefix"]; !named {
			s.Prefix = "sha256="
		}
	}
	for _, h := range []struct {
		field string
		name  *string
	}{{"header", &s.Header}, {"timestampHeader", &s.Timestamp}} {
		if !headerName(*h.name) {
			return s, &HookError{"/signature/" + h.field, fmt.Sprintf("%q is no name of a header", *h.name)}
		}
		*h.name = textproto.CanonicalMIMEHeaderKey(*h.name)
	}
	timed := strings.Contains(s.Signed, "{timestamp}")
	switch {
	case s.Signed == "" && s.Timestamp == "":
		s.Signed = "{body}"
	case s.Signed == "":
		s.Signed = "{timestamp}.{body}"
	case strings.Count(s.Signed, "{body}") != 1:
		return s, &HookError{"/signature/signed", "what is signed must hold {body} once: or anything could be sent under one signature"}
	case timed && s.Timestamp == "":
		return s, &HookError{"/signature/timestampHeader", "what is signed holds {timestamp}: name the header that it stands in"}
	case !timed && s.Timestamp != "":
		return s, &HookError{"/signature/signed", "the time isn't in what is signed, so that anybody could write a new one: add {timestamp}"}
	}
	return s, nil
}

func headerName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return false
		}
	}
	return true
}

func textOr(with map[string]any, field, otherwise string) string {
	if text, _ := with[field].(string); text != "" {
		return text
	}
	return otherwise
}
