package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/library"
)

type flowRow struct {
	ID          string `gorm:"primaryKey"`
	Name        string
	Description string
	Labels      string
	Triggers    string
	Content     []byte
	Revision    int64
	Version     int
	Halted      bool
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	UpdatedAt   int64 `gorm:"autoUpdateTime:false"`
	UpdatedBy   string
	// MinutesSaved is of the draft, as labels are.
	MinutesSaved int
}

// TableName implements GORM's Tabler.
func (flowRow) TableName() string { return "flows" }

type versionRow struct {
	FlowID  string
	Version int
	Digest  string
	Message string
	Author  string
	At      int64
}

// TableName implements GORM's Tabler.
func (versionRow) TableName() string { return "flow_versions" }

type documentRow struct {
	Digest  string
	Content []byte
}

// TableName implements GORM's Tabler.
func (documentRow) TableName() string { return "documents" }

type hookRow struct {
	TokenHash string
	FlowID    string
	Node      string
}

// TableName implements GORM's Tabler.
func (hookRow) TableName() string { return "hooks" }

type sampleRow struct {
	FlowID string
	Place  int
	Name   string
	Node   string
	Input  string
}

// TableName implements GORM's Tabler.
func (sampleRow) TableName() string { return "samples" }

func newFlowRow(d library.Draft, s library.Summary) flowRow {
	return flowRow{
		ID: d.ID, Name: s.Name, Description: s.Description, Labels: list(s.Labels), Triggers: list(s.Triggers),
		Content: d.Content, Revision: d.Revision, Version: d.Version, CreatedAt: micro(d.Created), UpdatedAt: micro(d.Updated), UpdatedBy: d.UpdatedBy,
		MinutesSaved: s.MinutesSaved,
	}
}

func list(items []string) string {
	if len(items) == 0 {
		return "[]"
	}
	data, _ := json.Marshal(items)
	return string(data)
}

func unlist(text string) []string {
	items := []string{}
	_ = json.Unmarshal([]byte(text), &items)
	return items
}

func (r *flowRow) draft() library.Draft {
	return library.Draft{
		ID: r.ID, Content: r.Content, Revision: r.Revision, Version: r.Version, Halted: r.Halted,
		Created: fromMicro(r.CreatedAt), Updated: fromMicro(r.UpdatedAt), UpdatedBy: r.UpdatedBy,
	}
}

// InsertDraft implements [library.Drafts].
func (s *Store) InsertDraft(ctx context.Context, d library.Draft, sum library.Summary) error {
	row := newFlowRow(d, sum)
	return s.change(ctx, Change{Action: "flow.create", Object: "flow", ObjectID: d.ID, Detail: map[string]any{"name": sum.Name}}, func(tx *gorm.DB) error {
		return insertFlow(tx, &row)
	})
}

func insertFlow(tx *gorm.DB, row *flowRow) error {
	result := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	if result.Error == nil && result.RowsAffected == 0 {
		return library.ErrExists
	}
	return result.Error
}

// SaveDraft implements [library.Drafts].
func (s *Store) SaveDraft(ctx context.Context, d library.Draft, sum library.Summary, base int64, action string) (library.Draft, error) {
	var saved flowRow
	err := s.change(ctx, Change{Action: action, Object: "flow", ObjectID: d.ID, Detail: map[string]any{"revision": base + 1}}, func(tx *gorm.DB) error {
		return updateFlow(tx, newFlowRow(d, sum), base, &saved)
	})
	return saved.draft(), err
}

// updateFlow replaces a draft that is at the base revision.
func updateFlow(tx *gorm.DB, row flowRow, base int64, saved *flowRow) error {
	result := tx.Model(&flowRow{}).Where("id = ? AND revision = ?", row.ID, base).Updates(map[string]any{
		"name": row.Name, "description": row.Description, "labels": row.Labels, "triggers": row.Triggers, "content": row.Content, "minutes_saved": row.MinutesSaved,
		"revision": base + 1, "updated_at": row.UpdatedAt, "updated_by": row.UpdatedBy,
	})
	if result.Error != nil {
		return result.Error
	}
	if err := tx.Take(saved, "id = ?", row.ID).Error; err != nil {
		return notFound(err)
	}
	if result.RowsAffected == 0 {
		return &library.ConflictError{Yours: base, Current: saved.draft()}
	}
	return nil
}

func notFound(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return library.ErrNotFound
	}
	return err
}

// Draft implements [library.Drafts].
func (s *Store) Draft(ctx context.Context, id string) (library.Draft, error) {
	var row flowRow
	err := s.read.WithContext(ctx).Take(&row, "id = ?", id).Error
	return row.draft(), notFound(err)
}

// Drafts implements [library.Drafts].
func (s *Store) Drafts(ctx context.Context, p library.Page) ([]library.Summary, string, error) {
	query := s.read.WithContext(ctx).Omit("content").Order("updated_at DESC, id DESC").Limit(p.Limit + 1)
	if p.Query != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(p.Query) + "%"
		query = query.Where(`lower(name) LIKE lower(?) ESCAPE '\' OR lower(description) LIKE lower(?) ESCAPE '\' OR lower(labels) LIKE lower(?) ESCAPE '\' OR id = ?`, like, like, like, p.Query)
	}
	if at, id, ok := parseCursor(p.Cursor); ok {
		query = query.Where("(updated_at, id) < (?, ?)", at, id)
	}
	var rows []flowRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > p.Limit {
		rows = rows[:p.Limit]
		next = cursor(rows[p.Limit-1].UpdatedAt, rows[p.Limit-1].ID)
	}
	sums := make([]library.Summary, len(rows))
	for i := range rows {
		sums[i] = library.Summary{
			Draft: rows[i].draft(), Name: rows[i].Name, Description: rows[i].Description,
			Labels: unlist(rows[i].Labels), Triggers: unlist(rows[i].Triggers),
		}
	}
	return sums, next, nil
}

