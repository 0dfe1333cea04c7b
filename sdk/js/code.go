package js

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// CodeName is what messages call the script of a node.
const CodeName = "script"

// CodeError is a fault in the script of a node, at a line and column from 1; 0 where
// it has no place.
type CodeError struct {
	Line, Column int
	Message      string
}

// Error implements the error interface.
func (e *CodeError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// CheckCode says whether the script of a node can be read: JavaScript or TypeScript,
// whose types are erased and not checked, with a default export and without imports.
// The error is a [*CodeError].
func CheckCode(source string) error {
	result := api.Build(api.BuildOptions{
		Stdin:       &api.StdinOptions{Contents: source, Sourcefile: CodeName, Loader: api.LoaderTS},
		Format:      api.FormatESModule,
		Target:      api.ES2023,
		Metafile:    true,
		LogLevel:    api.LogLevelSilent,
		TsconfigRaw: `{"compilerOptions":{"verbatimModuleSyntax":true,"target":"esnext"}}`,
	})
	if len(result.Errors) > 0 {
		return codeError(result.Errors[0])
	}
	var meta struct {
		Outputs map[string]struct {
			Imports []struct{ Path string }
			Exports []string
		}
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return err
	}
	for _, out := range meta.Outputs {
		if len(out.Imports) > 0 {
			return &CodeError{Message: importsNothing(out.Imports[0].Path)}
		}
		if !slices.Contains(out.Exports, "default") {
			return &CodeError{Message: "it must export default a function: write export default (input) => …"}
		}
	}
	return nil
}

func importsNothing(name string) string {
	return "a script imports nothing, and this one imports " + name
}

func codeError(m api.Message) error {
	e := &CodeError{Message: m.Text}
	if l := m.Location; l != nil && l.File == CodeName {
		e.Line, e.Column = l.Line, l.Column+1
	}
	return e
}

// codeStart is a connector of one action, which is the script.
const codeStart = `import "drawbridge:std/index.ts";
import main from "script";
import { serve } from "drawbridge:serve.ts";
if (typeof main !== "function") throw new TypeError("the script must export default a function");
const given = (v) => (v === undefined ? null : v);
const settled = (v) => (typeof v?.then === "function" ? v.then(given) : given(v));
serve({
  id: "code", version: "0.0.0", name: "Code", description: "A script.",
  actions: { run: { name: "Run", description: "Runs it.", input: {}, output: {}, run: (given) => settled(main(given.input)) } },
});
`

// BundleCode joins the script of a node with the SDK to a connector's code, whose
// action run takes {"input"} and gives what the script returns. The error is a
// [*CodeError].
func BundleCode(source string) (*Script, error) {
	if err := CheckCode(source); err != nil {
		return nil, err
	}
	options := bundling()
	options.Stdin = &api.StdinOptions{Contents: codeStart, Sourcefile: namespace + ":start"}
	options.Outfile = "/code.js"
	options.Plugins = append(options.Plugins, api.Plugin{Name: CodeName, Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if a.Path == CodeName && strings.HasPrefix(a.Importer, namespace) {
				return api.OnResolveResult{Path: CodeName, Namespace: CodeName}, nil
			}
			return api.OnResolveResult{}, errors.New(importsNothing(a.Path))
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: CodeName}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			return api.OnLoadResult{Contents: &source, Loader: api.LoaderTS}, nil
		})
	}})
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return nil, codeError(result.Errors[0])
	}
	return scriptOf(result.OutputFiles), nil
}
