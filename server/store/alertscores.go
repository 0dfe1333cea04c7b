package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// atWork picks alerts whose scores are kept true to what is known: nobody decides by that of a
// closed one any more.
const atWork = "status IN ('new', 'in_progress')"

// staleUnder marks alerts that have an observable in one of some ranges of places.
const staleUnder = "UPDATE alerts SET stale_at = ? WHERE " + atWork + ` AND id IN (
SELECT o.alert_id FROM (VALUES {ranges}) AS r CROSS JOIN alert_observables AS o WHERE o.place <> '' AND o.place >= r.column1 AND o.place <= r.column2)`

// eachUnder does something with the ranges of places in which lies what observables are
// above or around, some at a time: {ranges} in a statement that begins with them, because
// they are few, and the values for it.
func eachUnder(list []intel.Observable, statement string, do func(statement string, ranges []any) error) error {
	var ranges []any
	for _, o := range list {
		if first, last := o.Under(); first != "" {
			ranges = append(ranges, first, last)
		}
	}
	for part := range slices.Chunk(ranges, 2*idsAQuery) {
		values := strings.TrimSuffix(strings.Repeat("(?, ?), ", len(part)/2), ", ")
		if err := do(strings.Replace(statement, "{ranges}", values, 1), part); err != nil {
			return err
		}
	}
	return nil
}

// learntOf has the scores of alerts at work made anew that have one of some indicators, or
// something below: in the transaction in which these change, so that none is forgotten.
func learntOf(tx *gorm.DB, list []intel.Observable) error {
	at := time.Now().UnixMicro()
	ids := make([]string, len(list))
	for n, o := range list {
		ids[n] = o.ID()
	}
	if err := learntOfKeys(tx, at, ids); err != nil {
		return err
	}
	return eachUnder(list, staleUnder, func(statement string, ranges []any) error {
		return tx.Exec(statement, append([]any{at}, ranges...)...).Error
	})
}

// learntOfIndicators is learntOf by the ids of indicators that are kept.
func (s *Store) learntOfIndicators(tx *gorm.DB, ids []string) error {
	list, err := s.observablesOf(tx, ids)
	if err != nil {
		return err
	}
	return learntOf(tx, list)
}

// observablesOf are what indicators are of.
func (s *Store) observablesOf(tx *gorm.DB, ids []string) (list []intel.Observable, err error) {
	for part := range slices.Chunk(ids, idsAQuery) {
		var rows []indicatorRow
		if err := tx.Select("type", "value").Where("id IN ?", part).Find(&rows).Error; err != nil {
			return nil, err
		}
		for n := range rows {
			list = append(list, intel.Observable{Type: rows[n].Type, Value: s.dialect.unescape(rows[n].Value)})
		}
	}
	return list, nil
}

// learntOfAssets is learntOf for assets, by what alerts may call them.
func learntOfAssets(tx *gorm.DB, list ...assets.Asset) error {
	var keys []string
	for n := range list {
		keys = append(keys, artifactKeys(assets.ArtifactsOf(&list[n]))...)
	}
	return learntOfKeys(tx, time.Now().UnixMicro(), keys)
}

// learntOfKeys marks alerts by what their observables are found by.
func learntOfKeys(tx *gorm.DB, at int64, keys []string) error {
	for part := range slices.Chunk(keys, idsAQuery) {
		if err := tx.Exec("UPDATE alerts SET stale_at = ? WHERE "+atWork+" AND id IN (SELECT alert_id FROM alert_observables WHERE key IN ?)", at, part).Error; err != nil {
			return err
		}
	}
	return nil
}

// StaleAlerts implements [alerts.Store].
func (s *Store) StaleAlerts(ctx context.Context, limit int) ([]alerts.Stale, error) {
	var rows []struct {
		ID      string
		StaleAt int64
	}
	err := s.read.WithContext(ctx).Model(&alertRow{}).Select("id", "stale_at").Where("stale_at > 0").Order("number DESC").Limit(limit).Find(&rows).Error
	list := make([]alerts.Stale, len(rows))
	for n, r := range rows {
		list[n] = alerts.Stale{ID: r.ID, Since: fromMicro(r.StaleAt)}
	}
	return list, err
}

// AlertScored implements [alerts.Store].
func (s *Store) AlertScored(ctx context.Context, one alerts.Stale) error {
	return s.write.WithContext(ctx).Exec("UPDATE alerts SET stale_at = 0 WHERE id = ? AND stale_at = ?", one.ID, micro(one.Since)).Error
}
