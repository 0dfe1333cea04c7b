package sdk_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

type options struct {
	Depth int `json:"depth,omitempty" doc:"How deep." min:"1" max:"5" default:"2"`
}

type input struct {
	Name  string   `json:"name" doc:"A <name>." example:"ann"`
	Mode  string   `json:"mode" enum:"fast,slow" default:"fast"`
	Body  sdk.Text `json:"body,omitempty" media:"text/plain"`
	Bytes sdk.Blob `json:"bytes,omitempty"`
	Kinds []string `json:"kinds,omitempty" enum:"a,b"`
	Opt   *options `json:"opt,omitempty"`
	Any   any      `json:"any,omitempty"`
}

type output struct {
	Name  string    `json:"name"`
	Mode  string    `json:"mode"`
	Size  int64     `json:"size"`
	Depth int       `json:"depth"`
	List  []string  `json:"list"`
	Text  sdk.Text  `json:"text"`
	When  *struct{} `json:"when"`
}

func act(c *sdk.Context, in input) (output, error) {
	switch in.Name {
	case "panic":
		panic("boom")
	case "plain":
		return output{}, errors.New("plain failure")
	case "retry":
		return output{}, sdk.Retry(90*time.Second, "slow down")
	case "bad":
		return output{}, sdk.BadInput("/name", "not %s", in.Name)
	}
	c.Warnf("hello %s", in.Name)
	c.Progress("half way")
	out := output{Name: in.Name, Mode: in.Mode, Size: in.Body.Size() + in.Bytes.Size()}
	if in.Opt != nil {
		out.Depth = in.Opt.Depth
	}
	if !in.Body.IsZero() {
		r, err := in.Body.Open()
		if err != nil {
			return out, err
		}
		defer r.Close()
		all, err := io.ReadAll(r)
		if err != nil {
			return out, err
		}
		out.Text, err = c.StoreText(string(all), "text/plain")
		return out, err
	}
	return out, nil
}

func connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{ID: "demo", Version: "1.0.0", Name: "Demo"},
		sdk.Act("act", sdk.ActionInfo{Name: "Act", Timeout: 5 * time.Second, Examples: []sdk.Example{{
			Name: "plain", Input: map[string]any{"name": "ann"}, Output: map[string]any{"mode": "fast", "list": []string{}},
		}}}, act))
}

func TestExamples(t *testing.T) { sdktest.Examples(t, connector()) }

func TestInputIsCheckedAtItsPlace(t *testing.T) {
	cases := []struct{ name, input, pointer, message string }{
		{"missing", `{}`, "/name", "is required"},
		{"null counts as missing", `{"name": null}`, "/name", "is required"},
		{"unknown", `{"name":"a","nmae":"b"}`, "/nmae", `unknown field "nmae"`},
		{"unknown below", `{"name":"a","opt":{"x/y":1}}`, "/opt/x~1y", "unknown field"},
		{"type", `{"name":7}`, "/name", "must be a string"},
		{"fraction", `{"name":"a","opt":{"depth":1.5}}`, "/opt/depth", "a whole number"},
		{"bounds", `{"name":"a","opt":{"depth":9}}`, "/opt/depth", "at most 5"},
		{"enum", `{"name":"a","mode":"warp"}`, "/mode", "one of fast, slow"},
		{"enum in a list", `{"name":"a","kinds":["a","z"]}`, "/kinds/1", "one of a, b"},
		{"not an object", `[]`, "", "must be an object"},
		{"blob of another shape", `{"name":"a","body":{"id":"x"}}`, "/body", "$blob"},
		{"base64", `{"name":"a","bytes":"%%"}`, "/bytes", "base64"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := sdktest.Run(t, connector(), "act", json.RawMessage(c.input))
			if got.Error == nil || got.Error.Code != abi.CodeBadInput || !strings.Contains(got.Error.Message, c.message) {
				t.Fatalf("got %v, want bad_input with %q", got.Error, c.message)
			}
			var details struct{ Problems []sdk.Problem }
			if err := json.Unmarshal(got.Error.Details, &details); err != nil || len(details.Problems) != 1 ||
				details.Problems[0].Pointer != c.pointer {
				t.Fatalf("details %s, want pointer %q", got.Error.Details, c.pointer)
			}
		})
	}
}

