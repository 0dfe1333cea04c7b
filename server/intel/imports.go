package intel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Bounds of a file.
const (
	MaxFile     = 32 << 20 // bytes
	MaxObjects  = 100_000  // of STIX, or lines of CSV
	MaxListed   = 1000     // of the findings of a report that are listed
	importBatch = 1000     // indicators of one transaction
)

// What became of a part of a file.
const (
	OutcomeModelled = "modelled" // it is an indicator, or said of one
	OutcomeKept     = "kept"     // it is kept and given back as it came
	OutcomeRefused  = "refused"
)

// Finding is what became of a part of a file, and why.
type Finding struct {
	// Place is the id of a STIX object, or the line of a CSV file.
	Place   string `json:"place"`
	Type    string `json:"type"`
	Outcome string `json:"outcome"`
	Message string `json:"message"`
	Fix     string `json:"fix"`
}

// Report says what a file holds, and what an import of it does or did.
type Report struct {
	Applied bool
	// New, Changed and Same count indicators; the others count parts of the file.
	New, Changed, Same      int
	Modelled, Kept, Refused int
	Sightings               int
	// Findings are the first of what was refused, then of what was kept, then of the rest.
	Findings []Finding
}

func (r *Report) tell(f Finding) {
	switch f.Outcome {
	case OutcomeModelled:
		r.Modelled++
	case OutcomeKept:
		r.Kept++
	default:
		r.Refused++
	}
	r.Findings = append(r.Findings, f)
}

// settle leaves the findings that matter most, in the order of the file.
func (r *Report) settle() {
	rank := map[string]int{OutcomeRefused: 0, OutcomeKept: 1, OutcomeModelled: 2}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return rank[a.Outcome] - rank[b.Outcome] })
	r.Findings = r.Findings[:min(len(r.Findings), MaxListed)]
}

// File is what is imported.
type File struct {
	Content []byte
	// Source says so, where the file doesn't name who does.
	Source string
	// Columns name those of a CSV file, in order, where its header doesn't; an empty name is skipped.
	Columns []string
}

// read is what a file holds.
type read struct {
	report    Report
	given     []Given
	sightings []Sighting
	objects   []Object
}

// tooLarge refuses files that no import takes.
func tooLarge(f *File) error {
	if len(f.Content) > MaxFile {
		return &FieldError{"file", fmt.Sprintf("a file has at most %d MiB", MaxFile>>20), "import it in parts"}
	}
	return nil
}

// ImportSTIX says what an import of a STIX 2.1 bundle would do, and does it where apply is set.
func (s *Service) ImportSTIX(ctx context.Context, by cases.Actor, f *File, apply bool) (*Report, error) {
	r, err := readSTIX(f, s.at())
	if err != nil {
		return nil, err
	}
	return s.imports(ctx, by, r, apply)
}

// ImportCSV is the same for a CSV file.
func (s *Service) ImportCSV(ctx context.Context, by cases.Actor, f *File, apply bool) (*Report, error) {
	r, err := readCSV(f, s.at())
	if err != nil {
		return nil, err
	}
	return s.imports(ctx, by, r, apply)
}

func (s *Service) imports(ctx context.Context, by cases.Actor, r *read, apply bool) (*Report, error) {
	if err := s.compare(ctx, r); err != nil {
		return nil, err
	}
	r.report.settle()
	r.report.Sightings = len(r.sightings)
	if !apply {
		return &r.report, nil
	}
	for batch := range slices.Chunk(r.given, importBatch) {
		if err := s.AddAll(ctx, by, "", batch); err != nil {
			return nil, err
		}
	}
	note := Note{By: by, Action: "indicator.sighting"}
	for batch := range slices.Chunk(r.sightings, importBatch) {
		if err := s.sight(ctx, note, batch); err != nil {
			return nil, err
		}
	}
	// Kept last: an import that was cut off is begun again, and finds nothing done twice.
	for batch := range slices.Chunk(r.objects, importBatch) {
		if err := s.store.KeepObjects(ctx, batch); err != nil {
			return nil, err
		}
	}
	r.report.Applied = true
	return &r.report, nil
}

// compare counts what would be new and what would be another. What would outgrow its
// indicator together with what is known already is refused, before anything is imported.
func (s *Service) compare(ctx context.Context, r *read) error {
	at, fits, lost := s.at(), make([]Given, 0, len(r.given)), map[string]bool{}
	for batch := range slices.Chunk(r.given, importBatch) {
		ids := make([]string, len(batch))
		for n := range batch {
			ids[n] = batch[n].ID()
		}
		there, err := s.store.ByID(ctx, ids)
		if err != nil {
			return err
		}
		have := make(map[string]*Indicator, len(there))
		for n := range there {
			have[there[n].ID] = &there[n]
		}
		for n := range batch {
			was := have[ids[n]]
			together, changed := batch[n].into(was, at)
			if refused := r.report.outgrown(together); refused {
				lost[ids[n]] = was == nil
				continue
			}
			fits = append(fits, batch[n])
			switch {
			case was == nil:
				r.report.New++
			case changed:
				r.report.Changed++
			default:
				r.report.Same++
			}
		}
	}
	r.given = fits
	r.sightings = slices.DeleteFunc(r.sightings, func(seen Sighting) bool { return lost[seen.Indicator] })
	return nil
}

func (r *Report) outgrown(i *Indicator) bool {
	var field *FieldError
	if !errors.As(i.check(), &field) {
		return false
	}
	r.tell(Finding{Place: i.Shown(), Type: i.Type, Outcome: OutcomeRefused, Message: field.Field + ": " + field.Message + ", with what is known of it already", Fix: field.Fix})
	return true
}

// gather adds what a file tells of a value to what it told before, so that each value is
// there once. What no indicator can hold is the error, a [*FieldError].
type gathering struct {
	place map[string]int
	into  *read
	at    time.Time
}

func (g *gathering) add(given Given) error {
	scratch, _ := given.into(nil, g.at)
	if err := scratch.check(); err != nil {
		return err
	}
	id := given.ID()
	n, there := g.place[id]
	if !there {
		g.place[id] = len(g.into.given)
		g.into.given = append(g.into.given, given)
		return nil
	}
	have := &g.into.given[n]
	for _, list := range []struct{ into, more *[]string }{
		{&have.Families, &given.Families}, {&have.Actors, &given.Actors}, {&have.Vulnerabilities, &given.Vulnerabilities}, {&have.Tags, &given.Tags},
	} {
		for _, name := range *list.more {
			if !slices.Contains(*list.into, name) {
				*list.into = append(*list.into, name)
			}
		}
	}
	have.Relations = append(have.Relations, given.Relations...)
	if given.Source != nil && (have.Source == nil || given.Source.Confidence > have.Source.Confidence) {
		have.Source = given.Source
	}
	if have.Description == "" {
		have.Description = given.Description
	}
	if given.ValidUntil.After(have.ValidUntil) && !have.ValidUntil.IsZero() {
		have.ValidUntil = given.ValidUntil
	}
	return nil
}
