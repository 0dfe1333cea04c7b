package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Admit implements [engine.Queues]. What is at work is counted and what begins is
// marked in one transaction, so that two replicas let no more begin than one.
func (s *Store) Admit(ctx context.Context, flow string, limit int) (ids []string, err error) {
	err = s.alone(ctx, func(tx *gorm.DB) error {
		var working int64
		if err := tx.Model(&runRow{}).Where("flow_id = ? AND ended = 0 AND replay_of = '' AND state = ?", flow, string(run.Running)).Count(&working).Error; err != nil {
			return err
		}
		if int(working) >= limit {
			return nil
		}
		err := tx.Model(&runRow{}).Where("flow_id = ? AND ended = 0 AND state = ?", flow, string(run.Queued)).Order("id").Limit(limit-int(working)).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := tx.Model(&runRow{}).Where("id IN ?", ids).Update("state", string(run.Running)).Error; err != nil {
			return err
		}
		rows := make([]signalRow, len(ids))
		for i, id := range ids {
			rows[i] = signalRow{RunID: id, ID: engine.SignalAdmit, Kind: engine.SignalAdmit, Payload: "null"}
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
	})
	return ids, err
}

// Queued implements [engine.Queues].
func (s *Store) Queued(ctx context.Context) ([]engine.QueuedFlow, error) {
	var rows []struct{ FlowID, Digest string }
	err := s.read.WithContext(ctx).Raw(`SELECT r.flow_id, r.digest FROM runs r JOIN (SELECT min(id) AS id FROM runs WHERE ended = 0 AND state = 'queued' GROUP BY flow_id) oldest ON oldest.id = r.id`).Scan(&rows).Error
	list := make([]engine.QueuedFlow, len(rows))
	for i, r := range rows {
		list[i] = engine.QueuedFlow{Flow: r.FlowID, Digest: r.Digest}
	}
	return list, err
}

// QueueLength implements [engine.Queues].
func (s *Store) QueueLength(ctx context.Context, flow string, limit int) (n int, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT count(*) FROM (SELECT 1 FROM runs WHERE flow_id = ? AND ended = 0 AND state = 'queued' LIMIT ?) AS waiting`, flow, limit).Scan(&n).Error
	return n, err
}
