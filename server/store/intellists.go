package store

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/intel"
)

type allowRow struct {
	ID      string `gorm:"primaryKey"`
	Kind    string
	Type    string
	Value   string
	Reason  string
	SavedBy string
	SavedAt int64
}

// TableName implements GORM's Tabler.
func (allowRow) TableName() string { return "indicator_allow" }

type stixRow struct {
	Key         string `gorm:"primaryKey"`
	Type        string
	Content     string
	IndicatorID string // of all that were made of it
}

// TableName implements GORM's Tabler.
func (stixRow) TableName() string { return "stix_objects" }

// Indicator implements [intel.Store].
func (s *Store) Indicator(ctx context.Context, id string) (intel.Indicator, error) {
	list, err := s.indicatorsByID(s.read.WithContext(ctx), []string{id})
	if err != nil {
		return intel.Indicator{}, err
	}
	if len(list) == 0 {
		return intel.Indicator{}, intel.ErrNotFound
	}
	return list[0], nil
}

// ByID implements [intel.Store].
func (s *Store) ByID(ctx context.Context, ids []string) ([]intel.Indicator, error) {
	return s.indicatorsByID(s.read.WithContext(ctx), ids)
}

func (s *Store) indicatorsByID(tx *gorm.DB, ids []string) ([]intel.Indicator, error) {
	var all []intel.Indicator
	for len(ids) > 0 {
		n := min(len(ids), idsAQuery)
		var rows []indicatorRow
		if err := tx.Where("id IN ?", keepableAll(ids[:n])).Find(&rows).Error; err != nil {
			return nil, err
		}
		list, err := s.indicatorsOf(rows)
		if err != nil {
			return nil, err
		}
		all, ids = append(all, list...), ids[n:]
	}
	return all, nil
}

// keepableAll takes what no id has out of ids that people give.
func keepableAll(ids []string) []string {
	if len(ids) == 1 {
		return []string{keepable(ids[0])}
	}
	return ids
}

// NetworkSizes implements [intel.Store], by one look into the index for each size. SQLite
// begins at the first bound that it reads: that of the size before, not 0.
func (s *Store) NetworkSizes(ctx context.Context) (sizes []int, err error) {
	const jumps = `WITH RECURSIVE n(size) AS (SELECT (SELECT min(size) FROM indicators WHERE size > 0)
		UNION ALL SELECT (SELECT min(size) FROM indicators WHERE size > n.size AND size > 0) FROM n WHERE n.size IS NOT NULL)
		SELECT size FROM n WHERE size IS NOT NULL ORDER BY size`
	err = s.read.WithContext(ctx).Raw(jumps).Scan(&sizes).Error
	return sizes, err
}

// NetworksAt implements [intel.Store].
func (s *Store) NetworksAt(ctx context.Context, places []string) ([]intel.Indicator, error) {
	slices.Sort(places)
	var all []intel.Indicator
	for part := range slices.Chunk(slices.Compact(places), idsAQuery) {
		var rows []indicatorRow
		if err := s.read.WithContext(ctx).Where("size > 0 AND place IN ?", part).Find(&rows).Error; err != nil {
			return nil, err
		}
		list, err := s.indicatorsOf(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// indicatorOrders are the orders of lists.
var indicatorOrders = map[string]string{"score": "score", "updated": "updated_at", "sighted": "sighted_at"}

// Indicators implements [intel.Store].
func (s *Store) Indicators(ctx context.Context, q intel.Query) ([]intel.Indicator, string, error) {
	if q.Sort == "" {
		q.Sort = "score"
	}
	order, known := indicatorOrders[q.Sort]
	if !known {
		return nil, "", &intel.FieldError{Field: "sort", Message: strconv.Quote(q.Sort) + " is no order", Fix: "use " + strings.Join(intel.Sorts, ", ")}
	}
	read := s.read.WithContext(ctx)
	query, err := pickIndicators(read, &q)
	if err != nil {
		return nil, "", err
	}
	if q.Sort == "sighted" {
		query = query.Where("sighted_at > 0")
	}
	if q.Cursor != "" {
		value, id, ok := indicatorCursor(q.Cursor)
		if !ok || q.Sort == "score" && value != int64(int32(value)) {
			return nil, "", errIntelCursor
		}
		query = query.Where("("+order+", id) < (?, ?)", value, id)
	}
	var rows []indicatorRow
	if err := query.Order(order + " DESC, id DESC").Limit(q.Limit + 1).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := &rows[q.Limit-1]
		next = indicatorPlace(map[string]int64{"score": int64(last.Score), "updated": last.UpdatedAt, "sighted": last.SightedAt}[q.Sort], last.ID)
	}
	list, err := s.indicatorsOf(rows)
	return list, next, err
}

var errIntelCursor = &intel.FieldError{Field: "cursor", Message: "this is no place in the list", Fix: "take the next of the page before"}

func indicatorPlace(value int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(value, 10) + "/" + id))
}

func indicatorCursor(text string) (value int64, id string, ok bool) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, "", false
	}
	number, id, _ := strings.Cut(string(data), "/")
	value, err = strconv.ParseInt(number, 10, 64)
	return value, id, err == nil && !strings.ContainsRune(id, 0)
}

var indicatorWords = wordIndex{"indicator_words", "indicator_id", "indicators.id"}

