package app_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// lease is short here, so that what a dead server held is taken up soon.
const lease = 3 * time.Second

// town is two servers on one database and one NATS, and the other side that their runs
// have effects on.
type town struct {
	t, root  *testing.T // the part that runs, and the test
	*house              // asks whichever server is up
	cluster  *testkit.Postgres
	nats     *testkit.NATS
	database string
	keys, ca string
	folders  [2]string
	other    *httptest.Server
	hook     string

	mu      sync.Mutex
	servers [2]*process
	effects map[int]int // by n: how often the other side was asked
}

func newTown(t *testing.T) *town {
	t.Helper()
	needsConnectors(t)
	w := &town{t: t, root: t, cluster: testkit.Cluster(t), nats: testkit.NewNATS(t), keys: t.TempDir(), effects: map[int]int{}}
	w.database = w.cluster.Fresh(t)
	w.house = &house{t: t, tokens: tokens()}
	w.other = httptest.NewUnstartedServer(http.HandlerFunc(w.effect))
	w.other.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	w.other.StartTLS()
	t.Cleanup(w.other.Close)
	w.ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(w.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.other.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range w.servers {
		w.folders[i] = t.TempDir()
		w.start(i)
	}
	secret, err := app.CreateToken(t.Context(), app.Location{Database: w.database}, "town", auth.Admin)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range auth.Roles {
		w.tokens[role] = secret
	}
	w.base = w.servers[0].base
	w.publish("twice")
	_, w.hook = w.publish("shared")
	grant := map[string]any{"consent": true, "grant": map[string]any{"http": []any{map[string]any{"host": "127.0.0.1", "port": w.other.Listener.Addr().(*net.TCPAddr).Port}}, "networks": []any{map[string]any{"cidr": "127.0.0.1/32"}}}}
	w.do(call{"PUT", "/connectors/http/versions/1.0.0/grants", auth.Admin, grant, nil}).want(200)
	return w
}

// effect is asked once for each run, by an action that can't be repeated.
func (w *town) effect(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n, err := strconv.Atoi(string(body))
	if err != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effects[n]++
	_, _ = io.WriteString(rw, `{}`)
}

func (w *town) start(i int) {
	w.t.Helper()
	p := startProcess(w.root, w.folders[i], "--database", w.database, "--nats", w.nats.Address(), "--keys", w.keys, "--ca", w.ca, "--lease", lease.String())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.servers[i] = p
}

func (w *town) server(i int) *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.servers[i]
}

// load sends deliveries until all are acknowledged, each with its key: to one server and,
// where that doesn't answer, to the other.
type load struct {
	w            *town
	first, count int
	acknowledged atomic.Int64
	refused      atomic.Int64 // 503
	lost         atomic.Int64 // no answer
	mu           sync.Mutex
	runs         map[int]string
	done         sync.WaitGroup
}

// soakKills names how many servers are killed in a long test.
const soakKills = "SOAK_KILLS"

// senders is how many deliveries are on their way at once.
const senders = 16

func (w *town) load(first, count int) *load {
	l := &load{w: w, first: first, count: count, runs: map[int]string{}}
	next := make(chan int)
	go func() {
		defer close(next)
		for n := range count {
			next <- first + n
		}
	}()
	for range senders {
		l.done.Go(func() {
			for n := range next {
				l.deliver(n)
			}
		})
	}
	return l
}

