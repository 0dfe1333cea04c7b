package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/library"
)

// maxFiles is how many flows one import takes.
const maxFiles = 1000

// file is one flow's text, and where in its file it begins.
type file struct {
	name         string
	content      []byte
	line, column int
}

// split finds the flows in what was sent: a flow file, a bundle or several files.
func split(content []byte) ([]file, error) {
	var head struct {
		Format string `json:"format"`
		Files  []struct {
			Name    string `json:"name"`
			Content string `json:"content"`
		} `json:"files"`
		Flows []json.RawMessage `json:"flows"`
	}
	_ = json.Unmarshal(content, &head) // what isn't JSON is reported as a flow file is, with its place
	switch {
	case head.Format == FormatBundle:
		return bundled("bundle", content, head.Flows)
	case head.Format != FormatFiles:
		return []file{{name: "flow", content: content}}, nil
	}
	var all []file
	for _, f := range head.Files {
		inner, err := splitOne(f.Name, []byte(f.Content))
		if err != nil {
			return nil, err
		}
		all = append(all, inner...)
	}
	return bounded(all)
}

// splitOne finds the flows of one named file, which may be a bundle itself.
func splitOne(name string, content []byte) ([]file, error) {
	var head struct {
		Format string            `json:"format"`
		Flows  []json.RawMessage `json:"flows"`
	}
	if json.Unmarshal(content, &head) == nil && head.Format == FormatBundle {
		return bundled(name, content, head.Flows)
	}
	return []file{{name: name, content: content}}, nil
}

func bounded(files []file) ([]file, error) {
	switch {
	case len(files) == 0:
		return nil, ErrFormat
	case len(files) > maxFiles:
		return nil, fmt.Errorf("%w: it has %d flows, at most %d are taken at once", ErrFormat, len(files), maxFiles)
	}
	return files, nil
}

// bundled finds where each flow of a bundle begins.
func bundled(name string, content []byte, flows []json.RawMessage) ([]file, error) {
	files := make([]file, len(flows))
	from := 0
	for i, raw := range flows {
		at := bytes.Index(content[from:], raw)
		if at < 0 {
			at = 0
		}
		from += at
		before := content[:from]
		files[i] = file{
			name: name, content: raw, line: bytes.Count(before, []byte("\n")),
			column: utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
		}
		from += len(raw)
	}
	return bounded(files)
}

// Exported is a file to be given out.
type Exported struct {
	Name    string
	Content []byte
}

// Export gives one flow as its file in canonical form, or several, or all where
// none is named, as a bundle.
func (s *Service) Export(ctx context.Context, ids []string) (*Exported, error) {
	if len(ids) == 1 {
		d, err := s.library.Draft(ctx, ids[0])
		if err != nil {
			return nil, err
		}
		name := ids[0]
		if doc, _ := d.Document(); doc != nil {
			name = FileName(doc.Name, d.ID)
		}
		return &Exported{name + ".flow.json", d.Content}, nil
	}
	if len(ids) == 0 {
		var err error
		if ids, err = s.all(ctx); err != nil {
			return nil, err
		}
	}
	return s.bundle(ctx, ids)
}

func (s *Service) all(ctx context.Context) ([]string, error) {
	var ids []string
	page := library.Page{Limit: 200}
	for {
		list, next, err := s.library.List(ctx, page)
		if err != nil {
			return nil, err
		}
		for i := range list {
			ids = append(ids, list[i].ID)
		}
		if next == "" {
			return ids, nil
		}
		page.Cursor = next
	}
}

// bundle puts canonical documents into one file, indented as they are.
func (s *Service) bundle(ctx context.Context, ids []string) (*Exported, error) {
	var b bytes.Buffer
	b.WriteString("{\n  \"format\": \"" + FormatBundle + "\",\n  \"flows\": [")
	for i, id := range ids {
		d, err := s.library.Draft(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("flow %s: %w", id, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		b.Write(bytes.ReplaceAll(bytes.TrimSpace(d.Content), []byte("\n"), []byte("\n    ")))
	}
	b.WriteString("\n  ]\n}\n")
	return &Exported{"flows.bundle.json", b.Bytes()}, nil
}

// FileName makes a flow's name one that every file system takes; empty names give
// the fallback.
func FileName(name, fallback string) string {
	mapped := strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return unicode.ToLower(r)
		default:
			return '-'
		}
	}, name)
	parts := strings.FieldsFunc(mapped, func(r rune) bool { return r == '-' })
	joined := strings.Join(parts, "-")
	if len(joined) > 80 {
		joined = joined[:80]
	}
	if joined == "" {
		return fallback
	}
	return joined
}

// Changes says whether the plan would change something as it is chosen now.
func (p *Plan) Changes() bool {
	for i := range p.Items {
		if p.Items[i].Choice != Mine {
			return true
		}
	}
	return !p.Applicable
}