// pickIndicators narrows a list down to what is asked for.
func pickIndicators(read *gorm.DB, q *intel.Query) (*gorm.DB, error) {
	query := read.Model(&indicatorRow{})
	if len(q.Types) > 0 {
		query = query.Where("type IN ?", q.Types)
	}
	if q.MinScore > 0 {
		query = query.Where("score >= ?", q.MinScore)
	}
	var err error
	for _, name := range []struct{ kind, name string }{
		{namedSource, q.Source}, {namedFamily, q.Family}, {namedActor, q.Actor}, {namedVulnerability, q.Vulnerability}, {namedTag, q.Tag},
	} {
		if name.name == "" {
			continue
		}
		word := nameWord(name.kind, name.name)
		if query, err = indicatorWords.pick(read, query, word, word+"\x01"); err != nil {
			return nil, err
		}
	}
	for _, word := range queryWords(q.Text) {
		if query, err = indicatorWords.pick(read, query, word, afterPrefix(word)); err != nil {
			return nil, err
		}
	}
	return query, nil
}

// SightingsOf implements [intel.Store].
func (s *Store) SightingsOf(ctx context.Context, id, cursor string, limit int) ([]intel.Sighting, string, error) {
	var rows []struct {
		ID, IndicatorID, Source, Note, CaseID, RunID, Observed, CaseTitle string
		At, Count, CaseNumber                                             int64
	}
	query := s.read.WithContext(ctx).Table("indicator_sightings AS s").
		Select("s.*, COALESCE(c.number, 0) AS case_number, COALESCE(c.title, '') AS case_title").
		Joins("LEFT JOIN cases AS c ON c.id = s.case_id").Where("s.indicator_id = ?", keepable(id))
	if cursor != "" {
		at, last, ok := indicatorCursor(cursor)
		if !ok {
			return nil, "", errIntelCursor
		}
		query = query.Where("(s.at, s.id) < (?, ?)", at, last)
	}
	if err := query.Order("s.at DESC, s.id DESC").Limit(limit + 1).Scan(&rows).Error; err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = indicatorPlace(rows[limit-1].At, rows[limit-1].ID)
	}
	list := make([]intel.Sighting, len(rows))
	for n, r := range rows {
		list[n] = intel.Sighting{
			Key: r.ID, Indicator: r.IndicatorID, At: fromMicro(r.At), Count: int(r.Count), Source: s.dialect.unescape(r.Source), Note: s.dialect.unescape(r.Note), Case: r.CaseID, Run: r.RunID,
			CaseNumber: r.CaseNumber, CaseTitle: s.dialect.unescape(r.CaseTitle), Observed: s.dialect.unescape(r.Observed),
		}
	}
	return list, next, nil
}

// AllowList implements [intel.Store].
func (s *Store) AllowList(ctx context.Context) ([]intel.Allow, error) {
	var rows []allowRow
	if err := s.read.WithContext(ctx).Order("kind, value, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]intel.Allow, len(rows))
	for n := range rows {
		list[n] = s.allowOf(&rows[n])
	}
	return list, nil
}

func (s *Store) allowOf(r *allowRow) intel.Allow {
	return intel.Allow{ID: r.ID, Kind: r.Kind, Type: r.Type, Value: s.dialect.unescape(r.Value), Reason: s.dialect.unescape(r.Reason), By: s.dialect.unescape(r.SavedBy), At: fromMicro(r.SavedAt)}
}

// KeepObjects implements [intel.Store].
func (s *Store) KeepObjects(ctx context.Context, list []intel.Object) error {
	rows := make([][]any, len(list))
	for n := range list {
		o := &list[n]
		rows[n] = []any{s.dialect.escape(o.Key), s.dialect.escape(o.Type), s.dialect.escape(string(o.Content)), strings.Join(o.Indicators, " ")}
	}
	return s.alone(ctx, func(tx *gorm.DB) error {
		return insert(tx, "stix_objects", []string{"key", "type", "content", "indicator_id"},
			"ON CONFLICT (key) DO UPDATE SET type = excluded.type, content = excluded.content, indicator_id = excluded.indicator_id", rows)
	})
}

// Objects implements [intel.Store].
func (s *Store) Objects(ctx context.Context, after string, limit int) ([]intel.Object, error) {
	var rows []stixRow
	if err := s.read.WithContext(ctx).Where("key > ?", s.dialect.escape(after)).Order("key").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]intel.Object, len(rows))
	for n, r := range rows {
		list[n] = intel.Object{Key: s.dialect.unescape(r.Key), Type: s.dialect.unescape(r.Type), Content: []byte(s.dialect.unescape(r.Content)), Indicators: strings.Fields(r.IndicatorID)}
	}
	return list, nil
}

// casesUnder are cases that have an artifact in one of some ranges of places.
const casesUnder = `SELECT DISTINCT a.case_id FROM (VALUES {ranges}) AS r CROSS JOIN case_artifacts AS a
WHERE a.place <> '' AND a.place >= r.column1 AND a.place <= r.column2 LIMIT ?`

// CasesWith implements [intel.Store].
func (s *Store) CasesWith(ctx context.Context, ids []string, limit int) (found []string, err error) {
	read := s.read.WithContext(ctx)
	add := func(query *gorm.DB) error {
		var some []string
		err := query.Scan(&some).Error
		found = append(found, some...)
		return err
	}
	for part := range slices.Chunk(ids, idsAQuery) {
		if err := add(read.Model(&caseArtifactRow{}).Distinct("case_id").Where("key IN ?", part).Limit(limit)); err != nil {
			return nil, err
		}
	}
	list, err := s.observablesOf(read, ids)
	if err != nil {
		return nil, err
	}
	err = eachUnder(list, casesUnder, func(statement string, ranges []any) error {
		return add(read.Raw(statement, append(ranges, limit)...))
	})
	slices.Sort(found)
	return slices.Compact(found), err
}
