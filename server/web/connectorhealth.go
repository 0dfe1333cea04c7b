package web

import (
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Health knows how the calls of connectors went since the server started.
type Health interface {
	Calls(con *catalog.Connector) CallFigures
	Process(con *catalog.Connector) Process
	// Log gives the newest lines, newest first.
	Log(con *catalog.Connector) []ConnectorLogLine
}

// The states of a connector.
const (
	stateRunning = "running" // calls are in flight
	stateIdle    = "idle"    // its process waits for calls
	stateStopped = "stopped" // its process starts with the next call
	stateRefused = "refused" // nobody consented to it: nothing of it runs
)

// ConnectorHealth is how one version of a connector does.
type ConnectorHealth struct {
	State string `json:"state" enum:"running,idle,stopped,refused" doc:"Calls are in flight; its process waits for calls; its process starts with the next call; nobody consented to it"`
	CallFigures
	Process Process `json:"process"`
}

// CallFigures count the calls of one version, of flows and of people who try actions.
type CallFigures struct {
	Since     time.Time    `json:"since" doc:"The server's start"`
	InFlight  int          `json:"inFlight"`
	Calls     int64        `json:"calls" doc:"That ended"`
	Failed    int64        `json:"failed"`
	Errors    []ErrorCount `json:"errors" doc:"Most frequent first"`
	Measured  int          `json:"measured" doc:"How many of the last calls the durations are of, at most 200"`
	MedianMs  float64      `json:"medianMs"`
	P95Ms     float64      `json:"p95Ms"`
	LastError *CallFault   `json:"lastError" doc:"null where no call failed"`
}

// ErrorCount is how often calls failed with a code.
type ErrorCount struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// CallFault is a call that failed.
type CallFault struct {
	At      time.Time `json:"at"`
	Code    string    `json:"code"`
	Message string    `json:"message"`
	Action  string    `json:"action"`
	Run     string    `json:"run,omitempty" doc:"Empty where a person tried the action"`
	Step    string    `json:"step,omitempty"`
}

// Process is the sandboxed process that runs a connector.
type Process struct {
	Alive     bool   `json:"alive"`
	Shared    bool   `json:"shared" doc:"With all connectors that came with the server"`
	Started   int    `json:"started" doc:"Processes since the server's start"`
	Crashed   int    `json:"crashed" doc:"Those of them that ended unasked"`
	LastCrash *Crash `json:"lastCrash" doc:"null where none did"`
}

// Crash is the end of a process that nobody asked to end.
type Crash struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// LevelFailed is the level of the line that tells of a failed call.
const LevelFailed = "failed"

// ConnectorLogLine is one line of a connector's log.
type ConnectorLogLine struct {
	Level   string    `json:"level" doc:"debug, info, warn, error or progress of the connector; call for a request that the server made; failed for a failed call"`
	At      time.Time `json:"at"`
	Message string    `json:"message"`
	Action  string    `json:"action"`
	Run     string    `json:"run,omitempty" doc:"Empty where a person tried the action"`
	Step    string    `json:"step,omitempty"`
}

func (s *Server) connectorHealthRoutes() {
	route(s, needs(auth.ConnectorRead), operation{method: "GET", path: "/connectors/{name}/versions/{v}/health", id: "getConnectorHealth", summary: "How a connector does since the server's start", errors: []int{404}}, s.connectorHealth)
	// What connectors log is of runs, and for those who may see runs.
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/connectors/{name}/versions/{v}/logs", id: "listConnectorLogs", summary: "The newest lines that a connector logged, and its failed calls, newest first", errors: []int{404}}, s.connectorLogs)
}

func (s *Server) connectorHealth(_ context.Context, in *ConnectorVersion) (*body[ConnectorHealth], error) {
	con, err := s.installed(*in)
	if err != nil {
		return nil, err
	}
	out := ConnectorHealth{CallFigures: s.Health.Calls(con), Process: s.Health.Process(con)}
	out.Errors = nonNil(out.Errors)
	switch {
	case !s.Grants.Consented(con):
		out.State = stateRefused
	case out.InFlight > 0:
		out.State = stateRunning
	case out.Process.Alive:
		out.State = stateIdle
	default:
		out.State = stateStopped
	}
	return answer(out), nil
}

func (s *Server) connectorLogs(_ context.Context, in *ConnectorVersion) (*body[List[ConnectorLogLine]], error) {
	con, err := s.installed(*in)
	if err != nil {
		return nil, err
	}
	return answer(List[ConnectorLogLine]{Items: nonNil(s.Health.Log(con))}), nil
}
