package sdk

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Request is one HTTP request. The host sends it, as far as the connector is
// granted to, and puts the credential in.
type Request struct {
	Method  string // empty is GET
	URL     string
	Headers map[string][]string
	// Body is sent as it is; BodyBlob instead sends a field of the input without
	// loading it.
	Body     []byte
	BodyBlob *Blob
	// Anonymous leaves the step's credential out.
	Anonymous bool
	// Timeout bounds the request; zero is what is left of the call's time.
	Timeout time.Duration
	// NoRedirect answers a redirect instead of following it.
	NoRedirect bool
}

// Response is the answer of the other side, of whatever status. Secrets that it
// echoes are taken out.
type Response struct {
	Status  int
	Headers map[string][]string // names in lower case
	URL     string              // after redirects
	Body    []byte
}

// Header answers the first value of a header, by its name in lower case.
func (r *Response) Header(name string) string {
	if values := r.Headers[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// JSON reads the body into v.
func (r *Response) JSON(v any) error {
	if err := json.Unmarshal(r.Body, v); err != nil {
		return Fail("bad_answer", "%s answered %d with what isn't the JSON it should be: %v", r.URL, r.Status, err)
	}
	return nil
}

// Error makes an error of a response that isn't a success, nil where it is: 401
// and 403 are denied, 429 and 503 wait as the other side asks, other 5xx may be
// tried again.
func (r *Response) Error() error {
	if r.Status < 400 {
		return nil
	}
	text := string(bytes.TrimSpace(r.Body[:min(len(r.Body), 300)]))
	message := fmt.Sprintf("%s answered %d %s", r.URL, r.Status, text)
	switch {
	case r.Status == 401 || r.Status == 403:
		return Denied("%s", message)
	case r.Status == 429 || r.Status == 503:
		return Retry(r.retryAfter(), "%s", message)
	case r.Status >= 500:
		return Unavailable("%s", message)
	}
	return Fail("http_"+strconv.Itoa(r.Status), "%s", message)
}

// retryAfter reads the header in its form of seconds.
func (r *Response) retryAfter() time.Duration {
	seconds, err := strconv.Atoi(r.Header("retry-after"))
	if err != nil || seconds < 0 {
		return time.Second
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

// Do sends a request. The error says why there is no answer: denied where it
// isn't granted, unavailable where the other side can't be reached.
func (c *Context) Do(r Request) (*Response, error) {
	in := abi.HTTPRequest{Method: r.Method, URL: r.URL, Headers: r.Headers, BodyBase64: base64.StdEncoding.EncodeToString(r.Body)}
	if c.Credential != nil && !r.Anonymous {
		in.Credential = c.Credential.Handle
	}
	if r.Timeout > 0 {
		in.Timeout = r.Timeout.String()
	}
	if r.NoRedirect {
		in.Redirect = "manual"
	}
	if r.BodyBlob != nil && r.BodyBlob.ref != nil {
		in.BodyBlob, in.BodyBase64 = r.BodyBlob.ref.ID, ""
	} else if r.BodyBlob != nil {
		body, err := r.BodyBlob.Bytes(abi.MaxInput)
		if err != nil {
			return nil, err
		}
		in.BodyBase64 = base64.StdEncoding.EncodeToString(body)
	}
	var out abi.HTTPResponse
	if err := c.ask(abi.HostHTTP, in, &out); err != nil {
		return nil, err
	}
	if out.Error != nil {
		return nil, out.Error
	}
	response := &Response{Status: out.Status, Headers: out.Headers, URL: out.URL, Body: []byte(out.Body)}
	if out.BodyBase64 != "" {
		var err error
		if response.Body, err = base64.StdEncoding.DecodeString(out.BodyBase64); err != nil {
			return nil, err
		}
	}
	return response, nil
}

func (c *Context) ask(function string, in, out any) error {
	request, err := marshal(in)
	if err != nil {
		return err
	}
	answer, err := c.host.Call(function, request)
	if err != nil {
		return err
	}
	return readJSON(answer, out)
}
