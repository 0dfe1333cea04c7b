package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/inbox"
)

type questionRow struct {
	ID            string `gorm:"primaryKey"`
	RunID         string
	StepKey       string
	Kind          string
	FlowID        string
	FlowName      string
	Title         string
	Message       string
	Content       string
	Quorum        int
	Requester     string
	RequesterName string `gorm:"->"`
	DryRun        bool   `gorm:"->"`
	RootFlow      string `gorm:"->"`
	RootFlowName  string `gorm:"->"`
	Hash          string
	NotifyFlow    string
	State         string
	AskedAt       int64
	DeadlineAt    int64
	RemindEvery   int64
	TellAt        int64
	Reminded      int
	ClosedAt      int64
}

// TableName implements GORM's Tabler.
func (questionRow) TableName() string { return "questions" }

// questionContent is the part of a question that nothing searches.
type questionContent struct {
	Show json.RawMessage   `json:"show,omitempty"`
	Form json.RawMessage   `json:"form,omitempty"`
	To   []string          `json:"to"`
	Then []engine.AskedFor `json:"then,omitempty"`
}

type answerRow struct {
	QuestionID string `gorm:"primaryKey"`
	Person     string `gorm:"primaryKey"`
	Name       string
	OnBehalf   string
	Decision   string
	Comment    string
	Form       string
	AnsweredAt int64
}

// TableName implements GORM's Tabler.
func (answerRow) TableName() string { return "question_answers" }

type delegationRow struct {
	QuestionID  string `gorm:"primaryKey"`
	Place       int    `gorm:"primaryKey"`
	FromPerson  string
	FromName    string
	ToPerson    string
	ToName      string
	Comment     string
	DelegatedAt int64
}

// TableName implements GORM's Tabler.
func (delegationRow) TableName() string { return "question_delegations" }

type linkRow struct {
	TokenHash  string `gorm:"primaryKey"`
	QuestionID string
	Person     string
	Payload    string
	ExpiresAt  int64
	UsedAt     int64
}

// TableName implements GORM's Tabler.
func (linkRow) TableName() string { return "question_links" }

// insertQuestion and closeQuestion are the committer's statements for [engine.Ask]
// and [engine.Closed]: few batches have any, so that they aren't prepared.
const (
	insertQuestion = `INSERT INTO questions (id, run_id, step_key, kind, flow_id, flow_name, title, message, content, quorum, requester, hash, notify_flow, state, asked_at, deadline_at, remind_every, tell_at, live)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, (SELECT count(*) FROM runs WHERE id = ? AND ` + liveRuns + `))`
	closeQuestion = `UPDATE questions SET state = ?, closed_at = ?, tell_at = 0 WHERE id = ? AND state = 'open'`
)

