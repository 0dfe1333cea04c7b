package wasm

// path measures the longest way through a function and through each loop of it,
// in instructions. Without the loops a function's branches go forward alone, so
// that one reading finds it. What stands in an inner loop is that loop's own.
type path struct {
	costs  []int   // of the function, then of each loop in the order of the code
	open   []level // the loops around, the function first
	blocks []join  // the open blocks, the function first
}

// level is an open loop: its place in costs and the way from its head to here,
// below zero where nothing leads here.
type level struct{ cost, way int }

// join is an open block: the longest way to its end, and for an else to its
// begin, both in the loop that the block stands in.
type join struct {
	level, end, begin int
	loop, open        bool // open: an if whose else hasn't come
}

const nowhere = -1

func newPath() *path {
	return &path{costs: make([]int, 1, 8), open: make([]level, 1, 8), blocks: []join{{end: nowhere}}}
}

// add goes over an instruction that weighs as many as weight. The targets of
// br_table are told by ofTable before it.
func (p *path) add(i *instruction, weight int) {
	here := &p.open[len(p.open)-1]
	if here.way >= 0 {
		here.way += weight
		p.costs[here.cost] = max(p.costs[here.cost], here.way)
	}
	switch i.op {
	case opBlock:
		p.blocks = append(p.blocks, join{level: len(p.open) - 1, end: nowhere})
	case opIf:
		p.blocks = append(p.blocks, join{level: len(p.open) - 1, end: nowhere, begin: here.way, open: true})
	case opLoop:
		p.blocks = append(p.blocks, join{level: len(p.open) - 1, end: nowhere, loop: true})
		inner := level{cost: len(p.costs)}
		if here.way < 0 {
			inner.way = nowhere
		}
		p.costs = append(p.costs, 0)
		p.open = append(p.open, inner)
	case opElse:
		b := &p.blocks[len(p.blocks)-1]
		b.end = max(b.end, here.way)
		here.way, b.open = b.begin, false
	case opEnd:
		p.end()
	case opBr, opBrIf:
		p.target(i.index, 0)
	}
	switch i.op {
	case opBr, opBrTable, opReturn, opUnreachable:
		p.open[len(p.open)-1].way = nowhere
	}
}

// ofTable notes a target of the br_table that comes next.
func (p *path) ofTable(label uint32) { p.target(label, 1) }

// target notes a branch to a label, more instructions from here.
func (p *path) target(label uint32, more int) {
	if p.open[len(p.open)-1].way < 0 || int(label) >= len(p.blocks) {
		return
	}
	b := &p.blocks[len(p.blocks)-1-int(label)]
	if !b.loop { // a branch to the head of a loop is paid there
		b.end = max(b.end, p.open[b.level].way+more)
	}
}

func (p *path) end() {
	b := p.blocks[len(p.blocks)-1]
	p.blocks = p.blocks[:len(p.blocks)-1]
	here := &p.open[len(p.open)-1]
	if b.loop {
		through := here.way >= 0
		p.open = p.open[:len(p.open)-1]
		if here = &p.open[len(p.open)-1]; !through {
			here.way = nowhere
		}
		return
	}
	if b.open {
		b.end = max(b.end, b.begin)
	}
	here.way = max(here.way, b.end)
}
