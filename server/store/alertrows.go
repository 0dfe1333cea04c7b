package store

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

type alertRow struct {
	ID              string `gorm:"primaryKey"`
	Number          int64
	Origin          string
	Title           string
	Severity        int
	Status          string
	Source          string
	Host            string
	UserName        string
	Assignee        string
	AssigneeName    string `gorm:"->"`
	CaseID          string
	CaseNumber      int64 `gorm:"->"`
	Score           int
	LocalScore      int
	CommunityScore  int
	EnrichmentScore int
	Impact          int64
	Times           int64
	HappenedAt      int64
	CreatedAt       int64 `gorm:"autoCreateTime:false"`
	LastAt          int64
	UpdatedAt       int64 `gorm:"autoUpdateTime:false"`
	ClosedAt        int64
	Revision        int64
	Entries         int64
	Observables     int
	Content         string
	// What lists and the dashboard know of how it went: [takeUp] writes them but for the reason.
	Reason   string
	AckedAt  int64
	PersonAt int64
	ClosedBy string
}

// TableName implements GORM's Tabler.
func (alertRow) TableName() string { return "alerts" }

type alertObservableRow struct {
	AlertID string `gorm:"primaryKey"`
	Key     string `gorm:"primaryKey"`
	Type    string
	Value   string
	Place   string
}

// TableName implements GORM's Tabler.
func (alertObservableRow) TableName() string { return "alert_observables" }

type alertEntryRow struct {
	AlertID string `gorm:"primaryKey"`
	Seq     int64  `gorm:"primaryKey;autoIncrement:false"`
	At      int64
	Kind    string
	Actor   string
	Key     string
	Data    string
}

// TableName implements GORM's Tabler.
func (alertEntryRow) TableName() string { return "alert_entries" }

type alertEventRow struct {
	AlertID string `gorm:"primaryKey"`
	Seq     int64  `gorm:"primaryKey;autoIncrement:false"`
	At      int64
	Content string
}

// TableName implements GORM's Tabler.
func (alertEventRow) TableName() string { return "alert_events" }

type alertWordRow struct {
	Word    string `gorm:"primaryKey"`
	AlertID string `gorm:"primaryKey"`
}

// TableName implements GORM's Tabler.
func (alertWordRow) TableName() string { return "alert_words" }

// alertContent is what of an alert no list picks or orders by.
type alertContent struct {
	Description, ExternalID, Rule, Shape string
	Tactics, Techniques                  []string
	Reason, Note                         string
	Rating                               alerts.Rating
	Decision                             *alerts.Decision
	Decided                              int64
	DecidedBy                            string
}

func (s *Store) alertRowOf(a *alerts.Alert, origin string) (alertRow, error) {
	content, err := json.Marshal(alertContent{
		Description: a.Description, ExternalID: a.ExternalID, Rule: a.Rule, Shape: a.Shape, Tactics: a.Tactics, Techniques: a.Techniques, Reason: a.Reason, Note: a.Note,
		Rating: a.Rating, Decision: a.Decision, Decided: a.Decided, DecidedBy: a.DecidedBy,
	})
	scores := a.Rating.Scores()
	loss, _ := a.Rating.Impact()
	return alertRow{
		ID: a.ID, Number: a.Number, Origin: origin, Title: s.dialect.escape(a.Title), Severity: alerts.Rank(a.Severity), Status: a.Status, Source: s.dialect.escape(a.Source), Host: s.dialect.escape(a.Host),
		UserName: s.dialect.escape(a.User), Assignee: a.Assignee, CaseID: a.Case, Score: a.Score, LocalScore: scores.Local, CommunityScore: scores.Community, EnrichmentScore: scores.Enrichment,
		Impact: int64(math.Round(min(loss*100, 1e18))), Times: a.Count, HappenedAt: micro(a.At), CreatedAt: micro(a.Created), LastAt: micro(a.Last), UpdatedAt: micro(a.Updated), ClosedAt: micro(a.ClosedAt),
		Revision: a.Revision, Entries: a.Entries, Observables: a.Observables, Content: s.dialect.escape(string(content)), Reason: a.Reason,
	}, err
}

