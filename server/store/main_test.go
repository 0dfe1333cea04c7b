package store_test

import (
	"os"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestMain(m *testing.M) {
	code := m.Run()
	testkit.Close()
	os.Exit(code)
}
