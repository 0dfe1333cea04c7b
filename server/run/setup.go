package run

// Pin is an output that stands for what a node would give: it is neither evaluated nor
// called.
type Pin struct {
	Output any
	// Port is the way out that is taken; empty is out.
	Port string
}

// Setup is what one run does otherwise than its document says. Its first event holds it,
// so that it never changes while the run lasts.
type Setup struct {
	// Until is the node after which nothing is started; empty is none. What doesn't lead
	// to it is skipped.
	Until string
	// Pins are the outputs that were given beforehand, by node.
	Pins map[string]Pin
}

// plain gives the setup as the value that a journal keeps.
func (s *Setup) plain() map[string]any {
	out := map[string]any{}
	if s.Until != "" {
		out["until"] = s.Until
	}
	if len(s.Pins) == 0 {
		return out
	}
	pins := make(map[string]any, len(s.Pins))
	for node, p := range s.Pins {
		pin := map[string]any{"output": p.Output}
		if p.Port != "" {
			pin["port"] = p.Port
		}
		pins[node] = pin
	}
	out["pins"] = pins
	return out
}

func readSetup(v any) (*Setup, error) {
	m := newMembers(v)
	s := &Setup{Until: m.text("until")}
	pins, given := m.of["pins"]
	if !given {
		return s, m.err
	}
	list := newMembers(pins)
	m.adopt(list)
	s.Pins = make(map[string]Pin, len(list.of))
	for node, v := range list.of {
		pin := newMembers(v)
		s.Pins[node] = Pin{Output: pin.of["output"], Port: pin.text("port")}
		m.adopt(pin)
	}
	return s, m.err
}

// Setup is what the run does otherwise than its document says. Nobody changes it.
func (s *State) Setup() Setup { return s.setup }

// Pin gives the output that was given beforehand for a step, if there is one.
func (s *State) Pin(step *Step) (Pin, bool) {
	pin, there := s.setup.Pins[step.Node.ID]
	return pin, there
}

// takeSetup reads the setup of the first event.
func (s *State) takeSetup(e *Event) {
	if e.Setup == nil {
		return
	}
	s.setup = *e.Setup
	if s.setup.Until != "" {
		s.wanted = s.Plan.upTo(s.setup.Until)
	}
}

// Wants says whether a node may run: all do, unless the run goes to one node only.
func (s *State) Wants(id string) bool {
	i, known := s.Plan.byID[id]
	return known && (s.wanted == nil || s.wanted[i])
}

// Goal is the step of a pass by which the run gets to the node that it goes to: that
// node's, or that of the container around it. It is nil where there is none.
func (s *State) Goal(scope *Scope) *Step {
	goal, known := s.Plan.Lookup(s.setup.Until)
	for ; known && s.setup.Until != ""; goal = &s.Plan.Nodes[goal.parent] {
		if scope.owner() == goal.parent {
			return &scope.steps[goal.slot]
		}
		if goal.parent == none {
			break
		}
	}
	return nil
}

// upTo finds the nodes that lead to one: those before it, with all that is in them, and
// the containers around it, with what is before them.
func (p *Plan) upTo(id string) map[int]bool {
	wanted := map[int]bool{}
	at, known := p.byID[id]
	if !known {
		return wanted
	}
	p.whole(at, wanted)
	for ; at != none; at = p.Nodes[at].parent {
		wanted[at] = true
		p.before(at, wanted)
	}
	return wanted
}

// before adds the nodes that edges lead from, with what is in them.
func (p *Plan) before(at int, wanted map[int]bool) {
	for _, l := range p.Nodes[at].in {
		if !wanted[l.from] {
			p.whole(l.from, wanted)
			p.before(l.from, wanted)
		}
	}
}

// whole adds a node with all that is in it.
func (p *Plan) whole(at int, wanted map[int]bool) {
	wanted[at] = true
	if body := p.Nodes[at].body; body != nil {
		for _, inner := range body.nodes {
			p.whole(inner, wanted)
		}
	}
}
