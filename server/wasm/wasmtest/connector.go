package wasmtest

import "slices"

// HostModule and WASI are the modules whose functions connectors import.
const (
	HostModule = "drawbridge_v1"
	WASI       = "wasi_snapshot_preview1"
)

// Sig is the type of a function.
func Sig(params, results []byte) Type { return Type{Params: params, Results: results} }

// Connector is a sound connector of 2 pages that answers text. Its functions
// come in this order: drawbridge_buf, drawbridge_run, drawbridge_alloc,
// drawbridge_run_at; others may follow. The text lies at address 0.
func Connector(text string) Module {
	packed := I64Const(int64(len(text)))
	return Module{
		Pages: 2,
		Data:  []Data{{Bytes: []byte(text)}},
		Funcs: []Func{
			{Type: Sig(nil, []byte{I64}), Export: "drawbridge_buf", Code: I64Const(65536<<32 | 4096)},
			{Type: Sig([]byte{I32}, []byte{I64}), Export: "drawbridge_run", Code: packed},
			{Type: Sig([]byte{I32}, []byte{I32}), Export: "drawbridge_alloc", Code: I32Const(0)},
			{Type: Sig([]byte{I32, I32}, []byte{I64}), Export: "drawbridge_run_at", Code: packed},
		},
	}
}

// Answer is the text that Sound answers.
const Answer = `{"output":{"ok":true}}`

// Running is a connector whose drawbridge_run does code, which leaves an i64 or
// never ends. Locals 1 and 2 are an i32 and an i64.
func Running(code []byte, imports ...Import) Module {
	m := Connector(Answer)
	m.Imports = imports
	m.Funcs[1].Locals = []byte{I32, I64}
	m.Funcs[1].Code = code
	return m
}

// answering is code that answers Answer.
func answering() []byte { return I64Const(int64(len(Answer))) }

// Repeat repeats code until it has at least size bytes.
func Repeat(size int, code []byte) []byte { return slices.Repeat(code, (size+len(code)-1)/len(code)) }
