// Package intel knows indicators: values that tell of an attack, who says so and how surely,
// where they were seen, and how high they score, with the reasons.
package intel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Verdicts of sources.
const (
	Malicious  = "malicious"
	Suspicious = "suspicious"
	Unknown    = "unknown"
	Benign     = "benign"
)

// Verdicts lists what a source can say, the worst first.
var Verdicts = []string{Malicious, Suspicious, Unknown, Benign}

// RelationKinds are what one indicator can be to another, as STIX calls it.
var RelationKinds = []string{"related-to", "duplicate-of", "derived-from", "based-on"}

// Bounds of an indicator.
const (
	MaxScore       = 1000
	MaxSources     = 50
	MaxNames       = 100 // of families, actors, vulnerabilities, tags and relations, each
	MaxName        = 200 // characters
	MaxDescription = 16 << 10
	MaxReason      = 2 << 10
	MaxReference   = 2 << 10
	usualTLP       = "amber" // what is not said to be shareable is not
)

// Source is who says something of an indicator.
type Source struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	// Confidence is 0 to 100: how sure the source is of its verdict.
	Confidence int       `json:"confidence"`
	FirstSeen  time.Time `json:"firstSeen"`
	LastSeen   time.Time `json:"lastSeen"`
	// Reference is where it says so: an address or the name of a report. May be empty.
	Reference string `json:"reference,omitempty"`
}

// Said is what a person decided of an indicator, and why.
type Said struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// Score is that of an override, 0 to 1000.
	Score int `json:"score,omitempty"`
}

// Relation is what an indicator is to another one.
type Relation struct {
	Kind string `json:"kind"`
	// To is the other one's id.
	To string `json:"to"`
}

// Indicator is a value that tells of an attack. Type and value name it: there is one record
// of each, whoever tells of it.
type Indicator struct {
	// ID follows from type and value, so that it is the same on every server.
	ID    string
	Type  string
	Value string // normalised

	Sources                                 []Source
	Families, Actors, Vulnerabilities, Tags []string
	Relations                               []Relation
	TLP                                     string
	Description                             string // Markdown
	// ValidUntil is when it counts no more; zero is never.
	ValidUntil time.Time
	// Community is what a community's service scores it, 0 to 1000; nil is nothing.
	Community     *int
	Override      *Said // the score that a person set; nil is none
	FalsePositive *Said // nil is none

	Sightings   int
	LastSighted time.Time
	Created     time.Time
	Updated     time.Time
	Revision    int64

	// Score and Reasons are those of the moment at which it was read; see [Score].
	Score   int
	Reasons []Reason
	// Allowed is the entry of an allow list that it falls under; nil is none.
	Allowed *Allow
}

// Expired says whether it counts no more.
func (i *Indicator) Expired(at time.Time) bool {
	return !i.ValidUntil.IsZero() && !at.Before(i.ValidUntil)
}

// Shown is the value as it is displayed: nothing in it can be clicked or mailed to.
func (i *Indicator) Shown() string { return Defang(i.Type, i.Value) }

// FieldError says which field can't be taken, and why.
type FieldError struct {
	Field   string // JSON name, such as confidence
	Message string
	Fix     string
}

// Error implements the error interface.
func (e *FieldError) Error() string {
	if e.Fix != "" {
		return e.Field + ": " + e.Message + ": " + e.Fix
	}
	return e.Field + ": " + e.Message
}

// ConflictError says that somebody changed the indicator first. Nothing was changed.
type ConflictError struct{ Current Indicator }

// Error implements the error interface.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("the indicator was changed since: it is at revision %d", e.Current.Revision)
}

// Errors of indicators.
var (
	ErrNotFound = errors.New("there is no such indicator")
	ErrNoAllow  = errors.New("there is no such entry of the allow list")
	ErrFull     = fmt.Errorf("the allow list has at most %d entries", MaxAllow)
)

