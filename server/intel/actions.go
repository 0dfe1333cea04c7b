package intel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Prefix begins the types of the nodes that work on indicators.
const Prefix = "intel."

// Actions lists what steps can ask for.
var Actions = []string{"intel.lookup", "intel.add", "intel.sighting", "intel.expire", "intel.mark_false_positive", "intel.list"}

// maxGiven is how many values a step adds or looks up, maxListed how many it lists.
const (
	maxGiven  = 1000
	maxListed = 1000
)

// asked are the parameters of all actions; each uses some.
type asked struct {
	Value  *value  `json:"value"`
	Type   string  `json:"type"`
	Values []value `json:"values"`

	Source          string     `json:"source"`
	Verdict         string     `json:"verdict"`
	Confidence      *int       `json:"confidence"`
	FirstSeen       *time.Time `json:"firstSeen"`
	LastSeen        *time.Time `json:"lastSeen"`
	Reference       string     `json:"reference"`
	Tags            names      `json:"tags"`
	Families        names      `json:"families"`
	Actors          names      `json:"actors"`
	Vulnerabilities names      `json:"vulnerabilities"`
	TLP             string     `json:"tlp"`
	Description     string     `json:"description"`
	ValidUntil      *time.Time `json:"validUntil"`
	ValidFor        string     `json:"validFor"`
	Community       *int       `json:"community"`

	Count  int        `json:"count"`
	Note   string     `json:"note"`
	Case   string     `json:"case"`
	At     *time.Time `json:"at"`
	Reason string     `json:"reason"`

	Types         names  `json:"types"`
	MinScore      int    `json:"minScore"`
	Family        string `json:"family"`
	Actor         string `json:"actor"`
	Tag           string `json:"tag"`
	Vulnerability string `json:"vulnerability"`
	Text          string `json:"text"`
	Sort          string `json:"sort"`
	Limit         int    `json:"limit"`
}

// value is {type, value}, or the value alone.
type value struct{ Observable }

// UnmarshalJSON implements [json.Unmarshaler].
func (v *value) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &v.Value) == nil {
		return nil
	}
	var both struct{ Type, Value string }
	if err := json.Unmarshal(data, &both); err != nil {
		return &FieldError{"value", "a value is a text, or {type, value}", ""}
	}
	v.Observable = Observable(both)
	return nil
}

// names is a list of texts, or one.
type names []string

// UnmarshalJSON implements [json.Unmarshaler].
func (n *names) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		if one != "" {
			*n = names{one}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(n))
}

// Act does what a step asks for, and gives its output. What is wrong with the input is a
// [*FieldError] or [ErrNotFound].
func (s *Service) Act(ctx context.Context, c cases.Call) (any, error) {
	do := map[string]func(context.Context, *cases.Call, *asked) (any, error){
		"intel.lookup": s.actLookup, "intel.add": s.actAdd, "intel.sighting": s.actSighting, "intel.expire": s.actExpire, "intel.mark_false_positive": s.actFalsePositive, "intel.list": s.actList,
	}[c.Type]
	if do == nil {
		return nil, &FieldError{"type", "there is no action " + c.Type, "use one of " + strings.Join(Actions, ", ")}
	}
	in, err := ask(c.Input)
	if err != nil {
		return nil, err
	}
	return do(ctx, &c, in)
}

