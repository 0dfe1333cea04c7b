-- The first schema: identity, the library of flows, runs with their journal, and
-- the record of who changed what. Times are Unix microseconds, UTC.

-- +goose Up

CREATE TABLE users (
    id            TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL DEFAULT '', -- argon2id; empty can't log in
    disabled      BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT  NOT NULL,
    last_seen_at  BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT users_pk PRIMARY KEY (id),
    CONSTRAINT users_name_unique UNIQUE (name)
);

-- A session is kept by the hash of its cookie, so that a copy of the database opens none.
CREATE TABLE sessions (
    token_hash   TEXT    NOT NULL,
    user_id      TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    last_seen_at BIGINT  NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (token_hash),
    CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
    id           TEXT    NOT NULL,
    token_hash   TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    created_by   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    last_used_at BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT tokens_pk PRIMARY KEY (id),
    CONSTRAINT tokens_hash_unique UNIQUE (token_hash)
);

-- One-time links that set a password.
CREATE TABLE setups (
    token_hash TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL,
    CONSTRAINT setups_pk PRIMARY KEY (token_hash),
    CONSTRAINT setups_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- What runs are pinned to, by the digest of its canonical bytes: drafts and versions alike.
CREATE TABLE documents (
    digest  TEXT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT documents_pk PRIMARY KEY (digest)
);

CREATE TABLE flows (
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    labels      TEXT    NOT NULL, -- JSON list
    triggers    TEXT    NOT NULL, -- JSON list of trigger types
    content     BYTEA    NOT NULL, -- the draft in canonical form
    revision    BIGINT  NOT NULL,
    version     BIGINT NOT NULL DEFAULT 0, -- the newest published
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    updated_by  TEXT    NOT NULL,
    CONSTRAINT flows_pk PRIMARY KEY (id)
);
CREATE INDEX flows_updated ON flows (updated_at DESC, id);

CREATE TABLE flow_versions (
    flow_id TEXT    NOT NULL,
    version BIGINT  NOT NULL,
    digest  TEXT    NOT NULL,
    message TEXT    NOT NULL,
    author  TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    CONSTRAINT flow_versions_pk PRIMARY KEY (flow_id, version),
    CONSTRAINT flow_versions_flow_fk FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE,
    CONSTRAINT flow_versions_digest_fk FOREIGN KEY (digest) REFERENCES documents (digest)
);

CREATE TABLE hooks (
    token_hash TEXT NOT NULL,
    flow_id    TEXT NOT NULL,
    node       TEXT NOT NULL,
    CONSTRAINT hooks_pk PRIMARY KEY (token_hash),
    CONSTRAINT hooks_flow_fk FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE
);
CREATE INDEX hooks_flow ON hooks (flow_id);

CREATE TABLE samples (
    flow_id TEXT    NOT NULL,
    place   BIGINT  NOT NULL,
    name    TEXT    NOT NULL,
    node    TEXT    NOT NULL, -- the trigger; empty is the default one
    input   TEXT    NOT NULL, -- JSON
    CONSTRAINT samples_pk PRIMARY KEY (flow_id, place),
    CONSTRAINT samples_flow_fk FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE
);

-- A run. It names its flow without a foreign key: runs outlive their flow.
CREATE TABLE runs (
    id            TEXT    COLLATE "C" NOT NULL,
    flow_id       TEXT    NOT NULL,
    flow_name     TEXT    NOT NULL DEFAULT '',
    flow_version  BIGINT  NOT NULL,          -- 0 is a draft
    digest        TEXT    NOT NULL,          -- of the document it is pinned to
    trigger_node  TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    ended         BIGINT NOT NULL DEFAULT 0,
    dry_run       BIGINT NOT NULL DEFAULT 0,
    due_at        BIGINT  NOT NULL,
    lease_owner   TEXT    NOT NULL,
    lease_epoch   BIGINT  NOT NULL,
    lease_until   BIGINT  NOT NULL,
    next_seq      BIGINT  NOT NULL,
    input         TEXT,                      -- what expressions read as trigger, JSON
    input_ref     TEXT,                      -- or the blob that holds it
    ingest_key    TEXT,
    retry_of      TEXT,
    steps         BIGINT NOT NULL DEFAULT 0,
    error_code    TEXT    NOT NULL DEFAULT '',
    error_message TEXT    NOT NULL DEFAULT '',
    created_at    BIGINT  NOT NULL,
    started_at    BIGINT NOT NULL DEFAULT 0,
    ended_at      BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT runs_pk PRIMARY KEY (id),
    CONSTRAINT runs_ingest_unique UNIQUE (ingest_key)
);
CREATE INDEX runs_flow ON runs (flow_id, id DESC);
CREATE INDEX runs_open ON runs (lease_until) WHERE ended = 0;

-- The truth of a run. A row holds one event or a pack of them: seq to last_seq.
CREATE TABLE journal (
    run_id   TEXT COLLATE "C" NOT NULL,
    seq      BIGINT  NOT NULL,
    last_seq BIGINT  NOT NULL,
    step_key TEXT    NOT NULL,               -- of a row with one event
    attempt  BIGINT  NOT NULL,
    kind     TEXT    NOT NULL,               -- the event's, or pack
    status   TEXT    NOT NULL,               -- of the run after the row
    output   BYTEA,                           -- the events, JSON
    blob_ref TEXT,                           -- or the blob that holds them
    terminal BIGINT NOT NULL DEFAULT 0,     -- ends a step that has effects outside
    epoch    BIGINT  NOT NULL,
    at       BIGINT  NOT NULL,
    CONSTRAINT journal_pk PRIMARY KEY (run_id, seq),
    CONSTRAINT journal_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX journal_effect_once ON journal (run_id, step_key) WHERE terminal = 1;

-- When something waits for a time; weeks are fine.
CREATE TABLE timers (
    run_id   TEXT COLLATE "C" NOT NULL,
    step_key TEXT    NOT NULL,
    due_at   BIGINT  NOT NULL,
    CONSTRAINT timers_pk PRIMARY KEY (run_id, step_key),
    CONSTRAINT timers_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE INDEX timers_due ON timers (due_at);

-- Messages to the holder of a run, which alone writes its journal.
CREATE TABLE signals (
    run_id     TEXT COLLATE "C" NOT NULL,
    id         TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    payload    TEXT    NOT NULL, -- JSON
    created_at BIGINT  NOT NULL,
    CONSTRAINT signals_pk PRIMARY KEY (run_id, id),
    CONSTRAINT signals_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
);

-- Reviewed imports: the plan as it was shown, and what it replaced.
CREATE TABLE imports (
    id         TEXT    NOT NULL,
    state      TEXT    NOT NULL, -- planned, applied, rolled-back
    plan       TEXT    NOT NULL, -- JSON
    undo       TEXT    NOT NULL DEFAULT '', -- JSON, once applied
    created_by TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    CONSTRAINT imports_pk PRIMARY KEY (id)
);

-- Who changed what; written in the transaction of the change itself.
CREATE TABLE audit (
    id         BIGINT  NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    at         BIGINT  NOT NULL,
    actor      TEXT    NOT NULL,
    actor_kind TEXT    NOT NULL, -- user, token, system
    action     TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    object_id  TEXT    NOT NULL,
    detail     TEXT    NOT NULL, -- JSON
    CONSTRAINT audit_pk PRIMARY KEY (id)
);
CREATE INDEX audit_object ON audit (object, object_id, id);

-- Large values, named by the SHA-256 of their bytes. On SQLite they are files beside
-- the database; here all servers must reach them.
CREATE TABLE blobs (
    id         TEXT   NOT NULL,
    size       BIGINT NOT NULL, -- bytes
    created_at BIGINT NOT NULL,
    CONSTRAINT blobs_pk PRIMARY KEY (id)
);
CREATE TABLE blob_parts (
    blob_id TEXT   NOT NULL,
    place   BIGINT NOT NULL,
    content BYTEA  NOT NULL,
    CONSTRAINT blob_parts_pk PRIMARY KEY (blob_id, place),
    CONSTRAINT blob_parts_blob_fk FOREIGN KEY (blob_id) REFERENCES blobs (id) ON DELETE CASCADE
);

-- What tells whether a server has the keys of the others. No key can be found from it.
CREATE TABLE key_checks (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT key_checks_pk PRIMARY KEY (name)
);

-- +goose Down

DROP TABLE key_checks;
DROP TABLE blob_parts;
DROP TABLE blobs;
DROP TABLE audit;
DROP TABLE imports;
DROP TABLE signals;
DROP TABLE timers;
DROP TABLE journal;
DROP TABLE runs;
DROP TABLE samples;
DROP TABLE hooks;
DROP TABLE flow_versions;
DROP TABLE flows;
DROP TABLE documents;
DROP TABLE setups;
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE users;
