-- The next time of each schedule trigger of a published flow.

-- +goose Up

CREATE TABLE schedules (
    flow_id TEXT    NOT NULL,
    node    TEXT    NOT NULL,
    slot_at BIGINT  NOT NULL, -- the time of the schedule
    due_at  BIGINT  NOT NULL, -- when its run begins: later by the jitter
    CONSTRAINT schedules_pk PRIMARY KEY (flow_id, node),
    CONSTRAINT schedules_flow_fk FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE
);
CREATE INDEX schedules_due ON schedules (due_at);

-- +goose Down

DROP TABLE schedules;
