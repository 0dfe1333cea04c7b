package assets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Store keeps assets and findings.
type Store interface {
	// PutAssets makes or changes assets, all or none, and gives them as they are now.
	PutAssets(ctx context.Context, list []Change, at time.Time) ([]Asset, error)
	// Asset gives one by its id, its name or an identifier.
	Asset(ctx context.Context, ref string) (Asset, error)
	// Assets gives a page, by name.
	Assets(ctx context.Context, q Query) (list []Asset, next string, err error)
	// AssetsKnownBy gives those that have one of some identifiers.
	AssetsKnownBy(ctx context.Context, list []Identifier) ([]Asset, error)
	// Identifies gives those of a list that any asset has.
	Identifies(ctx context.Context, list []Identifier) ([]Identifier, error)
	// RemoveAsset forgets one with its findings.
	RemoveAsset(ctx context.Context, id string) error
	// PutFindings makes or changes findings, all or none.
	PutFindings(ctx context.Context, list []Report, at time.Time) (Put, error)
	// Findings gives a page: those that are exploited first, then by severity.
	Findings(ctx context.Context, q FindingQuery) (list []Finding, next string, err error)
}

// Put says what came of a batch of findings.
type Put struct {
	Added, Changed int
	// NewAssets are how many assets were not known before; Assets are the ids of all.
	NewAssets int
	Assets    []string
}

// Query picks assets. Empty fields pick all.
type Query struct {
	Kind, Text string // Text is within a name, an owner or an identifier
	// Exploited picks those with open findings that are known to be exploited.
	Exploited bool
	Cursor    string
	Limit     int
}

// FindingQuery picks findings. Empty fields pick all.
type FindingQuery struct {
	Assets    []string // ids
	CVE       string
	State     string
	Exploited bool
	Cursor    string
	Limit     int
}

// Service works on assets.
type Service struct {
	Store
	now func() time.Time
	// changed is told that assets changed, or their findings; it may take its time.
	changed func(ctx context.Context)
}

// NewService makes a service.
func NewService(s Store, now func() time.Time, changed func(ctx context.Context)) *Service {
	return &Service{s, now, changed}
}

func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Put makes or changes assets, all or none. What can't be taken is an [*InvalidError].
func (s *Service) Put(ctx context.Context, list []Change) ([]Asset, error) {
	p := CheckAssets(list)
	if len(p) > 0 {
		return nil, &InvalidError{p}
	}
	put, err := s.PutAssets(ctx, list, s.at())
	if err == nil {
		s.changed(ctx)
	}
	return put, err
}

// CheckAssets normalises changes, and lists what can't be taken of them, with its place.
func CheckAssets(list []Change) []cases.FieldError {
	p := size("assets", len(list))
	for i := range list {
		list[i].check(fmt.Sprintf("assets/%d/", i), &p)
	}
	return p
}

func size(field string, n int) (p problems) {
	if n > MaxBatch {
		p.add(field, fmt.Sprintf("a batch has at most %d", MaxBatch), "send several")
	}
	return p
}

// Report makes or changes findings, all or none. What can't be taken is an [*InvalidError].
func (s *Service) Report(ctx context.Context, list []Report) (Put, error) {
	p := CheckFindings(list)
	if len(p) > 0 {
		return Put{}, &InvalidError{p}
	}
	put, err := s.PutFindings(ctx, list, s.at())
	if err != nil {
		return put, err
	}
	s.changed(ctx)
	return put, nil
}

// CheckFindings normalises reports, and lists what can't be taken of them, with its place.
func CheckFindings(list []Report) []cases.FieldError {
	p := size("findings", len(list))
	for i := range list {
		list[i].check(fmt.Sprintf("findings/%d/", i), &p)
	}
	return p
}

