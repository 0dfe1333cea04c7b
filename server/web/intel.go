package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// Indicator is a value that tells of an attack.
type Indicator struct {
	ID              string              `json:"id" doc:"Follows from type and value"`
	Type            string              `json:"type" enum:"ip,domain,url,email,hash,file,host,user,cve,process,registry,subject,message_id,other,network"`
	Value           string              `json:"value" doc:"Normalised"`
	Shown           string              `json:"shown" doc:"Defanged: nothing in it can be clicked"`
	Score           int                 `json:"score" minimum:"0" maximum:"1000"`
	Reasons         []IndicatorReason   `json:"reasons" nullable:"false" doc:"What the score is made of; their points add up to it"`
	Sources         []IndicatorSource   `json:"sources" nullable:"false"`
	Families        []string            `json:"families" nullable:"false"`
	Actors          []string            `json:"actors" nullable:"false"`
	Vulnerabilities []string            `json:"vulnerabilities" nullable:"false"`
	Tags            []string            `json:"tags" nullable:"false"`
	Relations       []IndicatorRelation `json:"relations" nullable:"false"`
	TLP             string              `json:"tlp" enum:"clear,green,amber,amber+strict,red"`
	Description     string              `json:"description" doc:"Markdown"`
	ValidUntil      time.Time           `json:"validUntil,omitzero" required:"false" doc:"Left out where it counts for ever"`
	Expired         bool                `json:"expired"`
	Community       *int                `json:"community,omitempty" doc:"What a community's service scores it"`
	Override        *IndicatorSaid      `json:"override,omitempty" doc:"The score that a person set"`
	FalsePositive   *IndicatorSaid      `json:"falsePositive,omitempty"`
	Allowed         *AllowEntry         `json:"allowed,omitempty" doc:"The entry of the allow list that it falls under"`
	Sightings       int                 `json:"sightings"`
	LastSighted     time.Time           `json:"lastSighted,omitzero" required:"false"`
	CreatedAt       time.Time           `json:"createdAt"`
	UpdatedAt       time.Time           `json:"updatedAt"`
	Revision        int64               `json:"revision" doc:"Give it as If-Match of a change"`
}

// IndicatorReason is a part of a score.
type IndicatorReason struct {
	Kind   string `json:"kind" enum:"source,benign,age,community,sightings,override,expired,allowed,false_positive"`
	Points int    `json:"points"`
	Text   string `json:"text"`
}

// IndicatorSource is who says something of an indicator.
type IndicatorSource struct {
	Name       string    `json:"name" maxLength:"200"`
	Verdict    string    `json:"verdict,omitempty" enum:"malicious,suspicious,unknown,benign" doc:"malicious where it is left out"`
	Confidence *int      `json:"confidence,omitempty" minimum:"0" maximum:"100" doc:"How sure it is; 50 where it is left out"`
	FirstSeen  time.Time `json:"firstSeen,omitzero" required:"false"`
	LastSeen   time.Time `json:"lastSeen,omitzero" required:"false"`
	Reference  string    `json:"reference,omitempty" maxLength:"2048"`
}

// IndicatorRelation is what an indicator is to another.
type IndicatorRelation struct {
	Kind  string `json:"kind" enum:"related-to,duplicate-of,derived-from,based-on"`
	To    string `json:"to" maxLength:"64" doc:"The other one's id"`
	Type  string `json:"type,omitempty" doc:"Its type; only in answers, and left out where it isn't here"`
	Shown string `json:"shown,omitempty" doc:"Its value, defanged; only in answers"`
}

// IndicatorSaid is what a person decided.
type IndicatorSaid struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Score  int       `json:"score"`
}

// IndicatorFields are what people change of an indicator. What is left out stays as it is.
type IndicatorFields struct {
	Families        *[]string            `json:"families,omitempty" maxItems:"100"`
	Actors          *[]string            `json:"actors,omitempty" maxItems:"100"`
	Vulnerabilities *[]string            `json:"vulnerabilities,omitempty" maxItems:"100"`
	Tags            *[]string            `json:"tags,omitempty" maxItems:"100"`
	Relations       *[]IndicatorRelation `json:"relations,omitempty" maxItems:"100"`
	TLP             *string              `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict,red"`
	Description     *string              `json:"description,omitempty"`
	ValidUntil      *time.Time           `json:"validUntil,omitempty" doc:"0001-01-01T00:00:00Z is for ever"`
	Source          *IndicatorSource     `json:"source,omitempty" doc:"Adds what a source says, in the place of what it said before"`
}

type listIndicators struct {
	Page
	IndicatorFilter
	Sort string `query:"sort" enum:"score,updated,sighted," doc:"Empty is score"`
}