func TestErrorsTellTheEngineWhatToDo(t *testing.T) {
	cases := map[string]abi.Error{
		"panic": {Code: abi.CodeInternal, Message: "the connector panicked at sdk_test.go:43: boom"},
		"plain": {Code: abi.CodeInternal, Message: "plain failure"},
		"retry": {Code: abi.CodeRateLimited, Message: "slow down", Retryable: true, RetryAfter: "1m30s"},
		"bad":   {Code: abi.CodeBadInput, Message: "/name not bad"},
	}
	for name, want := range cases {
		got := sdktest.Run(t, connector(), "act", map[string]any{"name": name}).Error
		if got == nil || got.Code != want.Code || got.Message != want.Message ||
			got.Retryable != want.Retryable || got.RetryAfter != want.RetryAfter {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if got := sdktest.Run(t, connector(), "none", nil).Error; got == nil || got.Code != abi.CodeUnknownCall {
		t.Errorf("an unknown action answered %v", got)
	}
}

func TestBlobsGoInAndOut(t *testing.T) {
	host := sdktest.NewHost()
	long := strings.Repeat("0123456789", sdk.InlineMax/10+1)
	var out struct {
		Size int64
		Text json.RawMessage
	}
	sdktest.Run(t, connector(), "act", map[string]any{"name": "a", "body": host.PutBlob([]byte(long))},
		sdktest.WithHost(host)).Into(&out)
	var ref map[string]abi.Blob
	if err := json.Unmarshal(out.Text, &ref); err != nil || string(host.Blob(ref[abi.BlobKey].ID)) != long ||
		ref[abi.BlobKey].MediaType != "text/plain" || out.Size != int64(len(long)) {
		t.Fatalf("the blob did not come back: %s", out.Text)
	}
	if len(host.Lines) != 1 || host.Lines[0] != (sdktest.Line{Level: sdk.LevelWarn, Text: "hello a"}) || host.Steps[0] != "half way" {
		t.Fatalf("log %v, progress %v", host.Lines, host.Steps)
	}
	lost := map[string]any{abi.BlobKey: abi.Blob{ID: "00", Size: 3}}
	if got := sdktest.Run(t, connector(), "act", map[string]any{"name": "a", "body": lost}); got.Error == nil {
		t.Fatal("a blob that is not there was read")
	}
}

func TestSchemaFollowsTheTags(t *testing.T) {
	a := connector().Manifest().Actions[0]
	const wantInput = `{"type":"object","properties":{` +
		`"name":{"type":"string","description":"A <name>.","examples":["ann"]},` +
		`"mode":{"type":"string","enum":["fast","slow"],"default":"fast"},` +
		`"body":{"type":"string","contentMediaType":"text/plain"},` +
		`"bytes":{"type":"string","contentEncoding":"base64","contentMediaType":"application/octet-stream"},` +
		`"kinds":{"type":"array","items":{"type":"string","enum":["a","b"]}},` +
		`"opt":{"type":"object","properties":{"depth":{"type":"integer","description":"How deep.","default":2,"minimum":1,"maximum":5}},"additionalProperties":false},` +
		`"any":{}},"required":["name"],"additionalProperties":false}`
	if string(a.Input) != wantInput {
		t.Errorf("input schema\n%s\nwant\n%s", a.Input, wantInput)
	}
	if !strings.Contains(string(a.Output), `"required":["name","mode","size","depth","list","text","when"]`) ||
		!strings.Contains(string(a.Output), `"when":{"type":["object","null"]`) || a.Timeout != "5s" || a.Effect != abi.EffectNone {
		t.Errorf("output schema %s, timeout %s", a.Output, a.Timeout)
	}
}

// TestOptionsTag says by a tag which action lists what a field may be given.
func TestOptionsTag(t *testing.T) {
	type card struct {
		Project string   `json:"project" options:"projects"`
		Board   string   `json:"board" options:"boards value=id label=name project={{project}} kind=open"`
		Tags    []string `json:"tags,omitempty" options:"tags"`
	}
	nothing := func(*sdk.Context, card) (output, error) { return output{}, nil }
	got := sdk.NewConnector(sdk.Info{ID: "demo", Version: "1.0.0"}, sdk.Act("act", sdk.ActionInfo{}, nothing)).Manifest().Actions[0].Input
	const want = `{"type":"object","properties":{"project":{"type":"string","x-options":{"action":"projects"}},` +
		`"board":{"type":"string","x-options":{"action":"boards","value":"id","label":"name","with":{"project":"{{project}}","kind":"open"}}},` +
		`"tags":{"type":"array","items":{"type":"string","x-options":{"action":"tags"}}}},"required":["project","board"],"additionalProperties":false}`
	if string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestDeclarationMistakesPanic(t *testing.T) {
	mistakes := map[string]func(){
		"id":      func() { sdk.NewConnector(sdk.Info{ID: "Demo", Version: "1"}, sdk.Act("a", sdk.ActionInfo{}, act)) },
		"version": func() { sdk.NewConnector(sdk.Info{ID: "demo"}, sdk.Act("a", sdk.ActionInfo{}, act)) },
		"twice": func() {
			a := sdk.Act("a", sdk.ActionInfo{}, act)
			sdk.NewConnector(sdk.Info{ID: "demo", Version: "1"}, a, a)
		},
		"memory": func() {
			sdk.NewConnector(sdk.Info{ID: "demo", Version: "1"}, sdk.Act("a", sdk.ActionInfo{MemoryPages: 2000}, act))
		},
	}
	for name, declare := range mistakes {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			declare()
		}()
	}
}

func TestWrongTagsNameTheirField(t *testing.T) {
	type wrong struct {
		Depth int `json:"depth" default:"abc"`
	}
	defer func() {
		want := `sdk: the field Depth of sdk_test.wrong: the default "abc" is no value of the type int`
		if got := recover(); got != want {
			t.Errorf("%v, want %s", got, want)
		}
	}()
	sdk.NewConnector(sdk.Info{ID: "demo"}, sdk.Act("act", sdk.ActionInfo{}, func(*sdk.Context, wrong) (output, error) { return output{}, nil })).Manifest()
}
