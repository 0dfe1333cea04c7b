package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// alertOrders are the orders of the queue: the column, whether small values come first,
// and what a row has there.
var alertOrders = map[string]struct {
	column string
	up     bool
	value  func(r *alertRow) int64
}{
	"score":      {"score", false, func(r *alertRow) int64 { return int64(r.Score) }},
	"local":      {"local_score", false, func(r *alertRow) int64 { return int64(r.LocalScore) }},
	"community":  {"community_score", false, func(r *alertRow) int64 { return int64(r.CommunityScore) }},
	"enrichment": {"enrichment_score", false, func(r *alertRow) int64 { return int64(r.EnrichmentScore) }},
	"impact":     {"impact", false, func(r *alertRow) int64 { return r.Impact }},
	"age":        {"number", true, func(r *alertRow) int64 { return r.Number }},
	"newest":     {"number", false, func(r *alertRow) int64 { return r.Number }},
}

// Alerts implements [alerts.Store].
func (s *Store) Alerts(ctx context.Context, q alerts.Query) ([]alerts.Alert, string, error) {
	if q.Sort == "" {
		q.Sort = alerts.Sorts[0]
	}
	order, known := alertOrders[q.Sort]
	if !known {
		return nil, "", &cases.FieldError{Field: "sort", Message: strconv.Quote(q.Sort) + " is no order", Fix: "use " + strings.Join(alerts.Sorts, ", ")}
	}
	read := s.read.WithContext(ctx)
	query, err := s.pickAlerts(read, alertsFrom(read), &q)
	if err != nil {
		return nil, "", err
	}
	direction, beyond := "DESC", "<"
	if order.up {
		direction, beyond = "ASC", ">"
	}
	if q.Cursor != "" {
		value, id, err := caseCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		query = query.Where(fmt.Sprintf("(%s, id) %s (?, ?)", order.column, beyond), value, id)
	}
	var rows []alertRow
	if err := query.Order(order.column + " " + direction + ", id " + direction).Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := &rows[q.Limit-1]
		next = placeOf(order.value(last), last.ID)
	}
	list, err := s.alertList(rows)
	return list, next, err
}

// CountAlerts implements [alerts.Store].
func (s *Store) CountAlerts(ctx context.Context, q alerts.Query) (map[string]int, error) {
	q.Statuses = nil
	read := s.read.WithContext(ctx)
	query, err := s.pickAlerts(read, read.Model(&alertRow{}), &q)
	if err != nil {
		return nil, err
	}
	return countByStatus(query)
}

func (s *Store) pickAlerts(read, query *gorm.DB, q *alerts.Query) (*gorm.DB, error) {
	if len(q.Statuses) > 0 {
		query = query.Where("status IN ?", q.Statuses)
	}
	if len(q.Severities) > 0 {
		ranks := make([]int, len(q.Severities))
		for i, name := range q.Severities {
			ranks[i] = alerts.Rank(name)
		}
		query = query.Where("severity IN ?", ranks)
	}
	switch {
	case q.Unassigned:
		query = query.Where("assignee = ''")
	case q.Assignee != "":
		query = query.Where("assignee = ?", q.Assignee)
	}
	if q.Source != "" {
		query = query.Where("source = ?", s.dialect.escape(q.Source))
	}
	if q.Case != "" {
		query = query.Where(`case_id IN (WITH RECURSIVE into_it(id) AS (
			SELECT CAST(? AS TEXT) UNION SELECT cases.id FROM cases JOIN into_it ON cases.merged_into = into_it.id) SELECT id FROM into_it)`, q.Case)
	}
	if q.Observable != "" {
		query = query.Where("id IN (SELECT alert_id FROM alert_observables WHERE key IN ?)", keysOf(q.ObservableType, q.Observable))
	}
	query = pickClosed(pickTime(query, "alerts.created_at", q.Received), "alerts", q.Closed, q.ClosedBy)
	if len(q.Reasons) > 0 {
		query = query.Where("reason IN ?", q.Reasons)
	}
	if column := map[string]string{"any": "acked_at", "person": "person_at"}[q.Taken]; column != "" {
		query = query.Where(column + " > 0")
	}
	return pickWords(read, query, alertWords, q.Text)
}

