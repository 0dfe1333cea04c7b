package store_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/drawbridge-soar/drawbridge/migrations"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// migrating opens an empty database of a dialect, with what takes it up and down.
func migrating(t *testing.T, dialect, source string) (*sql.DB, *goose.Provider) {
	t.Helper()
	driver, kind := "sqlite", goose.DialectSQLite3
	if dialect == "postgres" {
		driver, kind = "pgx", goose.DialectPostgres
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	files, err := migrations.Dialect(dialect)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(kind, db, files)
	if err != nil {
		t.Fatal(err)
	}
	return db, provider
}

// TestPostgresMigrations takes the schema of PostgreSQL down and up again, with people of
// before in it.
func TestPostgresMigrations(t *testing.T) {
	db, provider := migrating(t, "postgres", testkit.Database(t))
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
	db, provider := migrating(t, "sqlite", "file:"+filepath.Join(folder, "drawbridge.db"))
	if _, err := provider.UpTo(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	_, err := db.ExecContext(t.Context(), `
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

// TestRowIDsMigration rebuilds the tables of runs and their journals in a database that
// has some, and what refers to them: nothing is lost on the way up, down and up again.
func TestRowIDsMigration(t *testing.T) {
	folder := t.TempDir()
	db, provider := migrating(t, "sqlite", "file:"+filepath.Join(folder, "drawbridge.db")+"?_pragma=foreign_keys(1)")
	db.SetMaxOpenConns(1)
	if _, err := provider.UpTo(t.Context(), 14); err != nil {
		t.Fatal(err)
	}
	_, err := db.ExecContext(t.Context(), `
		INSERT INTO runs (id, flow_id, flow_version, digest, trigger_node, state, due_at, lease_owner, lease_epoch, lease_until, next_seq, input, ingest_key, created_at, replay_job, source)
			VALUES ('r2', 'f', 3, 'd', 'hook', 'waiting', 1, '', 4, 5, 6, '{"type":"webhook"}', 'k2', 7, 'j', 'webhook'), ('r1', 'f', 3, 'd', 'hook', 'running', 1, '', 4, 5, 6, NULL, NULL, 7, '', '');
		INSERT INTO journal VALUES ('r1', 1, 4, '', 0, 'pack', 'running', x'5b5d', NULL, 0, 4, 8), ('r1', 5, 5, 'look', 1, 'step.succeeded', 'running', NULL, 'blob', 1, 4, 9);
		INSERT INTO signals VALUES ('r1', 's', 'cancel', '{}', 1);`)
	if err != nil {
		t.Fatal(err)
	}
	before := dump(t, db)
	for _, step := range []func() error{
		func() error { _, err := provider.Up(t.Context()); return err },
		func() error { _, err := provider.DownTo(t.Context(), 14); return err },
		func() error { _, err := provider.Up(t.Context()); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if after := dump(t, db); after != before {
			t.Fatalf("it was\n%s\nand is\n%s", before, after)
		}
		for _, refused := range []string{
			"INSERT INTO journal VALUES ('gone', 1, 1, '', 0, 'pack', 'running', NULL, NULL, 0, 1, 1)",
			"INSERT INTO journal VALUES ('r1', 6, 6, 'look', 1, 'step.succeeded', 'running', NULL, NULL, 1, 4, 9)",
			"UPDATE runs SET ingest_key = 'k2' WHERE id = 'r1'",
		} {
			if _, err := db.ExecContext(t.Context(), refused); err == nil {
				t.Errorf("%s is not refused", refused)
			}
		}
	}
	if _, err := db.ExecContext(t.Context(), "DELETE FROM runs WHERE id = 'r1'"); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM signals)").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows of a run that was removed are left, %v", left, err)
	}
}

// dump gives all values of runs, their journals and signals.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	var all string
	for _, query := range []string{
		`SELECT group_concat(json_array(id, flow_id, flow_name, flow_version, digest, trigger_node, state, ended, dry_run, due_at, lease_owner, lease_epoch, lease_until, next_seq, input, input_ref, ingest_key, retry_of, steps,
			error_code, error_message, created_at, started_at, ended_at, parent_run, parent_step, root_run, depth, started_by, source, case_id, replay_of, replay_at, replay_job), char(10)) FROM (SELECT * FROM runs ORDER BY id)`,
		`SELECT group_concat(json_array(run_id, seq, last_seq, step_key, attempt, kind, status, hex(output), blob_ref, terminal, epoch, at), char(10)) FROM (SELECT * FROM journal ORDER BY run_id, seq)`,
		`SELECT group_concat(json_array(run_id, id, kind, payload, created_at), char(10)) FROM signals`,
	} {
		var text string
		if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
			t.Fatal(err)
		}
		all += text + "\n"
	}
	return all
}

// TestLiveQuestionsMigration learns of the questions that are there whether their runs are live.
func TestLiveQuestionsMigration(t *testing.T) {
	for dialect, source := range map[string]string{"sqlite": "file:" + filepath.Join(t.TempDir(), "drawbridge.db"), "postgres": testkit.Database(t)} {
		t.Run(dialect, func(t *testing.T) {
			db, provider := migrating(t, dialect, source)
			if _, err := provider.UpTo(t.Context(), 29); err != nil {
				t.Fatal(err)
			}
			for run, what := range map[string]string{"live": "3, 0, ''", "draft": "0, 0, ''", "dry": "3, 1, ''", "replay": "3, 0, 'live'"} {
				_, err := db.ExecContext(t.Context(), fmt.Sprintf(`
					INSERT INTO runs (id, flow_id, flow_version, dry_run, replay_of, digest, trigger_node, state, due_at, lease_owner, lease_epoch, lease_until, next_seq, created_at)
						VALUES ('%[1]s', 'f', %[2]s, 'd', 'hook', 'waiting', 1, '', 4, 5, 6, 7);
					INSERT INTO questions (id, run_id, step_key, kind, flow_id, flow_name, title, message, content, quorum, requester, hash, notify_flow, state, asked_at, deadline_at, remind_every, tell_at)
						VALUES ('of %[1]s', '%[1]s', 'ask', 'approval', 'f', 'F', '', '', '{}', 1, '', '', '', 'approved', 1, 0, 0, 0)`, run, what))
				if err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if _, err := provider.UpTo(t.Context(), 30); err != nil {
					t.Fatal(err)
				}
				var all, live int
				var which string
				if err := db.QueryRowContext(t.Context(), "SELECT count(*), sum(live), max(CASE WHEN live = 1 THEN id ELSE '' END) FROM questions").Scan(&all, &live, &which); err != nil || all != 4 || live != 1 || which != "of live" {
					t.Errorf("of %d questions %d are live, %q, %v", all, live, which, err)
				}
				if _, err := provider.DownTo(t.Context(), 29); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
