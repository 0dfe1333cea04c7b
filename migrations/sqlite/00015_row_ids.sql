-- Runs and their journals in tables with row ids. Without them the rows lie in an index,
-- which moves what is longer than a quarter of a page to a page of its own: nearly every
-- run took one. The key of the event is indexed only where there is one.

-- The tables are built anew, and others refer to them: foreign keys are off meanwhile,
-- which can't be done inside a transaction. Done twice it ends the same. What a
-- statement needs to be taken back goes to a file: in memory it would be as large as the
-- tables. Indexes come before their rows, and need no sorting.

-- +goose NO TRANSACTION
-- +goose Up

PRAGMA foreign_keys = OFF;
PRAGMA temp_store = FILE;
BEGIN IMMEDIATE;

CREATE TABLE runs_rebuilt (
    id            TEXT    NOT NULL,
    flow_id       TEXT    NOT NULL,
    flow_name     TEXT    NOT NULL DEFAULT '',
    flow_version  INTEGER NOT NULL,          -- 0 is a draft
    digest        TEXT    NOT NULL,          -- of the document it is pinned to
    trigger_node  TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    ended         INTEGER NOT NULL DEFAULT 0,
    dry_run       INTEGER NOT NULL DEFAULT 0,
    due_at        INTEGER NOT NULL,
    lease_owner   TEXT    NOT NULL,
    lease_epoch   INTEGER NOT NULL,
    lease_until   INTEGER NOT NULL,
    next_seq      INTEGER NOT NULL,
    input         TEXT,                      -- what expressions read as trigger, JSON
    input_ref     TEXT,                      -- or the blob that holds it
    ingest_key    TEXT,
    retry_of      TEXT,
    steps         INTEGER NOT NULL DEFAULT 0,
    error_code    TEXT    NOT NULL DEFAULT '',
    error_message TEXT    NOT NULL DEFAULT '',
    created_at    INTEGER NOT NULL,
    started_at    INTEGER NOT NULL DEFAULT 0,
    ended_at      INTEGER NOT NULL DEFAULT 0,
    parent_run    TEXT    NOT NULL DEFAULT '',
    parent_step   TEXT    NOT NULL DEFAULT '',
    root_run      TEXT    NOT NULL DEFAULT '', -- the first of the runs above it
    depth         INTEGER NOT NULL DEFAULT 0,  -- how many runs are above it
    started_by    TEXT    NOT NULL DEFAULT '', -- a user; empty is nobody
    source        TEXT    NOT NULL DEFAULT '', -- what began it, such as webhook
    case_id       TEXT    NOT NULL DEFAULT '',
    replay_of     TEXT    NOT NULL DEFAULT '',
    replay_at     INTEGER NOT NULL DEFAULT 0,  -- when the replayed run was created
    replay_job    TEXT    NOT NULL DEFAULT '',
    CONSTRAINT runs_pk PRIMARY KEY (id)
) STRICT;
DROP INDEX IF EXISTS runs_ingest_unique;
DROP INDEX IF EXISTS runs_flow;
DROP INDEX IF EXISTS runs_open;
DROP INDEX IF EXISTS runs_root;
DROP INDEX IF EXISTS runs_replays;
DROP INDEX IF EXISTS runs_at_work;
DROP INDEX IF EXISTS runs_ended;
DROP INDEX IF EXISTS runs_flow_ended;
DROP INDEX IF EXISTS runs_flow_replays;
DROP INDEX IF EXISTS runs_tail;
CREATE UNIQUE INDEX runs_ingest_unique ON runs_rebuilt (ingest_key) WHERE ingest_key IS NOT NULL;
CREATE INDEX runs_flow ON runs_rebuilt (flow_id, id);
CREATE INDEX runs_open ON runs_rebuilt (lease_until) WHERE ended = 0;
CREATE INDEX runs_root ON runs_rebuilt (root_run) WHERE root_run <> '';
CREATE INDEX runs_replays ON runs_rebuilt (replay_of, id) WHERE replay_of <> '';
CREATE INDEX runs_at_work ON runs_rebuilt (flow_id, state, id) WHERE ended = 0;
CREATE INDEX runs_ended ON runs_rebuilt (state, id) WHERE ended = 1;
CREATE INDEX runs_flow_ended ON runs_rebuilt (flow_id, state, id) WHERE ended = 1;
CREATE INDEX runs_flow_replays ON runs_rebuilt (flow_id, id) WHERE replay_of <> '';
CREATE INDEX runs_tail ON runs_rebuilt (substr(id, -6), id);
INSERT INTO runs_rebuilt
SELECT id, flow_id, flow_name, flow_version, digest, trigger_node, state, ended, dry_run, due_at, lease_owner, lease_epoch, lease_until, next_seq, input,
    input_ref, ingest_key, retry_of, steps, error_code, error_message, created_at, started_at, ended_at, parent_run, parent_step, root_run, depth,
    started_by, source, case_id, replay_of, replay_at, replay_job
