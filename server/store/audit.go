package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// Change says what is being changed, for the audit log.
type Change struct {
	Action   string
	Object   string
	ObjectID string
	Detail   any
}

// AuditEntry is one row of the audit log.
type AuditEntry struct {
	ID        int64
	At        time.Time
	Actor     string
	ActorKind string
	Action    string
	Object    string
	ObjectID  string
	Detail    json.RawMessage
}

type auditRow struct {
	ID        int64 `gorm:"primaryKey"`
	At        int64
	Actor     string
	ActorKind string
	Action    string
	Object    string
	ObjectID  string
	Detail    string
}

// TableName implements GORM's Tabler.
func (auditRow) TableName() string { return "audit" }

// change does work in one transaction with its row in the audit log: neither is
// ever there without the other. Who acts is taken from the context.
func (s *Store) change(ctx context.Context, c Change, work func(tx *gorm.DB) error) error {
	return s.changeAs(ctx, &c, work)
}

// changeAs is change where only the work tells what it did.
func (s *Store) changeAs(ctx context.Context, c *Change, work func(tx *gorm.DB) error) error {
	actor := auth.ActorFrom(ctx)
	err := s.alone(ctx, func(tx *gorm.DB) error {
		if err := work(tx); err != nil {
			return err
		}
		return noteChange(tx, actor, c) // the work may have added to its detail
	})
	if err == nil {
		s.changed()
	}
	return err
}

func noteChange(tx *gorm.DB, by auth.Actor, c *Change) error {
	detail, err := json.Marshal(c.Detail)
	if err != nil {
		return err
	}
	return tx.Create(&auditRow{
		At: time.Now().UnixMicro(), Actor: by.Name, ActorKind: by.Kind,
		Action: c.Action, Object: c.Object, ObjectID: c.ObjectID, Detail: string(detail),
	}).Error
}

// LastChange is the id of the newest row of the audit log; 0 where it is empty.
func (s *Store) LastChange(ctx context.Context) (id int64, err error) {
	err = s.read.WithContext(ctx).Model(&auditRow{}).Select("COALESCE(MAX(id), 0)").Scan(&id).Error
	return id, err
}

// Changes gives up to limit changes after an id, oldest first, without their detail.
// They are written one after the other, so that none appears later among those read.
func (s *Store) Changes(ctx context.Context, after int64, limit int) ([]AuditEntry, error) {
	var rows []auditRow
	if err := s.read.WithContext(ctx).Omit("detail").Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]AuditEntry, len(rows))
	for i, r := range rows {
		list[i] = AuditEntry{ID: r.ID, At: fromMicro(r.At), Actor: r.Actor, ActorKind: r.ActorKind, Action: r.Action, Object: r.Object, ObjectID: r.ObjectID}
	}
	return list, nil
}

// Note keeps a row of the audit log for what changes nothing here: what it tells of
// happens elsewhere.
func (s *Store) Note(ctx context.Context, c Change) error {
	return s.change(ctx, c, func(*gorm.DB) error { return nil })
}

// Audit gives a page of the audit log, newest first.
func (s *Store) Audit(ctx context.Context, cursor string, limit int) (list []AuditEntry, next string, err error) {
	query := s.read.WithContext(ctx).Order("id DESC").Limit(limit + 1)
	if before, err := strconv.ParseInt(cursor, 10, 64); err == nil {
		query = query.Where("id < ?", before)
	}
	var rows []auditRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = strconv.FormatInt(rows[limit-1].ID, 10)
	}
	for _, r := range rows {
		list = append(list, AuditEntry{r.ID, fromMicro(r.At), r.Actor, r.ActorKind, r.Action, r.Object, r.ObjectID, json.RawMessage(r.Detail)})
	}
	return list, next, nil
}
