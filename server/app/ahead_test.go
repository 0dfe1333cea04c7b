package app_test

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// lines is a log that a server writes while a test reads it.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// TestAServerCompilesBeforeItIsAsked starts a server where nothing is compiled, sees it
// compile though nobody calls, and stops it in the middle without a complaint.
func TestAServerCompilesBeforeItIsAsked(t *testing.T) {
	var log lines
	cache := filepath.Join(t.TempDir(), "compiled")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	listening := make(chan struct{})
	go func() {
		ended <- app.Serve(ctx, app.ServeConfig{
			Data: t.TempDir(), Listen: "127.0.0.1:0", AdminPassword: password, Cache: cache,
			Listening: func(net.Addr) { close(listening) }, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		})
	}()
	<-listening
	waitFor(t, "compiled code", func() bool {
		marks, err := filepath.Glob(filepath.Join(cache, "*.json"))
		return err == nil && len(marks) > 0
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if said := log.text.String(); said != "" {
		t.Errorf("it said %s", said)
	}
}
