// Package http sends requests to the hosts that an admin names, for what no
// connector of its own is there for.
package http

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// GetInput is the input of get.
type GetInput struct {
	URL     string            `json:"url" title:"URL" doc:"With https://, or http:// where an admin granted that."`
	Query   map[string]string `json:"query,omitempty" doc:"Added to the address."`
	Headers map[string]string `json:"headers,omitempty" doc:"Never a secret: choose a credential for that."`
	Fail    bool              `json:"fail" default:"true" title:"Fail on an error" doc:"An answer of 400 and above fails the step; otherwise it is an output like any other."`
}

// RequestInput is the input of request.
type RequestInput struct {
	Method  string            `json:"method" enum:"POST,PUT,PATCH,DELETE,GET" default:"POST"`
	URL     string            `json:"url" title:"URL" doc:"With https://, or http:// where an admin granted that."`
	Query   map[string]string `json:"query,omitempty" doc:"Added to the address."`
	Headers map[string]string `json:"headers,omitempty" doc:"Never a secret: choose a credential for that."`
	Body    json.RawMessage   `json:"body,omitempty" doc:"A text is sent as it is, anything else as JSON."`
	Fail    bool              `json:"fail" default:"true" title:"Fail on an error" doc:"An answer of 400 and above fails the step; otherwise it is an output like any other."`
}

// Output is the answer of the other side.
type Output struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers" doc:"Names in lower case; several values of one joined by commas."`
	Body    json.RawMessage   `json:"body" doc:"Parsed where it is JSON, otherwise text."`
	URL     string            `json:"url" doc:"After redirects."`
}

//nolint:gosec // schemas, with nobody's credentials
var fields = map[string]string{
	"bearer": `{"type":"object","required":["token"],"additionalProperties":false,"properties":{"token":{"type":"string","title":"Token","minLength":1,"writeOnly":true}}}`,
	"basic":  `{"type":"object","required":["username","password"],"additionalProperties":false,"properties":{"username":{"type":"string","title":"User","minLength":1},"password":{"type":"string","title":"Password","writeOnly":true}}}`,
	"header": `{"type":"object","required":["name","value"],"additionalProperties":false,"properties":{"name":{"type":"string","title":"Header","minLength":1},"value":{"type":"string","title":"Value","minLength":1,"writeOnly":true}}}`,
	"query":  `{"type":"object","required":["name","value"],"additionalProperties":false,"properties":{"name":{"type":"string","title":"Parameter","minLength":1},"value":{"type":"string","title":"Value","minLength":1,"writeOnly":true}}}`,
	"sigv4":  `{"type":"object","required":["accessKeyId","secretAccessKey","region","service"],"additionalProperties":false,"properties":{"accessKeyId":{"type":"string","title":"Access key ID","minLength":1},"secretAccessKey":{"type":"string","title":"Secret access key","minLength":1,"writeOnly":true},"sessionToken":{"type":"string","title":"Session token","writeOnly":true},"region":{"type":"string","title":"Region"},"service":{"type":"string","title":"Service"}}}`,
}

func credential(apply, name string) abi.CredentialOf {
	return abi.CredentialOf{Type: "http." + apply, Apply: apply, Name: name, Fields: json.RawMessage(fields[apply])}
}

// Connector answers the connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "http", Version: "1.0.0", Name: "HTTP", Icon: "globe", Category: "Web",
		Description: "Sends requests to the hosts that an admin names in a credential or in the connector's grants.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Credentials: []abi.CredentialOf{credential("bearer", ""), credential("basic", ""), credential("header", "{name}"), credential("query", "{name}"), credential("sigv4", "")},
		Capabilities: abi.Capabilities{HTTP: []abi.HTTPCapability{{
			Host: "*", Methods: []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, Reason: "To reach the systems that your flows name.",
		}}},
	}, sdk.Act("get", sdk.ActionInfo{
		Name: "Get", Description: "Reads an address.", Effect: abi.EffectRead, Idempotent: true, Examples: getExamples,
	}, get), sdk.Act("request", sdk.ActionInfo{
		Name: "Send a request", Description: "Sends a request that may change the other side.", Effect: abi.EffectWrite, Examples: requestExamples,
	}, request))
}

func get(c *sdk.Context, in GetInput) (Output, error) {
	address, err := withQuery(in.URL, in.Query)
	if err != nil {
		return Output{}, err
	}
	return send(c, sdk.Request{Method: "GET", URL: address, Headers: lists(in.Headers)}, in.Fail)
}

func request(c *sdk.Context, in RequestInput) (Output, error) {
	address, err := withQuery(in.URL, in.Query)
	if err != nil {
		return Output{}, err
	}
	r := sdk.Request{Method: in.Method, URL: address, Headers: lists(in.Headers)}
	var text string
	switch {
	case len(in.Body) == 0 || string(in.Body) == "null":
	case json.Unmarshal(in.Body, &text) == nil:
		r.Body = []byte(text)
		declare(r.Headers, "text/plain; charset=utf-8")
	default:
		r.Body = in.Body
		declare(r.Headers, "application/json")
	}
	return send(c, r, in.Fail)
}

// declare says of what kind the body is, unless the author has.
func declare(headers map[string][]string, kind string) {
	for name := range headers {
		if strings.EqualFold(name, "content-type") {
			return
		}
	}
	headers["Content-Type"] = []string{kind}
}

func withQuery(address string, query map[string]string) (string, error) {
	if len(query) == 0 {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", sdk.BadInput("/url", "is no address: %v", err)
	}
	q := u.Query()
	for name, value := range query {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func lists(headers map[string]string) map[string][]string {
	out := map[string][]string{}
	for name, value := range headers {
		out[name] = []string{value}
	}
	return out
}

func send(c *sdk.Context, r sdk.Request, fail bool) (Output, error) {
	answer, err := c.Do(r)
	if err != nil {
		return Output{}, err
	}
	if fail {
		if err := answer.Error(); err != nil {
			return Output{}, err
		}
	}
	out := Output{Status: answer.Status, URL: answer.URL, Headers: map[string]string{}}
	for name, values := range answer.Headers {
		out.Headers[name] = strings.Join(values, ", ")
	}
	if out.Body = answer.Body; !isJSON(answer.Header("content-type")) || !json.Valid(answer.Body) {
		out.Body, err = json.Marshal(strings.ToValidUTF8(string(answer.Body), "\ufffd"))
	}
	return out, err
}

func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}
