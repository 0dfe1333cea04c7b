package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var registered []*Connector

// Register adds connectors to this module. Call it from an init function of
// package main: a WebAssembly reactor never runs main.
func Register(connectors ...*Connector) {
	for _, c := range connectors {
		for _, have := range registered {
			if have.ID() == c.ID() {
				panic("sdk: connector " + c.ID() + " is registered twice")
			}
		}
		registered = append(registered, c)
	}
}

// Main is the main function of a connector's module. Natively, with -manifest,
// it prints the manifest of what was registered: one JSON object, or a list
// where there are several connectors.
func Main() {
	if len(os.Args) != 2 || (os.Args[1] != "-manifest" && os.Args[1] != "--manifest") {
		fmt.Fprintln(os.Stderr, "This is a Drawbridge connector. Run it with -manifest to print its manifest,\n"+
			"or build it with `drawbridge plugin build`.")
		os.Exit(2)
	}
	b, err := Manifests(registered...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(b))
}

// Manifests encodes the content of the section [abi.ManifestSection] for a
// module with these connectors.
func Manifests(connectors ...*Connector) ([]byte, error) {
	list := make([]abi.Manifest, len(connectors))
	for i, c := range connectors {
		list[i] = c.Manifest()
	}
	if len(list) == 1 {
		return json.MarshalIndent(list[0], "", "  ")
	}
	return json.MarshalIndent(list, "", "  ")
}

// Handle answers one request of the wire in package abi. It never panics.
func Handle(h Host, request []byte, connectors ...*Connector) []byte {
	answer, err := run(h, request, connectors)
	if err == nil {
		return answer
	}
	answer, err = marshal(abi.Answer{Error: asError(err)})
	if err != nil { // details that are not JSON
		answer = mustJSON(abi.Answer{Error: &abi.Error{Code: abi.CodeInternal, Message: err.Error()}})
	}
	return answer
}

func run(h Host, request []byte, connectors []*Connector) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			h.Log(LevelError, clip(fmt.Sprintf("panic: %v\n%s", p, debug.Stack())))
			err = Fail(abi.CodeInternal, "the connector panicked%s: %v", panicPlace(), p)
		}
	}()
	var req abi.Request
	if err := readRequest(request, &req); err != nil {
		return nil, Fail(abi.CodeInternal, "the request is not JSON: %v", err)
	}
	action, err := find(req, connectors)
	if err != nil {
		return nil, err
	}
	limitMemory(action.info.MemoryPages)
	c := &Context{Run: req.Run, Config: bytes.Clone(req.Config), Credential: req.Credential, host: h}
	return action.run(c, req.Input)
}

// panicPlace is where the author's code panicked, found from within the function that
// recovers: the first place above the runtime's own.
func panicPlace() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for panicked := false; ; {
		f, more := frames.Next()
		if f.Function == "runtime.gopanic" {
			panicked = true
		} else if panicked && !strings.HasPrefix(f.Function, "runtime.") && f.File != "" {
			return fmt.Sprintf(" at %s:%d", path.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

func find(req abi.Request, connectors []*Connector) (*Action, error) {
	for _, c := range connectors {
		if req.Connector != c.ID() && (req.Connector != "" || len(connectors) != 1) {
			continue
		}
		if a := c.action(req.Action); a != nil {
			return a, nil
		}
	}
	return nil, Fail(abi.CodeUnknownCall, "this module has no action %q of connector %q", req.Action, req.Connector)
}
