package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// maxReplayed is how many runs one job replays at most.
const maxReplayed = 1000

// ReplayJobs tries versions and drafts against past runs, in the background.
type ReplayJobs interface {
	// StartJob begins a job; the error is a problem where no run fits the query.
	StartJob(ctx context.Context, f *engine.Flow, version int, q ReplayQuery, by auth.Actor) (ReplayJob, error)
	// Job gives a job, [library.ErrNotFound] where there is none.
	Job(ctx context.Context, id string) (ReplayJob, error)
	// Jobs lists the newest jobs of a flow.
	Jobs(ctx context.Context, flow string) ([]ReplayJob, error)
	// Items lists the runs of a job behind a place: all, or those whose outcome changed
	// or that could not be replayed.
	Items(ctx context.Context, id string, all bool, behind, limit int) ([]ReplayedRun, error)
	// CancelJob ends a job that runs.
	CancelJob(ctx context.Context, id string) error
}

// ReplayQuery picks past runs of a flow.
type ReplayQuery struct {
	State []string  `json:"state,omitempty" maxItems:"10" doc:"States of ended runs: succeeded, failed, canceled or unknown; default all"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Limit int       `json:"limit,omitempty" minimum:"1" maximum:"1000" doc:"The newest; default 100"`
}

// ReplayJob is a version that is tried against past runs.
type ReplayJob struct {
	ID        string      `json:"id"`
	Flow      string      `json:"flow"`
	Version   int         `json:"version" doc:"0 is a draft"`
	Query     ReplayQuery `json:"query"`
	State     string      `json:"state" enum:"running,succeeded,failed,canceled"`
	Message   string      `json:"message,omitempty"`
	Total     int         `json:"total"`
	Done      int         `json:"done"`
	Changed   int         `json:"changed" doc:"Runs with another outcome: state, error code or output; of a flow without output, with steps that end otherwise. Other words of an error or a core.stop are none"`
	Failed    int         `json:"failed" doc:"Runs that could not be replayed"`
	CreatedBy string      `json:"createdBy"`
	CreatedAt time.Time   `json:"createdAt"`
	EndedAt   time.Time   `json:"endedAt,omitzero"`
}

// ReplayedRun is one past run and its replay.
type ReplayedRun struct {
	Place  int            `json:"place"`
	Run    string         `json:"run"`
	Replay string         `json:"replay,omitempty" doc:"The run that replays it"`
	State  string         `json:"state" enum:"pending,running,same,changed,failed"`
	Reason string         `json:"reason,omitempty" doc:"Why it could not be replayed"`
	Before *ReplayOutcome `json:"before,omitempty"`
	After  *ReplayOutcome `json:"after,omitempty"`
	Steps  []string       `json:"steps" doc:"Keys of steps that differ, the first of them"`
	More   int            `json:"more,omitempty" doc:"How many steps differ besides"`
	// Differences are where the outputs differ.
	Differences []DifferenceItem `json:"differences" doc:"Where the outputs differ, the first of them"`
}

// ReplayOutcome is how a run ended.
type ReplayOutcome struct {
	State  string `json:"state"`
	Code   string `json:"code,omitempty" doc:"Of the error"`
	Output Value  `json:"output" doc:"Null where it is too large to be listed"`
	Cut    bool   `json:"cut,omitempty"`
}

// ReplayReport is a job with what it found.
type ReplayReport struct {
	ReplayJob
	Items []ReplayedRun `json:"items"`
	Next  int           `json:"next,omitempty" doc:"Give it as behind to go on"`
}

type startReplays struct {
	ByID
	Body struct {
		Query   ReplayQuery `json:"query,omitempty"`
		Version Value       `json:"version,omitempty" doc:"A number, latest or draft; default the draft"`
	}
}

type jobOf struct {
	ByID
	Job string `path:"job" maxLength:"100"`
}

type reportOf struct {
	ByID
	Job    string `path:"job" maxLength:"100"`
	All    bool   `query:"all" doc:"The runs with the same outcome too"`
	Behind int    `query:"behind" default:"-1"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

func (s *Server) replayJobRoutes() {
	route(s, needs(auth.FlowRun), operation{method: "POST", path: "/flows/{id}/replays", id: "startReplays", summary: "Try a version or the draft against past runs, offline; ten at once at most, three of one person", status: 202, errors: []int{404, 422, 429, 503}}, s.startReplays)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/flows/{id}/replays", id: "listReplays", summary: "The newest replays of past runs of a flow"}, s.listReplays)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/flows/{id}/replays/{job}", id: "getReplays", summary: "What a replay of past runs found: the runs whose outcome changed", errors: []int{404}}, s.getReplays)
	route(s, needs(auth.FlowRun), operation{method: "DELETE", path: "/flows/{id}/replays/{job}", id: "cancelReplays", summary: "Stop a replay of past runs", errors: []int{404}}, s.cancelReplays)
}

func (s *Server) startReplays(ctx context.Context, in *startReplays) (*body[ReplayJob], error) {
	version := in.Body.Version.V
	if version == nil {
		version = "draft"
	}
	content, number, err := s.chosen(ctx, in.ID, version)
	if err != nil {
		return nil, err
	}
	f, err := s.Flows.Pin(ctx, content)
	if err != nil {
		return nil, err
	}
	q := in.Body.Query
	if q.Limit == 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, maxReplayed)
	for _, state := range q.State {
		if !slices.Contains([]string{"succeeded", "failed", "canceled", "unknown"}, state) {
			return nil, problemAt(http.StatusUnprocessableEntity, "state", "/query/state", "only runs that have ended are replayed: succeeded, failed, canceled or unknown, not "+state)
		}
	}
	job, err := s.ReplayJobs.StartJob(ctx, f, number, q, identityFrom(ctx).Actor)
	if err != nil {
		return nil, err
	}
	return answer(job), nil
}

func (s *Server) listReplays(ctx context.Context, in *ByID) (*body[List[ReplayJob]], error) {
	jobs, err := s.ReplayJobs.Jobs(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(List[ReplayJob]{Items: orEmpty(jobs)}), nil
}

// jobOfFlow finds a job of this flow.
func (s *Server) jobOfFlow(ctx context.Context, in *jobOf) (ReplayJob, error) {
	job, err := s.ReplayJobs.Job(ctx, in.Job)
	if err == nil && job.Flow != in.ID {
		err = library.ErrNotFound
	}
	return job, err
}

func (s *Server) getReplays(ctx context.Context, in *reportOf) (*body[ReplayReport], error) {
	job, err := s.jobOfFlow(ctx, &jobOf{in.ByID, in.Job})
	if err != nil {
		return nil, err
	}
	out := ReplayReport{ReplayJob: job}
	if out.Items, err = s.ReplayJobs.Items(ctx, job.ID, in.All, in.Behind, in.Limit); err != nil {
		return nil, err
	}
	out.Items = orEmpty(out.Items)
	if len(out.Items) == in.Limit {
		out.Next = out.Items[in.Limit-1].Place
	}
	return answer(out), nil
}

func (s *Server) cancelReplays(ctx context.Context, in *jobOf) (*struct{}, error) {
	job, err := s.jobOfFlow(ctx, in)
	if err != nil {
		return nil, err
	}
	return nil, s.ReplayJobs.CancelJob(ctx, job.ID)
}
