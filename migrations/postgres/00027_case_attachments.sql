-- Files that are attached to cases. What is in one is a blob, kept once however often it is attached.

-- +goose Up

CREATE TABLE case_attachments (
    case_id  TEXT    NOT NULL,
    id       TEXT    NOT NULL, -- of content and name: the same of both is attached once
    sha256   TEXT    NOT NULL, -- the blob
    name     TEXT    NOT NULL,
    size     BIGINT  NOT NULL, -- bytes
    type     TEXT    NOT NULL, -- as its first bytes tell
    added_at BIGINT  NOT NULL,
    added_by TEXT    NOT NULL, -- JSON
    CONSTRAINT case_attachments_pk PRIMARY KEY (case_id, id),
    CONSTRAINT case_attachments_case_fk FOREIGN KEY (case_id) REFERENCES cases (id) ON DELETE CASCADE
);

-- +goose Down

DROP TABLE case_attachments;
