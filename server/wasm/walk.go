package wasm

import "fmt"

// instruction is one instruction of a body.
type instruction struct {
	op         uint16 // of two bytes, the prefix first
	start, end int    // in the file, with what follows the opcode
	index      uint32 // the first index, the number of targets, or of a block its type
	second     uint32
	valueType  ValueType // of a block with a single result, else 0
	depth      int       // blocks around it; of a block, else and end: around the block itself
}

// blockForm tells how the type of a block is written.
const (
	blockVoid  = 1<<32 - 1 // no parameters, no result
	blockValue = 1<<32 - 2 // no parameters, one result
)

// walker walks the instructions of a body. It knows every opcode with what
// follows it and never reads beyond the body.
type walker struct {
	reader
	blocks []byte // the open blocks, by opcode
	limit  int    // of blocks one within another
	deep   bool   // the limit was passed
	// targets, where it is set, is told the targets of a br_table before the
	// instruction itself.
	targets func(label uint32)
	last    instruction
}

func (m *Module) walk(own, limit int) walker {
	c := m.Code[own].Body
	w := walker{reader: reader{file: m.File, at: c.Start, end: c.End, section: "code"}, limit: limit}
	w.blocks = append(make([]byte, 0, 64), opBlock) // the function itself
	return w
}

// next moves to the next instruction and reports whether there is one. After
// false, w.err tells whether the body was read to its end.
func (w *walker) next() bool {
	if w.err != nil || w.at >= w.end {
		return false
	}
	i := &w.last
	*i = instruction{start: w.at}
	if len(w.blocks) == 0 {
		w.failAt(w.at, "instructions follow the end of the function: the file is damaged")
		return false
	}
	b := w.file[w.at]
	w.at++
	i.op = uint16(b)
	i.depth = len(w.blocks) - 1
	kind := opcodes[b]
	switch b {
	case prefixMisc:
		kind = w.misc(i)
	case prefixVector:
		kind = w.vector(i)
	}
	w.immediate(i, kind)
	w.nest(i)
	i.end = w.at
	if w.err == nil && w.at >= w.end && len(w.blocks) > 0 {
		w.failAt(w.at, "a block has no end: the file is damaged")
	}
	return w.err == nil
}

// misc reads the number after 0xfc. It takes one byte: a padded form may be read
// differently by others.
func (w *walker) misc(i *instruction) immediate {
	sub := w.byte("an instruction")
	i.op = prefixMisc<<8 | uint16(sub)
	if int(sub) >= len(miscOpcodes) {
		return immUnknown
	}
	return miscOpcodes[sub]
}

// vector reads the number after 0xfd. Numbers from 128 on take two bytes, the
// second of which is 1. wazero takes the first alone and reads the second as a
// nop; so anything but 1 would be an instruction to it that isn't seen here.
func (w *walker) vector(i *instruction) immediate {
	at := w.at
	sub := w.byte("an instruction")
	i.op = prefixVector<<8 | uint16(sub)
	if sub >= 0x80 && w.byte("an instruction") != 1 {
		w.failAt(at, "a vector instruction has a number above 255 or a padded one: build without relaxed SIMD")
	}
	return vectorOpcodes[sub]
}

// nest keeps the open blocks.
func (w *walker) nest(i *instruction) {
	switch i.op {
	case opBlock, opLoop, opIf:
		if len(w.blocks) > w.limit {
			w.deep = true
			w.failAt(i.start, "blocks are nested more than %d deep: split the function", w.limit)
			return
		}
		w.blocks = append(w.blocks, byte(i.op))
	case opElse:
		i.depth--
		if w.blocks[len(w.blocks)-1] != opIf {
			w.failAt(i.start, "an else belongs to no if: the file is damaged")
			return
		}
		w.blocks[len(w.blocks)-1] = opElse
	case opEnd:
		i.depth--
		w.blocks = w.blocks[:len(w.blocks)-1]
	}
}