func cursor(at int64, id string) string { return fmt.Sprintf("%d.%s", at, id) }

func parseCursor(s string) (at int64, id string, ok bool) {
	if _, err := fmt.Sscanf(s, "%d.%s", &at, &id); err != nil {
		return 0, "", false
	}
	return at, id, true
}

// DeleteDraft implements [library.Drafts].
func (s *Store) DeleteDraft(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "flow.delete", Object: "flow", ObjectID: id}, func(tx *gorm.DB) error {
		result := tx.Delete(&flowRow{}, "id = ?", id)
		if result.Error == nil && result.RowsAffected == 0 {
			return library.ErrNotFound
		}
		return result.Error
	})
}

// InsertVersion implements [library.Versions].
func (s *Store) InsertVersion(ctx context.Context, v library.Version, revision int64, t library.Triggers) (int, error) {
	detail := map[string]any{"message": v.Message, "digest": v.Digest}
	err := s.change(ctx, Change{Action: "flow.publish", Object: "flow", ObjectID: v.Flow, Detail: detail}, func(tx *gorm.DB) error {
		var row flowRow
		if err := tx.Take(&row, "id = ?", v.Flow).Error; err != nil {
			return notFound(err)
		}
		if row.Revision != revision {
			return &library.ConflictError{Yours: revision, Current: row.draft()}
		}
		v.Number = row.Version + 1
		detail["version"] = v.Number
		return publish(tx, v, t)
	})
	return v.Number, err
}

func publish(tx *gorm.DB, v library.Version, t library.Triggers) error {
	if err := keepDocument(tx, v.Digest, v.Content); err != nil {
		return err
	}
	if err := tx.Create(&versionRow{v.Flow, v.Number, v.Digest, v.Message, v.Author, micro(v.At)}).Error; err != nil {
		return err
	}
	if err := tx.Model(&flowRow{}).Where("id = ?", v.Flow).Updates(map[string]any{"version": v.Number, "halted": 0}).Error; err != nil {
		return err
	}
	return replaceTriggers(tx, v.Flow, t, v.At)
}

// replaceTriggers makes some triggers those of a flow.
func replaceTriggers(tx *gorm.DB, id string, t library.Triggers, at time.Time) error {
	if err := tx.Delete(&hookRow{}, "flow_id = ?", id).Error; err != nil {
		return err
	}
	for _, h := range t.Hooks {
		if err := tx.Create(&hookRow{h.TokenHash, h.Flow, h.Node}).Error; err != nil {
			return err
		}
	}
	if err := replaceMailboxes(tx, id, t.Mailboxes, at); err != nil {
		return err
	}
	return replaceSchedules(tx, id, t.Schedules)
}

// Halt implements [library.Versions].
func (s *Store) Halt(ctx context.Context, id string, halted bool, t library.Triggers) error {
	action := "flow.resume"
	if halted {
		action = "flow.halt"
	}
	return s.change(ctx, Change{Action: action, Object: "flow", ObjectID: id}, func(tx *gorm.DB) error {
		result := tx.Model(&flowRow{}).Where("id = ? AND version > 0", id).Update("halted", boolean(halted))
		if result.Error == nil && result.RowsAffected == 0 {
			return library.ErrNotFound
		}
		if result.Error != nil {
			return result.Error
		}
		return replaceTriggers(tx, id, t, time.Now())
	})
}

func keepDocument(tx *gorm.DB, digest string, content []byte) error {
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&documentRow{digest, content}).Error
}

// KeepDocument implements [library.Versions].
func (s *Store) KeepDocument(ctx context.Context, digest string, content []byte) error {
	var known int64
	if err := s.read.WithContext(ctx).Model(&documentRow{}).Where("digest = ?", digest).Count(&known).Error; err != nil || known > 0 {
		return err
	}
	return keepDocument(s.write.WithContext(ctx), digest, content)
}

// DocumentBy implements [library.Versions].
func (s *Store) DocumentBy(ctx context.Context, digest string) ([]byte, error) {
	var row documentRow
	err := s.read.WithContext(ctx).Take(&row, "digest = ?", digest).Error
	return row.Content, notFound(err)
}

// Version implements [library.Versions].
func (s *Store) Version(ctx context.Context, id string, number int) (library.Version, error) {
	var row versionRow
	if err := s.read.WithContext(ctx).Take(&row, "flow_id = ? AND version = ?", id, number).Error; err != nil {
		return library.Version{}, notFound(err)
	}
	v := row.version()
	var err error
	v.Content, err = s.DocumentBy(ctx, row.Digest)
	return v, err
}

func (r *versionRow) version() library.Version {
	return library.Version{Flow: r.FlowID, Number: r.Version, Digest: r.Digest, Message: r.Message, Author: r.Author, At: fromMicro(r.At)}
}

// Versions implements [library.Versions].
func (s *Store) Versions(ctx context.Context, id string) ([]library.Version, error) {
	var rows []versionRow
	if err := s.read.WithContext(ctx).Where("flow_id = ?", id).Order("version DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	versions := make([]library.Version, len(rows))
	for i := range rows {
		versions[i] = rows[i].version()
	}
	return versions, nil
}

// Hook implements [library.Extras].
func (s *Store) Hook(ctx context.Context, tokenHash string) (library.Hook, error) {
	var row hookRow
	err := s.read.WithContext(ctx).Take(&row, "token_hash = ?", tokenHash).Error
	return library.Hook{TokenHash: row.TokenHash, Flow: row.FlowID, Node: row.Node}, notFound(err)
}
