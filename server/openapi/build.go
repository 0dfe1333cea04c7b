package openapi

import (
	"encoding/json"
	"fmt"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/quickjs"
)

// Build makes the connector's file: the shared engine, the runtime with the table,
// and the manifest.
func (r *Result) Build() ([]byte, error) {
	if err := catalog.ValidateManifest(r.Manifest); err != nil {
		return nil, fmt.Errorf("what the document makes is no sound connector: %w", err)
	}
	manifest, err := json.Marshal(r.Manifest)
	if err != nil {
		return nil, err
	}
	table, err := json.Marshal(r.Table)
	if err != nil {
		return nil, err
	}
	script, err := js.BundleOpenAPI(manifest, table)
	if err != nil {
		return nil, err
	}
	file, err := quickjs.Engine()
	for _, s := range []struct {
		name string
		data []byte
	}{{abi.ScriptSection, script.Code}, {abi.ScriptMapSection, script.Map}, {abi.ManifestSection, manifest}} {
		if err == nil {
			file, err = catalog.AppendSection(file, s.name, s.data)
		}
	}
	return file, err
}
