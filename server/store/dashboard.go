package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/dashboard"
)

const (
	// maxTallies is how many tallies are read that no chore added yet; it adds them within
	// a minute, and newer ones wait for that.
	maxTallies = 2000
	// slowestShown is how many steps are shown.
	slowestShown = 10
	// openRuns picks the live runs that go on. One that is unknown asks a person.
	openRuns = "ended = 0 AND state IN ('queued', 'running', 'waiting') AND " + liveRuns
	// liveRuns are those of published versions that have effects.
	liveRuns = "flow_version > 0 AND dry_run = 0 AND replay_of = ''"
)

// RunTotals implements [dashboard.Store].
func (s *Store) RunTotals(ctx context.Context, p *dashboard.Period, flow, label string) (*dashboard.Runs, error) {
	only, narrowed, err := s.onlyFlows(ctx, flow, label)
	if err != nil {
		return nil, err
	}
	r := &runReader{s: s, p: p, only: only, narrowed: narrowed, out: &dashboard.Runs{}}
	// What is read in one transaction is of one moment: what a tally says is then in the
	// totals or not yet, and never in both.
	err = s.read.WithContext(ctx).Transaction(r.read)
	return r.out, err
}

// onlyFlows gives the flows that are asked for; narrowed says that they aren't all.
func (s *Store) onlyFlows(ctx context.Context, flow, label string) (only []string, narrowed bool, err error) {
	if label == "" {
		return []string{flow}, flow != "", nil
	}
	if only, err = s.labeled(ctx, label); err != nil || flow == "" {
		return only, true, err
	}
	if slices.Contains(only, flow) {
		return []string{flow}, true, nil
	}
	return []string{}, true, nil
}

// runReader reads the totals of runs in one transaction.
type runReader struct {
	s        *Store
	p        *dashboard.Period
	only     []string
	narrowed bool
	late     *tally // what is in no total yet, by the span that is read
	out      *dashboard.Runs
}

func (r *runReader) span() string {
	if r.p.Bucket == time.Hour {
		return spanHour
	}
	return spanDay
}

// of narrows totals down to the span, the flows and a time.
func (r *runReader) of(tx *gorm.DB, from time.Time) *gorm.DB {
	query := tx.Where("span = ? AND at >= ? AND at < ?", r.span(), micro(from), micro(r.p.Until))
	return r.flows(query)
}

func (r *runReader) flows(query *gorm.DB) *gorm.DB {
	if r.narrowed {
		query = query.Where("flow_id IN ?", r.only)
	}
	return query
}

func (r *runReader) read(tx *gorm.DB) error {
	for _, part := range []func(tx *gorm.DB) error{r.readLate, r.readBuckets, r.readFlows, r.readSteps, r.readOpen} {
		if err := part(tx); err != nil {
			return err
		}
	}
	return nil
}

func (r *runReader) readLate(tx *gorm.DB) error {
	var rows []tallyRow
	if err := tx.Order("id").Limit(maxTallies).Find(&rows).Error; err != nil {
		return err
	}
	sum, err := sumOf(rows)
	if err != nil {
		return err
	}
	r.late = newTally()
	r.late.add(sum, func(hour int64) int64 {
		if r.p.Bucket == time.Hour {
			return hour
		}
		return dayOf(hour)
	})
	for k := range r.late.runs {
		if r.outside(k.At, k.Flow) {
			delete(r.late.runs, k)
		}
	}
	for k := range r.late.steps {
		if r.outside(k.At, k.Flow) || k.At < micro(r.p.From) {
			delete(r.late.steps, k)
		}
	}
	return nil
}

func (r *runReader) outside(at int64, flow string) bool {
	return at < micro(r.p.Before) || at >= micro(r.p.Until) || r.narrowed && !slices.Contains(r.only, flow)
}

