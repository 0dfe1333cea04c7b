package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// CodeNotReached is the code of a run to a node that it did not get to.
const CodeNotReached = "until.not_reached"

// PinPorts are the ports that a pin of a node may choose; the first is what a pin takes
// that names none, where there is but one. The error says why the node takes no pin.
func PinPorts(n *flow.Node, t catalog.NodeType) ([]string, error) {
	switch {
	case t.Kind == catalog.KindTrigger:
		return nil, errors.New("a trigger gives what the run begins with: give the run an input, or keep one as a sample")
	case n.Type == flow.TypeStop, n.Type == flow.TypeNote, n.Type == "core.respond":
		return nil, errors.New(n.Type + " gives no output that could be pinned")
	}
	ports := slices.DeleteFunc(slices.Clone(check.Ports(n, t)), func(port string) bool { return port == flow.PortError })
	if len(ports) == 0 {
		return nil, errors.New(n.Type + " has no way out that could be pinned")
	}
	return ports, nil
}

// CheckPin says why a pin is none that the node can have, or nil.
func CheckPin(n *flow.Node, t catalog.NodeType, pin run.Pin) error {
	ports, err := PinPorts(n, t)
	switch {
	case err != nil:
		return err
	case pin.Port == "" && slices.Contains(ports, flow.PortOut), slices.Contains(ports, pin.Port):
		return nil
	case pin.Port == "":
		return fmt.Errorf("%s has several ways out: name the port, one of %s", n.ID, strings.Join(ports, ", "))
	}
	return fmt.Errorf("%s has no port %q: use one of %s", n.ID, pin.Port, strings.Join(ports, ", "))
}

// Leads says whether a run that begins at a trigger may get to a node.
func Leads(f *Flow, trigger, node string) bool {
	state := run.New(f.Plan, nil)
	_, err := state.Apply(run.Event{Seq: 1, Kind: run.RunStarted, Trigger: trigger, Setup: &run.Setup{Until: node}})
	goal := state.Goal(state.Root())
	return err == nil && goal != nil && goal.State != run.StepSkip
}

// pinned ends a step with the output that was given beforehand. It says whether there is
// one.
func (a *actor) pinned(step *run.Step) bool {
	pin, there := a.state.Pin(step)
	if there {
		a.succeed(step, run.Event{At: a.now(), Attempt: 1, Port: pin.Port, Output: pin.Output, Pinned: true})
	}
	return there
}

// first gives the first event of a run what it holds of it all.
func (a *actor) first(e run.Event) run.Event {
	if a.state.Seq == 0 && (a.setup.Until != "" || len(a.setup.Pins) > 0) {
		e.Setup = &a.setup
	}
	return e
}

// finishAtGoal ends a run that goes to one node: as that did.
func finishAtGoal(goal *run.Step, e *run.Event) {
	switch goal.State {
	case run.StepDone:
		e.Kind, e.Output = run.RunSucceeded, goal.Output
	case run.StepFailedEnd:
		cause := *goal.Error
		if cause.Step == "" {
			cause.Step = goal.Key
		}
		e.Kind, e.Error = run.RunFailed, &cause
	default:
		e.Kind = run.RunFailed
		e.Error = &run.Error{Code: CodeNotReached, Step: goal.Key, Message: "the run did not get to " + goal.Key + ": it is disabled, or another way was taken before it"}
	}
}
