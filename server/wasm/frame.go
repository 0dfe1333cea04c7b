package wasm

// height follows how many values lie on the stack of a function, roughly: the
// types of values aren't known here, and a vector counts as one.
type height struct {
	*Module
	now, most int
	blocks    []int // the height at the begin of each open block
}

func (h *height) add(i *instruction) {
	switch i.op {
	case opBlock, opLoop:
		h.blocks = append(h.blocks, h.now)
	case opIf:
		h.now--
		h.blocks = append(h.blocks, h.now)
	case opElse:
		h.now = h.blocks[len(h.blocks)-1]
	case opEnd:
		if n := len(h.blocks); n > 0 {
			h.now = h.blocks[n-1]
			h.blocks = h.blocks[:n-1]
		}
	case opCall:
		h.call(h.functionType(i.index))
	case opCallIndirect:
		h.now--
		if int(i.index) < len(h.Types) {
			h.call(h.Types[i.index])
		}
	default:
		h.now += effect(i.op)
	}
	h.now = max(h.now, 0)
	h.most = max(h.most, h.now)
}

func (h *height) call(t FuncType) { h.now += len(t.Results) - len(t.Params) }

// functionType answers the type of a function, an empty one beyond the end.
func (m *Module) functionType(f uint32) FuncType {
	t := uint32(maxTypes)
	if int(f) < len(m.Imports) {
		t = m.Imports[f].Type // imports are functions alone, or the module is refused
	} else if own := int(f) - len(m.Imports); own < len(m.Functions) {
		t = m.Functions[own]
	}
	if int(t) >= len(m.Types) {
		return FuncType{}
	}
	return m.Types[t]
}

// effect answers how many values more there are after an instruction.
func effect(op uint16) int {
	switch {
	case op == opLocalGet, op == opGlobalGet, op >= opI32Const && op <= opF64Const, op == opRefNull, op == opRefFunc, op == 0x3f:
		return 1
	case op == 0x1a, op == opLocalSet, op == opGlobalSet, op == opBrIf, op == opBrTable: // drop
		return -1
	case op == 0x1b, op == 0x1c, op >= 0x36 && op <= 0x3e: // select, stores
		return -2
	case op >= 0x46 && op <= 0x4f, op >= 0x51 && op <= 0x66: // comparisons
		return -1
	case op >= 0x6a && op <= 0x78, op >= 0x7c && op <= 0x8a, op >= 0x92 && op <= 0x98, op >= 0xa0 && op <= 0xa6: // arithmetic
		return -1
	case op == opMemoryCopy, op == opMemoryFill, op == opMemoryInit:
		return -3
	case op == prefixVector<<8|0x0c: // v128.const
		return 1
	case op == prefixVector<<8|0x0b: // v128.store
		return -2
	}
	return 0
}

// frame estimates the stack that a call of a function takes, in bytes. What
// lies on the stack of values during the call is kept, and of locals each value
// that they had may be: wazero 1.12 gives each a place of its own. The largest
// function of QuickJS takes 4 KiB and is taken for 9, of a Go program 12 and 12.
func frame(locals, most, size int) int64 { return int64(64 + 8*(locals+most) + size/2) }
