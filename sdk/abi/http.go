package abi

import "encoding/json"

// HTTPRequest is what the host function http takes.
type HTTPRequest struct {
	Method  string  `json:"method"` // empty is GET
	URL     string  `json:"url"`
	Headers Headers `json:"headers,omitempty"`
	// The body is one of these, or none.
	Body       string `json:"body,omitempty"`       // text
	BodyBase64 string `json:"bodyBase64,omitempty"` // bytes
	BodyBlob   string `json:"bodyBlob,omitempty"`   // the id of a blob
	// Credential is the handle of the call's credential, for the host to put in.
	Credential string `json:"credential,omitempty"`
	// Timeout is a Go duration; empty is what is left of the call's.
	Timeout string `json:"timeout,omitempty"`
	// Redirect is follow (at most 3, each authorised anew) or manual; empty is follow.
	Redirect string `json:"redirect,omitempty"`
}

// HTTPResponse is what it answers: Error, or a response of any status.
type HTTPResponse struct {
	Status  int     `json:"status,omitempty"`
	Headers Headers `json:"headers,omitempty"` // names in lower case
	URL     string  `json:"url,omitempty"`     // after redirects
	// Body is the text of the body; one that isn't UTF-8 is in BodyBase64.
	Body       string `json:"body,omitempty"`
	BodyBase64 string `json:"bodyBase64,omitempty"`
	Error      *Error `json:"error,omitempty"`
}

// Headers are header fields. In JSON a field is a text, or a list of texts.
type Headers map[string][]string

// UnmarshalJSON implements json.Unmarshaler.
func (h *Headers) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	*h = make(Headers, len(raw))
	for name, value := range raw {
		var one string
		if json.Unmarshal(value, &one) == nil {
			(*h)[name] = []string{one}
			continue
		}
		var many []string
		if err := json.Unmarshal(value, &many); err != nil {
			return err
		}
		(*h)[name] = many
	}
	return nil
}

// MarshalJSON implements json.Marshaler: a single value is a text.
func (h Headers) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(h))
	for name, values := range h {
		if len(values) == 1 {
			out[name] = values[0]
			continue
		}
		out[name] = values
	}
	return json.Marshal(out)
}

// KVRequest is what kv_get and kv_put take. To put no value removes the key.
type KVRequest struct {
	Key   string  `json:"key"`             // at most 256 bytes
	Value *string `json:"value,omitempty"` // at most 64 KiB
	// If has kv_put change the key only where it is as it says.
	If *KVIf `json:"if,omitempty"`
}

// KVIf is what a key has to hold for kv_put to change it; no value is a key that isn't
// there.
type KVIf struct {
	Value *string `json:"value,omitempty"`
}

// KVResponse is what they answer; a key that isn't there has no value.
type KVResponse struct {
	Value *string `json:"value,omitempty"`
	// Differs says that nothing was changed: the key isn't as [KVRequest.If] says.
	Differs bool   `json:"differs,omitempty"`
	Error   *Error `json:"error,omitempty"`
}
