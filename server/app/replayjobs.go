package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// Bounds of jobs.
const (
	// replayWithin is how long one replay may take: it waits for nothing outside.
	replayWithin = 2 * time.Minute
	// itemLease is for how long a server has taken a run to replay: longer than that takes.
	// Where it is gone by then another takes the run up.
	itemLease = replayWithin + 3*time.Minute
	// busy is from how many live runs in memory on replays make room, and restFor for
	// how long each time.
	busy    = 8
	restFor = 100 * time.Millisecond
	maxRest = 5 * time.Second
	// lookForJobs is how often jobs are looked for that another server was given.
	lookForJobs = 10 * time.Second

	maxListedSteps  = 20
	maxListedOutput = 2 << 10
	maxListedJobs   = 20
)

// jobLimits bounds the jobs under way: a thousand runs each, one after another on each
// server.
var jobLimits = store.JobLimits{All: 10, Each: 3}

// replayJobs works off jobs one run after another, so that live runs keep the machine.
// Servers that share a database share the runs of a job.
type replayJobs struct {
	*replayer
	owner string // this server, from start to end
	wake  chan struct{}
}

func newReplayJobs(r *replayer) *replayJobs {
	return &replayJobs{r, uuid.NewString(), make(chan struct{}, 1)}
}

// StartJob implements [web.ReplayJobs].
func (j *replayJobs) StartJob(ctx context.Context, f *engine.Flow, version int, q web.ReplayQuery, by auth.Actor) (web.ReplayJob, error) {
	id := f.Program.Document.ID
	runs, err := j.core.Store.PastRuns(ctx, id, q.State, q.Since, q.Until, q.Limit)
	if err != nil {
		return web.ReplayJob{}, err
	}
	if len(runs) == 0 {
		return web.ReplayJob{}, web.NewProblem(422, "replay.none", "no run of this flow that has ended fits the query")
	}
	job, err := uuid.NewV7()
	if err != nil {
		return web.ReplayJob{}, err
	}
	query, err := json.Marshal(q)
	if err != nil {
		return web.ReplayJob{}, err
	}
	err = j.core.Store.CreateReplayJob(ctx, store.ReplayJob{ID: job.String(), Flow: id, Version: version, Digest: f.Digest, Query: string(query), CreatedBy: by.Name, Creator: by.Person(), Created: time.Now()}, runs, jobLimits)
	var full *store.TooManyJobsError
	if errors.As(err, &full) {
		return web.ReplayJob{}, web.NewProblem(http.StatusTooManyRequests, "replay.full", full.Error())
	}
	if err != nil {
		return web.ReplayJob{}, err
	}
	j.hint()
	return j.Job(ctx, job.String())
}

func (j *replayJobs) hint() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Job implements [web.ReplayJobs].
func (j *replayJobs) Job(ctx context.Context, id string) (web.ReplayJob, error) {
	found, err := j.core.Store.ReplayJob(ctx, id)
	if errors.Is(err, store.ErrNoJob) {
		return web.ReplayJob{}, library.ErrNotFound
	}
	return shownJob(&found), err
}

// Jobs implements [web.ReplayJobs].
func (j *replayJobs) Jobs(ctx context.Context, id string) ([]web.ReplayJob, error) {
	found, err := j.core.Store.ReplayJobs(ctx, id, maxListedJobs)
	list := make([]web.ReplayJob, len(found))
	for i := range found {
		list[i] = shownJob(&found[i])
	}
	return list, err
}

func shownJob(j *store.ReplayJob) web.ReplayJob {
	out := web.ReplayJob{
		ID: j.ID, Flow: j.Flow, Version: j.Version, State: j.State, Message: j.Message, Total: j.Total,
		Changed: j.Counts[store.ItemChanged], Failed: j.Counts[store.ItemFailed], CreatedBy: j.CreatedBy, CreatedAt: j.Created, EndedAt: j.Ended,
	}
	out.Done = out.Changed + out.Failed + j.Counts[store.ItemSame]
	_ = json.Unmarshal([]byte(j.Query), &out.Query) // what StartJob wrote
	return out
}

// itemResult is what is kept of a replayed run.
type itemResult struct {
	Reason string             `json:"reason,omitempty"`
	Before *web.ReplayOutcome `json:"before,omitempty"`
	After  *web.ReplayOutcome `json:"after,omitempty"`
	Steps  []string           `json:"steps,omitempty"`
	More   int                `json:"more,omitempty"`

	Differences []web.DifferenceItem `json:"differences,omitempty"`
}

// Items implements [web.ReplayJobs].
func (j *replayJobs) Items(ctx context.Context, id string, all bool, behind, limit int) ([]web.ReplayedRun, error) {
	states := []string{store.ItemChanged, store.ItemFailed}
	if all {
		states = nil
	}
	found, err := j.core.Store.ReplayItems(ctx, id, states, behind, limit)
	if err != nil {
		return nil, err
	}
	list := make([]web.ReplayedRun, len(found))
	for i, item := range found {
		var r itemResult
		if item.Result != "" {
			if err := json.Unmarshal([]byte(item.Result), &r); err != nil {
				return nil, err
			}
		}
		list[i] = web.ReplayedRun{Place: item.Place, Run: item.Run, Replay: item.Replay, State: item.State, Reason: r.Reason, Before: r.Before, After: r.After, Steps: r.Steps, More: r.More, Differences: r.Differences}
		if r.Differences == nil {
			list[i].Differences = []web.DifferenceItem{}
		}
		if r.Steps == nil {
			list[i].Steps = []string{}
		}
	}
	return list, nil
}

// CancelJob implements [web.ReplayJobs].
func (j *replayJobs) CancelJob(ctx context.Context, id string) error {
	_, err := j.core.Store.EndReplayJob(ctx, id, store.JobCanceled, "", time.Now())
	return err
}