// check holds an indicator to its bounds. The error is a [*FieldError].
func (i *Indicator) check() error {
	if i.TLP == "" {
		i.TLP = usualTLP
	}
	if !slices.Contains(cases.TLPs, i.TLP) {
		return &FieldError{"tlp", fmt.Sprintf("%q is no label of TLP 2.0", i.TLP), "use " + strings.Join(cases.TLPs, ", ")}
	}
	if len(i.Description) > MaxDescription {
		return &FieldError{"description", fmt.Sprintf("a description has at most %d KiB", MaxDescription>>10), ""}
	}
	if i.Community != nil && (*i.Community < 0 || *i.Community > MaxScore) {
		return &FieldError{"community", "a community's score lies between 0 and 1000", ""}
	}
	if len(i.Sources) > MaxSources {
		return &FieldError{"source", fmt.Sprintf("an indicator has at most %d sources", MaxSources), "remove one that says nothing new"}
	}
	for n := range i.Sources {
		if err := i.Sources[n].check(); err != nil {
			return err
		}
	}
	for _, list := range []struct {
		field string
		names *[]string
	}{{"families", &i.Families}, {"actors", &i.Actors}, {"tags", &i.Tags}, {"vulnerabilities", &i.Vulnerabilities}} {
		if err := checkNames(list.field, list.names); err != nil {
			return err
		}
	}
	return i.checkRelations()
}

func (i *Indicator) checkRelations() error {
	if len(i.Relations) > MaxNames {
		return &FieldError{"relations", fmt.Sprintf("an indicator has at most %d relations", MaxNames), ""}
	}
	for _, r := range i.Relations {
		switch {
		case !slices.Contains(RelationKinds, r.Kind):
			return &FieldError{"relations", fmt.Sprintf("%q is no relation", r.Kind), "use " + strings.Join(RelationKinds, ", ")}
		case r.To == i.ID:
			return &FieldError{"relations", "an indicator has no relation to itself", "name another"}
		}
	}
	return nil
}

func (s *Source) check() error {
	s.Name = strings.Join(strings.Fields(s.Name), " ")
	switch {
	case s.Name == "" || utf8.RuneCountInString(s.Name) > MaxName:
		return &FieldError{"source", fmt.Sprintf("a source's name has 1 to %d characters", MaxName), "name who says so"}
	case !slices.Contains(Verdicts, s.Verdict):
		return &FieldError{"verdict", fmt.Sprintf("%q is no verdict", s.Verdict), "use " + strings.Join(Verdicts, ", ")}
	case s.Confidence < 0 || s.Confidence > 100:
		return &FieldError{"confidence", fmt.Sprintf("%d is no confidence", s.Confidence), "it lies between 0 and 100"}
	case len(s.Reference) > MaxReference:
		return &FieldError{"reference", fmt.Sprintf("a reference has at most %d bytes", MaxReference), ""}
	}
	return nil
}

// checkNames trims names, and takes out those that are there twice. Tags are in lower case,
// vulnerabilities CVE ids.
func checkNames(field string, names *[]string) error {
	clean := make([]string, 0, len(*names))
	for _, name := range *names {
		name = strings.Join(strings.Fields(name), " ")
		switch field {
		case "tags":
			name = strings.ToLower(name)
		case "vulnerabilities":
			cve, err := cases.Normalise(cases.TypeCVE, name)
			if err != nil {
				return &FieldError{field, fmt.Sprintf("%q is no CVE id", name), "write it as CVE-2026-12345"}
			}
			name = cve.Value
		}
		if name == "" || utf8.RuneCountInString(name) > MaxName {
			return &FieldError{field, fmt.Sprintf("a name has 1 to %d characters", MaxName), ""}
		}
		if !slices.ContainsFunc(clean, func(s string) bool { return strings.EqualFold(s, name) }) {
			clean = append(clean, name)
		}
	}
	if len(clean) > MaxNames {
		return &FieldError{field, fmt.Sprintf("there are at most %d of them", MaxNames), ""}
	}
	slices.Sort(clean)
	*names = clean
	return nil
}
