package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// BenchmarkCodec measures the SDK's JSON against encoding/json inside WebAssembly:
// 1 KB read into structs and written again, with its request and answer.
func BenchmarkCodec(b *testing.B) {
	out := filepath.Join(b.TempDir(), "codec.wasm")
	cmd := exec.CommandContext(b.Context(), "go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/codec")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	code, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	bare, err := sandbox.NewBare(b.Context(), code)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close(b.Context())
	type item struct {
		ID    int64    `json:"id"`
		Name  string   `json:"name"`
		Tags  []string `json:"tags"`
		Score float64  `json:"score"`
	}
	var items []item
	for i := range 8 {
		items = append(items, item{int64(i), "host-" + strings.Repeat("x", 20), []string{"edr", "windows", "finance"}, float64(i) * 1.25})
	}
	input, _ := json.Marshal(map[string]any{"text": strings.Repeat("An alert \"of\" the EDR. ", 10), "items": items})
	one, _ := json.Marshal(abi.Request{Action: "echo", Input: input, Run: abi.Run{ID: "r", Step: "s", Attempt: 1, Key: "k"}})
	const times = 100
	for _, action := range []string{"lean", "standard"} {
		request := fmt.Appendf(nil, `{"action":%q,"input":{"times":%d,"request":%s},"run":{"id":"r"}}`, action, times, one)
		b.Run(action, func(b *testing.B) {
			for b.Loop() {
				if answer, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, request, false); err != nil || !strings.Contains(answer, `"size":1`) && !strings.Contains(answer, `"size":9`) {
					b.Fatal(answer, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/times, "µs/request")
		})
	}
	b.Logf("%d bytes", len(input))
}
