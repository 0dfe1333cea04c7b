package wasm

import "fmt"

// plan is what one reading of a function tells about how to rewrite it.
type plan struct {
	costs []int // the longest way through the function, then through each loop
	size  int   // instructions
	frame int64 // bytes of stack, by an estimate
	calls bool
	loops bool
	bulk  bool // memory.copy, memory.fill or memory.init
}

const (
	// leafSize is how many instructions a function without calls and loops may
	// have without being charged for; the call is.
	leafSize = 32
	fullWay  = 64
	callCost = 8
	growCost = 1024
)

// cost is what is charged for a way of a number of instructions. All of a short
// one is; of a long one a part, because few pass it to its end: in Go each pass of
// any loop is one of the function's only loop, whose longest way is the whole
// function. A unit stands for at most 16 instructions: 0.2 to 2 ns of usual code,
// and 50 ns of the worst that was found (roots of numbers, loads that miss every
// cache, fills of all memory).
func cost(way int) int64 {
	if way > fullWay {
		way = fullWay + (way-fullWay)/16
	}
	return int64(way)
}

// charged reports whether the function's entry is charged.
func (p *plan) charged() bool { return p.calls || p.loops || p.size > leafSize }

// study reads a function.
func (w *rewriter) study(own int) (plan, error) {
	p := plan{}
	ways := newPath()
	h := height{Module: w.Module}
	walk := w.walk(own, maxWalkNesting)
	walk.targets = ways.ofTable
	locals := w.Code[own].LocalCount + len(w.FunctionType(own).Params)
	for walk.next() {
		i := &walk.last
		if err := w.inBounds(i, locals); err != nil {
			return p, err
		}
		h.add(i)
		p.size++
		weight := 1
		switch i.op {
		case opLoop:
			p.loops = true
		case opCall, opCallIndirect:
			p.calls = true
			weight = callCost
		case opMemoryCopy, opMemoryFill, opMemoryInit:
			p.bulk = true
		}
		w.named = w.named || i.op == opMemoryInit || i.op == opDataDrop
		ways.add(i, weight)
	}
	if walk.err != nil {
		return p, walk.err
	}
	p.costs = ways.costs
	p.frame = frame(locals, h.most, p.size)
	return p, nil
}

// inBounds refuses an index beyond the end, which after the rewriting would name
// what was added.
func (w *rewriter) inBounds(i *instruction, locals int) error {
	what, limit := "", 0
	switch i.op {
	case opCall, opRefFunc:
		what, limit = "function", w.FunctionCount()
	case opGlobalGet, opGlobalSet:
		what, limit = "global", len(w.Globals)
	case opLocalGet, opLocalSet, opLocalTee:
		what, limit = "local", locals
	default:
		return nil
	}
	if int(i.index) < limit {
		return nil
	}
	return &Error{"code", i.start, fmt.Sprintf("it names the %s %d, there are %d: the file is damaged", what, i.index, limit)}
}

// maxWalkNesting bounds the memory of a walk, not what is allowed.
const maxWalkNesting = 1 << 16

// code writes the bodies of all functions.
func (w *rewriter) code() ([]byte, error) {
	size := 0
	for _, c := range w.Code {
		size += c.Body.End - c.Locals.Start
	}
	out := make([]byte, 0, size+size/4)
	var body []byte
	for own := range w.Code {
		p, err := w.study(own)
		if err != nil {
			return nil, err
		}
		body = w.body(body[:0], own, &p)
		out = append(appendU(out, len(body)), body...)
	}
	return out, nil
}

// function is one function that is being rewritten.
type function struct {
	*rewriter
	out     []byte
	scratch uint32 // an i64 local
	length  uint32 // an i32 local
}

