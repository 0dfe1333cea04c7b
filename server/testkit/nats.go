package testkit

import (
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS is a NATS server within the test process.
type NATS struct {
	port    int
	running *server.Server
}

// NewNATS starts a server for the time of a test.
func NewNATS(t testing.TB) *NATS {
	t.Helper()
	n := &NATS{port: server.RANDOM_PORT}
	n.Start(t)
	t.Cleanup(n.Stop)
	return n
}

// Address is where clients connect to. It stays the same over a restart.
func (n *NATS) Address() string { return n.running.ClientURL() }

// Start starts the server, again at the port that it had.
func (n *NATS) Start(t testing.TB) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: n.port, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server doesn't start")
	}
	n.running, n.port = s, s.Addr().(*net.TCPAddr).Port
}

// Stop ends the server and cuts all connections, as its death would.
func (n *NATS) Stop() {
	n.running.Shutdown()
	n.running.WaitForShutdown()
}