// immediate reads what follows an opcode.
func (w *walker) immediate(i *instruction, kind immediate) {
	switch kind {
	case immNone:
	case immIndex:
		i.index = w.u32("an index")
		if i.op == opBr || i.op == opBrIf {
			w.label(i, i.index)
		}
	case immBlock:
		w.blockType(i)
	case immMemory, immMemoryLane:
		if align := w.u32("an alignment"); align >= 32 {
			w.failAt(i.start, "an access has the alignment 2^%d: build without the multi-memory feature", align)
		}
		w.u32("an offset")
		if kind == immMemoryLane {
			w.skip(1)
		}
	case immI32:
		w.skipSigned(32)
	case immI64:
		w.skipSigned(64)
	case immIndices:
		i.index, i.second = w.u32("an index"), w.u32("an index")
	case immTargets:
		n := w.count("targets of br_table", 1, MaxFile)
		i.index = uint32(n)
		for range n + 1 {
			label := w.u32("a target of br_table")
			w.label(i, label)
			if w.targets != nil && w.err == nil {
				w.targets(label)
			}
		}
	case immLane:
		w.skip(1)
	case immF32:
		w.skip(4)
	case immF64:
		w.skip(8)
	case imm16:
		w.skip(16)
	default:
		w.rare(i, kind)
	}
}

// rare reads what few instructions have.
func (w *walker) rare(i *instruction, kind immediate) {
	switch kind {
	case immIndexZero:
		i.index = w.u32("an index")
		w.zero()
	case immZeros:
		w.zero()
		w.zero()
	case immZero:
		w.zero()
	case immTypes:
		if w.byte("the number of types") != 1 {
			w.failAt(i.start, "select has several types, it must have one")
		}
		w.valueType("the type of select")
	case immRef:
		w.refType("the type of ref.null")
	default:
		hint, known := refusedFeature[kind]
		if !known {
			hint = "is unknown: build for WebAssembly 2.0"
		}
		w.failAt(i.start, "the instruction %s %s", opcodeName(i.op), hint)
	}
}

// label checks the target of a branch. One beyond the function would be in it
// once Instrument has put a block around its body.
func (w *walker) label(i *instruction, label uint32) {
	if int(label) > i.depth {
		w.failAt(i.start, "a branch goes out of %d blocks, it is in %d: the file is damaged", label, i.depth)
	}
}

func (w *walker) zero() {
	at := w.at
	if w.byte("the index of a memory") != 0 {
		w.failAt(at, "an instruction is for another memory than the first: build without the multi-memory feature")
	}
}

// blockType reads the type of a block. One of a single byte below 0x80 is void
// or a value's; others are the index of a function type.
func (w *walker) blockType(i *instruction) {
	if w.at >= w.end {
		w.failAt(w.at, "the type of a block is missing: the file is damaged")
		return
	}
	if b := w.file[w.at]; b >= 0x40 && b < 0x80 {
		if b == typeVoid {
			w.at++
			i.index = blockVoid
			return
		}
		i.index = blockValue
		i.valueType = w.valueType("the type of a block")
		return
	}
	v, n := sleb(w.file[w.at:w.end], 33)
	if n == 0 || v < 0 || v >= maxTypes {
		w.failAt(w.at, "the type of a block is neither a value's nor an index: the file is damaged")
		return
	}
	w.at += n
	i.index = uint32(v)
}

func opcodeName(op uint16) string {
	if name, ok := opcodeNames[op]; ok {
		return name
	}
	if op > 0xff {
		return fmt.Sprintf("%#x %#x", op>>8, op&0xff)
	}
	return fmt.Sprintf("%#x", op)
}

// opcodeNames are the instructions that refusals name.
var opcodeNames = map[uint16]string{
	opTableSet: "table.set", opTableInit: "table.init", opTableGrow: "table.grow", opTableCopy: "table.copy",
	opTableFill: "table.fill", opDataDrop: "data.drop", opElemDrop: "elem.drop",
	0x06: "try", 0x07: "catch", 0x08: "throw", 0x09: "rethrow", 0x0a: "throw_ref", 0x18: "delegate", 0x19: "catch_all",
	0x1f: "try_table", 0x12: "return_call", 0x13: "return_call_indirect", 0x14: "call_ref", 0x15: "return_call_ref",
}
