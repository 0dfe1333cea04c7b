package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

type receiptRow struct {
	ID       string `gorm:"primaryKey"`
	FlowID   string
	FlowName string
	Node     string
	Source   string
	State    string
	Code     string
	Message  string
	Subject  string
	EventKey string
	Times    int64
	At       int64
	LastAt   int64
}

// TableName implements GORM's Tabler.
func (receiptRow) TableName() string { return "receipts" }

// KeepReceipt keeps the receipt of an event that started no run, and gives its id.
func (s *Store) KeepReceipt(ctx context.Context, r trigger.Receipt) (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	row := receiptRow{
		ID: id.String(), FlowID: r.Flow, FlowName: r.FlowName, Node: r.Node, Source: r.Source, State: r.State, Code: r.Code, Message: r.Message,
		Subject: r.Subject, EventKey: r.Key, Times: 1, At: micro(r.At), LastAt: micro(r.At),
	}
	return row.ID, s.write.WithContext(ctx).Create(&row).Error
}

// CountReceipts implements [trigger.ReceiptStore].
func (s *Store) CountReceipts(ctx context.Context, counts map[string]trigger.Count) error {
	for id, c := range counts {
		err := s.write.WithContext(ctx).Exec(`UPDATE receipts SET times = times + ?, last_at = ? WHERE id = ?`, c.Times, micro(c.Last), id).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// CountRepeats implements [trigger.ReceiptStore].
func (s *Store) CountRepeats(ctx context.Context, counts map[string]trigger.Count) error {
	return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for id, c := range counts {
			err := tx.Exec(`INSERT INTO repeats (run_id, times, last_at) SELECT id, ?, ? FROM runs WHERE id = ?
				ON CONFLICT (run_id) DO UPDATE SET times = repeats.times + excluded.times, last_at = excluded.last_at`, c.Times, micro(c.Last), id).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// PruneReceipts implements [trigger.ReceiptStore].
func (s *Store) PruneReceipts(ctx context.Context, before time.Time, most int) error {
	write := s.write.WithContext(ctx)
	if err := write.Delete(&receiptRow{}, "at < ?", micro(before)).Error; err != nil {
		return err
	}
	var oldest []string
	if err := s.read.WithContext(ctx).Model(&receiptRow{}).Order("id DESC").Offset(most).Limit(1).Pluck("id", &oldest).Error; err != nil || len(oldest) == 0 {
		return err
	}
	return write.Delete(&receiptRow{}, "id <= ?", oldest[0]).Error
}
