package cases

import (
	"context"
	"fmt"
	"strings"
)

// Estate knows by their names what an organisation has.
type Estate interface {
	// NamedTypes gives the types of those names that are of hosts or people, by the names in
	// lower case.
	NamedTypes(ctx context.Context, names []string) (map[string]string, error)
}

// Know has artifacts recognised by what an organisation has. It is set before the service
// is used.
func (s *Service) Know(e Estate) { s.estate = e }

// recognised gives artifacts whose type nobody said the type of what is known by their
// name: NB-017 could be anything, and is a host where an asset is called so. It asks once
// for all, before anything is written.
func (s *Service) recognised(ctx context.Context, list []Artifact) ([]Artifact, error) {
	if s.estate == nil {
		return list, nil
	}
	var names []string
	for i := range list {
		if nameable(&list[i]) {
			names = append(names, strings.ToLower(list[i].Value))
		}
	}
	if len(names) == 0 {
		return list, nil
	}
	types, err := s.estate.NamedTypes(ctx, names)
	if err != nil || len(types) == 0 {
		return list, err
	}
	out := make([]Artifact, len(list))
	for i, a := range list {
		if kind, known := types[strings.ToLower(a.Value)]; known && nameable(&a) {
			if is, err := Normalise(kind, a.Value); err == nil {
				a.Type, a.Value = is.Type, is.Value
			}
		}
		out[i] = a
	}
	return out, nil
}

// nameable says whether an artifact may be the name of something: a text, or a domain.
func nameable(a *Artifact) bool {
	return a.Guessed && (a.Type == TypeOther || a.Type == TypeDomain)
}

// RetypeArtifact says that an artifact is of another type: it keeps its score and its note,
// and counts as one that the case has already where it is the same. One that isn't there
// any more is a [*FieldError].
func (s *Service) RetypeArtifact(ctx context.Context, by Actor, ref, kind, value, to string) (Case, error) {
	is, err := Normalise(to, value)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, by, ref, "", func(w *Work) error {
		artifacts, err := w.HasArtifacts()
		if err != nil {
			return err
		}
		known := byKey(artifacts)
		was := known[[2]string{kind, value}]
		switch {
		case was == nil:
			return &FieldError{"value", fmt.Sprintf("the case has no such artifact any more: %q", value), "look at its artifacts again"}
		case is.Type == kind && is.Value == value:
			return nil
		}
		is.Score, is.Note = was.Score, was.Note
		w.forget(artifacts, was)
		return w.observe(is, known)
	})
}
