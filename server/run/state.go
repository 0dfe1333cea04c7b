package run

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Status is a run's state, as contracts name it.
type Status string

// States of a run.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Waiting   Status = "waiting"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Canceled  Status = "canceled"
	// Unknown is a run that waits for a person to say what became of a step; and one
	// that ended before anybody did.
	Unknown Status = "unknown"
)

// StepState is a step's state.
type StepState string

// States of a step.
const (
	StepPending   StepState = "pending"
	StepRunning   StepState = "running"
	StepWaiting   StepState = "waiting" // for a time: that of a retry, or its own
	StepDone      StepState = "succeeded"
	StepFailedEnd StepState = "failed"
	StepSkip      StepState = "skipped"
	StepCanceled  StepState = "canceled"
	StepUnsure    StepState = "unknown" // a person has to say whether it happened
)

func (s StepState) settled() bool {
	switch s {
	case StepDone, StepFailedEnd, StepSkip, StepCanceled:
		return true
	case StepPending, StepRunning, StepWaiting, StepUnsure:
	}
	return false
}

// State is a run as its journal tells it. It is changed by [State.Apply] alone.
type State struct {
	Plan     *Plan
	Status   Status
	Seq      int64 // of the last event
	Size     int   // of all events so far, as [Event.Size] counts
	Trigger  string
	Started  time.Time
	Ended    time.Time
	Output   any
	Error    *Error
	Response *Response
	over     bool
	// stopping says that nothing new starts: a failure, core.stop or a cancel.
	stopping Kind
	stopped  *Event // the step.succeeded of core.stop
	setup    Setup
	wanted   map[int]bool // the nodes that may run; nil is all
	data     any          // what the trigger step gives: the run's input
	root     *Scope
	steps    map[string]*Step
	order    []*Step
	live     int // steps that are ready, running or waiting
	leaves   int // those of them that are no containers
	waits    int // those of the leaves that wait: for a time, to be told something
	unsure   int // those of them that are unknown
	readies  int // steps that are ready
	now      time.Time
	effects  []Effect
}

// Scope is one pass through a body: the whole run, or one item of a container.
type Scope struct {
	Container *Step // nil at the root
	Index     int
	steps     []Step
	body      *body
	left      int // steps not yet settled
	failed    *Error
	live      int
	done      bool
}

// Step is one node in one scope.
type Step struct {
	Key      string
	Node     *Node
	Scope    *Scope
	State    StepState
	Port     string
	Output   any
	Error    *Error
	Attempts int
	// StartedSeq is the seq of the event that began the step: its input was
	// evaluated on what the events before that one say.
	StartedSeq int64
	EndedSeq   int64
	StartedAt  time.Time
	EndedAt    time.Time
	Due        time.Time // until when it waits; zero is until it is told something
	Logs       []Log
	// Decisions are what people said to it, as the events tell it.
	Decisions []any
	// Pinned says that the output was given beforehand.
	Pinned bool

	resolved, taken int
	ready           bool
	loop            *Loop
}

// Loop is the progress of a container.
type Loop struct {
	Total  int
	Done   int
	Failed int
	// Limit is how many of the open passes work at once, where it is fewer than all:
	// of a loop that was kept from another run. 0 is all.
	Limit     int
	next      int // the next pass to open
	passes    map[int]*Scope
	results   []any
	width     int // passes at once
	closing   bool
	advancing bool
	port      string // by which a repeat ends
	err       *Error // why no further pass opens
}

// EffectKind says what the engine has to do.
type EffectKind int

// Kinds of effects.
const (
	// DoStep: evaluate the step's input and run it.
	DoStep EffectKind = iota
	// DoResult: evaluate the container's result for pass Index and append a [LoopItem].
	DoResult
	// DoClose: every pass is done; append the container's [StepSucceeded] or [StepFailed].
	DoClose
	// DoSkip: tell those who watch that the step was skipped.
	DoSkip
	// DoFinish: nothing is left; append the run's terminal event.
	DoFinish
)

// Effect is one thing to be done next.
type Effect struct {
	Kind  EffectKind
	Step  *Step
	Index int
}

// New makes the state of a run that has not begun. Data is the trigger's: what
// expressions read as the output of the trigger node that fired.
func New(p *Plan, data any) *State {
	return &State{Plan: p, Status: Queued, data: data, steps: map[string]*Step{}}
}

// Step finds a step by its key.
func (s *State) Step(key string) (*Step, bool) {
	step, ok := s.steps[key]
	return step, ok
}

// Steps lists the steps that exist so far, in the order they came to be.
func (s *State) Steps() []*Step { return slices.Clone(s.order) }

// StepCount is the number of steps that exist so far.
func (s *State) StepCount() int { return len(s.order) }

// Ending says why nothing new starts: [RunFailed], [RunSucceeded] of a core.stop,
// [RunCanceled] or [RunUnknown]; empty while the run goes on.
func (s *State) Ending() Kind { return s.stopping }

// Over says whether the run has ended: nothing follows its last event.
func (s *State) Over() bool { return s.over }

// Due is when the first of the steps that wait goes on; zero where all wait to be
// told something. ok is false where the run does anything but wait.
func (s *State) Due() (due time.Time, ok bool) {
	queued := s.Status == Queued && s.Seq > 0
	if s.over || !queued && s.Status != Waiting && s.Status != Unknown {
		return due, false
	}
	for _, step := range s.order {
		if step.State == StepWaiting && !step.Due.IsZero() && (due.IsZero() || step.Due.Before(due)) {
			due = step.Due
		}
	}
	return due, true
}

// Stopped gives the event of the core.stop that ended the run, or nil.
func (s *State) Stopped() *Event { return s.stopped }

// Ready says whether the step is still to be begun: a failure elsewhere in its
// pass or run withdraws it.
func (t *Step) Ready() bool { return t.ready }

// Loop gives a container's progress, or nil.
func (t *Step) Loop() *Loop { return t.loop }

// Visible finds the step of a node as seen from a scope: in it or around it.
func (s *State) Visible(from *Scope, id string) (*Step, bool) {
	n, ok := s.Plan.Lookup(id)
	if !ok {
		return nil, false
	}
	for scope := from; scope != nil; scope = scope.outer() {
		if scope.owner() == n.parent && n.Type != flow.TypeNote {
			return &scope.steps[n.slot], true
		}
	}
	return nil, false
}

// Root is the scope of the nodes that lie in no container; nil before the start.
func (s *State) Root() *Scope { return s.root }

func (c *Scope) outer() *Scope {
	if c.Container == nil {
		return nil
	}
	return c.Container.Scope
}

func (c *Scope) owner() int {
	if c.Container == nil {
		return none
	}
	return c.Container.Node.Index
}

func (c *Scope) prefix() string {
	if c.Container == nil {
		return ""
	}
	return c.Container.Key + "." + strconv.Itoa(c.Index) + "."
}

// NodeID gives the node's id of a step key: its last part.
func NodeID(key string) string {
	return key[strings.LastIndexByte(key, '.')+1:]
}
