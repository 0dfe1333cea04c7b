package store

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// Alert implements [alerts.Store].
func (s *Store) Alert(ctx context.Context, ref string) (alerts.Alert, error) {
	return s.oneAlert(s.read.WithContext(ctx), ref)
}

// ReceiveAlert implements [alerts.Store].
func (s *Store) ReceiveAlert(ctx context.Context, w *alerts.Work, origin, key string, again func(w *alerts.Work) error) (a alerts.Alert, err error) {
	change := &Change{Action: "alert.create", Object: "alert", ObjectID: w.Alert.ID}
	if origin != "" {
		origin = cases.Key("alert", origin)
	}
	err = s.changeAs(ctx, change, func(tx *gorm.DB) error {
		if origin != "" {
			there, err := s.takeAlert(alertsFrom(tx).Where("origin = ?", origin))
			if err == nil {
				change.Action, change.ObjectID = "alert.again", there.ID
				a, err = s.workOnAlert(tx, &there, change, key, again)
				return err
			}
			if !errors.Is(err, alerts.ErrNotFound) {
				return err
			}
		}
		if err := tx.Model(&alertRow{}).Select("COALESCE(MAX(number), 0) + 1").Scan(&w.Alert.Number).Error; err != nil {
			return err
		}
		change.Detail = map[string]any{"number": w.Alert.Number, "run": w.By.Run}
		row, err := s.alertRowOf(w.Alert, origin)
		if err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		a = *w.Alert
		text := strings.Join([]string{strconv.FormatInt(a.Number, 10), a.Title, a.Description, a.Source, a.ExternalID, a.Rule, a.Host, a.User, strings.Join(a.Techniques, " ")}, "\n")
		if err := keepAlertWords(tx, a.ID, text); err != nil {
			return err
		}
		return s.keepAlertWork(tx, w, key)
	})
	if errors.Is(err, errSame) {
		return a, nil
	}
	return a, err
}

// ChangeAlert implements [alerts.Store].
func (s *Store) ChangeAlert(ctx context.Context, ref, key string, change func(w *alerts.Work) error) (a alerts.Alert, err error) {
	entry := &Change{Action: "alert.change", Object: "alert"}
	err = s.changeAs(ctx, entry, func(tx *gorm.DB) error {
		if a, err = s.oneAlert(tx, ref); err != nil {
			return err
		}
		there := a
		a, err = s.workOnAlert(tx, &there, entry, key, change)
		return err
	})
	if errors.Is(err, errSame) {
		return a, nil
	}
	return a, err
}

// workOnAlert has an alert changed in a transaction, once for each key; errSame says that
// nothing is to be kept.
func (s *Store) workOnAlert(tx *gorm.DB, a *alerts.Alert, entry *Change, key string, change func(w *alerts.Work) error) (alerts.Alert, error) {
	entry.ObjectID = a.ID
	if key != "" {
		var n int64
		if err := tx.Model(&alertEntryRow{}).Where("alert_id = ? AND key = ?", a.ID, key).Count(&n).Error; err != nil {
			return *a, err
		}
		if n > 0 {
			return *a, errSame
		}
	}
	changed := *a
	w := &alerts.Work{Alert: &changed, Has: func() ([]cases.Artifact, error) { return s.alertObservables(tx, a.ID) }}
	if err := change(w); err != nil {
		return *a, err
	}
	if changed.Revision == a.Revision {
		return *a, errSame
	}
	kinds := make([]string, len(w.Entries))
	for i := range w.Entries {
		kinds[i] = w.Entries[i].Kind
	}
	entry.Detail = map[string]any{"did": kinds, "run": w.By.Run, "revision": changed.Revision}
	row, err := s.alertRowOf(&changed, "")
	if err != nil {
		return *a, err
	}
	if err := tx.Model(&alertRow{}).Where("id = ?", row.ID).Select("*").Omit("id", "number", "origin", "created_at", "acked_at", "person_at", "closed_by").Updates(&row).Error; err != nil {
		return *a, err
	}
	if err := takeUp(tx, a, w); err != nil {
		return *a, err
	}
	return changed, s.keepAlertWork(tx, w, key)
}

// keepAlertWork writes what was added to an alert.
func (s *Store) keepAlertWork(tx *gorm.DB, w *alerts.Work, key string) error {
	id := w.Alert.ID
	for i := range w.Entries {
		e := &w.Entries[i]
		by, err := actorText(e.By)
		if err != nil {
			return err
		}
		row := alertEntryRow{id, e.Seq, micro(e.At), e.Kind, s.dialect.escape(by), "", s.dialect.escape(string(flow.CompactJSON(e.Data)))}
		if i == 0 {
			row.Key = key
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	if w.Event != "" {
		if err := s.keepAlertEvent(tx, w); err != nil {
			return err
		}
	}
	rows := make([]alertObservableRow, len(w.Observables))
	words := make([]string, len(rows))
	for i := range w.Observables {
		o := &w.Observables[i]
		place := intel.Observable{Type: o.Type, Value: o.Value}.Place()
		rows[i], words[i] = alertObservableRow{id, cases.Key(o.Type, o.Value), o.Type, o.Value, place}, o.Value
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, wordsAWrite).Error; err != nil {
		return err
	}
	return keepAlertWords(tx, id, strings.Join(words, "\n"))
}

// keepAlertEvent keeps an event: the first stays, of the others the newest.
func (s *Store) keepAlertEvent(tx *gorm.DB, w *alerts.Work) error {
	row := alertEventRow{w.Alert.ID, w.Alert.Entries, micro(w.At), s.dialect.escape(w.Event)}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	return tx.Exec(`DELETE FROM alert_events WHERE alert_id = ? AND seq IN (
		SELECT seq FROM alert_events WHERE alert_id = ? AND seq > (SELECT min(seq) FROM alert_events WHERE alert_id = ?) ORDER BY seq DESC LIMIT 1000 OFFSET ?)`,
		w.Alert.ID, w.Alert.ID, w.Alert.ID, alerts.MaxEvents-1).Error
}

// AlertObservables implements [alerts.Store].
func (s *Store) AlertObservables(ctx context.Context, alertID string) ([]cases.Artifact, error) {
	return s.alertObservables(s.read.WithContext(ctx), alertID)
}

// AlertHistory implements [alerts.Store].
func (s *Store) AlertHistory(ctx context.Context, alertID string, limit int) ([]alerts.Entry, error) {
	var rows []alertEntryRow
	if err := s.read.WithContext(ctx).Where("alert_id = ?", alertID).Order("seq DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]alerts.Entry, len(rows))
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
		list[i] = alerts.Entry{Seq: r.Seq, At: fromMicro(r.At), Kind: r.Kind, By: by}
		list[i].Data, _ = data.(map[string]any)
	}
	return list, nil
}

// AlertEvents implements [alerts.Store].
func (s *Store) AlertEvents(ctx context.Context, alertID string) ([]alerts.Event, error) {
	var rows []alertEventRow
	if err := s.read.WithContext(ctx).Where("alert_id = ?", alertID).Order("seq DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]alerts.Event, len(rows))
	for i, r := range rows {
		list[i] = alerts.Event{Seq: r.Seq, At: fromMicro(r.At), Text: s.dialect.unescape(r.Content)}
	}
	return list, nil
}

// AlertMark implements [alerts.Store].
func (s *Store) AlertMark(ctx context.Context) (mark int64, err error) {
	err = s.read.WithContext(ctx).Model(&alertRow{}).Select("COALESCE(MAX(updated_at), 0)").Scan(&mark).Error
	return mark, err
}
