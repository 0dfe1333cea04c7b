package app_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// frame is one message of the server.
type frame struct {
	Topic    string
	Seq      int64
	Event    *struct{ Kind string }
	Snapshot map[string]any
	Error    *struct{ Code string }
}

type listener struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a live socket. Header names what a browser would send.
func (h *house) dial(header http.Header) (*listener, *http.Response, error) {
	conn, response, err := websocket.DefaultDialer.DialContext(h.t.Context(), "ws"+strings.TrimPrefix(h.base, "http")+"/api/v1/live", header)
	if err != nil {
		return nil, response, err
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	return &listener{h.t, conn}, response, nil
}

func (h *house) listen(role string) *listener {
	h.t.Helper()
	l, _, err := h.dial(http.Header{"Authorization": {"Bearer " + h.tokens[roleOf(role)]}})
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

func (l *listener) send(command any) {
	l.t.Helper()
	if err := l.conn.WriteJSON(command); err != nil {
		l.t.Fatal(err)
	}
}

func (l *listener) next() frame {
	// The first call of a connector compiles it.
	l.t.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(60 * time.Second))
	_, data, err := l.conn.ReadMessage()
	if err != nil {
		l.t.Fatal(err)
	}
	var f frame
	if err := json.Unmarshal(data, &f); err != nil {
		l.t.Fatalf("%s: %v", data, err)
	}
	return f
}

// closed reads until the socket is closed and gives the code.
func (l *listener) closed() int {
	l.t.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		if _, _, err := l.conn.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			if !errors.As(err, &closed) {
				l.t.Fatal(err)
			}
			return closed.Code
		}
	}
}

// TestLiveResumes reads a run by snapshot, from a seq, and live.
func TestLiveResumes(t *testing.T) {
	h := open(t, t.TempDir())
	_, hook := h.publish("answer")
	id := h.do(call{"POST", hook, "", map[string]any{"n": 3}, nil}).header.Get("X-Drawbridge-Run")
	run := h.do(call{"GET", "/runs/" + id, "viewer", nil, nil}).want(200)
	l := h.listen("viewer")
	l.send(map[string]any{"subscribe": "run/" + id})
	snapshot := l.next()
	if snapshot.Snapshot["state"] != "succeeded" || snapshot.Seq != int64(run["seq"].(float64)) {
		t.Fatalf("%+v", snapshot)
	}
	l.send(map[string]any{"subscribe": "run/" + id, "since": 2})
	for seq := int64(3); seq <= snapshot.Seq; seq++ {
		if f := l.next(); f.Seq != seq || f.Event == nil {
			t.Fatalf("after 2 comes %+v", f)
		}
	}
	l.send(map[string]any{"subscribe": "run/" + id, "since": snapshot.Seq + 100})
	if f := l.next(); f.Snapshot == nil {
		t.Fatalf("a reader from the future gets %+v", f)
	}
	l.send(map[string]any{"subscribe": "run/nobody"})
	if f := l.next(); f.Error == nil || f.Error.Code != "not_found" {
		t.Fatalf("%+v", f)
	}
}

// TestLiveFollows reads a run while it happens, without a gap, and its flow.
func TestLiveFollows(t *testing.T) {
	needsConnectors(t)
	h := open(t, t.TempDir())
	flow, hook := h.publish("slow")
	l := h.listen("viewer")
	l.send(map[string]any{"subscribe": "flow/" + flow})
	if f := l.next(); f.Snapshot["version"] != 1.0 || len(f.Snapshot["runs"].([]any)) != 0 {
		t.Fatalf("%+v", f)
	}
	id := h.do(call{"POST", hook, "", map[string]any{"n": 1}, nil}).want(202)["id"].(string)
	if f := l.next(); len(f.Snapshot["runs"].([]any)) != 1 {
		t.Fatalf("%+v", f)
	}
	l.send(map[string]any{"unsubscribe": "flow/" + flow})
	l.send(map[string]any{"subscribe": "run/" + id, "since": 0})
	var seq int64
	for {
		f := l.next()
		switch {
		case f.Topic != "run/"+id:
			continue
		case f.Snapshot != nil:
			seq = f.Seq
			if f.Snapshot["state"] == "succeeded" {
				return
			}
			continue
		case f.Seq != seq+1:
			t.Fatalf("%d follows %d", f.Seq, seq)
		}
		if seq = f.Seq; f.Event.Kind == "run.succeeded" {
			return
		}
	}
}

// TestLiveDoors checks who is let in, and who is shown out.
func TestLiveDoors(t *testing.T) {
	h := open(t, t.TempDir())
	cookie := h.login()
	browser := func(origin string) http.Header {
		header := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		return header
	}
	for _, origin := range []string{"", "null", "http://evil.example", h.base + ".evil.example"} {
		if _, response, err := h.dial(browser(origin)); err == nil || response == nil || response.StatusCode != 403 {
			t.Errorf("a page of %q is let in: %v", origin, err)
		}
	}
	stranger, _, err := h.dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	if code := stranger.closed(); code != 4401 {
		t.Errorf("nobody's socket is closed with %d", code)
	}
	ours, _, err := h.dial(browser(h.base))
	if err != nil {
		t.Fatal(err)
	}
	ours.send(map[string]any{"subscribe": "inbox"})
	other := h.listen("viewer")
	header := map[string]string{"Cookie": cookie.Name + "=" + cookie.Value, "Sec-Fetch-Site": "same-origin"}
	h.do(call{"DELETE", "/session", "", nil, header}).want(204)
	if code := ours.closed(); code != 4401 {
		t.Errorf("at log-out the socket is closed with %d", code)
	}
	other.send(map[string]any{"subscribe": "run/nobody"})
	if f := other.next(); f.Error == nil {
		t.Errorf("another's socket hears %+v", f)
	}
}

// TestLiveAtStop closes sockets when the server stops.
func TestLiveAtStop(t *testing.T) {
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	stop := h.start(t)
	l := h.listen("viewer")
	l.send(map[string]any{"subscribe": "inbox"})
	stop()
	if code := l.closed(); code != websocket.CloseGoingAway {
		t.Errorf("the socket is closed with %d", code)
	}
}
