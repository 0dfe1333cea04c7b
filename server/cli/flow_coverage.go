package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// branch is one way on from a node that has several, or a trigger of several.
type branch struct{ node, port string }

func (b branch) String() string {
	if b.port == "" {
		return b.node
	}
	return b.node + "." + b.port
}

// coverage counts which ways through a flow its tests have taken.
type coverage struct {
	name  string
	all   []branch
	taken map[branch]bool
}

// newCoverage lists what there is to take: each way out of a node that decides, both
// ways out of a node whose error is handled, and each of several triggers.
func newCoverage(h *app.Headless, d *flow.Document) *coverage {
	c := &coverage{name: d.Name, taken: map[branch]bool{}}
	handled, triggers := map[string]bool{}, []branch{}
	for _, e := range d.Edges {
		if from, port := e.Port(); port == flow.PortError {
			handled[from] = true
		}
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Disabled {
			continue
		}
		if strings.HasPrefix(n.Type, flow.TriggerPrefix) {
			triggers = append(triggers, branch{node: n.ID})
			continue
		}
		ports := slices.DeleteFunc(slices.Clone(h.Ports(d, n)), func(port string) bool { return port == flow.PortError && !handled[n.ID] })
		if len(ports) < 2 {
			continue
		}
		for _, port := range ports {
			c.all = append(c.all, branch{n.ID, port})
		}
	}
	if len(triggers) > 1 {
		c.all = append(triggers, c.all...)
	}
	return c
}

// add marks what a run took.
func (c *coverage) add(s *run.State) {
	for _, step := range s.Steps() {
		id := step.Node.ID
		c.taken[branch{node: id}] = c.taken[branch{node: id}] || step.State == run.StepDone
		if step.State != run.StepDone && step.State != run.StepFailedEnd {
			continue
		}
		port := step.Port
		switch {
		case port != "":
		case step.State == run.StepFailedEnd:
			port = flow.PortError
		default:
			port = flow.PortOut
		}
		c.taken[branch{id, port}] = true
	}
}

// print says how much was taken, and names what was not.
func (c *coverage) print(to io.Writer) (taken int) {
	var missing []string
	for _, b := range c.all {
		if c.taken[b] {
			taken++
		} else {
			missing = append(missing, b.String())
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(to, "%s: %d of %d branches taken; no case takes %s\n", c.name, taken, len(c.all), strings.Join(missing, ", "))
	}
	return taken
}

// printCoverage sums up all flows.
func printCoverage(to io.Writer, flows []*coverage) {
	taken, all := 0, 0
	for _, c := range flows {
		taken += c.print(to)
		all += len(c.all)
	}
	percent := 100.0
	if all > 0 {
		percent = 100 * float64(taken) / float64(all)
	}
	// Rounded down: what isn't whole is never said to be.
	fmt.Fprintf(to, "branch coverage %.1f %% (%d of %d)\n", float64(int(percent*10))/10, taken, all)
}