// About gives the assets that artifacts name.
func (s *Service) About(ctx context.Context, list []cases.Artifact) ([]Asset, error) {
	var known []Identifier
	for i := range list {
		if id, ok := IdentifierOf(&list[i]); ok {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return nil, nil
	}
	return s.AssetsKnownBy(ctx, known)
}

// hostsCalled gives the hosts that bare names mean which are no host's whole name: what few
// hosts are called so.
func (s *Service) hostsCalled(ctx context.Context, list []cases.Artifact, known []Asset) (found []Asset, err error) {
	const names, namesakes = 20, 5
	done := map[string]bool{}
	for i := range known {
		for _, id := range known[i].KnownBy() {
			done[id.Value] = done[id.Value] || id.Type == Hostname || id.Type == shortName
		}
	}
	for i, asked := 0, 0; i < len(list) && asked < names; i++ {
		name := list[i].Value
		if list[i].Type != cases.TypeHost || strings.Contains(name, ".") || done[name] {
			continue
		}
		done[name] = true
		asked++
		called, err := s.AssetsKnownBy(ctx, []Identifier{{shortName, name}})
		if err != nil {
			return nil, err
		}
		if len(called) <= namesakes {
			found = append(found, called...)
		}
	}
	return found, nil
}

// NamedTypes gives the types of artifacts that names are of, where hosts, services and
// users are called so; the names are in lower case.
func (s *Service) NamedTypes(ctx context.Context, names []string) (map[string]string, error) {
	asked := make([]Identifier, 0, 3*len(names))
	for _, name := range names {
		asked = append(asked, Identifier{shortName, name}, Identifier{"user", name}, Identifier{Hostname, strings.TrimSuffix(name, ".")})
	}
	known, err := s.Identifies(ctx, asked)
	if err != nil {
		return nil, err
	}
	types := map[string]string{}
	// A whole name goes before a user's, and that before the first part of a host's.
	for _, kind := range []string{shortName, "user", Hostname} {
		for _, id := range known {
			if id.Type == kind {
				types[id.Value] = map[string]string{shortName: cases.TypeHost, "user": cases.TypeUser, Hostname: cases.TypeHost}[kind]
			}
		}
	}
	return types, nil
}

// Exposed is an asset with its open findings, the most urgent first.
type Exposed struct {
	Asset    Asset
	Findings []Rated
	// Impact is the loss that is to be expected of the most urgent one.
	Impact float64
}

// Rated is a finding with its priority.
type Rated struct {
	Finding
	Score    float64 // 0 to 100
	Priority string  // P1 to P5
	// Seen says that its CVE is among the artifacts: it counts as exploited here.
	Seen bool
}

// Exposure gives the assets that artifacts name, with their open findings: those that are
// exploited first, as known or as the artifacts say, then by priority.
func (s *Service) Exposure(ctx context.Context, list []cases.Artifact) ([]Exposed, error) {
	const most = 5_000
	found, err := s.About(ctx, list)
	if err != nil {
		return nil, err
	}
	called, err := s.hostsCalled(ctx, list, found)
	if err != nil {
		return nil, err
	}
	for i := range called { // one host may be called by several names
		if !slices.ContainsFunc(found, func(a Asset) bool { return a.ID == called[i].ID }) {
			found = append(found, called[i])
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	seen := map[string]bool{}
	for i := range list {
		if list[i].Type == cases.TypeCVE {
			seen[list[i].Value] = true
		}
	}
	ids, out := make([]string, len(found)), make([]Exposed, len(found))
	for i := range found {
		ids[i], out[i].Asset = found[i].ID, found[i]
	}
	open, _, err := s.Findings(ctx, FindingQuery{Assets: ids, State: Open, Limit: most})
	if err != nil {
		return nil, err
	}
	for i := range open {
		to := &out[slices.Index(ids, open[i].Asset)]
		r := Rated{Finding: open[i], Seen: seen[open[i].CVE]}
		r.Score, r.Priority = Priority(open[i].Risk(&to.Asset, r.Seen))
		to.Findings = append(to.Findings, r)
	}
	for i := range out {
		slices.SortStableFunc(out[i].Findings, func(a, b Rated) int {
			return cmp.Or(-boolCompare(a.exploited(), b.exploited()), cmp.Compare(b.Score, a.Score))
		})
		if len(out[i].Findings) > 0 {
			out[i].Impact, _ = Impact(out[i].Asset.Value, out[i].Findings[0].Score/100)
		}
	}
	slices.SortStableFunc(out, func(a, b Exposed) int {
		ax, as := a.worst()
		bx, bs := b.worst()
		return cmp.Or(-boolCompare(ax, bx), cmp.Compare(bs, as), cmp.Compare(b.Asset.Criticality, a.Asset.Criticality))
	})
	return out, nil
}

func (r *Rated) exploited() bool { return r.Exploited || r.Seen }

func (e *Exposed) worst() (exploited bool, score float64) {
	if len(e.Findings) == 0 {
		return false, -1
	}
	return e.Findings[0].exploited(), e.Findings[0].Score
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
