package web

import (
	"context"
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/dashboard"
)

// DashboardView is how operations do in a period. A part that the caller may not see, or
// that is of no flow where one is asked for, is left out.
type DashboardView struct {
	Period    string              `json:"period" enum:"24h,7d,30d,90d"`
	Before    time.Time           `json:"before" doc:"When the period before begins, which is as long"`
	From      time.Time           `json:"from"`
	Until     time.Time           `json:"until" doc:"The end of the hour or day, UTC, that is under way"`
	BucketMs  int64               `json:"bucketMs" doc:"How long a bucket is: an hour or a day"`
	Runs      *DashboardRuns      `json:"runs,omitempty"`
	Alerts    *DashboardAlerts    `json:"alerts,omitempty"`
	Cases     *DashboardCases     `json:"cases,omitempty"`
	Approvals *DashboardApprovals `json:"approvals,omitempty"`
}

// RunCounts counts live runs that ended, by how they did.
type RunCounts struct {
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
	Canceled  int `json:"canceled"`
	Unknown   int `json:"unknown"`
}

// DashboardRuns are the live runs that were created in the period.
type DashboardRuns struct {
	RunCounts
	Success       *float64          `json:"success,omitempty" doc:"The share of those that succeeded, of all that were not canceled: 0 to 1"`
	MeanMs        int64             `json:"meanMs" doc:"From begin to end, all waiting included"`
	Previous      RunCounts         `json:"previous" doc:"Of the period before"`
	SuccessBefore *float64          `json:"successBefore,omitempty"`
	Open          int               `json:"open" doc:"Those that go on now, whenever they were created"`
	SavedMinutes  int               `json:"savedMinutes" doc:"For each flow, how many runs succeeded times the minutes that one saves"`
	SavedBefore   int               `json:"savedBefore"`
	Undeclared    int               `json:"undeclared" doc:"Runs that succeeded of flows that don't say what one saves"`
	Kept          time.Time         `json:"kept,omitzero" required:"false" doc:"When the oldest run was created that is kept: older ones count, and no list has them"`
	Buckets       []DashboardBucket `json:"buckets" nullable:"false"`
	Flows         []DashboardFlow   `json:"flows" nullable:"false" doc:"The most runs first"`
	Steps         []DashboardStep   `json:"steps" nullable:"false" doc:"The slowest by their mean, ten at most"`
}

// DashboardBucket are the runs that were created in an hour or a day.
type DashboardBucket struct {
	At time.Time `json:"at"`
	RunCounts
}

