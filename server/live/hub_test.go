package live_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// journal is a source that remembers one run.
type journal struct {
	mu        sync.Mutex
	events    []run.Event
	snapshots int
}

func (j *journal) add(e run.Event) []run.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Seq = int64(len(j.events)) + 1
	j.events = append(j.events, e)
	return []run.Event{e}
}

// Run implements [live.Source].
func (j *journal) Run(context.Context, string) (any, int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.snapshots++
	return map[string]any{"state": "running"}, int64(len(j.events)), nil
}

// Events implements [live.Source].
func (j *journal) Events(_ context.Context, _ string, since int64, _ int) ([]run.Event, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if since > int64(len(j.events)) {
		return nil, nil
	}
	return append([]run.Event(nil), j.events[max(since, 0):]...), nil
}

// Case implements [live.Source].
func (j *journal) Case(context.Context, string) (any, int64, error) { return nil, 0, nil }

// Cases implements [live.Source].
func (j *journal) Cases(context.Context, string) (any, int64, error) { return nil, 0, nil }

func (j *journal) Alerts(context.Context, string) (any, int64, error) { return nil, 0, nil }

// Flow implements [live.Source].
func (j *journal) Inbox(context.Context, string) (any, int64, error) { return nil, 0, nil }

func (j *journal) Flow(context.Context, string) (any, int64, error) { return nil, 0, live.ErrNotFound }

// serve puts a hub behind a listener and dials it.
func serve(t *testing.T, hub *live.Hub, peer live.Peer) *websocket.Conn {
	t.Helper()
	upgrader := websocket.Upgrader{WriteBufferSize: 512}
	ctx := context.WithoutCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		hub.Serve(ctx, conn, peer)
	}))
	t.Cleanup(server.Close)
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil { // what is never told fails, and doesn't hang
		t.Fatal(err)
	}
	return conn
}

func everyone() live.Peer {
	return live.Peer{Key: "k", May: func(string) bool { return true }, Valid: func(context.Context) bool { return true }}
}

type frame struct {
	Seq      int64
	Event    json.RawMessage
	Snapshot json.RawMessage
}

// TestSlowReader lets a run make far more than a socket takes while its reader
// sleeps: the reader is brought to a snapshot and misses nothing after it.
func TestSlowReader(t *testing.T) {
	j := &journal{}
	hub := live.NewHub(j)
	conn := serve(t, hub, everyone())
	if err := conn.WriteJSON(map[string]any{"subscribe": "run/r"}); err != nil {
		t.Fatal(err)
	}
	var first frame
	if err := conn.ReadJSON(&first); err != nil || first.Snapshot == nil {
		t.Fatalf("%+v, %v", first, err)
	}
	const events = 20_000
	output := strings.Repeat("x", 1500)
	for range events {
		hub.Observe("r", "f", j.add(run.Event{Kind: run.StepSucceeded, Step: "a", At: time.Now(), Output: output}))
	}
	seq, skipped, read := int64(0), 0, 0
	for seq < events {
		var f frame
		if err := conn.ReadJSON(&f); err != nil {
			t.Fatal(err)
		}
		read++
		if f.Snapshot != nil {
			skipped++
		} else if f.Seq != seq+1 {
			t.Fatalf("event %d follows %d without a snapshot", f.Seq, seq)
		}
		if f.Seq < seq {
			t.Fatalf("%d comes after %d", f.Seq, seq)
		}
		seq = f.Seq
	}
	if skipped == 0 || read >= events {
		t.Errorf("%d frames with %d snapshots were kept for a reader that slept", read, skipped)
	}
}

// TestDoors closes sockets with the codes that the outside knows.
func TestDoors(t *testing.T) {
	hub := live.NewHub(&journal{})
	for name, c := range map[string]struct {
		peer live.Peer
		do   func(*websocket.Conn)
		code int
	}{
		"forbidden": {live.Peer{May: func(string) bool { return false }}, func(c *websocket.Conn) { _ = c.WriteJSON(map[string]any{"subscribe": "run/r"}) }, live.CloseForbidden},
		"logged out": {everyone(), func(c *websocket.Conn) {
			_ = c.WriteJSON(map[string]any{"subscribe": "run/r"})
			_, _, _ = c.ReadMessage()
			hub.CloseKey("k")
		}, live.CloseNoSession},
		"no topic": {everyone(), func(c *websocket.Conn) { _ = c.WriteJSON(map[string]any{"subscribe": "secrets"}) }, websocket.ClosePolicyViolation},
	} {
		conn := serve(t, hub, c.peer)
		c.do(conn)
		_, _, err := conn.ReadMessage()
		if !websocket.IsCloseError(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBrief keeps an event within its bounds whatever its output is.
func TestBrief(t *testing.T) {
	large := strings.Repeat("é", 100_000)
	for name, e := range map[string]run.Event{
		"output": {Output: map[string]any{"a": large}}, "text": {Output: large},
		"error": {Error: &run.Error{Code: "c", Message: large, Details: map[string]any{"d": large}}},
	} {
		data, err := json.Marshal(live.Brief(&e))
		if err != nil || len(data) > live.MaxEvent {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
}
