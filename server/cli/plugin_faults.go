package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// unknownFields names every field of a manifest that there isn't, with its place and
// the one that may be meant.
func unknownFields(raw []byte) error {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil // told by who reads it
	}
	list, several := value.([]any)
	if !several {
		list = []any{value}
	}
	var errs []error
	for _, m := range list {
		name, _ := m.(map[string]any)
		for _, fault := range unknownIn(m, reflect.TypeFor[abi.Manifest](), "") {
			errs = append(errs, fmt.Errorf("connector %v: %s", name["id"], fault))
		}
	}
	return errors.Join(errs...)
}

var rawType = reflect.TypeFor[json.RawMessage]()

func unknownIn(value any, t reflect.Type, at string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var out []string
	switch v := value.(type) {
	case []any:
		if t.Kind() != reflect.Slice || t == rawType {
			return nil
		}
		for i, element := range v {
			place := fmt.Sprintf("%s[%d]", at, i)
			if o, ok := element.(map[string]any); ok && (o["id"] != nil || o["name"] != nil) {
				named := o["id"]
				if named == nil {
					named = o["name"]
				}
				place += fmt.Sprintf(" %v", named)
			}
			out = append(out, unknownIn(element, t.Elem(), place)...)
		}
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return nil
		}
		fields := map[string]reflect.Type{}
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields[name] = f.Type
		}
		known := slices.Sorted(maps.Keys(fields))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			place := key
			if at != "" {
				place = at + ": " + key
			}
			if f, ok := fields[key]; ok {
				out = append(out, unknownIn(v[key], f, place)...)
			} else {
				out = append(out, strings.TrimPrefix(fmt.Sprintf("%s: unknown field %q%s", at, key, meant(key, known)), ": "))
			}
		}
	}
	return out
}

// meant suggests the known word that is nearest to one, if any is near.
func meant(word string, known []string) string {
	best, least := "", len(word)/3+2
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ": it is one of " + strings.Join(known, ", ")
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// distance is how many characters must be put in, taken away or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

var (
	metaschema = regexp.MustCompile(`"file://[^"]*schema\.json#([^"]*)" is not valid against metaschema: jsonschema validation failed with '[^']*'`)
	validation = regexp.MustCompile(`jsonschema validation failed with '[^']*'`)
	gathering  = regexp.MustCompile(`(?m)^ *- at '[^']*': '(?:allOf|anyOf|oneOf)' failed\n`)
	location   = regexp.MustCompile(`file://[^'"]*schema\.json`)
)

// plainSchema takes out of a fault of a schema what is the checker's own.
func plainSchema(text string) string {
	text = metaschema.ReplaceAllString(text, "is no JSON Schema")
	text = validation.ReplaceAllString(text, "it doesn't fit")
	return location.ReplaceAllString(gathering.ReplaceAllString(text, ""), "the schema")
}

// errToolchain is a build that didn't begin, because something isn't installed.
type errToolchain struct{ error }

// removeStale removes what an earlier build left in a folder, so that nobody tests it
// for what the failed one was of.
func removeStale(dir, out string) {
	if out != "" {
		_ = os.Remove(out) // it may not be there
		return
	}
	for _, pattern := range []string{"*.wasm", "*.wasm.zst"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return
		}
		for _, file := range files {
			raw, err := readPlugin(file)
			if err != nil {
				continue
			}
			list, err := catalog.ReadManifests(raw)
			if err == nil && filepath.Base(file) == outputName(dir, list, strings.HasSuffix(file, ".zst")) {
				_ = os.Remove(file)
			}
		}
	}
}
