package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// ReplayJob is a version or draft of a flow that is tried against past runs.
type ReplayJob struct {
	ID      string
	Flow    string
	Version int // 0 is a draft
	Digest  string
	Query   string // JSON, as it was asked
	State   string // one of the states below
	Message string
	Total   int
	// Counts are the items by their state.
	Counts    map[string]int
	CreatedBy string
	// Creator is that person or token by id.
	Creator string
	Created time.Time
	Ended   time.Time
}

// States of jobs.
const (
	JobRunning   = "running"
	JobSucceeded = "succeeded"
	JobFailed    = "failed"
	JobCanceled  = "canceled"
)

// ReplayItem is one run that a job replays.
type ReplayItem struct {
	Job    string
	Place  int
	Run    string
	Replay string // the run that replays it
	State  string // one of the states below
	Result string // JSON
	Owner  string // who took it last
}

// JobLimits are how many jobs may be under way at once: in all, and of one person.
type JobLimits struct{ All, Each int }

// TooManyJobsError says that as many jobs are under way as may be.
type TooManyJobsError struct {
	Limit int
	Yours bool // they are those of who asked
}

// Error implements the error interface.
func (e *TooManyJobsError) Error() string {
	whose := ""
	if e.Yours {
		whose = " of yours"
	}
	return fmt.Sprintf("%d replays of past runs%s are under way, which is the most: wait for one, or stop it", e.Limit, whose)
}

// States of items.
const (
	ItemPending = "pending"
	ItemRunning = "running"
	ItemSame    = "same"
	ItemChanged = "changed"
	ItemFailed  = "failed"
)

// ErrNoJob says that there is no such job.
var ErrNoJob = errors.New("there is no such replay of past runs")

type replayJobRow struct {
	ID        string `gorm:"primaryKey"`
	FlowID    string
	Version   int
	Digest    string
	Query     string
	State     string
	Message   string
	Total     int
	CreatedBy string
	Creator   string
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	EndedAt   int64
}

// TableName implements GORM's Tabler.
func (replayJobRow) TableName() string { return "replay_jobs" }

type replayItemRow struct {
	JobID  string
	Place  int
	RunID  string
	Replay string
	State  string
	Result string
	Owner  string
	// LeaseUntil is until when an item is its owner's.
	LeaseUntil int64
}

// TableName implements GORM's Tabler.
func (replayItemRow) TableName() string { return "replay_items" }

// CreateReplayJob keeps a job with the runs that it replays. The error is a
// [*TooManyJobsError] where as many are under way as may be.
func (s *Store) CreateReplayJob(ctx context.Context, j ReplayJob, runs []string, most JobLimits) error {
	row := replayJobRow{
		ID: j.ID, FlowID: j.Flow, Version: j.Version, Digest: j.Digest, Query: j.Query, State: JobRunning, Total: len(runs),
		CreatedBy: j.CreatedBy, Creator: j.Creator, CreatedAt: micro(j.Created),
	}
	items := make([]replayItemRow, len(runs))
	for i, id := range runs {
		items[i] = replayItemRow{JobID: j.ID, Place: i, RunID: id, State: ItemPending}
	}
	detail := map[string]any{"job": j.ID, "runs": len(runs), "version": j.Version}
	return s.change(ctx, Change{Action: "flow.replay", Object: "flow", ObjectID: j.Flow, Detail: detail}, func(tx *gorm.DB) error {
		if err := roomForJob(tx, j.Creator, most); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil || len(items) == 0 {
			return err
		}
		return tx.CreateInBatches(items, 100).Error
	})
}

// roomForJob counts what is under way. Two that are made at the same moment may both
// find room: it is a bound of load, not of rights.
func roomForJob(tx *gorm.DB, by string, most JobLimits) error {
	var running struct{ All, Yours int }
	err := tx.Raw(`SELECT count(*) AS "all", count(CASE WHEN creator = ? THEN 1 END) AS yours FROM replay_jobs WHERE state = ?`, by, JobRunning).Scan(&running).Error
	switch {
	case err != nil:
		return err
	case running.Yours >= most.Each:
		return &TooManyJobsError{most.Each, true}
	case running.All >= most.All:
		return &TooManyJobsError{most.All, false}
	}
	return nil
}

// ReplayJob gives a job with the counts of its items.
func (s *Store) ReplayJob(ctx context.Context, id string) (ReplayJob, error) {
	var row replayJobRow
	err := s.read.WithContext(ctx).Take(&row, "id = ?", id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ReplayJob{}, ErrNoJob
	}
	if err != nil {
		return ReplayJob{}, err
	}
	return s.counted(ctx, &row)
}

func (s *Store) counted(ctx context.Context, row *replayJobRow) (ReplayJob, error) {
	var counts []struct {
		State string
		N     int
	}
	err := s.read.WithContext(ctx).Raw(`SELECT state, count(*) AS n FROM replay_items WHERE job_id = ? GROUP BY state`, row.ID).Scan(&counts).Error
	j := ReplayJob{
		ID: row.ID, Flow: row.FlowID, Version: row.Version, Digest: row.Digest, Query: row.Query, State: row.State, Message: row.Message, Total: row.Total,
		Counts: map[string]int{}, CreatedBy: row.CreatedBy, Creator: row.Creator, Created: fromMicro(row.CreatedAt), Ended: fromMicro(row.EndedAt),
	}
	for _, c := range counts {
		j.Counts[c.State] = c.N
	}
	return j, err
}

