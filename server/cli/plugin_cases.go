package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// caseFile is NAME.test.json: calls of actions whose requests are answered by what
// stands in the file.
type caseFile struct {
	Cases []pluginCase `json:"cases"`
}

type pluginCase struct {
	Name       string               `json:"name"`
	Action     string               `json:"action"`
	Input      json.RawMessage      `json:"input"`
	Credential *app.GivenCredential `json:"credential"`
	// Grant is what the connector may do besides what its manifest asks for.
	Grant catalog.Grant     `json:"grant"`
	KV    map[string]string `json:"kv"`
	HTTP  []httpCase        `json:"http"`
	// Output and Error are as those of an example.
	Output json.RawMessage `json:"output"`
	Error  *abi.Error      `json:"error"`
}

// httpCase is one request that is expected, and how it is answered.
type httpCase struct {
	Request struct {
		Method  string          `json:"method"` // GET where it is empty
		URL     string          `json:"url"`
		Headers abi.Headers     `json:"headers"` // those that matter
		Body    json.RawMessage `json:"body"`    // a text, or JSON that the body must be; none is any
	} `json:"request"`
	Response struct {
		Status  int             `json:"status"` // 200 where it is 0
		Headers abi.Headers     `json:"headers"`
		Body    json.RawMessage `json:"body"` // a text, or JSON
		// Error stands for a request that got no answer.
		Error string `json:"error"`
	} `json:"response"`
}

func (h *httpCase) String() string { return method(h.Request.Method) + " " + h.Request.URL }

func method(given string) string {
	if given == "" {
		return http.MethodGet
	}
	return given
}

// casesOf reads the cases of a connector file: those that are named, or else those
// beside it, if there are.
func casesOf(cmd *cobra.Command, path, named string) (name string, f caseFile, err error) {
	if name = named; name == "" {
		name = strings.TrimSuffix(strings.TrimSuffix(path, ".zst"), ".wasm") + testSuffix
		if _, err := os.Stat(name); err != nil {
			return name, f, nil //nolint:nilerr // there are none
		}
	}
	return name, f, readStrict(cmd, name, &f)
}

// runCase runs one case and answers what is wrong.
func (w *workbench) runCase(ctx context.Context, con *catalog.Connector, action string, c *pluginCase) ([]string, error) {
	script := &scriptedHTTP{left: c.HTTP}
	powers := app.Powers{Grants: map[string]catalog.Grant{con.Manifest.ID: c.Grant}, HTTP: script, KV: map[string]map[string]string{con.Manifest.ID: c.KV}}
	if c.Credential != nil {
		powers.Credentials = map[string]app.GivenCredential{"case": *c.Credential}
	}
	if err := c.Grant.Check(); err != nil {
		return nil, invalid(err)
	}
	broker, credential, err := powers.Broker(w.catalog, w.blobs, true)
	if err != nil {
		return nil, invalid(err)
	}
	w.broker.Broker = broker
	if c.Input == nil {
		c.Input = json.RawMessage("{}")
	}
	id := uuid.Must(uuid.NewV7()).String()
	res, err := w.Invoke(ctx, sandbox.Call{
		RunID: id, StepKey: action, Attempt: 1, Key: id, Connector: con.Manifest.ID, Version: con.Manifest.Version,
		Action: action, Input: c.Input, Credential: credential,
	})
	if err != nil {
		return nil, err
	}
	faults := append(script.faults, differences(con, action, abi.Example{Output: c.Output, Error: c.Error}, res)...)
	if n := len(script.left); n > 0 {
		faults = append(faults, fmt.Sprintf("%d of %d requests %s sent: %s", n, len(c.HTTP), wasOrWere(n), script.left[0].String()))
	}
	return faults, nil
}

func wasOrWere(n int) string {
	if n == 1 {
		return "wasn't"
	}
	return "weren't"
}

// scriptedHTTP answers requests by a list, in its order, in place of the network.
type scriptedHTTP struct {
	left   []httpCase
	sent   int
	faults []string
}

// errUnexpected is what a request fails with that the list doesn't have.
var errUnexpected = errors.New("the test expects another request")

// RoundTrip implements [http.RoundTripper].
func (s *scriptedHTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	s.sent++
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	fault := func(what, got, want string) (*http.Response, error) {
		s.faults = append(s.faults, fmt.Sprintf("request %d: %sgot %s, want %s", s.sent, what, got, want))
		return nil, errUnexpected
	}
	got := r.Method + " " + r.URL.String()
	if len(s.left) == 0 {
		return fault("", got, "none")
	}
	next := s.left[0]
	s.left = s.left[1:]
	if got != next.String() {
		return fault("", got, next.String())
	}
	for name, want := range next.Request.Headers {
		if have := r.Header.Values(name); !reflect.DeepEqual(have, want) {
			return fault(name+": ", fmt.Sprintf("%q", have), fmt.Sprintf("%q", want))
		}
	}
	if !sameBody(next.Request.Body, body) {
		return fault("its body: ", string(body), string(next.Request.Body))
	}
	if next.Response.Error != "" {
		return nil, errors.New(next.Response.Error)
	}
	out := &http.Response{StatusCode: next.Response.Status, Header: http.Header{}, Request: r, Body: io.NopCloser(bytes.NewReader(bodyOf(next.Response.Body)))}
	if out.StatusCode == 0 {
		out.StatusCode = http.StatusOK
	}
	for name, values := range next.Response.Headers {
		for _, v := range values {
			out.Header.Add(name, v)
		}
	}
	return out, nil
}

// bodyOf is the body that a text stands for, or any other JSON.
func bodyOf(raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text)
	}
	return raw
}

func sameBody(want json.RawMessage, got []byte) bool {
	if want == nil || bytes.Equal(bodyOf(want), got) {
		return true
	}
	var w, g any
	return json.Unmarshal(want, &w) == nil && json.Unmarshal(got, &g) == nil && reflect.DeepEqual(w, g)
}
