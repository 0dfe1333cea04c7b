package wasm

import (
	"fmt"
	"strings"
)

// FuelModule and FuelFunction name the function that instrumented modules
// import. A module as its author made it must not.
const (
	FuelModule   = "drawbridge_fuel"
	FuelFunction = "tick"
)

// Codes of problems, for those who sort or test them.
const (
	CodeLimit    = "limit"    // too many or too large
	CodeImport   = "import"   // not on the list, or of another type
	CodeMemory   = "memory"   // none, too large, or not exported
	CodeTable    = "table"    // too large
	CodeGlobal   = "global"   // can't be put back
	CodeStart    = "start"    // there is a start function
	CodeReserved = "reserved" // takes a name of Drawbridge's
	CodeOpcode   = "opcode"   // an instruction whose effect can't be undone
	CodeBody     = "body"     // instructions that can't be read
)

// Problem is one thing that speaks against a module.
type Problem struct {
	Code     string
	Message  string // what is wrong and what to do
	Offset   int    // byte offset in the file
	Function int    // index of the function with the imported ones, -1 outside of functions
	Name     string // of the function, where the name section has it
}

// String says all of it in one line.
func (p Problem) String() string {
	switch {
	case p.Function < 0:
		return fmt.Sprintf("at byte %d: %s", p.Offset, p.Message)
	case p.Name == "":
		return fmt.Sprintf("at byte %d, function %d: %s", p.Offset, p.Function, p.Message)
	}
	return fmt.Sprintf("at byte %d, function %d (%s): %s", p.Offset, p.Function, p.Name, p.Message)
}

// checker collects the problems of a module.
type checker struct {
	*Module
	policy Policy
	found  []Problem
	effort int
}

// Check answers everything that speaks against compiling and running a module,
// at most Policy.Problems of it, in the order of the file's sections; none
// means that it may be instrumented and compiled. It reads every instruction
// and leaves the types of values to the compiler.
func Check(m *Module, policy Policy) []Problem {
	c := &checker{Module: m, policy: policy.withDefaults()}
	c.sizes()
	c.imports()
	c.tables()
	c.memory()
	c.globals()
	c.exports()
	if m.Start >= 0 {
		c.add(CodeStart, c.section(SectionStart), "the module has a start function, which runs before the sandbox is ready: build it as a reactor, whose _initialize is called instead (asc: --exportStart _initialize)")
	}
	c.bodies()
	return c.found
}

func (c *checker) full() bool { return len(c.found) >= c.policy.Problems }

func (c *checker) add(code string, offset int, format string, args ...any) {
	if !c.full() {
		c.found = append(c.found, Problem{Code: code, Offset: offset, Function: -1, Message: fmt.Sprintf(format, args...)})
	}
}

// section answers where a section begins.
func (c *checker) section(id SectionID) int {
	for _, s := range c.Sections {
		if s.ID == id {
			return s.All.Start
		}
	}
	return 0
}

// sizes checks the numbers of what the module has.
func (c *checker) sizes() {
	p := c.policy
	code, locals := 0, 0
	for i, b := range c.Code {
		code += min(b.Body.End-b.Body.Start, p.BodyBytes)
		locals += min(b.LocalCount+len(c.FunctionType(i).Params), p.Locals) // more is told with the function
	}
	for _, l := range []struct {
		what          string
		number, limit int
		section       SectionID
	}{
		{"bytes", len(c.File), p.FileBytes, SectionCustom},
		{"types", len(c.Types), p.Types, SectionType},
		{"imports", len(c.Imports), p.Imports, SectionImport},
		{"functions", len(c.Functions), p.Functions, SectionFunction},
		{"tables", len(c.Tables), p.Tables, SectionTable},
		{"globals", len(c.Globals), p.Globals, SectionGlobal},
		{"exports", len(c.Exports), p.Exports, SectionExport},
		{"element segments", len(c.Elements), p.Segments, SectionElement},
		{"data segments", len(c.Data), p.Segments, SectionData},
		{"bytes of code", code, p.CodeBytes, SectionCode},
		{"locals in all functions", locals, p.AllLocals, SectionCode},
	} {
		if l.number > l.limit {
			c.add(CodeLimit, c.section(l.section), "the module has %d %s, the limit is %d: make the connector smaller or split it", l.number, l.what, l.limit)
		}
	}
	for i, t := range c.Types {
		if n := max(len(t.Params), len(t.Results)); n > p.Arity {
			c.add(CodeLimit, c.section(SectionType), "the type %d has %d parameters or results, the limit is %d: pass them through memory", i, n, p.Arity)
		}
	}
}

func (c *checker) imports() {
	for _, i := range c.Imports {
		if i.Kind != KindFunction {
			c.add(CodeImport, i.Offset, "it imports the %s %s.%s: a connector brings its own and imports functions alone", i.Kind, i.Module, i.Name)
			continue
		}
		if i.Module == FuelModule {
			c.add(CodeReserved, i.Offset, "it imports from %s, which is the sandbox's own: give the module as its toolchain made it", FuelModule)
			continue
		}
		want, ok := c.policy.Import(i.Module, i.Name)
		if !ok {
			c.add(CodeImport, i.Offset, "it imports %s.%s, which the sandbox doesn't give: build it for wasm32-wasip1 with an SDK", i.Module, i.Name)
			continue
		}
		if got := c.Types[i.Type].Signature(); got != want {
			c.add(CodeImport, i.Offset, "it imports %s.%s as %s, it is %s: declare it so", i.Module, i.Name, got, want)
		}
	}
}

func (c *checker) tables() {
	for i, t := range c.Tables {
		if int(t.Min) > c.policy.TableElements {
			c.add(CodeTable, t.Offset, "the table %d begins with %d elements, the limit is %d: make the connector smaller", i, t.Min, c.policy.TableElements)
		}
	}
}

func (c *checker) memory() {
	at := c.section(SectionMemory)
	switch {
	case c.Imported(KindMemory) > 0: // told with the imports
		return
	case len(c.Memories) == 0:
		c.add(CodeMemory, at, "it has no memory: a connector has one, exported as \"memory\"")
		return
	case len(c.Memories) > 1:
		c.add(CodeMemory, at, "it has %d memories: build without the multi-memory feature", len(c.Memories))
		return
	}
	if least := int(c.Memories[0].Min); least > c.policy.MemoryPages {
		c.add(CodeMemory, c.Memories[0].Offset, "its memory begins with %d pages of 64 KiB, the limit is %d: declare less", least, c.policy.MemoryPages)
	}
	for _, e := range c.Exports {
		if e.Kind == KindMemory && e.Name == "memory" {
			return
		}
	}
	c.add(CodeMemory, at, "it doesn't export its memory as \"memory\": export it")
}

func (c *checker) globals() {
	for i, g := range c.Globals {
		if g.Mutable && (g.Type == V128 || g.Type.IsRef()) {
			c.add(CodeGlobal, g.Offset, "the global %d is a mutable %s, which can't be put back after a call: keep such values in memory or in locals", c.Imported(KindGlobal)+i, g.Type)
		}
	}
}

func (c *checker) exports() {
	for _, e := range c.Exports {
		if strings.HasPrefix(e.Name, OwnPrefix) {
			c.add(CodeReserved, e.Offset, "it exports %q, names that begin with %q are the sandbox's own: rename it", e.Name, OwnPrefix)
		}
	}
}
