package openapi_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/openapi"
)

// FuzzConvert sees that whatever is given is refused, or makes a sound manifest.
func FuzzConvert(f *testing.F) {
	for _, file := range append(realDocuments(), "testdata/features.yaml", "testdata/sloppy.yaml") {
		if document, err := os.ReadFile(filepath.Clean(file)); err == nil && len(document) < 30<<10 {
			f.Add(document, []byte("hide: [GET *]"))
		}
	}
	f.Add([]byte(head+`{"/a": {"get": {"security": [{"x": []}], "servers": [{"url": "{a}{b}"}]}}}}`), []byte("operations: {get_a: {id: b}}"))
	f.Fuzz(func(t *testing.T, document, overlay []byte) {
		o := openapi.Options{File: "it", Overlay: overlay, OverlayFile: "over"}
		for _, given := range [][]byte{nil, overlay} {
			o.Overlay = given
			r, err := openapi.Convert(document, o)
			if err != nil {
				continue
			}
			if err := catalog.ValidateManifest(r.Manifest); err != nil {
				t.Errorf("an unsound manifest: %v", err)
			}
			raw, err := json.Marshal(r.Manifest)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := catalog.DecodeManifests(raw); err != nil {
				t.Errorf("a manifest that can't be read: %v", err)
			}
		}
	})
}
