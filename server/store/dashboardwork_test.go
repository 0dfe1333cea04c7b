package store

import (
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/dashboard"
	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// desk works alerts and cases at times of its own.
type desk struct {
	t      *testing.T
	s      *Store
	now    time.Time
	alerts *alerts.Service
	cases  *cases.Service
}

func newDesk(t *testing.T, s *Store) *desk {
	d := &desk{t: t, s: s}
	now := func() time.Time { return d.now }
	d.cases = cases.NewService(s, s, now, func(string) {})
	d.alerts = alerts.NewService(alerts.Config{Store: s, Cases: d.cases, Now: now, Changed: func(string) {}})
	return d
}

var (
	analyst = cases.Actor{ID: "u", Name: "analyst", Kind: "user"}
	triage  = cases.Actor{ID: "f", Name: "Triage", Kind: "flow"}
)

func (d *desk) receive(ago time.Duration, title string) string {
	d.t.Helper()
	d.now = noon.Add(-ago)
	a, err := d.alerts.Receive(d.t.Context(), triage, &alerts.Incoming{Event: map[string]any{"title": title, "severity": "high", "source": "edr"}})
	if err != nil {
		d.t.Fatal(err)
	}
	return a.ID
}

func (d *desk) edit(ago time.Duration, by cases.Actor, id string, e alerts.Edit) {
	d.t.Helper()
	d.now = noon.Add(-ago)
	if _, err := d.alerts.Update(d.t.Context(), by, id, "", &e); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) closeCase(ago time.Duration, by cases.Actor, id, resolution string) {
	d.t.Helper()
	d.now = noon.Add(-ago)
	closed := cases.Closed
	if _, err := d.cases.Update(d.t.Context(), by, id, "", &cases.Edit{Status: &closed, Resolution: &resolution}, ""); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) open(ago time.Duration, title string) string {
	d.t.Helper()
	d.now = noon.Add(-ago)
	c, err := d.cases.Open(d.t.Context(), analyst, cases.Opening{Edit: cases.Edit{Title: &title}})
	if err != nil {
		d.t.Fatal(err)
	}
	return c.ID
}

// TestDashboardAlerts holds MTTA, MTTR and reasons to the queue of alerts.
func TestDashboardAlerts(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *Store) {
		d := newDesk(t, s)
		closed, progress, fp, tp := alerts.Closed, alerts.InProgress, "false_positive", "true_positive"
		none, severity := "", "low"
		first, second, third, fourth := d.receive(10*time.Hour, "a"), d.receive(9*time.Hour, "b"), d.receive(8*time.Hour, "c"), d.receive(8*24*time.Hour, "d")
		d.receive(7*time.Hour, "e")
		d.edit(10*time.Hour-time.Minute, triage, first, alerts.Edit{Status: &closed, Reason: &fp}) // by a flow after a minute
		d.edit(9*time.Hour-10*time.Minute, analyst, second, alerts.Edit{Severity: &severity})      // that takes up nothing
		d.edit(8*time.Hour, analyst, second, alerts.Edit{Assignee: &analyst.ID, AssigneeName: &analyst.Name})
		d.edit(7*time.Hour, analyst, second, alerts.Edit{Status: &closed, Reason: &tp})
		d.edit(7*time.Hour, analyst, third, alerts.Edit{Status: &progress})
		d.edit(6*time.Hour, analyst, first, alerts.Edit{Assignee: &none, AssigneeName: &none}) // nothing changes
		d.edit(time.Hour, analyst, fourth, alerts.Edit{Status: &closed, Reason: &tp})

		v := lookAt(t, s, dashboard.Query{Period: "7d"})
		a := v.Alerts
		if a.Open != 2 || a.Received != 4 || a.Before.Received != 1 {
			t.Errorf("alerts are %+v", a)
		}
		want := dashboard.Times{Count: 3, Mean: 121 * time.Minute / 3, Median: time.Hour}
		if a.Taken != want || a.ByPerson != (dashboard.Times{Count: 2, Mean: time.Hour, Median: time.Hour}) {
			t.Errorf("taken up in %+v, by people in %+v", a.Taken, a.ByPerson)
		}
		if a.Closed.Count != 3 || a.Closed.Median != 2*time.Hour || a.ByFlow != 1 || len(a.Reasons) != 2 || a.Reasons[0] != (dashboard.Closures{Reason: tp, Count: 2}) || a.Reasons[1] != (dashboard.Closures{Reason: fp, Count: 1, ByFlow: 1}) {
			t.Errorf("closed are %+v, %+v, %d by flows", a.Closed, a.Reasons, a.ByFlow)
		}
		period := cases.Between{From: v.Period.From, Until: v.Period.Until}
		for name, c := range map[string]struct {
			q    alerts.Query
			want int
		}{
			"received": {alerts.Query{Received: period}, a.Received}, "taken": {alerts.Query{Received: period, Taken: "any"}, a.Taken.Count}, "by people": {alerts.Query{Received: period, Taken: "person"}, a.ByPerson.Count},
			"closed": {alerts.Query{Closed: period}, a.Closed.Count}, "by flows": {alerts.Query{Closed: period, ClosedBy: "flow"}, a.ByFlow}, "for a reason": {alerts.Query{Closed: period, Reasons: []string{tp}}, 2},
		} {
			c.q.Limit = 100
			list, _, err := s.Alerts(t.Context(), c.q)
			counts, _ := s.CountAlerts(t.Context(), c.q)
			sum := 0
			for _, n := range counts {
				sum += n
			}
			if err != nil || len(list) != c.want || sum != c.want {
				t.Errorf("%s: the queue has %d and counts %d, %v; the dashboard says %d", name, len(list), sum, err, c.want)
			}
		}
		// Opened again by news, one that a flow had given to somebody is taken up by nobody.
		d.now = noon.Add(-5 * time.Hour)
		news := alerts.Incoming{Event: map[string]any{"id": "f", "title": "f", "source": "edr"}}
		sixth, err := d.alerts.Receive(t.Context(), triage, &news)
		if err != nil {
			t.Fatal(err)
		}
		d.edit(5*time.Hour, triage, sixth.ID, alerts.Edit{Assignee: &analyst.ID, AssigneeName: &analyst.Name})
		d.edit(5*time.Hour, triage, sixth.ID, alerts.Edit{Status: &closed, Reason: &fp})
		byPerson := lookAt(t, s, dashboard.Query{Period: "7d"}).Alerts.ByPerson.Count
		d.now = noon.Add(-4 * time.Hour)
		news.Event = map[string]any{"id": "f", "title": "f", "source": "edr", "ip": "203.0.113.200"}
		if got, err := d.alerts.Receive(t.Context(), analyst, &news); err != nil || got.ID != sixth.ID || got.Status != alerts.New {
			t.Fatal(got, err)
		}
		if now := lookAt(t, s, dashboard.Query{Period: "7d"}).Alerts; now.ByPerson.Count != byPerson {
			t.Errorf("%d were taken up by people, not %d", now.ByPerson.Count, byPerson)
		}
		// Begun again, it is no more closed.
		d.edit(0, analyst, first, alerts.Edit{Status: &progress})
		if again := lookAt(t, s, dashboard.Query{Period: "7d"}).Alerts; again.ByFlow != 0 || again.Closed.Count != 2 || again.Taken.Count != 4 {
			t.Errorf("begun again they are %+v", again)
		}
	})
}

