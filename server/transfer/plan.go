package transfer

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Make reads a flow file, a bundle or several files and plans their import.
// Nothing is changed but that the plan is kept.
func (s *Service) Make(ctx context.Context, content []byte, author string) (*Plan, error) {
	files, err := split(content)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	b := &builder{
		service: s, plan: &Plan{ID: id.String(), Items: []Item{}, Problems: []FileProblem{}, Applicable: true},
		connectors: map[missingKey]*MissingConnector{}, credentials: map[missingKey]*MissingCredential{},
	}
	for _, f := range files {
		if err := b.file(ctx, f); err != nil {
			return nil, err
		}
	}
	b.missing()
	return b.plan, s.imports.InsertPlan(ctx, b.plan, author, s.now())
}

// missingKey names something missing: a connector of a version, an alias of a type.
type missingKey struct{ name, detail string }

type builder struct {
	service     *Service
	plan        *Plan
	connectors  map[missingKey]*MissingConnector
	credentials map[missingKey]*MissingCredential
}

func (b *builder) file(ctx context.Context, f file) error {
	d, problems, err := b.service.library.Check(ctx, f.content)
	if err != nil {
		return err
	}
	for _, p := range problems {
		b.problem(f, p)
	}
	if d == nil || problems.Lossy() {
		b.plan.Applicable = false
		return nil
	}
	if d.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		d.ID = id.String()
	}
	if b.plan.item(d.ID) != nil {
		b.plan.Applicable = false
		b.problem(f, d.Place(flow.Problem{
			Code: "import.duplicate", Severity: flow.SeverityError, Pointer: "/id",
			Message: "another file has the same id", Fix: "import only one of them",
		}, 0))
		return nil
	}
	item, err := b.service.compare(ctx, d)
	if err != nil {
		return err
	}
	item.File = f.name
	b.plan.Items = append(b.plan.Items, *item)
	b.needs(d)
	return nil
}

// problem places a problem in its file: a flow of a bundle begins somewhere inside.
func (b *builder) problem(f file, p flow.Problem) {
	if p.Line == 1 {
		p.Column += f.column
	}
	if p.Line > 0 {
		p.Line += f.line
	}
	b.plan.Problems = append(b.plan.Problems, FileProblem{f.name, p})
}

// compare says how a document stands to the flow of its id here.
func (s *Service) compare(ctx context.Context, d *flow.Document) (*Item, error) {
	item := &Item{
		FlowID: d.ID, Name: d.Name, Status: StatusNew, Changes: []flow.Change{}, Content: flow.Encode(d),
		Choices: []string{Theirs, Mine, Copy}, Choice: Theirs,
	}
	local, err := s.library.Draft(ctx, d.ID)
	if errors.Is(err, library.ErrNotFound) {
		return item, nil
	}
	if err != nil {
		return nil, err
	}
	item.Local, item.Choice = &Local{local.Revision, local.Version}, Mine
	here, problems := local.Document()
	if here == nil {
		return nil, problems
	}
	if item.Changes = flow.Diff(here, d); len(item.Changes) == 0 {
		item.Status, item.Changes, item.Choices = StatusSame, []flow.Change{}, []string{Mine, Copy}
		return item, nil
	}
	item.Status, err = s.standing(ctx, &local, item.Content)
	return item, err
}

// standing tells a flow that was only changed elsewhere from one that was edited
// here too: since it was published, imported or made, or since the file was
// taken from it.
func (s *Service) standing(ctx context.Context, local *library.Draft, theirs []byte) (Status, error) {
	versions, err := s.library.Versions(ctx, local.ID)
	if err != nil {
		return "", err
	}
	digest := library.Digest(theirs)
	if slices.ContainsFunc(versions, func(v library.Version) bool { return v.Digest == digest }) {
		return StatusConflict, nil // the file is an older state of what is here
	}
	if len(versions) > 0 && versions[0].Digest == library.Digest(local.Content) || local.Revision == 1 {
		return StatusChanged, nil
	}
	imported, err := s.imports.Imported(ctx, local.ID)
	if err == nil && imported == local.Revision {
		return StatusChanged, nil
	}
	return StatusConflict, err
}

// needs notes what a document uses and this system lacks.
func (b *builder) needs(d *flow.Document) {
	for id, version := range d.Connectors {
		if _, err := b.service.connectors.Connector(id, version); err == nil {
			continue
		}
		key := missingKey{id, version}
		if b.connectors[key] == nil {
			b.connectors[key] = &MissingConnector{ID: id, Version: version}
		}
		b.connectors[key].Flows = append(b.connectors[key].Flows, d.ID)
	}
	for alias, c := range d.Credentials {
		key := missingKey{alias, c.Type} // no credential can be bound yet: all are missing
		if b.credentials[key] == nil {
			b.credentials[key] = &MissingCredential{Alias: alias, Type: c.Type}
		}
		b.credentials[key].Flows = append(b.credentials[key].Flows, d.ID)
	}
}

func (b *builder) missing() {
	b.plan.Connectors, b.plan.Credentials = []MissingConnector{}, []MissingCredential{}
	for _, key := range sorted(b.connectors) {
		b.plan.Connectors = append(b.plan.Connectors, *b.connectors[key])
	}
	for _, key := range sorted(b.credentials) {
		b.plan.Credentials = append(b.plan.Credentials, *b.credentials[key])
	}
}

func sorted[V any](m map[missingKey]V) []missingKey {
	return slices.SortedFunc(maps.Keys(m), func(a, b missingKey) int {
		if a.name != b.name {
			if a.name < b.name {
				return -1
			}
			return 1
		}
		switch {
		case a.detail < b.detail:
			return -1
		case a.detail > b.detail:
			return 1
		}
		return 0
	})
}