FROM runs ORDER BY id;
DROP TABLE runs;
ALTER TABLE runs_rebuilt RENAME TO runs;

CREATE TABLE journal_rebuilt (
    run_id   TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    step_key TEXT    NOT NULL,               -- of a row with one event
    attempt  INTEGER NOT NULL,
    kind     TEXT    NOT NULL,               -- the event's, or pack
    status   TEXT    NOT NULL,               -- of the run after the row
    output   BLOB,                           -- the events, JSON
    blob_ref TEXT,                           -- or the blob that holds them
    terminal INTEGER NOT NULL DEFAULT 0,     -- ends a step that has effects outside
    epoch    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    CONSTRAINT journal_pk PRIMARY KEY (run_id, seq),
    CONSTRAINT journal_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
) STRICT;
DROP INDEX IF EXISTS journal_effect_once;
CREATE UNIQUE INDEX journal_effect_once ON journal_rebuilt (run_id, step_key) WHERE terminal = 1;
INSERT INTO journal_rebuilt
SELECT run_id, seq, last_seq, step_key, attempt, kind, status, output, blob_ref, terminal, epoch, at
FROM journal ORDER BY run_id, seq;
DROP TABLE journal;
ALTER TABLE journal_rebuilt RENAME TO journal;

COMMIT;
PRAGMA temp_store = MEMORY;
PRAGMA foreign_keys = ON;

-- +goose Down

PRAGMA foreign_keys = OFF;
PRAGMA temp_store = FILE;
BEGIN IMMEDIATE;

