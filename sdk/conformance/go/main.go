// Command go is the conformance connector in Go.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

func init() { sdk.Register(connector()) }

func main() { sdk.Main() }

func connector() *sdk.Connector {
	info := func(name string) sdk.ActionInfo { return sdk.ActionInfo{Name: name, Description: name} }
	big := info("Big")
	big.MemoryPages = abi.MaxPages
	return sdk.NewConnector(sdk.Info{
		ID: "conformance", Version: "1.0.0", Name: "Conformance", Description: "What every SDK must do alike.",
		Credentials: []abi.CredentialOf{{
			Type: "conformance.key", Apply: "none", Sign: []string{abi.SignStandardWebhooks, abi.SignSlackV0, abi.SignThreatConnect},
			Fields: json.RawMessage(`{"type":"object","properties":{"secret":{"type":"string","writeOnly":true},"secretKey":{"type":"string","writeOnly":true},"accessId":{"type":"string"}}}`),
		}},
	},
		sdk.Act("echo", info("Echo"), func(_ *sdk.Context, in echo) (echo, error) { return in, nil }),
		sdk.Act("count", info("Count"), count),
		sdk.Act("add", info("Add"), func(_ *sdk.Context, in addInput) (addOutput, error) { return addOutput{in.A + in.B}, nil }),
		sdk.Act("fail", info("Fail"), fail),
		sdk.Act("log", info("Log"), log),
		sdk.Act("big", big, func(_ *sdk.Context, in bigInput) (bigOutput, error) {
			return bigOutput{strings.Repeat("x", in.Size)}, nil
		}),
		sdk.Act("text_in", info("Text in"), func(_ *sdk.Context, in textInput) (digest, error) { return digestOf(in.Content.Open()) }),
		sdk.Act("bytes_in", info("Bytes in"), func(_ *sdk.Context, in bytesInput) (digest, error) { return digestOf(in.Content.Open()) }),
		sdk.Act("blob_out", info("Blob out"), blobOut),
		sdk.Act("random", info("Random"), random),
		sdk.Act("now", info("Now"), func(c *sdk.Context, _ none) (now, error) { return now{c.Now().UnixMilli()}, nil }),
		sdk.Act("where", info("Where"), where),
		sdk.Act("http", info("HTTP"), func(c *sdk.Context, in httpInput) (none, error) {
			_, err := c.Do(sdk.Request{URL: in.URL})
			return none{}, err
		}),
		sdk.Act("kv", info("KV"), func(c *sdk.Context, in kvInput) (none, error) {
			_, _, err := c.Get(in.Key)
			return none{}, err
		}),
		sdk.Act("sign", info("Sign"), sign),
		sdk.Act("net", info("Net"), stream),
	)
}

type signInput struct {
	Scheme string `json:"scheme"`
	ID     string `json:"id,omitempty"`
	Method string `json:"method,omitempty"`
	URL    string `json:"url,omitempty"`
	Body   string `json:"body,omitempty"`
}

type signOutput struct {
	Signature string            `json:"signature"`
	Timestamp int64             `json:"timestamp"`
	Headers   map[string]string `json:"headers"`
}

func sign(c *sdk.Context, in signInput) (signOutput, error) {
	var got *sdk.Signature
	var err error
	if in.URL != "" {
		got, err = c.SignRequest(in.Scheme, sdk.Request{Method: in.Method, URL: in.URL, Body: []byte(in.Body)})
	} else {
		got, err = c.SignWebhook(in.Scheme, in.ID, []byte(in.Body))
	}
	if err != nil {
		return signOutput{}, err
	}
	return signOutput{got.Value, got.Time.Unix(), got.Headers}, nil
}

type netInput struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	Say  string `json:"say"`
}

type netOutput struct {
	Heard string `json:"heard"`
}

