package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// maxTapedRun is how many bytes of cassettes a run keeps; what comes later is cut off.
const maxTapedRun = 32 << 20

// maxSizes is of how many runs it is remembered how much they keep.
const maxSizes = 10_000

// Of how many runs it is remembered what is secret: of those that go on, and that ended.
const (
	maxHushes = 1000
	maxEnded  = 16
)

// cassettes keeps what steps are told from outside, and gives it back to replays.
type cassettes struct {
	store  *store.Store
	logger *slog.Logger

	mu    sync.Mutex
	sizes map[string]int64
	// hushes know the secrets that the calls of a run were told, by its id: what one step
	// was told another may send.
	hushes map[string]*runHush
	uses   int64
	ended  []string // the runs that ended last: calls of theirs that were called off come in yet
}

// runHush is of a run that goes on.
type runHush struct {
	egress.Hush
	used int64 // the higher, the later
}

func newCassettes(s *store.Store, log *slog.Logger) *cassettes {
	return &cassettes{store: s, logger: log, sizes: map[string]int64{}, hushes: map[string]*runHush{}}
}

// keep queues the tape of a call and gives how much is on it. Calls that need none to
// be run again cost nothing.
func (c *cassettes) keep(ctx context.Context, call engine.Call, tape *sandbox.Tape) int {
	if tape == nil || tape.Len() == 0 {
		return 0
	}
	cut := false
	hush(c.hush(call.RunID), tape)
	if !c.fits(ctx, call.RunID, int64(tape.Size())) {
		tape.Drop()
	}
	for i := range tape.Calls {
		cut = cut || tape.Calls[i].Cut > 0
	}
	content, err := json.Marshal(tape)
	if err != nil {
		c.logger.Error("a cassette can't be written", "run", call.RunID, "flow", call.Flow, "step", call.Step, "error", err)
		return tape.Len()
	}
	kept := c.store.KeepCassette(store.Cassette{RunID: call.RunID, Step: call.Step, Attempt: call.Attempt, Calls: tape.Len(), Cut: cut, Content: content, At: time.Now()})
	if !kept {
		c.logger.Warn("a cassette was not kept: more come than can be written", "run", call.RunID, "flow", call.Flow, "step", call.Step)
	}
	return tape.Len()
}

// hush takes secrets out of a tape, before it is kept.
func hush(h *egress.Hush, tape *sandbox.Tape) {
	for i := range tape.Calls {
		c := &tape.Calls[i]
		c.Request = h.Request(c.Function, c.Request)
		c.Answer = h.Answer(c.Function, c.Request, c.Answer)
		c.What, c.Outcome = h.Text(c.What), h.Text(c.Outcome)
	}
}

// hush is what knows the secrets of a run. Of too many runs those are let go that were
// not told anything for the longest time.
func (c *cassettes) hush(runID string) *egress.Hush {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hushes[runID]
	if h == nil {
		if len(c.hushes) >= maxHushes {
			delete(c.hushes, c.leastUsed())
		}
		h = &runHush{}
		c.hushes[runID] = h
	}
	c.uses++
	h.used = c.uses
	return &h.Hush
}

func (c *cassettes) leastUsed() (id string) {
	for other, h := range c.hushes {
		if id == "" || h.used < c.hushes[id].used {
			id = other
		}
	}
	return id
}

// observe lets go of what is known of runs that ended.
func (c *cassettes) observe(e engine.Committed) {
	if len(e.Events) == 0 || !e.Events[len(e.Events)-1].Kind.Terminal() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hushes[e.Record.ID] == nil {
		return
	}
	if c.ended = append(c.ended, e.Record.ID); len(c.ended) > maxEnded {
		delete(c.hushes, c.ended[0])
		c.ended = c.ended[1:]
	}
}

// fits counts what a run keeps and says whether so much more has room.
func (c *cassettes) fits(ctx context.Context, runID string, size int64) bool {
	c.mu.Lock()
	total, known := c.sizes[runID]
	c.mu.Unlock()
	if !known {
		total, _ = c.store.TapedSize(ctx, runID) // a run that was taken up; where it can't be read it starts anew
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if current, ok := c.sizes[runID]; ok {
		total = current
	}
	if total+size > maxTapedRun {
		return false
	}
	if len(c.sizes) >= maxSizes {
		clear(c.sizes) // they are counted anew from the store
	}
	c.sizes[runID] = total + size
	return true
}

// tape gives what an attempt of a step was told; nil where nothing was recorded.
func (c *cassettes) tape(ctx context.Context, runID, step string, attempt int) (*sandbox.Tape, error) {
	found, err := c.store.Cassette(ctx, runID, step, attempt)
	if errors.Is(err, store.ErrNoCassette) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tape := &sandbox.Tape{}
	return tape, json.Unmarshal(found.Content, tape)
}

// forgetEvery is how often old cassettes are looked for.
const forgetEvery = time.Hour

// forget removes cassettes that are older than they are kept, until ctx ends.
func (c *cassettes) forget(ctx context.Context, keep time.Duration) {
	const batch = 1000
	for {
		for {
			n, err := c.store.ForgetCassettes(ctx, time.Now().Add(-keep), batch)
			if err != nil && ctx.Err() == nil {
				c.logger.Warn("old cassettes were not removed; trying again later", "error", err)
			}
			if err != nil || n < batch {
				break
			}
		}
		if err := c.store.ForgetReplayJobs(ctx, time.Now().Add(-keep)); err != nil && ctx.Err() == nil {
			c.logger.Warn("old replays of past runs were not removed; trying again later", "error", err)
		}
		timer := time.NewTimer(forgetEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
