package cli

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/sdk/rust"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// templates are the files of new connectors, a folder a language. A name that
// ends in .tmpl is written without the ending.
//
//go:embed all:templates
var templates embed.FS

// language is one that plugin new knows.
type language struct {
	name  string
	title string
	// folder is that of the templates.
	folder string
	// rename changes the names of files, as ext to ext.
	rename map[string]string
	// sdk answers the SDK's files that go with them, by their paths in the folder.
	sdk func() (map[string][]byte, error)
}

var languages = []language{
	{name: "go", title: "Go", folder: "go", sdk: goSDK},
	{name: "js", title: "JavaScript", folder: "js", sdk: jsTypes},
	{name: "ts", title: "TypeScript", folder: "js", sdk: jsTypes, rename: map[string]string{"index.js": "index.ts", "jsconfig.json": "tsconfig.json"}},
	{name: "rust", title: "Rust", folder: "rust", sdk: rustSDK},
}

// goSDK is a copy of the SDK as a module of its own, which the connector's go.mod
// puts in place of the published one.
func goSDK() (map[string][]byte, error) {
	source, err := sdk.Source()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"drawbridge/go.mod": []byte("module github.com/drawbridge-soar/drawbridge\n\ngo 1.26.0\n")}
	for name, text := range source {
		files["drawbridge/"+name] = text
	}
	return files, nil
}

// rustSDK is a copy of the crate, which the connector depends on by its path.
func rustSDK() (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(rust.Source, ".", func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files["drawbridge-sdk/"+at], err = rust.Source.ReadFile(at)
		return err
	})
	return files, err
}

func jsTypes() (map[string][]byte, error) {
	var text []byte
	for _, name := range []string{"drawbridge.d.ts", "globals.d.ts"} {
		part, err := fs.ReadFile(js.Types(), name)
		if err != nil {
			return nil, err
		}
		text = append(append(text, part...), '\n')
	}
	return map[string][]byte{"drawbridge.d.ts": text}, nil
}

func pluginNewCommand() *cobra.Command {
	var lang, out string
	var names []string
	for _, l := range languages {
		names = append(names, l.name)
	}
	c := &cobra.Command{
		Use:   "new NAME --lang " + strings.Join(names, "|"),
		Short: "Make the folder of a new connector",
		Long: `Make the folder NAME with a complete connector: one action, an example that is a
test, a README. It builds and runs offline as it is, anywhere. NAME is the
connector's id: lower-case letters, digits and _. A folder that is there already
is left alone.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i := slices.IndexFunc(languages, func(l language) bool { return l.name == lang })
			if i < 0 {
				return invalid(fmt.Errorf("--lang %q: it is one of %s", lang, strings.Join(names, ", ")))
			}
			dir := out
			if dir == "" {
				dir = args[0]
			}
			if err := newPlugin(dir, args[0], languages[i]); err != nil {
				return err
			}
			return tellNext(cmd.ErrOrStderr(), dir, args[0])
		},
	}
	c.Flags().StringVar(&lang, "lang", "", "the language: "+strings.Join(names, ", "))
	c.Flags().StringVar(&out, "out", "", "the folder to make instead of NAME")
	_ = c.MarkFlagRequired("lang") // the flag is there
	return c
}

func tellNext(w io.Writer, dir, name string) error {
	_, err := fmt.Fprintf(w, "made %s; next:\n  drawbridge plugin build %s\n  drawbridge plugin test %s\n", dir, dir, filepath.Join(dir, name+".wasm"))
	return err
}

// newPlugin makes the folder, whole or not at all.
func newPlugin(dir, name string, l language) (err error) {
	if err := checkName(name); err != nil {
		return invalid(err)
	}
	files, err := l.sdk()
	if err != nil {
		return err
	}
	if err := l.fill(files, name); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); errors.Is(err, fs.ErrExist) { //nolint:gosec // an author's folder
		return invalid(fmt.Errorf("%s is there already: choose another name, or give --out", dir))
	} else if err != nil {
		return invalid(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is left to write
	for file, text := range files {
		if err := root.MkdirAll(path.Dir(file), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// checkName asks the rules for a manifest's id.
func checkName(name string) error {
	m := abi.Manifest{ID: name, Version: "0.1.0", ABI: abi.Version, Name: name, Description: name, Actions: []abi.Action{}}
	err := catalog.ValidateManifest(m)
	if err == nil {
		return nil
	}
	for line := range strings.Lines(err.Error()) {
		if strings.Contains(line, ": id: ") {
			fault := fmt.Errorf("the name of a connector: %s", strings.TrimSpace(line))
			if like := nearName(name); like != "" {
				fault = fmt.Errorf("the name of a connector has lower-case letters, digits and _, and begins with a letter: try %s (it must match %s)", like, namePattern)
			}
			return fault
		}
	}
	return nil // it lacks actions, which is no fault of the name
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// nearName makes a name that can be an id of one that can't; "" where there is none.
func nearName(name string) string {
	like := strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(strings.ToLower(name))
	if like == name || strings.Contains(name, "..") || !namePattern.MatchString(like) {
		return ""
	}
	return like
}

// fill adds the language's templates to the files.
func (l language) fill(files map[string][]byte, name string) error {
	folder := path.Join("templates", l.folder)
	return fs.WalkDir(templates, folder, func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := templates.ReadFile(at)
		if err != nil {
			return err
		}
		t, err := template.New(at).Parse(string(raw))
		if err != nil {
			return err
		}
		file := strings.TrimSuffix(strings.TrimPrefix(at, folder+"/"), ".tmpl")
		if renamed := l.rename[file]; renamed != "" {
			file = renamed
		}
		if file == "connector"+testSuffix { // beside NAME.wasm
			file = name + testSuffix
		}
		var text strings.Builder
		err = t.Execute(&text, map[string]any{"Name": name, "Title": titleOf(name), "Language": l.title, "Entry": l.entry()})
		files[file] = []byte(text.String())
		return err
	})
}

func (l language) entry() string {
	if renamed := l.rename["index.js"]; renamed != "" {
		return renamed
	}
	return "index.js"
}

// titleOf makes words of an id: Threat feed of threat_feed.
func titleOf(name string) string {
	words := strings.TrimSpace(strings.ReplaceAll(name, "_", " "))
	return strings.ToUpper(words[:1]) + words[1:]
}