// IndicatorFilter picks indicators.
type IndicatorFilter struct {
	Type          string `query:"type" maxLength:"200" doc:"Types, with commas between"`
	MinScore      int    `query:"minScore" minimum:"0" maximum:"1000"`
	Source        string `query:"source" maxLength:"200"`
	Family        string `query:"family" maxLength:"200"`
	Actor         string `query:"actor" maxLength:"200"`
	Vulnerability string `query:"vulnerability" maxLength:"40"`
	Tag           string `query:"tag" maxLength:"200"`
	Q             string `query:"q" maxLength:"2048" doc:"Words, or a value, defanged or not"`
}

type addIndicator struct {
	Body struct {
		IndicatorFields
		Type  string `json:"type,omitempty" maxLength:"40" doc:"Found out from the value where it is left out"`
		Value string `json:"value" doc:"Defanged or not"`
	}
}

type changeIndicator struct {
	ByID
	IfMatch string `header:"If-Match"`
	Body    struct {
		IndicatorFields
		Override *struct {
			Score  int    `json:"score" minimum:"0" maximum:"1000"`
			Reason string `json:"reason"`
		} `json:"override,omitempty" doc:"A score of 0 without a reason takes the override away"`
		FalsePositive *string `json:"falsePositive,omitempty" doc:"Why it is one; empty takes the mark away"`
		DropSource    string  `json:"dropSource,omitempty" doc:"The name of a source whose word is taken away"`
	}
}

type oneIndicator struct {
	ETag string `header:"ETag"`
	Body Indicator
}

func (s *Server) intelRoutes() {
	route(s, needs(auth.IntelRead), operation{method: "GET", path: "/indicators", id: "listIndicators", summary: "Indicators, the highest score first", errors: []int{422}}, s.indicators)
	route(s, needs(auth.IntelWrite), operation{method: "POST", path: "/indicators", id: "addIndicator", summary: "Add what is known of a value to its indicator, or make one", status: 201, errors: []int{422}}, s.addIndicator)
	s.intelFileRoutes()
	s.intelDetailRoutes()
	route(s, needs(auth.IntelRead), operation{method: "GET", path: "/indicators/{id}", id: "getIndicator", summary: "An indicator", errors: []int{404}}, s.oneIndicator)
	route(s, needs(auth.IntelWrite), operation{method: "PUT", path: "/indicators/{id}", id: "changeIndicator", summary: "Change an indicator", errors: []int{404, 409, 422, 428}}, s.changeIndicator)
	route(s, needs(auth.IntelWrite), operation{method: "DELETE", path: "/indicators/{id}", id: "removeIndicator", summary: "Remove an indicator with its sightings", errors: []int{404}}, s.removeIndicator)
}

func (f *IndicatorFilter) query() intel.Query {
	q := intel.Query{Types: commas(f.Type), MinScore: f.MinScore, Source: f.Source, Family: f.Family, Actor: f.Actor, Vulnerability: f.Vulnerability, Tag: f.Tag, Text: f.Q}
	if o, err := intel.Normalise("", f.Q); err == nil && o.Type != cases.TypeOther {
		q.Text = o.Value // a value as reports write it
	}
	return q
}

func (s *Server) indicators(ctx context.Context, in *listIndicators) (*body[List[Indicator]], error) {
	q := in.query()
	q.Sort, q.Cursor, q.Limit = in.Sort, in.Cursor, in.Limit
	found, next, err := s.Intel.Indicators(ctx, q)
	if err != nil {
		return nil, err
	}
	list := List[Indicator]{Items: make([]Indicator, len(found)), Next: next}
	for n := range found {
		list.Items[n] = indicatorItem(&found[n])
	}
	return answer(list), nil
}

func (s *Server) addIndicator(ctx context.Context, in *addIndicator) (*oneIndicator, error) {
	f := &in.Body.IndicatorFields
	g := intel.Given{
		Observable: intel.Observable{Type: in.Body.Type, Value: in.Body.Value}, Families: or(f.Families), Actors: or(f.Actors), Vulnerabilities: or(f.Vulnerabilities), Tags: or(f.Tags),
		Relations: relationsOf(or(f.Relations)), TLP: or(f.TLP), Description: or(f.Description), ValidUntil: or(f.ValidUntil), Source: sourceOf(f.Source),
	}
	by := cases.ActorOf(ctx)
	if g.Source == nil {
		g.Source = sourceOf(&IndicatorSource{Name: by.Name})
	}
	return s.indicatorAnswer(ctx)(s.Intel.Add(ctx, by, "", g))
}

