// Package ping tells whether a port of a host takes connections.
package ping

import (
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

const timeout = 60 * time.Second

// TCPInput is the input of tcp.
type TCPInput struct {
	Host     string `json:"host" example:"www.example.com" doc:"A name or an address, which an admin granted to this connector with the port."`
	Port     int    `json:"port" default:"443" min:"1" max:"65535"`
	Attempts int    `json:"attempts" default:"3" min:"1" max:"10"`
	Patience int    `json:"patience" default:"2000" min:"100" max:"5000" doc:"Milliseconds to wait for each attempt."`
}

// TCPOutput is the output of tcp.
type TCPOutput struct {
	Reachable bool      `json:"reachable" doc:"One attempt succeeded, or more."`
	Succeeded int       `json:"succeeded" doc:"How many attempts did."`
	Least     float64   `json:"least" doc:"The quickest in milliseconds; 0 where none succeeded."`
	Average   float64   `json:"average" doc:"Of those that succeeded, in milliseconds."`
	Most      float64   `json:"most" doc:"The slowest that succeeded, in milliseconds."`
	Attempts  []Attempt `json:"attempts"`
}

// Attempt is one connection that was tried.
type Attempt struct {
	Succeeded    bool    `json:"succeeded"`
	Milliseconds float64 `json:"milliseconds"`
	Error        string  `json:"error,omitempty"`
}

var examples = []sdk.Example{{
	Name:  "A port that isn't granted",
	Input: map[string]any{"host": "www.example.com", "port": 443},
	Error: &abi.Error{Code: abi.CodeDenied},
}}

// Connector makes the ping connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "ping", Version: "1.0.0", Name: "Ping", Icon: "monitor", Category: "Network",
		Description: "Tells whether a port of a host takes connections, and how quickly.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", Reason: "To connect to the ports that you name; nothing is sent."}}},
	}, sdk.Act("tcp", sdk.ActionInfo{
		Name: "Try a port", Description: "Connects over TCP and closes at once. That nobody answers is an answer, not an error. ICMP isn't sent: the sandbox opens streams alone.",
		Effect: abi.EffectRead, Idempotent: true, Timeout: timeout, Examples: examples,
	}, tcp))
}

func tcp(c *sdk.Context, in TCPInput) (TCPOutput, error) {
	out := TCPOutput{Attempts: []Attempt{}}
	sum := 0.0
	for range in.Attempts {
		began := c.Now()
		conn, err := c.DialTLS(abi.TLSNone, in.Host, in.Port, time.Duration(in.Patience)*time.Millisecond)
		took := float64(c.Now().Sub(began).Microseconds()) / 1000
		var known *abi.Error
		if errors.As(err, &known) && !known.Retryable && known.Code != abi.CodeUnavailable {
			return out, err // it isn't granted
		}
		attempt := Attempt{Succeeded: err == nil, Milliseconds: took}
		if err != nil {
			attempt.Error = err.Error()
		} else {
			_ = conn.Close()
			if out.Succeeded++; out.Succeeded == 1 || took < out.Least {
				out.Least = took
			}
			out.Most, sum = max(out.Most, took), sum+took
		}
		out.Attempts = append(out.Attempts, attempt)
	}
	if out.Reachable = out.Succeeded > 0; out.Reachable {
		out.Average = sum / float64(out.Succeeded)
	}
	return out, nil
}
