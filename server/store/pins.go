package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

type pinRow struct {
	FlowID    string `gorm:"primaryKey"`
	Node      string `gorm:"primaryKey"`
	Type      string
	Port      string
	Output    string
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
	UpdatedBy string
}

// TableName implements GORM's Tabler.
func (pinRow) TableName() string { return "pins" }

// Pins implements [library.Pins].
func (s *Store) Pins(ctx context.Context, id string) ([]library.Pin, error) {
	var rows []pinRow
	if err := s.read.WithContext(ctx).Where("flow_id = ?", id).Order("node").Find(&rows).Error; err != nil {
		return nil, err
	}
	pins := make([]library.Pin, len(rows))
	for i, r := range rows {
		output, err := flow.ReadKept([]byte(r.Output))
		if err != nil {
			return nil, fmt.Errorf("pin of %q: %w", r.Node, err)
		}
		pins[i] = library.Pin{Node: r.Node, Type: r.Type, Port: r.Port, Output: output, At: fromMicro(r.UpdatedAt), By: r.UpdatedBy}
	}
	return pins, nil
}

// SavePin implements [library.Pins].
func (s *Store) SavePin(ctx context.Context, id string, p library.Pin) error {
	row := pinRow{id, p.Node, p.Type, p.Port, string(flow.CompactJSON(p.Output)), micro(p.At), p.By}
	if len(row.Output) > library.MaxPin {
		return &library.PinSizeError{Size: len(row.Output), Most: library.MaxPin}
	}
	return s.change(ctx, Change{Action: "flow.pin", Object: "flow", ObjectID: id, Detail: map[string]any{"node": p.Node}}, func(tx *gorm.DB) error {
		if err := tx.Select("id").Take(&flowRow{}, "id = ?", id).Error; err != nil {
			return notFound(err)
		}
		if err := roomForPin(tx, &row); err != nil {
			return err
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	})
}

func roomForPin(tx *gorm.DB, row *pinRow) error {
	var others int
	err := tx.Model(&pinRow{}).Select("COALESCE(SUM(octet_length(output)), 0)").Where("flow_id = ? AND node <> ?", row.FlowID, row.Node).Scan(&others).Error
	if err == nil && others+len(row.Output) > library.MaxPins {
		err = &library.PinSizeError{Size: others + len(row.Output), Most: library.MaxPins, All: true}
	}
	return err
}

// DeletePin implements [library.Pins].
func (s *Store) DeletePin(ctx context.Context, id, node string) error {
	return s.change(ctx, Change{Action: "flow.unpin", Object: "flow", ObjectID: id, Detail: map[string]any{"node": node}}, func(tx *gorm.DB) error {
		result := tx.Delete(&pinRow{}, "flow_id = ? AND node = ?", id, node)
		if result.Error == nil && result.RowsAffected == 0 {
			return library.ErrNoPin
		}
		return result.Error
	})
}
