package store

import (
	"context"
	"errors"
	"strings"
)

// Check looks whether the database is sound.
func (s *Store) Check(ctx context.Context) error {
	var lines []string
	if err := s.read.WithContext(ctx).Raw(s.dialect.check).Scan(&lines).Error; err != nil {
		return err
	}
	if len(lines) == 1 && lines[0] == "ok" {
		return nil
	}
	return errors.New("the database is damaged: " + strings.Join(lines, "; "))
}
