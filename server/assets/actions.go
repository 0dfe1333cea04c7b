package assets

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Prefix begins the types of the nodes that work on assets.
const Prefix = "asset."

// givenAsset is an asset as steps and requests give it.
type givenAsset struct {
	Name        string       `json:"name"`
	Kind        string       `json:"kind"`
	Owner       *string      `json:"owner"`
	Identifiers []Identifier `json:"identifiers"`
	Criticality *int         `json:"criticality"`
	Value       *float64     `json:"value"`
	Currency    *string      `json:"currency"`
	Exposed     *bool        `json:"exposed"`
	Tags        []string     `json:"tags"`
	Source      string       `json:"source"`
}

type reported struct {
	Asset     string    `json:"asset"`
	CVE       string    `json:"cve"`
	Title     string    `json:"title"`
	Severity  string    `json:"severity"`
	CVSS      *float64  `json:"cvss"`
	EPSS      *float64  `json:"epss"`
	Exploited *bool     `json:"exploited"`
	First     time.Time `json:"firstSeen"`
	Last      time.Time `json:"lastSeen"`
	State     string    `json:"state"`
	Source    string    `json:"source"`
}

// Act does what a step asks for, and gives its output. What is wrong with the input is an
// [*InvalidError] or [ErrNotFound]. Doing it again changes nothing.
func (s *Service) Act(ctx context.Context, kind string, input any) (any, error) {
	var in struct {
		Asset    string          `json:"asset"`
		Assets   json.RawMessage `json:"assets"`
		Findings json.RawMessage `json:"findings"`
		CVE      string          `json:"cve"`
		State    string          `json:"state"`
		Source   string          `json:"source"`
		Limit    int             `json:"limit"`
	}
	if err := as(input, &in, "with"); err != nil {
		return nil, err
	}
	switch kind {
	case "asset.get":
		return s.actGet(ctx, in.Asset)
	case "asset.put":
		return s.actPut(ctx, in.Assets)
	case "asset.put_findings":
		return s.actReport(ctx, in.Findings, in.Source)
	case "asset.findings":
		return s.actFindings(ctx, in.Asset, in.CVE, in.State, in.Limit)
	}
	return nil, &InvalidError{[]cases.FieldError{{Field: "type", Message: "there is no action " + kind}}}
}

// as reads JSON as what a step needs, naming what is not so.
func as(v, into any, field string) error {
	data, ok := v.(json.RawMessage)
	var err error
	if !ok {
		if data, err = json.Marshal(v); err != nil {
			return err
		}
	}
	err = json.Unmarshal(data, into)
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return &InvalidError{[]cases.FieldError{{Field: strings.Trim(field+"/"+strings.ReplaceAll(typed.Field, ".", "/"), "/"), Message: "this can't be a " + typed.Value, Fix: "look at what the action takes"}}}
	}
	if err != nil {
		return &InvalidError{[]cases.FieldError{{Field: field, Message: err.Error()}}}
	}
	return nil
}

// listOf reads a list, or one of it.
func listOf[T any](raw json.RawMessage, field string) (list []T, err error) {
	if text := strings.TrimSpace(string(raw)); strings.HasPrefix(text, "{") {
		raw = json.RawMessage("[" + text + "]")
	}
	return list, as(raw, &list, field)
}

func (s *Service) actGet(ctx context.Context, ref string) (any, error) {
	a, err := s.Asset(ctx, ref)
	if errors.Is(err, ErrNotFound) {
		return map[string]any{"found": false, "asset": nil}, nil
	}
	if err != nil {
		return nil, err
	}
	return map[string]any{"found": true, "asset": View(&a)}, nil
}

func (s *Service) actPut(ctx context.Context, raw json.RawMessage) (any, error) {
	list, err := listOf[givenAsset](raw, "assets")
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(list))
	for i := range list {
		changes[i] = Change(list[i])
	}
	put, err := s.Put(ctx, changes)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(put))
	for i := range put {
		out[i] = View(&put[i])
	}
	return map[string]any{"assets": out, "count": int64(len(out))}, nil
}

func (s *Service) actReport(ctx context.Context, raw json.RawMessage, source string) (any, error) {
	list, err := listOf[reported](raw, "findings")
	if err != nil {
		return nil, err
	}
	reports := make([]Report, len(list))
	for i := range list {
		if reports[i] = Report(list[i]); reports[i].Source == "" {
			reports[i].Source = source
		}
	}
	put, err := s.Report(ctx, reports)
	if err != nil {
		return nil, err
	}
	return map[string]any{"added": int64(put.Added), "changed": int64(put.Changed), "newAssets": int64(put.NewAssets)}, nil
}

func (s *Service) actFindings(ctx context.Context, ref, cve, state string, limit int) (any, error) {
	q := FindingQuery{CVE: strings.ToUpper(cve), State: state, Limit: min(max(limit, 1), 1000)}
	if limit == 0 {
		q.Limit = 100
	}
	switch state {
	case "":
		q.State = Open
	case "any":
		q.State = ""
	}
	if ref != "" {
		a, err := s.Asset(ctx, ref)
		if err != nil {
			return nil, err
		}
		q.Assets = []string{a.ID}
	}
	list, _, err := s.Findings(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	exploited := 0
	for i := range list {
		a, err := s.Asset(ctx, list[i].Asset)
		if err != nil {
			return nil, err
		}
		if list[i].Exploited {
			exploited++
		}
		out[i] = viewFinding(&list[i], &a)
	}
	return map[string]any{"findings": out, "count": int64(len(out)), "exploited": int64(exploited)}, nil
}

// View is an asset as JSON for flows.
func View(a *Asset) map[string]any {
	ids, tags := make([]any, len(a.Identifiers)), make([]any, len(a.Tags))
	for i, id := range a.Identifiers {
		ids[i] = map[string]any{"type": id.Type, "value": id.Value}
	}
	for i, tag := range a.Tags {
		tags[i] = tag
	}
	return map[string]any{
		"id": a.ID, "name": a.Name, "kind": a.Kind, "owner": a.Owner, "identifiers": ids, "criticality": int64(a.Criticality), "value": a.Value, "currency": a.Currency, "exposed": a.Exposed, "tags": tags,
		"findings": int64(a.Findings), "exploited": int64(a.Exploited),
	}
}

func viewFinding(f *Finding, a *Asset) map[string]any {
	known := func(n float64) any {
		if n < 0 {
			return nil
		}
		return n
	}
	score, priority := Priority(f.Risk(a, false))
	return map[string]any{
		"id": f.ID, "asset": f.Asset, "assetName": f.AssetName, "cve": f.CVE, "title": f.Title, "severity": f.Severity, "cvss": known(f.CVSS), "epss": known(f.EPSS), "exploited": f.Exploited,
		"firstSeen": f.First.Format(time.RFC3339), "lastSeen": f.Last.Format(time.RFC3339), "state": f.State, "source": f.Source, "score": score, "priority": priority,
	}
}
