package engine_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// simFlows are what the simulation runs: each construct, with writes wherever they can
// be. The first is called by the last.
var simFlows = []string{
	document(nodes(node("a", "test.write", ""), node("b", "core.set", "")), "a>b", simLimits(0, `{}`)),
	document(nodes(node("a", "test.read", ""), node("b", "test.write", `, "retry": {"attempts": 3, "backoff": "1s"}, "onError": "continue"`),
		node("c", "test.put", `, "retry": {"attempts": 2}`), node("d", "core.set", ""), node("e", "core.set", "")), "a>b a>c b>d c>d c.error>e", simLimits(1, `{}`)),
	document(nodes(node("each", "core.foreach", `, "size": [400, 200], "with": {"items": "{{ [1, 2, 3] }}", "concurrency": 2, "onItemError": "keep"}`),
		node("w", "test.write", `, "parent": "each"`), node("p", "core.wait", `, "parent": "each", "with": {"for": "3s"}`), node("z", "test.put", "")), "w>p each>z", simLimits(2, `{}`)),
	document(nodes(node("again", "core.repeat", `, "size": [400, 200], "with": {"until": "{{ attempt > 2 }}", "every": "2s", "attempts": 5}`),
		node("w", "test.put", `, "parent": "again"`), node("z", "test.write", "")), "again>z again.exhausted>z", simLimits(3, `{"concurrency": 1}`)),
	document(nodes(node("ok", "core.approval", `, "with": {"to": "role:responder", "quorum": 2, "deadline": "40s"}`), node("w", "test.write", ""), node("l", "core.set", ""),
		node("f", "core.form", `, "with": {"to": "role:analyst", "form": {"type": "object"}}`)), "ok.approved>w ok.expired>l w>f", simLimits(4, `{"timeout": "90s"}`)),
	document(nodes(node("w", "test.write", ""), node("c", "core.call", fmt.Sprintf(`, "with": {"flow": %q}`, simID(0))), node("z", "test.put", "")), "w>c c>z c.error>z", simLimits(5, `{}`)),
}

// simSetups are what some runs of them do otherwise than they say.
var simSetups = []run.Setup{
	{Until: "a"},
	{Until: "c", Pins: map[string]run.Pin{"a": {Output: "given"}}},
	{Pins: map[string]run.Pin{"w": {}}},
	{Until: "w"},
	{Pins: map[string]run.Pin{"ok": {Port: "approved"}}},
	{Until: "z", Pins: map[string]run.Pin{"c": {Output: "given"}}},
}

func simID(n int) string { return fmt.Sprintf("0197a6c2-7d1e-7c3a-9a60-00000000000%d", n) }

func simLimits(n int, limits string) string {
	return fmt.Sprintf(`, "id": %q, "limits": %s`, simID(n), limits)
}

// simulation is one seed's run of the world.
type simulation struct {
	*world
	t        *testing.T
	r        *rand.Rand
	flows    *flows
	compiled []*engine.Flow
	engines  []*simEngine
	starting []*simStart
	dones    []func() // fates of batches that their engines haven't heard of
	acks     map[string]bool
	trace    []string
}

// simEngine is a replica: it dies, and another takes its name.
type simEngine struct {
	*incarnation
	engine  *engine.Engine
	cancel  context.CancelFunc
	stalled int // turns in which nothing of it gets through
}

type simStart struct {
	key  string
	done chan struct{}
	id   string
	err  error
	dup  bool
}

// simCallees finds the first flow, whatever is asked for.
type simCallees struct{ s *simulation }

// Callee implements [engine.Callees].
func (c simCallees) Callee(context.Context, string, int, any) (engine.Callee, error) {
	return engine.Callee{Flow: c.s.compiled[0], Version: 1}, nil
}

// simClock is the bubble's clock, whose timers never come at one and the same moment:
// what comes first would be the scheduler's to say.
type simClock struct{ timers atomic.Int64 }

// Now implements [engine.Clock].
func (*simClock) Now() time.Time { return time.Now() }

// AfterFunc implements [engine.Clock].
func (c *simClock) AfterFunc(d time.Duration, f func()) func() {
	return wall{}.AfterFunc(max(d, 0)+time.Duration(c.timers.Add(1)%100_000), f)
}

func (s *simulation) log(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}

