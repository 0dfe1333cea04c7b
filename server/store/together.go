package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Heads implements [library.Together].
func (s *Store) Heads(ctx context.Context, ids []string) (map[string]library.Head, error) {
	heads := make(map[string]library.Head, len(ids))
	if len(ids) == 0 {
		return heads, nil
	}
	var rows []flowRow
	if err := s.read.WithContext(ctx).Select("id", "name", "version").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	for i := range rows {
		heads[rows[i].ID] = library.Head{Name: rows[i].Name, Version: rows[i].Version}
	}
	return heads, nil
}

// InsertFlows implements [library.Together]. Each flow has rows of its own in the audit log,
// as if it had been made alone.
func (s *Store) InsertFlows(ctx context.Context, flows []library.NewFlow) error {
	actor := auth.ActorFrom(ctx)
	err := s.alone(ctx, func(tx *gorm.DB) error {
		for i := range flows {
			if err := insertWhole(tx, actor, &flows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.changed()
	}
	return err
}

func insertWhole(tx *gorm.DB, by auth.Actor, f *library.NewFlow) error {
	row := newFlowRow(f.Draft, f.Summary)
	if err := insertFlow(tx, &row); err != nil {
		return err
	}
	if err := noteChange(tx, by, &Change{Action: "flow.create", Object: "flow", ObjectID: row.ID, Detail: map[string]any{"name": row.Name}}); err != nil {
		return err
	}
	if len(f.Samples) > 0 {
		if _, err := raiseSamples(tx, row.ID, library.AnyRevision); err != nil {
			return err
		}
		if err := insertSamples(tx, row.ID, f.Samples); err != nil {
			return err
		}
	}
	if f.Version == nil {
		return nil
	}
	v := f.Version
	if err := publish(tx, *v, f.Triggers); err != nil {
		return err
	}
	return noteChange(tx, by, &Change{
		Action: "flow.publish", Object: "flow", ObjectID: row.ID, Detail: map[string]any{"message": v.Message, "digest": v.Digest, "version": v.Number},
	})
}
