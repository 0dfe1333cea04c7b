package openapi_test

import (
	"os"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.ChildIfAsked()
	os.Exit(m.Run())
}
