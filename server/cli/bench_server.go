package cli

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
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/drawbridge-soar/drawbridge/flows"
)

// workbenchServer is this program serving from a folder of its own.
type workbenchServer struct {
	ctx    context.Context //nolint:containedctx // the life of the command
	data   string
	log    io.Writer
	listen string
	token  string
	hooks  map[string]string
	cmd    *exec.Cmd
}

// prepare starts the server once, publishes the flows and lets the connectors
// be compiled, so that what is measured later starts warm.
func (b *workbenchServer) prepare() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.listen = l.Addr().String()
	_ = l.Close()
	if b.token, err = b.makeToken(); err != nil {
		return err
	}
	if err := b.start(); err != nil {
		return err
	}
	b.hooks = map[string]string{}
	for _, name := range []string{"w1", "w2", "w3"} {
		content, err := benchFlows.ReadFile("bench/" + name + ".flow.json")
		if err != nil {
			return err
		}
		if err := b.publish(name, content); err != nil {
			return err
		}
	}
	content, err := flows.Library.ReadFile("library/phishing-triage.flow.json")
	if err != nil {
		return err
	}
	if err := b.publish("phishing", content); err != nil {
		return err
	}
	return b.phish()
}

func (b *workbenchServer) makeToken() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(b.ctx, self, "token", "create", "--data", b.data, "--name", "bench", "--role", "admin").Output() //nolint:gosec // this program
	if err != nil {
		return "", fmt.Errorf("making a token: %w", err)
	}
	lines := strings.Fields(string(out))
	if len(lines) == 0 {
		return "", fmt.Errorf("token create printed nothing")
	}
	return lines[len(lines)-1], nil
}

func (b *workbenchServer) start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.cmd = exec.CommandContext(b.ctx, self, "serve", "--data", b.data, "--listen", b.listen) //nolint:gosec // this program
	b.cmd.Env = append(os.Environ(), "DRAWBRIDGE_ADMIN_PASSWORD=bench-only-password")
	if err := b.cmd.Start(); err != nil {
		return err
	}
	return b.poll("/readyz", http.MethodGet, nil)
}

// poll asks until it is answered well, at most 30 s.
func (b *workbenchServer) poll(path, method string, body []byte) error {
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := b.request(ctx, method, path, body, nil); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer %s: %w", path, ctx.Err())
		case <-tick.C:
		}
	}
}

// restart stops the server and gives how long it takes to the first answered
// webhook, in milliseconds.
func (b *workbenchServer) restart() (float64, error) {
	b.stop()
	began := time.Now()
	if err := b.start(); err != nil {
		return 0, err
	}
	err := b.poll(b.hooks["w1"], http.MethodPost, alert(4))
	return float64(time.Since(began).Microseconds()) / 1000, err
}

func (b *workbenchServer) stop() {
	if b.cmd == nil {
		return
	}
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	_ = b.cmd.Wait()
	b.cmd = nil
}

func (b *workbenchServer) pid() int { return b.cmd.Process.Pid }

func (b *workbenchServer) send(ctx context.Context, path string, body []byte) error {
	return b.request(ctx, http.MethodPost, path, body, nil)
}

func (b *workbenchServer) request(ctx context.Context, method, path string, body []byte, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+b.listen+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/api/") {
		req.Header.Set("Authorization", "Bearer "+b.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode > 299 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func (b *workbenchServer) publish(name string, content []byte) error {
	var made struct{ ID string }
	if err := b.request(b.ctx, http.MethodPost, "/api/v1/flows", content, &made); err != nil {
		return err
	}
	var published struct{ Hooks map[string]string }
	if err := b.request(b.ctx, http.MethodPost, "/api/v1/flows/"+made.ID+"/publish", []byte(`{"message":"bench"}`), &published); err != nil {
		return err
	}
	for _, hook := range published.Hooks {
		b.hooks[name] = hook
	}
	return nil
}

// load sends one workload in a closed loop.
func (b *workbenchServer) load(name string, connections int, d time.Duration) benchRow {
	body := alert(4)
	if name == "w3" {
		body = alert(100)
	}
	client := &fasthttp.HostClient{Addr: b.listen, MaxConns: connections}
	var mu sync.Mutex
	var all []time.Duration
	failed := 0
	cpu, began := cpuSeconds(b.pid()), time.Now()
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			taken, errs := hammer(client, "http://"+b.listen+b.hooks[name], body, began.Add(d))
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, taken...), failed+errs
		})
	}
	wg.Wait()
	seconds := time.Since(began).Seconds()
	cpu = cpuSeconds(b.pid()) - cpu
	slices.Sort(all)
	row := benchRow{Workload: name, Concurrency: connections, RunsPerS: float64(len(all)) / seconds, Errors: failed}
	if n := len(all); n > 0 {
		row.CPUPer1000 = cpu / float64(n) * 1000
		row.P50, row.P99 = ms(all[n/2]), ms(all[n*99/100])
	}
	return row
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func hammer(client *fasthttp.HostClient, url string, body []byte, until time.Time) (taken []time.Duration, failed int) {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.SetRequestURI(url)
	req.Header.SetMethod(http.MethodPost)
	req.Header.SetContentType("application/json")
	req.SetBody(body)
	for time.Now().Before(until) {
		began := time.Now()
		if err := client.Do(req, res); err != nil || res.StatusCode() != http.StatusOK {
			failed++
			continue
		}
		taken = append(taken, time.Since(began))
	}
	return taken, failed
}
