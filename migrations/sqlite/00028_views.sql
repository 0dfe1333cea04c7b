-- Saved views: what lists are picked and ordered by, under a name, of one person or of all.

-- +goose Up

CREATE TABLE views (
    id         TEXT   NOT NULL,
    list       TEXT   NOT NULL, -- cases, alerts, runs
    space      TEXT   NOT NULL, -- whose: the person's id, or empty where it is shared with all
    name       TEXT   NOT NULL,
    name_key   TEXT NOT NULL, -- the name in lower case: once in a space
    owner      TEXT   NOT NULL, -- who made it: a person's id
    owner_name TEXT   NOT NULL,
    filter     TEXT   NOT NULL, -- JSON: an object of texts, as the list's address has them
    revision   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT   NOT NULL,
    CONSTRAINT views_pk PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX views_name ON views (list, space, name_key);

-- Which view a person begins a list with.
CREATE TABLE view_defaults (
    person  TEXT NOT NULL,
    list    TEXT NOT NULL,
    view_id TEXT NOT NULL,
    CONSTRAINT view_defaults_pk PRIMARY KEY (person, list),
    CONSTRAINT view_defaults_view_fk FOREIGN KEY (view_id) REFERENCES views (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX view_defaults_view ON view_defaults (view_id);

-- +goose Down

DROP TABLE view_defaults;
DROP TABLE views;