func stream(c *sdk.Context, in netInput) (netOutput, error) {
	conn, err := c.Dial(in.Host, in.Port, 5*time.Second)
	if err != nil {
		return netOutput{}, err
	}
	if _, err := io.WriteString(conn, in.Say); err != nil {
		return netOutput{}, err
	}
	heard, err := io.ReadAll(conn)
	if err != nil {
		return netOutput{}, err
	}
	return netOutput{string(heard)}, conn.Close()
}

type none struct{}

type echo struct {
	Value json.RawMessage `json:"value"`
}

var calls int

type counted struct {
	Count int `json:"count"`
}

func count(*sdk.Context, none) (counted, error) {
	calls++
	return counted{calls}, nil
}

type addInput struct {
	A float64 `json:"a"`
	B float64 `json:"b" default:"10" max:"1000"`
}

type addOutput struct {
	Sum float64 `json:"sum"`
}

type failInput struct {
	Kind string `json:"kind" enum:"bad_input,unavailable,rate_limited,denied,too_large,teapot,fault"`
}

func fail(_ *sdk.Context, in failInput) (none, error) {
	switch in.Kind {
	case "bad_input":
		return none{}, sdk.BadInput("/kind", "is not to my liking")
	case "unavailable":
		return none{}, sdk.Unavailable("no answer")
	case "rate_limited":
		return none{}, sdk.Retry(2e9, "slow down")
	case "denied":
		return none{}, sdk.Denied("no key")
	case "too_large":
		return none{}, sdk.TooLarge("too much")
	case "teapot":
		return none{}, sdk.Fail("teapot", "short and stout")
	}
	return none{}, errors.New("a fault")
}

type logInput struct {
	Text string `json:"text"`
}

type logOutput struct {
	Logged int `json:"logged"`
}

func log(c *sdk.Context, in logInput) (logOutput, error) {
	c.Debugf("%s 0", in.Text)
	c.Infof("%s 1", in.Text)
	c.Warnf("%s 2", in.Text)
	c.Errorf("%s 3", in.Text)
	c.Progress("%s 4", in.Text)
	return logOutput{4}, nil
}

type bigInput struct {
	Size int `json:"size"`
}

type bigOutput struct {
	Text string `json:"text"`
}

type textInput struct {
	Content sdk.Text `json:"content" media:"text/plain"`
}

type bytesInput struct {
	Content sdk.Blob `json:"content"`
}

type digest struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func digestOf(r io.ReadCloser, err error) (digest, error) {
	if err != nil {
		return digest{}, err
	}
	defer r.Close() //nolint:errcheck // only read from
	h := sha256.New()
	n, err := io.Copy(h, r)
	return digest{n, hex.EncodeToString(h.Sum(nil))}, err
}

type blobInput struct {
	Times int `json:"times"`
}

type blobOutput struct {
	Content sdk.Blob `json:"content"`
}

func blobOut(c *sdk.Context, in blobInput) (out blobOutput, err error) {
	out.Content, err = c.StoreBlob("text/plain", func(w io.Writer) error {
		for range in.Times {
			if _, err := io.WriteString(w, "0123456789abcdef"); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

type randomInput struct {
	Count int `json:"count"`
}

type randomOutput struct {
	Hex string `json:"hex"`
}

func random(c *sdk.Context, in randomInput) (randomOutput, error) {
	p := make([]byte, in.Count)
	err := c.Random(p)
	return randomOutput{hex.EncodeToString(p)}, err
}

type now struct {
	MS int64 `json:"ms"`
}

type place struct {
	ID      string `json:"id"`
	Step    string `json:"step"`
	Attempt int    `json:"attempt"`
	Key     string `json:"key"`
	DryRun  bool   `json:"dryRun"`
}

func where(c *sdk.Context, _ none) (place, error) {
	r := c.Run
	return place{r.ID, r.Step, r.Attempt, r.Key, r.DryRun}, nil
}

type httpInput struct {
	URL string `json:"url"`
}

type kvInput struct {
	Key string `json:"key"`
}
