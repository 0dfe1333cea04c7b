package flows

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Sample is an event that a flow of the library can be tried with.
type Sample struct {
	Name  string
	Input any
}

// Samples reads library/samples/FLOW in the order of the files' names: a mail
// (.eml) is the event {raw}, JSON (.json) is the event itself.
func Samples(flow string) ([]Sample, error) {
	names, err := fs.Glob(Library, path.Join("library/samples", flow, "*"))
	if err != nil {
		return nil, err
	}
	samples := make([]Sample, 0, len(names))
	for _, name := range names {
		content, err := Library.ReadFile(name)
		if err != nil {
			return nil, err
		}
		input, err := event(name, content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		samples = append(samples, Sample{Name: title(path.Base(name)), Input: input})
	}
	return samples, nil
}

func event(name string, content []byte) (any, error) {
	if path.Ext(name) == ".eml" {
		return map[string]any{"raw": string(content)}, nil
	}
	var input any
	err := json.Unmarshal(content, &input)
	return input, err
}

// title makes "1-account-limited.eml" "Account limited".
func title(file string) string {
	words := strings.TrimSuffix(file, path.Ext(file))
	if number, rest, found := strings.Cut(words, "-"); found && strings.Trim(number, "0123456789") == "" {
		words = rest
	}
	words = strings.ReplaceAll(words, "-", " ")
	if words == "" {
		return file
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
