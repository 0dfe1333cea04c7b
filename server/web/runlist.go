package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// RunFilter picks runs of the list. Empty fields pick all.
type RunFilter struct {
	Flow   string
	States []string
	// Label picks runs of the flows that have a label now.
	Label string
	// Trigger is a trigger's node, or what started a run, such as webhook.
	Trigger string
	// Since and Until bound when runs were created; Until itself is outside.
	Since, Until time.Time
	// Replays lists only runs that replay others, which are left out otherwise; Of only
	// those that replay one run.
	Replays bool
	Of      string
	// Live lists only runs of published versions that had effects: no dry ones.
	Live bool
	// Query is a run's id or its end, or part of a flow's name or of an error.
	Query  string
	Cursor string
	Limit  int
}

// RunSummary is a line of the list of runs.
type RunSummary struct {
	ID           string
	Flow         string
	FlowName     string
	Version      int
	State        string
	Trigger      string
	DryRun       bool
	RetryOf      string
	ReplayOf     string
	ReplayJob    string
	Created      time.Time
	Started      time.Time
	Ended        time.Time
	ErrorCode    string
	ErrorMessage string
	Steps        int
}

// RunItem is a line of the list of runs.
type RunItem struct {
	ID         string      `json:"id"`
	Flow       string      `json:"flow"`
	FlowName   string      `json:"flowName"`
	Version    int         `json:"version" doc:"0 is a draft"`
	State      string      `json:"state"`
	Trigger    string      `json:"trigger"`
	DryRun     bool        `json:"dryRun"`
	RetryOf    string      `json:"retryOf,omitempty" doc:"The run that this one goes on from"`
	ReplayOf   string      `json:"replayOf,omitempty" doc:"The run that this one replays, offline"`
	CreatedAt  time.Time   `json:"createdAt"`
	StartedAt  time.Time   `json:"startedAt,omitzero"`
	EndedAt    time.Time   `json:"endedAt,omitzero"`
	DurationMs int64       `json:"durationMs"`
	Error      *live.Error `json:"error"`
}

type listRuns struct {
	Page
	Flow    string    `query:"flow" maxLength:"100"`
	State   string    `query:"state" maxLength:"200" doc:"One state, or several with commas; failures are failed and unknown"`
	Label   string    `query:"label" maxLength:"100" doc:"A label that the flow has now"`
	Trigger string    `query:"trigger" maxLength:"100" doc:"What started the run, such as webhook or schedule, or the node of the trigger"`
	Since   time.Time `query:"since" doc:"Created then or later"`
	Until   time.Time `query:"until" doc:"Created before"`
	Query   string    `query:"q" maxLength:"200" doc:"A run's id or the last six or more letters of it, or part of a flow's name or of an error. A page looks at 10,000 runs at most for a text: it may be empty and have a next one"`

	Live     bool   `query:"live" doc:"Lists runs of published versions alone, and no dry ones: those that the dashboard counts"`
	Replays  bool   `query:"replays" doc:"Lists the runs that replay others, which are left out otherwise"`
	ReplayOf string `query:"replayOf" maxLength:"100" doc:"Lists the replays of one run"`
}

func (s *Server) runs(ctx context.Context, in *listRuns) (*body[List[RunItem]], error) {
	states, err := states(in.State)
	if err != nil {
		return nil, err
	}
	if !in.Until.IsZero() && !in.Since.Before(in.Until) {
		return nil, problemAt(422, "until", "until", "the end of the time must be later than its beginning: until than since")
	}
	f := RunFilter{
		Flow: in.Flow, States: states, Label: in.Label, Trigger: in.Trigger, Since: in.Since, Until: in.Until,
		Replays: in.Replays, Of: in.ReplayOf, Live: in.Live, Query: strings.TrimSpace(in.Query), Cursor: in.Cursor, Limit: in.Limit,
	}
	runs, next, err := s.Runs.ListRuns(ctx, f)
	if err != nil {
		return nil, err
	}
	list := List[RunItem]{Items: make([]RunItem, len(runs)), Next: next}
	for i := range runs {
		list.Items[i] = runs[i].item()
	}
	return answer(list), nil
}

// failures is the name of all states of runs that somebody should look at.
const failures = "failures"

// states reads a list of states with commas between.
func states(text string) (list []string, err error) {
	if text == "" {
		return nil, nil
	}
	for _, name := range strings.Split(text, ",") {
		switch run.Status(name) {
		case run.Queued, run.Running, run.Waiting, run.Succeeded, run.Failed, run.Canceled, run.Unknown:
			list = append(list, name)
		case failures:
			list = append(list, string(run.Failed), string(run.Unknown))
		default:
			return nil, problemAt(422, "state", "state", "there is no state "+strconv.Quote(name)+": use queued, running, waiting, succeeded, failed, canceled, unknown or failures")
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

func (r *RunSummary) item() RunItem {
	out := RunItem{
		ID: r.ID, Flow: r.Flow, FlowName: r.FlowName, Version: r.Version, State: r.State, Trigger: r.Trigger, DryRun: r.DryRun,
		RetryOf: r.RetryOf, ReplayOf: r.ReplayOf, CreatedAt: r.Created, StartedAt: r.Started, EndedAt: r.Ended,
	}
	if !r.Ended.IsZero() && !r.Started.IsZero() {
		out.DurationMs = r.Ended.Sub(r.Started).Milliseconds()
	}
	if r.ErrorCode != "" {
		out.Error = &live.Error{Code: r.ErrorCode, Message: r.ErrorMessage}
	}
	return out
}