func (w *writer) questions(ctx context.Context, b *engine.Batch) error {
	for i := range b.Asks {
		if err := w.insertAsk(ctx, b.RunID, &b.Asks[i]); err != nil {
			return err
		}
	}
	for _, c := range b.Closed {
		if _, err := w.tx.ExecContext(ctx, w.st.dialect.bind(closeQuestion), c.Outcome, micro(c.At), c.ID); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) insertAsk(ctx context.Context, runID string, q *engine.Ask) error {
	d := w.st.dialect
	content := questionContent{To: q.To, Then: q.Then}
	if q.Show != nil {
		content.Show = flow.CompactJSON(q.Show)
	}
	if q.Form != nil {
		content.Form = flow.CompactJSON(q.Form)
	}
	data, err := json.Marshal(content)
	if err != nil {
		return err
	}
	tell := time.Time{}
	switch {
	case q.Notify != "":
		tell = q.Asked
	case q.Remind > 0:
		tell = q.Asked.Add(q.Remind)
	}
	_, err = w.tx.ExecContext(ctx, d.bind(insertQuestion), q.ID, runID, q.Step, string(q.Kind), q.Flow, q.FlowName, d.escape(q.Title), d.escape(q.Message), string(data), q.Quorum, q.Requester, q.Hash,
		q.Notify, micro(q.Asked), micro(q.Deadline), q.Remind.Microseconds(), micro(tell), runID)
	return err
}

// questionsOf reads questions, each with the name of who started its run, whether that is a
// dry run, and the flow that began it all where another called it.
func questionsOf(tx *gorm.DB) *gorm.DB {
	return tx.Model(&questionRow{}).Select(`questions.*, (SELECT name FROM users WHERE users.id = questions.requester) AS requester_name,
		(SELECT dry_run <> 0 FROM runs WHERE runs.id = questions.run_id) AS dry_run,
		COALESCE((SELECT root.flow_id FROM runs JOIN runs AS root ON root.id = runs.root_run WHERE runs.id = questions.run_id), '') AS root_flow,
		COALESCE((SELECT root.flow_name FROM runs JOIN runs AS root ON root.id = runs.root_run WHERE runs.id = questions.run_id), '') AS root_flow_name`)
}

func (r *questionRow) question(d *dialect) (inbox.Question, error) {
	q := inbox.Question{
		Ask: engine.Ask{
			ID: r.ID, Kind: engine.AskKind(r.Kind), Step: r.StepKey, Flow: r.FlowID, FlowName: r.FlowName, Title: d.unescape(r.Title), Message: d.unescape(r.Message), Quorum: r.Quorum,
			Requester: r.Requester, DryRun: r.DryRun, Asked: fromMicro(r.AskedAt), Deadline: fromMicro(r.DeadlineAt), Remind: time.Duration(r.RemindEvery) * time.Microsecond,
			Notify: r.NotifyFlow, Hash: r.Hash,
		},
		Run: r.RunID, State: r.State, Closed: fromMicro(r.ClosedAt), RequestedBy: r.RequesterName, Reminded: r.Reminded, TellAt: fromMicro(r.TellAt),
		RootFlow: r.RootFlow, RootFlowName: r.RootFlowName,
	}
	var content questionContent
	if err := json.Unmarshal([]byte(r.Content), &content); err != nil {
		return q, err
	}
	q.To, q.Then = content.To, content.Then
	var err error
	if len(content.Show) > 0 {
		if q.Show, err = flow.ReadKept(content.Show); err != nil {
			return q, err
		}
	}
	if len(content.Form) > 0 {
		q.Form, err = flow.ReadKept(content.Form)
	}
	return q, err
}

// fillQuestions makes questions of rows, with their answers and delegations.
func (s *Store) fillQuestions(tx *gorm.DB, rows []questionRow) ([]inbox.Question, error) {
	list, ids, at := make([]inbox.Question, len(rows)), make([]string, len(rows)), make(map[string]int, len(rows))
	for i := range rows {
		var err error
		if list[i], err = rows[i].question(s.dialect); err != nil {
			return nil, err
		}
		ids[i], at[rows[i].ID] = rows[i].ID, i
	}
	var answers []answerRow
	if err := tx.Where("question_id IN ?", ids).Order("answered_at, person").Find(&answers).Error; err != nil {
		return nil, err
	}
	for _, a := range answers {
		form, err := flow.ReadKept([]byte(a.Form))
		if err != nil {
			return nil, err
		}
		q := &list[at[a.QuestionID]]
		q.Answers = append(q.Answers, inbox.Answer{Person: a.Person, By: a.Name, For: a.OnBehalf, Decision: a.Decision, Comment: s.dialect.unescape(a.Comment), Form: form, At: fromMicro(a.AnsweredAt)})
	}
	var delegations []delegationRow
	if err := tx.Where("question_id IN ?", ids).Order("place").Find(&delegations).Error; err != nil {
		return nil, err
	}
	for _, d := range delegations {
		q := &list[at[d.QuestionID]]
		q.Delegations = append(q.Delegations, inbox.Delegation{From: d.FromPerson, FromName: d.FromName, To: d.ToPerson, ToName: d.ToName, Comment: s.dialect.unescape(d.Comment), At: fromMicro(d.DelegatedAt)})
	}
	return list, nil
}

func (s *Store) oneQuestion(tx *gorm.DB, id string) (inbox.Question, error) {
	var rows []questionRow
	if err := questionsOf(tx).Where("questions.id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return inbox.Question{}, err
	}
	if len(rows) == 0 {
		return inbox.Question{}, inbox.ErrNotFound
	}
	list, err := s.fillQuestions(tx, rows)
	if err != nil {
		return inbox.Question{}, err
	}
	return list[0], nil
}

// Question implements [inbox.Questions].
func (s *Store) Question(ctx context.Context, id string) (inbox.Question, error) {
	return s.oneQuestion(s.read.WithContext(ctx), id)
}

// ListQuestions implements [inbox.Questions].
func (s *Store) ListQuestions(ctx context.Context, f inbox.Filter) (list []inbox.Question, next string, err error) {
	query := questionsOf(s.read.WithContext(ctx)).Limit(f.Limit + 1)
	if f.Run != "" {
		query = query.Where("run_id = ?", f.Run)
	}
	// Pages go by the id, which is made in the order of time; of those that are open
	// the ones with a deadline come first, by it.
	offset := 0
	switch f.State {
	case inbox.Open:
		offset, _ = strconv.Atoi(f.Cursor)
		query = query.Where("state = 'open'").Order("CASE WHEN deadline_at = 0 THEN 1 ELSE 0 END, deadline_at, id").Offset(max(offset, 0))
	case "":
		query = query.Order("id DESC")
	default:
		query = query.Where("state <> 'open'").Order("id DESC")
	}
	if f.State != inbox.Open && f.Cursor != "" {
		query = query.Where("questions.id < ?", f.Cursor)
	}
	var rows []questionRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", err
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		if next = rows[len(rows)-1].ID; f.State == inbox.Open {
			next = strconv.Itoa(max(offset, 0) + f.Limit)
		}
	}
	list, err = s.fillQuestions(s.read.WithContext(ctx), rows)
	return list, next, err
}

