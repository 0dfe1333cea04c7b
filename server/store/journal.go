package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// maxLoad is the largest blob of a journal that is loaded whole.
const maxLoad = 128 << 20

type runRow struct {
	ID           string `gorm:"primaryKey"`
	FlowID       string
	FlowName     string
	FlowVersion  int
	Digest       string
	TriggerNode  string
	ParentRun    string
	ParentStep   string
	RootRun      string
	Depth        int
	State        string
	Ended        bool
	DryRun       bool
	StartedBy    string
	DueAt        int64
	LeaseOwner   string
	LeaseEpoch   int64
	LeaseUntil   int64
	NextSeq      int64
	Input        *string
	InputRef     *string
	IngestKey    *string
	RetryOf      *string
	ReplayOf     string
	ReplayAt     int64
	ReplayJob    string
	Steps        int
	ErrorCode    string
	ErrorMessage string
	Source       string
	CaseID       string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	StartedAt    int64
	EndedAt      int64
}

// TableName implements GORM's Tabler.
func (runRow) TableName() string { return "runs" }

type journalRow struct {
	RunID   string
	Seq     int64
	LastSeq int64
	Output  []byte
	BlobRef *string
}

// TableName implements GORM's Tabler.
func (journalRow) TableName() string { return "journal" }

type signalRow struct {
	RunID     string
	ID        string
	Kind      string
	Payload   string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
}

// TableName implements GORM's Tabler.
func (signalRow) TableName() string { return "signals" }

// VoidLeases gives up all leases: what former processes held is free. What
// nobody held waits for its time. The one process that serves a SQLite database calls
// it at its start; on a database that others share it does nothing.
func (s *Store) VoidLeases(ctx context.Context) error {
	if s.Shared() {
		return nil
	}
	if err := s.voidMailboxes(ctx); err != nil {
		return err
	}
	if err := s.write.WithContext(ctx).Model(&replayItemRow{}).Where("state = ?", ItemRunning).Update("lease_until", 0).Error; err != nil {
		return err
	}
	return s.write.WithContext(ctx).Model(&runRow{}).Where("ended = 0 AND lease_owner <> ''").Update("lease_until", 0).Error
}

// Load implements [engine.Journal].
func (s *Store) Load(ctx context.Context, id string) (engine.Record, []run.Event, error) {
	record, err := s.Record(ctx, id)
	if err != nil {
		return engine.Record{}, nil, err
	}
	events, err := s.Events(ctx, id, 0, 0)
	return record, events, err
}

// Record gives a run without its events.
func (s *Store) Record(ctx context.Context, id string) (engine.Record, error) {
	var r runRow
	err := s.read.WithContext(ctx).Take(&r, "id = ? AND state <> ?", id, leaving).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return engine.Record{}, engine.ErrNotFound
	}
	if err != nil {
		return engine.Record{}, err
	}
	return s.toRecord(ctx, &r)
}

// LastSeq gives the seq of a run's last event.
func (s *Store) LastSeq(ctx context.Context, id string) (int64, error) {
	var next []int64
	if err := s.read.WithContext(ctx).Model(&runRow{}).Where("id = ? AND state <> ?", id, leaving).Pluck("next_seq", &next).Error; err != nil {
		return 0, err
	}
	if len(next) == 0 {
		return 0, engine.ErrNotFound
	}
	return next[0] - 1, nil
}

// RunSeqs gives the seq of the last event of each of the runs that there is.
func (s *Store) RunSeqs(ctx context.Context, ids []string) (map[string]int64, error) {
	var rows []runRow
	if err := s.read.WithContext(ctx).Select("id", "next_seq").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	seqs := make(map[string]int64, len(rows))
	for i := range rows {
		seqs[rows[i].ID] = rows[i].NextSeq - 1
	}
	return seqs, nil
}

