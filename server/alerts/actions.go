package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Prefix begins the types of the nodes that work on alerts.
const Prefix = "alert."

// maxFound is how many alerts a step gets at most.
const maxFound = 100

// Call is what a step of a flow asks for.
type Call struct {
	// Type is that of the node, such as alert.create.
	Type  string
	Input any
	// Key is the same for every attempt of the step: what it did once isn't done again.
	Key string
	By  cases.Actor
	// Path gives the decisions of the run so far that led to the step.
	Path func(ctx context.Context) ([]Turn, error)
}

// Act does what a step asks for, and gives its output. What is wrong with the input is an
// [*InvalidError], [ErrNotFound] or [ErrCased], or an error of cases.
func (s *Service) Act(ctx context.Context, c Call) (any, error) {
	in, ok := c.Input.(map[string]any)
	if !ok {
		return nil, invalid("with", "parameters are an object", "")
	}
	do := map[string]func(context.Context, *Call, *reader) (any, error){
		"alert.create": s.actCreate, "alert.update": s.actUpdate, "alert.close": s.actClose, "alert.get": s.actGet, "alert.find": s.actFind, "alert.to_case": s.actToCase,
	}[c.Type]
	if do == nil {
		return nil, invalid("type", "there is no action "+c.Type, "")
	}
	return do(ctx, &c, &reader{in: in})
}