// or is what a pointer points to, or nothing.
func or[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func sourceOf(s *IndicatorSource) *intel.Source {
	if s == nil {
		return nil
	}
	out := &intel.Source{Name: s.Name, Verdict: s.Verdict, Confidence: 50, FirstSeen: s.FirstSeen, LastSeen: s.LastSeen, Reference: s.Reference}
	if s.Confidence != nil {
		out.Confidence = *s.Confidence
	}
	if out.Verdict == "" {
		out.Verdict = intel.Malicious
	}
	return out
}

func relationsOf(list []IndicatorRelation) []intel.Relation {
	out := make([]intel.Relation, len(list))
	for n, r := range list {
		out[n] = intel.Relation{Kind: r.Kind, To: r.To}
	}
	return out
}

func (s *Server) oneIndicator(ctx context.Context, in *ByID) (*oneIndicator, error) {
	return s.indicatorAnswer(ctx)(s.Intel.Indicator(ctx, in.ID))
}

// indicatorAnswer shows an indicator with what its relations lead to.
func (s *Server) indicatorAnswer(ctx context.Context) func(intel.Indicator, error) (*oneIndicator, error) {
	return func(i intel.Indicator, err error) (*oneIndicator, error) {
		if err != nil {
			return nil, err
		}
		item := indicatorItem(&i)
		ids := make([]string, len(i.Relations))
		for n := range i.Relations {
			ids[n] = i.Relations[n].To
		}
		others, err := s.Intel.Named(ctx, ids)
		if err != nil {
			return nil, err
		}
		for n := range item.Relations {
			for o := range others {
				if r := &item.Relations[n]; r.To == others[o].ID {
					r.Type, r.Shown = others[o].Type, others[o].Shown()
				}
			}
		}
		return &oneIndicator{etag(i.Revision), item}, nil
	}
}

func (s *Server) changeIndicator(ctx context.Context, in *changeIndicator) (*oneIndicator, error) {
	base, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	f := &in.Body.IndicatorFields
	e := &intel.Edit{
		Base: base, Families: f.Families, Actors: f.Actors, Vulnerabilities: f.Vulnerabilities, Tags: f.Tags, TLP: f.TLP, Description: f.Description, ValidUntil: f.ValidUntil,
		FalsePositive: in.Body.FalsePositive, Source: sourceOf(f.Source), DropSource: in.Body.DropSource,
	}
	if f.Relations != nil {
		list := relationsOf(*f.Relations)
		e.Relations = &list
	}
	if o := in.Body.Override; o != nil {
		e.Override = &intel.Override{Score: o.Score, Reason: o.Reason}
	}
	return s.indicatorAnswer(ctx)(s.Intel.Edit(ctx, cases.ActorOf(ctx), in.ID, "", e))
}

func (s *Server) removeIndicator(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.Intel.Remove(ctx, in.ID)
}

func indicatorItem(i *intel.Indicator) Indicator {
	item := Indicator{
		ID: i.ID, Type: i.Type, Value: i.Value, Shown: i.Shown(), Score: i.Score, Reasons: make([]IndicatorReason, len(i.Reasons)), Sources: make([]IndicatorSource, len(i.Sources)),
		Families: nonNil(i.Families), Actors: nonNil(i.Actors), Vulnerabilities: nonNil(i.Vulnerabilities), Tags: nonNil(i.Tags), Relations: make([]IndicatorRelation, len(i.Relations)), TLP: i.TLP,
		Description: i.Description, ValidUntil: i.ValidUntil, Expired: i.Expired(time.Now()), Community: i.Community, Override: (*IndicatorSaid)(i.Override), FalsePositive: (*IndicatorSaid)(i.FalsePositive),
		Sightings: i.Sightings, LastSighted: i.LastSighted, CreatedAt: i.Created, UpdatedAt: i.Updated, Revision: i.Revision,
	}
	for n, r := range i.Reasons {
		item.Reasons[n] = IndicatorReason(r)
	}
	for n, src := range i.Sources {
		item.Sources[n] = IndicatorSource{src.Name, src.Verdict, &src.Confidence, src.FirstSeen, src.LastSeen, src.Reference}
	}
	for n, r := range i.Relations {
		item.Relations[n] = IndicatorRelation{Kind: r.Kind, To: r.To}
	}
	if i.Allowed != nil {
		entry := allowEntry(i.Allowed)
		item.Allowed = &entry
	}
	return item
}

// intelProblem answers what can't be done to an indicator; nil is none of these.
func intelProblem(err error) *Problem {
	var field *intel.FieldError
	var conflict *intel.ConflictError
	switch {
	case errors.As(err, &field):
		p := problemAt(http.StatusUnprocessableEntity, "intel.invalid", "/"+field.Field, field.Message)
		p.Problems[0].Fix = field.Fix
		return p
	case errors.As(err, &conflict):
		p := problem(http.StatusConflict, conflict.Error())
		current := indicatorItem(&conflict.Current)
		p.Current, p.Indicator, p.UpdatedAt = conflict.Current.Revision, &current, conflict.Current.Updated
		return p
	}
	return nil
}
