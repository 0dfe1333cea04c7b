package live

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Presence is one editor in which a flow is open.
type Presence struct {
	Client string `json:"client"` // the opened editor: as it calls itself, and whose it is
	Self   bool   `json:"self"`   // whether that editor is the one who is told
	Name   string `json:"name"`   // who has it open
	You    bool   `json:"you"`    // whether that is who is told
	Edits  bool   `json:"edits"`  // or only reads
	Yields bool   `json:"yields"` // it heard that another takes the flow over, and saves what it has before it only reads
	// Idle is how many seconds ago something was last edited there; -1 is never.
	Idle int `json:"idle"`
	// Took rises with each editor that took the flow over: the highest has it.
	Took int64 `json:"took"`
}

type presenceFrame struct {
	Topic    string     `json:"topic"`
	Presence []Presence `json:"presence"`
}

// present is what a socket says of itself on a topic. It ends with its subscription, so that what a closed or
// dead connection left is nobody's.
type present struct {
	client, user, name string
	edits, yields      bool
	edited             time.Time // zero is never
	took               int64
}

// maxClient is the most bytes that an editor's name for itself may have.
const maxClient = 64

// attend notes that a socket has a flow open, and tells all who have. The caller holds the socket's lock.
func (h *Hub) attend(s *socket, c command) {
	sub := s.subs[c.Present]
	if sub == nil || sub.kind != "flow" || len(c.Client) > maxClient {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	is := present{client: c.Client, user: s.peer.User, name: s.peer.Name, edits: c.Edits && s.peer.May("edit")}
	is.yields = c.Yields && is.edits
	if sub.present == nil {
		sub.present = h.replaced(sub.topic, &is)
	}
	if sub.present != nil {
		is.edited, is.took = sub.present.edited, sub.present.took
	}
	if c.Active && is.edits {
		is.edited = time.Now()
	}
	if c.Take && is.edits {
		// By the clock: who was told of a take-over before the server began anew must heed the next, too.
		is.took = max(h.lastTaken(sub.topic)+1, time.Now().UnixMilli())
	}
	if sub.present != nil && is == *sub.present {
		sub.gather() // nothing that others have to be told; who subscribes again has yet to see them
		return
	}
	sub.present = &is
	h.tellPresence(sub.topic)
}

// replaced gives what the same editor of the same person said over an earlier connection, which
// it has made anew; that one is nobody's any more.
func (h *Hub) replaced(topic string, is *present) *present {
	for sub := range h.topics[topic] {
		if was := sub.present; was != nil && was.user == is.user && was.client == is.client {
			sub.present = nil
			return was
		}
	}
	return nil
}

func (h *Hub) lastTaken(topic string) (last int64) {
	for sub := range h.topics[topic] {
		if sub.present != nil {
			last = max(last, sub.present.took)
		}
	}
	return last
}

// tellPresence has those who have a flow open told who else has. The caller holds the lock.
func (h *Hub) tellPresence(topic string) {
	for sub := range h.topics[topic] {
		if sub.present != nil {
			sub.gather()
		}
	}
}

// presence lists who has a flow open, for one who asks.
func (h *Hub) presence(asks *subscription, user string) []Presence {
	h.mu.RLock()
	defer h.mu.RUnlock()
	list := []Presence{}
	for sub := range h.topics[asks.topic] {
		if is := sub.present; is != nil {
			list = append(list, Presence{is.id(), sub == asks, is.name, is.user == user, is.edits, is.yields, is.idle(), is.took})
		}
	}
	slices.SortFunc(list, func(a, b Presence) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Client, b.Client)) })
	return list
}

// id is the name that others know the editor by. Whose it is belongs to it, so that nobody
// passes for another's editor by calling theirs the same; ids of users are nobody else's business.
func (p *present) id() string {
	whose := sha256.Sum256([]byte(p.user))
	return p.client + "@" + hex.EncodeToString(whose[:6])
}

func (p *present) idle() int {
	if p.edited.IsZero() {
		return -1
	}
	return int(time.Since(p.edited).Seconds())
}
