// Package bus tells the servers that share a database of one another's doings, by
// core NATS. It carries hints alone: what happened is read from the database, which is
// looked at every second anyway. So a message that is lost costs a second, and one that
// is forged nothing.
package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Listener hears what other servers tell.
type Listener struct {
	// Changed hears that something was changed that the audit log tells of.
	Changed func()
	// Signaled hears of a run that has messages.
	Signaled func(runID string)
	// Moved hears of topics of the live socket that have news, such as run/ID.
	Moved func(topics []string)
}

// Bus is a connection that comes back by itself. A nil Bus tells nobody.
type Bus struct {
	conn   *nats.Conn
	prefix string

	mu     sync.Mutex
	moved  map[string]struct{}
	timer  *time.Timer
	closed bool
}

// Bounds of what is told at once.
const (
	// gather is how long topics are gathered into one message.
	gather = 5 * time.Millisecond
	// maxTopics is how many topics one message names, maxMoved how many are gathered:
	// who doesn't hear of more looks within a second.
	maxTopics = 500
	maxMoved  = 10_000
)

// Check says what is wrong with the address of a NATS server, without its password.
func Check(address string) error {
	for _, one := range strings.Split(address, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || (u.Scheme != "nats" && u.Scheme != "tls" && u.Scheme != "ws" && u.Scheme != "wss") {
			return errors.New("the address of NATS must be nats://host:4222, or tls://host:4222")
		}
	}
	return nil
}

// Probe connects once and says why that can't be.
func Probe(address string) error {
	if err := Check(address); err != nil {
		return err
	}
	conn, err := nats.Connect(address, nats.Timeout(5*time.Second))
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.FlushTimeout(5 * time.Second)
}

// Open connects, now or as soon as the server can be reached. Servers with another name
// don't hear one another, though they share a NATS server.
func Open(address, name string, l Listener, log *slog.Logger) (*Bus, error) {
	if err := Check(address); err != nil {
		return nil, err
	}
	b := &Bus{prefix: "drawbridge." + name + ".", moved: map[string]struct{}{}}
	conn, err := nats.Connect(address,
		nats.Name("drawbridge"), nats.NoEcho(), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(500*time.Millisecond), nats.ReconnectJitter(200*time.Millisecond, 200*time.Millisecond), nats.Timeout(2*time.Second),
		nats.PingInterval(10*time.Second), nats.MaxPingsOutstanding(2),
		nats.ReconnectBufSize(-1), // what is old is no news
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			log.Warn("NATS is not to be reached; other servers hear of changes within a second", "error", err)
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("NATS is reached again"); l.Changed() }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("NATS", "error", err) }),
	)
	if err != nil {
		return nil, fmt.Errorf("NATS: %w", err)
	}
	b.conn = conn
	if !conn.IsConnected() {
		log.Warn("NATS is not to be reached yet; other servers hear of changes within a second")
	}
	for subject, hear := range map[string]func(data string){
		"changed":  func(string) { l.Changed() },
		"signaled": func(data string) { l.Signaled(data) },
		"moved":    func(data string) { l.Moved(strings.Split(data, "\n")) },
	} {
		if _, err := conn.Subscribe(b.prefix+subject, func(m *nats.Msg) { hear(string(m.Data)) }); err != nil {
			conn.Close()
			return nil, fmt.Errorf("NATS: %w", err)
		}
	}
	return b, nil
}

// Changed tells that something was changed that the audit log tells of.
func (b *Bus) Changed() { b.tell("changed", "") }

// Signaled tells that a run has messages.
func (b *Bus) Signaled(runID string) { b.tell("signaled", runID) }

// tell sends at once. What can't be sent is left out.
func (b *Bus) tell(subject, data string) {
	if b != nil {
		_ = b.conn.Publish(b.prefix+subject, []byte(data))
	}
}

// Moved tells that topics have news, together with what else happens within a moment.
func (b *Bus) Moved(topics ...string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	for _, topic := range topics {
		if len(b.moved) < maxMoved {
			b.moved[topic] = struct{}{}
		}
	}
	if b.timer == nil {
		b.timer = time.AfterFunc(gather, b.flush)
	}
}

func (b *Bus) flush() {
	b.mu.Lock()
	moved := b.moved
	b.moved, b.timer = map[string]struct{}{}, nil
	b.mu.Unlock()
	list := make([]string, 0, maxTopics)
	for topic := range moved {
		if list = append(list, topic); len(list) == maxTopics {
			b.tell("moved", strings.Join(list, "\n"))
			list = list[:0]
		}
	}
	if len(list) > 0 {
		b.tell("moved", strings.Join(list, "\n"))
	}
}

// Close ends the connection.
func (b *Bus) Close() {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.mu.Unlock()
	b.conn.Close()
}
