package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// maxLineage is how many flows may follow on one another by what each does to a case:
// flows that start each other would never end.
const maxLineage = 4

// A lineage names the flows that led to something, the first one first, each by a few
// digits of a digest with dots between. It stands behind a tilde at the end of the keys of
// runs that events of cases and tasks begin.

func inLineage(lineage, flow string) bool {
	return slices.Contains(strings.Split(lineage, "."), lineageName(flow))
}

func lineageName(flow string) string {
	sum := sha256.Sum256([]byte(flow))
	return hex.EncodeToString(sum[:4])
}

func lineageLength(lineage string) int {
	if lineage == "" {
		return 0
	}
	return strings.Count(lineage, ".") + 1
}

// lineageOf is the lineage of what a run does: that of what began it, and its own flow.
func lineageOf(r *engine.Record, root *engine.Record) string {
	before := ""
	if at := strings.LastIndexByte(root.IngestKey, '~'); at >= 0 && (strings.HasPrefix(root.IngestKey, "case/") || strings.HasPrefix(root.IngestKey, "task/")) {
		before = root.IngestKey[at+1:]
	}
	for _, flow := range []string{root.Flow, r.Flow} {
		if !inLineage(before, flow) {
			before = strings.TrimPrefix(before+"."+lineageName(flow), ".")
		}
	}
	return before
}

// workspaceActor is who a step of a flow acts as.
func workspaceActor(ctx context.Context, st *store.Store, c *engine.Call) (cases.Actor, error) {
	by := cases.Actor{ID: c.Flow, Name: c.FlowName, Kind: "flow", Run: c.RunID, Step: c.Step, Flow: c.Flow, FlowName: c.FlowName}
	r, err := st.Record(ctx, c.RunID)
	if errors.Is(err, engine.ErrNotFound) {
		return by, nil // it isn't kept yet: nothing began it but a person
	}
	if err != nil {
		return by, err
	}
	root := r
	if r.Root != "" && r.Root != r.ID {
		if root, err = st.Record(ctx, r.Root); err != nil && !errors.Is(err, engine.ErrNotFound) {
			return by, err
		}
	}
	by.Person, by.Lineage = r.By, lineageOf(&r, &root)
	return by, nil
}

// workspace is what the server itself keeps: cases with their tasks, indicators, alerts
// and assets.
type workspace struct {
	cases  *cases.Service
	intel  *intel.Service
	alerts *alerts.Service
	assets *assets.Service
	store  *store.Store
	flows  *Flows
}

func (core *Core) workspace() workspace {
	return workspace{core.Cases, core.Intel, core.Alerts, core.Assets, core.Store, core.Flows}
}

// onWorkspace says whether a step works on what the server itself keeps.
func onWorkspace(nodeType string) bool {
	return strings.HasPrefix(nodeType, cases.Prefix) || strings.HasPrefix(nodeType, cases.TaskPrefix) || strings.HasPrefix(nodeType, alerts.Prefix) || strings.HasPrefix(nodeType, assets.Prefix) || strings.HasPrefix(nodeType, intel.Prefix)
}

// act does what a step asks of the workspace.
func (w workspace) act(ctx context.Context, c engine.Call) engine.Result {
	switch {
	case strings.HasPrefix(c.Type, alerts.Prefix):
		return w.actOnAlert(ctx, c)
	case strings.HasPrefix(c.Type, assets.Prefix):
		return w.actOnAssets(ctx, c)
	}
	by, err := workspaceActor(ctx, w.store, &c)
	if err != nil {
		return unreadable(err)
	}
	ctx = auth.WithActor(ctx, auth.Actor{ID: c.Flow, Name: c.FlowName, Kind: "flow"})
	do := w.cases.Act
	if strings.HasPrefix(c.Type, intel.Prefix) {
		do = w.intel.Act
	}
	return workspaceResult(do(ctx, cases.Call{Type: c.Type, Input: c.Input, Key: c.Key, By: by}))
}

// unreadable says that a step can't know as whom it acts.
func unreadable(err error) engine.Result {
	return engine.Result{Error: &engine.Failure{Code: abi.CodeUnavailable, Message: "the run can't be read now: " + err.Error(), Retryable: true}}
}

