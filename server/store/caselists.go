package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

const (
	// commonArtifact is in how many cases an artifact may be that still says that two have
	// to do with one another.
	commonArtifact = 500
	// sharedShown is how many shared artifacts a related case is shown with.
	sharedShown = 5
	// maxShared is how many are looked at for that.
	maxShared = 5000
)

// caseOrders are the orders of lists: the column, and whether small values come first.
var caseOrders = map[string]struct {
	column string
	up     bool
}{
	"updated": {"updated_at", false}, "created": {"number", false}, "severity": {"severity", false}, "score": {"score", false}, "due": {"due_at", true},
}

// Cases implements [cases.Store].
func (s *Store) Cases(ctx context.Context, q cases.Query) ([]cases.Case, string, error) {
	if q.Sort == "" {
		q.Sort = "updated"
	}
	order, known := caseOrders[q.Sort]
	if !known {
		return nil, "", &cases.FieldError{Field: "sort", Message: strconv.Quote(q.Sort) + " is no order", Fix: "use " + strings.Join(cases.Sorts, ", ")}
	}
	read := s.read.WithContext(ctx)
	query, err := s.pickCases(read, casesFrom(read), &q)
	if err != nil {
		return nil, "", err
	}
	if q.Sort == "due" {
		query = query.Where("status <> 'closed' AND due_at > 0")
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
		if small := q.Sort == "severity" || q.Sort == "score"; small && value != int64(int32(value)) {
			return nil, "", &cases.FieldError{Field: "cursor", Message: "this is no place in the list", Fix: "take the next of the page before"}
		}
		query = query.Where(fmt.Sprintf("(%s, id) %s (?, ?)", order.column, beyond), value, id)
	}
	var rows []caseRow
	if err := query.Order(order.column + " " + direction + ", id " + direction).Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		next = cursorOf(&rows[q.Limit-1], q.Sort)
	}
	list, err := s.fillCases(read, rows)
	return list, next, err
}

func cursorOf(r *caseRow, sort string) string {
	value := map[string]int64{"updated": r.UpdatedAt, "created": r.Number, "severity": int64(r.Severity), "score": int64(r.Score), "due": r.DueAt}[sort]
	return placeOf(value, r.ID)
}

// placeOf is the place of a row in a list that is ordered by a value.
func placeOf(value int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(value, 10) + "/" + id))
}

func caseCursor(text string) (value int64, id string, err error) {
	wrong := &cases.FieldError{Field: "cursor", Message: "this is no place in the list", Fix: "take the next of the page before"}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, "", wrong
	}
	number, id, _ := strings.Cut(string(data), "/")
	if value, err = strconv.ParseInt(number, 10, 64); err != nil || strings.ContainsRune(id, 0) {
		return 0, "", wrong
	}
	return value, id, nil
}

// CountCases implements [cases.Store].
func (s *Store) CountCases(ctx context.Context, q cases.Query) (map[string]int, error) {
	q.Statuses = nil
	read := s.read.WithContext(ctx)
	query, err := s.pickCases(read, read.Model(&caseRow{}), &q)
	if err != nil {
		return nil, err
	}
	return countByStatus(query)
}

func countByStatus(query *gorm.DB) (map[string]int, error) {
	var rows []struct {
		Status string
		N      int
	}
	err := query.Select("status, count(*) AS n").Group("status").Scan(&rows).Error
	counts := make(map[string]int, len(rows))
	for _, r := range rows {
		counts[r.Status] = r.N
	}
	return counts, err
}