// TestDashboardCases holds MTTR and resolutions to the list of cases.
func TestDashboardCases(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *Store) {
		d := newDesk(t, s)
		first, second, third, into := d.open(50*time.Hour, "a"), d.open(30*time.Hour, "b"), d.open(20*time.Hour, "c"), d.open(9*24*time.Hour, "d")
		d.closeCase(40*time.Hour, analyst, first, "true_positive")
		d.closeCase(2*time.Hour, triage, second, "false_positive")
		d.now = noon.Add(-time.Hour)
		if _, err := d.cases.Merge(t.Context(), triage, third, into, ""); err != nil {
			t.Fatal(err)
		}
		v := lookAt(t, s, dashboard.Query{Period: "7d"})
		c := v.Cases
		if c.Open != 1 || c.Opened != 3 || c.Before.Opened != 1 || c.Closed != (dashboard.Times{Count: 2, Mean: 19 * time.Hour, Median: 10 * time.Hour}) || c.ByFlow != 1 || len(c.Resolutions) != 3 {
			t.Errorf("cases are %+v", c)
		}
		period := cases.Between{From: v.Period.From, Until: v.Period.Until}
		for name, want := range map[string]struct {
			q cases.Query
			n int
		}{
			"opened": {cases.Query{Opened: period}, c.Opened}, "closed": {cases.Query{Closed: period, Resolutions: cases.Resolutions}, c.Closed.Count},
			"merged": {cases.Query{Closed: period, Resolutions: []string{cases.Merged}}, 1}, "by flows": {cases.Query{Closed: period, ClosedBy: "flow", Resolutions: cases.Resolutions}, c.ByFlow},
		} {
			want.q.Limit = 100
			if list, _, err := s.Cases(t.Context(), want.q); err != nil || len(list) != want.n {
				t.Errorf("%s: the list has %d, %v; the dashboard says %d", name, len(list), err, want.n)
			}
		}
	})
}

// TestDashboardApprovals: those that are open wait, those that were answered did, but for what
// a trial asked and somebody answered.
func TestDashboardApprovals(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *Store) {
		ask := func(b *engine.Batch, id string, asked, closed time.Duration, outcome string) {
			b.Asks = append(b.Asks, engine.Ask{ID: id, Kind: engine.AskApproval, Step: "ask", Flow: "a", FlowName: "Flow a", Asked: noon.Add(-asked)})
			if outcome != "" {
				b.Closed = append(b.Closed, engine.Closed{ID: id, Outcome: outcome, At: noon.Add(-closed)})
			}
		}
		endRun(t, s, 1, "a", noon.Add(-30*time.Hour), "succeeded", func(b *engine.Batch) {
			ask(b, "a", time.Hour, 0, "")
			ask(b, "b", 3*time.Hour, 0, "")
			ask(b, "c", 2*time.Hour, 0, "")
			ask(b, "d", 5*time.Hour, 4*time.Hour, "approved")
			ask(b, "e", 5*time.Hour, 0, "expired")
			ask(b, "f", 33*time.Hour, 30*time.Hour, "answered")
		})
		endRun(t, s, 2, "a", noon.Add(-30*time.Hour), "succeeded", func(b *engine.Batch) {
			b.Create.DryRun = true
			ask(b, "g", 5*time.Hour, time.Hour, "approved")
		})
		a := lookAt(t, s, dashboard.Query{Period: "24h"}).Approvals
		if a.Waiting != (dashboard.Times{Count: 3, Mean: 2 * time.Hour, Median: 2 * time.Hour}) || a.Answered != (dashboard.Times{Count: 1, Mean: time.Hour, Median: time.Hour}) || a.Before != (dashboard.Times{Count: 1, Mean: 3 * time.Hour, Median: 3 * time.Hour}) {
			t.Errorf("approvals are %+v", a)
		}
	})
}
