-- Mailboxes that flows watch, and receipts of what came in.

-- +goose Up

-- How far a mailbox was read. A position holds for one numbering of the mails
-- (uid_validity) of one place.
CREATE TABLE mailboxes (
    flow_id      TEXT    NOT NULL,
    node         TEXT    NOT NULL,
    place        TEXT    NOT NULL,
    activated_at BIGINT  NOT NULL,
    uid_validity BIGINT  NOT NULL DEFAULT 0, -- 0 was never looked at
    last_uid     BIGINT  NOT NULL DEFAULT 0,
    state        TEXT    NOT NULL DEFAULT '', -- watching, failing; empty before the first look
    message      TEXT    NOT NULL DEFAULT '', -- what is wrong
    failures     INTEGER NOT NULL DEFAULT 0,  -- in a row
    looked_at    BIGINT  NOT NULL DEFAULT 0,  -- when all was last well
    next_at      BIGINT  NOT NULL DEFAULT 0,  -- when it is tried again
    lease_owner  TEXT    NOT NULL DEFAULT '',
    lease_until  BIGINT  NOT NULL DEFAULT 0,
    CONSTRAINT mailboxes_pk PRIMARY KEY (flow_id, node),
    CONSTRAINT mailboxes_flow_fk FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE
);

-- What came in and started no run; of what did, the run is the receipt. It names its
-- flow without a foreign key: receipts outlive their flow.
CREATE TABLE receipts (
    id        TEXT    NOT NULL, -- of the same kind as those of runs, so that both sort by time
    flow_id   TEXT    NOT NULL,
    flow_name TEXT    NOT NULL,
    node      TEXT    NOT NULL,
    source    TEXT    NOT NULL, -- webhook, mailbox, schedule, case
    state     TEXT    NOT NULL, -- dropped, failed
    code      TEXT    NOT NULL, -- why
    message   TEXT    NOT NULL,
    subject   TEXT    NOT NULL, -- what it was, for people
    event_key TEXT    NOT NULL, -- that it would have had as a run
    times     BIGINT  NOT NULL, -- how often it came in a row
    at        BIGINT  NOT NULL,
    last_at   BIGINT  NOT NULL,
    CONSTRAINT receipts_pk PRIMARY KEY (id)
);
CREATE INDEX receipts_flow ON receipts (flow_id, id DESC);

-- How often the event of a run came again.
CREATE TABLE repeats (
    run_id  TEXT    NOT NULL,
    times   BIGINT  NOT NULL,
    last_at BIGINT  NOT NULL,
    CONSTRAINT repeats_pk PRIMARY KEY (run_id),
    CONSTRAINT repeats_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
);

-- What started a run: manual, api, webhook, schedule, mailbox, case; empty of runs
-- that steps called, and of those before this migration.
ALTER TABLE runs ADD COLUMN source TEXT NOT NULL DEFAULT '';
-- The case that a run opened or joined.
ALTER TABLE runs ADD COLUMN case_id TEXT NOT NULL DEFAULT '';

-- +goose Down

ALTER TABLE runs DROP COLUMN case_id;
ALTER TABLE runs DROP COLUMN source;
DROP TABLE repeats;
DROP TABLE receipts;
DROP TABLE mailboxes;
