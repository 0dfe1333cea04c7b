package alerts

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// maxRelated is how many related alerts are shown.
const maxRelated = 50

// Config is what a service is made of.
type Config struct {
	Store Store
	Cases *cases.Service
	// Scorer and Estate may be nil: then nothing is known of observables.
	Scorer Scorer
	Estate Estate
	Now    func() time.Time
	// Changed is told of each alert that changed; it must not block.
	Changed func(id string)
}

// Service works on alerts.
type Service struct {
	Store
	Config Config
}

// NewService makes a service.
func NewService(c Config) *Service { return &Service{c.Store, c} }

func (s *Service) at() time.Time { return s.Config.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) done(a Alert, err error) (Alert, error) {
	if err == nil {
		s.Config.Changed(a.ID)
	}
	return a, err
}

// Incoming is an event that is to be an alert.
type Incoming struct {
	Event   any
	Mapping Mapping
	// Given are scores that the sender knows; nil is none.
	Given *Scores
	// Key is that of a flow's step or of a request: the same twice counts once. Empty is none.
	Key string
}

// Receive makes an alert of an event, or counts the one again that the source reported
// before. What can't be taken is an [*InvalidError].
func (s *Service) Receive(ctx context.Context, by cases.Actor, in *Incoming) (Alert, error) {
	fields, seen, problems := Normalise(in.Event, in.Mapping)
	raw, err := json.Marshal(in.Event)
	if err == nil && len(raw) > MaxEvent {
		problems.add("event", fmt.Sprintf("an event has at most %d KiB", MaxEvent>>10), "leave out what an alert needs not")
	}
	if len(problems) > 0 || err != nil {
		return Alert{}, errors.Join(err, &InvalidError{problems})
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Alert{}, err
	}
	at := s.at()
	if fields.At.IsZero() {
		fields.At = at
	}
	a := Alert{ID: id.String(), Fields: fields, Status: New, Count: 1, Created: at, Last: at, Updated: at, Revision: 1, Rating: Rating{Given: NoScores, Found: NoScores}}
	if in.Given != nil {
		a.Rating.Given = *in.Given
	}
	if err := s.look(ctx, &a, seen); err != nil {
		return Alert{}, err
	}
	w := &Work{Alert: &a, By: by, At: at, Event: string(raw)}
	if err := w.observe(seen); err != nil {
		return Alert{}, err
	}
	w.tell(EntryReceived, map[string]any{"source": fields.Source})
	grew := false
	kept, err := s.done(s.ReceiveAlert(ctx, w, origin(&fields, in.Key), in.Key, func(w *Work) error {
		w.By, w.At, w.Event = by, s.at(), string(raw)
		grew, err = w.again(&fields, seen, in.Given)
		return err
	}))
	if err != nil || !grew {
		return kept, err
	}
	return s.Rescore(ctx, kept.ID)
}

// origin is what an alert is known by: its id at its source, or else what sent it.
func origin(f *Fields, key string) string {
	switch {
	case f.ExternalID != "":
		return "source/" + strings.ToLower(f.Source) + "/" + f.ExternalID
	case key != "":
		return "key/" + key
	}
	return ""
}

// again takes in another report of the same: how often, what is new in it, and a severity
// that rose. Whoever works on it keeps what they made of it; one that was closed is open again
// where the report says more than what was decided on.
func (w *Work) again(f *Fields, seen []cases.Artifact, given *Scores) (grew bool, err error) {
	a := w.Alert
	a.Count, a.Last = a.Count+1, w.At
	a.Revision++
	data := map[string]any{"count": a.Count}
	if Rank(f.Severity) > Rank(a.Severity) {
		data["severity"], a.Severity, grew = f.Severity, f.Severity, true
	}
	before := a.Observables
	if err := w.observe(seen); err != nil {
		return false, err
	}
	if given != nil {
		a.Rating.Given = a.Rating.Given.With(*given)
	}
	grew = grew || a.Observables > before
	if grew && a.Status == Closed {
		a.Status, a.Reason, a.Note, a.ClosedAt, a.Decision = New, "", "", time.Time{}, nil
		a.Decided, a.DecidedBy = a.Revision, f.Source
		data["reopened"] = true
	}
	w.tell(EntryAgain, data)
	return grew || given != nil, nil
}