// Run works off jobs until ctx ends; the next start, or another server, goes on with
// what is left.
func (j *replayJobs) Run(ctx context.Context) {
	for ctx.Err() == nil {
		jobs, err := j.core.Store.RunningReplayJobs(ctx)
		if err != nil && ctx.Err() == nil {
			j.core.Logger.Warn("jobs of replays were not read; trying again", "error", err)
		}
		for i := range jobs {
			if err := j.work(ctx, &jobs[i]); err != nil && ctx.Err() == nil {
				j.core.Logger.Warn("a job of replays goes on later", "job", jobs[i].ID, "error", err)
			}
		}
		timer := time.NewTimer(lookForJobs)
		select {
		case <-ctx.Done():
		case <-j.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// work replays the runs of a job.
func (j *replayJobs) work(ctx context.Context, job *store.ReplayJob) error {
	f, err := j.core.Flows.Flow(ctx, job.Digest)
	if errors.Is(err, engine.ErrUnavailable) {
		return err
	}
	if err != nil {
		_, err = j.core.Store.EndReplayJob(ctx, job.ID, store.JobFailed, "the version can't be run: "+err.Error(), time.Now())
		return err
	}
	for {
		if err := j.rest(ctx); err != nil {
			return err
		}
		item, ok, err := j.core.Store.TakeReplayItem(ctx, job.ID, j.owner, itemLease)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		j.replay(ctx, f, job, &item)
		if ctx.Err() != nil {
			item.State, item.Replay, item.Result = store.ItemPending, "", ""
		}
		if err := j.core.Store.SetReplayItem(context.WithoutCancel(ctx), item); err != nil {
			return err
		}
	}
	left, err := j.core.Store.ReplayItems(ctx, job.ID, []string{store.ItemPending, store.ItemRunning}, -1, 1)
	if err != nil || len(left) > 0 {
		return err // canceled, or another server has the rest
	}
	_, err = j.core.Store.EndReplayJob(ctx, job.ID, store.JobSucceeded, "", time.Now())
	return err
}

// rest makes room for live runs.
func (j *replayJobs) rest(ctx context.Context) error {
	for waited := time.Duration(0); waited < maxRest && j.core.Engine.Active() > busy; waited += restFor {
		timer := time.NewTimer(restFor)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
		if ctx.Err() != nil {
			break
		}
	}
	return ctx.Err()
}

// replay runs one past run again and compares.
func (j *replayJobs) replay(ctx context.Context, f *engine.Flow, job *store.ReplayJob, item *store.ReplayItem) {
	result := itemResult{}
	changed, err := j.compare(ctx, f, job, item, &result)
	switch {
	case err != nil:
		item.State, result.Reason = store.ItemFailed, err.Error()
	case changed:
		item.State = store.ItemChanged
	default:
		item.State = store.ItemSame
	}
	content, err := json.Marshal(result)
	if err != nil {
		content = nil // it is made of our own types
	}
	item.Result = string(content)
}

func (j *replayJobs) compare(ctx context.Context, f *engine.Flow, job *store.ReplayJob, item *store.ReplayItem, r *itemResult) (bool, error) {
	before, err := j.ended(ctx, item.Run)
	if err != nil {
		return false, err
	}
	r.Before = outcome(before)
	handle, err := j.Replay(ctx, item.Run, f, job.Version, job.ID)
	if err != nil {
		return false, err
	}
	item.Replay = handle.ID
	timer := time.NewTimer(replayWithin)
	defer timer.Stop()
	select {
	case <-handle.Done():
	case <-ctx.Done():
		return false, ctx.Err()
	case <-timer.C:
		stop := engine.Signal{RunID: handle.ID, ID: "job/" + job.ID, Kind: engine.SignalCancel}
		return false, errors.Join(errors.New("the replay took longer than "+replayWithin.String()), j.engine.Signal(ctx, stop))
	}
	_, after, _, ok := handle.Result()
	if !ok {
		return false, errors.New("the replay was let go before its end")
	}
	r.After = outcome(after)
	changes, _ := run.Replay.Changes(before, after)
	for i := range changes {
		if len(r.Steps) == maxListedSteps {
			r.More = len(changes) - maxListedSteps
			break
		}
		r.Steps = append(r.Steps, changes[i].Key)
	}
	if e := after.Error; e != nil && notReplayed(e.Code) {
		return false, e
	}
	r.Differences, _ = web.FirstDifferences(run.Replay, before.Output, after.Output, maxListedDifferences)
	return before.Status != after.Status || r.Before.Code != r.After.Code || !run.Replay.Alike(before.Output, after.Output) ||
		f.Program.Document.Output == nil && slices.ContainsFunc(changes, func(c run.StepChange) bool { return c.Outcome }), nil // a flow without output is judged by its steps
}

// maxListedDifferences is how many places of an output are listed.
const maxListedDifferences = 3

// notReplayed says whether a run failed for want of what it was told, so that its end
// says nothing of the version.
func notReplayed(code string) bool { return code == CodeNotRecorded || code == "replay.cut" }

// ended folds a past run.
func (j *replayJobs) ended(ctx context.Context, id string) (*run.State, error) {
	record, events, err := j.core.Store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := j.core.Flows.Flow(ctx, record.Digest)
	if err != nil {
		return nil, err
	}
	return engine.Fold(f, &record, events)
}

func outcome(s *run.State) *web.ReplayOutcome {
	out := &web.ReplayOutcome{State: string(s.Status)}
	if s.Error != nil {
		out.Code = s.Error.Code
	}
	if out.Cut = len(flow.CompactJSON(s.Output)) > maxListedOutput; !out.Cut {
		out.Output.V = s.Output
	}
	return out
}