// body writes one function: its locals, what it pays at its entry, and its
// instructions with what is put between them. What is put in leaves the stack of
// values as it was, so that it may stand anywhere.
func (w *rewriter) body(out []byte, own int, p *plan) []byte {
	c, t := w.Code[own], w.FunctionType(own)
	f := &function{rewriter: w, out: out}
	f.locals(c, uint32(len(t.Params)+c.LocalCount), p)
	if p.calls {
		f.enter(p.frame)
		f.out = append(f.out, opBlock)
		f.blockType(t.Results)
	}
	if p.charged() {
		f.charge(cost(p.costs[0]))
	}
	loop := 0
	walk := w.walk(own, maxWalkNesting)
	copied := c.Body.Start
	flush := func(to int) {
		f.out = append(f.out, w.File[copied:to]...)
	}
	for walk.next() {
		i := &walk.last
		switch i.op {
		case opLoop:
			flush(i.end)
			copied = i.end
			loop++
			f.charge(cost(p.costs[loop]))
		case opCall, opRefFunc:
			flush(i.start)
			copied = i.end
			f.out = appendU(append(f.out, byte(i.op)), w.shift(i.index))
		case opReturn:
			if p.calls {
				flush(i.start)
				copied = i.end
				f.out = appendU(append(f.out, opBr), i.depth)
			}
		case opMemoryGrow:
			flush(i.start)
			copied = i.start
			f.charge(growCost)
		case opMemoryCopy, opMemoryFill, opMemoryInit:
			flush(i.start)
			copied = i.start
			f.chargeLength()
		}
	}
	flush(c.Body.End)
	if p.calls {
		f.leave(p.frame)
	}
	return f.out
}

// locals writes the declarations with those that the fuel needs.
func (f *function) locals(c Code, next uint32, p *plan) {
	r := reader{file: f.File, at: c.Locals.Start, end: c.Locals.End}
	groups := r.u32("")
	added := uint32(1)
	if p.bulk {
		added = 2
	}
	f.out = append(appendU(f.out, groups+added), f.File[r.at:r.end]...)
	f.scratch = next
	f.out = append(f.out, 1, byte(I64))
	if p.bulk {
		f.length = next + 1
		f.out = append(f.out, 1, byte(I32))
	}
}

func (f *function) blockType(results []byte) {
	switch len(results) {
	case 0:
		f.out = append(f.out, typeVoid)
	case 1:
		f.out = append(f.out, results[0])
	default:
		f.out = appendS(f.out, int64(f.typeOf(results)))
	}
}

// lower takes a constant from a global and leaves whether it is below zero.
func (f *function) lower(global uint32, by int64) {
	f.out = appendU(append(f.out, opGlobalGet), global)
	f.out = append(appendS(append(f.out, opI64Const), by), opI64Sub)
	f.store(global)
}

// store sets a global to the value on the stack and leaves whether it is below
// zero. The value stays in a local, because the compiler would load the global
// again.
func (f *function) store(global uint32) {
	f.out = appendU(append(f.out, opLocalTee), f.scratch)
	f.out = appendU(append(f.out, opGlobalSet), global)
	f.out = appendU(append(f.out, opLocalGet), f.scratch)
	f.out = append(f.out, opI64Const, 0, opI64LtS)
}

// tickIf calls the tick where the value on the stack says so.
func (f *function) tickIf() {
	f.out = append(f.out, opIf, typeVoid, opCall)
	f.out = append(appendU(f.out, f.tick), opEnd)
}

// charge takes a constant from the fuel.
func (f *function) charge(by int64) {
	f.lower(f.fuel, by)
	f.tickIf()
}

// chargeLength takes from the fuel by the length on the stack, which is of
// bytes.
func (f *function) chargeLength() {
	f.out = appendU(append(f.out, opLocalTee), f.length)
	f.out = appendU(append(f.out, opGlobalGet), f.fuel)
	f.out = appendU(append(f.out, opLocalGet), f.length)
	f.out = append(f.out, opI64ExtendU, opI64Const, 6, opI64ShrU, opI64Sub)
	f.store(f.fuel)
	f.tickIf()
}

// enter takes a frame from the stack and traps where there is none left.
func (f *function) enter(frame int64) {
	f.lower(f.stack, frame)
	f.out = append(f.out, opIf, typeVoid, opUnreachable, opEnd)
}

// leave gives a frame back and ends the function.
func (f *function) leave(frame int64) {
	f.out = appendU(append(f.out, opGlobalGet), f.stack)
	f.out = append(appendS(append(f.out, opI64Const), frame), opI64Add)
	f.out = append(appendU(append(f.out, opGlobalSet), f.stack), opEnd)
}