func (s *Service) actCreate(ctx context.Context, c *Call, r *reader) (any, error) {
	in := Incoming{Event: r.in["event"], Mapping: r.mapping(), Given: r.scores(), Key: c.Key}
	if text, ok := in.Event.(string); ok { // a body that nobody has read yet
		if err := json.Unmarshal([]byte(text), &in.Event); err != nil {
			return nil, invalid("event", "an event is JSON: "+err.Error(), "")
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return s.viewed(ctx)(s.Receive(ctx, c.By, &in))
}

func (s *Service) actUpdate(ctx context.Context, c *Call, r *reader) (any, error) {
	e := Edit{Status: r.optional("status"), Severity: r.optional("severity"), Reason: r.optional("reason"), Note: r.optional("note"), Given: r.scores()}
	ref := r.ref("alert")
	if name := r.optional("assignee"); name != nil && r.err == nil {
		if err := s.Assign(ctx, &e, *name); err != nil {
			return nil, err
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	if e.Status != nil && *e.Status == Closed {
		return nil, invalid("status", "a step that closes an alert says what decided", "use the action Close an alert")
	}
	return s.viewed(ctx)(s.Update(ctx, c.By, ref, c.Key, &e))
}

func (s *Service) actClose(ctx context.Context, c *Call, r *reader) (any, error) {
	ref, reason, note, status := r.ref("alert"), r.text("reason"), r.text("note"), Closed
	d := &Decision{
		Run: c.By.Run, Flow: c.By.Flow, FlowName: c.By.FlowName, Step: c.By.Step, Rule: cut(r.text("rule"), MaxName), Reasons: r.texts("reasons"), At: s.at().Format(time.RFC3339), Path: []Turn{},
	}
	if r.err != nil {
		return nil, r.err
	}
	if c.Path != nil {
		path, err := c.Path(ctx)
		if err != nil {
			return nil, err
		}
		d.Path = path
	}
	return s.viewed(ctx)(s.Update(ctx, c.By, ref, c.Key, &Edit{Status: &status, Reason: &reason, Note: &note, Decision: d}))
}

func (s *Service) actGet(ctx context.Context, _ *Call, r *reader) (any, error) {
	ref := r.ref("alert")
	if r.err != nil {
		return nil, r.err
	}
	a, err := s.viewed(ctx)(s.Alert(ctx, ref))
	if err != nil {
		return nil, err
	}
	view, _ := a.(map[string]any)
	events, err := s.AlertEvents(ctx, fmt.Sprint(view["id"]))
	if err != nil || len(events) == 0 {
		return view, err
	}
	var event any
	if err := json.Unmarshal([]byte(events[0].Text), &event); err != nil {
		return nil, err
	}
	view["event"] = event
	return view, nil
}

func (s *Service) actFind(ctx context.Context, _ *Call, r *reader) (any, error) {
	q := Query{
		Statuses: r.texts("status"), Severities: r.texts("severity"), Source: r.text("source"), Text: r.text("text"), Sort: r.text("sort"), Limit: min(max(r.number("limit", 20), 1), maxFound),
	}
	if value := r.text("observable"); value != "" {
		found, err := cases.Normalise("", value)
		if err != nil {
			return nil, err
		}
		q.Observable = found.Value
	}
	if r.err != nil {
		return nil, r.err
	}
	found, _, err := s.Alerts(ctx, q)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(found))
	for i := range found {
		list[i] = View(&found[i])
	}
	return map[string]any{"alerts": list, "count": int64(len(list))}, nil
}

func (s *Service) actToCase(ctx context.Context, c *Call, r *reader) (any, error) {
	to := ToCase{
		Case: r.refOr("case", ""), Template: r.text("template"), Comment: r.text("comment"),
		Edit: cases.Edit{Title: r.optional("title"), Severity: r.optional("severity"), AddTags: r.texts("tags")},
	}
	ref := r.ref("alert")
	if name := r.text("assignee"); name != "" && r.err == nil {
		if err := s.Config.Cases.Assign(ctx, &to.Edit, name); err != nil {
			return nil, err
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	a, opened, err := s.Open(ctx, c.By, ref, c.Key, &to)
	if err != nil {
		return nil, err
	}
	return map[string]any{"alert": View(&a), "case": cases.View(&opened)}, nil
}

// Assign writes into an edit who is to have the alert, by name; empty is nobody.
func (s *Service) Assign(ctx context.Context, e *Edit, name string) error {
	var who cases.Edit
	if err := s.Config.Cases.Assign(ctx, &who, name); err != nil {
		return err
	}
	e.Assignee, e.AssigneeName = who.Assignee, &who.AssigneeName
	return nil
}

// viewed makes an alert the output of a step, with what is to be seen of it.
func (s *Service) viewed(ctx context.Context) func(a Alert, err error) (any, error) {
	return func(a Alert, err error) (any, error) {
		if err != nil {
			return nil, err
		}
		seen, err := s.AlertObservables(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		list := make([]any, len(seen))
		for i := range seen {
			list[i] = map[string]any{"type": seen[i].Type, "value": seen[i].Value, "shown": seen[i].Shown()}
		}
		view := View(&a)
		view["observables"] = list
		return view, nil
	}
}

// View is an alert as JSON for flows.
func View(a *Alert) map[string]any {
	number := func(n int) any {
		if n == NoScore {
			return nil
		}
		return int64(n)
	}
	scores := a.Rating.Scores()
	impact, currency := a.Rating.Impact()
	reasons := make([]any, len(a.Rating.Reasons))
	for i, r := range a.Rating.Reasons {
		reasons[i] = map[string]any{"factor": r.Factor, "points": int64(r.Points), "text": r.Text}
	}
	assets := make([]any, len(a.Rating.Assets))
	for i := range a.Rating.Assets {
		one := &a.Rating.Assets[i]
		assets[i] = map[string]any{"id": one.ID, "name": one.Name, "kind": one.Kind, "owner": one.Owner, "criticality": int64(one.Criticality), "findings": int64(one.Findings), "exploited": int64(one.Exploited)}
	}
	return map[string]any{
		"id": a.ID, "number": a.Number, "title": a.Title, "description": a.Description, "source": a.Source, "externalId": a.ExternalID, "severity": a.Severity, "rule": a.Rule, "at": timeText(a.At),
		"tactics": anys(a.Tactics), "techniques": anys(a.Techniques), "host": a.Host, "user": a.User, "shape": a.Shape, "status": a.Status, "reason": a.Reason, "note": a.Note, "assignee": a.AssigneeName,
		"case": a.Case, "caseNumber": a.CaseNumber, "count": a.Count, "first": timeText(a.Created), "last": timeText(a.Last), "score": int64(a.Score), "reasons": reasons, "assets": assets,
		"local": number(scores.Local), "community": number(scores.Community), "enrichment": number(scores.Enrichment), "impact": impact, "currency": currency,
	}
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// reader reads the parameters of a step, and remembers the first that can't be taken.
type reader struct {
	in  map[string]any
	err error
}

func (r *reader) fail(field, message, fix string) {
	if r.err == nil {
		r.err = invalid(field, message, fix)
	}
}

func (r *reader) text(field string) string {
	if r.in[field] == nil {
		return ""
	}
	text, ok := r.in[field].(string)
	if !ok {
		r.fail(field, "this is a text", "")
	}
	return text
}

func (r *reader) optional(field string) *string {
	if r.in[field] == nil {
		return nil
	}
	text := r.text(field)
	return &text
}

// texts takes a list of texts, or one.
func (r *reader) texts(field string) []string {
	list := []string{}
	for _, v := range spread(r.in[field], nil) {
		text, ok := textOf(v)
		if !ok {
			r.fail(field, "this is a list of texts", "")
		}
		if text != "" && len(list) < maxList {
			list = append(list, cut(text, MaxText))
		}
	}
	return list
}

func (r *reader) number(field string, usual int) int {
	if r.in[field] == nil {
		return usual
	}
	text, _ := textOf(r.in[field])
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != float64(int(n)) {
		r.fail(field, "this is a whole number", "")
	}
	return int(n)
}

// scores reads scores of 0 to 1000; nil where none is given.
func (r *reader) scores() *Scores {
	s := Scores{r.number("local", NoScore), r.number("community", NoScore), r.number("enrichment", NoScore)}
	for field, n := range map[string]int{"local": s.Local, "community": s.Community, "enrichment": s.Enrichment} {
		if n < NoScore || n > MaxScore {
			r.fail(field, "a score lies between 0 and 1000", "")
		}
	}
	if s == NoScores {
		return nil
	}
	return &s
}

func (r *reader) mapping() Mapping {
	if r.in["mapping"] == nil {
		return nil
	}
	object, ok := r.in["mapping"].(map[string]any)
	if !ok {
		r.fail("mapping", "a mapping is an object of fields and paths", "")
	}
	m := Mapping{}
	for _, field := range slices.Sorted(maps.Keys(object)) {
		path, ok := object[field].(string)
		if !ok {
			r.fail("mapping/"+field, "a path is a text", "")
		}
		if path != "" {
			m[field] = path
		}
	}
	return m
}

// ref is an alert, or a case, by its id or number.
func (r *reader) ref(field string) string {
	ref := r.refOr(field, "?")
	if ref == "?" {
		r.fail(field, "this names no "+field, "give its id or its number, such as {{ steps.alert.output.id }}")
	}
	return ref
}

func (r *reader) refOr(field, missing string) string {
	if object, is := r.in[field].(map[string]any); is { // as another step gives it
		id, _ := object["id"].(string)
		if id != "" {
			return id
		}
	}
	text, _ := textOf(r.in[field])
	if text = strings.TrimPrefix(text, "#"); text == "" {
		return missing
	}
	return text
}