// DashboardFlow are the runs of one flow.
type DashboardFlow struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"Empty where the flow is gone, with all its runs"`
	RunCounts
	MinutesSaved int `json:"minutesSaved" doc:"What one run saves, as the flow says; 0 is nothing said"`
	SavedMinutes int `json:"savedMinutes"`
}

// DashboardStep is how long a node of a flow takes, with all attempts and what lies between.
type DashboardStep struct {
	Flow      string `json:"flow"`
	FlowName  string `json:"flowName"`
	Node      string `json:"node"`
	Action    string `json:"action" doc:"The node's type"`
	Calls     int    `json:"calls"`
	Failed    int    `json:"failed"`
	MeanMs    int64  `json:"meanMs"`
	P95Ms     int64  `json:"p95Ms" doc:"Within which 95 of 100 were done, right to a tenth"`
	LongestMs int64  `json:"longestMs"`
}

// DashboardTimes are how long several things took.
type DashboardTimes struct {
	Count    int   `json:"count"`
	MeanMs   int64 `json:"meanMs"`
	MedianMs int64 `json:"medianMs"`
}

// DashboardClosures counts what was closed for one reason.
type DashboardClosures struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
	ByFlow int    `json:"byFlow" doc:"Of these, closed by flows"`
}

// DashboardAlerts are what became of alerts.
type DashboardAlerts struct {
	Open           int                 `json:"open" doc:"New or at work now"`
	Received       int                 `json:"received"`
	ReceivedBefore int                 `json:"receivedBefore"`
	Taken          DashboardTimes      `json:"taken" doc:"MTTA: of those received in the period, from then until they were given to somebody, begun, closed or taken into a case"`
	TakenByPerson  DashboardTimes      `json:"takenByPerson" doc:"The same, by a person"`
	TakenBefore    DashboardTimes      `json:"takenBefore"`
	Closed         DashboardTimes      `json:"closed" doc:"MTTR: of those closed in the period, from when they were received"`
	ClosedBefore   DashboardTimes      `json:"closedBefore"`
	ByFlow         int                 `json:"byFlow" doc:"How many of the closed ones flows closed"`
	Reasons        []DashboardClosures `json:"reasons" nullable:"false"`
}

// DashboardCases are what became of cases.
type DashboardCases struct {
	Open         int                 `json:"open"`
	Opened       int                 `json:"opened"`
	OpenedBefore int                 `json:"openedBefore"`
	Closed       DashboardTimes      `json:"closed" doc:"MTTR: of those closed in the period, from when they were opened; without those that were merged into others"`
	ClosedBefore DashboardTimes      `json:"closedBefore"`
	ByFlow       int                 `json:"byFlow"`
	Resolutions  []DashboardClosures `json:"resolutions" nullable:"false"`
}

// DashboardApprovals are questions to people.
type DashboardApprovals struct {
	Waiting        DashboardTimes `json:"waiting" doc:"Those that are open now, and for how long"`
	Answered       DashboardTimes `json:"answered" doc:"Those that were answered in the period, and how long that took"`
	AnsweredBefore DashboardTimes `json:"answeredBefore"`
}

type askDashboard struct {
	Period string `query:"period" maxLength:"20" doc:"24h, 7d, 30d or 90d; empty is 7d"`
	Flow   string `query:"flow" maxLength:"100" doc:"Runs of one flow alone"`
	Label  string `query:"label" maxLength:"100" doc:"Runs of the flows alone that have a label now"`
}

func (s *Server) dashboardRoutes() {
	route(s, signedIn, operation{method: "GET", path: "/dashboard", id: "dashboard", summary: "How operations do in a period: time saved, success, MTTA, MTTR, slowest steps", errors: []int{422}}, s.dashboard)
}

func (s *Server) dashboard(ctx context.Context, in *askDashboard) (*body[DashboardView], error) {
	if in.Period == "" {
		in.Period = "7d"
	}
	v, err := s.Dashboard.View(ctx, auth.ActorFrom(ctx), dashboard.Query{Period: in.Period, Flow: in.Flow, Label: in.Label})
	var wrong *dashboard.PeriodError
	if errors.As(err, &wrong) {
		return nil, problemAt(422, "period", "period", wrong.Error())
	}
	if err != nil {
		return nil, err
	}
	out := DashboardView{Period: v.Period.Name, Before: v.Period.Before, From: v.Period.From, Until: v.Period.Until, BucketMs: v.Period.Bucket.Milliseconds()}
	if v.Runs != nil {
		out.Runs = dashboardRuns(v.Runs)
	}
	if a := v.Alerts; a != nil {
		out.Alerts = &DashboardAlerts{
			Open: a.Open, Received: a.Received, ReceivedBefore: a.Before.Received, Taken: dashboardTimes(a.Taken), TakenByPerson: dashboardTimes(a.ByPerson), TakenBefore: dashboardTimes(a.Before.Taken),
			Closed: dashboardTimes(a.Closed), ClosedBefore: dashboardTimes(a.Before.Closed), ByFlow: a.ByFlow, Reasons: dashboardClosures(a.Reasons),
		}
	}
	if c := v.Cases; c != nil {
		out.Cases = &DashboardCases{
			Open: c.Open, Opened: c.Opened, OpenedBefore: c.Before.Opened, Closed: dashboardTimes(c.Closed), ClosedBefore: dashboardTimes(c.Before.Closed), ByFlow: c.ByFlow, Resolutions: dashboardClosures(c.Resolutions),
		}
	}
	if a := v.Approvals; a != nil {
		out.Approvals = &DashboardApprovals{dashboardTimes(a.Waiting), dashboardTimes(a.Answered), dashboardTimes(a.Before)}
	}
	return answer(out), nil
}

func dashboardRuns(r *dashboard.Runs) *DashboardRuns {
	out := &DashboardRuns{
		RunCounts: runCounts(&r.RunCounts), Success: success(&r.RunCounts), Previous: runCounts(&r.Before), SuccessBefore: success(&r.Before), Open: r.Open,
		SavedMinutes: r.Saved, SavedBefore: r.SavedBefore, Undeclared: r.Undeclared, Kept: r.Kept,
		Buckets: make([]DashboardBucket, len(r.Buckets)), Flows: make([]DashboardFlow, len(r.Flows)), Steps: make([]DashboardStep, len(r.Steps)),
	}
	if n := r.All(); n > 0 {
		out.MeanMs = (r.Took / time.Duration(n)).Milliseconds()
	}
	for i := range r.Buckets {
		out.Buckets[i] = DashboardBucket{r.Buckets[i].At, runCounts(&r.Buckets[i].RunCounts)}
	}
	for i := range r.Flows {
		f := &r.Flows[i]
		out.Flows[i] = DashboardFlow{f.Flow, f.Name, runCounts(&f.RunCounts), f.MinutesSaved, f.Saved()}
	}
	for i := range r.Steps {
		t := &r.Steps[i]
		out.Steps[i] = DashboardStep{t.Flow, t.FlowName, t.Node, t.Action, t.Calls, t.Failed, t.Mean.Milliseconds(), t.P95.Milliseconds(), t.Longest.Milliseconds()}
	}
	return out
}

func runCounts(c *dashboard.RunCounts) RunCounts {
	return RunCounts{c.Succeeded, c.Failed, c.Canceled, c.Unknown}
}

func success(c *dashboard.RunCounts) *float64 {
	if share, known := c.Success(); known {
		return &share
	}
	return nil
}

func dashboardTimes(t dashboard.Times) DashboardTimes {
	return DashboardTimes{t.Count, t.Mean.Milliseconds(), t.Median.Milliseconds()}
}

func dashboardClosures(list []dashboard.Closures) []DashboardClosures {
	out := make([]DashboardClosures, len(list))
	for i := range list {
		out[i] = DashboardClosures(list[i])
	}
	return out
}
