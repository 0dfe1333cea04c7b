-- Tasks of cases, and the templates that they are made of.

-- +goose Up

ALTER TABLE cases ADD COLUMN task_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN tasks_done INTEGER NOT NULL DEFAULT 0;

CREATE TABLE case_tasks (
    id               TEXT    NOT NULL,
    case_id          TEXT    NOT NULL,
    place            INTEGER NOT NULL, -- in the order of the case's tasks, from 1
    template         TEXT    NOT NULL, -- empty was added alone
    template_version INTEGER NOT NULL,
    step             TEXT    NOT NULL, -- JSON: what is to be done
    flow_id          TEXT    NOT NULL, -- that does it; empty is a person
    state            TEXT    NOT NULL, -- open, running, failed, done, skipped
    assignee         TEXT    NOT NULL,
    due_at           INTEGER NOT NULL, -- 0 is none
    answers          TEXT    NOT NULL, -- JSON; empty is none
    note             TEXT    NOT NULL,
    run_id           TEXT    NOT NULL,
    tries            INTEGER NOT NULL,
    requester        TEXT    NOT NULL, -- whose doing it is that its flow runs; empty is nobody
    lineage          TEXT    NOT NULL, -- the flows that led to it
    ready            INTEGER NOT NULL, -- 1 where its flow is to start by itself now
    done_by          TEXT    NOT NULL, -- JSON
    done_at          INTEGER NOT NULL, -- 0 is not
    CONSTRAINT case_tasks_pk PRIMARY KEY (id),
    CONSTRAINT case_tasks_case_fk FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX case_tasks_case ON case_tasks (case_id, place);
CREATE INDEX case_tasks_running ON case_tasks (id) WHERE state = 'running';
CREATE INDEX case_tasks_ready ON case_tasks (id) WHERE ready = 1;

CREATE TABLE case_templates (
    id       TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    content  TEXT    NOT NULL, -- JSON: description and steps
    saved_by TEXT    NOT NULL,
    saved_at INTEGER NOT NULL,
    newest   INTEGER NOT NULL, -- 1 is what the list shows
    CONSTRAINT case_templates_pk PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_templates_newest ON case_templates (name) WHERE newest = 1;

-- +goose Down

DROP TABLE case_templates;
DROP TABLE case_tasks;
ALTER TABLE cases DROP COLUMN tasks_done;
ALTER TABLE cases DROP COLUMN task_count;
