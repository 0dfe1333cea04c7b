-- Cases: what people and flows work on together, what is known of it, and what was done.

-- +goose Up

CREATE TABLE cases (
    id           TEXT    NOT NULL,
    number       BIGINT  NOT NULL,
    origin       TEXT    NOT NULL, -- what it was opened for, once; empty is by hand
    title        TEXT    NOT NULL,
    description  TEXT    NOT NULL, -- Markdown
    severity     INTEGER NOT NULL, -- 0 low, 1 medium, 2 high, 3 critical
    status       TEXT    NOT NULL, -- open, in_progress, pending, closed
    resolution   TEXT    NOT NULL,
    tlp          TEXT    NOT NULL,
    assignee     TEXT    NOT NULL, -- a user; empty is nobody
    due_at       BIGINT  NOT NULL, -- 0 is none
    score        INTEGER NOT NULL, -- the highest of its artifacts; -1 where none has one
    created_by   TEXT    NOT NULL, -- JSON
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    closed_at    BIGINT  NOT NULL, -- 0 is not
    revision     BIGINT  NOT NULL,
    merged_into  TEXT    NOT NULL, -- another case; empty is none
    marks        TEXT    NOT NULL, -- JSON: when each field changed last, and by whom
    entries      BIGINT  NOT NULL, -- the seq of the last entry
    artifacts    INTEGER NOT NULL, -- how many there are
    CONSTRAINT cases_pk PRIMARY KEY (id)
);
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE UNIQUE INDEX cases_origin ON cases (origin) WHERE origin <> '';
CREATE INDEX cases_updated ON cases (updated_at, id);
CREATE INDEX cases_status ON cases (status, updated_at, id);
CREATE INDEX cases_severity ON cases (severity, id);
CREATE INDEX cases_score ON cases (score, id);
CREATE INDEX cases_due ON cases (due_at, id) WHERE status <> 'closed';
CREATE INDEX cases_assignee ON cases (assignee, updated_at, id);

CREATE TABLE case_tags (
    tag     TEXT NOT NULL,
    case_id TEXT NOT NULL,
    CONSTRAINT case_tags_pk PRIMARY KEY (case_id, tag),
    CONSTRAINT case_tags_case_fk FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE
);
CREATE INDEX case_tags_tag ON case_tags (tag, case_id);

CREATE TABLE case_artifacts (
    case_id  TEXT    NOT NULL,
    key      TEXT    NOT NULL, -- a digest of type and value, short enough for any index
    type     TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    score    INTEGER NOT NULL, -- -1 is none
    note     TEXT    NOT NULL,
    added_at BIGINT  NOT NULL,
    added_by TEXT    NOT NULL, -- JSON
    CONSTRAINT case_artifacts_pk PRIMARY KEY (case_id, key),
    CONSTRAINT case_artifacts_case_fk FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE
);
CREATE INDEX case_artifacts_key ON case_artifacts (key, case_id);

CREATE TABLE case_entries (
    case_id TEXT    NOT NULL,
    seq     BIGINT  NOT NULL,
    at      BIGINT  NOT NULL,
    kind    TEXT    NOT NULL,
    actor   TEXT    NOT NULL, -- JSON
    run_id  TEXT    NOT NULL, -- empty where no flow did it
    key     TEXT    NOT NULL, -- of the step that did it; empty is none
    data    TEXT    NOT NULL, -- JSON
    CONSTRAINT case_entries_pk PRIMARY KEY (case_id, seq),
    CONSTRAINT case_entries_case_fk FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX case_entries_key ON case_entries (case_id, key) WHERE key <> '';
CREATE INDEX case_entries_run ON case_entries (case_id, run_id) WHERE run_id <> '';

-- Words that cases are found by: a query's word is the beginning of one of these.
CREATE TABLE case_words (
    word    TEXT COLLATE "C"    NOT NULL,
    case_id TEXT    NOT NULL,
    source  INTEGER NOT NULL, -- 0 fields, 1 artifacts, 2 comments
    CONSTRAINT case_words_pk PRIMARY KEY (word, case_id, source),
    CONSTRAINT case_words_case_fk FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE
);
CREATE INDEX case_words_case ON case_words (case_id, word);

-- What flows are to be told of: written with the change, and gone once they were.
CREATE TABLE case_events (
    id      BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id TEXT    NOT NULL,
    kind    TEXT    NOT NULL, -- created, updated, closed
    at      BIGINT  NOT NULL,
    actor   TEXT    NOT NULL, -- JSON
    content TEXT    NOT NULL, -- JSON: the case after it
    CONSTRAINT case_events_case_fk FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE
);

-- +goose Down

DROP TABLE case_events;
DROP TABLE case_words;
DROP TABLE case_entries;
DROP TABLE case_artifacts;
DROP TABLE case_tags;
DROP TABLE cases;
