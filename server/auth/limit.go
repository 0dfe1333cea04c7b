package auth

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimited is how many keys a limiter remembers at once.
const maxLimited = 10_000

// limiter bounds tries per key. Where there are too many keys, the one that was
// tried the longest ago is forgotten: to get another's key forgotten costs as many
// tries as there are keys, and a key under attack is never the oldest.
type limiter struct {
	every time.Duration
	burst int

	mu   sync.Mutex
	keys map[string]*list.Element
	used *list.List // of *tries, the latest first
}

type tries struct {
	key  string
	left *rate.Limiter
}

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, keys: map[string]*list.Element{}, used: list.New()}
}

// take uses up one try, or says how long to wait for one.
func (l *limiter) take(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.of(key).ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &LimitError{After: wait}
	}
	return nil
}

func (l *limiter) of(key string) *rate.Limiter {
	if known := l.keys[key]; known != nil {
		l.used.MoveToFront(known)
		return known.Value.(*tries).left //nolint:forcetypeassert // the list has nothing else
	}
	if l.used.Len() >= maxLimited {
		oldest := l.used.Remove(l.used.Back()).(*tries) //nolint:forcetypeassert // the list has nothing else
		delete(l.keys, oldest.key)
	}
	fresh := &tries{key, rate.NewLimiter(rate.Every(l.every), l.burst)}
	l.keys[key] = l.used.PushFront(fresh)
	return fresh.left
}

// forget gives a key all its tries back.
func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.keys[key]; known != nil {
		l.used.Remove(known)
		delete(l.keys, key)
	}
}

// network is what an address is limited by: one IPv4 address, or the /64 of an IPv6
// address, within which a single machine picks addresses as it likes.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// place is the key of an account's tries from one network.
func place(name, network string) string { return network + " " + name }

// admit uses up one try of a network and of an account. What the network is
// refused costs the account nothing, so that one address can't lock out another;
// and where somebody has logged in to the account before, strangers who use up
// the account's tries from many networks don't lock them out.
func (s *Service) admit(name, network string, now time.Time) error {
	if err := s.addresses.take(network, now); err != nil {
		return err
	}
	if err := s.places.take(place(name, network), now); err != nil {
		return err
	}
	if s.known.has(place(name, network)) {
		return nil
	}
	return s.accounts.take(name, now)
}

// maxKnown is how many places of log-ins are remembered.
const maxKnown = 1000

// knownPlaces are the networks from which accounts were logged in to, as long as
// the server runs.
type knownPlaces struct {
	mu    sync.Mutex
	seen  map[string]bool
	order []string // the latest last
}

func (k *knownPlaces) has(place string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seen[place]
}

func (k *knownPlaces) add(place string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seen[place] {
		return
	}
	if len(k.order) >= maxKnown {
		delete(k.seen, k.order[0])
		k.order = k.order[1:]
	}
	if k.seen == nil {
		k.seen = map[string]bool{}
	}
	k.seen[place] = true
	k.order = append(k.order, place)
}
