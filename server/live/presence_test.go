package live_test

import (
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/drawbridge-soar/drawbridge/server/live"
)

// somebody is a person who may read flows, and edit them or not.
func somebody(name string, edits bool) live.Peer {
	p := everyone()
	p.Key, p.User, p.Name = name, name, name
	p.May = func(kind string) bool { return edits || kind != "edit" }
	return p
}

// attend opens a flow as an editor does.
func attend(t *testing.T, conn *websocket.Conn, client string, more map[string]any) {
	t.Helper()
	message := map[string]any{"present": "flow/f", "client": client, "edits": true}
	for k, v := range more {
		message[k] = v
	}
	for _, m := range []map[string]any{{"subscribe": "flow/f", "since": 0}, message} {
		if err := conn.WriteJSON(m); err != nil {
			t.Fatal(err)
		}
	}
}

// presentOn reads until a socket is told of so many editors, by their clients.
func presentOn(t *testing.T, conn *websocket.Conn, good func(map[string]live.Presence) bool) map[string]live.Presence {
	t.Helper()
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		var f struct{ Presence []live.Presence }
		if err := json.Unmarshal(data, &f); err != nil {
			t.Fatal(err)
		}
		all := map[string]live.Presence{}
		for _, p := range f.Presence {
			client, _, _ := strings.Cut(p.Client, "@")
			all[client] = p
		}
		if good(all) {
			return all
		}
	}
}

func count(n int) func(map[string]live.Presence) bool {
	return func(all map[string]live.Presence) bool { return len(all) == n }
}

// TestPresence tells who has a flow open who else has, as each of them sees it, until they leave.
func TestPresence(t *testing.T) {
	hub := live.NewHub(&journal{})
	ann, tab, bob := serve(t, hub, somebody("ann", true)), serve(t, hub, somebody("ann", true)), serve(t, hub, somebody("bob", false))
	attend(t, ann, "a1", nil)
	if all := presentOn(t, ann, count(1)); !all["a1"].You || !all["a1"].Edits || all["a1"].Idle != -1 || all["a1"].Name != "ann" {
		t.Errorf("alone: %+v", all)
	}
	attend(t, tab, "a2", map[string]any{"active": true})
	attend(t, bob, "b", nil)
	all := presentOn(t, bob, count(3))
	if all["a1"].You || !all["b"].You || all["b"].Edits || all["a2"].Idle != 0 {
		t.Errorf("who may only read sees %+v", all)
	}
	if all := presentOn(t, ann, count(3)); !all["a2"].You || all["b"].You {
		t.Errorf("the first sees %+v", all)
	}
	_ = tab.Close()
	presentOn(t, ann, count(2))
	if err := bob.WriteJSON(map[string]any{"unsubscribe": "flow/f"}); err != nil {
		t.Fatal(err)
	}
	presentOn(t, ann, count(1))
}

// TestTakeOver orders those who take a flow over; who may not edit takes nothing.
func TestTakeOver(t *testing.T) {
	hub := live.NewHub(&journal{})
	ann, bob, eve := serve(t, hub, somebody("ann", true)), serve(t, hub, somebody("bob", true)), serve(t, hub, somebody("eve", false))
	began := time.Now().UnixMilli()
	attend(t, ann, "a", map[string]any{"take": true})
	attend(t, bob, "b", nil)
	presentOn(t, bob, count(2))
	attend(t, eve, "e", map[string]any{"take": true})
	presentOn(t, bob, count(3))
	attend(t, bob, "b", map[string]any{"take": true})
	all := presentOn(t, ann, func(all map[string]live.Presence) bool { return all["b"].Took > all["a"].Took })
	if all["e"].Took != 0 || all["a"].Took < began {
		t.Errorf("%+v", all)
	}
	// Saying again that one is there takes nothing, and gives nothing up.
	attend(t, ann, "a", map[string]any{"edits": false})
	presentOn(t, bob, func(all map[string]live.Presence) bool { return !all["a"].Edits && all["b"].Took > all["a"].Took })
}

// TestHandOver tells who takes a flow over that the other editor is at it, saving what it has.
func TestHandOver(t *testing.T) {
	hub := live.NewHub(&journal{})
	ann, bob := serve(t, hub, somebody("ann", true)), serve(t, hub, somebody("bob", true))
	attend(t, ann, "a", nil)
	attend(t, bob, "b", map[string]any{"take": true})
	presentOn(t, ann, count(2))
	attend(t, ann, "a", map[string]any{"yields": true})
	presentOn(t, bob, func(all map[string]live.Presence) bool { return all["a"].Edits && all["a"].Yields })
	attend(t, ann, "a", map[string]any{"edits": false})
	presentOn(t, bob, func(all map[string]live.Presence) bool { return !all["a"].Edits && !all["a"].Yields })
}

