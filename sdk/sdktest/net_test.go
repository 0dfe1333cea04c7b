package sdktest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

type line struct {
	Text string `json:"text"`
}

// talk sends a line over a stream, and answers what comes back, signed.
func talk(c *sdk.Context, in line) (line, error) {
	conn, err := c.Dial("time.example", 13, 0)
	if err != nil {
		return line{}, err
	}
	fmt.Fprintln(conn, in.Text)
	all, err := io.ReadAll(conn)
	if err != nil {
		return line{}, err
	}
	if err := conn.Close(); err != nil {
		return line{}, err
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		return line{}, sdk.Fail("open", "a closed stream is read")
	}
	signed, err := c.SignWebhook(abi.SignSlackV0, "", all)
	if err != nil {
		return line{}, err
	}
	return line{signed.Value}, nil
}

func TestHostOpensStreamsAndSigns(t *testing.T) {
	connector := sdk.NewConnector(sdk.Info{ID: "talk", Version: "1.0.0"}, sdk.Act("talk", sdk.ActionInfo{Name: "Talk"}, talk))
	host := sdktest.NewHost()
	run := func() *sdktest.Result {
		return sdktest.Run(t, connector, "talk", line{"hello"}, sdktest.WithHost(host), sdktest.WithCredential(abi.Credential{Handle: "credential"}))
	}
	if got := run(); got.Error == nil || got.Error.Code != abi.CodeDenied {
		t.Fatalf("without Net: %v", got.Error)
	}
	host.Net = func(name string, port int) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			text, _ := bufio.NewReader(theirs).ReadString('\n')
			fmt.Fprintf(theirs, "%s:%d %s", name, port, text)
			theirs.Close()
		}()
		return ours, nil
	}
	if got := run(); got.Error == nil || got.Error.Message != "the test's host signs nothing: set Sign" {
		t.Fatalf("without Sign: %v", got.Error)
	}
	host.Sign = func(in abi.SignRequest) abi.SignResponse {
		return abi.SignResponse{Signature: in.Scheme + " " + in.BodyBase64}
	}
	var out line
	run().Into(&out)
	if out.Text != "slack-v0 dGltZS5leGFtcGxlOjEzIGhlbGxvCg==" {
		t.Fatal(out.Text)
	}
}

// TestTokensAreAskedFor makes what the host is asked for tokens by.
func TestTokensAreAskedFor(t *testing.T) {
	prove := func(c *sdk.Context, _ line) (line, error) {
		request := sdk.Request{Method: "POST", URL: "https://ca.example/1.0/sign"}
		token, err := c.SignToken(request, map[string]any{"sub": "a.example", "sans": []any{"a.example"}})
		if err != nil {
			return line{}, err
		}
		renewal, err := c.SignRenewal(request, "PEM")
		if err != nil {
			return line{}, err
		}
		return line{token.Value + renewal.Value}, nil
	}
	host := sdktest.NewHost()
	host.Sign = func(in abi.SignRequest) abi.SignResponse {
		return abi.SignResponse{Signature: fmt.Sprintf("%s %s %s %s%s;", in.Scheme, in.Method, in.URL, in.Claims, in.Certificate)}
	}
	connector := sdk.NewConnector(sdk.Info{ID: "talk", Version: "1.0.0"}, sdk.Act("prove", sdk.ActionInfo{Name: "Prove"}, prove))
	var out line
	sdktest.Run(t, connector, "prove", line{}, sdktest.WithHost(host), sdktest.WithCredential(abi.Credential{Handle: "credential"})).Into(&out)
	if out.Text != `jwt POST https://ca.example/1.0/sign {"sans":["a.example"],"sub":"a.example"};step-ca-renew POST https://ca.example/1.0/sign PEM;` {
		t.Error(out.Text)
	}
}
