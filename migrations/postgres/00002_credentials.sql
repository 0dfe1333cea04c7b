-- Credentials, sealed, and which of them a flow's aliases mean on this server.

-- +goose Up

CREATE TABLE credentials (
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    type       TEXT    NOT NULL, -- such as http.bearer: a connector declares it
    hosts      TEXT    NOT NULL, -- JSON list of the hosts that it may be sent to
    fields     TEXT    NOT NULL, -- JSON object of what may be read back
    version    BIGINT  NOT NULL, -- counts the changes
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    updated_by TEXT    NOT NULL,
    CONSTRAINT credentials_pk PRIMARY KEY (id),
    CONSTRAINT credentials_name_unique UNIQUE (name)
);

-- The secret fields. What is sealed is bound to its row and field, and to the
-- credential's version, type and hosts: none of them can be exchanged alone.
CREATE TABLE credential_secrets (
    credential_id TEXT    NOT NULL,
    field         TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    sealed        TEXT    NOT NULL,
    CONSTRAINT credential_secrets_pk PRIMARY KEY (credential_id, field),
    CONSTRAINT credential_secrets_credential_fk FOREIGN KEY (credential_id) REFERENCES credentials (id) ON DELETE CASCADE
);

-- A flow names an alias; the server says which credential that is here.
CREATE TABLE credential_bindings (
    flow_id       TEXT NOT NULL,
    alias         TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    CONSTRAINT credential_bindings_pk PRIMARY KEY (flow_id, alias),
    CONSTRAINT credential_bindings_flow_fk FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE,
    CONSTRAINT credential_bindings_credential_fk FOREIGN KEY (credential_id) REFERENCES credentials (id)
);
CREATE INDEX credential_bindings_credential ON credential_bindings (credential_id);

-- +goose Down

DROP TABLE credential_bindings;
DROP TABLE credential_secrets;
DROP TABLE credentials;
