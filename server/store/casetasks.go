package store

import (
	"context"
	"encoding/json"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

type caseTaskRow struct {
	ID              string `gorm:"primaryKey"`
	CaseID          string
	Place           int
	Template        string
	TemplateVersion int
	Step            string
	FlowID          string
	Requester       string
	Lineage         string
	Ready           int
	State           string
	Assignee        string
	AssigneeName    string `gorm:"->"`
	DueAt           int64
	Answers         string
	Note            string
	RunID           string
	Tries           int
	DoneBy          string
	DoneAt          int64
}

// TableName implements GORM's Tabler.
func (caseTaskRow) TableName() string { return "case_tasks" }

type caseTemplateRow struct {
	ID      string `gorm:"primaryKey"`
	Version int    `gorm:"primaryKey;autoIncrement:false"`
	Name    string
	Content string
	SavedBy string
	SavedAt int64
	Newest  int
}

// TableName implements GORM's Tabler.
func (caseTemplateRow) TableName() string { return "case_templates" }

// templateContent is the part of a template that nothing searches.
type templateContent struct {
	Description string       `json:"description"`
	Steps       []cases.Step `json:"steps"`
}

func tasksFrom(tx *gorm.DB) *gorm.DB {
	return tx.Model(&caseTaskRow{}).Select("case_tasks.*, (SELECT name FROM users WHERE users.id = case_tasks.assignee) AS assignee_name")
}

func (s *Store) tasksOf(tx *gorm.DB, id string) ([]cases.Task, error) {
	var rows []caseTaskRow
	if err := tasksFrom(tx).Where("case_id = ?", id).Order("place, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	return s.taskList(rows)
}

func (s *Store) taskList(rows []caseTaskRow) ([]cases.Task, error) {
	list := make([]cases.Task, len(rows))
	for i := range rows {
		var err error
		if list[i], err = s.taskOf(&rows[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Store) taskOf(r *caseTaskRow) (cases.Task, error) {
	t := cases.Task{
		ID: r.ID, Case: r.CaseID, Template: r.Template, TemplateVersion: r.TemplateVersion, Place: r.Place, State: r.State, Assignee: r.Assignee, AssigneeName: r.AssigneeName,
		Due: fromMicro(r.DueAt), Note: s.dialect.unescape(r.Note), Run: r.RunID, Tries: r.Tries, Requester: r.Requester, Lineage: r.Lineage, Done: fromMicro(r.DoneAt),
	}
	var err error
	if err = json.Unmarshal([]byte(s.dialect.unescape(r.Step)), &t.Step); err != nil {
		return t, err
	}
	if r.Answers != "" {
		if t.Answers, err = flow.ReadKept([]byte(s.dialect.unescape(r.Answers))); err != nil {
			return t, err
		}
	}
	t.DoneBy, err = actorOf(s.dialect.unescape(r.DoneBy))
	return t, err
}

func (s *Store) taskRowOf(t *cases.Task) (caseTaskRow, error) {
	step, err := json.Marshal(t.Step)
	if err != nil {
		return caseTaskRow{}, err
	}
	by, err := actorText(t.DoneBy)
	r := caseTaskRow{
		ID: t.ID, CaseID: t.Case, Place: t.Place, Template: t.Template, TemplateVersion: t.TemplateVersion, Step: s.dialect.escape(string(step)), FlowID: t.Flow, State: t.State, Assignee: t.Assignee,
		DueAt: micro(t.Due), Note: s.dialect.escape(t.Note), RunID: t.Run, Tries: t.Tries, Requester: t.Requester, Lineage: t.Lineage, DoneBy: s.dialect.escape(by), DoneAt: micro(t.Done),
	}
	if t.Answers != nil {
		r.Answers = s.dialect.escape(string(flow.CompactJSON(t.Answers)))
	}
	return r, err
}

// keepTasks writes the tasks that were added, changed or dropped with a case.
func (s *Store) keepTasks(tx *gorm.DB, w *cases.Work) error {
	for i := range w.Tasks {
		row, err := s.taskRowOf(&w.Tasks[i])
		if err != nil {
			return err
		}
		if err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true}).Create(&row).Error; err != nil {
			return err
		}
	}
	if len(w.RemovedTasks) > 0 {
		if err := tx.Where("case_id = ? AND id IN ?", w.Case.ID, w.RemovedTasks).Delete(&caseTaskRow{}).Error; err != nil {
			return err
		}
	}
	if len(w.Tasks)+len(w.RemovedTasks) == 0 {
		return nil
	}
	return s.markReady(tx, w.Case.ID)
}

// markReady notes which tasks of a case are to start by themselves now: who looks for them
// finds no others.
func (s *Store) markReady(tx *gorm.DB, id string) error {
	all, err := s.tasksOf(tx, id)
	if err != nil {
		return err
	}
	ready := []string{}
	for i := range all {
		if t := &all[i]; t.Auto && t.State == cases.TaskOpen && len(cases.Blocked(t, all)) == 0 {
			ready = append(ready, t.ID)
		}
	}
	if err := tx.Model(&caseTaskRow{}).Where("case_id = ? AND ready = 1", id).Update("ready", 0).Error; err != nil || len(ready) == 0 {
		return err
	}
	return tx.Model(&caseTaskRow{}).Where("id IN ?", ready).Update("ready", 1).Error
}

// Tasks implements [cases.Store].
func (s *Store) Tasks(ctx context.Context, caseID string) ([]cases.Task, error) {
	return s.tasksOf(s.read.WithContext(ctx), caseID)
}

// TasksAtWork implements [cases.Store].
func (s *Store) TasksAtWork(ctx context.Context, limit int) ([]cases.Task, error) {
	var ended, ready []caseTaskRow
	read := s.read.WithContext(ctx)
	if err := tasksFrom(read).Where("state = 'running' AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = case_tasks.run_id AND ended = 0)").
		Order("id").Limit(limit).Find(&ended).Error; err != nil {
		return nil, err
	}
	if err := tasksFrom(read).Where("ready = 1 AND EXISTS (SELECT 1 FROM cases WHERE cases.id = case_tasks.case_id AND cases.status <> 'closed')").
		Order("id").Limit(limit).Find(&ready).Error; err != nil {
		return nil, err
	}
	return s.taskList(append(ended, ready...))
}

func (r *caseTemplateRow) template(d *dialect) (cases.Template, error) {
	t := cases.Template{ID: r.ID, Name: d.unescape(r.Name), Version: r.Version, By: d.unescape(r.SavedBy), At: fromMicro(r.SavedAt)}
	var content templateContent
	err := json.Unmarshal([]byte(d.unescape(r.Content)), &content)
	t.Description, t.Steps = content.Description, content.Steps
	return t, err
}

// Templates implements [cases.Store].
func (s *Store) Templates(ctx context.Context) ([]cases.Template, error) {
	var rows []caseTemplateRow
	if err := s.read.WithContext(ctx).Where("newest = 1").Order("name, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]cases.Template, len(rows))
	for i := range rows {
		var err error
		if list[i], err = rows[i].template(s.dialect); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Template implements [cases.Store].
func (s *Store) Template(ctx context.Context, id string, version int) (cases.Template, error) {
	query := s.read.WithContext(ctx).Where("id = ?", id)
	if version > 0 {
		query = query.Where("version = ?", version)
	} else {
		query = query.Where("newest = 1")
	}
	var row caseTemplateRow
	if err := query.Take(&row).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			err = cases.ErrNoTemplate
		}
		return cases.Template{}, err
	}
	return row.template(s.dialect)
}

// SaveTemplate implements [cases.Store].
func (s *Store) SaveTemplate(ctx context.Context, t *cases.Template) error {
	content, err := json.Marshal(templateContent{t.Description, t.Steps})
	if err != nil {
		return err
	}
	change := Change{Action: "template.save", Object: "template", ObjectID: t.ID, Detail: map[string]any{"name": t.Name, "version": t.Version}}
	return s.change(ctx, change, func(tx *gorm.DB) error {
		var newest int
		if err := tx.Model(&caseTemplateRow{}).Where("id = ?", t.ID).Select("COALESCE(MAX(version), 0)").Scan(&newest).Error; err != nil {
			return err
		}
		if newest != t.Version-1 {
			return cases.ErrTemplateChanged
		}
		if err := tx.Model(&caseTemplateRow{}).Where("id = ?", t.ID).Update("newest", 0).Error; err != nil {
			return err
		}
		return tx.Create(&caseTemplateRow{t.ID, t.Version, s.dialect.escape(t.Name), s.dialect.escape(string(content)), s.dialect.escape(t.By), micro(t.At), 1}).Error
	})
}

// RemoveTemplate implements [cases.Store].
func (s *Store) RemoveTemplate(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "template.remove", Object: "template", ObjectID: id}, func(tx *gorm.DB) error {
		gone := tx.Model(&caseTemplateRow{}).Where("id = ? AND newest = 1", id).Update("newest", 0)
		if gone.Error == nil && gone.RowsAffected == 0 {
			return cases.ErrNoTemplate
		}
		return gone.Error
	})
}
