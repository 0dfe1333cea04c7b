// Codec is a connector for the benchmark of the SDK's JSON inside WebAssembly: it
// answers one request over and over, by the SDK's codec or by encoding/json.
package main

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

type item struct {
	ID    int64    `json:"id"`
	Name  string   `json:"name"`
	Tags  []string `json:"tags"`
	Score float64  `json:"score"`
}

type message struct {
	Text  string `json:"text"`
	Items []item `json:"items"`
}

type work struct {
	Times   int             `json:"times"`
	Request json.RawMessage `json:"request"`
}

type done struct {
	Size int `json:"size"`
}

func echo(_ *sdk.Context, in message) (message, error) { return in, nil }

func lean(_ *sdk.Context, in work) (done, error) {
	out := done{}
	for range in.Times {
		out.Size = len(sdk.Handle(nobody{}, in.Request, connector))
	}
	return out, nil
}

// echoStandard is echo by encoding/json.
func echoStandard(_ *sdk.Context, in json.RawMessage) (json.RawMessage, error) {
	var m message
	if err := json.Unmarshal(in, &m); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// standard does what the SDK does for one request.
func standard(_ *sdk.Context, in work) (done, error) {
	out := done{}
	for range in.Times {
		var r abi.Request
		if err := json.Unmarshal(in.Request, &r); err != nil {
			return out, err
		}
		var m message
		if err := json.Unmarshal(r.Input, &m); err != nil {
			return out, err
		}
		raw, err := json.Marshal(m)
		if err != nil {
			return out, err
		}
		raw, err = json.Marshal(abi.Answer{Output: raw})
		if err != nil {
			return out, err
		}
		out.Size = len(raw)
	}
	return out, nil
}

type nobody struct{}

func (nobody) Log(sdk.Level, string)                   {}
func (nobody) Progress(string)                         {}
func (nobody) Now() time.Time                          { return time.Time{} }
func (nobody) Random([]byte) error                     { return nil }
func (nobody) OpenBlob(string) (sdk.BlobReader, error) { return nil, sdk.ErrBlobNotFound }
func (nobody) CreateBlob() (sdk.BlobWriter, error)     { return nil, sdk.ErrBlobNotFound }
func (nobody) Call(string, []byte) ([]byte, error)     { return nil, sdk.ErrBlobNotFound }

var connector *sdk.Connector

func init() {
	// What is made on first use is in the image, as it is for every connector.
	examples := []sdk.Example{{Input: map[string]any{"text": "a", "items": []item{{1, "b", []string{"c"}, 1.5}}}}}
	action := func(id string, run func(*sdk.Context, work) (done, error)) sdk.Action {
		return sdk.Act(id, sdk.ActionInfo{Name: id, Description: id, Effect: abi.EffectNone}, run)
	}
	connector = sdk.NewConnector(
		sdk.Info{ID: "codec", Version: "1.0.0", Name: "Codec", Description: "Answers its input."},
		sdk.Act("echo", sdk.ActionInfo{Name: "Echo", Description: "Answers its input.", Effect: abi.EffectNone, Examples: examples}, echo),
		sdk.Act("echo_standard", sdk.ActionInfo{Name: "Echo", Description: "Answers its input.", Effect: abi.EffectNone, Examples: examples}, echoStandard),
		action("lean", lean), action("standard", standard),
	)
	sdk.Register(connector)
}

func main() { sdk.Main() }
