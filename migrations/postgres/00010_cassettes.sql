-- What steps were told from outside, kept apart from the journal: runs are replayed
-- from it.

-- +goose Up

-- One attempt of one step. It names its run without a foreign key: a call may end
-- before the first row of its run is durable.
CREATE TABLE cassettes (
    run_id   TEXT    NOT NULL,
    step_key TEXT    NOT NULL,
    attempt  INTEGER NOT NULL,
    calls    INTEGER NOT NULL,           -- host calls, and readings of clock and chance
    size     INTEGER NOT NULL,           -- bytes before packing
    cut      INTEGER NOT NULL DEFAULT 0, -- 1 where something in it was too large to keep
    content  BYTEA,                       -- JSON, packed with zstd
    blob_ref TEXT,                       -- or the blob that holds it
    at       BIGINT NOT NULL,
    CONSTRAINT cassettes_pk PRIMARY KEY (run_id, step_key, attempt)
);
CREATE INDEX cassettes_at ON cassettes (at);

-- The run that a run replays, and the job that it belongs to.
ALTER TABLE runs ADD COLUMN replay_of TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN replay_at BIGINT NOT NULL DEFAULT 0; -- when the replayed run was created
ALTER TABLE runs ADD COLUMN replay_job TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_replays ON runs (replay_of) WHERE replay_of <> '';

-- A version or draft that is tried against past runs.
CREATE TABLE replay_jobs (
    id         TEXT    NOT NULL,
    flow_id    TEXT    NOT NULL,
    version    INTEGER NOT NULL,         -- 0 is a draft
    digest     TEXT    NOT NULL,         -- of the document that is tried
    query      TEXT    NOT NULL,         -- JSON, as it was asked
    state      TEXT    NOT NULL,         -- running, succeeded, failed, canceled
    message    TEXT    NOT NULL DEFAULT '', -- why it failed
    total      INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT replay_jobs_pk PRIMARY KEY (id)
);
CREATE INDEX replay_jobs_flow ON replay_jobs (flow_id, id DESC);

CREATE TABLE replay_items (
    job_id  TEXT    NOT NULL,
    place   INTEGER NOT NULL,
    run_id  TEXT    NOT NULL,
    replay  TEXT    NOT NULL DEFAULT '', -- the run that replays it
    state   TEXT    NOT NULL,            -- pending, same, changed, failed
    result  TEXT    NOT NULL DEFAULT '', -- JSON: what changed
    CONSTRAINT replay_items_pk PRIMARY KEY (job_id, place),
    CONSTRAINT replay_items_job_fk FOREIGN KEY (job_id) REFERENCES replay_jobs (id) ON DELETE CASCADE
);

-- +goose Down

DROP TABLE replay_items;
DROP TABLE replay_jobs;
DROP INDEX runs_replays;
ALTER TABLE runs DROP COLUMN replay_job;
ALTER TABLE runs DROP COLUMN replay_at;
ALTER TABLE runs DROP COLUMN replay_of;
DROP TABLE cassettes;
