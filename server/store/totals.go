package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Spans of totals.
const (
	spanHour = "hour"
	spanDay  = "day"
	// hoursStay is for how long totals by the hour are kept: those of the day before last
	// are asked for.
	hoursStay = 3 * 24 * time.Hour
	// daysStay is the same for those by the day: those of the longest period and of the one
	// before are asked for, and a clock that was set back must not lose any.
	daysStay = (2*90 + 20) * 24 * time.Hour
)

type tallyRow struct {
	ID      int64 `gorm:"primaryKey"`
	Content string
}

// TableName implements GORM's Tabler.
func (tallyRow) TableName() string { return "tallies" }

type runTotalRow struct {
	Span   string `gorm:"primaryKey"`
	At     int64  `gorm:"primaryKey;autoIncrement:false"`
	FlowID string `gorm:"primaryKey"`
	State  string `gorm:"primaryKey"`
	Runs   int64
	Took   int64
}

// TableName implements GORM's Tabler.
func (runTotalRow) TableName() string { return "run_totals" }

type stepTotalRow struct {
	Span    string `gorm:"primaryKey"`
	At      int64  `gorm:"primaryKey;autoIncrement:false"`
	FlowID  string `gorm:"primaryKey"`
	Node    string `gorm:"primaryKey"`
	Action  string `gorm:"primaryKey"`
	Calls   int64
	Failed  int64
	Took    int64
	Longest int64
	Spread  string
}

// TableName implements GORM's Tabler.
func (stepTotalRow) TableName() string { return "step_totals" }

// AddTallies adds up to limit tallies to the totals, in one transaction, and gives how many
// there were. What a tally says is in the one or the other, and never in both. Hours that
// nobody asks for any more at a time are left out.
func (s *Store) AddTallies(ctx context.Context, now time.Time, limit int) (n int, err error) {
	var one []int64
	if err := s.read.WithContext(ctx).Model(&tallyRow{}).Limit(1).Pluck("id", &one).Error; err != nil || len(one) == 0 {
		return 0, err // a quiet server writes nothing
	}
	err = s.alone(ctx, func(tx *gorm.DB) error {
		var rows []tallyRow
		if err := tx.Raw("DELETE FROM tallies WHERE id IN (SELECT id FROM tallies ORDER BY id LIMIT ?) RETURNING id, content", limit).Scan(&rows).Error; err != nil {
			return err
		}
		n = len(rows)
		sum, err := sumOf(rows)
		if err != nil {
			return err
		}
		days := newTally()
		days.add(sum, dayOf)
		sum.forget(micro(now.Add(-hoursStay)))
		for _, part := range []struct {
			span string
			*tally
		}{{spanHour, sum}, {spanDay, days}} {
			if err := addRuns(tx, part.span, part.tally); err != nil {
				return err
			}
			if err := addSteps(tx, part.span, part.tally); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func sumOf(rows []tallyRow) (*tally, error) {
	sum := newTally()
	for i := range rows {
		one, err := decodeTally(rows[i].Content)
		if err != nil {
			return nil, err
		}
		sum.add(one, func(hour int64) int64 { return hour })
	}
	return sum, nil
}

// totalsAWrite is how many rows of totals one statement writes.
const totalsAWrite = 100

func addRuns(tx *gorm.DB, span string, t *tally) error {
	rows := make([]runTotalRow, 0, len(t.runs))
	for k, sum := range t.runs {
		rows = append(rows, runTotalRow{span, k.At, k.Flow, k.State, sum.Runs, sum.Took})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "span"}, {Name: "at"}, {Name: "flow_id"}, {Name: "state"}},
		DoUpdates: clause.Assignments(map[string]any{
			"runs": gorm.Expr("run_totals.runs + excluded.runs"), "took": gorm.Expr("run_totals.took + excluded.took"),
		}),
	}).CreateInBatches(rows, totalsAWrite).Error
}

// addSteps reads what there is of the same hour or day, because a spread isn't added by SQL.
func addSteps(tx *gorm.DB, span string, t *tally) error {
	there := map[int64]map[stepKey]*stepTotalRow{}
	rows := make([]stepTotalRow, 0, len(t.steps))
	for k, sum := range t.steps {
		if there[k.At] == nil {
			var err error
			if there[k.At], err = stepsAt(tx, span, k.At); err != nil {
				return err
			}
		}
		all := *sum
		if row := there[k.At][k]; row != nil {
			var err error
			if all, err = row.sum(); err != nil {
				return err
			}
			all.add(sum)
		}
		text, err := json.Marshal(all.Spread)
		if err != nil {
			return err
		}
		rows = append(rows, stepTotalRow{span, k.At, k.Flow, k.Node, k.Action, all.Calls, all.Failed, all.Took, all.Longest, string(text)})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(rows, totalsAWrite).Error
}

// stepsAt are the totals of steps of an hour or a day.
func stepsAt(tx *gorm.DB, span string, at int64) (map[stepKey]*stepTotalRow, error) {
	var rows []stepTotalRow
	if err := tx.Where("span = ? AND at = ?", span, at).Find(&rows).Error; err != nil {
		return nil, err
	}
	there := make(map[stepKey]*stepTotalRow, len(rows))
	for i := range rows {
		r := &rows[i]
		there[stepKey{at, r.FlowID, r.Node, r.Action}] = r
	}
	return there, nil
}

func (r *stepTotalRow) sum() (stepSum, error) {
	sum := stepSum{Calls: r.Calls, Failed: r.Failed, Took: r.Took, Longest: r.Longest, Spread: spread{}}
	err := json.Unmarshal([]byte(r.Spread), &sum.Spread)
	return sum, err
}

// ForgetTotals removes totals by the hour and by the day that nobody asks for any more.
func (s *Store) ForgetTotals(ctx context.Context, now time.Time) error {
	for span, stay := range map[string]time.Duration{spanHour: hoursStay, spanDay: daysStay} {
		before := micro(now.Add(-stay))
		for _, row := range []any{&runTotalRow{}, &stepTotalRow{}} {
			if err := s.write.WithContext(ctx).Where("span = ? AND at < ?", span, before).Delete(row).Error; err != nil {
				return err
			}
		}
	}
	return nil
}
