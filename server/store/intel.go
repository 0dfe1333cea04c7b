package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// idsAQuery is how many ids one query lists.
const idsAQuery = 5000

// ChangeIndicators implements [intel.Store].
func (s *Store) ChangeIndicators(ctx context.Context, note intel.Note, ids []string, change func(have map[string]*intel.Indicator) (*intel.Work, error)) error {
	entry := &Change{Action: note.Action, Object: "indicator", Detail: note.Detail}
	if len(ids) == 1 {
		entry.ObjectID = ids[0]
	}
	err := s.changeAs(ctx, entry, func(tx *gorm.DB) error {
		if done, err := stepDone(tx, note.Key); err != nil || done {
			return errors.Join(err, sameIf(done))
		}
		list, err := s.indicatorsByID(tx, ids)
		if err != nil {
			return err
		}
		have := make(map[string]*intel.Indicator, len(list))
		for n := range list {
			have[list[n].ID] = &list[n]
		}
		was := make(map[string]bool, len(have))
		for id := range have {
			was[id] = true
		}
		w, err := change(have)
		if err != nil {
			return err
		}
		put, err := s.countSightings(tx, w, have)
		if err != nil {
			return err
		}
		if len(put) == 0 {
			return errSame
		}
		if note.Key != "" {
			if err := tx.Exec("INSERT INTO indicator_steps (key, at) VALUES (?, ?)", s.dialect.escape(note.Key), time.Now().UnixMicro()).Error; err != nil {
				return err
			}
		}
		for _, i := range put {
			w.Settle(i)
		}
		if err := s.keepIndicators(tx, put, was); err != nil {
			return err
		}
		learnt := make([]intel.Observable, len(put))
		for n, i := range put {
			learnt[n] = intel.Observable{Type: i.Type, Value: i.Value}
		}
		if err := learntOf(tx, learnt); err != nil {
			return err
		}
		return s.keepSightings(tx, w.Sightings)
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

func sameIf(done bool) error {
	if done {
		return errSame
	}
	return nil
}

func stepDone(tx *gorm.DB, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	var n int64
	err := tx.Table("indicator_steps").Where("key = ?", key).Count(&n).Error
	return n > 0, err
}

// countSightings leaves the sightings that are new, counts them, and gives all indicators
// that are to be kept.
func (s *Store) countSightings(tx *gorm.DB, w *intel.Work, have map[string]*intel.Indicator) ([]*intel.Indicator, error) {
	put, listed := w.Put, make(map[string]*intel.Indicator, len(w.Put))
	for _, i := range w.Put {
		listed[i.ID] = i
	}
	keys := make([]string, len(w.Sightings))
	for n := range w.Sightings {
		keys[n] = sightingID(&w.Sightings[n])
	}
	known := map[string]bool{}
	for len(keys) > 0 {
		var there []string
		n := min(len(keys), idsAQuery)
		if err := tx.Table("indicator_sightings").Where("id IN ?", keys[:n]).Pluck("id", &there).Error; err != nil {
			return nil, err
		}
		for _, id := range there {
			known[id] = true
		}
		keys = keys[n:]
	}
	fresh := w.Sightings[:0]
	for _, seen := range w.Sightings {
		id := sightingID(&seen)
		if known[id] {
			continue
		}
		known[id] = true
		fresh = append(fresh, seen)
		i := listed[seen.Indicator]
		if i == nil {
			i = have[seen.Indicator]
			listed[i.ID] = i
			put = append(put, i)
		}
		i.Sightings += seen.Count
		if seen.At.After(i.LastSighted) {
			i.LastSighted = seen.At
		}
	}
	w.Sightings = fresh
	return put, nil
}

func sightingID(s *intel.Sighting) string { return cases.Key("sighting/"+s.Indicator, s.Key) }

// keepIndicators writes indicators with their words. Was are those that were there before.
func (s *Store) keepIndicators(tx *gorm.DB, list []*intel.Indicator, was map[string]bool) error {
	rows, words := make([][]any, len(list)), make([][]any, 0, 6*len(list))
	var old []string
	for n, i := range list {
		var err error
		if rows[n], err = s.indicatorValues(i); err != nil {
			return err
		}
		if was[i.ID] {
			old = append(old, i.ID)
		}
		for _, word := range indicatorWordsOf(i) {
			words = append(words, []any{word, i.ID})
		}
	}
	sets := make([]string, 0, len(indicatorColumns))
	for _, column := range indicatorColumns[1:] {
		sets = append(sets, column+" = excluded."+column)
	}
	if err := insert(tx, "indicators", indicatorColumns, "ON CONFLICT (id) DO UPDATE SET "+strings.Join(sets, ", "), rows); err != nil {
		return err
	}
	for len(old) > 0 {
		n := min(len(old), idsAQuery)
		if err := tx.Exec("DELETE FROM indicator_words WHERE indicator_id IN ?", old[:n]).Error; err != nil {
			return err
		}
		old = old[n:]
	}
	return insert(tx, "indicator_words", []string{"word", "indicator_id"}, "ON CONFLICT DO NOTHING", words)
}

func (s *Store) keepSightings(tx *gorm.DB, list []intel.Sighting) error {
	rows := make([][]any, len(list))
	for n := range list {
		seen := &list[n]
		rows[n] = []any{
			sightingID(seen), seen.Indicator, micro(seen.At), int64(seen.Count), s.dialect.escape(seen.Source), s.dialect.escape(seen.Note), seen.Case, seen.Run, s.dialect.escape(seen.Observed),
		}
	}
	return insert(tx, "indicator_sightings", []string{"id", "indicator_id", "at", "count", "source", "note", "case_id", "run_id", "observed"}, "ON CONFLICT DO NOTHING", rows)
}

// RemoveIndicator implements [intel.Store].
func (s *Store) RemoveIndicator(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "indicator.remove", Object: "indicator", ObjectID: id}, func(tx *gorm.DB) error {
		if err := s.learntOfIndicators(tx, []string{id}); err != nil {
			return err
		}
		gone := tx.Where("id = ?", id).Delete(&indicatorRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return intel.ErrNotFound
		}
		return gone.Error
	})
}

// Due implements [intel.Store].
func (s *Store) Due(ctx context.Context, at time.Time, limit int) (ids []string, err error) {
	err = s.read.WithContext(ctx).Model(&indicatorRow{}).Where("rescore_at > 0 AND rescore_at <= ?", micro(at)).Order("rescore_at").Limit(limit).Pluck("id", &ids).Error
	return ids, err
}

// Rescored implements [intel.Store].
func (s *Store) Rescored(ctx context.Context, list []intel.Scored) error {
	return s.alone(ctx, func(tx *gorm.DB) error {
		var other []string
		for _, one := range list {
			moved := tx.Exec("UPDATE indicators SET score = ? WHERE id = ? AND score <> ?", one.Score, one.ID, one.Score)
			if moved.RowsAffected > 0 {
				other = append(other, one.ID)
			}
			if err := errors.Join(moved.Error, tx.Exec("UPDATE indicators SET rescore_at = ? WHERE id = ?", micro(one.Next), one.ID).Error); err != nil {
				return err
			}
		}
		return s.learntOfIndicators(tx, other)
	})
}

// SaveAllow implements [intel.Store].
func (s *Store) SaveAllow(ctx context.Context, a *intel.Allow) error {
	return s.change(ctx, Change{Action: "allow.save", Object: "allow", ObjectID: a.ID, Detail: map[string]any{"kind": a.Kind, "value": a.Value}}, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&allowRow{}).Where("id <> ?", a.ID).Count(&n).Error; err != nil {
			return err
		}
		if n >= intel.MaxAllow {
			return intel.ErrFull
		}
		row := []any{a.ID, a.Kind, a.Type, s.dialect.escape(a.Value), s.dialect.escape(a.Reason), s.dialect.escape(a.By), micro(a.At)}
		err := insert(tx, "indicator_allow", []string{"id", "kind", "type", "value", "reason", "saved_by", "saved_at"},
			"ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, saved_by = excluded.saved_by, saved_at = excluded.saved_at", [][]any{row})
		if err != nil {
			return err
		}
		return rescoreUnder(tx, a)
	})
}

// RemoveAllow implements [intel.Store].
func (s *Store) RemoveAllow(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "allow.remove", Object: "allow", ObjectID: id}, func(tx *gorm.DB) error {
		var rows []allowRow
		if err := tx.Where("id = ?", id).Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return intel.ErrNoAllow
		}
		if err := tx.Where("id = ?", id).Delete(&allowRow{}).Error; err != nil {
			return err
		}
		a := s.allowOf(&rows[0])
		return rescoreUnder(tx, &a)
	})
}

// rescoreUnder has all indicators that an entry is about scored anew.
func rescoreUnder(tx *gorm.DB, a *intel.Allow) error {
	first, last := a.Places()
	if first == "" {
		return tx.Exec("UPDATE indicators SET rescore_at = 1 WHERE id = ?", cases.Key(a.Type, a.Value)).Error
	}
	return tx.Exec("UPDATE indicators SET rescore_at = 1 WHERE place <> '' AND place >= ? AND place <= ?", first, last).Error
}