CREATE TABLE runs_rebuilt (
    id            TEXT    NOT NULL,
    flow_id       TEXT    NOT NULL,
    flow_name     TEXT    NOT NULL DEFAULT '',
    flow_version  INTEGER NOT NULL,          -- 0 is a draft
    digest        TEXT    NOT NULL,          -- of the document it is pinned to
    trigger_node  TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    ended         INTEGER NOT NULL DEFAULT 0,
    dry_run       INTEGER NOT NULL DEFAULT 0,
    due_at        INTEGER NOT NULL,
    lease_owner   TEXT    NOT NULL,
    lease_epoch   INTEGER NOT NULL,
    lease_until   INTEGER NOT NULL,
    next_seq      INTEGER NOT NULL,
    input         TEXT,                      -- what expressions read as trigger, JSON
    input_ref     TEXT,                      -- or the blob that holds it
    ingest_key    TEXT,
    retry_of      TEXT,
    steps         INTEGER NOT NULL DEFAULT 0,
    error_code    TEXT    NOT NULL DEFAULT '',
    error_message TEXT    NOT NULL DEFAULT '',
    created_at    INTEGER NOT NULL,
    started_at    INTEGER NOT NULL DEFAULT 0,
    ended_at      INTEGER NOT NULL DEFAULT 0,
    parent_run    TEXT    NOT NULL DEFAULT '',
    parent_step   TEXT    NOT NULL DEFAULT '',
    root_run      TEXT    NOT NULL DEFAULT '', -- the first of the runs above it
    depth         INTEGER NOT NULL DEFAULT 0,  -- how many runs are above it
    started_by    TEXT    NOT NULL DEFAULT '', -- a user; empty is nobody
    source        TEXT    NOT NULL DEFAULT '', -- what began it, such as webhook
    case_id       TEXT    NOT NULL DEFAULT '',
    replay_of     TEXT    NOT NULL DEFAULT '',
    replay_at     INTEGER NOT NULL DEFAULT 0,  -- when the replayed run was created
    replay_job    TEXT    NOT NULL DEFAULT '',
    CONSTRAINT runs_pk PRIMARY KEY (id),
    CONSTRAINT runs_ingest_unique UNIQUE (ingest_key)
) STRICT, WITHOUT ROWID;
DROP INDEX IF EXISTS runs_flow;
DROP INDEX IF EXISTS runs_open;
DROP INDEX IF EXISTS runs_root;
DROP INDEX IF EXISTS runs_replays;
DROP INDEX IF EXISTS runs_at_work;
DROP INDEX IF EXISTS runs_ended;
DROP INDEX IF EXISTS runs_flow_ended;
DROP INDEX IF EXISTS runs_flow_replays;
DROP INDEX IF EXISTS runs_tail;
CREATE INDEX runs_flow ON runs_rebuilt (flow_id, id DESC);
CREATE INDEX runs_open ON runs_rebuilt (lease_until) WHERE ended = 0;
CREATE INDEX runs_root ON runs_rebuilt (root_run) WHERE root_run <> '';
CREATE INDEX runs_replays ON runs_rebuilt (replay_of) WHERE replay_of <> '';
CREATE INDEX runs_at_work ON runs_rebuilt (flow_id, state, id) WHERE ended = 0;
CREATE INDEX runs_ended ON runs_rebuilt (state, id) WHERE ended = 1;
CREATE INDEX runs_flow_ended ON runs_rebuilt (flow_id, state, id) WHERE ended = 1;
CREATE INDEX runs_flow_replays ON runs_rebuilt (flow_id, id) WHERE replay_of <> '';
CREATE INDEX runs_tail ON runs_rebuilt (substr(id, -6), id);
INSERT INTO runs_rebuilt
SELECT id, flow_id, flow_name, flow_version, digest, trigger_node, state, ended, dry_run, due_at, lease_owner, lease_epoch, lease_until, next_seq, input,
    input_ref, ingest_key, retry_of, steps, error_code, error_message, created_at, started_at, ended_at, parent_run, parent_step, root_run, depth,
    started_by, source, case_id, replay_of, replay_at, replay_job
FROM runs ORDER BY id;
DROP TABLE runs;
ALTER TABLE runs_rebuilt RENAME TO runs;

CREATE TABLE journal_rebuilt (
    run_id   TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    step_key TEXT    NOT NULL,               -- of a row with one event
    attempt  INTEGER NOT NULL,
    kind     TEXT    NOT NULL,               -- the event's, or pack
    status   TEXT    NOT NULL,               -- of the run after the row
    output   BLOB,                           -- the events, JSON
    blob_ref TEXT,                           -- or the blob that holds them
    terminal INTEGER NOT NULL DEFAULT 0,     -- ends a step that has effects outside
    epoch    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    CONSTRAINT journal_pk PRIMARY KEY (run_id, seq),
    CONSTRAINT journal_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
DROP INDEX IF EXISTS journal_effect_once;
CREATE UNIQUE INDEX journal_effect_once ON journal_rebuilt (run_id, step_key) WHERE terminal = 1;
INSERT INTO journal_rebuilt
SELECT run_id, seq, last_seq, step_key, attempt, kind, status, output, blob_ref, terminal, epoch, at
FROM journal ORDER BY run_id, seq;
DROP TABLE journal;
ALTER TABLE journal_rebuilt RENAME TO journal;

COMMIT;
PRAGMA temp_store = MEMORY;
PRAGMA foreign_keys = ON;
