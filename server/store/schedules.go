package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

type scheduleRow struct {
	FlowID string `gorm:"primaryKey"`
	Node   string `gorm:"primaryKey"`
	SlotAt int64
	DueAt  int64
}

// TableName implements GORM's Tabler.
func (scheduleRow) TableName() string { return "schedules" }

// replaceSchedules makes slots a flow's. A trigger that stays keeps a slot that has
// come and whose run has not begun.
func replaceSchedules(tx *gorm.DB, id string, slots []flow.Slot) error {
	var before []scheduleRow
	if err := tx.Find(&before, "flow_id = ?", id).Error; err != nil {
		return err
	}
	if err := tx.Delete(&scheduleRow{}, "flow_id = ?", id).Error; err != nil {
		return err
	}
	for _, s := range slots {
		row := scheduleRow{s.Flow, s.Node, micro(s.At), micro(s.Due)}
		for _, old := range before {
			if old.Node == s.Node && old.SlotAt < row.SlotAt && old.DueAt <= time.Now().UnixMicro() {
				row = old
			}
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// DueSchedules implements [trigger.Slots].
func (s *Store) DueSchedules(ctx context.Context, now time.Time, limit int) ([]flow.Slot, error) {
	var rows []scheduleRow
	if err := s.read.WithContext(ctx).Where("due_at <= ?", now.UnixMicro()).Order("due_at").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return slots(rows), nil
}

func slots(rows []scheduleRow) []flow.Slot {
	list := make([]flow.Slot, len(rows))
	for i, r := range rows {
		list[i] = flow.Slot{Flow: r.FlowID, Node: r.Node, At: fromMicro(r.SlotAt), Due: fromMicro(r.DueAt)}
	}
	return list
}

// AdvanceSchedule implements [trigger.Slots].
func (s *Store) AdvanceSchedule(ctx context.Context, from, to flow.Slot) error {
	change := s.write.WithContext(ctx).Model(&scheduleRow{}).Where("flow_id = ? AND node = ? AND slot_at = ?", from.Flow, from.Node, micro(from.At))
	if to.At.IsZero() {
		return change.Delete(&scheduleRow{}).Error
	}
	return change.Updates(map[string]any{"slot_at": micro(to.At), "due_at": micro(to.Due)}).Error
}
