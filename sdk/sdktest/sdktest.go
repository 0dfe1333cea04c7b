// Package sdktest runs the actions of a connector in its author's tests. A call
// goes through the same decoding, defaults and error mapping as in the sandbox,
// against a fake host.
//
//	func TestExamples(t *testing.T) { sdktest.Examples(t, reputation.Connector()) }
//
//	func TestPrivateHost(t *testing.T) {
//		got := sdktest.Run(t, reputation.Connector(), "lookup", map[string]any{"host": "localhost"})
//		if got.Error == nil || got.Error.Code != abi.CodeBadInput { t.Fatal(got) }
//	}
package sdktest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Runner answers requests of the wire some other way than natively, for
// example in the real sandbox.
type Runner interface {
	Run(ctx context.Context, request []byte, host sdk.Host) (answer []byte, err error)
}

type options struct {
	host    *Host
	runner  Runner
	request abi.Request
}

// Option changes how a call is made.
type Option func(*options)

// WithHost gives the host of the call, to put blobs into it before or look at
// its log afterwards.
func WithHost(h *Host) Option { return func(o *options) { o.host = h } }

// Through sends the call to another runner.
func Through(r Runner) Option { return func(o *options) { o.runner = r } }

// WithConfig sets the connector's configuration.
func WithConfig(config any) Option {
	return func(o *options) { o.request.Config, _ = json.Marshal(config) }
}

// WithCredential gives the call a credential, without its secrets.
func WithCredential(c abi.Credential) Option {
	return func(o *options) { o.request.Credential = &c }
}

// WithRun says where the call belongs; by default it is the first attempt of a
// step named test.
func WithRun(r abi.Run) Option { return func(o *options) { o.request.Run = r } }

// Result is what a call came to: Output or Error.
type Result struct {
	Output json.RawMessage
	Error  *abi.Error
	Host   *Host

	t testing.TB
}

// Run calls an action with an input that encodes to JSON.
func Run(t testing.TB, c *sdk.Connector, action string, input any, opts ...Option) *Result {
	t.Helper()
	o := options{request: abi.Request{Run: abi.Run{ID: "run", Step: "test", Attempt: 1, Key: "key"}}}
	for _, opt := range opts {
		opt(&o)
	}
	if o.host == nil {
		o.host = NewHost()
	}
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatalf("the input of %s.%s does not encode: %v", c.ID(), action, err)
	}
	o.request.Connector, o.request.Action, o.request.Input = c.ID(), action, raw
	return decode(t, o, o.send(t, c))
}

func (o options) send(t testing.TB, c *sdk.Connector) []byte {
	t.Helper()
	request, err := json.Marshal(o.request)
	if err != nil {
		t.Fatal(err)
	}
	if o.runner == nil {
		return sdk.Handle(o.host, request, c)
	}
	answer, err := o.runner.Run(t.Context(), request, o.host)
	if err != nil {
		t.Fatalf("%s.%s: %v", o.request.Connector, o.request.Action, err)
	}
	return answer
}

func decode(t testing.TB, o options, raw []byte) *Result {
	t.Helper()
	var answer abi.Answer
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatalf("the answer of %s is not JSON: %v", o.request.Action, err)
	}
	return &Result{Output: answer.Output, Error: answer.Error, Host: o.host, t: t}
}

// Into decodes the output, and fails the test where the action failed.
func (r *Result) Into(v any) {
	r.t.Helper()
	if r.Error != nil {
		r.t.Fatalf("the action failed: %v", r.Error)
	}
	if err := json.Unmarshal(r.Output, v); err != nil {
		r.t.Fatalf("decode the output: %v", err)
	}
}