func (r *runReader) readBuckets(tx *gorm.DB) error {
	var rows []runTotalRow
	if err := r.of(tx.Model(&runTotalRow{}), r.p.From).Select("at, state, CAST(sum(runs) AS BIGINT) AS runs, CAST(sum(took) AS BIGINT) AS took").Group("at, state").Scan(&rows).Error; err != nil {
		return err
	}
	for at := r.p.From; at.Before(r.p.Until); at = at.Add(r.p.Bucket) {
		r.out.Buckets = append(r.out.Buckets, dashboard.Bucket{At: at})
	}
	add := func(at int64, state string, runs, took int64) {
		if i := int(fromMicro(at).Sub(r.p.From) / r.p.Bucket); at >= micro(r.p.From) && i < len(r.out.Buckets) {
			r.out.Buckets[i].Add(state, int(runs), time.Duration(took)*time.Microsecond)
		}
	}
	for i := range rows {
		add(rows[i].At, rows[i].State, rows[i].Runs, rows[i].Took)
	}
	for k, sum := range r.late.runs {
		add(k.At, k.State, sum.Runs, sum.Took)
	}
	return nil
}

func (r *runReader) readFlows(tx *gorm.DB) error {
	var rows []struct {
		FlowID, State string
		Now           int64
		Runs, Took    int64
	}
	err := r.of(tx.Model(&runTotalRow{}), r.p.Before).
		Select("flow_id, state, CASE WHEN at >= ? THEN 1 ELSE 0 END AS now, CAST(sum(runs) AS BIGINT) AS runs, CAST(sum(took) AS BIGINT) AS took", micro(r.p.From)).
		Group("1, 2, 3").Scan(&rows).Error
	if err != nil {
		return err
	}
	flows := map[string]*dashboard.FlowRuns{}
	add := func(flow, state string, now bool, runs, took int64) {
		f := flows[flow]
		if f == nil {
			f = &dashboard.FlowRuns{Flow: flow}
			flows[flow] = f
		}
		long := time.Duration(took) * time.Microsecond
		if now {
			f.Add(state, int(runs), long)
			r.out.Add(state, int(runs), long)
			return
		}
		r.out.Before.Add(state, int(runs), long)
		if state == "succeeded" {
			f.Before += int(runs)
		}
	}
	for i := range rows {
		add(rows[i].FlowID, rows[i].State, rows[i].Now == 1, rows[i].Runs, rows[i].Took)
	}
	for k, sum := range r.late.runs {
		add(k.Flow, k.State, k.At >= micro(r.p.From), sum.Runs, sum.Took)
	}
	return r.nameFlows(tx, flows)
}

// nameFlows says of flows what they are called and what one run saves.
func (r *runReader) nameFlows(tx *gorm.DB, flows map[string]*dashboard.FlowRuns) error {
	var rows []flowRow
	if err := tx.Select("id", "name", "minutes_saved").Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		if f := flows[rows[i].ID]; f != nil {
			f.Name, f.MinutesSaved = rows[i].Name, rows[i].MinutesSaved
		}
	}
	for _, f := range flows {
		if f.Name == "" { // a flow that is gone is called what its last run says
			if err := tx.Model(&runRow{}).Where("flow_id = ?", f.Flow).Order("id DESC").Limit(1).Pluck("flow_name", &f.Name).Error; err != nil {
				return err
			}
		}
		r.out.Saved += f.Saved()
		r.out.SavedBefore += f.Before * f.MinutesSaved
		if f.MinutesSaved == 0 {
			r.out.Undeclared += f.Succeeded
		}
		if f.All() > 0 {
			r.out.Flows = append(r.out.Flows, *f)
		}
	}
	slices.SortFunc(r.out.Flows, func(a, b dashboard.FlowRuns) int {
		return cmp.Or(cmp.Compare(b.All(), a.All()), cmp.Compare(a.Flow, b.Flow))
	})
	return nil
}

// readOpen counts the runs that go on, and looks how far back runs are kept.
func (r *runReader) readOpen(tx *gorm.DB) error {
	var open int64
	if err := r.flows(tx.Model(&runRow{}).Where(openRuns)).Count(&open).Error; err != nil {
		return err
	}
	r.out.Open = int(open)
	var oldest []int64
	err := tx.Model(&runRow{}).Where("state <> ?", leaving).Order("id").Limit(1).Pluck("created_at", &oldest).Error
	if len(oldest) > 0 {
		r.out.Kept = fromMicro(oldest[0])
	}
	return err
}
