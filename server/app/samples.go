package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/flows"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// installSamples publishes the flows of the bundled library that aren't there yet,
// each with its samples. Flows that somebody has changed stay as they are.
func installSamples(ctx context.Context, l *library.Service) error {
	names, err := fs.Glob(flows.Library, "library/*.flow.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := installSample(ctx, l, name); err != nil {
			return fmt.Errorf("sample %s: %w", name, err)
		}
	}
	return nil
}

func installSample(ctx context.Context, l *library.Service, name string) error {
	content, err := flows.Library.ReadFile(name)
	if err != nil {
		return err
	}
	draft, _, err := l.Create(ctx, content, "sample")
	if errors.Is(err, library.ErrExists) {
		return nil
	}
	if err != nil {
		return err
	}
	known, err := flows.Samples(strings.TrimSuffix(path.Base(name), ".flow.json"))
	if err != nil {
		return err
	}
	samples := make([]library.Sample, len(known))
	for i, s := range known {
		samples[i] = library.Sample{Name: s.Name, Input: s.Input}
	}
	if _, err := l.SaveSamples(ctx, draft.ID, library.AnyRevision, samples); err != nil {
		return err
	}
	if d, _ := flow.Decode(content); d == nil || library.Needs(d) != "" {
		return nil
	}
	_, err = l.Publish(ctx, draft.ID, "The sample flow as it ships", "sample")
	return err
}

// templateFile is a template of cases as it ships: in library/templates.
type templateFile struct {
	ID, Name, Description string
	Steps                 []struct {
		cases.Step
		Within string `json:"within"`
	}
}

// installTemplates saves the templates of cases that ship and aren't there yet, neither
// by their id nor by their name.
func installTemplates(ctx context.Context, c *cases.Service) error {
	names, err := fs.Glob(flows.Library, "library/templates/*.template.json")
	if err != nil {
		return err
	}
	there, err := c.Templates(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		t, err := readTemplate(name)
		if err == nil && !slices.ContainsFunc(there, func(o cases.Template) bool { return o.ID == t.ID || strings.EqualFold(o.Name, t.Name) }) {
			_, err = c.SaveTemplate(auth.WithActor(ctx, auth.Actor{Name: "sample"}), t)
		}
		if err != nil {
			return fmt.Errorf("template %s: %w", name, err)
		}
	}
	return nil
}

func readTemplate(name string) (cases.Template, error) {
	content, err := flows.Library.ReadFile(name)
	if err != nil {
		return cases.Template{}, err
	}
	var file templateFile
	if err := json.Unmarshal(content, &file); err != nil {
		return cases.Template{}, err
	}
	t := cases.Template{ID: file.ID, Name: file.Name, Description: file.Description}
	for _, s := range file.Steps {
		if s.Within != "" {
			if s.Step.Within, err = flow.ParseDuration(s.Within); err != nil {
				return t, err
			}
		}
		t.Steps = append(t.Steps, s.Step)
	}
	return t, nil
}
