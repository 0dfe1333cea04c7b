package app

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// TestHealthIsBounded lets a connector log, fail and invent codes without an end.
func TestHealthIsBounded(t *testing.T) {
	h := newHealth()
	con := &catalog.Connector{Manifest: abi.Manifest{ID: "scan", Version: "1.0.0"}, Module: &catalog.Module{}}
	for i := range 1000 {
		end := h.begin(con, sandbox.Call{Action: "look", RunID: "run-" + strconv.Itoa(i), StepKey: "a"})
		if got := h.Calls(con).InFlight; got != 1 {
			t.Fatalf("%d in flight", got)
		}
		end(engine.Result{
			Logs:  []run.Log{{Level: "info", Message: strings.Repeat("é", 8<<10)}},
			Error: &engine.Failure{Code: "c" + strconv.Itoa(i), Message: strings.Repeat("é", 8<<10)},
		}, time.Duration(i+1)*time.Millisecond)
	}
	r := h.versions[versionOf{"scan", "1.0.0"}]
	size := 0
	for _, l := range h.Log(con) {
		size += sizeOf(l)
		if !utf8.ValidString(l.Message) {
			t.Fatalf("%q", l.Message)
		}
	}
	if size > maxLogBytes || size != r.logBytes || len(r.log.items) == 0 || len(r.codes) > maxErrorCodes+1 || r.codes[otherCodes] != 1000-maxErrorCodes {
		t.Errorf("%d bytes, counted %d, %d lines, codes %v", size, r.logBytes, len(r.log.items), r.codes)
	}
	if newest := h.Log(con)[0]; newest.Run != "run-999" || newest.Level != "failed" {
		t.Errorf("the newest is %+v", newest)
	}
	// The last 200 calls took 801 to 1000 ms.
	if c := h.Calls(con); c.Calls != 1000 || c.Measured != maxDurations || c.MedianMs != 900 || c.P95Ms != 990 || c.InFlight != 0 {
		t.Errorf("%+v", c)
	}
	for i := range 1000 {
		h.begin(con, sandbox.Call{Action: "look"})(engine.Result{Logs: []run.Log{{Message: strconv.Itoa(i)}}}, 0)
	}
	if n := len(h.Log(con)); n != maxLogEntries {
		t.Errorf("%d short lines are kept", n)
	}
	h.forget(&catalog.Module{Connectors: []*catalog.Connector{con}})
	if c := h.Calls(con); c.Calls != 0 {
		t.Errorf("of one that was removed: %+v", c)
	}
}
