package store

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// CaseNames implements [cases.Store].
func (s *Store) CaseNames(ctx context.Context, ids []string) (map[string]cases.Name, error) {
	names := make(map[string]cases.Name, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	var rows []caseRow
	if err := s.read.WithContext(ctx).Model(&caseRow{}).Select("id", "number", "title").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	for i := range rows {
		names[rows[i].ID] = cases.Name{Number: rows[i].Number, Title: s.dialect.unescape(rows[i].Title)}
	}
	return names, nil
}