func ask(input any) (*asked, error) {
	data, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	in := &asked{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var wrong *json.UnmarshalTypeError
	var field *FieldError
	switch err := d.Decode(in); {
	case err == nil:
		return in, nil
	case errors.As(err, &field):
		return nil, field
	case errors.As(err, &wrong):
		return nil, &FieldError{wrong.Field, "this can't be a " + wrong.Value, "give a " + strings.TrimPrefix(wrong.Type.String(), "intel.")}
	default:
		return nil, &FieldError{"with", "the parameters can't be read: " + err.Error(), "write times as 2026-01-31T09:00:00Z"}
	}
}

// observables are the values of a step: one, or a list.
func (in *asked) observables() ([]Observable, error) {
	if in.Value != nil {
		if in.Values != nil {
			return nil, &FieldError{"values", "there is a value already", "give value or values"}
		}
		if in.Type != "" {
			in.Value.Type = in.Type
		}
		return []Observable{in.Value.Observable}, nil
	}
	switch {
	case in.Values == nil:
		return nil, &FieldError{"value", "there is no value", "give value, or a list as values"}
	case len(in.Values) > maxGiven:
		return nil, &FieldError{"values", fmt.Sprintf("a step takes at most %d values", maxGiven), "use several steps"}
	}
	list := make([]Observable, len(in.Values))
	for n := range in.Values {
		list[n] = in.Values[n].Observable
	}
	return list, nil
}

func (s *Service) actLookup(ctx context.Context, _ *cases.Call, in *asked) (any, error) {
	list, err := in.observables()
	if err != nil {
		return nil, err
	}
	matches, err := s.Match(ctx, list)
	if err != nil {
		return nil, err
	}
	if in.Value != nil {
		return ViewMatch(&matches[0]), nil
	}
	results, known, score := make([]any, len(matches)), 0, 0
	for n := range matches {
		results[n] = ViewMatch(&matches[n])
		score = max(score, matches[n].Score())
		if len(matches[n].Hits) > 0 {
			known++
		}
	}
	return map[string]any{"results": results, "found": known > 0, "count": int64(known), "score": int64(score)}, nil
}

// usualConfidence is that of a source that doesn't say how sure it is.
const usualConfidence = 50

func (s *Service) actAdd(ctx context.Context, c *cases.Call, in *asked) (any, error) {
	list, err := in.observables()
	if err != nil {
		return nil, err
	}
	given, err := in.given(c, s.at())
	if err != nil {
		return nil, err
	}
	all := make([]Given, len(list))
	for n, o := range list {
		if o, err = Normalise(o.Type, o.Value); err != nil {
			var wrong *FieldError
			if in.Values != nil && errors.As(err, &wrong) {
				return nil, &FieldError{"values[" + strconv.Itoa(n) + "]." + wrong.Field, wrong.Message, wrong.Fix}
			}
			return nil, err
		}
		all[n] = given
		all[n].Observable = o
	}
	if err := s.AddAll(ctx, c.By, c.Key, all); err != nil {
		return nil, err
	}
	if in.Value != nil {
		return s.viewOf(ctx, all[0].ID())
	}
	return map[string]any{"count": int64(len(all))}, nil
}

func (in *asked) given(c *cases.Call, at time.Time) (Given, error) {
	source := Source{Name: in.Source, Verdict: in.Verdict, Confidence: usualConfidence, Reference: in.Reference, FirstSeen: timeOf(in.FirstSeen), LastSeen: timeOf(in.LastSeen)}
	if source.Name == "" {
		source.Name = c.By.Name
	}
	if source.Verdict == "" {
		source.Verdict = Malicious
	}
	if in.Confidence != nil {
		source.Confidence = *in.Confidence
	}
	g := Given{
		Source: &source, Families: in.Families, Actors: in.Actors, Vulnerabilities: in.Vulnerabilities, Tags: in.Tags, TLP: in.TLP, Description: in.Description, ValidUntil: timeOf(in.ValidUntil), Community: in.Community,
	}
	if in.ValidFor == "" {
		return g, nil
	}
	within, err := lasts(in.ValidFor)
	g.ValidUntil = at.Add(within)
	return g, err
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// lasts reads a duration as flows write them: 36h, or 30d.
func lasts(text string) (time.Duration, error) {
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 100_000 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, &FieldError{"validFor", fmt.Sprintf("%q is no duration", text), "write it as 30d or 36h"}
	}
	return d, nil
}

func (s *Service) viewOf(ctx context.Context, id string) (any, error) {
	i, err := s.Indicator(ctx, id)
	if err != nil {
		return nil, err
	}
	return View(&i), nil
}

func (s *Service) actSighting(ctx context.Context, c *cases.Call, in *asked) (any, error) {
	list, err := in.observables()
	if err != nil {
		return nil, err
	}
	matches, err := s.Match(ctx, list)
	if err != nil {
		return nil, err
	}
	var seen []Sighting
	for n := range matches {
		for h := range matches[n].Hits {
			hit := &matches[n].Hits[h]
			one := Sighting{Key: c.Key + "/" + strconv.Itoa(n), Indicator: hit.Indicator.ID, At: timeOf(in.At), Count: in.Count, Source: in.Source, Note: in.Note, Case: in.Case, Run: c.By.Run}
			if hit.How != HowExact {
				one.Observed = matches[n].Observable.Value
			}
			seen = append(seen, one)
		}
	}
	if len(seen) > 0 {
		if err := s.sight(ctx, Note{By: c.By, Action: "indicator.sighting"}, seen); err != nil {
			return nil, err
		}
	}
	return map[string]any{"found": len(seen) > 0, "count": int64(len(seen))}, nil
}

func (s *Service) actExpire(ctx context.Context, c *cases.Call, in *asked) (any, error) {
	until := s.at()
	if in.ValidUntil != nil {
		until = *in.ValidUntil
	}
	return s.actEdit(ctx, c, in, &Edit{ValidUntil: &until})
}

func (s *Service) actFalsePositive(ctx context.Context, c *cases.Call, in *asked) (any, error) {
	if strings.TrimSpace(in.Reason) == "" {
		return nil, &FieldError{"reason", "a false positive says why it is one", "give a reason"}
	}
	return s.actEdit(ctx, c, in, &Edit{FalsePositive: &in.Reason})
}

func (s *Service) actEdit(ctx context.Context, c *cases.Call, in *asked, e *Edit) (any, error) {
	if in.Value == nil {
		return nil, &FieldError{"value", "there is no value", ""}
	}
	kind := in.Value.Type
	if in.Type != "" {
		kind = in.Type
	}
	o, err := Normalise(kind, in.Value.Value)
	if err != nil {
		return nil, err
	}
	i, err := s.Edit(ctx, c.By, o.ID(), c.Key, e)
	if err != nil {
		return nil, err
	}
	return View(&i), nil
}

func (s *Service) actList(ctx context.Context, _ *cases.Call, in *asked) (any, error) {
	q := Query{
		Types: in.Types, MinScore: in.MinScore, Source: in.Source, Family: in.Family, Actor: in.Actor, Tag: in.Tag, Vulnerability: in.Vulnerability, Text: in.Text, Sort: in.Sort, Limit: in.Limit,
	}
	if q.Limit == 0 {
		q.Limit = 100
	}
	q.Limit = min(max(q.Limit, 1), maxListed)
	list, _, err := s.Indicators(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for n := range list {
		out[n] = View(&list[n])
	}
	return map[string]any{"indicators": out, "count": int64(len(out))}, nil
}