// ReplayJobs lists the newest jobs of a flow.
func (s *Store) ReplayJobs(ctx context.Context, flow string, limit int) ([]ReplayJob, error) {
	var rows []replayJobRow
	if err := s.read.WithContext(ctx).Where("flow_id = ?", flow).Order("id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return s.countedAll(ctx, rows)
}

// RunningReplayJobs lists the jobs that have not ended, oldest first.
func (s *Store) RunningReplayJobs(ctx context.Context) ([]ReplayJob, error) {
	var rows []replayJobRow
	if err := s.read.WithContext(ctx).Where("state = ?", JobRunning).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	return s.countedAll(ctx, rows)
}

func (s *Store) countedAll(ctx context.Context, rows []replayJobRow) ([]ReplayJob, error) {
	list := make([]ReplayJob, len(rows))
	for i := range rows {
		var err error
		if list[i], err = s.counted(ctx, &rows[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ReplayItems lists items of a job behind a place, in the order of its runs; of the
// given states, where there are any.
func (s *Store) ReplayItems(ctx context.Context, job string, states []string, behind, limit int) ([]ReplayItem, error) {
	query := s.read.WithContext(ctx).Where("job_id = ? AND place > ?", job, behind).Order("place").Limit(limit)
	if len(states) > 0 {
		query = query.Where("state IN ?", states)
	}
	var rows []replayItemRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]ReplayItem, len(rows))
	for i, r := range rows {
		list[i] = ReplayItem{Job: r.JobID, Place: r.Place, Run: r.RunID, Replay: r.Replay, State: r.State, Result: r.Result, Owner: r.Owner}
	}
	return list, nil
}

// TakeReplayItem takes the next item of a running job for an owner, for as long as the
// lease; ok is false where none is left. An item is one owner's at a time: it is taken
// from another whose lease has ended.
func (s *Store) TakeReplayItem(ctx context.Context, job, owner string, lease time.Duration) (item ReplayItem, ok bool, err error) {
	free := `job_id = @job AND (state = @pending OR state = @running AND lease_until < ` + s.dialect.now + `)`
	var rows []replayItemRow
	err = s.write.WithContext(ctx).Raw(`UPDATE replay_items SET state = @running, owner = @owner, lease_until = `+s.dialect.now+` + @lease WHERE `+free+`
		AND place = (SELECT min(place) FROM replay_items WHERE `+free+`)
		AND EXISTS (SELECT 1 FROM replay_jobs WHERE id = @job AND state = @running) RETURNING job_id, place, run_id`,
		sql.Named("job", job), sql.Named("owner", owner), sql.Named("lease", lease.Microseconds()), sql.Named("pending", ItemPending), sql.Named("running", ItemRunning)).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return ReplayItem{}, false, err
	}
	return ReplayItem{Job: rows[0].JobID, Place: rows[0].Place, Run: rows[0].RunID, State: ItemRunning, Owner: owner}, true, nil
}

// SetReplayItem keeps what became of an item that is still its owner's. What comes from
// one whom it was taken from is nothing any more.
func (s *Store) SetReplayItem(ctx context.Context, i ReplayItem) error {
	return s.write.WithContext(ctx).Model(&replayItemRow{}).Where("job_id = ? AND place = ? AND state = ? AND owner = ?", i.Job, i.Place, ItemRunning, i.Owner).
		Updates(map[string]any{"replay": i.Replay, "state": i.State, "result": i.Result}).Error
}

// EndReplayJob ends a job that runs, and says whether it did.
func (s *Store) EndReplayJob(ctx context.Context, id, state, message string, at time.Time) (bool, error) {
	done := s.write.WithContext(ctx).Model(&replayJobRow{}).Where("id = ? AND state = ?", id, JobRunning).
		Updates(map[string]any{"state": state, "message": message, "ended_at": micro(at)})
	return done.RowsAffected == 1, done.Error
}

// ForgetReplayJobs removes the jobs that were made before a time. Their runs stay for
// as long as runs do.
func (s *Store) ForgetReplayJobs(ctx context.Context, before time.Time) error {
	return s.write.WithContext(ctx).Where("created_at < ? AND state <> ?", micro(before), JobRunning).Delete(&replayJobRow{}).Error
}

// PastRuns gives the ids of ended runs of a flow that nobody called and that replay
// nothing, newest first.
func (s *Store) PastRuns(ctx context.Context, flow string, states []string, since, until time.Time, limit int) (ids []string, err error) {
	query := s.read.WithContext(ctx).Model(&runRow{}).Where("flow_id = ? AND ended = 1 AND state <> ? AND replay_of = '' AND parent_run = ''", flow, leaving).Order("id DESC").Limit(limit)
	if len(states) > 0 {
		query = query.Where("state IN ?", states)
	}
	if !since.IsZero() {
		query = query.Where("created_at >= ?", micro(since))
	}
	if !until.IsZero() {
		query = query.Where("created_at < ?", micro(until))
	}
	err = query.Pluck("id", &ids).Error
	return ids, err
}