func (s *Store) toRecord(ctx context.Context, r *runRow) (engine.Record, error) {
	out := engine.Record{
		ID: r.ID, Flow: r.FlowID, FlowName: r.FlowName, Version: r.FlowVersion, Digest: r.Digest, Trigger: r.TriggerNode,
		DryRun: r.DryRun, By: r.StartedBy, Parent: engine.Parent{Run: r.ParentRun, Step: r.ParentStep}, Root: r.RootRun, Depth: r.Depth, Created: fromMicro(r.CreatedAt), Epoch: r.LeaseEpoch, Owner: r.LeaseOwner,
	}
	if r.IngestKey != nil {
		out.IngestKey = *r.IngestKey
	}
	if r.RetryOf != nil {
		out.RetryOf = *r.RetryOf
	}
	out.Replay = engine.ReplayOf{Run: r.ReplayOf, Created: fromMicro(r.ReplayAt), Job: r.ReplayJob}
	data, err := s.content(ctx, r.Input, r.InputRef)
	if err != nil {
		return out, fmt.Errorf("input of run %s: %w", r.ID, err)
	}
	value, err := flow.ReadKept(data)
	if err != nil {
		return out, fmt.Errorf("input of run %s: %w", r.ID, err)
	}
	out.Data, _ = value.(map[string]any)
	return out, nil
}

func (s *Store) content(ctx context.Context, text, ref *string) ([]byte, error) {
	switch {
	case ref != nil:
		return s.blobs.Read(ctx, *ref, maxLoad)
	case text != nil:
		return []byte(*text), nil
	}
	return []byte("null"), nil
}

// Events gives a run's events after a seq, packed rows spread out: the first of
// them up to a limit, where it isn't 0.
func (s *Store) Events(ctx context.Context, id string, since int64, limit int) ([]run.Event, error) {
	query := s.read.WithContext(ctx).Where("run_id = ? AND last_seq > ?", id, since).Order("seq")
	if limit > 0 {
		query = query.Limit(limit) // a row holds at least one event
	}
	var rows []journalRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	var events []run.Event
	for i := range rows {
		data := rows[i].Output
		if rows[i].BlobRef != nil {
			var err error
			if data, err = s.blobs.Read(ctx, *rows[i].BlobRef, maxLoad); err != nil {
				return nil, fmt.Errorf("journal of run %s at %d: %w", id, rows[i].Seq, err)
			}
		}
		pack, err := run.DecodeEvents(data)
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", id, err)
		}
		for len(pack) > 0 && pack[0].Seq <= since {
			pack = pack[1:]
		}
		if events == nil {
			events = pack // most journals are one row or two
		} else {
			events = append(events, pack...)
		}
		if limit > 0 && len(events) >= limit {
			return events[:limit], nil
		}
	}
	return events, nil
}

// Claim implements [engine.Journal].
func (s *Store) Claim(ctx context.Context, owner string, lease time.Duration, limit int) ([]engine.Record, error) {
	var due int64
	if err := s.read.WithContext(ctx).Model(&runRow{}).Where("ended = 0 AND lease_until <= " + s.dialect.now).Limit(1).Count(&due).Error; err != nil || due == 0 {
		return nil, err // the common case costs the writer nothing
	}
	var rows []runRow
	err := s.write.WithContext(ctx).Raw(`UPDATE runs SET lease_owner = ?, lease_epoch = lease_epoch + 1, lease_until = `+s.dialect.now+` + ?
		WHERE id IN (SELECT id FROM runs WHERE ended = 0 AND lease_until <= `+s.dialect.now+` ORDER BY lease_until LIMIT ? `+s.dialect.unlocked+`) RETURNING id, lease_epoch`,
		owner, lease.Microseconds(), limit).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	records := make([]engine.Record, len(rows))
	for i := range rows {
		records[i] = engine.Record{ID: rows[i].ID, Epoch: rows[i].LeaseEpoch, Owner: owner}
	}
	return records, nil
}

// Held implements [engine.Journal].
func (s *Store) Held(ctx context.Context, owner string) ([]engine.Record, error) {
	var rows []runRow
	if err := s.read.WithContext(ctx).Select("id", "lease_epoch").Where("ended = 0 AND lease_owner = ?", owner).Find(&rows).Error; err != nil {
		return nil, err
	}
	records := make([]engine.Record, len(rows))
	for i := range rows {
		records[i] = engine.Record{ID: rows[i].ID, Epoch: rows[i].LeaseEpoch, Owner: owner}
	}
	return records, nil
}

// Renew implements [engine.Journal].
func (s *Store) Renew(ctx context.Context, owner string, lease time.Duration) error {
	// What is being changed is prolonged by that, unless it has most of its lease left; and
	// to wait for it could be for ever.
	return s.write.WithContext(ctx).Exec(`UPDATE runs SET lease_until = `+s.dialect.now+` + ?
		WHERE id IN (SELECT id FROM runs WHERE ended = 0 AND lease_owner = ? `+s.dialect.unlocked+`)`,
		lease.Microseconds(), owner).Error
}

