package web

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// file counts how often it was closed.
type file struct {
	io.Reader
	closed int
}

func (f *file) Close() error { f.closed++; return nil }

// TestTakingAFile sends a file to who takes it slowly, and no further to who does not.
func TestTakingAFile(t *testing.T) {
	const size = 5 * steadyPiece
	for name, taken := range map[string]int64{"steady": size, "stalled": 2 * steadyPiece} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := net.Pipe()
				defer client.Close()
				places := 1
				content := &file{Reader: strings.NewReader(strings.Repeat("x", size))}
				f := &leaving{file: content, until: server.SetWriteDeadline, done: func() { places-- }}
				go func() {
					for range taken / steadyPiece {
						time.Sleep(writeWithin * 3 / 4)                  //nolint:forbidigo // of the bubble's clock
						_, _ = io.CopyN(io.Discard, client, steadyPiece) // fails where it is sent no further
					}
				}()
				begun := time.Now()
				_, err := io.Copy(server, f)
				if took := time.Since(begun); (name == "steady") != (err == nil) || err != nil && !errors.Is(err, os.ErrDeadlineExceeded) || took > 5*writeWithin {
					t.Errorf("after %s: %v", took, err)
				}
				if err := f.Close(); err != nil || content.closed != 1 || places != 0 {
					t.Errorf("closed %d times, %d places are held, %v", content.closed, places, err)
				}
				server.Close()
			})
		})
	}
}
