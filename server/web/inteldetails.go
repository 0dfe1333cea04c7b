package web

import (
	"context"
	"strconv"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// IndicatorSighting is where and when an indicator was seen.
type IndicatorSighting struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Count      int       `json:"count"`
	Source     string    `json:"source"`
	Note       string    `json:"note"`
	Case       string    `json:"case,omitempty" doc:"The id of the case in which it was"`
	CaseNumber int64     `json:"caseNumber,omitempty"`
	CaseTitle  string    `json:"caseTitle,omitempty"`
	Run        string    `json:"run,omitempty" doc:"The run in which it was"`
	Observed   string    `json:"observed,omitempty" doc:"What was seen, defanged, where it isn't the indicator's own value"`
}

// AllowEntry is an entry of the allow list: what falls under it scores 0.
type AllowEntry struct {
	ID     string    `json:"id"`
	Kind   string    `json:"kind" enum:"exact,domain,network" doc:"The value alone; a domain with all below; a network with all within"`
	Type   string    `json:"type"`
	Value  string    `json:"value"`
	Shown  string    `json:"shown"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// IndicatorMatch is what is known of a value.
type IndicatorMatch struct {
	Type       string         `json:"type"`
	Value      string         `json:"value" doc:"Normalised, where it could be"`
	Score      int            `json:"score" doc:"The highest of the indicators; 0 where nobody knows it, or it is allowed"`
	Indicators []MatchedValue `json:"indicators" nullable:"false" doc:"The closest first"`
	Allowed    *AllowEntry    `json:"allowed,omitempty" doc:"The entry of the allow list that it falls under itself"`
	Problem    string         `json:"problem,omitempty" doc:"Why it can't be looked up"`
}

// MatchedValue is an indicator that matches a value.
type MatchedValue struct {
	How       string    `json:"how" enum:"exact,host,parent,network"`
	Indicator Indicator `json:"indicator"`
}

type lookUp struct {
	Body struct {
		Values []struct {
			Type  string `json:"type,omitempty" maxLength:"40" doc:"Found out from the value where it is left out"`
			Value string `json:"value" doc:"Defanged or not"`
		} `json:"values" minItems:"1" maxItems:"5000"`
	}
}

type pageOf struct {
	ByID
	Page
}

type sightIndicator struct {
	ByID
	Body struct {
		At     time.Time `json:"at,omitzero" required:"false" doc:"Now where it is left out"`
		Count  int       `json:"count,omitempty" minimum:"1" maximum:"1000000000" doc:"Once where it is left out"`
		Source string    `json:"source,omitempty" maxLength:"200"`
		Note   string    `json:"note,omitempty" maxLength:"2048"`
		Case   string    `json:"case,omitempty" maxLength:"100" doc:"The id or number of a case"`
	}
}

type allowValue struct {
	Body struct {
		Kind   string `json:"kind,omitempty" enum:"exact,domain,network," doc:"Found out from the value where it is left out: a domain allows what is below, too"`
		Type   string `json:"type,omitempty" maxLength:"40"`
		Value  string `json:"value"`
		Reason string `json:"reason"`
	}
}

func (s *Server) intelDetailRoutes() {
	route(s, needs(auth.IntelRead), operation{method: "POST", path: "/indicators/lookup", id: "lookUpIndicators", summary: "What is known of values: the same, hosts of addresses, domains above, networks around", errors: []int{422}}, s.lookUp)
	route(s, needs(auth.IntelRead), operation{method: "GET", path: "/indicators/allow-list", id: "listAllowed", summary: "The allow list"}, s.allowList)
	route(s, needs(auth.IntelWrite), operation{method: "POST", path: "/indicators/allow-list", id: "allowValue", summary: "Put a value, a domain or a network on the allow list", status: 201, errors: []int{422}}, s.allowValue)
	route(s, needs(auth.IntelWrite), operation{method: "DELETE", path: "/indicators/allow-list/{id}", id: "disallowValue", summary: "Take an entry away from the allow list", errors: []int{404}}, s.disallowValue)
	route(s, needs(auth.IntelRead), operation{method: "GET", path: "/indicators/{id}/sightings", id: "listSightings", summary: "Where an indicator was seen, the newest first", errors: []int{404, 422}}, s.sightings)
	route(s, needs(auth.IntelWrite), operation{method: "POST", path: "/indicators/{id}/sightings", id: "sightIndicator", summary: "Note that an indicator was seen", status: 201, errors: []int{404, 422}}, s.sightIndicator)
}

func (s *Server) lookUp(ctx context.Context, in *lookUp) (*body[List[IndicatorMatch]], error) {
	list := make([]intel.Observable, len(in.Body.Values))
	for n, v := range in.Body.Values {
		list[n] = intel.Observable{Type: v.Type, Value: v.Value}
	}
	matches, err := s.Intel.Match(ctx, list)
	if err != nil {
		return nil, err
	}
	out := List[IndicatorMatch]{Items: make([]IndicatorMatch, len(matches))}
	for n := range matches {
		out.Items[n] = matchItem(&matches[n])
	}
	return answer(out), nil
}

func matchItem(m *intel.Match) IndicatorMatch {
	item := IndicatorMatch{Type: m.Observable.Type, Value: m.Observable.Value, Score: m.Score(), Indicators: make([]MatchedValue, len(m.Hits)), Problem: m.Problem}
	for n := range m.Hits {
		item.Indicators[n] = MatchedValue{m.Hits[n].How, indicatorItem(&m.Hits[n].Indicator)}
	}
	if m.Allowed != nil {
		entry := allowEntry(m.Allowed)
		item.Allowed = &entry
	}
	return item
}

func (s *Server) sightings(ctx context.Context, in *pageOf) (*body[List[IndicatorSighting]], error) {
	if _, err := s.Intel.Indicator(ctx, in.ID); err != nil {
		return nil, err
	}
	found, next, err := s.Intel.SightingsOf(ctx, in.ID, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	list := List[IndicatorSighting]{Items: make([]IndicatorSighting, len(found)), Next: next}
	for n := range found {
		f := &found[n]
		list.Items[n] = IndicatorSighting{f.Key, f.At, f.Count, f.Source, f.Note, f.Case, f.CaseNumber, f.CaseTitle, f.Run, intel.Defang(cases.TypeOf(f.Observed), f.Observed)}
	}
	return answer(list), nil
}

func (s *Server) sightIndicator(ctx context.Context, in *sightIndicator) (*oneIndicator, error) {
	seen := intel.Sighting{Indicator: in.ID, At: in.Body.At, Count: in.Body.Count, Source: in.Body.Source, Note: in.Body.Note}
	if in.Body.Case != "" {
		c, err := s.Cases.Case(ctx, in.Body.Case)
		if err != nil {
			return nil, &intel.FieldError{Field: "case", Message: "there is no case " + strconv.Quote(in.Body.Case), Fix: "give its id or number"}
		}
		seen.Case = c.ID
	}
	return s.indicatorAnswer(ctx)(s.Intel.Sight(ctx, cases.ActorOf(ctx), "", seen))
}

func allowEntry(a *intel.Allow) AllowEntry {
	return AllowEntry{a.ID, a.Kind, a.Type, a.Value, intel.Defang(a.Type, a.Value), a.Reason, a.By, a.At}
}

func (s *Server) allowList(ctx context.Context, _ *none) (*body[List[AllowEntry]], error) {
	found, err := s.Intel.AllowList(ctx)
	if err != nil {
		return nil, err
	}
	list := List[AllowEntry]{Items: make([]AllowEntry, len(found))}
	for n := range found {
		list.Items[n] = allowEntry(&found[n])
	}
	return answer(list), nil
}

func (s *Server) allowValue(ctx context.Context, in *allowValue) (*body[AllowEntry], error) {
	a, err := s.Intel.Allow(ctx, cases.ActorOf(ctx), in.Body.Kind, in.Body.Type, in.Body.Value, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return answer(allowEntry(&a)), nil
}

func (s *Server) disallowValue(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.Intel.Disallow(ctx, in.ID)
}
