-- Outputs that people give beforehand for nodes of a draft. They are the server's and not
-- part of the flow's file, so that a colleague tries the draft on the same data.

-- +goose Up

CREATE TABLE pins (
    flow_id    TEXT   NOT NULL,
    node       TEXT   NOT NULL,
    port       TEXT   NOT NULL, -- the way out; empty is out
    output     TEXT   NOT NULL, -- JSON
    updated_at BIGINT NOT NULL,
    updated_by TEXT   NOT NULL,
    CONSTRAINT pins_pk PRIMARY KEY (flow_id, node),
    CONSTRAINT pins_flow_fk FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE
);

-- +goose Down

DROP TABLE pins;
