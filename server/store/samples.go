package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Samples implements [library.SampleStore].
func (s *Store) Samples(ctx context.Context, id string) (library.Samples, error) {
	return samplesOf(s.read.WithContext(ctx), id)
}

// samplesOf reads the revision first: with samples that are newer than it a save is refused, and
// none is lost.
func samplesOf(db *gorm.DB, id string) (all library.Samples, err error) {
	if err := db.Model(&flowRow{}).Select("samples_revision").Where("id = ?", id).Scan(&all.Revision).Error; err != nil {
		return all, err
	}
	var rows []sampleRow
	if err := db.Where("flow_id = ?", id).Order("place").Find(&rows).Error; err != nil {
		return all, err
	}
	all.Items = make([]library.Sample, len(rows))
	for i, r := range rows {
		input, err := flow.ReadKept([]byte(r.Input))
		if err != nil {
			return all, fmt.Errorf("sample %q: %w", r.Name, err)
		}
		all.Items[i] = library.Sample{Name: r.Name, Trigger: r.Node, Input: input}
	}
	return all, nil
}

// SaveSamples implements [library.SampleStore].
func (s *Store) SaveSamples(ctx context.Context, id string, base int64, samples []library.Sample) (revision int64, err error) {
	err = s.change(ctx, Change{Action: "flow.samples", Object: "flow", ObjectID: id, Detail: map[string]any{"count": len(samples)}}, func(tx *gorm.DB) error {
		if revision, err = raiseSamples(tx, id, base); err != nil {
			return err
		}
		if err := tx.Delete(&sampleRow{}, "flow_id = ?", id).Error; err != nil {
			return err
		}
		return insertSamples(tx, id, samples)
	})
	return revision, err
}

func insertSamples(tx *gorm.DB, id string, samples []library.Sample) error {
	for i, sample := range samples {
		if err := tx.Create(&sampleRow{id, i, sample.Name, sample.Trigger, string(flow.CompactJSON(sample.Input))}).Error; err != nil {
			return err
		}
	}
	return nil
}

// raiseSamples gives the samples that are at the base revision the next one.
func raiseSamples(tx *gorm.DB, id string, base int64) (int64, error) {
	row := tx.Model(&flowRow{}).Where("id = ?", id)
	if base != library.AnyRevision {
		row = row.Where("samples_revision = ?", base)
	}
	result := row.UpdateColumn("samples_revision", gorm.Expr("samples_revision + 1"))
	if result.Error != nil {
		return 0, result.Error
	}
	if err := tx.Select("id").Take(&flowRow{}, "id = ?", id).Error; err != nil {
		return 0, notFound(err)
	}
	now, err := samplesOf(tx, id)
	if err == nil && result.RowsAffected == 0 {
		err = &library.SamplesConflictError{Yours: base, Current: now}
	}
	return now.Revision, err
}
