package store_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store/storetest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// What becomes of the next commit.
const (
	passes int32 = iota
	dropped
	keptUnanswered
	keptLater
)

// line is the network between a store and its database, which cuts connections in
// mid-commit.
type line struct {
	next  atomic.Int32
	to    string
	later time.Duration
}

// between puts a line before a database, and gives the address there.
func between(t *testing.T, address string) (*line, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	l := &line{to: u.Host, later: time.Second}
	u.Host = listener.Addr().String()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.join(client)
		}
	}()
	return l, u.String()
}

func (l *line) join(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer server.Close()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.Copy(client, server)
		_ = client.Close()
		_, _ = io.Copy(io.Discard, server)
	}()
	commit := func(frame []byte) {
		_, _ = server.Write(frame)
		_ = server.(*net.TCPConn).CloseWrite()
		<-answered
	}
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if bytes.Contains(buffer[:n], []byte("Q\x00\x00\x00\x0bcommit\x00")) {
			switch l.next.Swap(passes) {
			case dropped:
				return
			case keptUnanswered:
				_ = client.Close()
				commit(buffer[:n])
				return
			case keptLater:
				_ = client.Close()
				<-time.After(l.later)
				commit(buffer[:n])
				return
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestCommitInDoubt cuts the connection in mid-commit: who waits is told what became of
// it, and nothing else.
func TestCommitInDoubt(t *testing.T) {
	l, address := between(t, testkit.Database(t))
	s := openPostgres(t, address)
	for name, c := range map[string]struct {
		fate int32
		kept bool
	}{
		"it never arrived":        {dropped, false},
		"its answer never did":    {keptUnanswered, true},
		"it is done a time later": {keptLater, true},
	} {
		t.Run(name, func(t *testing.T) {
			id := uuid.NewString()
			first := storetest.First(id)
			first.Create.IngestKey = id
			l.next.Store(c.fate)
			told := storetest.Append(t, s, first)
			switch {
			case c.kept && (told.Err != nil || told.Existing != ""):
				t.Errorf("a batch that was kept: %+v", told)
			case !c.kept && !errors.Is(told.Err, engine.ErrUnavailable):
				t.Errorf("a batch that was not kept: %+v", told)
			}
			_, events, err := s.Load(t.Context(), id)
			if kept := err == nil && len(events) == 1; kept != c.kept {
				t.Fatalf("kept: %v, %v", kept, err)
			}
			if !c.kept {
				first = storetest.First(id)
				if told := storetest.Append(t, s, first); told.Err != nil {
					t.Errorf("again: %+v", told)
				}
			}
			l.next.Store(c.fate)
			next := &engine.Batch{RunID: id, Epoch: 1, Owner: "o", Lease: time.Minute, Events: []run.Event{{Seq: 2, Kind: run.RunCanceling}}, Update: engine.Update{Status: run.Running}}
			told = storetest.Append(t, s, next)
			if c.kept != (told.Err == nil) || !c.kept && !errors.Is(told.Err, engine.ErrUnavailable) {
				t.Errorf("the next batch: %+v", told)
			}
			if events, err := s.Events(t.Context(), id, 1, 0); err != nil || (len(events) == 1) != c.kept {
				t.Errorf("%+v, %v", events, err)
			}
		})
	}
}
