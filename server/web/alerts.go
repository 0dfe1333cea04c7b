package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	inventory "github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Alert is what a detection system reported.
type Alert struct {
	ID          string         `json:"id"`
	Number      int64          `json:"number" doc:"What people call it by"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Source      string         `json:"source" doc:"The product that reported it"`
	ExternalID  string         `json:"externalId,omitempty" doc:"Its id there: the same again is the same alert"`
	Severity    string         `json:"severity" enum:"info,low,medium,high,critical"`
	At          time.Time      `json:"at" doc:"When it happened"`
	Rule        string         `json:"rule,omitempty"`
	Tactics     []string       `json:"tactics" nullable:"false" doc:"MITRE ATT&CK"`
	Techniques  []string       `json:"techniques" nullable:"false" doc:"MITRE ATT&CK"`
	Host        string         `json:"host,omitempty"`
	User        string         `json:"user,omitempty"`
	Shape       string         `json:"shape" enum:"ecs,ocsf,plain" doc:"What the event was recognised as"`
	Status      string         `json:"status" enum:"new,in_progress,closed,cased"`
	Reason      string         `json:"reason,omitempty" doc:"Of a closed one: false_positive, true_positive, benign, duplicate or other"`
	Note        string         `json:"note,omitempty"`
	Assignee    string         `json:"assignee" doc:"The name of a user; empty is nobody"`
	Case        string         `json:"case,omitempty" doc:"The id of the case in which it goes on"`
	CaseNumber  int64          `json:"caseNumber,omitempty"`
	Count       int64          `json:"count" doc:"How often it was reported"`
	CreatedAt   time.Time      `json:"createdAt"`
	LastAt      time.Time      `json:"lastAt" doc:"When it was reported last"`
	UpdatedAt   time.Time      `json:"updatedAt"`
	ClosedAt    time.Time      `json:"closedAt,omitzero" required:"false"`
	Score       int            `json:"score" minimum:"0" maximum:"1000"`
	Local       *int           `json:"local,omitempty" doc:"Score of the own intelligence, 0 to 1000"`
	Community   *int           `json:"community,omitempty"`
	Enrichment  *int           `json:"enrichment,omitempty" doc:"Score of third parties"`
	Impact      float64        `json:"impact,omitempty" doc:"The loss to be expected"`
	Currency    string         `json:"currency,omitempty"`
	Reasons     []AlertReason  `json:"reasons" nullable:"false" doc:"What the score is made of"`
	Assets      []AlertAsset   `json:"assets" nullable:"false"`
	Decision    *AlertDecision `json:"decision,omitempty" doc:"How a flow came to close it"`
	Revision    int64          `json:"revision"`
}

// AlertReason is one part of a score.
type AlertReason struct {
	Factor string `json:"factor" enum:"severity,local,community,enrichment,criticality,impact"`
	Points int    `json:"points"`
	Most   int    `json:"most"`
	Text   string `json:"text"`
}

// AlertAsset is what an alert is about of what the organisation has.
type AlertAsset struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Kind        string  `json:"kind"`
	Owner       string  `json:"owner"`
	Criticality int     `json:"criticality" doc:"1 to 5"`
	Impact      float64 `json:"impact"`
	Currency    string  `json:"currency"`
	Findings    int     `json:"findings" doc:"Open ones"`
	Exploited   int     `json:"exploited" doc:"Open ones that are known to be exploited"`
}

// AlertDecision is how a flow came to close an alert.
type AlertDecision struct {
	Run      string      `json:"run"`
	Flow     string      `json:"flow"`
	FlowName string      `json:"flowName"`
	Step     string      `json:"step"`
	Rule     string      `json:"rule,omitempty"`
	Reasons  []string    `json:"reasons" nullable:"false"`
	Path     []AlertTurn `json:"path" nullable:"false" doc:"The decisions of the run that led to the step"`
	At       time.Time   `json:"at,omitzero" required:"false"`
}

// AlertTurn is a decision on the way.
type AlertTurn struct {
	Step string `json:"step"`
	Name string `json:"name"`
	Took string `json:"took" doc:"The way out, or a table's value"`
}

// AlertDetail is an alert with all that is known of it.
type AlertDetail struct {
	Alert
	Observables []AlertObservable `json:"observables" nullable:"false"`
	History     []CaseEntry       `json:"history" nullable:"false" doc:"Newest first, 200 at most"`
}

// AlertObservable is something that was seen.
type AlertObservable struct {
	Type  string `json:"type"`
	Value string `json:"value"`
	Shown string `json:"shown" doc:"Defanged"`
}

// AlertEvent is an event as it came.
type AlertEvent struct {
	Seq   int64     `json:"seq"`
	At    time.Time `json:"at"`
	Event Value     `json:"event"`
}

// AlertList is a page of alerts, with how many there are of each status.
type AlertList struct {
	List[Alert]
	Counts map[string]int `json:"counts" doc:"By status, of all that the other filters pick"`
}

// RelatedAlert is an alert with what it shares with another.
type RelatedAlert struct {
	Alert  Alert             `json:"alert"`
	Shared []AlertObservable `json:"shared" nullable:"false"`
	Count  int               `json:"count"`
}

// AlertsSnapshot is what the topic of all alerts tells.
type AlertsSnapshot struct {
	Revision int64 `json:"revision"`
}

func (s *Server) alertRoutes() {
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/alerts", id: "listAlerts", summary: "The queue of alerts, the highest score first", errors: []int{422}}, s.alertQueue)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/alerts", id: "receiveAlert", summary: "Take in an event as an alert; what its source reported before is counted again", status: 201, errors: []int{422}}, s.receiveAlert)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/alerts/normalise", id: "normaliseEvent", summary: "What an event would become as an alert; nothing is kept", errors: []int{422}}, s.normaliseEvent)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/alerts/bulk", id: "changeAlerts", summary: "Do the same to many alerts; each answers for itself", errors: []int{422}}, s.changeAlerts)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/alerts/{id}", id: "getAlert", summary: "An alert, by its id or number", errors: []int{404}}, s.oneAlert)
	route(s, needs(auth.CaseWork), operation{method: "PUT", path: "/alerts/{id}", id: "changeAlert", summary: "Work on an alert", errors: []int{404, 409, 422}}, s.changeAlert)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/alerts/{id}/case", id: "alertToCase", summary: "Have an alert go on in a case; the answer is the case", errors: []int{404, 409, 422}}, s.alertToCase)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/alerts/{id}/score", id: "rescoreAlert", summary: "Score an alert anew, of what is known now", errors: []int{404}}, s.rescoreAlert)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/alerts/{id}/events", id: "alertEvents", summary: "The events of an alert as they came: the first and the newest", errors: []int{404}}, s.alertEvents)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/alerts/{id}/related", id: "relatedAlerts", summary: "Alerts that share observables with an alert", errors: []int{404}}, s.relatedAlerts)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/alerts", id: "caseAlerts", summary: "Alerts that go on in a case", errors: []int{404}}, s.caseAlerts)
}

func alertItem(a *alerts.Alert) Alert {
	scores := a.Rating.Scores()
	impact, currency := a.Rating.Impact()
	out := Alert{
		ID: a.ID, Number: a.Number, Title: a.Title, Description: a.Description, Source: a.Source, ExternalID: a.ExternalID, Severity: a.Severity, At: a.At, Rule: a.Rule, Tactics: given(a.Tactics), Techniques: given(a.Techniques),
		Host: a.Host, User: a.User, Shape: a.Shape, Status: a.Status, Reason: a.Reason, Note: a.Note, Assignee: a.AssigneeName, Case: a.Case, CaseNumber: a.CaseNumber, Count: a.Count, CreatedAt: a.Created, LastAt: a.Last,
		UpdatedAt: a.Updated, ClosedAt: a.ClosedAt, Score: a.Score, Local: score(scores.Local), Community: score(scores.Community), Enrichment: score(scores.Enrichment), Impact: impact, Currency: currency, Revision: a.Revision,
		Reasons: make([]AlertReason, len(a.Rating.Reasons)), Assets: make([]AlertAsset, len(a.Rating.Assets)),
	}
	for i, r := range a.Rating.Reasons {
		out.Reasons[i] = AlertReason(r)
	}
	for i := range a.Rating.Assets {
		x := &a.Rating.Assets[i]
		out.Assets[i] = AlertAsset{x.ID, x.Name, x.Kind, x.Owner, x.Criticality, x.Impact, x.Currency, x.Findings, x.Exploited}
	}
	if d := a.Decision; d != nil {
		out.Decision = &AlertDecision{Run: d.Run, Flow: d.Flow, FlowName: d.FlowName, Step: d.Step, Rule: d.Rule, Reasons: given(d.Reasons), Path: make([]AlertTurn, len(d.Path))}
		out.Decision.At, _ = time.Parse(time.RFC3339, d.At)
		for i, t := range d.Path {
			out.Decision.Path[i] = AlertTurn(t)
		}
	}
	return out
}

// given is a list that is never null.
func given(list []string) []string { return append([]string{}, list...) }

func alertItems(list []alerts.Alert) []Alert {
	out := make([]Alert, len(list))
	for i := range list {
		out[i] = alertItem(&list[i])
	}
	return out
}

func observables(list []cases.Artifact) []AlertObservable {
	out := make([]AlertObservable, len(list))
	for i := range list {
		out[i] = AlertObservable{list[i].Type, list[i].Value, list[i].Shown()}
	}
	return out
}

func (s *Server) oneAlert(ctx context.Context, in *ByID) (*body[AlertDetail], error) {
	const entries = 200
	a, err := s.Alerts.Alert(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	seen, err := s.Alerts.AlertObservables(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	history, err := s.Alerts.AlertHistory(ctx, a.ID, entries)
	if err != nil {
		return nil, err
	}
	out := AlertDetail{Alert: alertItem(&a), Observables: observables(seen), History: make([]CaseEntry, len(history))}
	for i := range history {
		e := &history[i]
		out.History[i] = CaseEntry{e.Seq, e.At, e.Kind, caseActor(&e.By), Value{e.Data}}
	}
	return answer(out), nil
}

func (s *Server) alertEvents(ctx context.Context, in *ByID) (*body[List[AlertEvent]], error) {
	a, err := s.Alerts.Alert(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Alerts.AlertEvents(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	list := List[AlertEvent]{Items: make([]AlertEvent, len(found))}
	for i, e := range found {
		list.Items[i] = AlertEvent{Seq: e.Seq, At: e.At}
		if list.Items[i].Event.V, err = flow.ReadKept([]byte(e.Text)); err != nil {
			return nil, err
		}
	}
	return answer(list), nil
}

func (s *Server) relatedAlerts(ctx context.Context, in *ByID) (*body[List[RelatedAlert]], error) {
	found, err := s.Alerts.RelatedTo(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list := List[RelatedAlert]{Items: make([]RelatedAlert, len(found))}
	for i := range found {
		list.Items[i] = RelatedAlert{alertItem(&found[i].Alert), observables(found[i].Shared), found[i].Count}
	}
	return answer(list), nil
}

func (s *Server) caseAlerts(ctx context.Context, in *ByID) (*body[List[Alert]], error) {
	const most = 200
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, _, err := s.Alerts.Alerts(ctx, alerts.Query{Case: c.ID, Limit: most})
	return answer(List[Alert]{Items: alertItems(found)}), err
}

// AlertsView gives what the topic of all alerts tells.
func (s *Server) AlertsView(ctx context.Context) (AlertsSnapshot, error) {
	mark, err := s.Alerts.AlertMark(ctx)
	return AlertsSnapshot{mark}, err
}

// alertProblem answers what can't be done to an alert; nil is none of these.
func alertProblem(err error) *Problem {
	var wrong *alerts.InvalidError
	var asset *inventory.InvalidError
	var conflict *alerts.ConflictError
	switch {
	case errors.As(err, &wrong):
		return listedProblem("alert.invalid", wrong.Problems)
	case errors.As(err, &asset):
		return listedProblem("asset.invalid", asset.Problems)
	case errors.As(err, &conflict):
		p := problem(http.StatusConflict, conflict.Error())
		p.UpdatedBy, p.UpdatedAt = conflict.By, conflict.At
		return p
	}
	return nil
}

// listedProblem answers all that is wrong with fields.
func listedProblem(code string, list []cases.FieldError) *Problem {
	p := problem(http.StatusUnprocessableEntity, list[0].Message)
	for _, f := range list {
		p.Problems = append(p.Problems, ItemProblem{Code: code, Severity: flow.SeverityError, Pointer: "/" + f.Field, Message: f.Message, Fix: f.Fix})
	}
	return p
}