// Prolong implements [engine.Journal].
func (s *Store) Prolong(ctx context.Context, id string, epoch int64, lease time.Duration) error {
	result := s.write.WithContext(ctx).Exec(`UPDATE runs SET lease_until = `+s.dialect.now+` + ? WHERE id = ? AND lease_epoch = ?`, lease.Microseconds(), id, epoch)
	if result.Error == nil && result.RowsAffected == 0 {
		return engine.ErrStale
	}
	return result.Error
}

// Release implements [engine.Journal].
func (s *Store) Release(ctx context.Context, id string, epoch int64, after time.Duration) error {
	return s.write.WithContext(ctx).Exec(`UPDATE runs SET lease_owner = ?, lease_until = `+s.dialect.now+` + ? WHERE id = ? AND lease_epoch = ?`,
		released, after.Microseconds(), id, epoch).Error
}

// released is the owner of a run that nobody can take up; of one that waits it is
// empty.
const released = "released"

// Park implements [engine.Journal].
func (s *Store) Park(ctx context.Context, id string, epoch int64, until time.Time) error {
	return s.write.WithContext(ctx).Exec(`UPDATE runs SET lease_owner = '', lease_until = `+s.dialect.now+` + ? WHERE id = ? AND lease_epoch = ?`, left(until), id, epoch).Error
}

// Called implements [engine.Journal].
func (s *Store) Called(ctx context.Context, root string, limit int) (n int, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT count(*) FROM (SELECT 1 FROM runs WHERE root_run = ? LIMIT ?) AS below`, root, limit).Scan(&n).Error
	return n, err
}

// Last implements [engine.Journal].
func (s *Store) Last(ctx context.Context, id string) (run.Event, error) {
	seq, err := s.LastSeq(ctx, id)
	if err != nil {
		return run.Event{}, err
	}
	events, err := s.Events(ctx, id, seq-1, 1)
	if err != nil {
		// Not to be read now is not gone: who called the run would take it for failed.
		return run.Event{}, err
	}
	if len(events) == 0 {
		return run.Event{}, engine.ErrNotFound
	}
	return events[0], nil
}

// Wake implements [engine.Journal].
func (s *Store) Wake(ctx context.Context, id string) error {
	return s.write.WithContext(ctx).Exec(`UPDATE runs SET lease_until = `+s.dialect.now+` WHERE id = ? AND ended = 0 AND lease_owner = '' AND lease_until > `+s.dialect.now, id).Error
}

// Drop implements [engine.Signals].
func (s *Store) Drop(ctx context.Context, runID, id string) error {
	return s.write.WithContext(ctx).Where("run_id = ? AND id = ?", runID, id).Delete(&signalRow{}).Error
}

// Signaled implements [engine.Signals].
func (s *Store) Signaled(ctx context.Context, behind string, limit int) (ids []string, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT DISTINCT s.run_id FROM signals s JOIN runs r ON r.id = s.run_id WHERE s.run_id > ? AND r.ended = 0 ORDER BY s.run_id LIMIT ?`, behind, limit).Scan(&ids).Error
	return ids, err
}

// Signal implements [engine.Signals].
func (s *Store) Signal(ctx context.Context, sig engine.Signal) error {
	payload, err := json.Marshal(sig.Payload)
	if err != nil {
		return err
	}
	row := signalRow{RunID: sig.RunID, ID: sig.ID, Kind: sig.Kind, Payload: string(payload), CreatedAt: time.Now().UnixMicro()}
	return s.change(ctx, Change{Action: "run." + sig.Kind, Object: "run", ObjectID: sig.RunID}, func(tx *gorm.DB) error {
		var known int64
		if err := tx.Model(&runRow{}).Where("id = ?", sig.RunID).Count(&known).Error; err != nil {
			return err
		}
		if known == 0 {
			return engine.ErrNotFound
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
	})
}

// Signals implements [engine.Signals].
func (s *Store) Signals(ctx context.Context, runID string) ([]engine.Signal, error) {
	var rows []signalRow
	if err := s.read.WithContext(ctx).Where("run_id = ?", runID).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]engine.Signal, len(rows))
	for i, r := range rows {
		payload, err := flow.ReadKept([]byte(r.Payload))
		if err != nil {
			return nil, err
		}
		list[i] = engine.Signal{RunID: r.RunID, ID: r.ID, Kind: r.Kind, Payload: payload}
	}
	return list, nil
}