// keysOf are the keys of a value of a type, or of any where that is empty.
func keysOf(kind, value string) []string {
	if kind != "" {
		return []string{cases.Key(kind, value)}
	}
	keys := make([]string, 0, len(cases.ArtifactTypes))
	for _, kind := range cases.ArtifactTypes {
		keys = append(keys, cases.Key(kind, value))
		// A host is kept in lower case, however it is asked for.
		if a, err := cases.Normalise(kind, value); err == nil && a.Value != value {
			keys = append(keys, cases.Key(kind, a.Value))
		}
	}
	return keys
}

// relatedAlerts counts for other alerts what they share with one. What very many alerts
// have says nothing, and is left out.
const relatedAlerts = `WITH mine AS (SELECT key FROM alert_observables WHERE alert_id = ?),
rare AS (SELECT key FROM mine WHERE (SELECT count(*) FROM (SELECT 1 FROM alert_observables AS o WHERE o.key = mine.key LIMIT ?) AS few) < ?)
SELECT o.alert_id AS id, count(*) AS shared FROM rare JOIN alert_observables AS o ON o.key = rare.key
WHERE o.alert_id <> ? GROUP BY o.alert_id ORDER BY shared DESC, id DESC LIMIT ?`

// RelatedAlerts implements [alerts.Store].
func (s *Store) RelatedAlerts(ctx context.Context, alertID string, limit int) ([]alerts.Related, error) {
	read := s.read.WithContext(ctx)
	var found []struct {
		ID     string
		Shared int
	}
	if err := read.Raw(relatedAlerts, alertID, commonArtifact+1, commonArtifact+1, alertID, limit).Scan(&found).Error; err != nil || len(found) == 0 {
		return nil, err
	}
	ids, list := make([]string, len(found)), make([]alerts.Related, len(found))
	for i, f := range found {
		ids[i], list[i].Count = f.ID, f.Shared
	}
	var rows []alertRow
	if err := alertsFrom(read).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	all, err := s.alertList(rows)
	if err != nil {
		return nil, err
	}
	for i := range all {
		list[slices.Index(ids, all[i].ID)].Alert = all[i]
	}
	var shared []alertObservableRow
	err = read.Where("alert_id IN ? AND key IN (SELECT key FROM alert_observables WHERE alert_id = ?)", ids, alertID).Order("type, value").Limit(maxShared).Find(&shared).Error
	for i := range shared {
		if to := &list[slices.Index(ids, shared[i].AlertID)]; len(to.Shared) < sharedShown {
			to.Shared = append(to.Shared, observableList(shared[i:i+1])...)
		}
	}
	return list, err
}

// scoredArtifact is what cases say of observables: the highest score of the same.
const scoredArtifact = `SELECT a.value AS value, a.type AS type, a.score AS score, c.number AS number FROM case_artifacts AS a JOIN cases AS c ON c.id = a.case_id
WHERE a.key IN ? AND a.score > 0 ORDER BY a.score DESC, c.number DESC LIMIT 1`

// ScoreObservables implements [alerts.Scorer] by the scores that artifacts of cases have.
func (s *Store) ScoreObservables(ctx context.Context, list []cases.Artifact) (alerts.Scores, []string, error) {
	if len(list) == 0 {
		return alerts.NoScores, nil, nil
	}
	var found []struct {
		Value, Type string
		Score       int
		Number      int64
	}
	if err := s.read.WithContext(ctx).Raw(scoredArtifact, artifactKeys(list)).Scan(&found).Error; err != nil || len(found) == 0 {
		return alerts.NoScores, nil, err
	}
	scores := alerts.NoScores
	scores.Local = found[0].Score
	return scores, []string{fmt.Sprintf("%s is in case #%d", cases.Defang(found[0].Type, found[0].Value), found[0].Number)}, nil
}
