package store

import (
	"encoding/json"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

type caseRow struct {
	ID           string `gorm:"primaryKey"`
	Number       int64
	Origin       string
	Title        string
	Description  string
	Severity     int
	Status       string
	Resolution   string
	TLP          string `gorm:"column:tlp"`
	Assignee     string
	AssigneeName string `gorm:"->"`
	DueAt        int64
	Score        int
	CreatedBy    string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	UpdatedAt    int64 `gorm:"autoUpdateTime:false"`
	ClosedAt     int64
	Revision     int64
	MergedInto   string
	Marks        string
	Entries      int64
	Artifacts    int
	TaskCount    int
	TasksDone    int
	ClosedBy     string // person, flow; empty where it is not closed
}

// TableName implements GORM's Tabler.
func (caseRow) TableName() string { return "cases" }

type caseTagRow struct {
	Tag    string
	CaseID string
}

// TableName implements GORM's Tabler.
func (caseTagRow) TableName() string { return "case_tags" }

type caseArtifactRow struct {
	CaseID  string `gorm:"primaryKey"`
	Key     string `gorm:"primaryKey"`
	Type    string
	Value   string
	Score   int
	Note    string
	AddedAt int64
	AddedBy string
	Place   string // where it lies, for indicators above and around
}

// TableName implements GORM's Tabler.
func (caseArtifactRow) TableName() string { return "case_artifacts" }

type caseEntryRow struct {
	CaseID string `gorm:"primaryKey"`
	Seq    int64  `gorm:"primaryKey;autoIncrement:false"`
	At     int64
	Kind   string
	Actor  string
	RunID  string
	Key    string
	Data   string
}

// TableName implements GORM's Tabler.
func (caseEntryRow) TableName() string { return "case_entries" }

type caseEventRow struct {
	ID      int64 `gorm:"primaryKey"`
	CaseID  string
	Kind    string
	At      int64
	Actor   string
	Content string
}

// TableName implements GORM's Tabler.
func (caseEventRow) TableName() string { return "case_events" }

// actorText and actorOf write and read who did something.
func actorText(a cases.Actor) (string, error) {
	data, err := json.Marshal(a)
	return string(data), err
}

func actorOf(text string) (a cases.Actor, err error) {
	err = json.Unmarshal([]byte(text), &a)
	return a, err
}

func (s *Store) caseRowOf(c *cases.Case, origin string) (caseRow, error) {
	by, err := actorText(c.CreatedBy)
	if err != nil {
		return caseRow{}, err
	}
	marks, err := json.Marshal(c.Marks)
	return caseRow{
		ID: c.ID, Number: c.Number, Origin: origin, Title: s.dialect.escape(c.Title), Description: s.dialect.escape(c.Description), Severity: cases.Rank(c.Severity), Status: c.Status,
		Resolution: c.Resolution, TLP: c.TLP, Assignee: c.Assignee, DueAt: micro(c.Due), Score: c.Score, CreatedBy: s.dialect.escape(by), CreatedAt: micro(c.Created), UpdatedAt: micro(c.Updated),
		ClosedAt: micro(c.ClosedAt), Revision: c.Revision, MergedInto: c.MergedInto, Marks: s.dialect.escape(string(marks)), Entries: c.Entries, Artifacts: c.Artifacts,
		TaskCount: c.TaskCount, TasksDone: c.TasksDone,
	}, err
}

func (s *Store) caseOf(r *caseRow) (cases.Case, error) {
	c := cases.Case{
		ID: r.ID, Number: r.Number, Title: s.dialect.unescape(r.Title), Description: s.dialect.unescape(r.Description), Severity: cases.Severities[r.Severity], Status: r.Status, Resolution: r.Resolution,
		TLP: r.TLP, Assignee: r.Assignee, AssigneeName: r.AssigneeName, Due: fromMicro(r.DueAt), Score: r.Score, Created: fromMicro(r.CreatedAt), Updated: fromMicro(r.UpdatedAt), ClosedAt: fromMicro(r.ClosedAt),
		Revision: r.Revision, MergedInto: r.MergedInto, Entries: r.Entries, Artifacts: r.Artifacts, TaskCount: r.TaskCount, TasksDone: r.TasksDone, Tags: []string{},
	}
	var err error
	if c.CreatedBy, err = actorOf(s.dialect.unescape(r.CreatedBy)); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(s.dialect.unescape(r.Marks)), &c.Marks)
}

// casesFrom reads cases, each with the name of who has it.
func casesFrom(tx *gorm.DB) *gorm.DB {
	return tx.Model(&caseRow{}).Select("cases.*, (SELECT name FROM users WHERE users.id = cases.assignee) AS assignee_name")
}

// fillCases makes cases of rows, with their tags.
func (s *Store) fillCases(tx *gorm.DB, rows []caseRow) ([]cases.Case, error) {
	list, ids, at := make([]cases.Case, len(rows)), make([]string, len(rows)), make(map[string]int, len(rows))
	for i := range rows {
		var err error
		if list[i], err = s.caseOf(&rows[i]); err != nil {
			return nil, err
		}
		ids[i], at[rows[i].ID] = rows[i].ID, i
	}
	var tags []caseTagRow
	if err := tx.Where("case_id IN ?", ids).Order("tag").Find(&tags).Error; err != nil {
		return nil, err
	}
	for _, t := range tags {
		c := &list[at[t.CaseID]]
		c.Tags = append(c.Tags, s.dialect.unescape(t.Tag))
	}
	return list, nil
}

func (s *Store) oneCase(tx *gorm.DB, ref string) (cases.Case, error) {
	if strings.ContainsRune(ref, 0) { // which PostgreSQL takes in no text
		return cases.Case{}, cases.ErrNotFound
	}
	query := casesFrom(tx)
	if number, err := strconv.ParseInt(ref, 10, 64); err == nil {
		query = query.Where("number = ?", number)
	} else {
		query = query.Where("id = ?", ref)
	}
	return s.takeCase(tx, query)
}

func (s *Store) takeCase(tx, query *gorm.DB) (cases.Case, error) {
	var rows []caseRow
	if err := query.Limit(1).Find(&rows).Error; err != nil {
		return cases.Case{}, err
	}
	if len(rows) == 0 {
		return cases.Case{}, cases.ErrNotFound
	}
	list, err := s.fillCases(tx, rows)
	if err != nil {
		return cases.Case{}, err
	}
	return list[0], nil
}
