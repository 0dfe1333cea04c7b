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