func (l *load) deliver(n int) {
	client := http.Client{Timeout: 20 * time.Second}
	for try := n; ; try++ {
		base := l.w.server(try % 2).base
		request := (&house{t: l.w.t, base: base}).request(call{"POST", l.w.hook, "", map[string]any{"n": n, "url": l.w.other.URL}, map[string]string{"Idempotency-Key": fmt.Sprint(n)}})
		response, err := client.Do(request)
		if err != nil {
			l.lost.Add(1)
			<-time.After(20 * time.Millisecond)
			continue
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		switch response.StatusCode {
		case http.StatusAccepted:
			l.mu.Lock()
			l.runs[n] = response.Header.Get("X-Drawbridge-Run")
			l.mu.Unlock()
			l.acknowledged.Add(1)
			return
		case http.StatusServiceUnavailable:
			l.refused.Add(1)
			<-time.After(50 * time.Millisecond)
		case http.StatusNotFound: // the other has not heard of the publication yet
			<-time.After(50 * time.Millisecond)
		default:
			l.w.t.Errorf("delivery %d is answered %d", n, response.StatusCode)
			return
		}
	}
}

// reached waits until so many are acknowledged.
func (l *load) reached(n int) {
	for l.acknowledged.Load() < int64(min(n, l.count)) && !l.w.t.Failed() {
		<-time.After(5 * time.Millisecond)
	}
}

// query reads one number from the database itself.
func (w *town) query(ctx context.Context, statement string, args ...any) (n int64) {
	w.t.Helper()
	w.scan(ctx, statement, &n, args...)
	return n
}

func (w *town) scan(ctx context.Context, statement string, into any, args ...any) {
	w.t.Helper()
	conn, err := pgx.Connect(ctx, w.database)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close(ctx)
	if err := conn.QueryRow(ctx, statement, args...).Scan(into); err != nil {
		w.t.Fatal(err)
	}
}

// settle waits until every run has ended, and checks all that the load began: each
// delivery has one run, whose journal is whole, and whose effect is there once, or of
// which nobody can tell.
func (w *town) settle(l *load) {
	w.t.Helper()
	l.done.Wait()
	if w.t.Failed() {
		w.t.FailNow()
	}
	const open = "SELECT count(*) FROM runs WHERE ended = 0 AND state <> 'unknown'"
	for deadline := time.Now().Add(time.Minute); w.query(w.t.Context(), open) > 0; {
		if time.Now().After(deadline) {
			w.t.Fatalf("%d runs don't end", w.query(w.t.Context(), open))
		}
		<-time.After(100 * time.Millisecond)
	}
	w.whole()
	unknown := 0
	byRun := map[string]int{}
	for n, id := range l.runs {
		if w.t.Failed() {
			break // the first says enough
		}
		if before, twice := byRun[id]; twice {
			w.t.Errorf("deliveries %d and %d share a run", before, n)
		}
		byRun[id] = n
		state := w.do(call{"GET", "/runs/" + id, auth.Admin, nil, nil}).want(200)
		w.mu.Lock()
		effects := w.effects[n]
		w.mu.Unlock()
		switch {
		case state["state"] == "unknown" && effects <= 1:
			unknown++
		case state["state"] != "succeeded" || effects != 1:
			w.t.Errorf("run %s is %v with %d effects: %v", id, state["state"], effects, state["error"])
		}
	}
	w.t.Logf("%d acknowledged, %d refused, %d without an answer, %d unknown", l.acknowledged.Load(), l.refused.Load(), l.lost.Load(), unknown)
}

// whole checks all journals at once: no gap, no step that ended twice, one run a key.
func (w *town) whole() {
	w.t.Helper()
	ctx := w.t.Context()
	if n := w.query(ctx, `SELECT count(*) FROM (SELECT seq, lag(last_seq, 1, 0) OVER (PARTITION BY run_id ORDER BY seq) AS before FROM journal) AS j WHERE seq <> before + 1`); n > 0 {
		w.t.Errorf("%d journals have a gap", n)
	}
	if n := w.query(ctx, `SELECT count(*) FROM runs r WHERE next_seq <> 1 + (SELECT max(last_seq) FROM journal WHERE run_id = r.id)`); n > 0 {
		w.t.Errorf("%d runs aren't where their journal is", n)
	}
	if n := w.query(ctx, `SELECT count(*) FROM (SELECT epoch, lag(epoch, 1, 0) OVER (PARTITION BY run_id ORDER BY seq) AS before FROM journal) AS j WHERE epoch < before`); n > 0 {
		w.t.Errorf("%d rows were written under an old epoch", n)
	}
	if n := w.query(ctx, `SELECT count(*) FROM runs WHERE state = 'failed'`); n > 0 {
		var why string
		w.scan(ctx, "SELECT string_agg(DISTINCT error_code || ': ' || error_message, '; ') FROM runs WHERE state = 'failed'", &why)
		w.t.Errorf("%d runs failed: %s", n, why)
	}
}

// overdue is by how much the run is overdue that has waited longest for somebody to
// take it up.
func (w *town) overdue() time.Duration {
	return time.Duration(w.query(w.t.Context(), `SELECT coalesce(max(CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) - lease_until), 0) FROM runs WHERE ended = 0`)) * time.Microsecond
}

// TestReplicas kills, stops and cuts off servers that share a database while deliveries
// arrive at both: none is lost, none is done twice.
func TestReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("kills servers for half a minute; not in short mode")
	}
	w := newTown(t)
	kills := 6
	if soak, err := strconv.Atoi(os.Getenv(soakKills)); err == nil {
		kills = soak
	}
	t.Run("killed", func(t *testing.T) { w.at(t).killed(kills) })
	t.Run("NATS killed", func(t *testing.T) { w.at(t).withoutNATS() })
	t.Run("stopped for twice its lease", func(t *testing.T) { w.at(t).stopped() })
	t.Run("database stopped", func(t *testing.T) { w.at(t).databaseStopped() })
}

