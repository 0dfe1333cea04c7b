package js

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Name is what authors import the SDK as.
const Name = "drawbridge"

// namespace begins the names of the SDK's files in messages and maps.
const namespace = "drawbridge"

// Script is a connector's code in one piece.
type Script struct {
	Code []byte
	// Map is its source map, without the sources' contents.
	Map []byte
	// Warnings are what the bundler doubts, one line each.
	Warnings []string
}

// Entry answers the file of a folder that a connector begins with, "" where there
// is none: the main of its package.json, or index, or src/index.
func Entry(dir string) string {
	if raw, err := os.ReadFile(filepath.Join(dir, "package.json")); err == nil {
		var p struct{ Main string }
		if json.Unmarshal(raw, &p) == nil && p.Main != "" && isFile(filepath.Join(dir, p.Main)) {
			return filepath.Clean(p.Main)
		}
	}
	for _, base := range []string{"index", "src/index"} {
		for _, ext := range []string{".ts", ".js", ".mjs", ".mts"} {
			if isFile(filepath.Join(dir, base+ext)) {
				return filepath.FromSlash(base + ext)
			}
		}
	}
	return ""
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// Bundle joins the connector in a folder with the SDK. Types are erased, not
// checked. The error has a line file:line:column: message for each fault.
func Bundle(dir string) (*Script, error) {
	entry := Entry(dir)
	if entry == "" {
		return nil, fmt.Errorf("%s: there is no index.js or index.ts in it", dir)
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	start := fmt.Sprintf("import %q;\nimport exported from %q;\nimport { serve } from %q;\nserve(exported);\n",
		Name+":std/index.ts", "./"+filepath.ToSlash(entry), Name+":serve.ts")
	options := bundling()
	options.Stdin = &api.StdinOptions{Contents: start, ResolveDir: root, Sourcefile: namespace + ":start"}
	options.AbsWorkingDir = root
	options.Outfile = filepath.Join(root, "connector.js")
	result := api.Build(options)
	if len(result.Errors) > 0 {
		return nil, errors.New(strings.Join(messages(result.Errors, entry), "\n"))
	}
	// What the SDK doesn't have is but a warning where a file is TypeScript.
	if missing := slices.DeleteFunc(slices.Clone(result.Warnings), func(m api.Message) bool {
		return m.ID != "import-is-undefined" || !strings.Contains(m.Text, namespace+":")
	}); len(missing) > 0 {
		return nil, errors.New(strings.Join(messages(missing, entry), "\n"))
	}
	s := scriptOf(result.OutputFiles)
	s.Warnings = messages(result.Warnings, entry)
	return s, nil
}

// bundling is how everything is joined with the SDK. Nothing is written.
func bundling() api.BuildOptions {
	return api.BuildOptions{
		Bundle:           true,
		Format:           api.FormatIIFE,
		Platform:         api.PlatformNeutral,
		Target:           api.ES2023,
		MainFields:       []string{"module", "main"},
		Conditions:       []string{"module", "import"},
		MinifyWhitespace: true,
		MinifySyntax:     true,
		LegalComments:    api.LegalCommentsNone,
		Charset:          api.CharsetUTF8,
		Sourcemap:        api.SourceMapExternal,
		SourcesContent:   api.SourcesContentExclude,
		TsconfigRaw:      `{"compilerOptions":{"verbatimModuleSyntax":true,"target":"esnext"}}`,
		TreeShaking:      api.TreeShakingTrue,
		LogLevel:         api.LogLevelSilent,
		Plugins:          []api.Plugin{sdkFiles()},
		Loader:           map[string]api.Loader{".txt": api.LoaderText, ".json": api.LoaderJSON},
	}
}

func scriptOf(files []api.OutputFile) *Script {
	s := &Script{}
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".map") {
			s.Map = f.Contents
		} else {
			s.Code = f.Contents
		}
	}
	return s
}

// sdkFiles serves the SDK's own source from the program.
func sdkFiles() api.Plugin {
	source := Source()
	return api.Plugin{Name: "drawbridge", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: "^" + Name + "(:.*)?$"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			name, own := strings.CutPrefix(a.Path, Name+":")
			if !own {
				name = "index.ts"
			}
			return api.OnResolveResult{Path: name, Namespace: namespace}, nil
		})
		b.OnResolve(api.OnResolveOptions{Filter: `^\.`, Namespace: namespace}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: path.Join(path.Dir(a.Importer), a.Path), Namespace: namespace}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: namespace}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			raw, err := fs.ReadFile(source, a.Path)
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("the SDK has no %s: import from %q", a.Path, Name)
			}
			text := string(raw)
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderTS}, err
		})
	}}
}

// messages writes file:line:column: message, with the notes.
func messages(list []api.Message, entry string) []string {
	var lines []string
	for _, m := range list {
		line := m.Text
		if l := m.Location; l != nil && strings.HasPrefix(l.File, namespace+":") {
			line = fmt.Sprintf("%s: %s: write export default connector({…})", entry, m.Text)
		} else if l != nil {
			line = fmt.Sprintf("%s:%d:%d: %s", l.File, l.Line, l.Column+1, m.Text)
		}
		if name, found := strings.CutPrefix(m.Text, "Could not resolve "); found {
			lines = append(lines, line+": "+unresolved(strings.Trim(name, `"`), m.Notes))
			continue
		}
		for _, n := range m.Notes {
			if n.Text != "" {
				line += " (" + n.Text + ")"
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// unresolved says what to do about an import that leads nowhere. The bundler's own
// hints are for other programs than connectors.
func unresolved(name string, notes []api.Note) string {
	builtIn := slices.ContainsFunc(notes, func(n api.Note) bool { return strings.Contains(n.Text, "built into node") })
	switch {
	case builtIn || strings.HasPrefix(name, "node:"):
		return "a connector has nothing of Node's: use what the language and the SDK have (crypto, fetch, URL, hash, ctx)"
	case strings.HasPrefix(name, "."):
		return "there is no such file; write its name with its extension"
	}
	return "there is no such package in the connector's folder: run npm install " + name + " there, if it is plain JavaScript; it is then bundled"
}
