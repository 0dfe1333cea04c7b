package live

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Close codes of a socket.
const (
	CloseNoSession = 4401
	CloseForbidden = 4403
	CloseTooSlow   = 4408
)

// ErrNotFound says that a topic's object isn't there.
var ErrNotFound = errors.New("there is no such run, flow or case")

// Source gives what a socket missed.
type Source interface {
	// Run gives the snapshot of a run and the seq of its last event.
	Run(ctx context.Context, id string) (snapshot any, seq int64, err error)
	// Events gives a run's events after a seq, the first of them up to a limit.
	Events(ctx context.Context, id string, since int64, limit int) ([]run.Event, error)
	// Flow gives the snapshot of a flow and its revision.
	Flow(ctx context.Context, id string) (snapshot any, revision int64, err error)
	// Inbox gives what people are asked in sum, and its revision.
	Inbox(ctx context.Context, id string) (snapshot any, revision int64, err error)
	// Case gives the snapshot of a case and its revision.
	Case(ctx context.Context, id string) (snapshot any, revision int64, err error)
	// Cases gives the revision of all cases.
	Cases(ctx context.Context, id string) (snapshot any, revision int64, err error)
	// Alerts gives the revision of all alerts.
	Alerts(ctx context.Context, id string) (snapshot any, revision int64, err error)
}

// Hub knows all sockets and who of them wants what.
type Hub struct {
	source Source

	mu      sync.RWMutex
	topics  map[string]map[*subscription]struct{}
	sockets map[*socket]struct{}
	people  map[string]*person // with sockets, by the user
	closed  bool
}

// NewHub makes a hub without sockets.
func NewHub(s Source) *Hub {
	return &Hub{source: s, topics: map[string]map[*subscription]struct{}{}, sockets: map[*socket]struct{}{}, people: map[string]*person{}}
}

// message is one frame of an event, encoded once for all who want it.
type message struct {
	seq  int64
	data []byte
}

type eventFrame struct {
	Topic string `json:"topic"`
	Seq   int64  `json:"seq"`
	Event Event  `json:"event"`
}

type snapshotFrame struct {
	Topic    string `json:"topic"`
	Snapshot any    `json:"snapshot"`
	Seq      int64  `json:"seq"`
}

// Observe hears of events that are durable, in order, by run. It never waits.
func (h *Hub) Observe(runID, flowID string, events []run.Event) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.topics) == 0 {
		return
	}
	if watchers := h.topics["run/"+runID]; len(watchers) > 0 {
		list := encode("run/"+runID, events)
		for sub := range watchers {
			sub.offer(list)
		}
	}
	if ofFlow(events) {
		h.poke("flow/" + flowID)
	}
}

// ofFlow says whether events change what is seen of a flow: a run begins or ends.
func ofFlow(events []run.Event) bool {
	return events[0].Kind == run.RunStarted || events[len(events)-1].Kind.Terminal()
}

// Topics lists the topics that events are news of.
func Topics(runID, flowID string, events []run.Event) []string {
	if ofFlow(events) {
		return []string{"run/" + runID, "flow/" + flowID}
	}
	return []string{"run/" + runID}
}

func encode(topic string, events []run.Event) []message {
	list := make([]message, 0, len(events))
	for i := range events {
		data, err := json.Marshal(eventFrame{topic, events[i].Seq, Brief(&events[i])})
		if err != nil {
			continue // its reader sees the gap and takes a snapshot
		}
		list = append(list, message{events[i].Seq, data})
	}
	return list
}

// Poke has those who look at topics load what they missed.
func (h *Hub) Poke(topics []string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, topic := range topics {
		h.poke(topic)
	}
}

// Topics lists the topics of a kind that somebody looks at.
func (h *Hub) Topics(kind string) (list []string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for topic := range h.topics {
		if topic == kind || strings.HasPrefix(topic, kind+"/") {
			list = append(list, topic)
		}
	}
	return list
}

// Recheck asks each socket's session whether it still is.
func (h *Hub) Recheck(ctx context.Context) {
	h.each(func(s *socket) {
		if !s.peer.Valid(ctx) {
			s.end(CloseNoSession, "the session has ended")
		}
	})
}

// FlowChanged tells those who look at a flow that its draft or version changed.
func (h *Hub) FlowChanged(id string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	h.poke("flow/" + id)
}

// InboxChanged tells those who look at the inbox that a question was asked or closed.
func (h *Hub) InboxChanged() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	h.poke("inbox")
}

// CaseTopics lists the topics that a change of a case is news of.
func CaseTopics(id string) []string { return []string{"case/" + id, "cases"} }

// AlertsTopic is the topic that a change of any alert is news of.
const AlertsTopic = "alerts"

func (h *Hub) poke(topic string) {
	for sub := range h.topics[topic] {
		sub.poke()
	}
}

// Sockets is the number of open sockets.
func (h *Hub) Sockets() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.sockets)
}

// CloseKey closes the sockets of a session or token that has ended.
func (h *Hub) CloseKey(key string) {
	h.each(func(s *socket) {
		if s.peer.Key == key {
			s.end(CloseNoSession, "the session has ended")
		}
	})
}

// Close closes all sockets and takes no more. It may be called again.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.each(func(s *socket) { s.end(websocket.CloseGoingAway, "the server is stopping") })
}

func (h *Hub) each(do func(*socket)) {
	h.mu.RLock()
	list := make([]*socket, 0, len(h.sockets))
	for s := range h.sockets {
		list = append(list, s)
	}
	h.mu.RUnlock()
	for _, s := range list {
		do(s)
	}
}

// add takes a socket, or says why not.
func (h *Hub) add(s *socket) (code int, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if code, why = h.admit(s); code == 0 {
		h.sockets[s] = struct{}{}
	}
	return code, why
}

func (h *Hub) remove(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sockets, s)
	h.dismiss(s)
	for _, sub := range s.subs {
		h.drop(sub)
	}
}

// subscribe adds a subscription, in the place of an earlier one of its socket where there is one.
func (h *Hub) subscribe(sub, before *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if before != nil {
		sub.present = before.present
		delete(h.topics[sub.topic], before)
	}
	if h.topics[sub.topic] == nil {
		h.topics[sub.topic] = map[*subscription]struct{}{}
	}
	h.topics[sub.topic][sub] = struct{}{}
}

func (h *Hub) unsubscribe(sub *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(sub)
}

// drop forgets a subscription. The caller holds the lock.
func (h *Hub) drop(sub *subscription) {
	delete(h.topics[sub.topic], sub)
	if len(h.topics[sub.topic]) == 0 {
		delete(h.topics, sub.topic)
	}
	if sub.present != nil {
		h.tellPresence(sub.topic)
	}
}
