package wasm

import (
	"fmt"
	"slices"
)

// unrestorable are the instructions whose effect lasts beyond a call in a place
// that the sandbox can't put back: the elements of tables, and what is left of
// segments. What toolchains emit for C, Rust, Go, AssemblyScript and QuickJS
// has none of them.
var unrestorable = map[uint16]string{
	opTableSet: "tables", opTableInit: "tables", opTableGrow: "tables", opTableCopy: "tables", opTableFill: "tables",
	opDataDrop: "data segments", opElemDrop: "element segments",
}

// bodies reads all functions.
func (c *checker) bodies() {
	var names []functionName
	named := false
	for i := range c.Code {
		if c.full() {
			return
		}
		before := len(c.found)
		c.body(i)
		if len(c.found) == before {
			continue
		}
		if !named {
			names, named = c.functionNames(), true
		}
		c.attribute(c.found[before:], c.Imported(KindFunction)+i, names)
	}
	if c.effort > c.policy.Effort {
		c.add(CodeLimit, c.section(SectionCode), "the module would take too long to compile: its functions make an effort of %d, the limit is %d: make the connector smaller or split it", c.effort, c.policy.Effort)
	}
}

// attribute says of problems in which function they are.
func (c *checker) attribute(problems []Problem, function int, names []functionName) {
	at, found := slices.BinarySearchFunc(names, uint32(function), func(n functionName, f uint32) int { return int(n.index) - int(f) })
	for i := range problems {
		problems[i].Function = function
		if found {
			problems[i].Name = string(names[at].name)
		}
	}
}

// body reads one function. Of each kind of problem it tells the first.
func (c *checker) body(own int) {
	code, t := c.Code[own], c.FunctionType(own)
	before := len(c.found)
	if size := code.Body.End - code.Body.Start; size > c.policy.BodyBytes {
		c.add(CodeLimit, code.Body.Start, "the function has %d bytes of code, the limit is %d: split it", size, c.policy.BodyBytes)
	}
	locals := code.LocalCount + len(t.Params)
	if locals > c.policy.Locals {
		c.add(CodeLimit, code.Locals.Start, "the function has %d locals, the limit is %d: split it", locals, c.policy.Locals)
	}
	e := effort{Module: c.Module, wide: len(t.Results), locals: locals}
	c.instructions(own, &e)
	total := e.total()
	// A function over another limit is told once, and counts as one at the limit.
	if total > c.policy.FunctionEffort && len(c.found) == before {
		c.add(CodeLimit, code.Body.Start, "the function would take too long to compile: its blocks, locals and branch targets make an effort of %d, the limit is %d: split it", total, c.policy.FunctionEffort)
	}
	c.effort += min(total, c.policy.FunctionEffort)
}

// instructions walks a function.
func (c *checker) instructions(own int, e *effort) {
	var told [8]uint16
	n := 0
	w := c.walk(own, c.policy.Nesting)
	for w.next() {
		i := &w.last
		e.add(i)
		code, message := c.instruction(i, e.locals)
		if message == "" || n == len(told) || slices.Contains(told[:n], i.op) {
			continue
		}
		told[n] = i.op
		n++
		c.add(code, i.start, "%s", message)
	}
	if w.err == nil {
		return
	}
	code := CodeBody
	if w.deep {
		code = CodeLimit
	}
	c.add(code, w.err.Offset, "%s", w.err.Message)
}

// instruction says what speaks against an instruction, with the problem's code.
// Indices of functions, globals and locals are checked because Instrument adds
// to them: one beyond the end would then name what was added.
func (c *checker) instruction(i *instruction, locals int) (code, message string) {
	switch i.op {
	case opCall, opRefFunc:
		if int(i.index) >= c.FunctionCount() {
			return CodeBody, fmt.Sprintf("it names the function %d, there are %d: the file is damaged", i.index, c.FunctionCount())
		}
	case opGlobalGet, opGlobalSet:
		if int(i.index) >= c.GlobalCount() {
			return CodeBody, fmt.Sprintf("it names the global %d, there are %d: the file is damaged", i.index, c.GlobalCount())
		}
	case opLocalGet, opLocalSet, opLocalTee:
		if int(i.index) >= locals {
			return CodeBody, fmt.Sprintf("it names the local %d, there are %d: the file is damaged", i.index, locals)
		}
	case opBlock, opLoop, opIf:
		if i.index < blockValue && int(i.index) >= len(c.Types) {
			return CodeBody, fmt.Sprintf("it names the type %d, there are %d: the file is damaged", i.index, len(c.Types))
		}
	case opCallIndirect:
		if int(i.index) >= len(c.Types) {
			return CodeBody, fmt.Sprintf("it names the type %d, there are %d: the file is damaged", i.index, len(c.Types))
		}
	case opBrTable:
		if int(i.index) > c.policy.BranchTargets {
			return CodeLimit, fmt.Sprintf("a br_table has %d targets, the limit is %d: split the switch", i.index, c.policy.BranchTargets)
		}
	case opTableSet, opTableInit, opTableGrow, opTableCopy, opTableFill, opDataDrop, opElemDrop:
		return CodeOpcode, fmt.Sprintf("%s changes %s, which can't be put back after a call: build without it", opcodeName(i.op), unrestorable[i.op])
	}
	return "", ""
}
