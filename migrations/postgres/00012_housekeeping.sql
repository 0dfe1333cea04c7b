-- Housekeeping: runs are found by what they are like, and removed in time.

-- +goose Up

-- Lists of runs by state, of one flow or of all; those of open runs have runs_at_work.
CREATE INDEX runs_ended ON runs (state, id) WHERE ended = 1;
CREATE INDEX runs_flow_ended ON runs (flow_id, state, id) WHERE ended = 1;
CREATE INDEX runs_flow_replays ON runs (flow_id, id) WHERE replay_of <> '';
-- The end of an id, by which people know a run.
CREATE INDEX runs_tail ON runs (right(id, 6), id);

-- Keys of events whose runs are removed, so that one that comes late starts no second
-- run.
CREATE TABLE past_keys (
    key_hash   TEXT    NOT NULL, -- SHA-256: what a sender wrote is not kept
    run_id     TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL,
    CONSTRAINT past_keys_pk PRIMARY KEY (key_hash)
);
CREATE INDEX past_keys_expiry ON past_keys (expires_at);

-- Work that one server does for all, from time to time.
CREATE TABLE chores (
    name       TEXT    NOT NULL,
    holder     TEXT    NOT NULL,
    held_until BIGINT  NOT NULL,
    done_at    BIGINT  NOT NULL,
    CONSTRAINT chores_pk PRIMARY KEY (name)
);

-- +goose Down

DROP TABLE chores;
DROP TABLE past_keys;
DROP INDEX runs_tail;
DROP INDEX runs_flow_replays;
DROP INDEX runs_flow_ended;
DROP INDEX runs_ended;