// TestStrangersAreNotTold keeps presence from those who only look at a flow's topic.
func TestStrangersAreNotTold(t *testing.T) {
	hub := live.NewHub(&journal{})
	ann, other := serve(t, hub, somebody("ann", true)), serve(t, hub, somebody("bob", true))
	for range 2 {
		if err := other.WriteJSON(map[string]any{"subscribe": "flow/f"}); err != nil {
			t.Fatal(err)
		}
		_, data, err := other.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		var f struct{ Presence []live.Presence }
		if err := json.Unmarshal(data, &f); err != nil || f.Presence != nil {
			t.Errorf("%s, %v", data, err)
		}
		attend(t, ann, "a", nil)
		presentOn(t, ann, count(1))
	}
}

// TestNobodyTakesAnothersName tells two apart who call themselves the same, and each which of
// them it is; a connection that is made anew is the same editor, in the place of the old one.
func TestNobodyTakesAnothersName(t *testing.T) {
	hub := live.NewHub(&journal{})
	ann, eve := serve(t, hub, somebody("ann", true)), serve(t, hub, somebody("eve", true))
	attend(t, ann, "a", map[string]any{"take": true})
	named := presentOn(t, ann, count(1))["a"]
	if !named.Self {
		t.Errorf("it is told that it is another: %+v", named)
	}
	for _, client := range []string{"a", named.Client} {
		attend(t, eve, client, nil)
		list := listed(t, ann, 2)
		if list[0].Client != named.Client || list[1].Client == named.Client || !list[0].Self || list[1].Self || list[1].You {
			t.Errorf("one that calls itself %q: %+v", client, list)
		}
		if own := listed(t, eve, 2)[1]; !own.Self || !own.You {
			t.Errorf("it sees %+v", own)
		}
	}
	again := serve(t, hub, somebody("ann", true))
	attend(t, again, "a", nil)
	if list := listed(t, again, 2); list[0].Client != named.Client || !list[0].Self || list[0].Took != named.Took {
		t.Errorf("the new connection: %+v", list)
	}
}

// listed reads until a socket is told of so many editors, and gives them as they are told.
func listed(t *testing.T, conn *websocket.Conn, n int) []live.Presence {
	t.Helper()
	for {
		var f struct{ Presence []live.Presence }
		if err := conn.ReadJSON(&f); err != nil {
			t.Fatal(err)
		}
		if len(f.Presence) == n {
			return f.Presence
		}
	}
}

// TestAFloodIsOnePersons bounds what a person may have all others told, also by a new socket
// for each word, and by one after the other.
func TestAFloodIsOnePersons(t *testing.T) {
	hub := live.NewHub(&journal{})
	ended := false
	for range 200 {
		eve := serve(t, hub, somebody("eve", true))
		attend(t, eve, "e", map[string]any{"take": true})
		for !ended {
			_, data, err := eve.ReadMessage()
			if ended = websocket.IsCloseError(err, websocket.ClosePolicyViolation); err != nil || strings.Contains(string(data), "presence") {
				break
			}
		}
		_ = eve.Close()
	}
	if !ended {
		t.Error("it goes on")
	}
	bob := serve(t, hub, somebody("bob", true))
	attend(t, bob, "b", nil)
	presentOn(t, bob, func(all map[string]live.Presence) bool { return all["b"].You })
}

// TestSocketsOfAPerson refuses one more than a person may have open, until one of them goes.
func TestSocketsOfAPerson(t *testing.T) {
	hub := live.NewHub(&journal{})
	opened := func(name string) (*websocket.Conn, error) {
		conn := serve(t, hub, somebody(name, false))
		if err := conn.WriteJSON(map[string]any{"subscribe": "flow/f"}); err != nil {
			t.Fatal(err)
		}
		_, _, err := conn.ReadMessage()
		return conn, err
	}
	var last *websocket.Conn
	for range 64 {
		var err error
		if last, err = opened("eve"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := opened("eve"); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
		t.Fatalf("one more: %v", err)
	}
	if _, err := opened("ann"); err != nil {
		t.Errorf("another person: %v", err)
	}
	_ = last.Close()
	for hub.Sockets() > 64 { // those of eve's that are left, and ann's
		runtime.Gosched()
	}
	if _, err := opened("eve"); err != nil {
		t.Errorf("in the place of one that has gone: %v", err)
	}
}

// TestAFloodOfPresenceEndsItsSocket bounds what one socket may have all others told.
func TestAFloodOfPresenceEndsItsSocket(t *testing.T) {
	hub := live.NewHub(&journal{})
	ann, eve := serve(t, hub, somebody("ann", true)), serve(t, hub, somebody("eve", true))
	attend(t, ann, "a", nil)
	presentOn(t, ann, count(1))
	if err := eve.WriteJSON(map[string]any{"subscribe": "flow/f"}); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if eve.WriteJSON(map[string]any{"present": "flow/f", "client": "e", "edits": true, "take": true}) != nil {
			break // it is closed already
		}
	}
	for {
		_, _, err := eve.ReadMessage()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		if errors.As(err, &closed) && closed.Code != websocket.ClosePolicyViolation {
			t.Errorf("it ended with %v", err)
		}
		break
	}
	presentOn(t, ann, count(1)) // it is gone for the others
}
