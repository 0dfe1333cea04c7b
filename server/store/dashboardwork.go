package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/dashboard"
)

// lasting picks rows of a table; took is how long each took, as an expression of columns.
type lasting struct {
	table, where, took string
	args               []any
}

// during picks what has a time in a period.
func during(column string, from, until time.Time) (where string, args []any) {
	return column + " >= ? AND " + column + " < ?", []any{micro(from), micro(until)}
}

// times counts what a condition picks, with the mean and the median of how long it took:
// of an even number the lesser of the two in the middle.
func times(tx *gorm.DB, of lasting) (t dashboard.Times, err error) {
	var sum struct {
		N    int
		Took int64
	}
	err = tx.Table(of.table).Where(of.where, of.args...).Select("count(*) AS n, CAST(COALESCE(sum(" + of.took + "), 0) AS BIGINT) AS took").Scan(&sum).Error
	if err != nil || sum.N == 0 {
		return t, err
	}
	var middle []int64
	err = tx.Table(of.table).Where(of.where, of.args...).Order(of.took).Offset((sum.N-1)/2).Limit(1).Pluck(of.took, &middle).Error
	t = dashboard.Times{Count: sum.N, Mean: microseconds(sum.Took / int64(sum.N))}
	if len(middle) > 0 {
		t.Median = microseconds(middle[0])
	}
	return t, err
}

// count counts rows of a table.
func count(tx *gorm.DB, table, where string, args ...any) (int, error) {
	var n int64
	err := tx.Table(table).Where(where, args...).Count(&n).Error
	return int(n), err
}

// reading does one reading after the other until one fails.
func reading(parts ...func() error) error {
	for _, part := range parts {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// closures counts what was closed in a period, by why.
func closures(tx *gorm.DB, table, reason string, p *dashboard.Period) (list []dashboard.Closures, byFlow int, err error) {
	where, args := during("closed_at", p.From, p.Until)
	err = tx.Table(table).Where("closed_at > 0 AND "+where, args...).
		Select(reason + " AS reason, count(*) AS count, CAST(sum(CASE WHEN closed_by = 'flow' THEN 1 ELSE 0 END) AS BIGINT) AS by_flow").Group(reason).Scan(&list).Error
	slices.SortFunc(list, func(a, b dashboard.Closures) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Reason, b.Reason))
	})
	for i := range list {
		if list[i].Reason != cases.Merged { // as [notMerged] does
			byFlow += list[i].ByFlow
		}
	}
	return list, byFlow, err
}

// AlertTotals implements [dashboard.Store].
func (s *Store) AlertTotals(ctx context.Context, p *dashboard.Period) (*dashboard.Alerts, error) {
	tx := s.read.WithContext(ctx)
	a := &dashboard.Alerts{}
	received, now := during("created_at", p.From, p.Until)
	_, before := during("created_at", p.Before, p.From)
	closed, closedBefore := lasting{table: "alerts", took: "closed_at - created_at"}, lasting{table: "alerts", took: "closed_at - created_at"}
	closed.where, closed.args = during("closed_at", p.From, p.Until)
	closedBefore.where, closedBefore.args = during("closed_at", p.Before, p.From)
	closed.where, closedBefore.where = "closed_at > 0 AND "+closed.where, "closed_at > 0 AND "+closedBefore.where
	return a, reading(
		func() (err error) { a.Open, err = count(tx, "alerts", "status IN ('new', 'in_progress')"); return err },
		func() (err error) { a.Received, err = count(tx, "alerts", received, now...); return err },
		func() (err error) { a.Before.Received, err = count(tx, "alerts", received, before...); return err },
		func() (err error) {
			a.Taken, err = times(tx, lasting{"alerts", received + " AND acked_at > 0", "acked_at - created_at", now})
			return err
		},
		func() (err error) {
			a.ByPerson, err = times(tx, lasting{"alerts", received + " AND person_at > 0", "person_at - created_at", now})
			return err
		},
		func() (err error) {
			a.Before.Taken, err = times(tx, lasting{"alerts", received + " AND acked_at > 0", "acked_at - created_at", before})
			return err
		},
		func() (err error) { a.Closed, err = times(tx, closed); return err },
		func() (err error) { a.Before.Closed, err = times(tx, closedBefore); return err },
		func() (err error) { a.Reasons, a.ByFlow, err = closures(tx, "alerts", "reason", p); return err },
	)
}

// notMerged leaves out the cases that went on in others.
const notMerged = "closed_at > 0 AND resolution <> '" + cases.Merged + "' AND "

// CaseTotals implements [dashboard.Store].
func (s *Store) CaseTotals(ctx context.Context, p *dashboard.Period) (*dashboard.Cases, error) {
	tx := s.read.WithContext(ctx)
	c := &dashboard.Cases{}
	opened, now := during("created_at", p.From, p.Until)
	_, before := during("created_at", p.Before, p.From)
	closed, args := during("closed_at", p.From, p.Until)
	_, argsBefore := during("closed_at", p.Before, p.From)
	err := reading(
		func() (err error) {
			c.Open, err = count(tx, "cases", "status IN ('open', 'in_progress', 'pending')")
			return err
		},
		func() (err error) { c.Opened, err = count(tx, "cases", opened, now...); return err },
		func() (err error) { c.Before.Opened, err = count(tx, "cases", opened, before...); return err },
		func() (err error) {
			c.Closed, err = times(tx, lasting{"cases", notMerged + closed, "closed_at - created_at", args})
			return err
		},
		func() (err error) {
			c.Before.Closed, err = times(tx, lasting{"cases", notMerged + closed, "closed_at - created_at", argsBefore})
			return err
		},
		func() (err error) { c.Resolutions, c.ByFlow, err = closures(tx, "cases", "resolution", p); return err },
	)
	return c, err
}

// ApprovalTotals implements [dashboard.Store].
func (s *Store) ApprovalTotals(ctx context.Context, p *dashboard.Period, now time.Time) (*dashboard.Approvals, error) {
	tx := s.read.WithContext(ctx)
	a := &dashboard.Approvals{}
	answered := func(from, until time.Time) lasting {
		where, args := during("closed_at", from, until)
		return lasting{"questions", "live = 1 AND state IN ('approved', 'rejected', 'answered') AND " + where, "closed_at - asked_at", args}
	}
	return a, reading(
		func() (err error) {
			a.Waiting, err = times(tx, lasting{"questions", "state = 'open'", strconv.FormatInt(micro(now), 10) + " - asked_at", nil})
			return err
		},
		func() (err error) { a.Answered, err = times(tx, answered(p.From, p.Until)); return err },
		func() (err error) { a.Before, err = times(tx, answered(p.Before, p.From)); return err },
	)
}
