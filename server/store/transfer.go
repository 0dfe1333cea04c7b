package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/transfer"
)

type importRow struct {
	ID        string `gorm:"primaryKey"`
	State     string
	Plan      string
	Undo      string
	CreatedBy string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

// TableName implements GORM's Tabler.
func (importRow) TableName() string { return "imports" }

// States of an import.
const (
	importPlanned    = "planned"
	importApplied    = "applied"
	importRolledBack = "rolled-back"
)

// keptPlans is how many plans that were never carried out are kept.
const keptPlans = 100

// InsertPlan implements [transfer.Imports].
func (s *Store) InsertPlan(ctx context.Context, p *transfer.Plan, author string, at time.Time) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	row := importRow{ID: p.ID, State: importPlanned, Plan: string(data), CreatedBy: author, CreatedAt: micro(at)}
	return s.change(ctx, Change{Action: "import.plan", Object: "import", ObjectID: p.ID, Detail: map[string]any{"flows": len(p.Items)}}, func(tx *gorm.DB) error {
		old := tx.Model(&importRow{}).Select("id").Where("state = ?", importPlanned).Order("id DESC").Offset(keptPlans).Limit(-1)
		if err := tx.Where("id IN (?)", old).Delete(&importRow{}).Error; err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
}

// Plan implements [transfer.Imports].
func (s *Store) Plan(ctx context.Context, id string) (*transfer.Plan, error) {
	row, err := takeImport(s.read.WithContext(ctx), id)
	if err != nil {
		return nil, err
	}
	if row.State != importPlanned {
		return nil, transfer.ErrState
	}
	var p transfer.Plan
	return &p, json.Unmarshal([]byte(row.Plan), &p)
}

func takeImport(db *gorm.DB, id string) (*importRow, error) {
	var row importRow
	err := db.Take(&row, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, transfer.ErrNotFound
	}
	return &row, err
}

// Apply implements [transfer.Imports].
func (s *Store) Apply(ctx context.Context, id string, writes []transfer.Write) ([]library.Draft, error) {
	written := make([]library.Draft, len(writes))
	ids := make([]string, len(writes))
	for i := range writes {
		ids[i] = writes[i].Draft.ID
	}
	err := s.change(ctx, Change{Action: "import.apply", Object: "import", ObjectID: id, Detail: map[string]any{"flows": ids}}, func(tx *gorm.DB) error {
		undo := make([]transfer.Undo, len(writes))
		for i := range writes {
			var err error
			if written[i], undo[i], err = writeFlow(tx, &writes[i]); err != nil {
				return err
			}
		}
		data, err := json.Marshal(undo)
		if err != nil {
			return err
		}
		return advanceImport(tx, id, importPlanned, map[string]any{"state": importApplied, "undo": string(data)})
	})
	return written, changed(err)
}

// advanceImport moves an import on from a state that it must be in.
func advanceImport(tx *gorm.DB, id, from string, to map[string]any) error {
	result := tx.Model(&importRow{}).Where("id = ? AND state = ?", id, from).Updates(to)
	if result.Error == nil && result.RowsAffected == 0 {
		return transfer.ErrState
	}
	return result.Error
}

// changed says [transfer.ErrChanged] where a flow wasn't as the plan saw it.
func changed(err error) error {
	var conflict *library.ConflictError
	if errors.As(err, &conflict) || errors.Is(err, library.ErrExists) || errors.Is(err, library.ErrNotFound) {
		return transfer.ErrChanged
	}
	return err
}

func writeFlow(tx *gorm.DB, w *transfer.Write) (library.Draft, transfer.Undo, error) {
	row := newFlowRow(w.Draft, w.Summary)
	if w.Base == 0 {
		return w.Draft, transfer.Undo{FlowID: row.ID, Revision: w.Draft.Revision}, insertFlow(tx, &row)
	}
	var before, after flowRow
	if err := tx.Take(&before, "id = ?", row.ID).Error; err != nil {
		return library.Draft{}, transfer.Undo{}, notFound(err)
	}
	err := updateFlow(tx, row, w.Base, &after)
	return after.draft(), transfer.Undo{FlowID: row.ID, Revision: after.Revision, Content: before.Content}, err
}

// Rollback implements [transfer.Imports].
func (s *Store) Rollback(ctx context.Context, id, author string, at time.Time, summarize func([]byte) (library.Summary, error)) ([]string, error) {
	row, err := takeImport(s.read.WithContext(ctx), id)
	if err != nil {
		return nil, err
	}
	if row.State != importApplied {
		return nil, transfer.ErrState
	}
	var undo []transfer.Undo
	if err := json.Unmarshal([]byte(row.Undo), &undo); err != nil {
		return nil, err
	}
	ids := make([]string, len(undo))
	for i := range undo {
		ids[i] = undo[i].FlowID
	}
	err = s.change(ctx, Change{Action: "import.rollback", Object: "import", ObjectID: id, Detail: map[string]any{"flows": ids}}, func(tx *gorm.DB) error {
		for i := range undo {
			if err := undoFlow(tx, &undo[i], author, at, summarize); err != nil {
				return err
			}
		}
		return advanceImport(tx, id, importApplied, map[string]any{"state": importRolledBack})
	})
	return ids, changed(err)
}

func undoFlow(tx *gorm.DB, u *transfer.Undo, author string, at time.Time, summarize func([]byte) (library.Summary, error)) error {
	if u.Content == nil {
		if err := unused(tx, u.FlowID); err != nil {
			return err
		}
		result := tx.Delete(&flowRow{}, "id = ? AND revision = ?", u.FlowID, u.Revision)
		if result.Error == nil && result.RowsAffected == 0 {
			return transfer.ErrChanged
		}
		return result.Error
	}
	sum, err := summarize(u.Content)
	if err != nil {
		return err
	}
	var saved flowRow
	draft := library.Draft{ID: u.FlowID, Content: u.Content, Updated: at, UpdatedBy: author}
	return updateFlow(tx, newFlowRow(draft, sum), u.Revision, &saved)
}

// unused refuses to remove a flow that went live or ran since an import made it:
// neither raises its revision.
func unused(tx *gorm.DB, id string) error {
	var row flowRow
	if err := tx.Omit("content").Take(&row, "id = ?", id).Error; err != nil {
		return notFound(err)
	}
	var ran int64
	// A flow of the same id that was deleted before may have left older runs.
	err := tx.Table("runs").Where("flow_id = ? AND created_at >= ?", id, row.CreatedAt).Count(&ran).Error
	if err == nil && (row.Version > 0 || ran > 0) {
		return transfer.ErrChanged
	}
	return err
}

// Done implements [transfer.Imports].
func (s *Store) Done(ctx context.Context, cursor string, limit int) (list []transfer.Done, next string, err error) {
	query := s.read.WithContext(ctx).Where("state <> ?", importPlanned).Order("id DESC").Limit(limit + 1)
	if cursor != "" {
		query = query.Where("id < ?", cursor)
	}
	var rows []importRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = rows[limit-1].ID
	}
	for i := range rows {
		d, err := rows[i].done()
		if err != nil {
			return nil, "", err
		}
		list = append(list, d)
	}
	return list, next, nil
}

func (r *importRow) done() (transfer.Done, error) {
	out := transfer.Done{ID: r.ID, At: fromMicro(r.CreatedAt), By: r.CreatedBy, State: "applied"}
	if r.State == importRolledBack {
		out.State = "rolledback"
	}
	var plan transfer.Plan
	var undo []transfer.Undo
	if err := errors.Join(json.Unmarshal([]byte(r.Plan), &plan), json.Unmarshal([]byte(r.Undo), &undo)); err != nil {
		return out, err
	}
	for _, u := range undo {
		f := transfer.DoneFlow{ID: u.FlowID, Result: "updated"}
		if u.Content == nil {
			f.Result = "created"
		}
		for _, item := range plan.Items {
			if item.FlowID == u.FlowID {
				f.Name = item.Name
			}
		}
		out.Flows = append(out.Flows, f)
	}
	return out, nil
}

// Imported implements [transfer.Imports].
func (s *Store) Imported(ctx context.Context, flowID string) (int64, error) {
	var revision int64
	err := s.read.WithContext(ctx).Raw(s.dialect.imported, importApplied, flowID).Scan(&revision).Error
	return revision, err
}