// look finds out what is known of what an alert is about.
func (s *Service) look(ctx context.Context, a *Alert, seen []cases.Artifact) (err error) {
	if s.Config.Scorer != nil {
		if a.Rating.Found, a.Rating.Why, err = s.Config.Scorer.ScoreObservables(ctx, seen); err != nil {
			return err
		}
	}
	if s.Config.Estate != nil {
		if a.Rating.Assets, err = s.Config.Estate.AssetsOf(ctx, a.Severity, seen); err != nil {
			return err
		}
		slices.SortStableFunc(a.Rating.Assets, func(x, y Asset) int { return cmp.Compare(y.Criticality, x.Criticality) })
	}
	a.rate()
	return nil
}

// Rescore makes the score of an alert anew, of what is known now.
func (s *Service) Rescore(ctx context.Context, ref string) (Alert, error) {
	a, err := s.Alert(ctx, ref)
	if err != nil {
		return a, err
	}
	seen, err := s.AlertObservables(ctx, a.ID)
	if err != nil {
		return a, err
	}
	if err := s.look(ctx, &a, seen); err != nil {
		return a, err
	}
	return s.done(s.ChangeAlert(ctx, a.ID, "", func(w *Work) error {
		before, _ := json.Marshal(w.Alert.Rating)
		w.Alert.Rating.Found, w.Alert.Rating.Why, w.Alert.Rating.Assets = a.Rating.Found, a.Rating.Why, a.Rating.Assets
		w.Alert.rate()
		if after, _ := json.Marshal(w.Alert.Rating); string(after) != string(before) {
			w.Alert.Revision++
			w.Alert.Updated = s.at()
		}
		return nil
	}))
}

// Reconsider makes the scores anew of alerts at work of which something was learnt: of
// indicators that they have, or of assets that they are about. One that can't be scored
// stays, and keeps no other from it.
func (s *Service) Reconsider(ctx context.Context) error {
	const batch = 100
	for {
		list, err := s.StaleAlerts(ctx, batch)
		for _, one := range list {
			_, failed := s.Rescore(ctx, one.ID)
			if failed == nil {
				failed = s.AlertScored(ctx, one)
			}
			err = errors.Join(err, failed)
		}
		if err != nil || len(list) < batch {
			return err
		}
	}
}

// Update changes an alert. Key is that of a flow's step, or empty.
func (s *Service) Update(ctx context.Context, by cases.Actor, ref, key string, e *Edit) (Alert, error) {
	a, err := s.done(s.ChangeAlert(ctx, ref, key, func(w *Work) error {
		w.By, w.At = by, s.at()
		changes, err := Apply(w.Alert, e, by, w.At)
		switch {
		case err != nil:
			return err
		case len(changes) > 0:
			data := map[string]any{"changes": plainChanges(changes)}
			if e.Decision != nil {
				data["rule"] = e.Decision.Rule
			}
			w.tell(EntryChanged, data)
		case e.Given != nil:
			w.tell(EntryScored, map[string]any{"score": int64(w.Alert.Score)})
		}
		return nil
	}))
	if err == nil && e.Severity != nil && s.Config.Estate != nil {
		return s.Rescore(ctx, a.ID) // the loss to be expected goes with the severity
	}
	return a, err
}

func plainChanges(changes []cases.Change) []any {
	list := make([]any, len(changes))
	for i, c := range changes {
		list[i] = map[string]any{"field": c.Field, "from": c.From, "to": c.To}
	}
	return list
}

// ToCase is how an alert becomes one.
type ToCase struct {
	// Case is the id or number of one that it joins; empty opens one.
	Case string
	// Edit and Template are of a case that is opened; a title and severity that are left
	// out are the alert's.
	Edit     cases.Edit
	Template string
	Comment  string
}

