// Echo is a connector that decodes its input and answers it, for the benchmark
// of instrumented modules.
package main

import (
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

func echo(_ *sdk.Context, in message) (message, error) { return in, nil }

func init() {
	sdk.Register(sdk.NewConnector(
		sdk.Info{ID: "echo", Version: "1.0.0", Name: "Echo", Description: "Answers its input."},
		sdk.Act("echo", sdk.ActionInfo{Name: "Echo", Description: "Answers its input.", Effect: abi.EffectNone}, echo),
	))
}

func main() { sdk.Main() }
