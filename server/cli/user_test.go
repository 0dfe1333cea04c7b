package cli_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cli"
)

// TestUserReset lets the last admin back in, who is disabled on top of it.
func TestUserReset(t *testing.T) {
	data := t.TempDir()
	s, err := app.OpenServer(t.Context(), app.ServeConfig{Data: data, Listen: "127.0.0.1:0", AdminPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (code int, out, notices string) {
		var stdout, stderr bytes.Buffer
		code = cli.Run(append(args, "--data", data), nil, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	if code, out, _ := run("user", "list"); code != 0 || !strings.Contains(out, "admin  admin  active  never") {
		t.Errorf("%d, %s", code, out)
	}
	code, out, notices := run("user", "reset", "Admin", "--server", "https://drawbridge.example/")
	token, found := strings.CutPrefix(strings.TrimSpace(out), "https://drawbridge.example/setup?token=")
	if code != 0 || !found || !strings.Contains(notices, "admin (admin) chooses a new password") {
		t.Fatalf("%d, %s, %s", code, out, notices)
	}
	from := auth.Origin{Address: "192.0.2.1"}
	if _, err := s.Auth.Login(t.Context(), "admin", "correct horse battery", from); err == nil {
		t.Error("the old password is still good")
	}
	if _, err := s.Auth.SetUp(t.Context(), token, "another horse battery", from); err != nil {
		t.Errorf("the link beside a running server: %v", err)
	}
	users, err := s.Auth.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The API doesn't disable the last one: a database from elsewhere may have it so.
	if _, _, err := s.Store.ChangeUser(t.Context(), users[0].ID, func(u auth.User, _ []auth.User) (auth.UserChange, error) {
		return auth.UserChange{Action: "test", Role: u.Role, Disabled: true, PasswordHash: u.PasswordHash}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if code, _, notices := run("user", "reset", "admin"); code != 1 || !strings.Contains(notices, "--enable") {
		t.Errorf("a disabled user: %d, %s", code, notices)
	}
	if code, out, _ := run("user", "reset", "admin", "--enable"); code != 0 || !strings.HasPrefix(out, "http://127.0.0.1:8080/setup?token=") {
		t.Errorf("%d, %s", code, out)
	}
	if code, out, _ := run("user", "list"); code != 0 || !strings.Contains(out, "admin  admin  reset  ") {
		t.Errorf("%d, %s", code, out)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
