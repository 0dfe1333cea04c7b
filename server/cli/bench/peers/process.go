package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a server that was started here.
type process struct {
	cmd    *exec.Cmd
	listen string
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) stop() {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	p.cmd = nil
}

// freeAddress gives an address of loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// started starts a server and gives how long it took to answer, in milliseconds.
func started(ctx context.Context, cmd *exec.Cmd, answers func() error) (float64, error) {
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	for {
		err := answers()
		if err == nil {
			return float64(time.Since(began).Microseconds()) / 1000, nil
		}
		if time.Since(began) > time.Minute || ctx.Err() != nil {
			return 0, fmt.Errorf("%s doesn't answer: %w", filepath.Base(cmd.Path), err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// client opens a connection for each request, as a server that just started is asked.
var client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func request(ctx context.Context, method, url, token, kind string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode > 299 {
		return fmt.Errorf("%s %s: %d %s", method, url, res.StatusCode, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// same says whether a workload's answer is the one that is wanted.
func same(ctx context.Context, url, workload string) error {
	body := alert(4)
	if bodyOf(workload) == "large" {
		body = alert(100)
	}
	var answer any
	if err := request(ctx, http.MethodPost, url, "", "application/json", body, &answer); err != nil {
		return err
	}
	if got, _ := json.Marshal(answer); string(got) != wanted[workload] {
		return fmt.Errorf("%s answers %s", url, got)
	}
	return nil
}

// family is a process and all below it.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		for _, task := range tasks {
			data, err := os.ReadFile(task)
			if err != nil {
				continue
			}
			for field := range strings.FieldsSeq(string(data)) {
				var child int
				if _, err := fmt.Sscan(field, &child); err == nil && !slices.Contains(all, child) {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

// cpuSeconds is what a process and all below it have used; also those that are gone.
func cpuSeconds(pid int) float64 {
	total := 0.0
	for _, p := range family(pid) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 15 {
			continue
		}
		for _, field := range fields[11:15] { // user, system, and the same of children that ended
			var ticks float64
			_, _ = fmt.Sscan(field, &ticks)
			total += ticks / 100
		}
	}
	return total
}

// memory is the proportional and the resident set size of a process and all below it,
// in MiB.
func memory(pid int) (pss, rss float64) {
	for _, p := range family(pid) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			var kib float64
			if _, err := fmt.Sscanf(line, "Pss: %f kB", &kib); err == nil {
				pss += kib / 1024
			}
			if _, err := fmt.Sscanf(line, "Rss: %f kB", &kib); err == nil {
				rss += kib / 1024
			}
		}
	}
	return pss, rss
}

// syncRate is how many small appends a second the disk makes durable.
func syncRate(folder string) float64 {
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
