package app

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// Bounds of what is remembered of one version of a connector.
const (
	maxDurations  = 200
	maxLogEntries = 200
	maxLogBytes   = 64 << 10
	maxLogLine    = 1 << 10
	// maxErrorCodes is how many codes are told apart: connectors make their own.
	maxErrorCodes = 32
	otherCodes    = "other"
	// maxWatched is how many versions are remembered: more than anybody installs.
	maxWatched = 1000
)

// health remembers how the calls of connectors went since the server started. What
// it keeps was made by the sandbox and the broker, which took the secrets out.
type health struct {
	since time.Time

	mu       sync.Mutex
	versions map[versionOf]*record
}

type versionOf struct{ connector, version string }

// record is what is remembered of one version.
type record struct {
	inFlight  int
	calls     int64
	failed    int64
	codes     map[string]int64
	durations ring[time.Duration]
	last      *web.CallFault
	log       ring[web.ConnectorLogLine]
	logBytes  int
}

func newHealth() *health { return &health{since: time.Now(), versions: map[versionOf]*record{}} }

// of gives the record of a version; the caller holds the lock.
func (h *health) of(m versionOf) *record {
	r := h.versions[m]
	if r == nil {
		if len(h.versions) >= maxWatched {
			for old := range h.versions { // any will do
				delete(h.versions, old)
				break
			}
		}
		r = &record{codes: map[string]int64{}, durations: ring[time.Duration]{most: maxDurations}, log: ring[web.ConnectorLogLine]{most: maxLogEntries}}
		h.versions[m] = r
	}
	return r
}

// begin counts a call in flight; what it answers takes the call's end.
func (h *health) begin(con *catalog.Connector, c sandbox.Call) (end func(engine.Result, time.Duration)) {
	key := versionOf{con.Manifest.ID, con.Manifest.Version}
	h.mu.Lock()
	h.of(key).inFlight++
	h.mu.Unlock()
	return func(result engine.Result, took time.Duration) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.of(key).end(c, result, took)
	}
}

func (r *record) end(c sandbox.Call, result engine.Result, took time.Duration) {
	r.inFlight = max(r.inFlight-1, 0) // it may have been forgotten meanwhile
	r.calls++
	if took > 0 {
		r.durations.add(took)
	}
	for _, l := range result.Logs {
		r.write(web.ConnectorLogLine{Level: l.Level, At: l.At, Message: l.Message, Action: c.Action, Run: c.RunID, Step: stepOf(c)})
	}
	if result.Error == nil {
		return
	}
	r.failed++
	code := result.Error.Code
	if _, known := r.codes[code]; !known && len(r.codes) >= maxErrorCodes {
		code = otherCodes
	}
	r.codes[code]++
	now := time.Now().UTC()
	message := shorten(result.Error.Message)
	r.last = &web.CallFault{At: now, Code: result.Error.Code, Message: message, Action: c.Action, Run: c.RunID, Step: stepOf(c)}
	r.write(web.ConnectorLogLine{Level: web.LevelFailed, At: now, Message: result.Error.Code + ": " + message, Action: c.Action, Run: c.RunID, Step: stepOf(c)})
}

// stepOf is the step that a call belongs to; one that a person tries has none.
func stepOf(c sandbox.Call) string {
	if c.RunID == "" {
		return ""
	}
	return c.StepKey
}

// write keeps a line, and lets the oldest go where there are too many or too much.
func (r *record) write(l web.ConnectorLogLine) {
	l.Message = shorten(l.Message)
	r.logBytes += sizeOf(l)
	if gone, full := r.log.add(l); full {
		r.logBytes -= sizeOf(gone)
	}
	for r.logBytes > maxLogBytes {
		r.logBytes -= sizeOf(r.log.shift())
	}
}

func sizeOf(l web.ConnectorLogLine) int {
	return len(l.Message) + len(l.Action) + len(l.Run) + len(l.Step)
}

// shorten cuts a line at a bound, between two characters.
func shorten(text string) string {
	if len(text) <= maxLogLine {
		return text
	}
	return strings.ToValidUTF8(text[:maxLogLine-len("…")], "") + "…"
}

// Log gives the newest lines, newest first.
func (h *health) Log(con *catalog.Connector) []web.ConnectorLogLine {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.versions[versionOf{con.Manifest.ID, con.Manifest.Version}]
	if r == nil {
		return nil
	}
	list := slices.Clone(r.log.items)
	slices.Reverse(list)
	return list
}

// forget drops what is remembered of a module that was removed.
func (h *health) forget(m *catalog.Module) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, con := range m.Connectors {
		delete(h.versions, versionOf{con.Manifest.ID, con.Manifest.Version})
	}
}

// Calls tells how a version's calls went.
func (h *health) Calls(con *catalog.Connector) web.CallFigures {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := web.CallFigures{Since: h.since.UTC()}
	r := h.versions[versionOf{con.Manifest.ID, con.Manifest.Version}]
	if r == nil {
		return out
	}
	out.Calls, out.Failed, out.InFlight, out.Measured, out.LastError = r.calls, r.failed, r.inFlight, len(r.durations.items), r.last
	sorted := slices.Sorted(slices.Values(r.durations.items))
	if n := len(sorted); n > 0 {
		out.MedianMs, out.P95Ms = milliseconds(sorted[(n-1)/2]), milliseconds(sorted[(n*95+99)/100-1])
	}
	for _, code := range slices.Sorted(maps.Keys(r.codes)) {
		out.Errors = append(out.Errors, web.ErrorCount{Code: code, Count: r.codes[code]})
	}
	slices.SortStableFunc(out.Errors, func(a, b web.ErrorCount) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ring keeps the newest items.
type ring[T any] struct {
	items []T
	most  int
}

// add keeps an item, and answers the oldest where it had to go.
func (r *ring[T]) add(item T) (gone T, full bool) {
	if len(r.items) == r.most {
		gone, full = r.shift(), true
	}
	r.items = append(r.items, item)
	return gone, full
}

// shift takes the oldest item out.
func (r *ring[T]) shift() T {
	oldest := r.items[0]
	var none T
	r.items[0] = none // what it held can go, though the room stays for a while
	r.items = r.items[1:]
	return oldest
}

// watched tells how connectors do, and their processes.
type watched struct {
	*health
	sandbox *sandbox.Sandbox
}

// Process implements [web.Health].
func (w watched) Process(con *catalog.Connector) web.Process {
	c := w.sandbox.Child(con.Module)
	out := web.Process{Alive: c.Alive, Shared: c.Shared, Started: c.Started, Crashed: c.Crashed}
	if c.Crashed > 0 {
		out.LastCrash = &web.Crash{At: c.Last.At.UTC(), Reason: c.Last.Reason}
	}
	return out
}
