package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// pair opens two servers on one database; nats is empty for none.
func pair(t *testing.T, nats string) (a, b *house) {
	t.Helper()
	config := app.ServeConfig{Database: testkit.Database(t), NATS: nats, Keys: t.TempDir(), Listen: "127.0.0.1:0", AdminPassword: password, Cache: compiledIn(t)}
	houses := [2]*house{}
	for i := range houses {
		c := config
		c.Data = t.TempDir()
		s, err := app.OpenServer(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		houses[i] = &house{t: t, server: s, base: "http://" + s.Addr().String(), data: c.Data, tokens: tokens()}
		t.Cleanup(houses[i].run(t))
	}
	a, b = houses[0], houses[1]
	for _, role := range auth.Roles {
		_, secret, err := a.server.Auth.CreateToken(t.Context(), string(role), role)
		if err != nil {
			t.Fatal(err)
		}
		a.tokens[role], b.tokens[role] = secret, secret
	}
	other := config
	other.Data, other.Keys = t.TempDir(), ""
	if _, err := app.OpenServer(t.Context(), other); err == nil || !strings.Contains(err.Error(), "copy key and vault.key") {
		t.Errorf("a server with other keys: %v", err)
	}
	return a, b
}

// TestServersTogether asks one of two servers for what the other did: with NATS and
// without.
func TestServersTogether(t *testing.T) {
	for name, nats := range map[string]func(t *testing.T) string{
		"with NATS": func(t *testing.T) string { return testkit.NewNATS(t).Address() },
		"alone":     func(*testing.T) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t, nats(t))
			heldByOne(t, a, b)
			watchedElsewhere(t, a, b)
			canceledElsewhere(t, a, b)
			closedElsewhere(t, a, b)
		})
	}
}

// heldByOne publishes at one server, and delivers one event to both at once: both answer
// what its one run gives.
func heldByOne(t *testing.T, a, b *house) {
	t.Helper()
	a.publish("twice")
	_, hook := a.publish("relay")
	deliver := func(h *house, key string) *reply {
		return h.do(call{"POST", hook, "", map[string]any{"n": 21}, map[string]string{"Idempotency-Key": key}})
	}
	for deadline := time.Now().Add(10 * time.Second); deliver(b, "heard").status == http.StatusNotFound; {
		if time.Now().After(deadline) {
			t.Fatal("the other server doesn't hear of a publication")
		}
	}
	for n := range 5 {
		var wg sync.WaitGroup
		replies := [2]*reply{}
		for i, h := range []*house{a, b} {
			wg.Go(func() { replies[i] = deliver(h, fmt.Sprint("both", n)) })
		}
		wg.Wait()
		for _, r := range replies {
			if got := r.want(200); got["n"] != 42.0 {
				t.Errorf("%v", got)
			}
		}
		if x, y := replies[0].header.Get("X-Drawbridge-Run"), replies[1].header.Get("X-Drawbridge-Run"); x != y {
			t.Errorf("one event has the runs %s and %s", x, y)
		}
	}
}

const napID = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0d22"

// nap gives a flow that waits.
func nap(long string) []byte {
	return []byte(`{"format": "drawbridge.flow/1", "id": "` + napID + `", "name": "Nap", "nodes": [
		{"id": "start", "type": "trigger.manual", "position": [0, 0]},
		{"id": "wait", "type": "core.wait", "position": [240, 0], "with": {"for": "` + long + `"}},
		{"id": "last", "type": "core.set", "position": [480, 0], "with": {"n": 1}}],
		"edges": [{"from": "start", "to": "wait"}, {"from": "wait", "to": "last"}]}`)
}

// watchedElsewhere looks at one server at what runs on the other.
func watchedElsewhere(t *testing.T, a, b *house) {
	t.Helper()
	a.do(call{"POST", "/flows", auth.Author, nap("1500ms"), nil}).want(201)
	l := b.listen("viewer")
	l.send(map[string]any{"subscribe": "flow/" + napID})
	l.next()
	id := a.do(call{"POST", "/flows/" + napID + "/runs", auth.Analyst, map[string]any{}, nil}).want(202)["id"].(string)
	if f := l.next(); f.Topic != "flow/"+napID || f.Snapshot == nil {
		t.Errorf("of the run that began elsewhere: %+v", f)
	}
	l = b.listen("viewer")
	l.send(map[string]any{"subscribe": "run/" + id, "since": 0})
	for seq := int64(1); ; seq++ {
		f := l.next()
		if f.Event == nil || f.Seq != seq {
			t.Fatalf("%+v, want the event %d", f, seq)
		}
		if f.Event.Kind == "run.succeeded" {
			return
		}
	}
}

// canceledElsewhere cancels a run by the server that hasn't got it.
func canceledElsewhere(t *testing.T, a, b *house) {
	t.Helper()
	revision := a.do(call{"GET", "/flows/" + napID, auth.Author, nil, nil}).want(200)["revision"]
	a.do(call{"PUT", "/flows/" + napID, auth.Author, nap("30s"), map[string]string{"If-Match": fmt.Sprintf(`"%v"`, revision)}}).want(200)
	id := a.do(call{"POST", "/flows/" + napID + "/runs", auth.Analyst, map[string]any{}, nil}).want(202)["id"].(string)
	b.do(call{"POST", "/runs/" + id + "/cancel", auth.Responder, nil, nil})
	for deadline := time.Now().Add(10 * time.Second); ; {
		state := b.do(call{"GET", "/runs/" + id, auth.Viewer, nil, nil}).want(200)["state"]
		if state == "canceled" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a run that was canceled elsewhere is %v", state)
		}
	}
}

// closedElsewhere ends at one server what a token holds open at the other.
func closedElsewhere(t *testing.T, a, b *house) {
	t.Helper()
	made := a.do(call{"POST", "/tokens", auth.Admin, map[string]any{"name": "short", "role": "viewer"}, nil}).want(201)
	l, _, err := b.dial(http.Header{"Authorization": {"Bearer " + fmt.Sprint(made["token"])}})
	if err != nil {
		t.Fatal(err)
	}
	l.send(map[string]any{"subscribe": "flow/" + napID})
	if f := l.next(); f.Snapshot == nil {
		t.Fatalf("%+v", f)
	}
	a.do(call{"DELETE", "/tokens/" + fmt.Sprint(made["id"]), auth.Admin, nil, nil}).want(204)
	if code := l.closed(); code != 4401 {
		t.Errorf("the socket of a token that is gone is closed with %d", code)
	}
}
