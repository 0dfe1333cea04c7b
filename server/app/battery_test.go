package app_test

import (
	"bytes"
	"database/sql"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cli"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// witness counts the effects that runs have, by what was asked and the key that came
// with it.
type witness struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[string]map[string]int // "post/7" -> key -> how often
}

func newWitness(t *testing.T) *witness {
	t.Helper()
	w := &witness{seen: map[string]map[string]int{}}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(w.take))
	w.Config.ErrorLog = log.New(io.Discard, "", 0) // of callers that died
	w.StartTLS()
	t.Cleanup(w.Close)
	return w
}

func (w *witness) take(rw http.ResponseWriter, r *http.Request) {
	what := strings.TrimPrefix(r.URL.Path, "/")
	w.mu.Lock()
	if w.seen[what] == nil {
		w.seen[what] = map[string]int{}
	}
	w.seen[what][r.Header.Get("Idempotency-Key")]++
	n := w.seen[what][r.Header.Get("Idempotency-Key")]
	w.mu.Unlock()
	<-time.After(30 * time.Millisecond) // a server takes a while, in which its caller may die
	_, _ = fmt.Fprintf(rw, `{"seen": %d}`, n)
}

// times says how often something was asked for, and with how many keys.
func (w *witness) times(what string) (times, keys int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.seen[what] {
		times += n
	}
	return times, len(w.seen[what])
}

// siege is a server on SQLite that is killed again and again.
type siege struct {
	*house
	other *witness
	ca    string
	start func(more ...string) *process
	p     *process
	hooks [2]string // of the battery, and of the flow that queues

	mu       sync.Mutex
	base     string
	runs     map[int]string // by n, of what was acknowledged
	decided  map[string]int // by run, of what was acknowledged to who decided
	lost     int            // deliveries without an answer
	refused  int
	repeated int // deliveries that had to be sent again
}

// witnessConnector builds the connector that has effects on a witness.
func witnessConnector(t *testing.T) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "witness.wasm")
	var text bytes.Buffer
	if code := cli.Run([]string{"plugin", "build", "testdata/witness", "--out", out}, os.Stdin, &text, &text); code != 0 {
		t.Fatal(text.String())
	}
	return must(os.ReadFile(out))
}

// installWitness lets the connector that has effects reach the witness.
func (h *house) installWitness(other *witness) {
	h.t.Helper()
	h.do(call{"POST", "/connectors?name=witness.wasm", auth.Admin, witnessConnector(h.t), map[string]string{"Content-Type": "application/wasm"}}).want(201)
	grant := map[string]any{"consent": true, "grant": map[string]any{"http": []any{map[string]any{"host": "127.0.0.1", "port": other.Listener.Addr().(*net.TCPAddr).Port}}, "networks": []any{map[string]any{"cidr": "127.0.0.1/32"}}}}
	h.do(call{"PUT", "/connectors/witness/versions/1.0.0/grants", auth.Admin, grant, nil}).want(200)
}

// newSiege begins a server on a folder.
func newSiege(t *testing.T, data string, start func(more ...string) *process) *siege {
	t.Helper()
	w := &siege{start: start, other: newWitness(t), runs: map[int]string{}, decided: map[string]int{}}
	w.ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(w.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.other.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	w.house = &house{t: t, data: data, tokens: tokens()}
	w.begin()
	admin := w.enter("/session", map[string]any{"name": "admin", "password": password})
	secret := admin.do("POST", "/tokens", map[string]any{"name": "siege", "role": "admin"}).want(201)["token"].(string)
	for _, role := range auth.Roles {
		w.tokens[role] = secret
	}
	w.installWitness(w.other)
	w.publish("twice")
	_, w.hooks[0] = w.publish("battery")
	_, w.hooks[1] = w.publish("battery-queue")
	return w
}

// begin starts the server, on a port of its own each time.
func (w *siege) begin() {
	w.t.Helper()
	w.p = w.start("--ca", w.ca)
	w.house.base = w.p.base
	w.mu.Lock()
	w.base = w.p.base
	w.mu.Unlock()
}

// ask sends a request to the server as it stands; nil is no answer.
func (w *siege) ask(c call) *reply {
	w.mu.Lock()
	h := house{t: w.t, base: w.base, tokens: w.tokens}
	w.mu.Unlock()
	client := http.Client{Timeout: 20 * time.Second}
	response, err := client.Do(h.request(c))
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil
	}
	return &reply{w.t, c, response.StatusCode, response.Header, body}
}

