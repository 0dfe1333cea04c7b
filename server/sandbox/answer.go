package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// maxMessage bounds the text of an error, which is shown and kept with the run.
const maxMessage = 8 << 10

var outputKey = []byte(`{"output":`)

// answer keeps the guest's answer as the result, or explains what is wrong
// with it.
func (x *exchange) answer(body []byte) error {
	if x.probe {
		return nil
	}
	// The usual answer is an output alone. If what stands between the key and
	// the last brace is one JSON value, there is no room for another key.
	if inner, ok := bytes.CutPrefix(body, outputKey); ok && bytes.HasSuffix(inner, []byte("}")) {
		if inner = inner[:len(inner)-1]; json.Valid(inner) {
			x.result.Output = bytes.Clone(inner)
			return nil
		}
	}
	var a abi.Answer
	switch err := json.Unmarshal(body, &a); {
	case err != nil:
		return x.garbage("that is not JSON: " + err.Error())
	case a.Error != nil && a.Output != nil:
		return x.garbage("with both an output and an error")
	case a.Error != nil && (a.Error.Code == "" || a.Error.Message == ""):
		return x.garbage("with an error that lacks its code or message")
	case a.Error != nil:
		a.Error.Message = strings.ToValidUTF8(a.Error.Message[:min(len(a.Error.Message), maxMessage)], "�")
		return a.Error
	case a.Output == nil:
		return x.garbage("with neither an output nor an error")
	}
	x.result.Output = a.Output
	return nil
}

func (x *exchange) garbage(what string) error {
	return &abi.Error{Code: abi.CodeInternal, Message: fmt.Sprintf("%s gave an answer %s; the connector must be mended", x.name(), what)}
}

// appendRequest writes abi.Request without reflection: it is on the path of
// every call.
func appendRequest(b []byte, x *exchange) ([]byte, error) {
	b = append(b, '{')
	if len(x.connector.Module.Connectors) > 1 {
		b = appendString(append(b, `"connector":`...), x.connector.Manifest.ID)
		b = append(b, ',')
	}
	b = appendString(append(b, `"action":`...), x.call.Action)
	b = append(append(b, `,"input":`...), x.input...)
	if c := x.call.Credential; c != nil {
		raw, err := json.Marshal(abi.Credential{Handle: egress.CredentialHandle, Fields: c.Fields})
		if err != nil {
			return nil, err
		}
		b = append(append(b, `,"credential":`...), raw...)
	}
	b = appendString(append(b, `,"run":{"id":`...), x.call.RunID)
	b = appendString(append(b, `,"step":`...), x.call.StepKey)
	b = strconv.AppendInt(append(b, `,"attempt":`...), int64(max(x.call.Attempt, 1)), 10)
	b = appendString(append(b, `,"key":`...), x.call.Key)
	if x.call.DryRun {
		b = append(b, `,"dryRun":true`...)
	}
	b = append(b, "}}"...)
	if len(b) > abi.MaxInput {
		return nil, &abi.Error{Code: abi.CodeTooLarge, Message: fmt.Sprintf("the input has %d bytes, the limit is %d: give large values to fields that take them as blobs", len(b), abi.MaxInput)}
	}
	return b, nil
}

// appendString writes a JSON string; ids and keys need no escapes as a rule.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always has a JSON form
			return append(b, quoted...)
		}
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}

// cleanLine makes a line safe to show: valid UTF-8 without control characters,
// which could move a terminal's cursor or forge further lines.
func cleanLine(s string) string {
	plain := func(r rune) bool { return r == '\t' || !unicode.IsControl(r) && !unicode.Is(unicode.Bidi_Control, r) }
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if plain(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "�"))
}