// inboxMark is read at every look at the inbox: none of its parts reads all questions. A
// question that is asked or closed changes it, unless one of each meets another server's
// clock just so; the inbox is read anew from time to time.
const inboxMark = `SELECT (SELECT count(*) FROM questions WHERE state = 'open') AS open,
  COALESCE((SELECT asked_at FROM questions ORDER BY id DESC LIMIT 1), 0) AS asked,
  COALESCE((SELECT closed_at FROM questions ORDER BY closed_at DESC LIMIT 1), 0) AS closed`

// OpenQuestions implements [inbox.Questions].
func (s *Store) OpenQuestions(ctx context.Context) (open int, revision int64, err error) {
	var at struct{ Open, Asked, Closed int64 }
	err = s.read.WithContext(ctx).Raw(inboxMark).Scan(&at).Error
	return int(at.Open), at.Asked + 2*at.Closed + at.Open, err
}

// AnswerQuestion implements [inbox.Questions].
func (s *Store) AnswerQuestion(ctx context.Context, id, link string, decide func(q inbox.Question) (inbox.Answer, engine.Signal, error)) (q inbox.Question, err error) {
	change := &Change{Object: "question", ObjectID: id}
	err = s.changeAs(ctx, change, func(tx *gorm.DB) error {
		if q, err = s.oneQuestion(tx, id); err != nil {
			return err
		}
		a, signal, err := decide(q)
		if err != nil {
			return err
		}
		change.Action = "question." + a.Decision
		change.Detail = map[string]any{"run": q.Run, "step": q.Step, "hash": q.Hash, "comment": a.Comment, "for": a.For}
		if err := useLink(tx, link, a.At); err != nil {
			return err
		}
		row := answerRow{id, a.Person, a.By, a.For, a.Decision, s.dialect.escape(a.Comment), string(flow.CompactJSON(a.Form)), micro(a.At)}
		if err := tx.Create(&row).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return &inbox.Refusal{Code: "approval.answered", Message: "you answered this already"}
			}
			return err
		}
		payload, err := json.Marshal(signal.Payload)
		if err != nil {
			return err
		}
		return tx.Create(&signalRow{RunID: signal.RunID, ID: signal.ID, Kind: signal.Kind, Payload: string(payload), CreatedAt: micro(a.At)}).Error
	})
	return q, err
}

