package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type keyCheckRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

// TableName implements GORM's Tabler.
func (keyCheckRow) TableName() string { return "key_checks" }

// KeyCheck gives what the first server kept by which the others know whether they have
// its key: this value, where there was none. The database must be shared.
func (s *Store) KeyCheck(ctx context.Context, name, value string) (string, error) {
	var kept keyCheckRow
	err := s.alone(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&keyCheckRow{name, value}).Error; err != nil {
			return err
		}
		return tx.Take(&kept, "name = ?", name).Error
	})
	return kept.Value, err
}
