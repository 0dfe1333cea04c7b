package hash

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// TestLargeFile reads a file that was never whole in memory.
func TestLargeFile(t *testing.T) {
	h := sdktest.NewHost()
	var out Output
	sdktest.Run(t, Connector(), "digest", map[string]any{"data": h.PutBlob(make([]byte, 5<<20)), "algorithms": []string{"md5"}}, sdktest.WithHost(h)).Into(&out)
	if out.Size != 5<<20 || out.MD5 != "5f363e0e58a95f06cbe9bbc662c5dfb6" || out.SHA256 != "" {
		t.Errorf("%+v", out)
	}
}
