package sdk

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Problem is one fault of the input, at its place.
type Problem struct {
	// Pointer is a JSON Pointer into the input, such as /links/3/url.
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}

// BadInput says that a field of the input is wrong and that retrying is no use.
// The pointer is a JSON Pointer into the input, "" for the whole.
func BadInput(at, format string, args ...any) error {
	return badInput([]Problem{{Pointer: at, Message: fmt.Sprintf(format, args...)}})
}

// badInput carries the problems in details, as {"problems": [{"pointer", "message"}]}.
func badInput(problems []Problem) error {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = strings.TrimSpace(p.Pointer + " " + p.Message)
	}
	return &abi.Error{
		Code: abi.CodeBadInput, Message: strings.Join(lines, "; "),
		Details: mustJSON(map[string][]Problem{"problems": problems}),
	}
}

// Unavailable says that the other side did not answer or failed; the engine may
// try again by the node's retry rule.
func Unavailable(format string, args ...any) error {
	return &abi.Error{Code: abi.CodeUnavailable, Message: fmt.Sprintf(format, args...), Retryable: true}
}

// Retry asks the engine to wait at least the given time before it tries again,
// as after an answer of 429 with Retry-After.
func Retry(after time.Duration, format string, args ...any) error {
	return &abi.Error{
		Code: abi.CodeRateLimited, Message: fmt.Sprintf(format, args...),
		Retryable: true, RetryAfter: after.String(),
	}
}

// Denied says that a credential or a capability is missing or refused.
func Denied(format string, args ...any) error {
	return &abi.Error{Code: abi.CodeDenied, Message: fmt.Sprintf(format, args...)}
}

// TooLarge says that a value is larger than the action can take.
func TooLarge(format string, args ...any) error {
	return &abi.Error{Code: abi.CodeTooLarge, Message: fmt.Sprintf(format, args...)}
}

// Fail gives an error with a code of the connector's own, such as not_found,
// that a flow can branch on. It is not retried.
func Fail(code, format string, args ...any) error {
	return &abi.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// asError turns any error into what the engine understands. An error without a
// code is a fault of the connector.
func asError(err error) *abi.Error {
	var known *abi.Error
	if errors.As(err, &known) {
		return known
	}
	return &abi.Error{Code: abi.CodeInternal, Message: err.Error()}
}