func (s *Store) alertOf(r *alertRow) (alerts.Alert, error) {
	var c alertContent
	if err := json.Unmarshal([]byte(s.dialect.unescape(r.Content)), &c); err != nil {
		return alerts.Alert{}, err
	}
	return alerts.Alert{
		ID: r.ID, Number: r.Number,
		Fields: alerts.Fields{
			Title: s.dialect.unescape(r.Title), Description: c.Description, Source: s.dialect.unescape(r.Source), ExternalID: c.ExternalID, Severity: alerts.Severities[r.Severity], At: fromMicro(r.HappenedAt), Rule: c.Rule,
			Tactics: c.Tactics, Techniques: c.Techniques, Host: s.dialect.unescape(r.Host), User: s.dialect.unescape(r.UserName), Shape: c.Shape,
		},
		Observables: r.Observables, Status: r.Status, Reason: c.Reason, Note: c.Note, Assignee: r.Assignee, AssigneeName: r.AssigneeName, Case: r.CaseID, CaseNumber: r.CaseNumber, Count: r.Times,
		Created: fromMicro(r.CreatedAt), Last: fromMicro(r.LastAt), Updated: fromMicro(r.UpdatedAt), ClosedAt: fromMicro(r.ClosedAt), Score: r.Score, Rating: c.Rating, Decision: c.Decision,
		Revision: r.Revision, Decided: c.Decided, DecidedBy: c.DecidedBy, Entries: r.Entries,
	}, nil
}

// alertsFrom reads alerts, each with the name of who has it and the number of its case.
func alertsFrom(tx *gorm.DB) *gorm.DB {
	return tx.Model(&alertRow{}).Select(`alerts.*, (SELECT name FROM users WHERE users.id = alerts.assignee) AS assignee_name,
		COALESCE((SELECT number FROM cases WHERE cases.id = alerts.case_id), 0) AS case_number`)
}

func (s *Store) alertList(rows []alertRow) ([]alerts.Alert, error) {
	list := make([]alerts.Alert, len(rows))
	for i := range rows {
		var err error
		if list[i], err = s.alertOf(&rows[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// oneAlert finds an alert by its id or number.
func (s *Store) oneAlert(tx *gorm.DB, ref string) (alerts.Alert, error) {
	if strings.ContainsRune(ref, 0) { // which PostgreSQL takes in no text
		return alerts.Alert{}, alerts.ErrNotFound
	}
	if number, err := strconv.ParseInt(ref, 10, 64); err == nil {
		return s.takeAlert(alertsFrom(tx).Where("number = ?", number))
	}
	return s.takeAlert(alertsFrom(tx).Where("id = ?", ref))
}

func (s *Store) takeAlert(query *gorm.DB) (alerts.Alert, error) {
	var rows []alertRow
	if err := query.Limit(1).Find(&rows).Error; err != nil {
		return alerts.Alert{}, err
	}
	if len(rows) == 0 {
		return alerts.Alert{}, alerts.ErrNotFound
	}
	return s.alertOf(&rows[0])
}

func (s *Store) alertObservables(tx *gorm.DB, id string) ([]cases.Artifact, error) {
	var rows []alertObservableRow
	if err := tx.Where("alert_id = ?", id).Order("type, value, key").Find(&rows).Error; err != nil {
		return nil, err
	}
	return observableList(rows), nil
}

func observableList(rows []alertObservableRow) []cases.Artifact {
	list := make([]cases.Artifact, len(rows))
	for i := range rows {
		list[i] = cases.Artifact{Type: rows[i].Type, Value: rows[i].Value, Score: cases.NoScore}
	}
	return list
}

// artifactKeys are what observables and artifacts are found by.
func artifactKeys(list []cases.Artifact) []string {
	keys := make([]string, len(list))
	for i := range list {
		keys[i] = cases.Key(list[i].Type, list[i].Value)
	}
	return keys
}

// keepAlertWords adds the words that an alert is found by.
func keepAlertWords(tx *gorm.DB, id, text string) error {
	words := wordsOf(text)
	rows := make([]alertWordRow, len(words))
	for i, w := range words {
		rows[i] = alertWordRow{w, id}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, wordsAWrite).Error
}