func (s *simulation) boot(n int) {
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // the replica's life ends by a crash
	i := &incarnation{w: s.world, name: strconv.Itoa(n)}
	e, err := engine.New(ctx, engine.Config{
		Journal: i, Signals: i, Invoker: i, Flows: s.flows, Callees: simCallees{s}, People: i, Clock: &simClock{}, Park: 5 * time.Second, Sweep: time.Second + time.Duration(n)*777*time.Microsecond,
		Jitter: func(most time.Duration) time.Duration { return most / 3 },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.engines[n] = &simEngine{incarnation: i, engine: e, cancel: cancel}
	if err := e.Open(ctx); err != nil {
		s.log("engine %d can't open: %v", n, err)
		s.crash(n)
	}
}

func (s *simulation) crash(n int) {
	e := s.engines[n]
	if e == nil {
		return
	}
	s.in(func() {
		e.dead = true
		s.commits = slices.DeleteFunc(s.commits, func(c *commit) bool { return c.from == e.incarnation })
		s.sortCalls()
		for _, c := range s.calls {
			if c.from == e.incarnation && s.r.IntN(2) == 0 {
				s.happens(c) // it had reached the other side
			}
		}
		s.calls = slices.DeleteFunc(s.calls, func(c *simCall) bool { return c.from == e.incarnation })
	})
	e.cancel()
	s.engines[n] = nil
}

// happens is the moment at which a write takes effect outside.
func (s *simulation) happens(c *simCall) {
	if c.call.Type != "test.write" {
		return
	}
	step := c.call.RunID + "/" + c.call.Step
	if s.effects[step]++; s.effects[step] > 1+s.retried[step] {
		s.broken("%s took effect %d times, and a person asked for it again %d times", step, s.effects[step], s.retried[step])
	}
}

// step does one thing at random, and looks at the world after it.
func (s *simulation) step() {
	n := s.r.IntN(len(s.engines))
	e := s.engines[n]
	switch roll := s.r.IntN(100); {
	case roll < 35:
		s.commitOne()
	case roll < 55:
		s.answerCall()
	case roll < 67:
		s.sleep(time.Duration(1+s.r.IntN(60)) * time.Millisecond)
	case roll < 75:
		s.sleep(time.Duration(1+s.r.IntN(4)) * time.Second)
	case roll < 78:
		s.sleep(time.Duration(10+s.r.IntN(50)) * time.Second)
	case roll < 86 && e != nil:
		s.start(e)
	case roll < 88:
		s.hear()
	case roll < 92:
		s.decide()
	case roll < 94:
		s.cancelRun()
	case roll < 95 && e != nil:
		e.stalled = 5 + s.r.IntN(30)
	case roll < 96 && e != nil:
		s.log("engine %d crashes", n)
		s.crash(n)
	case e == nil:
		s.log("engine %d starts", n)
		s.boot(n)
	case roll < 97:
		s.log("the database is away")
		s.down = 1 + s.r.IntN(12)
	default:
		if ids := s.known(); len(ids) > 0 {
			e.engine.Told(ids[s.r.IntN(len(ids))])
		}
	}
	for _, e := range s.engines {
		if e != nil && e.stalled > 0 {
			e.stalled--
		}
	}
	s.down = max(s.down-1, 0)
	synctest.Wait()
	s.look()
}

func (s *simulation) known() (ids []string) {
	s.in(func() { ids = s.ids() })
	return ids
}

func (s *simulation) sleep(d time.Duration) {
	s.log("time goes on by %v", d)
	time.Sleep(d) //nolint:forbidigo // of the bubble, in which time is what the seed says
}

// ready are the engines that something gets through to, by incarnation.
func (s *simulation) ready(i *incarnation) bool {
	return slices.ContainsFunc(s.engines, func(e *simEngine) bool { return e != nil && e.incarnation == i && e.stalled == 0 })
}

// commitOne writes the oldest batch of one engine, or refuses it.
func (s *simulation) commitOne() {
	var c *commit
	var result engine.Appended
	s.in(func() {
		// Those of one run keep their order.
		slices.SortStableFunc(s.commits, func(a, b *commit) int {
			return cmp.Or(cmp.Compare(s.labels[a.batch.RunID], s.labels[b.batch.RunID]), cmp.Compare(a.from.name, b.from.name))
		})
		var first []int
		for i, c := range s.commits {
			if s.ready(c.from) && (i == 0 || s.commits[i-1].batch.RunID != c.batch.RunID || s.commits[i-1].from != c.from) {
				first = append(first, i)
			}
		}
		if len(first) == 0 {
			return
		}
		at := first[s.r.IntN(len(first))]
		c = s.commits[at]
		s.commits = slices.Delete(s.commits, at, at+1)
		if s.down > 0 {
			result = engine.Appended{Err: engine.ErrUnavailable}
			return
		}
		result = s.apply(c.from, c.batch, s.flows)
		s.log("engine %s commits %s", c.from.name, s.told(c.batch, result))
	})
	if c != nil {
		s.dones = append(s.dones, func() { c.done(result) })
	}
	if s.r.IntN(3) > 0 {
		s.hear()
	}
}

// hear lets engines know what became of the oldest batch.
func (s *simulation) hear() {
	if len(s.dones) > 0 {
		done := s.dones[0]
		s.dones = s.dones[1:]
		done()
	}
}

func (s *simulation) told(b *engine.Batch, result engine.Appended) string {
	var list []string
	for _, e := range b.Events {
		list = append(list, fmt.Sprintf("%d:%s:%s:%d", e.Seq, e.Kind, e.Step, e.Attempt))
	}
	return fmt.Sprintf("%s at %d %s: %v %s", s.labels[b.RunID], b.Epoch, strings.Join(list, " "), result.Err, s.labels[result.Existing])
}

// answerCall ends one call, well or not.
func (s *simulation) answerCall() {
	s.in(func() {
		s.calls = slices.DeleteFunc(s.calls, func(c *simCall) bool { return c.ctx.Err() != nil && c.call.Type != "test.write" })
		s.sortCalls()
		var ready []int
		for i, c := range s.calls {
			if s.ready(c.from) {
				ready = append(ready, i)
			}
		}
		if len(ready) == 0 {
			return
		}
		at := ready[s.r.IntN(len(ready))]
		c := s.calls[at]
		s.calls = slices.Delete(s.calls, at, at+1)
		if s.r.IntN(5) == 0 {
			s.log("%s of %s fails", c.call.Step, s.labels[c.call.RunID])
			c.reply <- engine.Result{Error: &engine.Failure{Code: "no", Message: "no", Retryable: s.r.IntN(2) == 0}}
			return
		}
		s.log("%s of %s succeeds", c.call.Step, s.labels[c.call.RunID])
		s.happens(c)
		c.reply <- engine.Result{Output: c.call.Step}
	})
}

// sortCalls puts calls in an order that is the seed's alone.
func (s *simulation) sortCalls() {
	slices.SortStableFunc(s.calls, func(a, b *simCall) int {
		return cmp.Or(cmp.Compare(s.labels[a.call.RunID], s.labels[b.call.RunID]), cmp.Compare(a.call.Step, b.call.Step), cmp.Compare(a.from.name, b.from.name))
	})
}

// start asks an engine for a run, sometimes for one that was asked for before.
func (s *simulation) start(e *simEngine) {
	if len(s.starting) > 14 {
		return
	}
	which := s.r.IntN(len(s.compiled))
	n := s.r.IntN(4)
	start := &simStart{key: fmt.Sprintf("%d/%d", which, n), done: make(chan struct{})}
	var setup run.Setup
	if n == 3 {
		setup = simSetups[which]
	}
	s.starting = append(s.starting, start)
	go func() {
		defer close(start.done)
		h, err := e.engine.Start(context.Background(), engine.Request{Flow: s.compiled[which], Version: 1, Data: map[string]any{"body": nil}, IngestKey: start.key, Setup: setup}) //nolint:forbidigo // whoever asks waits
		if start.err = err; err == nil {
			start.id, start.dup = h.ID, h.Duplicate
		}
	}()
}

// decide answers an open question as people do.
func (s *simulation) decide() {
	var runID string
	s.in(func() {
		for _, id := range s.ids() {
			r := s.rows[id]
			asks := slices.Collect(maps.Keys(r.asks))
			slices.SortFunc(asks, func(a, b string) int {
				return cmp.Or(cmp.Compare(r.asks[a].Step, r.asks[b].Step), r.asks[a].Asked.Compare(r.asks[b].Asked))
			})
			for _, ask := range asks {
				if q := r.asks[ask]; r.closed[ask] == "" && runID == "" && s.r.IntN(2) == 0 && (q.Deadline.IsZero() || time.Now().Before(q.Deadline)) {
					runID = id
					s.say(r, q)
				}
			}
		}
	})
	for _, e := range s.engines {
		if e != nil && runID != "" && s.r.IntN(2) == 0 {
			e.engine.Told(runID)
			synctest.Wait() // or the scheduler would say which of them is first
		}
	}
}

func (s *simulation) say(r *simRun, q *engine.Ask) {
	kinds := map[engine.AskKind][]string{
		engine.AskApproval: {engine.DecideApprove, engine.DecideApprove, engine.DecideReject}, engine.AskForm: {engine.DecideFill},
		engine.AskUnknown: {engine.DecideDone, engine.DecideNotDone, engine.DecideRetry},
	}[q.Kind]
	d := engine.Decision{
		Ask: q.ID, Step: q.Step, Hash: q.Hash, Kind: kinds[s.r.IntN(len(kinds))], By: fmt.Sprintf("%d of %s", s.r.IntN(3), q.ID), At: time.Now(),
	}
	d.Person = d.By
	said := d.Signal(r.record.ID)
	if slices.ContainsFunc(r.signals, func(o engine.Signal) bool { return o.ID == said.ID }) || r.heard[fmt.Sprint(q.Step, d.By)] > 0 {
		return // the inbox takes one answer of each
	}
	if q.Kind == engine.AskUnknown {
		if slices.ContainsFunc(r.signals, func(o engine.Signal) bool { return o.Kind == engine.SignalDecision }) {
			return // one of them is enough
		}
		if d.Kind == engine.DecideRetry {
			s.retried[r.record.ID+"/"+q.Step]++
		}
	}
	s.log("%s to %s of %s", d.Kind, q.Step, s.labels[r.record.ID])
	r.hear(said)
}

func (s *simulation) cancelRun() {
	s.in(func() {
		ids := s.ids()
		if len(ids) == 0 {
			return
		}
		r := s.rows[ids[s.r.IntN(len(ids))]]
		if !r.over() {
			s.log("%s is to end", s.labels[r.record.ID])
			r.hear(engine.Signal{RunID: r.record.ID, ID: strconv.Itoa(s.r.IntN(2)), Kind: engine.SignalCancel})
		}
	})
}

// look holds what must always hold of the world. What is held where rows are written
// is in [world.keep].
func (s *simulation) look() {
	s.in(func() {
		for _, start := range s.starting {
			select {
			case <-start.done:
			default:
				continue
			}
			if start.err != nil {
				continue
			}
			if r := s.rows[start.id]; r == nil || len(r.events) == 0 {
				s.broken("the run %s was acknowledged, and isn't kept", start.id)
			} else if s.keys[start.key] != start.id {
				s.broken("the key %s has the runs %s and %s", start.key, s.keys[start.key], start.id)
			}
			s.acks[start.id] = true
		}
		for _, r := range s.rows {
			s.lookAt(r)
		}
	})
}

func (s *simulation) lookAt(r *simRun) {
	id := r.record.ID
	if r.record.Digest != r.flow.Digest {
		s.broken("run %s: its version changed", id)
	}
	if !slices.IsSorted(r.epochs) || len(r.epochs) > 0 && r.epochs[len(r.epochs)-1] > r.epoch {
		s.broken("run %s: a row stands under an old epoch: %v", id, r.epochs)
	}
	if !r.over() && r.until.After(time.Now().Add(11*365*24*time.Hour)) {
		s.broken("run %s is looked at by nobody any more", id)
	}
	cancels, ends := 0, map[string]int{}
	for i := range r.events {
		e := &r.events[i]
		if e.Kind == run.RunCanceling {
			cancels++
		}
		if e.Key != "" && (e.Kind == run.StepSucceeded || e.Kind == run.StepFailed) {
			ends[e.Step]++
		}
		if ends[e.Step] > 1 {
			s.broken("run %s: the step %s ended twice", id, e.Step)
		}
	}
	if cancels > 1 {
		s.broken("run %s was canceled %d times", id, cancels)
	}
	for ask, q := range r.asks {
		step, _ := r.state.Step(q.Step)
		waits := step.State == run.StepWaiting || step.State == run.StepUnsure && step.EndedSeq == 0
		if open := r.closed[ask] == ""; open && !waits && !r.over() {
			s.broken("run %s: the question of %s is open, and the step is %s", id, q.Step, step.State)
		}
	}
}

// drain lets everything go well until every run has ended.
func (s *simulation) drain() {
	s.down = 0
	for turn := range 3000 {
		for n, e := range s.engines {
			if e == nil {
				s.boot(n)
				synctest.Wait()
			} else {
				e.stalled = 0
			}
		}
		for _, do := range []func(){s.commitOne, s.hear, s.answerCall, s.decide} {
			do()
			synctest.Wait() // what it has set off is done before anything else
		}
		s.look()
		left := 0
		s.in(func() {
			for _, r := range s.rows {
				if !r.over() {
					left++
				}
			}
			left += len(s.commits) + len(s.dones)
		})
		if left == 0 || s.fault != "" {
			return
		}
		if turn%4 == 3 {
			time.Sleep(300 * time.Millisecond) //nolint:forbidigo // likewise
			synctest.Wait()
		}
	}
	s.in(func() {
		for _, id := range s.ids() {
			if r := s.rows[id]; !r.over() {
				s.broken("run %s stands still: %s, %v, until %v, epoch %d, owner %q, %d signals, %d commits, %d calls", id, r.status, kinds(r.events), time.Until(r.until), r.epoch, r.owner, len(r.signals), len(s.commits), len(s.calls))
			}
		}
	})
}

// simulate runs one seed and gives what was broken, what led to it, and a digest of
// all that was kept.
func simulate(t *testing.T, seed uint64, compiled []*engine.Flow) (fault string, trace []string, digest string) {
	synctest.Test(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(seed, 11))
		uuid.SetRand(&seeded{rand.New(rand.NewPCG(seed, 13))})
		defer uuid.SetRand(nil)
		w := newWorld()
		s := &simulation{world: w, t: t, r: r, flows: &flows{list: map[string]*engine.Flow{}}, compiled: compiled, engines: make([]*simEngine, 2), acks: map[string]bool{}}
		for _, f := range compiled {
			s.flows.list[f.Digest] = f
		}
		for range 60 + r.IntN(120) {
			if s.step(); w.fault != "" {
				break
			}
		}
		if w.fault == "" {
			s.drain()
		}
		for n := range s.engines {
			s.crash(n)
		}
		synctest.Wait()
		sum := sha256.New()
		for _, id := range w.ids() {
			r := w.rows[id]
			for i := range r.events {
				e := &r.events[i]
				_, _ = fmt.Fprintln(sum, w.labels[id], e.Seq, e.At, e.Kind, e.Step, e.Attempt, e.Port, e.Due, r.epochs[i])
			}
		}
		fault, trace, digest = w.fault, s.trace, fmt.Sprintf("%x", sum.Sum(nil))
	})
	return fault, trace, digest
}

