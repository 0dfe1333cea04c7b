package store

import (
	"encoding/json"
	"strings"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/intel"
)

type indicatorRow struct {
	ID         string `gorm:"primaryKey"`
	Type       string
	Value      string
	Place      string
	Size       int
	Score      int
	TLP        string `gorm:"column:tlp"`
	ValidUntil int64
	Sightings  int64
	SightedAt  int64
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	UpdatedAt  int64 `gorm:"autoUpdateTime:false"`
	Revision   int64
	RescoreAt  int64
	Content    string
}

// TableName implements GORM's Tabler.
func (indicatorRow) TableName() string { return "indicators" }

// indicatorContent is what no list is ordered or narrowed down by, as JSON.
type indicatorContent struct {
	Sources         []intel.Source   `json:"sources,omitempty"`
	Families        []string         `json:"families,omitempty"`
	Actors          []string         `json:"actors,omitempty"`
	Vulnerabilities []string         `json:"vulnerabilities,omitempty"`
	Tags            []string         `json:"tags,omitempty"`
	Relations       []intel.Relation `json:"relations,omitempty"`
	Description     string           `json:"description,omitempty"`
	Community       *int             `json:"community,omitempty"`
	Override        *intel.Said      `json:"override,omitempty"`
	FalsePositive   *intel.Said      `json:"falsePositive,omitempty"`
}

// indicatorColumns are written in this order by [Store.keepIndicators].
var indicatorColumns = []string{
	"id", "type", "value", "place", "size", "score", "tlp", "valid_until", "sightings", "sighted_at", "created_at", "updated_at", "revision", "rescore_at", "content",
}

func (s *Store) indicatorValues(i *intel.Indicator) ([]any, error) {
	content, err := json.Marshal(indicatorContent{
		i.Sources, i.Families, i.Actors, i.Vulnerabilities, i.Tags, i.Relations, i.Description, i.Community, i.Override, i.FalsePositive,
	})
	o := intel.Observable{Type: i.Type, Value: i.Value}
	return []any{
		i.ID, i.Type, s.dialect.escape(i.Value), o.Place(), o.Size(), i.Score, i.TLP, micro(i.ValidUntil), int64(i.Sightings), micro(i.LastSighted), micro(i.Created), micro(i.Updated),
		i.Revision, micro(intel.Changes(i, i.Updated)), s.dialect.escape(string(content)),
	}, err
}

func (s *Store) indicatorOf(r *indicatorRow) (intel.Indicator, error) {
	i := intel.Indicator{
		ID: r.ID, Type: r.Type, Value: s.dialect.unescape(r.Value), TLP: r.TLP, ValidUntil: fromMicro(r.ValidUntil), Sightings: int(r.Sightings), LastSighted: fromMicro(r.SightedAt),
		Created: fromMicro(r.CreatedAt), Updated: fromMicro(r.UpdatedAt), Revision: r.Revision, Score: r.Score,
	}
	var c indicatorContent
	if err := json.Unmarshal([]byte(s.dialect.unescape(r.Content)), &c); err != nil {
		return i, err
	}
	i.Sources, i.Families, i.Actors, i.Vulnerabilities, i.Tags, i.Relations = c.Sources, c.Families, c.Actors, c.Vulnerabilities, c.Tags, c.Relations
	i.Description, i.Community, i.Override, i.FalsePositive = c.Description, c.Community, c.Override, c.FalsePositive
	return i, nil
}

func (s *Store) indicatorsOf(rows []indicatorRow) ([]intel.Indicator, error) {
	list := make([]intel.Indicator, len(rows))
	for n := range rows {
		var err error
		if list[n], err = s.indicatorOf(&rows[n]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Names among the words begin as no word of a text does.
const (
	namedSource        = "\x1fsource="
	namedFamily        = "\x1ffamily="
	namedActor         = "\x1factor="
	namedVulnerability = "\x1fvulnerability="
	namedTag           = "\x1ftag="
)

func nameWord(kind, name string) string {
	return kind + strings.ReplaceAll(strings.ToLower(name), "\x00", "")
}

// indicatorWordsOf lists what an indicator is found by.
func indicatorWordsOf(i *intel.Indicator) []string {
	sources := make([]string, len(i.Sources))
	for n := range i.Sources {
		sources[n] = i.Sources[n].Name
	}
	texts := []string{i.Value}
	var named []string
	for _, of := range []struct {
		kind  string
		names []string
	}{{namedSource, sources}, {namedFamily, i.Families}, {namedActor, i.Actors}, {namedVulnerability, i.Vulnerabilities}, {namedTag, i.Tags}} {
		for _, name := range of.names {
			named = append(named, nameWord(of.kind, name))
		}
		if of.kind != namedSource { // of which there are few, with very many indicators each
			texts = append(texts, of.names...)
		}
	}
	return append(named, wordsOf(strings.Join(texts, "\n"))...)
}

// valuesAWrite is how many values one statement is given: less than either database takes.
const valuesAWrite = 6000

// insert writes rows by as few statements as that takes; end is what follows the values.
func insert(tx *gorm.DB, table string, columns []string, end string, rows [][]any) error {
	place := "(" + strings.TrimSuffix(strings.Repeat("?,", len(columns)), ",") + ")"
	for len(rows) > 0 {
		n := min(len(rows), max(valuesAWrite/len(columns), 1))
		values := make([]any, 0, n*len(columns))
		for _, row := range rows[:n] {
			values = append(values, row...)
		}
		statement := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + strings.TrimSuffix(strings.Repeat(place+",", n), ",") + " " + end
		if err := tx.Exec(statement, values...).Error; err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
