package store

import (
	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Who closed an alert or a case.
const (
	byFlow   = "flow"
	byPerson = "person"
)

// closer is who closes by an actor's doing.
func closer(by *cases.Actor) string {
	if by.Kind == byFlow {
		return byFlow
	}
	return byPerson
}

// takeUp notes when an alert was taken up first, by whomever and by a person, and who
// closed it. Taken up is what somebody has, works on, closed or took into a case.
func takeUp(tx *gorm.DB, before *alerts.Alert, w *alerts.Work) error {
	a := w.Alert
	set := map[string]any{}
	if before.Status != a.Status || before.Assignee != a.Assignee {
		// One that news opened again was taken up when it was closed, and by nobody now.
		if taken := a.Status != alerts.New || a.Assignee != "" && before.Status != alerts.Closed; taken {
			set["acked_at"] = firstTime("acked_at", w)
			if w.By.Kind != byFlow && w.By.Kind != "system" {
				set["person_at"] = firstTime("person_at", w)
			}
		}
		set["closed_by"] = ""
		if a.Status == alerts.Closed {
			set["closed_by"] = closer(&w.By)
		}
	}
	if len(set) == 0 || before.Status == a.Status && a.Status == alerts.Closed { // only handed on
		return nil
	}
	return tx.Model(&alertRow{}).Where("id = ?", a.ID).UpdateColumns(set).Error
}

// firstTime is the time of the work where a column has none.
func firstTime(column string, w *alerts.Work) any {
	return gorm.Expr("CASE WHEN "+column+" = 0 THEN ? ELSE "+column+" END", micro(w.At))
}

// noteCloser notes who closed a case: by the entry that says so, where this work has one.
func noteCloser(tx *gorm.DB, w *cases.Work) error {
	c := w.Case
	if c.Status != cases.Closed {
		return tx.Model(&caseRow{}).Where("id = ? AND closed_by <> ''", c.ID).UpdateColumn("closed_by", "").Error
	}
	return tx.Model(&caseRow{}).Where("id = ? AND closed_by = ''", c.ID).UpdateColumn("closed_by", closer(&w.By)).Error
}

// pickTime narrows a query down to a time.
func pickTime(query *gorm.DB, column string, in cases.Between) *gorm.DB {
	if !in.From.IsZero() {
		query = query.Where(column+" >= ?", micro(in.From))
	}
	if !in.Until.IsZero() {
		query = query.Where(column+" < ?", micro(in.Until))
	}
	return query
}

// pickClosed narrows a query down to what was closed in a time, and by whom.
func pickClosed(query *gorm.DB, table string, in cases.Between, by string) *gorm.DB {
	if in != (cases.Between{}) {
		query = pickTime(query.Where(table+".closed_at > 0"), table+".closed_at", in)
	}
	if by != "" {
		query = query.Where(table+".closed_by = ?", by)
	}
	return query
}
