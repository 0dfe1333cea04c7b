// Package engine runs flows durably: it starts runs, evaluates and invokes what
// is ready, journals what happened before anybody is told, and takes runs up
// again where their journal ends.
package engine

import (
	"context"
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Errors of a [Journal].
var (
	// ErrStale says that another holder has the run: its epoch is newer.
	ErrStale = errors.New("the run is held by another engine")
	// ErrUnavailable says that the database can't be written just now.
	ErrUnavailable = errors.New("the journal can't be written just now")
	// ErrSlow says that a flow was not compiled in the time for that. It says nothing of the
	// flow, which was checked before it was kept, and is one of [ErrUnavailable]: it may be tried again.
	ErrSlow error = slow{}
	// ErrNotFound says that there is no such run.
	ErrNotFound = errors.New("there is no such run")
	// ErrClosed says that the engine is stopping.
	ErrClosed = errors.New("the engine is stopping")
)

type slow struct{}

func (slow) Error() string {
	return "compiling the flow took longer than it may: the server is busy, or the flow's expressions are too many or too large; try again, or let flows of its own have parts of it"
}

func (slow) Is(target error) bool { return target == ErrUnavailable }

// Journal keeps runs durably. The store implements it.
type Journal interface {
	Queues
	// Append queues a batch and returns at once. Done is called exactly once,
	// from another goroutine, after the batch is durable or refused; it must not
	// block. Batches of one run are written in the order of the calls.
	Append(b *Batch, done func(Appended))
	// Load gives a run and all its events.
	Load(ctx context.Context, id string) (Record, []run.Event, error)
	// Claim takes up to limit runs that are due or whose lease has ended, under a
	// new epoch, with a lease for the owner.
	Claim(ctx context.Context, owner string, lease time.Duration, limit int) ([]Record, error)
	// Held lists the runs that an owner holds the lease of.
	Held(ctx context.Context, owner string) ([]Record, error)
	// Renew prolongs all leases of an owner in one statement, those that ended
	// while nobody else claimed the run too.
	Renew(ctx context.Context, owner string, lease time.Duration) error
	// Prolong prolongs the lease of one run, if it is still under the epoch: otherwise
	// it is [ErrStale].
	Prolong(ctx context.Context, id string, epoch int64, lease time.Duration) error
	// Last gives a run's last event.
	Last(ctx context.Context, id string) (run.Event, error)
	// Called counts the runs below a root, up to a limit.
	Called(ctx context.Context, root string, limit int) (int, error)
	// Release gives a run back that could not be taken up and is still under the
	// epoch; it isn't claimed again before a while has passed.
	Release(ctx context.Context, id string, epoch int64, after time.Duration) error
	// Park gives a run back that only waits, until its time.
	Park(ctx context.Context, id string, epoch int64, until time.Time) error
	// Wake makes a parked run due.
	Wake(ctx context.Context, id string) error
}

// Signals are messages to the holder of a run.
type Signals interface {
	// Signal keeps a message durably. The same id twice is kept once.
	Signal(ctx context.Context, s Signal) error
	// Signals lists a run's messages that no batch has taken yet, oldest first.
	Signals(ctx context.Context, runID string) ([]Signal, error)
	// Drop forgets a message that nothing answers.
	Drop(ctx context.Context, runID, id string) error
	// Signaled lists up to limit runs that have not ended and have messages, by their
	// id, from behind another's on.
	Signaled(ctx context.Context, behind string, limit int) ([]string, error)
}

// Signal is one message, of one of the kinds below.
type Signal struct {
	RunID   string
	ID      string
	Kind    string
	Payload any
}

// Kinds of signals.
const (
	// SignalCancel asks for a run to be canceled.
	SignalCancel = "cancel"
	// SignalChild tells that a run ended which a step called: the payload is
	// {"step": key, "run": id}.
	SignalChild = "child"
	// SignalAdmit lets a run begin that waited in its flow's queue.
	SignalAdmit = "admit"
	// SignalDecision tells what a person answered: see [Decision].
	SignalDecision = "decision"
)

// Record is what is kept of a run beside its events.
type Record struct {
	ID   string
	Flow string
	// FlowName is what the flow was called when the run began.
	FlowName string
	Version  int    // 0 is a draft
	Digest   string // of the document that the run is pinned to
	Trigger  string // node that fired; empty where the flow has none
	// Data is what expressions read as trigger: type, body, headers, query, at.
	Data      map[string]any
	IngestKey string // unique where not empty
	DryRun    bool
	// By is the user who started it, or the first of the runs above it, by id; empty is
	// nobody: a trigger did.
	By string
	// Parent is the step that called this run, Root the first of the runs above it;
	// Depth counts them.
	Parent Parent
	Root   string
	Depth  int
	// RetryOf is the run that this one goes on from; empty is none.
	RetryOf string
	// Replay is the run that this one runs again, offline.
	Replay  ReplayOf
	Created time.Time
	Epoch   int64
	Owner   string
}

// Parent is a step of another run; the zero value is none.
type Parent struct{ Run, Step string }

// ReplayOf names the run that another replays: its id, when it was created, and the
// job that asked for it. The zero value is none.
type ReplayOf struct {
	Run     string
	Created time.Time
	Job     string
}

// Batch is one atomic addition to a run's journal.
type Batch struct {
	RunID string
	Epoch int64
	// Create is set for the first batch of a run.
	Create *Record
	Owner  string
	Lease  time.Duration
	// Park, where it isn't zero, gives the run back until then: it only waits, and
	// need not be in memory.
	Park   time.Time
	Events []run.Event
	// Update is what the run's row says after the events.
	Update Update
	// Taken are the ids of signals that the events answer.
	Taken []string
	// Notify are messages to other runs, kept with the events. Those to runs that are
	// gone are dropped.
	Notify []Signal
	// Asks are questions to people that the events ask, and Closed those that need no
	// answer any more.
	Asks   []Ask
	Closed []Closed
	// Ending is set where the batch ends a live run.
	Ending *Ending
}

// Over says whether the batch ends its run.
func (b *Batch) Over() bool { return b.Events[len(b.Events)-1].Kind.Terminal() }

// Update is a run's row after a batch.
type Update struct {
	Status  run.Status
	Started time.Time
	Ended   time.Time
	Output  any
	Error   *run.Error
	Steps   int
	// Due is when the run wants to be looked at next if its holder is gone: the
	// earliest retry, or now.
	Due time.Time
}

// Appended is the fate of a batch.
type Appended struct {
	// Existing is the id of the run that already has the batch's ingest key: then
	// nothing was written, and Err is nil.
	Existing string
	Err      error
}

// Invoker calls connector actions.
type Invoker interface {
	Invoke(ctx context.Context, c Call) Result
}

// Call is one attempt of one action.
type Call struct {
	RunID   string
	Step    string
	Attempt int
	// Key is the idempotency key: the same for every attempt of the step.
	Key  string
	Type string // email.parse
	// Flow is the flow's id, and Credential the alias that the node names, of the
	// type that the flow declares for it; empty where it names none.
	Flow           string
	FlowName       string // what it was called when the run began
	Credential     string
	CredentialType string
	Connector      string
	Version        string
	Input          any
	// Script is what core.code runs; Input then has the member input for it.
	Script  string
	Timeout time.Duration
	DryRun  bool
	// Replay is the run whose cassettes answer for the outside; empty asks the outside.
	Replay string
}

// Result is how a call ended: Error is nil where it succeeded.
type Result struct {
	Output any
	Error  *Failure
	Logs   []run.Log
	// Calls counts what the call was told from outside, and is kept on its cassette.
	Calls int
}

// Failure is an action's error with what it says about trying again.
type Failure struct {
	Code       string
	Message    string
	Details    any
	Retryable  bool
	RetryAfter time.Duration
	// Nothing says of an unavailable other side that it heard of nothing, such as one that
	// refused the connection.
	Nothing bool
}

// unsure says that the call may have taken effect all the same: its answer was lost, or the
// other side broke over it. Any other code is an answer that says that nothing was done.
func (f *Failure) unsure() bool {
	switch f.Code {
	case "timeout", "crashed", "internal":
		return true
	case "unavailable":
		return !f.Nothing
	}
	return false
}

// Flows finds the document that a run is pinned to.
type Flows interface {
	Flow(ctx context.Context, digest string) (*Flow, error)
}

// Callees finds the flows that core.call runs.
type Callees interface {
	// Callee prepares a published flow for an input: a version of it, or the newest
	// where that is 0. The error says why it can't be called, as a [run.Error].
	Callee(ctx context.Context, flow string, version int, input any) (Callee, error)
}

// Callee is a flow to be called.
type Callee struct {
	Flow    *Flow
	Version int
	Trigger string
}

// Clock tells the time and wakes the engine.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once after d, in a goroutine of its own.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// Observer is told of events after they are durable, in order, by run. It must
// not block.
type Observer func(Committed)

// Committed is what an [Observer] hears.
type Committed struct {
	Record Record
	Status run.Status
	Events []run.Event
	// Asked says that questions to people were asked or closed.
	Asked bool
}
