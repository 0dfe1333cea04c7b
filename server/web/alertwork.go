package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

type listAlerts struct {
	Page
	Status     string `query:"status" maxLength:"200" doc:"Statuses, with commas between"`
	Severity   string `query:"severity" maxLength:"200" doc:"Severities, with commas between"`
	Source     string `query:"source" maxLength:"500"`
	Assignee   string `query:"assignee" maxLength:"200" doc:"The name of a user, me, or none"`
	Q          string `query:"q" maxLength:"300" doc:"Words, or a number"`
	Observable string `query:"observable" maxLength:"2048" doc:"A value, defanged or not"`
	ClosedTime
	ReceivedSince time.Time `query:"receivedSince" doc:"Received then or later"`
	ReceivedUntil time.Time `query:"receivedUntil" doc:"Received before"`
	Reason        string    `query:"reason" maxLength:"200" doc:"Why they were closed, with commas between"`
	Taken         string    `query:"taken" enum:"any,person," doc:"Those that were taken up: by whomever, or by a person"`

	Sort string `query:"sort" enum:"score,local,community,enrichment,impact,age,newest," doc:"Empty is score"`
}

// EventScores are scores that a sender knows.
type EventScores struct {
	Local      *int `json:"local,omitempty" minimum:"0" maximum:"1000"`
	Community  *int `json:"community,omitempty" minimum:"0" maximum:"1000"`
	Enrichment *int `json:"enrichment,omitempty" minimum:"0" maximum:"1000"`
}

func (s *EventScores) scores() *alerts.Scores {
	if s == nil {
		return nil
	}
	out := alerts.NoScores
	for from, to := range map[*int]*int{s.Local: &out.Local, s.Community: &out.Community, s.Enrichment: &out.Enrichment} {
		if from != nil {
			*to = *from
		}
	}
	return &out
}

// AlertMapping says where the fields of an alert are in an event.
type AlertMapping map[string]string

type receiveAlert struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key twice counts once"`
	Body           struct {
		Event   Value        `json:"event" doc:"A JSON object: of ECS, of OCSF class 2004 or 2005, or any other"`
		Mapping AlertMapping `json:"mapping,omitempty" doc:"Fields, such as title and severity, to a JSON pointer, a dotted path, or a text behind an equals sign"`
		Scores  *EventScores `json:"scores,omitempty"`
	}
}

type normaliseEvent struct {
	Body struct {
		Event   Value        `json:"event"`
		Mapping AlertMapping `json:"mapping,omitempty"`
	}
}

// NormalisedEvent is what an event would become.
type NormalisedEvent struct {
	Alert       Alert             `json:"alert"`
	Observables []AlertObservable `json:"observables" nullable:"false"`
}

// AlertFields are what people change. What is left out stays as it is.
type AlertFields struct {
	Status   *string `json:"status,omitempty" enum:"new,in_progress,closed"`
	Reason   *string `json:"reason,omitempty" enum:"false_positive,true_positive,benign,duplicate,other,"`
	Note     *string `json:"note,omitempty"`
	Severity *string `json:"severity,omitempty" enum:"info,low,medium,high,critical"`
	Assignee *string `json:"assignee,omitempty" maxLength:"200" doc:"The name of a user, or me; empty takes it from everybody"`
}

type changeAlert struct {
	ByID
	Body struct {
		AlertFields
		Base *int64 `json:"base,omitempty" doc:"The revision that was looked at: where somebody worked on the alert since, nothing is changed, and the answer is 409"`
	}
}

// AlertCase says in which case an alert goes on.
type AlertCase struct {
	Case     string  `json:"case,omitempty" maxLength:"100" doc:"The id or number of one; empty opens one"`
	Title    *string `json:"title,omitempty"`
	Severity *string `json:"severity,omitempty" enum:"low,medium,high,critical"`
	Template string  `json:"template,omitempty" maxLength:"200"`
	Comment  string  `json:"comment,omitempty"`
}

type alertToCase struct {
	ByID
	Body AlertCase
}

type changeAlerts struct {
	Body struct {
		IDs    []string     `json:"ids" minItems:"1" maxItems:"200"`
		Fields *AlertFields `json:"fields,omitempty" doc:"What to change in each"`
		Case   *AlertCase   `json:"case,omitempty" doc:"In which case all go on: one that is there, or one that the first opens"`
	}
}

// AlertOutcomes are what came of many alerts.
type AlertOutcomes struct {
	Items []AlertOutcome `json:"items" nullable:"false" doc:"In the order of the ids"`
}

