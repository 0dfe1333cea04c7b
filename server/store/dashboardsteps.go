package store

import (
	"cmp"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/dashboard"
)

// readSteps finds the steps that are the slowest by their mean, and reads for these alone
// how their times are spread.
func (r *runReader) readSteps(tx *gorm.DB) error {
	var rows []stepTotalRow
	err := r.of(tx.Model(&stepTotalRow{}), r.p.From).
		Select("flow_id, node, action, CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(failed) AS BIGINT) AS failed, CAST(sum(took) AS BIGINT) AS took, max(longest) AS longest").
		Group("flow_id, node, action").Scan(&rows).Error
	if err != nil {
		return err
	}
	all := newTally()
	for i := range rows {
		x := &rows[i]
		all.step(stepKey{0, x.FlowID, x.Node, x.Action}).add(&stepSum{Calls: x.Calls, Failed: x.Failed, Took: x.Took, Longest: x.Longest})
	}
	for k, sum := range r.late.steps {
		all.step(stepKey{0, k.Flow, k.Node, k.Action}).add(sum)
	}
	for _, k := range slowest(all) {
		if err := r.readStep(tx, k, all.steps[k]); err != nil {
			return err
		}
	}
	return nil
}

// slowest are the keys of the steps with the longest mean.
func slowest(all *tally) []stepKey {
	keys := make([]stepKey, 0, len(all.steps))
	for k := range all.steps {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b stepKey) int {
		return cmp.Or(cmp.Compare(all.steps[b].mean(), all.steps[a].mean()), cmp.Compare(a.Flow, b.Flow), cmp.Compare(a.Node, b.Node), cmp.Compare(a.Action, b.Action))
	})
	return keys[:min(len(keys), slowestShown)]
}

func (s *stepSum) mean() int64 { return s.Took / max(s.Calls, 1) }

// readStep adds one step to what is shown.
func (r *runReader) readStep(tx *gorm.DB, k stepKey, sum *stepSum) error {
	var rows []stepTotalRow
	if err := r.of(tx, r.p.From).Where("flow_id = ? AND node = ? AND action = ?", k.Flow, k.Node, k.Action).Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		one, err := rows[i].sum()
		if err != nil {
			return err
		}
		sum.add(&stepSum{Spread: one.Spread})
	}
	step := dashboard.StepTimes{
		Flow: k.Flow, Node: k.Node, Action: k.Action, Calls: int(sum.Calls), Failed: int(sum.Failed),
		Mean: microseconds(sum.mean()), P95: microseconds(min(sum.Spread.quantile(0.95), sum.Longest)), Longest: microseconds(sum.Longest),
	}
	for i := range r.out.Flows {
		if r.out.Flows[i].Flow == k.Flow {
			step.FlowName = r.out.Flows[i].Name
		}
	}
	r.out.Steps = append(r.out.Steps, step)
	return nil
}

func microseconds(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
