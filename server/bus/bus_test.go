package bus_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/bus"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// ear keeps what a server hears.
type ear struct {
	changed  chan struct{}
	signaled chan string
	moved    chan []string
}

func listen(t *testing.T, address, name string) (*bus.Bus, *ear) {
	t.Helper()
	e := &ear{make(chan struct{}, 100), make(chan string, 100), make(chan []string, 100)}
	b, err := bus.Open(address, name, bus.Listener{
		Changed:  func() { e.changed <- struct{}{} },
		Signaled: func(id string) { e.signaled <- id },
		Moved:    func(topics []string) { e.moved <- topics },
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b, e
}

func hears[T any](t *testing.T, from chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was heard")
		panic("unreachable")
	}
}

// TestBus tells others, not oneself and not strangers, and goes on after the server
// was gone.
func TestBus(t *testing.T) {
	n := testkit.NewNATS(t)
	a, own := listen(t, n.Address(), "one")
	b, other := listen(t, n.Address(), "one")
	_, stranger := listen(t, n.Address(), "two")
	// A server's own subscriptions reach NATS before what it tells.
	for heard := false; !heard; {
		a.Signaled("warm")
		select {
		case <-other.signaled:
			heard = true
		case <-time.After(10 * time.Millisecond):
		}
	}
	a.Moved("run/1", "run/1", "flow/2")
	if got := hears(t, other.moved); len(got) != 2 {
		t.Errorf("%q is not gathered", got)
	}
	n.Stop()
	a.Changed() // nobody hears it
	n.Start(t)
	hears(t, own.changed) // who was cut off looks for what was missed
	hears(t, other.changed)
	for heard := false; !heard; {
		b.Signaled("r")
		select {
		case id := <-own.signaled:
			heard = id == "r"
		case <-time.After(10 * time.Millisecond):
		}
	}
	if len(stranger.moved) > 0 || len(stranger.signaled) > 0 || len(own.moved) > 0 {
		t.Error("what was told is heard by oneself, or by those of another name")
	}
}

func TestNobody(t *testing.T) {
	var b *bus.Bus
	b.Changed()
	b.Moved("run/1")
	b.Signaled("1")
	b.Close()
	for _, address := range []string{"", "http://x", "nats:", "nats://a:1,redis://b"} {
		if bus.Check(address) == nil {
			t.Errorf("%q is taken", address)
		}
	}
}
