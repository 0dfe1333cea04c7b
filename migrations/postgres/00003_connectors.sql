-- Connectors that an admin installed, what they are let do, and what they keep.

-- +goose Up

-- The module's file lies among the blobs. Connectors that came with the server
-- aren't here.
CREATE TABLE connectors (
    digest       TEXT    NOT NULL, -- SHA-256 of the file, and its blob's id
    name         TEXT    NOT NULL, -- of the file, for people
    size         BIGINT  NOT NULL,
    installed_at BIGINT  NOT NULL,
    installed_by TEXT    NOT NULL,
    CONSTRAINT connectors_pk PRIMARY KEY (digest)
);

-- Which bytes a version of a connector is, for good: flows name connectors by
-- version, so that a version must not come to mean something else, also after it
-- was removed.
CREATE TABLE connector_versions (
    connector TEXT NOT NULL,
    version   TEXT NOT NULL,
    digest    TEXT NOT NULL,
    CONSTRAINT connector_versions_pk PRIMARY KEY (connector, version)
);

-- Consent to what one version of a connector asks for, or its refusal; and, with an
-- empty digest, what an admin lets all versions do besides.
CREATE TABLE connector_grants (
    connector  TEXT    NOT NULL,
    digest     TEXT    NOT NULL,
    asked      TEXT    NOT NULL, -- JSON: what was consented to
    refused    BIGINT  NOT NULL, -- 1 where consent was refused or taken back
    extra      TEXT    NOT NULL, -- JSON: the grant besides
    at         BIGINT  NOT NULL,
    granted_by TEXT    NOT NULL,
    CONSTRAINT connector_grants_pk PRIMARY KEY (connector, digest)
);

CREATE TABLE connector_kv (
    connector TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    size      BIGINT  NOT NULL, -- of key and value in bytes
    CONSTRAINT connector_kv_pk PRIMARY KEY (connector, key)
);

-- +goose Down

DROP TABLE connector_kv;
DROP TABLE connector_grants;
DROP TABLE connector_versions;
DROP TABLE connectors;