// deliver sends one event until it is acknowledged.
func (w *siege) deliver(n int) {
	hook := w.hooks[0]
	if n%4 == 3 {
		hook = w.hooks[1]
	}
	for try := 0; ; try++ {
		r := w.ask(call{"POST", hook, "", map[string]any{"n": n, "url": w.other.URL}, map[string]string{"Idempotency-Key": fmt.Sprint(n)}})
		w.mu.Lock()
		switch {
		case r == nil:
			w.lost++
		case r.status == http.StatusAccepted:
			w.runs[n] = r.header.Get("X-Drawbridge-Run")
			if try > 0 {
				w.repeated++
			}
			w.mu.Unlock()
			return
		case r.status == http.StatusServiceUnavailable:
			w.refused++
		default:
			w.t.Errorf("delivery %d is answered %d: %s", n, r.status, r.body)
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		select {
		case <-w.t.Context().Done():
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// load sends deliveries until all are acknowledged.
func (w *siege) load(first, count int) (done *sync.WaitGroup) {
	next := make(chan int, count)
	for n := range count {
		next <- first + n
	}
	close(next)
	done = &sync.WaitGroup{}
	for range 8 {
		done.Go(func() {
			for n := range next {
				w.deliver(n)
			}
		})
	}
	return done
}

// reached waits until so many deliveries are acknowledged.
func (w *siege) reached(n int) {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; <-time.After(2 * time.Millisecond) {
		w.mu.Lock()
		taken := len(w.runs)
		w.mu.Unlock()
		if taken >= n {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d of %d deliveries are acknowledged", taken, n)
		}
	}
}

// approve answers what is asked for approval, a decision three times, until it is told
// to stop.
func (w *siege) approve(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(50 * time.Millisecond):
		}
		for _, q := range w.questions("approval") {
			decide := call{"POST", "/approvals/" + q["id"].(string) + "/decide", auth.Admin, map[string]any{"decision": "approve", "hash": q["hash"]}, nil}
			for range 3 {
				if r := w.ask(decide); r != nil && r.status == http.StatusOK {
					w.mu.Lock()
					w.decided[q["run"].(string)]++
					w.mu.Unlock()
				}
			}
		}
	}
}

// questions lists what is asked of one kind; nothing where nobody answers.
func (w *siege) questions(kind string) (list []map[string]any) {
	r := w.ask(call{"GET", "/approvals?state=open&limit=200", auth.Admin, nil, nil})
	if r == nil || r.status != http.StatusOK {
		return nil
	}
	for _, item := range r.want(200)["items"].([]any) {
		if q := item.(map[string]any); q["kind"] == kind {
			list = append(list, q)
		}
	}
	return list
}

// database opens the file of a server, to read what is there.
func (w *siege) database() *sql.DB {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.data, store.FileName)+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// held gives the epochs of the runs that a dead server held.
func (w *siege) held() map[string]int64 {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	return epochs(w.t, db, "SELECT id, lease_epoch FROM runs WHERE ended = 0 AND lease_owner <> ''")
}

func epochs(t *testing.T, db *sql.DB, query string) map[string]int64 {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	list := map[string]int64{}
	for rows.Next() {
		var id string
		var epoch int64
		if err := rows.Scan(&id, &epoch); err != nil {
			t.Fatal(err)
		}
		list[id] = epoch
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// resumed waits until all that a dead server held was taken up, which it is within two
// seconds of the server being ready.
func (w *siege) resumed(held map[string]int64, ready time.Time) time.Duration {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	for {
		open := epochs(w.t, db, "SELECT id, lease_epoch FROM runs WHERE ended = 0")
		left := 0
		for id, epoch := range held {
			if now, still := open[id]; still && now == epoch {
				left++
			}
		}
		took := time.Since(ready)
		switch {
		case left == 0:
			return took
		case took > 2*time.Second:
			w.t.Fatalf("%d of %d runs are not taken up %v after the server is ready", left, len(held), took)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// wholeJournals checks all journals of a SQLite database: no gap, no step that ended
// twice, none behind its run, no row under an old epoch; and the file itself.
func wholeJournals(t *testing.T, db *sql.DB) {
	t.Helper()
	for what, query := range map[string]string{
		"journals have a gap":           `SELECT count(*) FROM (SELECT seq, lag(last_seq, 1, 0) OVER (PARTITION BY run_id ORDER BY seq) AS before FROM journal) AS j WHERE seq <> before + 1`,
		"runs aren't where they say":    `SELECT count(*) FROM runs r WHERE next_seq <> 1 + (SELECT max(last_seq) FROM journal WHERE run_id = r.id)`,
		"rows are under an old epoch":   `SELECT count(*) FROM (SELECT epoch, lag(epoch, 1, 0) OVER (PARTITION BY run_id ORDER BY seq) AS before FROM journal) AS j WHERE epoch < before`,
		"runs are open":                 `SELECT count(*) FROM runs WHERE ended = 0`,
		"questions are open":            `SELECT count(*) FROM questions WHERE state = 'open'`,
		"faults are in the file itself": `SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
	} {
		var n int
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

// TestKillUnderLoad kills a server on SQLite at random moments, while events arrive,
// timers run, flows call flows, people approve and others wait in a queue. Nothing
// that was acknowledged is lost; what may be done twice is done with its key; of what
// may not, people are asked.
func TestKillUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a server for a quarter of a minute; not in short mode")
	}
	needsConnectors(t)
	kills := 10
	if soak, err := strconv.Atoi(os.Getenv(soakKills)); err == nil {
		kills = soak
	}
	const each = 60
	data := t.TempDir()
	w := newSiege(t, data, func(more ...string) *process { return startProcess(t, data, more...) })
	stop := make(chan struct{})
	var people sync.WaitGroup
	people.Go(func() { w.approve(stop) })
	held, longest := 0, time.Duration(0)
	loads := make([]*sync.WaitGroup, kills)
	for k := range kills {
		loads[k] = w.load(k*each, each)
		w.reached(k*each + each/4)
		within := 600 * time.Millisecond // while calls are under way
		if k%2 == 0 {
			within = 40 * time.Millisecond // while events arrive
		}
		<-time.After(rand.N(within)) // the moment is what is tested
		w.p.kill()
		cut := w.held()
		held += len(cut)
		w.begin()
		longest = max(longest, w.resumed(cut, time.Now()))
	}
	for _, l := range loads {
		l.Wait()
	}
	unknown := w.answerUnknown()
	close(stop)
	people.Wait()
	if t.Failed() {
		t.FailNow()
	}
	again := w.judge(kills * each)
	w.p.kill()
	db := w.database()
	defer db.Close()
	wholeJournals(t, db)
	if held == 0 {
		t.Error("no run was at work when the server was killed")
	}
	t.Logf("%d kills: %d acknowledged, %d without an answer, %d refused, %d acknowledged when sent again; %d runs held when killed, all taken up within %v; %d effects asked for again with their key, %d unknown, %d approvals",
		kills, len(w.runs), w.lost, w.refused, w.repeated, held, longest.Round(time.Millisecond), again, unknown, len(w.decided))
}

// answerUnknown says what became of each call of which nobody can tell, as the other
// side has seen it, until all runs have ended.
func (w *siege) answerUnknown() (unknown int) {
	w.t.Helper()
	answered := map[string]bool{}
	waitFor(w.t, "all runs to end", func() bool {
		for _, q := range w.questions("unknown") {
			if id := q["id"].(string); !answered[id] {
				answered[id] = true
				w.tell(q)
			}
		}
		open := w.do(call{"GET", "/runs?state=queued,running,waiting,unknown&limit=1", auth.Admin, nil, nil}).want(200)["items"].([]any)
		return len(open) == 0
	})
	return len(answered)
}

// tell answers one such question.
func (w *siege) tell(q map[string]any) {
	w.t.Helper()
	n := q["show"].(map[string]any)["n"]
	if q["step"] != "post" {
		w.t.Errorf("people are asked what became of %v, which may be repeated", q["step"])
	}
	answer := map[string]any{"hash": q["hash"], "decision": "retry"}
	if times, _ := w.other.times(fmt.Sprintf("post/%v", n)); times > 0 {
		answer["decision"], answer["form"] = "done", map[string]any{"seen": times}
	}
	w.do(call{"POST", "/approvals/" + q["id"].(string) + "/decide", auth.Admin, answer, nil}).want(200)
}

// judge compares each run with what the other side has seen, and gives how many effects
// were asked for again.
func (w *siege) judge(count int) (again int) {
	w.t.Helper()
	byRun := map[string]int{}
	for n := range count {
		id := w.runs[n]
		if other, twice := byRun[id]; twice || id == "" {
			w.t.Errorf("deliveries %d and %d have the run %q", n, other, id)
		}
		byRun[id] = n
		r := w.do(call{"GET", "/runs/" + id, auth.Admin, nil, nil}).want(200)
		if r["state"] != "succeeded" || r["output"] != float64(2*n) {
			w.t.Errorf("run %d is %v with %v: %v", n, r["state"], r["output"], r["error"])
		}
		puts, keys := w.other.times(fmt.Sprint("put/", n))
		if puts < 1 || keys != 1 {
			w.t.Errorf("what run %d may repeat was done %d times with %d keys", n, puts, keys)
		}
		again += puts - 1
		want := 1
		if n%4 == 3 {
			want = 0 // its flow has no such step
		}
		if posts, _ := w.other.times(fmt.Sprint("post/", n)); posts != want {
			w.t.Errorf("what run %d may not repeat was done %d times, want %d", n, posts, want)
		}
		if n%5 == 0 && n%4 != 3 && w.decided[id] > 1 {
			w.t.Errorf("run %d took %d decisions", n, w.decided[id])
		}
	}
	return again
}
