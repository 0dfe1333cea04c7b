-- Questions that runs ask people, and who started a run.

-- +goose Up

ALTER TABLE runs ADD COLUMN started_by TEXT NOT NULL DEFAULT ''; -- a user; empty is nobody

CREATE TABLE questions (
    id           TEXT    NOT NULL,
    run_id       TEXT    NOT NULL,
    step_key     TEXT    NOT NULL,
    kind         TEXT    NOT NULL, -- approval, form, unknown
    flow_id      TEXT    NOT NULL,
    flow_name    TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    content      TEXT    NOT NULL, -- JSON: what is shown, the form, who is asked, what follows
    quorum       INTEGER NOT NULL,
    requester    TEXT    NOT NULL,
    hash         TEXT    NOT NULL, -- what an answer is bound to
    notify_flow  TEXT    NOT NULL,
    state        TEXT    NOT NULL, -- open, approved, rejected, expired, answered, withdrawn
    asked_at     INTEGER NOT NULL,
    deadline_at  INTEGER NOT NULL, -- 0 is none
    remind_every INTEGER NOT NULL, -- microseconds; 0 is never
    tell_at      INTEGER NOT NULL, -- when people are told next; 0 is never
    reminded     INTEGER NOT NULL DEFAULT 0,
    closed_at    INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT questions_pk PRIMARY KEY (id),
    CONSTRAINT questions_run_fk FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX questions_run ON questions (run_id);
CREATE INDEX questions_open ON questions (id) WHERE state = 'open';
CREATE INDEX questions_tell ON questions (tell_at) WHERE state = 'open' AND tell_at > 0;

CREATE TABLE question_answers (
    question_id TEXT    NOT NULL,
    person      TEXT    NOT NULL, -- a user, or token:ID
    name        TEXT    NOT NULL,
    on_behalf   TEXT    NOT NULL, -- the name of whose place they took
    decision    TEXT    NOT NULL,
    comment     TEXT    NOT NULL,
    form        TEXT    NOT NULL, -- JSON
    answered_at INTEGER NOT NULL,
    CONSTRAINT question_answers_pk PRIMARY KEY (question_id, person),
    CONSTRAINT question_answers_question_fk FOREIGN KEY (question_id) REFERENCES questions (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE question_delegations (
    question_id  TEXT    NOT NULL,
    place        INTEGER NOT NULL, -- in the order they were made, from 1
    from_person  TEXT    NOT NULL,
    from_name    TEXT    NOT NULL,
    to_person    TEXT    NOT NULL,
    to_name      TEXT    NOT NULL,
    comment      TEXT    NOT NULL,
    delegated_at INTEGER NOT NULL,
    CONSTRAINT question_delegations_pk PRIMARY KEY (question_id, place),
    CONSTRAINT question_delegations_question_fk FOREIGN KEY (question_id) REFERENCES questions (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Links with which one person answers one question once, without logging in.
CREATE TABLE question_links (
    token_hash  TEXT    NOT NULL,
    question_id TEXT    NOT NULL,
    person      TEXT    NOT NULL,
    payload     TEXT    NOT NULL, -- the hash of what was asked
    expires_at  INTEGER NOT NULL,
    used_at     INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT question_links_pk PRIMARY KEY (token_hash),
    CONSTRAINT question_links_question_fk FOREIGN KEY (question_id) REFERENCES questions (id) ON DELETE CASCADE,
    CONSTRAINT question_links_person_fk FOREIGN KEY (person) REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE question_links;
DROP TABLE question_delegations;
DROP TABLE question_answers;
DROP TABLE questions;
ALTER TABLE runs DROP COLUMN started_by;
