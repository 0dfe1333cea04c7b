package store

import (
	"context"
	"time"
)

// Load is how much waits, whichever server will do it.
type Load struct {
	// Open are the runs that have not ended, by state.
	Open map[string]int64
	// Due are runs whose time has come and that nobody has taken up yet.
	Due int64
	// Leases are those of runs that some server has; Expired those whose server is late.
	Leases, Expired int64
	// Signals are messages to runs that were not taken yet.
	Signals int64
	// Questions are open ones to people.
	Questions int64
	// ReplayJobs are those that go on, Replays the runs that are left to them.
	ReplayJobs, Replays int64
}

// leasesWithin is how far ahead leases are counted: those of runs that are at work, and
// not those that wait for weeks.
const leasesWithin = time.Hour

// CountLoad counts what waits. All of it is read from indexes of what is open.
func (s *Store) CountLoad(ctx context.Context) (Load, error) {
	l := Load{Open: map[string]int64{}}
	read := s.read.WithContext(ctx)
	var states []struct {
		State string
		N     int64
	}
	err := read.Raw(`SELECT state, count(*) AS n FROM runs WHERE ended = 0 AND replay_of = '' GROUP BY state`).Scan(&states).Error
	if err != nil {
		return l, err
	}
	for _, open := range states {
		l.Open[open.State] = open.N
	}
	now := s.dialect.now
	for _, count := range []struct {
		into      *int64
		statement string
		args      []any
	}{
		{&l.Due, `SELECT count(*) FROM runs WHERE ended = 0 AND lease_until <= ` + now + ` AND lease_owner = ''`, nil},
		{&l.Expired, `SELECT count(*) FROM runs WHERE ended = 0 AND lease_until <= ` + now + ` AND lease_owner <> ''`, nil},
		{&l.Leases, `SELECT count(*) FROM runs WHERE ended = 0 AND lease_until > ` + now + ` AND lease_until < ` + now + ` + ? AND lease_owner <> ''`, []any{leasesWithin.Microseconds()}},
		{&l.Signals, `SELECT count(*) FROM signals`, nil},
		{&l.Questions, `SELECT count(*) FROM questions WHERE state = 'open'`, nil},
		{&l.ReplayJobs, `SELECT count(*) FROM replay_jobs WHERE state = ?`, []any{JobRunning}},
		{&l.Replays, `SELECT count(*) FROM replay_items i JOIN replay_jobs j ON j.id = i.job_id WHERE j.state = ? AND i.state IN (?, ?)`, []any{JobRunning, ItemPending, ItemRunning}},
	} {
		if err := read.Raw(count.statement, count.args...).Scan(count.into).Error; err != nil {
			return l, err
		}
	}
	return l, nil
}
