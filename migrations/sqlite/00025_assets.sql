-- Assets: what the organisation has and is recognised by, and findings of scanners in them.

-- +goose Up

CREATE TABLE assets (
    id          TEXT    NOT NULL,
    kind        TEXT    NOT NULL, -- host, user, service, bucket
    name        TEXT    NOT NULL,
    name_key    TEXT    NOT NULL, -- the name in lower case: once for each kind
    owner       TEXT    NOT NULL,
    criticality INTEGER NOT NULL, -- 1 to 5
    content     TEXT    NOT NULL, -- JSON: value, currency, identifiers, tags, source
    search      TEXT    NOT NULL, -- in lower case: what it is found by
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CONSTRAINT assets_pk PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX assets_name ON assets (name_key, kind);

CREATE TABLE asset_identifiers (
    asset_id TEXT NOT NULL,
    key      TEXT NOT NULL, -- a digest of type and value
    CONSTRAINT asset_identifiers_pk PRIMARY KEY (asset_id, key),
    CONSTRAINT asset_identifiers_asset_fk FOREIGN KEY (asset_id) REFERENCES assets (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_identifiers_key ON asset_identifiers (key, asset_id);

CREATE TABLE asset_findings (
    id        TEXT    NOT NULL,
    asset_id  TEXT    NOT NULL,
    key       TEXT    NOT NULL, -- a digest of source and CVE, or title
    cve       TEXT    NOT NULL,
    severity  INTEGER NOT NULL, -- 0 info to 4 critical
    exploited INTEGER NOT NULL, -- 1 is known to be
    state     TEXT    NOT NULL, -- open, fixed, accepted, false_positive
    rank      INTEGER NOT NULL, -- exploited first, then severity and CVSS
    content   TEXT    NOT NULL, -- JSON: the rest
    first_at  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    CONSTRAINT asset_findings_pk PRIMARY KEY (id),
    CONSTRAINT asset_findings_asset_fk FOREIGN KEY (asset_id) REFERENCES assets (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX asset_findings_key ON asset_findings (asset_id, key);
CREATE INDEX asset_findings_rank ON asset_findings (rank, id);
CREATE INDEX asset_findings_cve ON asset_findings (cve, rank, id);
CREATE INDEX asset_findings_open ON asset_findings (asset_id, exploited) WHERE state = 'open';

-- +goose Down

DROP TABLE asset_findings;
DROP TABLE asset_identifiers;
DROP TABLE assets;
