package store

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// Asked says in which of some runs people were asked, or in one that they called. Of
// one that is not kept any more nobody knows: it may have asked.
func (s *Store) Asked(ctx context.Context, ids []string) (map[string]bool, error) {
	asked := map[string]bool{}
	if len(ids) == 0 {
		return asked, nil
	}
	for _, id := range ids {
		asked[id] = true
	}
	var rows []struct {
		ID, ParentRun string
		Asked         bool
	}
	err := s.read.WithContext(ctx).Raw(`SELECT id, parent_run,
  EXISTS (SELECT 1 FROM questions WHERE run_id = runs.id AND kind IN ?) AS asked
FROM runs WHERE root_run IN (SELECT root_run FROM runs WHERE id IN ? AND root_run <> '')`,
		[]engine.AskKind{engine.AskApproval, engine.AskForm}, ids).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	caller := make(map[string]string, len(rows))
	for i := range rows {
		caller[rows[i].ID] = rows[i].ParentRun
		if asked[rows[i].ID] {
			asked[rows[i].ID] = false
		}
	}
	for i := range rows {
		for id := rows[i].ID; rows[i].Asked && id != ""; id = caller[id] {
			if _, wanted := asked[id]; wanted {
				asked[id] = true
			}
		}
	}
	return asked, nil
}