// useLink uses a link up; one that was used meanwhile is none.
func useLink(tx *gorm.DB, hash string, at time.Time) error {
	if hash == "" {
		return nil
	}
	used := tx.Model(&linkRow{}).Where("token_hash = ? AND used_at = 0", hash).Update("used_at", micro(at))
	if used.Error == nil && used.RowsAffected == 0 {
		return inbox.ErrNotFound
	}
	return used.Error
}

// DelegateQuestion implements [inbox.Questions].
func (s *Store) DelegateQuestion(ctx context.Context, id string, decide func(q inbox.Question) (inbox.Delegation, error)) (q inbox.Question, err error) {
	change := &Change{Action: "question.delegate", Object: "question", ObjectID: id}
	err = s.changeAs(ctx, change, func(tx *gorm.DB) error {
		before, err := s.oneQuestion(tx, id)
		if err != nil {
			return err
		}
		d, err := decide(before)
		if err != nil {
			return err
		}
		change.Detail = map[string]any{"from": d.FromName, "to": d.ToName, "comment": d.Comment}
		row := delegationRow{id, len(before.Delegations) + 1, d.From, d.FromName, d.To, d.ToName, s.dialect.escape(d.Comment), micro(d.At)}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		q, err = s.oneQuestion(tx, id)
		return err
	})
	return q, err
}

// Taken implements [inbox.Questions].
func (s *Store) Taken(ctx context.Context, runID, signal string) (bool, error) {
	var n int64
	err := s.read.WithContext(ctx).Model(&signalRow{}).Where("run_id = ? AND id = ?", runID, signal).Count(&n).Error
	return n == 0, err
}

// InsertLink implements [inbox.Questions].
func (s *Store) InsertLink(ctx context.Context, l inbox.Link) error {
	change := Change{Action: "question.link", Object: "question", ObjectID: l.Question, Detail: map[string]any{"user": l.Person}}
	return s.change(ctx, change, func(tx *gorm.DB) error {
		return tx.Create(&linkRow{TokenHash: l.Hash, QuestionID: l.Question, Person: l.Person, Payload: l.Payload, ExpiresAt: micro(l.Expires)}).Error
	})
}

// Link implements [inbox.Questions].
func (s *Store) Link(ctx context.Context, hash string) (inbox.Link, error) {
	var row linkRow
	err := s.read.WithContext(ctx).Take(&row, "token_hash = ?", strings.ToLower(hash)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return inbox.Link{}, inbox.ErrNotFound
	}
	return inbox.Link{Hash: row.TokenHash, Question: row.QuestionID, Person: row.Person, Payload: row.Payload, Expires: fromMicro(row.ExpiresAt), Used: fromMicro(row.UsedAt)}, err
}

// TellQuestions implements [inbox.Questions].
func (s *Store) TellQuestions(ctx context.Context, now time.Time, limit int) ([]inbox.Question, error) {
	var rows []questionRow
	err := questionsOf(s.read.WithContext(ctx)).Where("state = 'open' AND tell_at > 0 AND tell_at <= ?", micro(now)).Order("tell_at").Limit(limit).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return s.fillQuestions(s.read.WithContext(ctx), rows)
}

// Told implements [inbox.Questions].
func (s *Store) Told(ctx context.Context, q inbox.Question, next time.Time) error {
	return s.write.WithContext(ctx).Model(&questionRow{}).Where("id = ? AND tell_at = ?", q.ID, micro(q.TellAt)).
		Updates(map[string]any{"tell_at": micro(next), "reminded": q.Reminded + 1}).Error
}
