package live

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// What waits for a reader: more, and it gets a snapshot instead.
const (
	maxPending      = 256
	maxPendingBytes = 256 << 10
	// maxMissing is how many missed events are sent one by one.
	maxMissing = 500
)

// subscription is one socket's wish for one topic.
type subscription struct {
	topic, kind, id string
	wake            func()
	present         *present // who has the flow open here; guarded by the hub's lock

	mu      sync.Mutex
	seq     int64 // the last that was sent
	behind  bool  // what was missed has to be loaded
	afresh  bool  // by a snapshot
	pending []message
	bytes   int
	crowd   bool // who is present has changed
}

func newSubscription(topic string, since *int64, wake func()) *subscription {
	kind, id, _ := strings.Cut(topic, "/")
	sub := &subscription{topic: topic, kind: kind, id: id, wake: wake, behind: true, afresh: since == nil}
	if since != nil && *since > 0 {
		sub.seq = *since
	}
	return sub
}

// offer queues events. A reader that is too far behind loses them, and is to be
// brought to a snapshot.
func (s *subscription) offer(list []message) {
	s.mu.Lock()
	for _, m := range list {
		s.pending = append(s.pending, m)
		s.bytes += len(m.data)
	}
	if len(s.pending) > maxPending || s.bytes > maxPendingBytes {
		s.forget()
		s.behind, s.afresh = true, true
	}
	s.mu.Unlock()
	s.wake()
}

func (s *subscription) forget() { s.pending, s.bytes = nil, 0 }

// poke asks for a fresh snapshot.
func (s *subscription) poke() {
	s.mu.Lock()
	s.behind = true
	s.mu.Unlock()
	s.wake()
}

// gather asks for who is present to be told.
func (s *subscription) gather() {
	s.mu.Lock()
	s.crowd = true
	s.mu.Unlock()
	s.wake()
}

// gathered says whether who is present is to be told, and that it is now.
func (s *subscription) gathered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.crowd
	s.crowd = false
	return was
}

// next takes what is to be done: to load what was missed, or to send what waits.
func (s *subscription) next() (load, afresh bool, seq int64, list []message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind {
		load, afresh, seq = true, s.afresh, s.seq
		s.behind, s.afresh = false, false
		return load, afresh, seq, nil
	}
	list = s.pending
	s.forget()
	return false, false, s.seq, list
}

func (s *subscription) sent(seq int64) {
	s.mu.Lock()
	s.seq = seq
	s.mu.Unlock()
}

// last is the seq of what was sent last.
func (s *subscription) last() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// lost asks for a snapshot after a gap.
func (s *subscription) lost() {
	s.mu.Lock()
	s.behind, s.afresh = true, true
	s.mu.Unlock()
}

// deliver sends a subscription's news and says whether there may be more.
func (k *socket) deliver(ctx context.Context, s *subscription) (more bool, err error) {
	load, afresh, seq, list := s.next()
	switch {
	case load && s.kind == "flow":
		return true, k.snapshot(ctx, s, k.hub.source.Flow)
	case load && s.kind == "inbox":
		return true, k.snapshot(ctx, s, k.hub.source.Inbox)
	case load && s.kind == "case":
		return true, k.snapshot(ctx, s, k.hub.source.Case)
	case load && s.kind == "cases":
		return true, k.snapshot(ctx, s, k.hub.source.Cases)
	case load && s.kind == AlertsTopic:
		return true, k.snapshot(ctx, s, k.hub.source.Alerts)
	case load:
		return true, k.catchUp(ctx, s, afresh, seq)
	}
	for _, m := range list {
		if m.seq <= seq {
			continue // was among what was loaded
		}
		if m.seq != seq+1 {
			s.lost()
			return true, nil
		}
		if err := k.write(m.data); err != nil {
			return false, err
		}
		seq = m.seq
		s.sent(seq)
	}
	return false, nil
}

func (k *socket) catchUp(ctx context.Context, s *subscription, afresh bool, since int64) error {
	if afresh {
		return k.snapshot(ctx, s, k.hub.source.Run)
	}
	events, err := k.hub.source.Events(ctx, s.id, since, maxMissing+1)
	if err != nil {
		return k.refuse(s, err)
	}
	if len(events) > maxMissing || len(events) == 0 && since != 0 || len(events) > 0 && events[0].Seq != since+1 {
		// Too many, none, or the reader is ahead of what there is.
		return k.snapshotUnlessCurrent(ctx, s, since, events)
	}
	for i := range events {
		if err := k.writeJSON(eventFrame{s.topic, events[i].Seq, Brief(&events[i])}); err != nil {
			return err
		}
		s.sent(events[i].Seq)
	}
	if len(events) == 0 {
		return k.snapshot(ctx, s, k.hub.source.Run)
	}
	return nil
}

// snapshotUnlessCurrent spares a reader that has everything the snapshot.
func (k *socket) snapshotUnlessCurrent(ctx context.Context, s *subscription, since int64, events []run.Event) error {
	if len(events) == 0 {
		before, err := k.hub.source.Events(ctx, s.id, since-1, 1)
		if err != nil {
			return k.refuse(s, err)
		}
		if len(before) > 0 && before[0].Seq == since {
			return nil
		}
	}
	return k.snapshot(ctx, s, k.hub.source.Run)
}

func (k *socket) snapshot(ctx context.Context, s *subscription, load func(context.Context, string) (any, int64, error)) error {
	body, seq, err := load(ctx, s.id)
	if err != nil {
		return k.refuse(s, err)
	}
	s.sent(seq)
	return k.writeJSON(snapshotFrame{s.topic, body, seq})
}

type errorFrame struct {
	Topic string `json:"topic"`
	Error Error  `json:"error"`
}

// refuse tells a reader why a topic gives nothing. Only a fault of the socket
// itself is an error.
func (k *socket) refuse(s *subscription, err error) error {
	code, message := "unavailable", "the server can't read this just now: subscribe again"
	if errors.Is(err, ErrNotFound) {
		code, message = "not_found", ErrNotFound.Error()
	}
	return k.writeJSON(errorFrame{s.topic, Error{Code: code, Message: message}})
}
