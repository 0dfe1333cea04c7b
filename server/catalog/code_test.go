package catalog_test

import (
	"fmt"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// TestScriptsInUseStay: however many others are used meanwhile, a script that is at work
// is found until its call is done.
func TestScriptsInUseStay(t *testing.T) {
	c := catalog.New()
	script := func(n int) (version string, done func()) {
		t.Helper()
		version = fmt.Sprintf("0.0.0-s%d", n)
		manifest := fmt.Sprintf(`{"id": "code", "version": %q, "abi": "drawbridge_v1", "name": "Code", "description": "A script.", "actions": [{"id": "run", "name": "Run", "description": "x", "effect": "none", "input": {"type": "object"}, "output": {}}]}`, version)
		_, done, err := c.UseCode(version, func() ([]byte, error) {
			return catalog.AppendSection([]byte("\x00asm\x01\x00\x00\x00"), "drawbridge.manifest", []byte(manifest))
		})
		if err != nil {
			t.Fatal(err)
		}
		return version, done
	}
	used, done := script(0)
	_, again := script(0)
	many := func(from int) {
		for n := from; n < from+400; n++ {
			_, done := script(n)
			done()
		}
	}
	found := func() bool { _, err := c.Connector(catalog.CodeConnector, used); return err == nil }
	many(1)
	if !found() {
		t.Error("a script is gone while two calls use it")
	}
	done()
	many(1000)
	if !found() {
		t.Error("a script is gone while one call uses it")
	}
	again()
	many(2000)
	if found() {
		t.Error("a script stays that nothing uses")
	}
}
