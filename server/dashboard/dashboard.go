// Package dashboard tells how security operations do: what flows saved, how soon alerts are
// taken up and cases closed, what fails and what is slow.
package dashboard

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// Periods are the names of the periods that can be asked for.
var Periods = []string{"24h", "7d", "30d", "90d"}

const day = 24 * time.Hour

// Period is a time in buckets, with the time of the same length before it. Days begin at
// midnight, UTC. The last bucket is the one that is under way.
type Period struct {
	Name string
	// Before is when the time before begins, From when the period does; Until is outside.
	Before, From, Until time.Time
	// Bucket is an hour or a day.
	Bucket time.Duration
}

// PeriodError says that there is no such period.
type PeriodError struct{ Name string }

// Error implements the error interface.
func (e *PeriodError) Error() string {
	return fmt.Sprintf("there is no period %q: use %s", e.Name, strings.Join(Periods, ", "))
}

// PeriodAt gives a period that ends now.
func PeriodAt(name string, now time.Time) (Period, error) {
	buckets, known := map[string]int{"24h": 24, "7d": 7, "30d": 30, "90d": 90}[name]
	if !known {
		return Period{}, &PeriodError{name}
	}
	p := Period{Name: name, Bucket: day}
	if name == "24h" {
		p.Bucket = time.Hour
	}
	long := time.Duration(buckets) * p.Bucket
	p.Until = now.UTC().Truncate(p.Bucket).Add(p.Bucket)
	p.From = p.Until.Add(-long)
	p.Before = p.From.Add(-long)
	return p, nil
}

// Times are how long several things took.
type Times struct {
	Count        int
	Mean, Median time.Duration
}

// RunCounts counts live runs that ended, by how they did.
type RunCounts struct {
	Succeeded, Failed, Canceled, Unknown int
	Took                                 time.Duration // of all of them
}

// All is how many there are.
func (c *RunCounts) All() int { return c.Succeeded + c.Failed + c.Canceled + c.Unknown }

// Success is the share of those that succeeded, of all that were not canceled; known says
// whether there are any.
func (c *RunCounts) Success() (share float64, known bool) {
	of := c.Succeeded + c.Failed + c.Unknown
	if of == 0 {
		return 0, false
	}
	return float64(c.Succeeded) / float64(of), true
}

// Add counts n runs of a state.
func (c *RunCounts) Add(state string, n int, took time.Duration) {
	into := map[string]*int{"succeeded": &c.Succeeded, "failed": &c.Failed, "canceled": &c.Canceled, "unknown": &c.Unknown}[state]
	if into != nil {
		*into += n
		c.Took += took
	}
}

// Bucket is an hour or a day.
type Bucket struct {
	At time.Time
	RunCounts
}

// FlowRuns are the runs of one flow.
type FlowRuns struct {
	Flow, Name string // the name is empty where the flow is gone and none of its runs is kept
	RunCounts
	// Before is what succeeded in the time before.
	Before int
	// MinutesSaved is what one run saves; 0 is nothing said.
	MinutesSaved int
}

// Saved is what the runs saved, in minutes.
func (f *FlowRuns) Saved() int { return f.Succeeded * f.MinutesSaved }

// StepTimes are the calls of one node, or of what stands there.
type StepTimes struct {
	Flow, FlowName, Node, Action string
	Calls, Failed                int
	Mean, P95, Longest           time.Duration
}

// Runs are what the runs came to that were created in a period.
type Runs struct {
	RunCounts
	Before RunCounts
	// Open are those that go on now.
	Open    int
	Buckets []Bucket
	// Flows are those that had runs, the most runs first.
	Flows []FlowRuns
	// Saved is in minutes, as is SavedBefore.
	Saved, SavedBefore int
	// Undeclared are runs that succeeded of flows that don't say what one saves.
	Undeclared int
	// Steps are the slowest.
	Steps []StepTimes
	// Kept is when the oldest run was created that is kept; zero where there is none.
	Kept time.Time
}

// Closures counts what was closed for one reason, and how much of that by flows.
type Closures struct {
	Reason        string
	Count, ByFlow int
}

// Alerts are what became of alerts.
type Alerts struct {
	// Open are those that are new or at work now.
	Open int
	// Received counts those of the period; Taken is how soon these were taken up by
	// whomever, and ByPerson by people.
	Received        int
	Taken, ByPerson Times
	// Closed is how long those took that were closed in the period.
	Closed  Times
	ByFlow  int
	Reasons []Closures
	Before  struct {
		Received int
		Taken    Times
		Closed   Times
	}
}

// Cases are what became of cases. One that was merged into another goes on there: how long
// it was open is left out.
type Cases struct {
	Open        int
	Opened      int
	Closed      Times
	ByFlow      int
	Resolutions []Closures
	Before      struct {
		Opened int
		Closed Times
	}
}

// Approvals are questions to people.
type Approvals struct {
	// Waiting is for how long those wait that are open now.
	Waiting Times
	// Answered is how long those waited that were answered in the period.
	Answered, Before Times
}

// View is the whole dashboard. A part that who asks may not see is nil.
type View struct {
	Period    Period
	Runs      *Runs
	Alerts    *Alerts
	Cases     *Cases
	Approvals *Approvals
}

// Query asks for a dashboard. Flow and Label pick runs of a flow or of the flows that have a
// label now; alerts, cases and approvals are then left out, because they are of no flow.
type Query struct {
	Period      string
	Flow, Label string
}

// Store reads what a dashboard is made of.
type Store interface {
	RunTotals(ctx context.Context, p *Period, flow, label string) (*Runs, error)
	AlertTotals(ctx context.Context, p *Period) (*Alerts, error)
	CaseTotals(ctx context.Context, p *Period) (*Cases, error)
	ApprovalTotals(ctx context.Context, p *Period, now time.Time) (*Approvals, error)
}

// Service makes dashboards.
type Service struct {
	store Store
	now   func() time.Time
	// turn is for one dashboard at a time: each reads much, with several readers of the
	// database, of which runs need theirs.
	turn chan struct{}
}

// NewService makes a service.
func NewService(store Store, now func() time.Time) *Service {
	return &Service{store, now, make(chan struct{}, 1)}
}

// View gives a dashboard, as far as an actor may see it. The error is a [*PeriodError]
// where there is no such period.
func (s *Service) View(ctx context.Context, by auth.Actor, q Query) (*View, error) {
	now := s.now()
	p, err := PeriodAt(q.Period, now)
	if err != nil {
		return nil, err
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	v := &View{Period: p}
	whole := q.Flow == "" && q.Label == ""
	parts, ctx := errgroup.WithContext(ctx)
	if auth.Can(by, auth.RunRead) {
		parts.Go(func() (err error) { v.Runs, err = s.store.RunTotals(ctx, &p, q.Flow, q.Label); return err })
	}
	if whole && auth.Can(by, auth.RunRead) {
		parts.Go(func() (err error) { v.Approvals, err = s.store.ApprovalTotals(ctx, &p, now); return err })
	}
	if whole && auth.Can(by, auth.CaseRead) {
		parts.Go(func() (err error) { v.Alerts, err = s.store.AlertTotals(ctx, &p); return err })
		parts.Go(func() (err error) { v.Cases, err = s.store.CaseTotals(ctx, &p); return err })
	}
	return v, parts.Wait()
}