// pickCases narrows a query down to what is asked for.
func (s *Store) pickCases(read, query *gorm.DB, q *cases.Query) (*gorm.DB, error) {
	if len(q.Statuses) > 0 {
		query = query.Where("status IN ?", q.Statuses)
	}
	if len(q.Severities) > 0 {
		ranks := make([]int, len(q.Severities))
		for i, name := range q.Severities {
			ranks[i] = cases.Rank(name)
		}
		query = query.Where("severity IN ?", ranks)
	}
	switch {
	case q.Unassigned:
		query = query.Where("assignee = ''")
	case q.Assignee != "":
		query = query.Where("assignee = ?", q.Assignee)
	}
	if q.Tag != "" {
		query = query.Where("id IN (SELECT case_id FROM case_tags WHERE tag = ?)", s.dialect.escape(strings.ToLower(q.Tag)))
	}
	if q.Overdue {
		query = query.Where("status <> 'closed' AND due_at > 0 AND due_at < ?", micro(q.At))
	}
	if q.Artifact != "" {
		query = query.Where("id IN (SELECT case_id FROM case_artifacts WHERE key IN ?)", keysOf(q.ArtifactType, q.Artifact))
	}
	query = pickClosed(pickTime(query, "cases.created_at", q.Opened), "cases", q.Closed, q.ClosedBy)
	if len(q.Resolutions) > 0 {
		query = query.Where("resolution IN ?", q.Resolutions)
	}
	return pickWords(read, query, caseWords, q.Text)
}

// pickWords narrows a query down to what has all words of a text.
func pickWords(read, query *gorm.DB, in wordIndex, text string) (*gorm.DB, error) {
	for _, word := range queryWords(text) {
		if number, found := numberOf(text, word); found {
			query = query.Where("number = ?", number)
			continue
		}
		var err error
		if query, err = in.pick(read, query, word, afterPrefix(word)); err != nil {
			return nil, err
		}
	}
	return query, nil
}

// numberOf says whether a word is written as a case's number is, #7.
func numberOf(text, word string) (int64, bool) {
	number, err := strconv.ParseInt(word, 10, 64)
	return number, err == nil && slices.Contains(strings.Fields(text), "#"+word)
}

// Timeline implements [cases.Store].
func (s *Store) Timeline(ctx context.Context, caseID string, before int64, limit int) ([]cases.Entry, error) {
	query := s.read.WithContext(ctx).Where("case_id = ?", caseID).Order("seq DESC").Limit(limit)
	if before > 0 {
		query = query.Where("seq < ?", before)
	}
	var rows []caseEntryRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]cases.Entry, len(rows))
	for i := range rows {
		r := &rows[i]
		by, err := actorOf(s.dialect.unescape(r.Actor))
		if err != nil {
			return nil, err
		}
		data, err := flow.ReadKept([]byte(s.dialect.unescape(r.Data)))
		if err != nil {
			return nil, err
		}
		list[i] = cases.Entry{Seq: r.Seq, At: fromMicro(r.At), Kind: r.Kind, By: by, Key: r.Key}
		list[i].Data, _ = data.(map[string]any)
	}
	return list, nil
}

// Artifacts implements [cases.Store].
func (s *Store) Artifacts(ctx context.Context, caseID string) ([]cases.Artifact, error) {
	return s.artifactsOf(s.read.WithContext(ctx), caseID)
}

func (s *Store) artifactsOf(tx *gorm.DB, id string) ([]cases.Artifact, error) {
	var rows []caseArtifactRow
	if err := tx.Where("case_id = ?", id).Order("score DESC, added_at, key").Find(&rows).Error; err != nil {
		return nil, err
	}
	return s.artifactList(rows)
}

func (s *Store) artifactList(rows []caseArtifactRow) ([]cases.Artifact, error) {
	list := make([]cases.Artifact, len(rows))
	for i := range rows {
		r := &rows[i]
		by, err := actorOf(s.dialect.unescape(r.AddedBy))
		if err != nil {
			return nil, err
		}
		list[i] = cases.Artifact{Type: r.Type, Value: r.Value, Score: r.Score, Note: s.dialect.unescape(r.Note), Added: fromMicro(r.AddedAt), AddedBy: by}
	}
	return list, nil
}