// Open has an alert go on in a case: a new one, or one that is there. What is to be seen of
// the alert becomes artifacts of the case. An alert that is in one stays in it.
func (s *Service) Open(ctx context.Context, by cases.Actor, ref, key string, to *ToCase) (Alert, cases.Case, error) {
	a, err := s.Alert(ctx, ref)
	if err != nil {
		return a, cases.Case{}, err
	}
	c, err := s.caseFor(ctx, by, &a, key, to)
	if err != nil {
		return a, c, err
	}
	a, err = s.done(s.ChangeAlert(ctx, a.ID, "", func(w *Work) error {
		if w.Alert.Status == Cased {
			if w.Alert.Case != c.ID {
				return ErrCased
			}
			return nil
		}
		w.By, w.At = by, s.at()
		w.Alert.Status, w.Alert.Case, w.Alert.CaseNumber = Cased, c.ID, c.Number
		w.Alert.Reason, w.Alert.Note, w.Alert.Decision, w.Alert.ClosedAt = "", "", nil, time.Time{}
		w.Alert.Revision++
		w.Alert.Decided, w.Alert.DecidedBy = w.Alert.Revision, by.Name
		w.tell(EntryCased, map[string]any{"case": c.ID, "number": c.Number, "title": c.Title})
		return nil
	}))
	return a, c, err
}

// caseFor gives the case in which an alert is to go on, with its observables.
func (s *Service) caseFor(ctx context.Context, by cases.Actor, a *Alert, key string, to *ToCase) (cases.Case, error) {
	seen, err := s.AlertObservables(ctx, a.ID)
	if err != nil {
		return cases.Case{}, err
	}
	if a.Status == Cased {
		c, err := s.Config.Cases.Case(ctx, a.Case)
		if err != nil || to.Case == "" || to.Case == c.ID || to.Case == fmt.Sprint(c.Number) {
			return c, err
		}
		return c, ErrCased
	}
	if to.Case != "" {
		c, err := s.Config.Cases.Case(ctx, to.Case)
		if err != nil {
			return c, err
		}
		if c, err = s.Config.Cases.AddArtifacts(ctx, by, c.ID, stepKey(key, "artifacts", a.ID), seen); err != nil {
			return c, err
		}
		comment := fmt.Sprintf("Alert #%d joined: %s", a.Number, plainLine(a.Title))
		if to.Comment != "" {
			comment += "\n\n" + to.Comment
		}
		return s.Config.Cases.Comment(ctx, by, c.ID, "alert/"+a.ID, comment)
	}
	o := cases.Opening{Edit: to.Edit, Artifacts: seen, Origin: "alert/" + a.ID}
	if o.Edit.Title == nil || strings.TrimSpace(*o.Edit.Title) == "" {
		o.Edit.Title = &a.Title
	}
	if o.Edit.Severity == nil {
		severity := a.Severity
		if severity == "info" {
			severity = "low"
		}
		o.Edit.Severity = &severity
	}
	if o.Edit.Description == nil {
		o.Edit.Description = &a.Description
	}
	c, err := s.Config.Cases.Open(ctx, by, o)
	if err == nil && to.Template != "" && c.TaskCount == 0 {
		c, err = s.Config.Cases.ApplyTemplate(ctx, by, c.ID, stepKey(key, "template", a.ID), to.Template)
	}
	if err == nil && to.Comment != "" {
		c, err = s.Config.Cases.Comment(ctx, by, c.ID, "alert/"+a.ID, to.Comment)
	}
	return c, err
}

// stepKey is the key of one part of what a step does; without one, what is done for an
// alert is done once.
func stepKey(key, part, alert string) string { return part + "/" + cmp.Or(key, alert) }

// plainLine takes the meaning from what Markdown would make of a text.
func plainLine(text string) string {
	return strings.NewReplacer("\\", "\\\\", "[", "\\[", "]", "\\]", "*", "\\*", "_", "\\_", "`", "\\`", "<", "\\<", "#", "\\#").Replace(text)
}

// RelatedTo gives the alerts that share observables with an alert.
func (s *Service) RelatedTo(ctx context.Context, ref string) ([]Related, error) {
	a, err := s.Alert(ctx, ref)
	if err != nil {
		return nil, err
	}
	return s.RelatedAlerts(ctx, a.ID, maxRelated)
}
