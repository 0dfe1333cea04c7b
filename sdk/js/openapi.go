package js

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// BundleOpenAPI joins the SDK with a manifest and a table of operations, both JSON,
// to the code of a connector: see src/openapi.ts.
func BundleOpenAPI(manifest, table []byte) (*Script, error) {
	var texts [2]string
	for i, raw := range [][]byte{manifest, table} {
		// As a text: in an object's literal a key such as __proto__ would mean another thing.
		text, err := json.Marshal(string(raw))
		if err != nil {
			return nil, err
		}
		texts[i] = string(text)
	}
	start := fmt.Sprintf("import %q;\nimport { openapi } from %q;\nimport { serve } from %q;\nserve(openapi(JSON.parse(%s), JSON.parse(%s)));\n",
		Name+":std/index.ts", Name+":openapi.ts", Name+":serve.ts", texts[0], texts[1])
	options := bundling()
	options.Stdin = &api.StdinOptions{Contents: start, Sourcefile: namespace + ":start"}
	options.Outfile = "/connector.js"
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return nil, errors.New(strings.Join(messages(result.Errors, "openapi"), "\n"))
	}
	return scriptOf(result.OutputFiles), nil
}