// relatedCases counts for other cases what they share with one. What very many cases have
// says nothing, and is left out.
const relatedCases = `WITH mine AS (SELECT key FROM case_artifacts WHERE case_id = ?),
rare AS (SELECT key FROM mine WHERE (SELECT count(*) FROM (SELECT 1 FROM case_artifacts AS o WHERE o.key = mine.key LIMIT ?) AS few) < ?)
SELECT o.case_id AS id, count(*) AS shared FROM rare JOIN case_artifacts AS o ON o.key = rare.key
WHERE o.case_id <> ? GROUP BY o.case_id ORDER BY shared DESC, id DESC LIMIT ?`

// Related implements [cases.Store].
func (s *Store) Related(ctx context.Context, caseID string, limit int) ([]cases.Related, error) {
	read := s.read.WithContext(ctx)
	var found []struct {
		ID     string
		Shared int
	}
	if err := read.Raw(relatedCases, caseID, commonArtifact+1, commonArtifact+1, caseID, limit).Scan(&found).Error; err != nil || len(found) == 0 {
		return nil, err
	}
	ids, place := make([]string, len(found)), make(map[string]int, len(found))
	list := make([]cases.Related, len(found))
	for i, f := range found {
		ids[i], place[f.ID], list[i].Count = f.ID, i, f.Shared
	}
	var rows []caseRow
	if err := casesFrom(read).Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	all, err := s.fillCases(read, rows)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		list[place[c.ID]].Case = c
	}
	return list, s.fillShared(read, caseID, ids, place, list)
}

// fillShared says of related cases what they share, the highest score first.
func (s *Store) fillShared(read *gorm.DB, caseID string, ids []string, place map[string]int, list []cases.Related) error {
	var shared []caseArtifactRow
	err := read.Where("case_id IN ? AND key IN (SELECT key FROM case_artifacts WHERE case_id = ?)", ids, caseID).Order("score DESC, key").Limit(maxShared).Find(&shared).Error
	if err != nil {
		return err
	}
	for i := range shared {
		to := &list[place[shared[i].CaseID]]
		if len(to.Shared) == sharedShown {
			continue
		}
		one, err := s.artifactList(shared[i : i+1])
		if err != nil {
			return err
		}
		to.Shared = append(to.Shared, one[0])
	}
	return nil
}

// CaseRuns implements [cases.Store].
func (s *Store) CaseRuns(ctx context.Context, caseID string, limit int) (ids []string, err error) {
	err = s.read.WithContext(ctx).Model(&caseEntryRow{}).Where("case_id = ? AND run_id <> ''", caseID).
		Group("run_id").Order("max(seq) DESC").Limit(limit).Pluck("run_id", &ids).Error
	return ids, err
}

// CaseEvents implements [cases.Store].
func (s *Store) CaseEvents(ctx context.Context, limit int) ([]cases.Event, error) {
	var rows []caseEventRow
	if err := s.read.WithContext(ctx).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]cases.Event, len(rows))
	for i := range rows {
		r := &rows[i]
		by, err := actorOf(s.dialect.unescape(r.Actor))
		if err != nil {
			return nil, err
		}
		content, err := flow.ReadKept([]byte(s.dialect.unescape(r.Content)))
		if err != nil {
			return nil, err
		}
		list[i] = cases.Event{ID: r.ID, Case: r.CaseID, Kind: r.Kind, At: fromMicro(r.At), By: by}
		list[i].Content, _ = content.(map[string]any)
	}
	return list, nil
}

// CaseEventTold implements [cases.Store].
func (s *Store) CaseEventTold(ctx context.Context, id int64) error {
	return s.write.WithContext(ctx).Delete(&caseEventRow{}, "id = ?", id).Error
}

// CaseMark implements [cases.Store].
func (s *Store) CaseMark(ctx context.Context) (mark int64, err error) {
	err = s.read.WithContext(ctx).Model(&caseRow{}).Select("COALESCE(MAX(updated_at), 0)").Scan(&mark).Error
	return mark, err
}
