package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// followEvery is how late a server at most hears of what another did.
const followEvery = time.Second

// follower keeps what a server remembers true to what other servers change. It reads
// the audit log, of which every change is a part; being told of one makes it look at
// once, and nothing more.
type follower struct {
	store      *store.Store
	hooks      *runner
	hub        *live.Hub
	watch      *live.Watch
	connectors *connectors
	logger     *slog.Logger
	told       chan struct{}
	seen       int64
}

func newFollower(s *Server, hooks *runner, log *slog.Logger) *follower {
	return &follower{
		store: s.Store, hooks: hooks, hub: s.hub, watch: live.NewWatch(s.hub, marks{s.Store}), connectors: s.connectors(), logger: log,
		told: make(chan struct{}, 1),
	}
}

// tell has it look at once.
func (f *follower) tell() {
	select {
	case f.told <- struct{}{}:
	default:
	}
}

// begin reads what there is: what comes after it is followed.
func (f *follower) begin(ctx context.Context) (err error) {
	if f.seen, err = f.store.LastChange(ctx); err != nil {
		return err
	}
	return f.connectors.reload(ctx)
}

func (f *follower) run(ctx context.Context) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-f.told:
		}
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			f.logger.Warn("what other servers changed was not read; trying again", "error", err)
		}
	}
}

func (f *follower) look(ctx context.Context) error {
	const batch = 500
	for {
		changes, err := f.store.Changes(ctx, f.seen, batch)
		if err != nil {
			return err
		}
		if err := f.apply(ctx, changes); err != nil {
			return err
		}
		if len(changes) < batch {
			return f.watch.Look(ctx)
		}
	}
}

// apply does what a list of changes asks for, each thing once.
func (f *follower) apply(ctx context.Context, changes []store.AuditEntry) error {
	var flows, connectors, people bool
	var topics []string
	for i := range changes {
		switch kind, _, _ := strings.Cut(changes[i].Action, "."); kind {
		case "flow":
			flows = true
			topics = append(topics, "flow/"+changes[i].ObjectID)
		case "import":
			flows = true
			topics = append(topics, f.hub.Topics("flow")...)
		case "connector":
			connectors = true
		case "session", "user", "token":
			people = true
		case "question":
			topics = append(topics, "inbox")
		case "alert":
			topics = append(topics, live.AlertsTopic)
		case "case":
			topics = append(topics, live.CaseTopics(changes[i].ObjectID)...)
		}
	}
	if connectors {
		if err := f.connectors.reload(ctx); err != nil {
			return err
		}
	}
	if flows {
		f.hooks.forget()
	}
	f.hub.Poke(topics)
	if people {
		f.hub.Recheck(ctx)
	}
	if len(changes) > 0 {
		f.seen = changes[len(changes)-1].ID
	}
	return nil
}

// marks tells what live topics are at.
type marks struct{ *store.Store }

// FlowMarks implements [live.Marks] by the newest runs.
func (m marks) FlowMarks(ctx context.Context, ids []string) (map[string]string, error) {
	const newest = 5
	runs, err := m.LastRuns(ctx, ids, newest)
	if err != nil {
		return nil, err
	}
	list := make(map[string]string, len(ids))
	for _, id := range ids {
		var b strings.Builder
		for _, r := range runs[id] {
			fmt.Fprint(&b, r.ID, r.State, ";")
		}
		list[id] = b.String()
	}
	return list, nil
}

// InboxMark implements [live.Marks].
func (m marks) InboxMark(ctx context.Context) (int64, error) {
	_, revision, err := m.OpenQuestions(ctx)
	return revision, err
}
