package live

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// Bounds of a socket.
const (
	pingEvery  = 25 * time.Second
	pongWithin = 60 * time.Second
	// writeWithin is how long a reader may take nothing before it is dropped.
	writeWithin = 10 * time.Second
	maxCommand  = 4 << 10
	maxTopics   = 64
)

// Peer is who reads a socket.
type Peer struct {
	// Key names the session or token, for [Hub.CloseKey].
	Key string
	// User is whose doing it is, whatever session or token they use, and Name what others are told of them.
	User, Name string
	// May says whether a kind of topic may be read: run, flow, case, cases, alerts or inbox; and "edit" whether flows may be edited.
	May func(kind string) bool
	// Valid says whether the session still is; it is asked at every ping.
	Valid func(ctx context.Context) bool
}

type socket struct {
	hub  *Hub
	conn *websocket.Conn
	peer Peer
	wake chan struct{}
	once sync.Once
	done chan struct{}

	words *rate.Limiter // of its person's presence

	mu   sync.Mutex // guards subs
	subs map[string]*subscription
}

type command struct {
	Subscribe   string `json:"subscribe"`
	Unsubscribe string `json:"unsubscribe"`
	Since       *int64 `json:"since"`
	// Present says of a flow's topic, once it is subscribed, that an editor has it open: it edits or only reads,
	// was just edited, takes the flow over, or yields it to who does.
	Present string `json:"present"`
	Client  string `json:"client"`
	Edits   bool   `json:"edits"`
	Active  bool   `json:"active"`
	Take    bool   `json:"take"`
	Yields  bool   `json:"yields"`
}

// Serve talks over a socket until it ends. It closes the connection.
func (h *Hub) Serve(ctx context.Context, conn *websocket.Conn, peer Peer) {
	s := &socket{hub: h, conn: conn, peer: peer, wake: make(chan struct{}, 1), done: make(chan struct{}), subs: map[string]*subscription{}}
	defer conn.Close() //nolint:errcheck // it has ended
	if code, why := h.add(s); code != 0 {
		s.end(code, why)
		return
	}
	defer h.leave(s)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var writer sync.WaitGroup
	writer.Go(func() { s.writeLoop(ctx) })
	s.readLoop()
	cancel()
	s.end(websocket.CloseNormalClosure, "")
	writer.Wait()
}

func (h *Hub) leave(s *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.remove(s)
}

// Refuse closes a socket at once with one of the close codes.
func Refuse(conn *websocket.Conn, code int, reason string) {
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	_ = conn.Close()
}

// end closes the connection once, saying why.
func (s *socket) end(code int, reason string) {
	s.once.Do(func() {
		close(s.done)
		Refuse(s.conn, code, reason)
	})
}

func (s *socket) readLoop() {
	s.conn.SetReadLimit(maxCommand)
	_ = s.conn.SetReadDeadline(time.Now().Add(pongWithin))
	s.conn.SetPongHandler(func(string) error { return s.conn.SetReadDeadline(time.Now().Add(pongWithin)) })
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		var c command
		if err := json.Unmarshal(data, &c); err != nil {
			s.end(websocket.CloseUnsupportedData, "send JSON")
			return
		}
		s.obey(c)
	}
}

func (s *socket) obey(c command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Unsubscribe != "" {
		s.drop(c.Unsubscribe)
	}
	if c.Present != "" {
		if !s.words.Allow() {
			s.end(websocket.ClosePolicyViolation, "too much was said of presence")
			return
		}
		s.hub.attend(s, c)
	}
	if c.Subscribe == "" {
		return
	}
	kind, id, _ := strings.Cut(c.Subscribe, "/")
	switch {
	case !isTopic(kind, id):
		s.end(websocket.ClosePolicyViolation, "topics are run/ID, flow/ID, case/ID, cases, alerts and inbox")
	case !s.peer.May(kind):
		s.end(CloseForbidden, "your role may not read this")
	case len(s.subs) >= maxTopics:
		s.end(websocket.ClosePolicyViolation, "too many topics on one socket")
	default:
		sub := newSubscription(c.Subscribe, c.Since, s.poke)
		s.hub.subscribe(sub, s.subs[sub.topic]) // again is afresh
		s.subs[sub.topic] = sub
		s.poke()
	}
}

// isTopic says whether there is such a topic.
func isTopic(kind, id string) bool {
	switch kind {
	case "run", "flow", "case":
		return id != ""
	case "inbox", "cases", AlertsTopic:
		return true
	}
	return false
}

func (s *socket) drop(topic string) {
	if sub := s.subs[topic]; sub != nil {
		s.hub.unsubscribe(sub)
		delete(s.subs, topic)
	}
}

func (s *socket) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *socket) writeLoop(ctx context.Context) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-ping.C:
			if !s.peer.Valid(ctx) {
				s.end(CloseNoSession, "the session has ended")
				return
			}
			if s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin)) != nil {
				s.end(CloseTooSlow, "too slow")
				return
			}
		case <-s.wake:
			if err := s.deliverAll(ctx); err != nil {
				s.end(CloseTooSlow, "too slow")
				return
			}
		}
	}
}

func (s *socket) deliverAll(ctx context.Context) error {
	for _, sub := range s.topics() {
		if sub.gathered() {
			if err := s.writeJSON(presenceFrame{sub.topic, s.hub.presence(sub, s.peer.User)}); err != nil {
				return err
			}
		}
		for more := true; more; {
			var err error
			if more, err = s.deliver(ctx, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *socket) topics() []*subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*subscription, 0, len(s.subs))
	for _, sub := range s.subs {
		list = append(list, sub)
	}
	return list
}

func (s *socket) write(data []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.conn.WriteMessage(websocket.TextMessage, data)
}

func (s *socket) writeJSON(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write(data)
}