// at has a town report to a part of its test.
func (w *town) at(t *testing.T) *town {
	w.t, w.house.t = t, t
	return w
}

// killed kills one server after the other, at random moments.
func (w *town) killed(kills int) {
	const each = 60
	loads := make([]*load, kills)
	for k := range loads {
		l := w.load(k*each, each)
		loads[k] = l
		l.reached(rand.N(each * 3 / 4))
		w.server(k % 2).kill()
		killed := time.Now()
		w.base = w.server((k + 1) % 2).base
		// The other takes up what it held, however long it is away.
		held := w.query(w.t.Context(), heldSince, killed.UnixMicro())
		for w.query(w.t.Context(), heldSince, killed.UnixMicro()) > 0 {
			if late := w.overdue(); late > 2*time.Second {
				w.t.Fatalf("a run is overdue by %v", late)
			}
			if time.Since(killed) > time.Minute {
				w.t.Fatal("runs of a dead server are not taken up")
			}
			<-time.After(50 * time.Millisecond)
		}
		w.t.Logf("of %d runs at work all were taken up or ended %v after the kill", held, time.Since(killed).Round(10*time.Millisecond))
		w.start(k % 2)
	}
	for _, l := range loads {
		w.settle(l)
	}
}

// heldSince counts the runs that are held by who began them, of those before a time.
const heldSince = "SELECT count(*) FROM runs WHERE ended = 0 AND lease_owner <> '' AND lease_epoch = 1 AND created_at < $1"

// withoutNATS takes NATS away: everything works, a little later.
func (w *town) withoutNATS() {
	l := w.load(1_000_000, 60)
	l.reached(20)
	w.nats.Stop()
	l.reached(40)
	w.server(1).kill()
	w.base = w.server(0).base
	w.start(1) // without NATS there
	w.settle(l)
	w.nats.Start(w.t)
}

// stopped lets a server stand still for twice its lease: what it would write then is
// refused, and its runs go on elsewhere.
func (w *town) stopped() {
	begun := time.Now()
	l := w.load(2_000_000, 120)
	l.reached(40)
	w.base = w.server(0).base
	still := w.server(1).command.Process
	if err := still.Signal(syscall.SIGSTOP); err != nil {
		w.t.Fatal(err)
	}
	l.reached(60)
	<-time.After(2 * lease) // it is what is tested
	if err := still.Signal(syscall.SIGCONT); err != nil {
		w.t.Fatal(err)
	}
	w.settle(l)
	if taken := w.query(w.t.Context(), "SELECT count(*) FROM runs WHERE lease_epoch > 1 AND created_at >= $1", begun.UnixMicro()); taken == 0 {
		w.t.Error("the other had no run to take up")
	} else {
		w.t.Logf("%d runs were taken up", taken)
	}
}

// databaseStopped takes the database away in mid-commit.
func (w *town) databaseStopped() {
	away := 3 * time.Second
	if os.Getenv(soakKills) != "" {
		away = time.Minute
	}
	l := w.load(3_000_000, 200)
	l.reached(60)
	w.cluster.Stop()
	before := l.acknowledged.Load()
	<-time.After(away)
	if now := l.acknowledged.Load(); now > before+senders {
		w.t.Errorf("%d deliveries were acknowledged without a database", now-before)
	}
	if l.refused.Load() == 0 {
		w.t.Error("nobody was told that the database can't be reached")
	}
	if err := w.cluster.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	back := time.Now()
	for stood := l.acknowledged.Load(); l.acknowledged.Load() == stood; {
		if time.Since(back) > 5*time.Second {
			w.t.Fatal("deliveries are not taken 5 s after the database is back")
		}
		<-time.After(20 * time.Millisecond)
	}
	w.t.Logf("taken again %v after the database was back", time.Since(back).Round(time.Millisecond))
	w.settle(l)
}