// workspaceFaults are the errors that a step's author can mend, by their codes.
var workspaceFaults = map[string]func(err error) bool{
	abi.CodeBadInput: func(err error) bool {
		return as[*cases.FieldError](err) || as[*intel.FieldError](err) || as[*alerts.InvalidError](err) || as[*assets.InvalidError](err)
	},
	abi.CodeTooLarge: as[*cases.TooLargeError],
	"conflict": func(err error) bool {
		return as[*cases.BlockedError](err) || as[*alerts.ConflictError](err) || isOne(err, cases.ErrMerged, cases.ErrFull, alerts.ErrCased)
	},
	"not_found": func(err error) bool {
		return isOne(err, cases.ErrNotFound, cases.ErrNoTask, cases.ErrNoTemplate, cases.ErrNoAttachment, intel.ErrNotFound, alerts.ErrNotFound, assets.ErrNotFound)
	},
}

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func isOne(err error, of ...error) bool {
	return slices.ContainsFunc(of, func(one error) bool { return errors.Is(err, one) })
}

// workspaceResult is what a step of the workspace came to.
func workspaceResult(output any, err error) engine.Result {
	if err == nil {
		return engine.Result{Output: output}
	}
	for code, is := range workspaceFaults {
		if is(err) {
			return failed(code, err.Error())
		}
	}
	return engine.Result{Error: &engine.Failure{Code: abi.CodeUnavailable, Message: "the workspace can't be reached now: " + err.Error(), Retryable: true}}
}

// recorded gives what a step of the workspace got in the run that is replayed: nothing is
// done to cases again.
func (t taped) recorded(ctx context.Context, c engine.Call) engine.Result {
	from, err := t.recordings.Recording(ctx, c.Replay)
	if err != nil && !errors.Is(err, engine.ErrNotFound) {
		return failed(abi.CodeUnavailable, "the recorded run can't be read: "+err.Error())
	}
	if from != nil {
		before, _ := from.Attempt(c.Step, c.Attempt)
		switch {
		case before.Kind == run.StepSucceeded:
			return engine.Result{Output: before.Output}
		case before.Error != nil:
			return engine.Result{Error: &engine.Failure{Code: before.Error.Code, Message: before.Error.Message, Details: before.Error.Details, Retryable: before.Kind == run.StepRetry, Nothing: before.Kind == run.StepRetry}}
		}
	}
	return failed(CodeNotRecorded, "the recorded run did nothing to the workspace here, and a replay changes nothing: pin an output to this step to go on")
}

// caseChanged has those look again who watch a case, and flows told that wait for it.
func (s *Server) caseChanged(id string) {
	s.hub.Poke(live.CaseTopics(id))
	s.caseTeller.tell()
}

// caseTeller starts the flows that wait for what happens to cases. What is to be told is
// written with each change, so that nothing is lost between.
type caseTeller struct {
	service *cases.Service
	started *trigger.Cases
	logger  *slog.Logger
	tasks   *taskRuns
	raters  *raters
	prompted
}

func newCaseTeller(c *Core, started *trigger.Cases) *caseTeller {
	return &caseTeller{service: c.Cases, started: started, logger: c.Logger, prompted: newPrompted(), tasks: &taskRuns{core: c}, raters: &raters{cases: c.Cases, intel: c.Intel, waiting: map[string]bool{}}}
}

func (t *caseTeller) run(ctx context.Context) {
	t.prompted.run(ctx, func(ctx context.Context) error {
		return errors.Join(t.look(ctx), t.tasks.look(ctx), t.raters.look(ctx))
	}, func(err error) {
		t.logger.Warn("what cases ask of flows was not looked at; trying again", "error", err)
	})
}

// look tells of all that is left. An event that can't be told now stays, with those
// after it: flows hear of a case in the order in which things happened.
func (t *caseTeller) look(ctx context.Context) error {
	const batch = 100
	for {
		events, err := t.service.CaseEvents(ctx, batch)
		if err != nil {
			return err
		}
		for i := range events {
			if err := t.one(ctx, &events[i]); err != nil {
				return fmt.Errorf("event %d of case %s: %w", events[i].ID, events[i].Case, err)
			}
		}
		if len(events) < batch {
			return nil
		}
	}
}

func (t *caseTeller) one(ctx context.Context, e *cases.Event) error {
	if err := t.raters.rate(ctx, e.Case, e.At); err != nil {
		return err
	}
	lineage := e.By.Lineage
	if lineageLength(lineage) > maxLineage {
		t.logger.Warn("flows start each other by what they do to a case: no further one is started", "case", e.Case, "run", e.By.Run, "flow", e.By.Flow)
		return t.service.CaseEventTold(ctx, e.ID)
	}
	err := t.started.Happened(ctx, trigger.CaseEvent{
		ID: strconv.FormatInt(e.ID, 10) + "~" + lineage, Kind: e.Kind, Case: e.Content, At: e.At, Led: func(flow string) bool { return inLineage(lineage, flow) },
	})
	if err != nil {
		return err
	}
	return t.service.CaseEventTold(ctx, e.ID)
}
