package testkit

import (
	"io"
	"net"
	"testing"
)

// Peer is a server that does with each connection what a test says, such as nothing at
// all. It gives its port.
func Peer(t testing.TB, talk func(net.Conn)) int {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go talk(conn)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// Says greets and reads on without a further word.
func Says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

// Hangs up at once.
func Hangs(conn net.Conn) { _ = conn.Close() }

// Floods greets and never stops sending.
func Floods(greeting, piece string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, greeting)
		for {
			if _, err := io.WriteString(conn, piece); err != nil {
				return
			}
		}
	}
}