// seeded is a source of random bytes that a seed determines.
type seeded struct{ r *rand.Rand }

// Read implements [io.Reader].
func (s *seeded) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.r.Uint32())
	}
	return len(p), nil
}

var _ io.Reader = (*seeded)(nil)

func simCompiled(t *testing.T) []*engine.Flow {
	t.Helper()
	var compiled []*engine.Flow
	for _, source := range simFlows {
		compiled = append(compiled, compile(t, source))
	}
	return compiled
}

// TestSimulation runs many worlds of two replicas with crashes, stalls, refusals of the
// database, deliveries that come twice and people who answer, each determined by its
// seed; DRAWBRIDGE_SEED runs one of them and tells all that happens in it.
func TestSimulation(t *testing.T) {
	compiled := simCompiled(t)
	first, count := uint64(0), uint64(10_000)
	if testing.Short() {
		count = 500
	}
	one := os.Getenv("DRAWBRIDGE_SEED")
	if one != "" {
		seed, err := strconv.ParseUint(one, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first, count = seed, 1
	}
	for seed := first; seed < first+count; seed++ {
		fault, trace, _ := simulate(t, seed, compiled)
		if fault != "" || one != "" {
			t.Log(strings.Join(trace, "\n"))
		}
		if fault != "" {
			t.Fatalf("seed %d: %s", seed, fault)
		}
	}
}

// TestSimulationReplays runs seeds twice: the same happens.
func TestSimulationReplays(t *testing.T) {
	compiled := simCompiled(t)
	for seed := range uint64(50) {
		_, before, one := simulate(t, seed, compiled)
		_, after, other := simulate(t, seed, compiled)
		if one != other {
			at := 0
			for at < min(len(before), len(after)) && before[at] == after[at] {
				at++
			}
			t.Fatalf("seed %d differs from the step %d on:\n%s\n%s", seed, at, strings.Join(before[max(at-12, 0):min(at+3, len(before))], "\n"), strings.Join(after[max(at-2, 0):min(at+3, len(after))], "\n"))
		}
	}
}
