package js_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/js"
)

// folder makes a folder of files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const minimal = `import { connector } from "drawbridge"; export default connector({id: "a", actions: {}});`

func TestEntry(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"index.ts":     {"index.ts": "", "index.js": "", "src/index.ts": ""},
		"src/index.js": {"src/index.js": "", "other.js": ""},
		"main.mjs":     {"package.json": `{"main": "./main.mjs"}`, "main.mjs": "", "index.js": ""},
		"index.js":     {"package.json": `{"main": "gone.js"}`, "index.js": ""},
		"":             {"other.js": ""},
	} {
		if got := js.Entry(folder(t, files)); got != filepath.FromSlash(want) {
			t.Errorf("entry %q, want %q", got, want)
		}
	}
}

// TestBundleHasTheSDKAndNothingOfTheMachine sees that a script is whole, and that
// neither it nor its map tells where it was built.
func TestBundleHasTheSDKAndNothingOfTheMachine(t *testing.T) {
	dir := folder(t, map[string]string{"index.ts": minimal + `const x: string = "here"; console.log(x);`, "package.json": `{"name":"a"}`})
	s, err := js.Bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	code, mapping := string(s.Code), string(s.Map)
	if strings.Contains(code, "import ") || !strings.Contains(code, "drawbridgeHost") || !strings.Contains(code, "here") {
		t.Errorf("the script isn't whole: %.200s", code)
	}
	for _, text := range []string{code, mapping} {
		if strings.Contains(text, dir) || strings.Contains(text, filepath.Base(dir)) {
			t.Error("it tells the folder it was built in")
		}
	}
	if !strings.Contains(mapping, `"index.ts"`) || strings.Contains(mapping, "sourcesContent") {
		t.Errorf("the map: %.300s", mapping)
	}
	again, err := js.Bundle(dir)
	if err != nil || string(again.Code) != code || string(again.Map) != mapping {
		t.Errorf("another build differs: %v", err)
	}
}

func TestBundleTellsAllMistakesWithTheirPlaces(t *testing.T) {
	_, err := js.Bundle(folder(t, map[string]string{
		"index.js": "import a from './a.js';\nimport b from 'node:fs';\nimport c from 'drawbridge:gone.ts';\n" + minimal,
	}))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`index.js:1:15: Could not resolve "./a.js"`, `index.js:2:15: Could not resolve "node:fs"`, `the SDK has no gone.ts`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
}

// TestTheSDKIsInTheProgram sees that files are embedded as they are needed.
func TestTheSDKIsInTheProgram(t *testing.T) {
	for _, f := range []struct {
		fsys fs.FS
		name string
	}{{js.Source(), "index.ts"}, {js.Source(), "std/index.ts"}, {js.Types(), "drawbridge.d.ts"}, {js.Types(), "globals.d.ts"}} {
		if _, err := fs.Stat(f.fsys, f.name); err != nil {
			t.Error(err)
		}
	}
}