// AlertOutcome is what came of one.
type AlertOutcome struct {
	ID    string `json:"id"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
	Alert *Alert `json:"alert,omitempty" doc:"As it is now"`
}

func (s *Server) alertQueue(ctx context.Context, in *listAlerts) (*body[AlertList], error) {
	var who cases.Query
	if err := s.pickAssignee(ctx, in.Assignee, &who); err != nil {
		return nil, err
	}
	q := alerts.Query{
		Statuses: commas(in.Status), Severities: commas(in.Severity), Source: in.Source, Assignee: who.Assignee, Unassigned: who.Unassigned, Text: in.Q, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit,
	}
	var err error
	if q.Received, err = between("received", in.ReceivedSince, in.ReceivedUntil); err != nil {
		return nil, err
	}
	if q.Closed, err = in.closed(); err != nil {
		return nil, err
	}
	q.ClosedBy, q.Reasons, q.Taken = in.ClosedBy, commas(in.Reason), in.Taken
	if in.Observable != "" {
		a, err := cases.Normalise("", in.Observable)
		if err != nil {
			return nil, err
		}
		q.Observable = a.Value
	}
	found, next, err := s.Alerts.Alerts(ctx, q)
	if err != nil {
		return nil, err
	}
	counts, err := s.Alerts.CountAlerts(ctx, q)
	return answer(AlertList{List: List[Alert]{Items: alertItems(found), Next: next}, Counts: counts}), err
}

func (s *Server) receiveAlert(ctx context.Context, in *receiveAlert) (*body[Alert], error) {
	by := cases.ActorOf(ctx)
	event := alerts.Incoming{Event: in.Body.Event.V, Mapping: alerts.Mapping(in.Body.Mapping), Given: in.Body.Scores.scores()}
	if in.IdempotencyKey != "" {
		event.Key = "api/" + by.ID + "/" + in.IdempotencyKey
	}
	return alertAnswer(s.Alerts.Receive(ctx, by, &event))
}

func alertAnswer(a alerts.Alert, err error) (*body[Alert], error) {
	if err != nil {
		return nil, err
	}
	return answer(alertItem(&a)), nil
}

func (s *Server) normaliseEvent(_ context.Context, in *normaliseEvent) (*body[NormalisedEvent], error) {
	fields, seen, problems := alerts.Normalise(in.Body.Event.V, alerts.Mapping(in.Body.Mapping))
	if len(problems) > 0 {
		return nil, &alerts.InvalidError{Problems: problems}
	}
	a := alerts.Alert{Fields: fields, Status: alerts.New, Count: 1, Rating: alerts.Rating{Given: alerts.NoScores, Found: alerts.NoScores}}
	a.Score, a.Rating.Reasons = alerts.Score(a.Severity, &a.Rating)
	return answer(NormalisedEvent{alertItem(&a), observables(seen)}), nil
}

func (s *Server) alertEdit(ctx context.Context, f *AlertFields) (alerts.Edit, error) {
	e := alerts.Edit{Status: f.Status, Reason: f.Reason, Note: f.Note, Severity: f.Severity}
	if f.Assignee == nil {
		return e, nil
	}
	name := *f.Assignee
	if who := identityFrom(ctx).Actor; name == "me" && who.Person() != "" {
		id := who.Person()
		e.Assignee, e.AssigneeName = &id, &who.Name
		return e, nil
	}
	return e, s.Alerts.Assign(ctx, &e, name)
}

func (s *Server) changeAlert(ctx context.Context, in *changeAlert) (*body[Alert], error) {
	e, err := s.alertEdit(ctx, &in.Body.AlertFields)
	if err != nil {
		return nil, err
	}
	e.Base = in.Body.Base
	return alertAnswer(s.Alerts.Update(ctx, cases.ActorOf(ctx), in.ID, "", &e))
}

func (c *AlertCase) toCase() alerts.ToCase {
	return alerts.ToCase{Case: strings.TrimPrefix(strings.TrimSpace(c.Case), "#"), Edit: cases.Edit{Title: c.Title, Severity: c.Severity}, Template: c.Template, Comment: c.Comment}
}

func (s *Server) alertToCase(ctx context.Context, in *alertToCase) (*body[Case], error) {
	to := in.Body.toCase()
	_, c, err := s.Alerts.Open(ctx, cases.ActorOf(ctx), in.ID, "", &to)
	return caseAnswer(c, err)
}

func (s *Server) rescoreAlert(ctx context.Context, in *ByID) (*body[Alert], error) {
	return alertAnswer(s.Alerts.Rescore(ctx, in.ID))
}

// changeAlerts does the same to many, one after the other: what can't be done to one is
// said of that one, and the others are done.
func (s *Server) changeAlerts(ctx context.Context, in *changeAlerts) (*body[AlertOutcomes], error) {
	if (in.Body.Fields == nil) == (in.Body.Case == nil) {
		return nil, &cases.FieldError{Field: "fields", Message: "say what to do to the alerts: change fields of them, or have them go on in a case", Fix: "give fields or case, one of the two"}
	}
	var e alerts.Edit
	var to alerts.ToCase
	if in.Body.Fields != nil {
		var err error
		if e, err = s.alertEdit(ctx, in.Body.Fields); err != nil {
			return nil, err
		}
	} else {
		to = in.Body.Case.toCase()
	}
	by := cases.ActorOf(ctx)
	out := AlertOutcomes{Items: make([]AlertOutcome, len(in.Body.IDs))}
	for i, id := range in.Body.IDs {
		var a alerts.Alert
		var err error
		if in.Body.Fields != nil {
			a, err = s.Alerts.Update(ctx, by, id, "", &e)
		} else {
			var c cases.Case
			if a, c, err = s.Alerts.Open(ctx, by, id, "", &to); err == nil && to.Case == "" {
				to.Case = strconv.FormatInt(c.Number, 10) // the others join it
			}
		}
		out.Items[i] = AlertOutcome{ID: id, OK: err == nil}
		if err != nil {
			out.Items[i].Error = s.explain(err).Detail
			continue
		}
		item := alertItem(&a)
		out.Items[i].Alert = &item
	}
	return answer(out), nil
}
