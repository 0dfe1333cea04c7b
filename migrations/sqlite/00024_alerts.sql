-- Alerts: what detection systems reported, scored, worked in a queue and closed or taken into a case.

-- +goose Up

CREATE TABLE alerts (
    id          TEXT    NOT NULL,
    number      INTEGER NOT NULL,
    origin      TEXT    NOT NULL, -- a digest of what it is known by, once; empty is nothing
    title       TEXT    NOT NULL,
    severity    INTEGER NOT NULL, -- 0 info, 1 low, 2 medium, 3 high, 4 critical
    status      TEXT    NOT NULL, -- new, in_progress, closed, cased
    source      TEXT    NOT NULL,
    host        TEXT    NOT NULL,
    user_name   TEXT    NOT NULL,
    assignee    TEXT    NOT NULL, -- a user; empty is nobody
    case_id     TEXT    NOT NULL, -- in which it goes on; empty is none
    score       INTEGER NOT NULL, -- 0 to 1000
    local_score INTEGER NOT NULL, -- of the own intelligence; -1 is none
    community_score  INTEGER NOT NULL,
    enrichment_score INTEGER NOT NULL,
    impact      INTEGER NOT NULL, -- the loss to be expected, in hundredths; 0 is none
    times       INTEGER NOT NULL, -- how often it was reported
    happened_at INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    closed_at   INTEGER NOT NULL, -- 0 is not
    revision    INTEGER NOT NULL,
    entries     INTEGER NOT NULL, -- the seq of the last entry
    observables INTEGER NOT NULL, -- how many there are
    content     TEXT    NOT NULL, -- JSON: whatever else there is of it
    CONSTRAINT alerts_pk PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX alerts_number ON alerts (number);
CREATE UNIQUE INDEX alerts_origin ON alerts (origin) WHERE origin <> '';
CREATE INDEX alerts_score ON alerts (score, id);
CREATE INDEX alerts_local ON alerts (local_score, id);
CREATE INDEX alerts_community ON alerts (community_score, id);
CREATE INDEX alerts_enrichment ON alerts (enrichment_score, id);
CREATE INDEX alerts_impact ON alerts (impact, id);
CREATE INDEX alerts_updated ON alerts (updated_at);
CREATE INDEX alerts_status ON alerts (status, score, id);
CREATE INDEX alerts_assignee ON alerts (assignee, score, id);
CREATE INDEX alerts_case ON alerts (case_id, id) WHERE case_id <> '';

CREATE TABLE alert_observables (
    alert_id TEXT NOT NULL,
    key      TEXT NOT NULL, -- a digest of type and value, as those of cases have
    type     TEXT NOT NULL,
    value    TEXT NOT NULL,
    CONSTRAINT alert_observables_pk PRIMARY KEY (alert_id, key),
    CONSTRAINT alert_observables_alert_fk FOREIGN KEY (alert_id) REFERENCES alerts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_observables_key ON alert_observables (key, alert_id);

CREATE TABLE alert_entries (
    alert_id TEXT    NOT NULL,
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    actor    TEXT    NOT NULL, -- JSON
    key      TEXT    NOT NULL, -- of the step that did it; empty is none
    data     TEXT    NOT NULL, -- JSON
    CONSTRAINT alert_entries_pk PRIMARY KEY (alert_id, seq),
    CONSTRAINT alert_entries_alert_fk FOREIGN KEY (alert_id) REFERENCES alerts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX alert_entries_key ON alert_entries (alert_id, key) WHERE key <> '';

-- Words that alerts are found by: a query's word is the beginning of one of these.
CREATE TABLE alert_words (
    word     TEXT NOT NULL,
    alert_id TEXT NOT NULL,
    CONSTRAINT alert_words_pk PRIMARY KEY (word, alert_id),
    CONSTRAINT alert_words_alert_fk FOREIGN KEY (alert_id) REFERENCES alerts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_words_alert ON alert_words (alert_id, word);

-- Events as they came: the first of an alert and the newest.
CREATE TABLE alert_events (
    alert_id TEXT    NOT NULL,
    seq      INTEGER NOT NULL, -- the entry that tells of it
    at       INTEGER NOT NULL,
    content  TEXT    NOT NULL, -- JSON
    CONSTRAINT alert_events_pk PRIMARY KEY (alert_id, seq),
    CONSTRAINT alert_events_alert_fk FOREIGN KEY (alert_id) REFERENCES alerts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE alert_events;
DROP TABLE alert_words;
DROP TABLE alert_entries;
DROP TABLE alert_observables;
DROP TABLE alerts;
