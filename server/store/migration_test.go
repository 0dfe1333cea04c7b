package store_test

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/drawbridge-soar/drawbridge/migrations"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// TestPostgresMigrations takes the schema of PostgreSQL down and up again, with people of
// before in it.
func TestPostgresMigrations(t *testing.T) {
	db, err := sql.Open("pgx", testkit.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	files, err := migrations.Dialect("postgres")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		t.Fatal(err)
	}
	sqlite, err := migrations.Dialect("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	twins, err := fs.Glob(sqlite, "*.sql")
	if err != nil || len(twins) != len(provider.ListSources()) {
		t.Errorf("%d migrations for SQLite, %d for PostgreSQL: each has its twin, %v", len(twins), len(provider.ListSources()), err)
	}
	for range 2 {
		if _, err := provider.UpTo(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `INSERT INTO users (id, name, role, created_at) VALUES ('u1', 'Admin', 'admin', 1);
			INSERT INTO sessions VALUES ('h1', 'u1', 1, 2, 1), ('h2', 'u1', 1, 2, 1)`); err != nil {
			t.Fatal(err)
		}
		if _, err := provider.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		var ids int
		if err := db.QueryRowContext(t.Context(), "SELECT count(DISTINCT id) FROM sessions WHERE id <> ''").Scan(&ids); err != nil || ids != 2 {
			t.Errorf("%d sessions have an id, %v", ids, err)
		}
		if _, err := provider.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPeopleMigration brings a database of before up to date, which has an admin who
// is logged in and tokens, and takes it down and up again.
func TestPeopleMigration(t *testing.T) {
	folder := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "drawbridge.db"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := migrations.Dialect("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), `
		INSERT INTO users (id, name, role, created_at) VALUES ('u1', 'Admin', 'admin', 1);
		INSERT INTO sessions VALUES ('h1', 'u1', 1, 2, 1), ('h2', 'u1', 1, 2, 1);
		INSERT INTO tokens (id, token_hash, name, role, created_by, created_at) VALUES ('t1', 'a', 'theirs', 'viewer', 'Admin', 1), ('t2', 'b', 'script', 'viewer', 'command line', 1);`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	u, err := s.UserByName(t.Context(), "aDMIN")
	if err != nil || u.ID != "u1" || u.Revision != 1 {
		t.Errorf("%+v, %v", u, err)
	}
	sessions, err := s.UserSessions(t.Context(), "u1")
	if err != nil || len(sessions) != 2 || sessions[0].ID == "" || sessions[0].ID == sessions[1].ID {
		t.Errorf("%+v, %v", sessions, err)
	}
	tokens, err := s.Tokens(t.Context())
	if err != nil || len(tokens) != 2 || tokens[0].UserID != "u1" || tokens[1].UserID != "" {
		t.Errorf("%+v, %v", tokens, err)
	}
}
