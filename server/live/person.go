package live

import (
	"maps"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// Bounds of one person, over all their sockets: a new socket costs nothing.
const (
	// maxSockets is far more than the pages that somebody looks at.
	maxSockets = 64
	// What they may say of their presence: each word is told to all others, and an editor
	// has seldom something to say, but for all at once when they connect anew.
	wordsAtOnce = maxSockets
	wordEvery   = time.Second
)

// person is who has sockets open, and who had until what they said is long enough ago:
// who connects anew may not begin to flood anew.
type person struct {
	sockets int
	words   *rate.Limiter // of their presence
}

// admit counts a socket as one of its person, or says why not. The caller holds the lock.
func (h *Hub) admit(s *socket) (code int, why string) {
	if h.closed {
		return websocket.CloseGoingAway, "the server is stopping"
	}
	h.forget()
	p := h.people[s.peer.User]
	if p == nil {
		p = &person{words: rate.NewLimiter(rate.Every(wordEvery), wordsAtOnce)}
		h.people[s.peer.User] = p
	}
	if p.sockets == maxSockets {
		return websocket.ClosePolicyViolation, "too many sockets are open for one person"
	}
	p.sockets++
	s.words = p.words
	return 0, ""
}

// dismiss counts a socket off. The caller holds the lock.
func (h *Hub) dismiss(s *socket) {
	h.people[s.peer.User].sockets--
	h.forget()
}

// forget drops those who have no sockets and may say everything again. The caller holds the lock.
func (h *Hub) forget() {
	maps.DeleteFunc(h.people, func(_ string, p *person) bool { return p.sockets == 0 && p.words.Tokens() >= wordsAtOnce })
}
