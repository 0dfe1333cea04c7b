//go:build unix

package lab

import (
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net"
	"net/http"
	"time"
)

//go:embed guide.html
var guideText string

var guide = template.Must(template.New("guide").Parse(guideText))

// Guide serves a page that says what to try, until the context ends; folder is where
// mails are laid that [Lab.Feed] is to report.
func (l *Lab) Guide(ctx context.Context, address, folder string, every time.Duration) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		_ = guide.Execute(w, map[string]any{"URL": l.URL, "Password": Password, "Hook": l.AlertHook, "Folder": folder, "Every": every}) // to a reader who went away nothing is owed
	})}
	go func() {
		<-ctx.Done()
		_ = s.Close()
	}()
	go func() {
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			l.of.Errorf("the page stopped with %v", err)
		}
	}()
	return nil
}
